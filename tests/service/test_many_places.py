"""Three relays and three thousand screens, a broker that is killed, a relay that is killed."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from eventlive.messages import Hold, Release
from tests.bench.machine import open_many_files
from tests.bench.screens import attached
from tests.broker import Broker
from tests.service.engines import Screen, console, post, running, screen
from tests.service.test_relay import approve, reject, relay_process, said, script

SCREENS = 1_000
SOON = 2.0
"""Seconds in which the picture is to be the same everywhere."""


@pytest.mark.needs("mosquitto")
@pytest.mark.timeout(240)
async def test_three_thousand_screens_in_three_places_show_the_same(
    tmp_path: Path, mosquitto: Broker
) -> None:
    open_many_files()
    posts = [post(number) for number in range(1, 9)]
    async with (
        running(tmp_path, script(mosquitto), posts) as engine,
        console(engine) as anna,
        AsyncExitStack() as stack,
    ):
        first = await approve(anna, 1)
        relays = [
            await stack.enter_async_context(relay_process(mosquitto, tmp_path, f"hall-{number}"))
            for number in range(3)
        ]
        here = await stack.enter_async_context(screen(engine))
        there = [await stack.enter_async_context(screen(wall, relayed=True)) for _, wall in relays]
        async with AsyncExitStack() as audience:
            crowds = [
                await audience.enter_async_context(attached(wall.replace("http", "ws"), SCREENS))
                for _, wall in relays
            ]
            await anna.hear_until(
                lambda: said(anna).health.screens == 3 * SCREENS + 4, "three thousand screens"
            )

            async def alike(what: str, *places: Screen) -> float:
                """Wait until the places show what the engine does; give for how long that took."""
                begun = time.monotonic()
                for place in places:
                    await place.hear_until(
                        lambda place=place: (  # type: ignore[misc]
                            (place.scene, place.cards) == (here.scene, here.cards)
                        ),
                        what,
                        30,
                    )
                return time.monotonic() - begun

            second = await approve(anna, 2)
            await here.hear_until(lambda: second in here.cards, "the second card")
            await alike("the second card", *there)
            await reject(anna, first)
            await here.hear_until(lambda: first not in here.cards, "the first card gone")
            await alike("the first card gone", *there)

            await mosquitto.kill()
            third = await approve(anna, 3)
            await anna.done(Hold())
            await here.hear_until(lambda: here.scene.held and third in here.cards, "the hold")
            assert not any(place.scene.held for place in there)
            await mosquitto.start()
            await alike("the hold, once the broker was back", *there)
            await anna.done(Release())
            await here.hear_until(lambda: not here.scene.held, "the release")
            await alike("the release", *there)

            process, _ = relays[0]
            process.kill()
            await process.wait()
            fourth = await approve(anna, 4)
            await here.hear_until(lambda: fourth in here.cards, "the fourth card")
            took = await alike("the fourth card", *there[1:])
            assert took < SOON
            # What was sent is read by all of them before they are asked what they heard.
            await asyncio.sleep(SOON)
        assert [crowd.account.closed for crowd in crowds] == [SCREENS, 0, 0]
        # The killed one may have told some of its screens more than others.
        assert [crowd.account.stories for crowd in crowds[1:]] == [1, 1]
        for crowd in crowds[1:]:
            heard = [len(times) for _, times in crowd.account.changes]
            assert heard
            assert set(heard) == {SCREENS}
