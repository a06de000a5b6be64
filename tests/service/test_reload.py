"""A script changed while an engine runs, and rehearsals, as those at the event have them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eventlive import assembly
from eventlive.assembly import Covered, Rehearsal
from eventlive.clock import utc_now
from eventlive.messages import ApprovePost, Preview, Previewed, Reload, Rewrite
from eventlive.model import Outgoing
from eventlive.reloading import Offer
from tests.service.engines import (
    PATIENCE,
    START,
    Console,
    console,
    environment,
    eventlive,
    post,
    running,
    serving,
    settings,
    until,
    write_script,
    written,
)

LATER = """
[[posts]]
id = "later"
text = "Words"
at = 2099-05-20T09:30:00Z
"""


async def preview(room: Console, ref: int = 1) -> Previewed:
    """Ask what the script's file would change."""
    await room.say(Preview(ref))
    async with asyncio.timeout(PATIENCE):
        while True:
            frame = await room.hear()
            if isinstance(frame, Previewed) and frame.ref == ref:
                return frame


def outgoing(engine: Covered, name: str) -> Outgoing:
    return engine.engine.hub.desk.state.outgoing[name]


def kept(folder: Path, event: str = "try") -> list[str]:
    """List the keys of what the rehearsal's file says went out."""
    path = folder / "data" / f"{event}.rehearsal.jsonl"
    return [json.loads(line)["key"] for line in path.read_text("utf-8").splitlines()]


# --- the command ----------------------------------------------------------------------------------


async def test_the_command_shows_what_would_change_and_makes_it_so(tmp_path: Path) -> None:
    """A running engine on a real port: what is new leaves, and consoles are told."""
    path = write_script(tmp_path, LATER)
    async with (
        serving(path, "--port", 0, "--data", tmp_path / "data") as engine,
        console(engine.console) as room,
    ):
        changed = LATER.replace("Words", "New words")
        write_script(tmp_path, changed)
        # Nobody can agree, for there is no terminal.
        code, out, err = await eventlive("reload", engine.console)
        line = "post post-later: text 'Words' -> 'New words'"
        assert (code, out.splitlines(), err) == (0, [line, "nothing was changed"], "")
        soon = datetime.now(UTC) + timedelta(seconds=8)
        more = LATER.replace('"later"', '"soon"').replace("2099-05-20T09:30:00Z", soon.isoformat())
        answer = '\n[[answers]]\nid = "parking"\ntext = "At the quay"\nkeywords = ["park"]\n'
        write_script(tmp_path, changed + more + answer)
        code, out, err = await eventlive("reload", engine.console, "--yes", "--name", "bea")
        new = f"post post-soon: new, at {soon.isoformat(timespec='minutes')}"
        lines = [line, new, "answers: new parking", "taken in"]
        assert (code, out.splitlines(), err) == (0, lines, "")
        await room.hear_until(lambda: room.welcome.answers, "what the script says anew")
        assert [one.id for one in room.welcome.answers] == ["parking"]
        await room.outgoing("post-soon", "sent")
        assert (await room.outgoing("post-later", "queued")).text == "New words"
        (decision,) = [one for one in room.decisions if one.action == "reload"]
        assert (decision.who, decision.detail) == ("bea", "2 changes")
    assert kept(tmp_path) == ["post-soon.1"]


async def test_a_script_with_errors_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, LATER) as engine:
        write_script(tmp_path, LATER.replace("at =", "att =").replace("Words", "New words"))
        _, out, _ = await eventlive("reload", engine.console, "--yes")
        for words in ("try.toml:", "att", "nothing was changed\n"):
            assert words in out
        assert outgoing(engine, "post-later").text == "Words"


async def test_a_script_with_errors_is_an_exit_code(tmp_path: Path) -> None:
    async with running(tmp_path, LATER) as engine:
        write_script(tmp_path, LATER.replace("at =", "att ="))
        code, _, _ = await eventlive("reload", engine.console, "--yes")
    assert code != 0


async def test_who_may_not_decide_is_refused(tmp_path: Path) -> None:
    tokens: dict[str, Any] = {
        "lead_token": "l" * 20,
        "operator_token": "o" * 20,
        "viewer_token": "v" * 20,
    }
    async with running(tmp_path, LATER, **tokens) as engine:
        write_script(tmp_path, LATER.replace("Words", "New words"))
        for token, code, words in (
            # They are shown what would change.
            ("v" * 20, 1, "a viewer looks on; it may not decide"),
            ("o" * 20, 1, "only a lead takes in the script"),
            ("x" * 20, 2, "the token is wrong"),
        ):
            has = environment(EVENTLIVE_TOKEN=token)
            ended, out, err = await eventlive("reload", engine.console, "--yes", env=has)
            assert (ended, words in out + err) == (code, True)
        assert outgoing(engine, "post-later").text == "Words"
    code, _, err = await eventlive("reload", engine.console, "--yes")
    assert (code, "no engine answers" in err) == (3, True)


# --- what it changes ------------------------------------------------------------------------------


async def test_lists_of_words_people_and_answers_really_change(tmp_path: Path) -> None:
    """A word to stop stops the next post that has it, and not the one before."""
    said = [post(0, "Free bananas #try"), post(2, "More bananas #try")]
    async with running(tmp_path, "", said, speed=1.0) as engine, console(engine) as room:
        assert (await room.item("bluesky:p0")).flags == ()
        more = (
            '\n[moderation]\nstop = ["bananas"]\n'
            '\n[[people]]\nid = "ada"\nname = "Ada Oak"\n'
            'handles = { bluesky = "guest2.example" }\n'
        )
        write_script(tmp_path, more, said)
        found = await preview(room)
        assert found.lines == ("people: new ada", "[moderation]: stop")
        assert (await room.order(Reload(found.digest))).ok
        second = await room.item("bluesky:p2")
        assert (second.stopped, second.person) == (True, "ada")
        assert room.row("inbox", "bluesky:p0") is not None


async def test_support_can_be_added(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as engine,
        console(engine, "anna") as anna,
        console(engine, "bea") as bea,
    ):
        write_script(tmp_path, '[support]\naccount = "main"\nkeywords = ["broken"]\n')
        found = await preview(anna)
        assert found.lines == ("[support]: new",)
        assert (await anna.order(Reload(found.digest))).ok
        await bea.hear_until(lambda: bea.welcome.support == "main", "what the script says anew")


async def test_a_table_for_a_restart_is_named_and_stays(tmp_path: Path) -> None:
    async with running(tmp_path, LATER) as engine, console(engine) as room:
        path = tmp_path / "try.toml"
        text = path.read_text("utf-8").replace('hashtags = ["#try"]', 'hashtags = ["#try", "#new"]')
        path.write_text(text.replace('handle = "house"', 'handle = "home"'), "utf-8")
        found = await preview(room)
        later = "has changed: that is taken in when the engine starts again"
        assert found.problems == (f"warning: [follow] {later}", f"warning: [accounts] {later}")
        assert (found.lines, found.digest) == ((), "")
    async with running(tmp_path, LATER.replace("Words", "New words")) as engine:
        assert outgoing(engine, "post-later").text == "New words"


async def test_the_next_life_goes_on_with_what_was_taken_in(tmp_path: Path) -> None:
    """Words of a person's stay, what the script says newly is there, and nothing is said twice."""
    async with running(tmp_path, LATER) as engine, console(engine) as room:
        await room.done(Rewrite("post-later", outgoing(engine, "post-later").version, "By hand"))
        write_script(tmp_path, LATER.replace("Words", "New words").replace("09:30", "09:40"))
        found = await preview(room)
        assert (await room.order(Reload(found.digest))).ok
    async with running(tmp_path, LATER.replace("Words", "New words").replace("09:30", "09:40")) as (
        engine
    ):
        later = outgoing(engine, "post-later")
        assert later.due_at is not None
        assert (later.text, f"{later.due_at:%H:%M}") == ("By hand", "09:40")
        async with console(engine) as room:
            assert (await preview(room)).lines == ()


async def test_accounts_that_a_reload_left_for_the_restart_change_at_the_restart(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, LATER) as engine, console(engine) as room:
        path = write_script(tmp_path, LATER.replace("Words", "New words"))
        text = path.read_text("utf-8").replace('"house"', '"house"\napproval = true')
        path.write_text(text, "utf-8")
        found = await preview(room)
        assert (await room.order(Reload(found.digest))).ok
        assert not outgoing(engine, "post-later").needs_approval
    async with assembly.covering(written(path), settings(tmp_path)) as engine:
        assert outgoing(engine, "post-later").needs_approval


# --- two who look ---------------------------------------------------------------------------------


async def test_what_was_looked_at_is_what_is_taken_in_whatever_the_file_says_by_now(
    tmp_path: Path,
) -> None:
    async with (
        running(tmp_path, LATER) as engine,
        console(engine, "anna") as anna,
        console(engine, "bea") as bea,
    ):
        write_script(tmp_path, LATER.replace("Words", "One"))
        one = await preview(anna)
        write_script(tmp_path, LATER.replace("Words", "Two"))
        assert (await anna.order(Reload(one.digest))).ok
        assert outgoing(engine, "post-later").text == "One"
        two = await preview(bea)
        assert two.lines == ("post post-later: text 'One' -> 'Two'",)
        write_script(tmp_path, LATER.replace("Words", "Three"))
        three = await preview(anna)
        refused = await bea.order(Reload(two.digest))
        assert refused.reason == "the script has changed since it was looked at: look again"
        assert (await anna.order(Reload(three.digest))).ok
        assert outgoing(engine, "post-later").text == "Three"


async def test_a_look_that_is_broken_off_takes_nothing_away_from_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one goes in mid-look, what the other has seen is what is taken in and kept."""
    async with running(tmp_path, LATER) as engine, console(engine) as anna:
        write_script(tmp_path, LATER.replace("Words", "One"))
        one = await preview(anna)
        write_script(tmp_path, LATER.replace("Words", "Two"))
        editions = engine.engine.editions
        assert editions is not None
        read, has_read = editions.look, asyncio.Event()

        async def watched() -> tuple[Offer | None, list[str]]:
            found = await read()
            has_read.set()
            return found

        monkeypatch.setattr(editions, "look", watched)
        engine.engine.hub.unsettle()
        async with asyncio.TaskGroup() as tasks:
            look = tasks.create_task(engine.engine.preview(9), name="look")
            await has_read.wait()
            assert not look.done()
            look.cancel()
        monkeypatch.undo()
        engine.engine.hub.publish([], [], anything=False)
        assert (await anna.order(Reload(one.digest))).ok
        assert outgoing(engine, "post-later").text == "One"
        assert editions.script.posts[0].text == "One"


async def test_a_file_that_is_gone_or_half_written_is_a_problem_and_no_end(tmp_path: Path) -> None:
    async with running(tmp_path, LATER) as engine, console(engine) as room:
        path = tmp_path / "try.toml"
        text = path.read_text("utf-8")
        for broken in (None, b"", text.encode()[: len(text) // 2], b"\xff\xfe"):
            path.unlink()
            if broken is not None:
                path.write_bytes(broken)
            else:
                path.mkdir()
            found = await preview(room)
            assert found.problems
            assert (found.lines, found.digest) == ((), "")
            if broken is None:
                path.rmdir()
                path.touch()
        path.write_text(text.replace('id = "try"', 'id = "other"'), "utf-8")
        assert "this is another event: 'other'" in (await preview(room)).problems[-1]
        assert (await room.order(Reload("0" * 16))).reason.startswith("the script has changed")


# --- rehearsals -----------------------------------------------------------------------------------


@asynccontextmanager
async def untouched() -> AsyncIterator[int]:
    """Listen where nobody may come; fail where somebody did."""
    came: list[object] = []

    async def comes(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer.get_extra_info("peername"))
        writer.close()

    async with await asyncio.start_server(comes, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
    assert came == []


async def test_a_rehearsal_goes_on_where_it_was_killed_and_contacts_nobody(tmp_path: Path) -> None:
    said = [post(60 * number) for number in range(30)]
    async with untouched() as port:
        more = f"""
[[accounts]]
id = "fedi"
network = "mastodon"
handle = "house@quay.example"
server = "http://127.0.0.1:{port}"

[[feeds]]
id = "mastodon"
kind = "mastodon"
servers = ["http://127.0.0.1:{port}"]
"""
        more += "".join(
            f"""
[[posts]]
id = "at-{minute}"
text = "Minute {minute}"
account = "fedi"
at = 2027-05-20T09:{minute:02}:00Z
"""
            for minute in (1, 2, 3, 4, 5)
        )
        path = write_script(tmp_path, more, said)
        how = (path, "--port", 0, "--data", tmp_path / "data", "--rehearse", "--speed", 120)
        async with serving(*how) as engine:
            async with console(engine.console) as room:
                assert timedelta(0) <= room.welcome.now - START < timedelta(minutes=3)
                assert room.welcome.speed == 120
                await room.item("bluesky:p60")
                await room.outgoing("post-at-2", "sent")
            await engine.kill()
        async with serving(*how) as engine, console(engine.console) as room:
            assert room.welcome.now >= START + timedelta(minutes=1)
            last = await room.outgoing("post-at-5", "sent")
            assert last.sent_at is not None
            assert timedelta(0) <= last.sent_at - START < timedelta(minutes=6)
            assert (await room.item("bluesky:p240")).received_at >= START + timedelta(minutes=3)
    assert kept(tmp_path) == [f"post-at-{minute}.1" for minute in range(1, 6)]


async def test_a_rehearsal_without_feeds_does_not_go_back_in_time(tmp_path: Path) -> None:
    soon = LATER.replace("2099-05-20T09:30", "2027-05-20T09:05")
    path = write_script(tmp_path, soon)
    rehearsal = Rehearsal(START, 600.0)
    async with assembly.covering(written(path), settings(tmp_path), rehearsal=rehearsal) as engine:
        await until(lambda: outgoing(engine, "post-later").state == "sent", "it leaves")
        sent_at = outgoing(engine, "post-later").sent_at
    assert sent_at is not None
    async with assembly.covering(written(path), settings(tmp_path), rehearsal=rehearsal) as engine:
        assert engine.engine.now() >= sent_at


async def test_the_event_itself_begins_anew_after_a_rehearsal(tmp_path: Path) -> None:
    path = write_script(tmp_path, LATER)
    at = datetime(2099, 5, 20, 9, 29, 59, tzinfo=UTC)
    rehearsal = Rehearsal(at, 60.0)
    async with assembly.covering(written(path), settings(tmp_path), rehearsal=rehearsal) as engine:
        await until(lambda: outgoing(engine, "post-later").state == "sent", "it leaves")
    async with assembly.covering(written(path), settings(tmp_path)) as engine:
        assert utc_now() < at
        assert outgoing(engine, "post-later").state == "queued"


async def test_an_approval_given_before_a_reload_of_other_things_stands(tmp_path: Path) -> None:
    asks = LATER.replace("at = ", "approval = true\nat = ")
    async with running(tmp_path, asks) as engine, console(engine, "bea") as room:
        await room.done(ApprovePost("post-later", outgoing(engine, "post-later").version))
        write_script(tmp_path, asks + LATER.replace('"later"', '"other"').replace(":30:", ":35:"))
        found = await preview(room)
        assert (await room.order(Reload(found.digest))).ok
        assert outgoing(engine, "post-later").approved_by == "bea"
