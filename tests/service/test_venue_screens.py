"""Screens, lamps and roles at the venue, on a real Mosquitto, as devices and a console see them."""

import asyncio
import re
import shlex
import subprocess
from pathlib import Path

import aiomqtt
import pytest
import trustme
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from eventlive import venue as module
from eventlive.messages import Hold, PlayStatement, ShowAnswer
from tests.broker import Broker
from tests.parts import mosquitto_path, program
from tests.service.engines import PATIENCE, console, post, running, screen, until
from tests.service.test_venue import SEGMENTS, desk, quick

__all__ = ["quick"]

pytestmark = pytest.mark.needs("mosquitto")

DOC = Path(__file__).parents[2] / "docs" / "venue.md"
SCREENS = """
[[screens]]
id = "left"
title = "Left of the stage"
[[statements]]
id = "welcome"
text = "We are glad that you are here."
"""


def script(broker: Broker, more: str = "") -> str:
    return f'[venue]\nbroker = "{broker.url}"\n{more}{SEGMENTS}{SCREENS}'


async def test_screens_are_set_by_cue_and_say_what_they_show(
    tmp_path: Path, mosquitto: Broker
) -> None:
    async with (
        running(tmp_path, script(mosquitto)) as engine,
        screen(engine, "?screen=left") as wall,
        desk(mosquitto) as stage,
    ):
        await stage.says("screen/left", scene="masonry", dark=False)
        ack = await stage.cue("screen/left/scene", b"spotlight")
        assert (ack["ok"], ack["did"]) == (True, "left shows spotlight")
        await stage.says("screen/left", scene="spotlight", scenes=["spotlight"])
        assert (await stage.cue("screen/left/blackout"))["did"] == "left is dark"
        await stage.says("screen/left", scene="dark", dark=True)
        assert (await stage.cue("screen/left/blackout", b"off"))["ok"]
        await stage.says("screen/left", scene="spotlight", dark=False)
        assert (await stage.cue("screen/all/scene", b'{"scenes": ["pair"], "seconds": 20}'))["ok"]
        await stage.says("screen/left", scene="pair", seconds=20)
        await stage.says("screen/main", scene="pair")
        assert (await stage.cue("screen/left/follow"))["ok"]
        await stage.says("screen/left", scene="masonry")
        assert (await stage.cue("hold"))["ok"]
        await stage.says("screen/left", scene="hold")
        await wall.hear_until(lambda: wall.scene.held, "the hold")


@pytest.mark.parametrize(
    ("cue", "payload", "reason"),
    [
        ("screen/left/scene", b"fireworks", "'fireworks' is no scene"),
        ("screen/left/scene", b"", "it needs a scene"),
        ("screen/left/scene", b'{"scenes": []}', "1 to 12 scenes"),
        ("screen/left/scene", b'{"scenes": ["pair"], "seconds": 1}', "3 to 3600 seconds"),
        ("screen/left/scene", b'{"scenes": "pair"}', "is no scene"),
        ("screen/left/blackout", b"perhaps", '"on" or "off"'),
        ("screen/left/statement", b"", "1 to 60 characters"),
        ("statement/nobody", b"", "nobody"),
        ("screen//scene", b"pair", "no such cue"),
        ("screen/" + "x" * 61 + "/scene", b"pair", "1 to 60 characters"),
    ],
)
async def test_what_no_screen_can_show_is_refused_with_the_reason(
    tmp_path: Path, mosquitto: Broker, cue: str, payload: bytes, reason: str
) -> None:
    async with running(tmp_path, script(mosquitto)), desk(mosquitto) as stage:
        await stage.says("health", state="online")
        ack = await stage.cue(cue, payload)
        assert not ack["ok"]
        assert reason in ack["reason"], ack


async def test_the_tally_is_on_while_words_of_the_house_are_on_a_screen(
    tmp_path: Path, mosquitto: Broker
) -> None:
    async with (
        running(tmp_path, script(mosquitto), [post(1, "When does it start?")]) as engine,
        console(engine) as anna,
        desk(mosquitto) as stage,
    ):
        await stage.says("tally", on=False)
        await anna.done(PlayStatement("welcome", screen="left"))
        await stage.says("tally", on=True, screens=["left"])
        await anna.done(Hold())
        await stage.says("tally", on=False)
        assert (await stage.cue("release"))["ok"]
        await stage.says("tally", on=True)
        assert (await stage.cue("screen/left/blackout"))["ok"]
        await stage.says("tally", on=False)
        item = await anna.item(post(1).key)
        await anna.done(ShowAnswer(item.id, item.version, "We start at nine."))
        await stage.says("tally", on=True, screens=["main"])


async def test_the_buzzer_sounds_while_a_question_waits_too_long(
    tmp_path: Path, mosquitto: Broker
) -> None:
    more = "[goals]\nanswer_minutes = 0.01\n"
    posts = [post(1, "When does it start?")]
    async with (
        running(tmp_path, script(mosquitto, more), posts) as engine,
        console(engine) as anna,
        desk(mosquitto) as stage,
    ):
        await stage.says("buzzer", on=True, overdue=1)
        item = await anna.item(post(1).key)
        await anna.done(ShowAnswer(item.id, item.version, "We start at nine."))
        await stage.says("buzzer", on=False, overdue=0)


async def test_a_cues_ack_carries_its_correlation_data(tmp_path: Path, mosquitto: Broker) -> None:
    async with (
        running(tmp_path, script(mosquitto)),
        aiomqtt.Client(
            mosquitto.host,
            mosquitto.port,
            protocol=aiomqtt.ProtocolVersion.V5,
            timeout=PATIENCE,
        ) as device,
    ):
        await device.subscribe("eventlive/try/#", qos=1)
        asked = False
        async with asyncio.timeout(PATIENCE):
            async for message in device.messages:
                topic = str(message.topic)
                if topic.endswith("/health") and not asked:
                    asked = True
                    await device.publish(
                        "eventlive/try/cue/hold", b"", qos=1, properties=_correlated(b"button 7")
                    )
                if topic.endswith("/ack"):
                    assert getattr(message.properties, "CorrelationData", b"") == b"button 7"
                    break


def _correlated(data: bytes) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.CorrelationData = data
    return properties


@pytest.mark.needs("mosquitto-clients")
async def test_the_documents_examples_do_what_they_say(tmp_path: Path, mosquitto: Broker) -> None:
    """Each line with mosquitto_pub in docs/venue.md is run as it stands, but for the port."""
    publish = program("mosquitto_pub")
    lines = re.findall(
        r"^mosquitto_pub (-t eventlive/demo/cue/\S+ .+)$", DOC.read_text("utf-8"), re.MULTILINE
    )
    assert len(lines) > 10
    async with running(tmp_path, script(mosquitto)), desk(mosquitto) as stage:
        await stage.says("health", state="online")
        for count, line in enumerate(lines, 1):
            words = shlex.split(line.replace("eventlive/demo/", "eventlive/try/"))
            process = await asyncio.create_subprocess_exec(
                str(publish), "-h", mosquitto.host, "-p", str(mosquitto.port), *words
            )
            async with asyncio.timeout(PATIENCE):
                assert await process.wait() == 0
            await until(lambda count=count: len(stage.acks) == count or None, f"the ack of {line}")  # type: ignore[misc]
            assert stage.acks[-1]["ok"], (line, stage.acks[-1])


def _roles() -> str:
    """Give the roles that docs/venue.md writes down."""
    found = re.search(r"```\n(user engine\n.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    assert found
    return found[1]


def _guarded(folder: Path, passwd: Path) -> tuple[str, ...]:
    """Write a broker's certificates, users and roles; give the lines of its configuration."""
    folder.mkdir()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    server = authority.issue_cert("127.0.0.1", "localhost")
    server.private_key_pem.write_to_path(str(folder / "key.pem"))
    server.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    (folder / "roles").write_text(_roles(), encoding="utf-8")
    (folder / "users").touch()
    for user in ("engine", "lights", "caller", "technician"):
        subprocess.run([passwd, "-b", folder / "users", user, f"{user}'s"], check=True, timeout=20)
    for name in ("roles", "users", "key.pem"):
        (folder / name).chmod(0o600)
    return (
        "allow_anonymous false",
        f"password_file {folder}/users",
        f"acl_file {folder}/roles",
        f"certfile {folder}/cert.pem",
        f"keyfile {folder}/key.pem",
    )


async def test_roles_are_the_brokers_and_the_line_is_encrypted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mosquitto, passwd = mosquitto_path(), program("mosquitto_passwd")
    assert mosquitto is not None
    if passwd is None:
        pytest.skip("mosquitto_passwd is not here")
    folder = tmp_path / "broker"
    more = _guarded(folder, passwd)
    monkeypatch.setenv("EVENTLIVE_VENUE_USER", "engine")
    monkeypatch.setenv("EVENTLIVE_VENUE_PASSWORD", "engine's")
    monkeypatch.setenv("EVENTLIVE_VENUE_CA", str(folder / "ca.pem"))
    async with Broker(mosquitto, folder, more) as broker:
        tls = aiomqtt.TLSParameters(ca_certs=str(folder / "ca.pem"))

        def device(user: str) -> aiomqtt.Client:
            return aiomqtt.Client(
                broker.host,
                broker.port,
                username=user,
                password=f"{user}'s",
                tls_params=tls,
                timeout=PATIENCE,
            )

        written = script(broker).replace("mqtt://", "mqtts://")
        async with (
            running(tmp_path, written) as engine,
            console(engine) as anna,
            device("lights") as lights,
            device("caller") as caller,
            device("technician") as technician,
        ):
            await lights.subscribe("eventlive/try/#", qos=1)
            async with asyncio.timeout(PATIENCE):
                async for message in lights.messages:
                    if str(message.topic).endswith("/tally"):
                        break
            # What a role may not say never comes to the engine; what comes after it has.
            await lights.publish("eventlive/try/cue/hold", b"", qos=1)
            await caller.publish("eventlive/try/cue/screen/left/scene", b"pair", qos=1)
            await technician.publish("eventlive/try/cue/segment/keynote/start", b"", qos=1)
            await technician.publish("eventlive/try/cue/screen/left/scene", b"pair", qos=1)
            await caller.publish("eventlive/try/cue/segment/panel/start", b"", qos=1)
            await anna.hear_until(lambda: len(anna.decisions) >= 2, "the log")
            assert {(one.action, one.on) for one in anna.decisions} == {
                ("set-screen", "left"),
                ("start-segment", "panel"),
            }
            assert not engine.engine.health().held


async def test_a_broker_that_lets_the_engine_say_nothing_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mosquitto = mosquitto_path()
    assert mosquitto is not None
    monkeypatch.setattr(module, "HEALTH_SECONDS", 0.1)
    monkeypatch.setattr(module, "ECHO_SECONDS", 0.5)
    (tmp_path / "broker").mkdir()
    roles = tmp_path / "broker" / "roles"
    roles.write_text("topic read eventlive/#\n")
    roles.chmod(0o600)
    async with (
        Broker(mosquitto, tmp_path / "broker", (f"acl_file {roles}",)) as broker,
        running(tmp_path, script(broker)) as engine,
    ):
        await until(lambda: engine.engine.venue_says == module.UNHEARD or None, "the word")
