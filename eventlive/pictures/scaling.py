"""A picture made fit for a screen, by a process of its own that may die of it.

Owns starting that process, what it is given, how long it may take and what is believed of its
answer. The picture itself is looked at in `decoding.py` alone, which the engine never imports: a
decoder that is blown up, hangs or is taken over costs one picture.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from eventlive.listening.cleaning import clean_line
from eventlive.pictures.kinds import SERVED, Kept, NoPicture, kind_of

SCALE_SECONDS = 8.0
ANSWER_MAX = 8 << 20
DECODER = Path(__file__).with_name("decoding.py")

# No secret of the engine's is in its surroundings. Some Pythons are not found without this one.
_SURROUNDINGS = ("LD_LIBRARY_PATH",)


async def scaled(body: bytes) -> Kept:
    """Decode a picture and scale it to a screen's size, without what was written into it.

    Raises NoPicture. Cancelled, it ends the process.
    """
    try:
        # Files without a name and not pipes: a process that says too much stops at its own limit,
        # one that reads or writes nothing holds up nobody, and its end is its end.
        with TemporaryFile() as given, TemporaryFile() as answer:
            await asyncio.to_thread(_write, given, body)
            code = await _decode(given, answer)
            said = await asyncio.to_thread(_read, answer)
    except TimeoutError as error:
        raise NoPicture(f"decoding it took longer than {SCALE_SECONDS:g} s") from error
    except OSError as error:
        raise NoPicture(f"its decoder cannot be started: {error.strerror}") from error
    return _believed(said, code)


async def _decode(given: IO[bytes], answer: IO[bytes]) -> int:
    """Run the decoder to its end, or end it; give its exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(DECODER),
        stdin=given,
        stdout=answer,
        stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _SURROUNDINGS if name in os.environ},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(SCALE_SECONDS):
            return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _write(file: IO[bytes], body: bytes) -> None:
    file.write(body)
    file.seek(0)


def _read(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(ANSWER_MAX + 1)


def _believed(said: bytes, code: int) -> Kept:
    """Take an answer for what it is: the word of a process that a stranger may have taken over."""
    if code < 0:
        raise NoPicture(f"its decoder was ended by signal {-code}")
    head, _, body = said.partition(b"\n")
    kind = head.decode("ascii", "replace")
    if kind == "refused":
        raise NoPicture(clean_line(body.decode("utf-8", "replace"), 200))
    if code or len(said) > ANSWER_MAX or kind not in SERVED or kind_of(body) != kind:
        raise NoPicture("its decoder gave something else than a picture")
    return Kept(body, kind)
