"""The command line as a person types it: processes, exit codes, what stands on which stream.

Long, because there are a dozen commands.
"""

import asyncio
import contextlib
import csv
import json
import os
import pty
import re
import signal
import sqlite3
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from eventlive.__main__ import main
from eventlive.messages import AddNote, Approve, Hold, StartSegment, Write
from eventlive.model import Author, Deleted, Edited, Evidence, Item, Post, Put
from eventlive.store import open_store
from feeds.replay import Replay
from tests.parts import ROOT
from tests.service.engines import (
    START,
    console,
    environment,
    eventlive,
    json_lines,
    lines,
    post,
    screen,
    serving,
    until,
    write_script,
)

DEMO = ROOT / "events" / "demo.toml"
COMMANDS = [
    *("run", "serve", "console", "check", "lint", "record", "convert", "accounts", "export"),
    *("schema", "new", "import"),
]


# --- help and mistakes ----------------------------------------------------------------------------


def test_help_teaches_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ["", *COMMANDS]:
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"] if command else ["--help"])
        out, err = capsys.readouterr()
        assert (ended.value.code, err) == (0, ""), command
        assert out.startswith(f"usage: eventlive {command}".rstrip())
        assert "exit codes" in out
        assert max(map(len, out.splitlines())) <= 110
        if not command:
            assert all(name in out for name in COMMANDS)
        # Every option says what it is for.
        for row in re.findall(r"^  (?:-\w, )?(--.+(?:\n {8,}.+)*)", out, re.MULTILINE):
            assert re.search(r"(\s{2,}|\n\s+)[A-Za-z].{5,}", row), (command, row)


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert capsys.readouterr().out == f"eventlive {said}\n"


WRONG: list[list[str]] = [
    [],
    ["fly"],
    ["serve"],
    ["serve", "none.toml"],
    ["serve", str(DEMO), "--port", "seven"],
    ["serve", str(DEMO), "--port", "70000"],
    ["serve", str(DEMO), "--speed", "fast"],
    ["serve", str(DEMO), "--speed", "0"],
    ["serve", str(DEMO), "--speed", "nan"],
    ["serve", str(DEMO), "--for", "soon"],
    ["serve", str(DEMO), "--for", "0s"],
    ["serve", str(DEMO), "--host", "0.0.0.0"],  # noqa: S104 - it must be refused
    ["serve", str(DEMO), "--host", "not a host"],
    ["serve", str(DEMO), "--cert", "none.pem"],
    ["serve", str(DEMO), "--cert", "none.pem", "--cert-key", "none.pem"],
    ["serve", str(DEMO), "--secrets", "none"],
    ["run", "--hashtag", "two words", "--headless"],
    ["run", "--hashtag", "#2027", "--headless"],
    ["run", "--headless"],
    ["console", "http://127.0.0.1:1/console"],
    ["console", "nonsense"],
    ["check", "none.toml"],
    ["check", str(ROOT)],
    ["record"],
    ["record", str(DEMO), "--out", str(ROOT)],
    ["record", "none.toml"],
    ["export", "none.toml"],
    ["schema", "poem"],
]


@pytest.mark.parametrize("arguments", WRONG, ids=lambda words: " ".join(words) or "nothing")
def test_each_mistake_is_explained_on_stderr_with_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("EVENTLIVE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(ROOT)
    try:
        code: object = main(arguments)
    except SystemExit as ended:
        code = ended.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, ""), err
    assert "Traceback" not in err
    assert len(err.split()) > 4
    assert len(err) < 3000


async def test_a_mistake_is_a_processs_exit_code_too() -> None:
    code, out, err = await eventlive("fly")
    assert (code, out) == (2, "")
    assert "fly" in err
    code, out, err = await eventlive("--help")
    assert (code, err) == (0, "")
    assert out.startswith("usage: eventlive")


async def test_off_loopback_without_a_token_the_reason_says_what_to_set() -> None:
    code, _, err = await eventlive("serve", DEMO, "--host", "0.0.0.0", "--port", "0")  # noqa: S104
    assert code == 2
    assert "EVENTLIVE_LEAD_TOKEN" in err


# It may be an engine that is just starting: in life it is waited for for ten seconds.
PATIENT = """
import sys
from eventlive.__main__ import main
from tui.app import run_console
assert run_console.__kwdefaults__["wait"] == 10.0
run_console.__kwdefaults__["wait"] = 1.0
sys.exit(main())
"""


async def test_a_console_without_an_engine_ends_with_3(free_port: int) -> None:
    """In a terminal of its own, after a while."""
    url = f"ws://127.0.0.1:{free_port}/console"
    terminal, inside = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PATIENT, "console", url),
        cwd=ROOT,
        env=environment(TERM="xterm-256color"),
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
    )
    os.close(inside)
    said = bytearray()

    def read() -> None:
        # The other end's closing is an error of input and output here.
        with contextlib.suppress(OSError):
            while some := os.read(terminal, 4096):
                said.extend(some)

    try:
        async with asyncio.timeout(30):
            await asyncio.to_thread(read)
            code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(terminal)
    assert code == 3, said[-500:]
    assert f"no engine answers at {url}".encode() in said
    assert b"Traceback" not in said


async def test_a_console_without_a_terminal_is_refused(free_port: int) -> None:
    code, out, err = await eventlive("console", f"ws://127.0.0.1:{free_port}/console")
    assert (code, out) == (2, "")
    assert "terminal" in err


# --- check ----------------------------------------------------------------------------------------


async def test_check_finds_every_problem_of_every_script(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('[event]\nid = "x"\ntitel = "X"\n[moderation]\nmode = "atuo"\n')
    worse = tmp_path / "worse.toml"
    worse.write_text("[event\n")
    good = write_script(tmp_path)
    code, out, err = await eventlive("check", bad, good, worse)
    assert code == 2
    assert out == f"{good}: good\n"
    assert f"{bad}:3: event.titel" in err
    assert "did you mean 'title'" in err
    assert f"{bad}:5: moderation.mode" in err
    assert f"{worse}:1:" in err
    code, out, err = await eventlive("check", "--json", bad, good, worse)
    assert (code, err) == (2, "")
    found = json_lines(out)
    assert {problem["file"] for problem in found} == {str(bad), str(worse)}
    assert {"file", "line", "key", "message", "suggestion", "severity"} == set(found[0])
    assert ("event.titel", 3) in {(problem["key"], problem["line"]) for problem in found}


async def test_a_warning_alone_is_good_enough(tmp_path: Path) -> None:
    path = write_script(tmp_path, "[moderation]\nstop = ['a']\nflag = ['a']\n")
    code, _, err = await eventlive("check", path)
    assert (code, "warning" in err) == (0, True)
    assert (await eventlive("check", DEMO))[0] == 0


# --- serve ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_serve_prints_one_line_works_and_ends_when_told(
    tmp_path: Path, number: signal.Signals
) -> None:
    path = write_script(tmp_path, posts=[post(n) for n in range(20)])
    options = ("--data", tmp_path / "data", "--port", 0, "--speed", "max")
    async with serving(path, *options) as engine:
        assert engine.wall.startswith("http://127.0.0.1:")
        assert engine.console.startswith("ws://127.0.0.1:")
        async with console(engine.console) as anna, screen(engine.wall) as wall:
            item = await anna.item(post(3).key)
            await anna.done(Approve(item.id, item.version))
            await wall.hear_until(lambda: wall.cards, "the card")
            code, out, err = await engine.end(number)
            assert (await anna.closed())[0] == 1001
            assert "ended" in anna.bye
    assert (code, out, err) == (0, "", "")


async def test_it_ends_in_time_with_peers_that_do_not_answer(tmp_path: Path) -> None:
    """Consoles and screens that hang, a handshake that was never finished, a flood under way."""
    path = write_script(tmp_path, posts=[post(n, "x" * 3000) for n in range(3000)])
    async with serving(path, "--data", tmp_path / "data", "--port", 0, "--speed", 300) as engine:
        port = int(re.findall(r":(\d+)/", engine.wall)[0])
        half = await asyncio.open_connection("127.0.0.1", port)
        half[1].write(b"GET /wall HTTP/1.1\r\n")
        async with console(engine.console) as anna, screen(engine.wall):
            await anna.watch("inbox")
            code, _, err = await engine.end()
        half[1].close()
    assert code == 0, err
    assert "Traceback" not in err


async def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    path = write_script(tmp_path)
    async with serving(path, "--data", tmp_path / "data", "--port", 0) as engine:
        engine.process.send_signal(signal.SIGTERM)
        engine.process.send_signal(signal.SIGINT)
        code, _, _ = await engine.finished()
    assert code in (0, 130, 143)


async def test_who_stops_reading_its_output_does_not_stop_the_engine(tmp_path: Path) -> None:
    """`eventlive serve … --headless | head -1`: the pipe breaks, the event goes on or ends well."""
    path = write_script(tmp_path)
    arguments = ["serve", path, "--data", tmp_path / "data", "--port", "0", "--headless"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "eventlive", *map(str, arguments), "--for", "7s"),
        cwd=ROOT,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    await process.stdout.readline()
    transport = process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]
    transport.close()
    async with asyncio.timeout(20):
        err = (await process.stderr.read()).decode()
        await process.wait()
    assert "Traceback" not in err, err


# --- run without a terminal -----------------------------------------------------------------------


async def test_run_without_a_terminal_says_what_happens_and_ends(tmp_path: Path) -> None:
    code, out, err = await eventlive(
        *("run", DEMO, "--for", "6s", "--speed", "60", "--port", 0, "--data", tmp_path)
    )
    assert (code, err) == (0, "")
    first, *rest = out.splitlines()
    assert first.startswith("ready wall=http://")
    said = [line for line in rest if "posts " in line and "feeds:" in line]
    assert said
    assert re.search(r"posts \d\d+ .*on the wall \d+ .*waiting \d+ .*replay live", said[0])
    summary = "\n".join(rest[len(said) :])
    assert "Harbour Forum 2027: covered for" in summary
    assert int(re.findall(r"posts stored +(\d+)", summary)[0]) > 100


async def test_run_takes_up_where_it_was_and_fresh_begins_anew(tmp_path: Path) -> None:
    path = write_script(tmp_path, posts=[post(n) for n in range(30)])
    options = ("--data", tmp_path / "data", "--port", 0, "--speed", "max", "--for", "1s")

    async def stored(*more: str) -> int:
        code, out, err = await eventlive("run", path, *options, *more)
        assert code == 0, err
        return int(re.findall(r"posts stored +(\d+)", out)[0])

    assert await stored() == 30
    (tmp_path / "posts.jsonl").write_bytes(lines(post(n) for n in range(40)))
    assert await stored() == 40
    assert await stored("--fresh") == 40
    kept = list((tmp_path / "data").glob("try.*.sqlite"))
    assert len(kept) == 1


async def test_settings_come_from_the_environment_and_options_win(tmp_path: Path) -> None:
    path = write_script(tmp_path)
    variables = environment(
        EVENTLIVE_DATA=str(tmp_path / "elsewhere"), EVENTLIVE_PORT="1", EVENTLIVE_LEAD_TOKEN="quiet"
    )
    async with serving(path, "--port", 0, env=variables) as engine:
        async with console(engine.console, token="quiet") as anna:
            assert anna.welcome.role == "lead"
        with pytest.raises(AssertionError, match="token is wrong"):
            async with console(engine.console, token="loud"):
                pass
        _, out, err = await engine.end()
    assert (tmp_path / "elsewhere" / "try.sqlite").exists()
    assert "quiet" not in out + err


# --- export ---------------------------------------------------------------------------------------

FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", '=cmd|" /C calc"!A0']


async def export(script: Path, data: Path, to: Path) -> dict[str, list[dict[str, Any]]]:
    """Export, and give the rows of each of the eight files."""
    code, out, err = await eventlive("export", script, "--data", data, "--to", to)
    assert (code, err) == (0, "")
    found: dict[str, list[dict[str, Any]]] = {}
    for name in ("posts", "decisions", "outgoing", "evidence"):
        found[f"{name}.jsonl"] = json_lines((to / f"{name}.jsonl").read_text(encoding="utf-8"))
        with (to / f"{name}.csv").open(encoding="utf-8-sig", newline="") as table:
            found[f"{name}.csv"] = list(csv.DictReader(table))
        assert f"{name}.jsonl and .csv: {len(found[f'{name}.jsonl'])}" in out
    return found


@asynccontextmanager
async def covered(folder: Path, posts: list[object]) -> AsyncIterator[Any]:
    script = write_script(folder, "[outgoing]\ntake_back = 0\n", posts)
    async with (
        serving(script, "--data", folder / "data", "--port", 0, "--speed", "max") as engine,
        console(engine.console) as anna,
    ):
        yield script, engine, anna


async def test_export_writes_all_while_it_runs_and_after(tmp_path: Path) -> None:
    posts = [post(n, text) for n, text in enumerate(["Tervetuloa 🎉", "مرحبا", 'a, b; "c"\nd'])]
    async with covered(tmp_path, [*posts]) as (script, engine, anna):
        item = await anna.item(posts[2].key)
        await anna.done(Approve(item.id, item.version))
        other = await anna.item(posts[0].key)
        await anna.done(AddNote(other.id, other.version, "a note"))
        await anna.done(Hold("for a minute"))
        reply = await anna.done(Write("=Welcome", send=False))
        during = await export(script, tmp_path / "data", tmp_path / "one")
        assert (await engine.end())[0] == 0
    after = await export(script, tmp_path / "data", tmp_path / "two")
    assert after == during
    assert [row["id"] for row in after["posts.jsonl"]] == ["p0", "p1", "p2"]
    table = {row["id"]: row for row in after["posts.csv"]}
    assert table["p2"]["text"] == 'a, b; "c"\nd'
    assert table["p1"]["text"] == "مرحبا"
    assert (table["p2"]["on_wall"], table["p2"]["state"]) == ("True", "archived")
    assert [row["action"] for row in after["decisions.jsonl"]] == [
        "approve",
        "note",
        "hold",
        "write",
    ]
    assert all("steps" not in row for row in after["decisions.jsonl"])
    assert after["decisions.csv"][2]["detail"] == "for a minute"
    (out,) = after["outgoing.jsonl"]
    assert (out["id"], out["text"]) == (reply.thing, "=Welcome")
    assert after["outgoing.csv"][0]["text"] == "'=Welcome"


async def test_what_is_exported_plays_again(tmp_path: Path) -> None:
    """posts.jsonl is a recording: another event can be rehearsed with it."""
    gone, edited = Deleted("bluesky", "p1"), Edited(post(2, "In its new form"))
    change = [{"delete": {"network": "bluesky", "id": "p1"}}, {"edit": edited.post}]
    full = post(
        3,
        "all of it",
        author=Author("did:plc:3", "a.example", "Änna", 12, True, True),
        tags=("try",),
        links=("https://a.example/",),
        warning="w",
    )
    async with covered(tmp_path, [post(1), post(2), full, *change]) as (script, engine, anna):
        await anna.hear_until(lambda: anna.state and anna.state.health.edits, "the edit")
        await anna.hear_until(lambda: anna.state and anna.state.health.deletes, "the delete")
        assert (await engine.end())[0] == 0
    await export(script, tmp_path / "data", tmp_path / "to")
    steps = [step async for step in Replay("r", tmp_path / "to" / "posts.jsonl", 0).follow("")]
    events = [event for step in steps if not hasattr(step, "state") for event in step.events]
    assert not any(getattr(step, "skipped", ()) for step in steps)
    assert {event.id for event in events if isinstance(event, Post)} == {"p2", "p3"}
    assert [event for event in events if isinstance(event, Post) and event.id == "p3"] == [full]
    assert [event.text for event in events if isinstance(event, Post) and event.id == "p2"] == [
        "In its new form"
    ]
    assert [event.key for event in events if isinstance(event, Deleted)] == [gone.key]
    assert "Post number 1" not in (tmp_path / "to" / "posts.jsonl").read_text()
    assert "Post number 1" not in (tmp_path / "to" / "posts.csv").read_text()


async def test_what_was_reported_is_exported_as_it_stood(tmp_path: Path) -> None:
    """Its author has deleted it since: the evidence keeps its words, the posts do not."""
    author = Author("did:plc:1", "=rude.example", "Rude")
    said = post(1, "=Rude words", author=author, url="https://example.org/1")
    script = write_script(tmp_path)
    async with open_store(tmp_path / "data" / "try.sqlite") as store:
        kept = Evidence(f"{said.key}#1", 1, said.key, said, "anna", START, "abuse", "third time")
        await store.commit([Put(Item(said.key, 2, said, START, state="deleted")), Put(kept)])
    found = await export(script, tmp_path / "data", tmp_path / "to")
    (line,), (row,) = found["evidence.jsonl"], found["evidence.csv"]
    assert (line["post"]["text"], line["complaint"]) == ("=Rude words", "abuse")
    assert (row["text"], row["handle"], row["who"]) == ("'=Rude words", "'=rude.example", "anna")
    assert (row["words"], row["url"]) == ("third time", "https://example.org/1")
    assert "Rude words" not in (tmp_path / "to" / "posts.jsonl").read_text()


async def test_no_stranger_gives_a_spreadsheet_a_formula(tmp_path: Path) -> None:
    posts = [
        post(n, text, author=Author(f"did:plc:{n}", "=handle", "+name"))
        for n, text in enumerate(FORMULAS)
    ]
    async with covered(tmp_path, [*posts]) as (script, engine, anna):
        await anna.hear_until(lambda: anna.state and anna.state.health.posts == len(posts), "all")
        await anna.item(posts[-1].key)
        for text in FORMULAS:
            if text.strip():
                await anna.done(Write(text))
        assert (await engine.end())[0] == 0
    found = await export(script, tmp_path / "data", tmp_path / "to")
    for name in ("posts.csv", "outgoing.csv"):
        for row in found[name]:
            for key, value in row.items():
                # OWASP, "CSV Injection"
                assert value[:1] not in tuple("=+-@\t\r\n＝＋－＠"), (name, key, value)
    # Nothing is lost by it.
    assert len(found["posts.csv"]) == len(posts)


async def test_an_export_of_nothing_has_heads(tmp_path: Path) -> None:
    async with covered(tmp_path, []) as (script, engine, _):
        assert (await engine.end())[0] == 0
    found = await export(script, tmp_path / "data", tmp_path / "to")
    assert found["posts.csv"] == []
    for name in ("posts", "decisions", "outgoing", "evidence"):
        head = (tmp_path / "to" / f"{name}.csv").read_text(encoding="utf-8-sig")
        assert head.count(",") >= 4, f"{name}.csv says nothing of its columns"


async def test_an_export_that_cannot_be_is_explained(tmp_path: Path) -> None:
    script = write_script(tmp_path)
    code, _, err = await eventlive("export", script, "--data", tmp_path / "data")
    assert (code, "has the event run" in err) == (4, True)
    async with serving(script, "--data", tmp_path / "data", "--port", 0):
        pass
    (tmp_path / "file").write_text("")
    code, _, err = await eventlive(
        "export", script, "--data", tmp_path / "data", "--to", tmp_path / "file"
    )
    assert code in (2, 4)
    assert "cannot be written" in err
    assert "Traceback" not in err
    with sqlite3.connect(tmp_path / "data" / "try.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    code, _, err = await eventlive("export", "try", "--data", tmp_path / "data", "--to", tmp_path)
    assert (code, "newer eventlive" in err) == (4, True)


# --- record ---------------------------------------------------------------------------------------


def at(seconds: float) -> str:
    return datetime.fromtimestamp(START.timestamp() + seconds, START.tzinfo).isoformat()


async def test_a_recording_of_a_replay_says_the_same(tmp_path: Path) -> None:
    rows: list[object] = [
        post(1, 'ä 🎉 \u2028 "quoted"'),
        post(2, tags=("a",), media=({"url": "pictures/x.png", "alt": "x"},)),
        {"edit": post(1, "better"), "at": at(3)},
        {"delete": {"network": "bluesky", "id": "p2"}, "at": at(4)},
        post(5),
    ]
    script = write_script(tmp_path, posts=rows)
    out = tmp_path / "out.jsonl"
    code, said, err = await eventlive("record", script, "--out", out, "--speed", "max")
    assert (code, said) == (0, "")
    assert "recorded 5 lines" in err

    async def played(path: Path) -> list[Any]:
        steps = [step async for step in Replay("r", path, 0).follow("")]
        return [event for step in steps if not hasattr(step, "state") for event in step.events]

    assert await played(out) == await played(tmp_path / "posts.jsonl")
    # Recorded again it is the same file, byte for byte; a second recording is added to the first.
    (tmp_path / "posts.jsonl").write_bytes(out.read_bytes())
    code, again, _ = await eventlive("record", script, "--speed", "max")
    assert (code, again) == (0, out.read_text(encoding="utf-8"))
    await eventlive("record", script, "--out", out, "--speed", "max")
    assert out.read_text(encoding="utf-8") == again * 2


async def test_a_recording_tells_what_it_could_not_use(tmp_path: Path) -> None:
    script = write_script(tmp_path, posts=[post(1), {"network": "myspace"}, post(2)])
    code, out, err = await eventlive("record", script, "--speed", "max")
    assert (code, len(json_lines(out))) == (0, 2)
    assert "skipped 1" in err
    assert "posts.jsonl:2" in err


async def test_a_recording_ends_after_its_time_and_when_told(tmp_path: Path) -> None:
    script = write_script(tmp_path, posts=[post(0), post(10_000)])
    code, out, _ = await eventlive("record", script, "--for", "1s")
    assert (code, [row["id"] for row in json_lines(out)]) == (0, ["p0"])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "eventlive", "record", str(script)),
        cwd=ROOT,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        await process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, err = await process.communicate()
    assert process.returncode == 0
    assert b"recorded 1 lines" in err or b"recorded 1 line" in err


async def test_a_recording_whose_reader_goes_ends_quietly(tmp_path: Path) -> None:
    script = write_script(tmp_path, posts=[post(n, "x" * 2000) for n in range(5000)])
    command = f"{sys.executable} -m eventlive record {script} --speed max | head -n 1"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", command),
        cwd=ROOT,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        out, err = await process.communicate()
    assert json.loads(out)["id"] == "p0"
    assert b"Traceback" not in err, err.decode()


# --- schema ---------------------------------------------------------------------------------------


async def printed(what: str) -> dict[str, Any]:
    code, out, err = await eventlive("schema", what)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


async def test_the_printed_schemas_take_the_demos_own_lines() -> None:
    whole = await printed("post")
    jsonschema.Draft202012Validator.check_schema(whole)
    check = jsonschema.Draft202012Validator(whole)
    text = (ROOT / "events" / "demo.jsonl").read_text(encoding="utf-8")
    rows = json_lines(text)
    assert len(rows) >= 600
    for number, row in enumerate(rows, 1):
        problem = next(check.iter_errors(row), None)
        assert problem is None, (number, problem)


async def test_the_printed_schema_takes_the_demos_script_and_not_a_wrong_one() -> None:
    import tomllib  # noqa: PLC0415 - used here alone

    whole = await printed("script")
    jsonschema.Draft202012Validator.check_schema(whole)
    check = jsonschema.Draft202012Validator(whole)
    data = json.loads(json.dumps(tomllib.loads(DEMO.read_text()), default=datetime.isoformat))
    check.validate(data)
    for wrong in (
        {**data, "evnt": {}},
        {**data, "event": {**data["event"], "id": "No!"}},
        {key: value for key, value in data.items() if key != "event"},
        {**data, "feeds": [{"kind": "replai", "id": "r", "file": "f"}]},
    ):
        assert not check.is_valid(wrong)


async def test_the_printed_schemas_take_what_really_travels(tmp_path: Path) -> None:
    """Frames as they come over the sockets of a running engine, a while of them."""
    of_console, of_screen = await asyncio.gather(printed("console"), printed("screen"))
    told = jsonschema.Draft202012Validator(
        {**of_console["to_console"], "$defs": of_console["$defs"]}
    )
    shown = jsonschema.Draft202012Validator({**of_screen["to_screen"], "$defs": of_screen["$defs"]})
    async with (
        serving(DEMO, "--data", tmp_path, "--port", 0, "--speed", "max") as engine,
        console(engine.console) as anna,
        screen(engine.wall) as wall,
    ):
        await anna.watch("inbox")
        await anna.hear_until(lambda: anna.totals["inbox"] > 50, "posts")
        for key in anna.orders["inbox"][:5]:
            await anna.give(Approve(key, anna.seen[key].version))
            # A reply, an update, now and then a state; and what the screens see of it.
            for socket, check in ((anna.socket, told), (anna.socket, told), (wall.socket, shown)):
                async with asyncio.timeout(10):
                    check.validate(json.loads(await socket.recv()))
        await anna.give(Approve("nobody", 1))
        for _ in range(4):
            async with asyncio.timeout(10):
                told.validate(json.loads(await anna.socket.recv()))


# --- run with a console ---------------------------------------------------------------------------


async def test_nothing_is_left_running_when_run_is_killed_while_starting(tmp_path: Path) -> None:
    """A script that cannot be used ends both with the engine's own reason and code."""
    bad = tmp_path / "bad.toml"
    bad.write_text('[event]\nid = "x"\n')
    code, out, err = await eventlive("run", bad, "--data", tmp_path)
    assert (code, out) == (2, "")
    assert "event.title" in err


async def test_an_engine_ends_by_itself_when_its_time_is_over(tmp_path: Path) -> None:
    path = write_script(tmp_path)
    async with serving(path, "--data", tmp_path / "data", "--port", 0, "--for", "1s") as engine:
        code, out, err = await engine.finished(15)
    assert (code, out, err) == (0, "", "")


async def test_the_lock_goes_with_a_killed_engine(tmp_path: Path) -> None:
    path = write_script(tmp_path)
    options = ("--data", tmp_path / "data", "--port", 0)
    async with serving(path, *options) as engine:
        code, _, err = await eventlive("serve", path, *options)
        assert (code, "another engine" in err) == (4, True)
        await engine.kill()
        async with serving(path, *options) as next_one:
            assert next_one.wall
            await until(lambda: os.path.exists(tmp_path / "data" / "try.sqlite") or None)  # noqa: PTH110


SEGMENT = """
[[segments]]
id = "keynote"
title = "{title}"
starts = 2027-05-20T{hour}:00:00Z
minutes = {minutes}
"""


async def test_a_script_that_was_mended_is_what_the_next_life_goes_by(tmp_path: Path) -> None:
    """A typing error in the programme is mended in the script; what happened stays as it was."""
    options = ("--data", tmp_path / "data", "--port", 0)
    first = SEGMENT.format(title="The keynoet", hour="09", minutes=30)
    async with (
        serving(write_script(tmp_path, first), *options) as engine,
        console(engine.console) as anna,
    ):
        await anna.done(StartSegment("keynote"))
        await engine.end()
    second = SEGMENT.format(title="The keynote", hour="10", minutes=45)
    async with (
        serving(write_script(tmp_path, second + "[wall]\ntitle = 'Mended'\n"), *options) as engine,
        console(engine.console) as anna,
        screen(engine.wall) as wall,
    ):
        state = await anna.hear_until(lambda: anna.state, "the state")
        (segment,) = state.segments
        assert segment.starts is not None
        assert (segment.title, segment.starts.hour, segment.minutes) == ("The keynote", 10, 45)
        assert segment.state == "running"
        assert (wall.scene.title, wall.scene.now) == ("Mended", "The keynote")
