"""What a producer who rehearses has to be told, and what a rehearsal must leave alone."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import pytest

from tests.broker import Broker
from tests.service.engines import eventlive
from tests.service.shows import playing

NOON = datetime(2027, 5, 20, 12, 0, tzinfo=UTC)
DAY = """\
[event]
id = "day"
title = "A day"
starts = 2027-05-20T12:00:00Z

[[accounts]]
id = "main"
network = "x"
handle = "house"
"""


def written(folder: Path, more: str) -> Path:
    path = folder / "day.toml"
    path.write_text(DAY + more, encoding="utf-8")
    return path


def post(text: str, more: str = "") -> str:
    return f'\n[[posts]]\nid = "p"\nat = 2027-05-20T12:05:00Z\ntext = "{text}"\n{more}'


async def test_only_a_rehearsal_begins_when_somebody_likes(tmp_path: Path) -> None:
    begins = (
        "--from",
        "2027-05-20T12:00+00:00",
        "--for",
        "1s",
        "--port",
        0,
        "--data",
        tmp_path / "data",
    )
    path = tmp_path / "day.toml"
    path.write_text(DAY.replace('network = "x"\n', ""), encoding="utf-8")
    code, _, err = await eventlive("serve", path, *begins)
    assert code == 2
    assert "--rehearse" in err


async def test_a_rehearsal_measures_as_the_network_does(tmp_path: Path) -> None:
    path = written(tmp_path, post(f"The programme of the day: https://example.org/{'a' * 270}"))
    async with playing(path, tmp_path, NOON) as show:
        await show.goes_on(NOON + timedelta(minutes=10))
        (out,) = show.posts()
    assert (out.state, out.reason) == ("sent", "")


async def test_the_summary_says_what_did_not_go_out(tmp_path: Path) -> None:
    path = written(tmp_path, post("We begin", "approval = true\n"))
    arguments = ("--rehearse", "--speed", 600, "--for", "2s", "--port", 0)
    _, said, _ = await eventlive("run", path, "--headless", *arguments, "--data", tmp_path / "data")
    assert "second person" in said


@pytest.mark.needs("mosquitto")
async def test_a_rehearsal_leaves_the_venue_alone(mosquitto: Broker, tmp_path: Path) -> None:
    path = written(tmp_path, f'\n[venue]\nbroker = "{mosquitto.url}"\n')
    topics: list[str] = []
    async with aiomqtt.Client(mosquitto.host, mosquitto.port, timeout=10) as venue:
        await venue.subscribe("eventlive/day/#", qos=1)
        async with playing(path, tmp_path, NOON):
            with suppress(TimeoutError):
                async with asyncio.timeout(3):
                    topics.append(str((await anext(aiter(venue.messages))).topic))
    assert not topics
