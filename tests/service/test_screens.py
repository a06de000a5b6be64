"""The fan-out meets screens that are just leaving."""

from __future__ import annotations

from pathlib import Path

from eventlive.messages import Hold, Release
from eventlive.screens import Screens
from tests.service.engines import console, running, screen


async def test_a_screen_that_is_leaving_while_a_message_goes_out_ends_nothing(
    tmp_path: Path,
) -> None:
    """A transport that has said its goodbye refuses a write; that stays the screen's affair."""
    async with running(tmp_path) as engine, console(engine) as anna:
        async with screen(engine):
            audience = engine.engine.hub.audience
            assert isinstance(audience, Screens)
            for connection in list(audience._connections):
                connection.transport.write_eof()
            assert len(audience) == 1
            audience.send(b"{}")
            assert len(audience) == 0
            await anna.done(Hold())
        async with screen(engine) as wall:
            await anna.done(Release())
            await wall.hear_until(lambda: not wall.scene.held, "the release")
