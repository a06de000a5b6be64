"""The terminal that a console runs in, and an orderly end where it goes away.

Owns the driver. A terminal may end without a signal: where it controls no process, as in a
container or under a supervisor, no SIGHUP comes. What is read from it then is an end of file, at
once and for ever, and Textual's input thread asks for it again and again at full speed; what is
written to it fails, ends the output thread, and whoever writes next waits for that thread for ever.
"""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

_ENDED = select.POLLHUP | select.POLLERR | select.POLLNVAL


class Terminal(LinuxDriver):
    """Textual's driver, for a terminal that may be gone at any moment: `is_gone` tells."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file: TextIO = Lasting(self._file)  # type: ignore[assignment]

    @property
    def is_gone(self) -> bool:
        """Whether nobody can read or type there any more."""
        return _hung_up(self.fileno)

    def close(self) -> None:
        super().close()
        # Last words, and what is still buffered, would fail and make an orderly end a failure.
        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None and _hung_up(stream.fileno()):
                with Path(os.devnull).open("wb") as nowhere:
                    os.dup2(nowhere.fileno(), stream.fileno())


def _hung_up(file: int) -> bool:
    poll = select.poll()
    poll.register(file, 0)  # an end is told of without being asked for
    return any(told & _ENDED for _, told in poll.poll(0))


class Lasting:
    """A file whose writer goes on where what is written reaches nobody any more.

    Textual's output thread ends at an error, and thirty writes later nobody is left to go on.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, text: str) -> int:
        with _into_nothing():
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        with _into_nothing():
            self._file.flush()


@contextmanager
def _into_nothing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.EIO:
            raise
