"""The whole way over a network: what guests say comes in, what the house says goes out, once.

The engine is a process of its own, as on an event's day; Mastodon is `mastodon-mock` on loopback.
Here, too: where secrets may come from, and that nobody sees them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventlive.__main__ import main
from eventlive.briefing import handles
from eventlive.errors import SettingsError
from eventlive.messages import Delete, Write
from eventlive.networks import Networks
from eventlive.script import load
from eventlive.settings import read_settings
from tests.service.engines import console, eventlive, serving
from tests.service.mastodon_server import PEOPLE, MastodonMock, mastodon_process, open_mastodon

SECRET = PEOPLE["house"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mastodon_process(tmp_path_factory.mktemp("mastodon")) as at:
        yield at


def written(folder: Path, address: str, token: str = SECRET) -> tuple[Path, Path]:
    """Write a script of an event on that server, and a file with its secrets."""
    script, secrets = folder / "meet.toml", folder / "secrets.env"
    script.write_text(
        f"""
[event]
id = "meet"
title = "A meeting"
[follow]
hashtags = ["#meet"]
[outgoing]
take_back = 0.0
[[feeds]]
kind = "mastodon"
id = "fedi"
servers = ["{address}"]
[[accounts]]
id = "main"
network = "mastodon"
handle = "house@social.example"
server = "{address}"
[[accounts]]
id = "sign-off"
network = "bluesky"
handle = "house.example"
""",
        encoding="utf-8",
    )
    secrets.write_text(
        f"EVENTLIVE_MAIN_ACCESS_TOKEN={token}\nEVENTLIVE_FEDI_ACCESS_TOKEN={token}\n"
        "EVENTLIVE_SIGN_OFF_APP_PASSWORD=word-word-word-word\n",
        encoding="utf-8",
    )
    secrets.chmod(0o600)
    return script, secrets


async def posts(server: MastodonMock, name: str, text: str) -> list[str]:
    """Give the addresses of somebody's posts that hold a text."""
    said = await server.person(name).statuses()
    return [status["uri"] for status in said if text in status["content"]]


async def test_a_question_is_answered_once_and_no_secret_is_seen(
    tmp_path: Path, address: str
) -> None:
    script, secrets = written(tmp_path, address)
    data = tmp_path / "data"
    options = ["--secrets", secrets, "--data", data, "--port", "0", "--log-level", "debug"]
    async with open_mastodon(address) as server:
        async with serving(script, *options) as engine, console(engine.console) as anna:
            live = lambda: anna.state and any(f.state == "live" for f in anna.state.health.feeds)  # noqa: E731
            await anna.hear_until(live, "a live feed", 20)
            asked = await server.person("anna").post("Where is the cloakroom? #meet")
            item = await anna.item(f"mastodon:{asked['uri']}", "questions")
            reply = await anna.done(
                Write("Left of the door #meet", item=item.id, version=item.version, send=True)
            )
            out = await anna.outgoing(reply.thing, "sent")
            assert await posts(server, "house", "Left of the door") == [out.sent_id]
            (answer,) = await server.person("house").statuses()
            assert answer["in_reply_to_id"] == asked["id"]
            # Our own post has the tag, and comes in; not to the inbox.
            own = await anna.item(f"mastodon:{out.sent_id}", "done")
            assert (own.state, own.reasons) == ("archived", ("ours",))
            gone = await anna.done(Delete(out.id, out.version))
            await anna.outgoing(gone.thing, "deleted")
            assert await posts(server, "house", "Left of the door") == []
            code, said, complained = await engine.end()
        assert code == 0, complained
        export = await eventlive("export", script, "--data", data, "--to", tmp_path / "export")
    assert "Left of the door" in (tmp_path / "export" / "outgoing.csv").read_text()
    seen = [said, complained, *export[1:]]
    seen += [path.read_bytes().decode(errors="replace") for path in kept(tmp_path, secrets)]
    for secret in (SECRET, "word-word-word-word"):
        assert not any(secret in text for text in seen)


def kept(folder: Path, but: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path != but]


# --- accounts check -------------------------------------------------------------------------------


async def test_accounts_are_looked_at_before_the_event(tmp_path: Path, address: str) -> None:
    script, secrets = written(tmp_path, address)
    code, out, err = await eventlive(
        "accounts", "check", script, "--secrets", secrets, "--data", tmp_path
    )
    assert code == 1  # the account on Bluesky cannot be reached from here
    assert out.startswith("main: @house@social.example (House); may ")
    assert "post" in out
    assert err.startswith("sign-off: ")
    assert len(err.splitlines()) == 1
    code, out, _ = await eventlive(
        "accounts", "check", script, "--secrets", secrets, "--data", tmp_path, "--json"
    )
    first, second = (json.loads(line) for line in out.splitlines())
    assert (first["account"], first["handle"], first["problem"]) == (
        "main",
        "house@social.example",
        "",
    )
    assert second["problem"]


async def test_what_is_wrong_with_an_account_is_said_with_what_to_do(
    tmp_path: Path, address: str
) -> None:
    script, secrets = written(tmp_path, address, token="wrong-token-of-ours")
    command = ("accounts", "check", script, "--data", tmp_path)
    code, _, err = await eventlive(*command)
    assert code == 1
    for variable in ("EVENTLIVE_MAIN_ACCESS_TOKEN", "EVENTLIVE_SIGN_OFF_APP_PASSWORD"):
        assert variable in err
    code, out, err = await eventlive(*command, "--secrets", secrets, "--log-level", "debug")
    assert code == 1
    assert "main: " in err
    assert "wrong-token-of-ours" not in out + err
    secrets.chmod(0o644)
    code, _, err = await eventlive(*command, "--secrets", secrets)
    assert (code, f"chmod 600 {secrets}" in err) == (2, True)


# --- what a network's parts are given -------------------------------------------------------------


def test_the_environment_wins_over_the_file_and_names_are_the_accounts_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secrets = written(tmp_path, "https://a.example")
    monkeypatch.setenv("EVENTLIVE_MAIN_ACCESS_TOKEN", "from the environment")
    settings = read_settings(secrets)
    assert settings.secrets_of("main") == {"access_token": "from the environment"}
    assert settings.secrets_of("sign-off") == {"app_password": "word-word-word-word"}
    assert "word-word" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_our_handles_on_a_network_are_its_accounts_and_what_could_be_one(tmp_path: Path) -> None:
    script, _ = written(tmp_path, "https://a.example")
    text = script.read_text().replace("[follow]", '[follow]\naccounts = ["@HouseX", "h@b.example"]')
    script.write_text(text)
    loaded = load(script)
    assert handles(loaded, "mastodon") == ["house@social.example", "h@b.example"]
    assert handles(loaded, "x") == ["HouseX"]
    assert handles(loaded, "bluesky") == ["house.example"]


def test_x_without_its_library_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "e.toml"
    path.write_text(
        '[event]\nid = "e"\ntitle = "E"\n[[accounts]]\nid = "main"\nnetwork = "x"\nhandle = "h"\n'
    )

    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'tweepy'", name="tweepy")

    monkeypatch.setattr("importlib.import_module", missing)
    parts = Networks(load(path), tmp_path, read_settings(data=tmp_path), None, None)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=r"pip install 'eventlive\[x\]'"):
        parts.outlets()


def test_convert_is_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved, out = tmp_path / "saved.jsonl", tmp_path / "replay.jsonl"
    saved.write_text("nothing\n{}\n")
    assert main(["convert", "--from", "mastodon", str(saved), "--out", str(out)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith(f"{saved}:1: ")
    assert said[-1] == "2 lines: 0 posts written, 1 without a post, 1 broken"
    assert main(["convert", "--from", "mastodon", str(tmp_path / "none")]) == 2
