"""The command line's way to have a running engine take in its changed script.

Owns one short conversation with an engine, as a console has it. Decides nothing: what would change
is shown to whoever asks, and only what they agree to is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidURI, WebSocketException

from eventlive.errors import EngineGone, SettingsError
from eventlive.messages import (
    MAX_FRAME_TO_CONSOLE,
    PROTOCOL,
    Bye,
    FromConsole,
    Hello,
    Order,
    Preview,
    Previewed,
    Reload,
    Reply,
    encoder,
    read_engine_frame,
)

SECONDS = 15.0
"""For connecting, for the engine to read the script, and again for it to take it in."""

_T = TypeVar("_T", Previewed, Reply)


async def take_in(url: str, name: str, token: str, agree: Callable[[Previewed], bool]) -> Reply:
    """Ask what would change, and have it taken in where `agree` says so.

    Gives the engine's reply, one that is not ok and has no reason where nobody agreed. Raises
    SettingsError where the engine refuses us, EngineGone where none answers.
    """
    try:
        async with asyncio.timeout(SECONDS):
            socket = await connect(url, max_size=MAX_FRAME_TO_CONSOLE, compression=None)
        async with socket:
            await _say(socket, Hello(PROTOCOL, name, token))
            await _say(socket, Preview(1))
            found = await _heard(socket, Previewed)
            if not await asyncio.to_thread(agree, found):
                return Reply(2, False)
            await _say(socket, Order(2, Reload(found.digest)))
            return await _heard(socket, Reply)
    except InvalidURI as error:
        raise SettingsError(f"{url!r} must read ws://host:port/console") from error
    except TimeoutError as error:
        raise EngineGone(f"the engine at {url} does not answer") from error
    except (OSError, WebSocketException) as error:
        raise EngineGone(f"no engine answers at {url}: {error}") from error


async def _say(socket: ClientConnection, frame: FromConsole) -> None:
    await socket.send(encoder.encode(frame), text=True)


async def _heard(socket: ClientConnection, kind: type[_T]) -> _T:
    async with asyncio.timeout(SECONDS):
        while True:
            frame = read_engine_frame(await socket.recv())
            if isinstance(frame, kind):
                return frame
            if isinstance(frame, Reply) and not frame.ok:
                raise SettingsError(f"the engine refuses: {frame.reason}")
            if isinstance(frame, Bye):
                raise SettingsError(f"the engine refuses: {frame.reason}")
