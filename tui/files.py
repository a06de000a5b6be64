"""The operator's own files, read whole: settings, what is remembered, half-written texts.

Owns how such a file is read, so that none can keep the console from starting. Never writes one.
"""

from __future__ import annotations

import errno
import stat
from pathlib import Path


def read_file(path: Path, most: int) -> bytes:
    """Read a file of at most `most` bytes.

    Raises OSError, also for a larger one and for a pipe or a device: those may have no end.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    with path.open("rb") as file:
        raw = file.read(most + 1)
    if len(raw) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
    return raw
