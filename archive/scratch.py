"""A folder for work in progress, of which nothing stays: not after an error, and after a kill until the next such work begins."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def scratch(parent: Path, name: str) -> Iterator[Path]:
    """A new hidden folder in `parent`, gone at the end if it is still there. What kills left of the same name goes first."""
    sweep(parent, name)
    path = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".part", dir=parent))
    descriptor = os.open(path, os.O_RDONLY)
    try:
        # The system's lock says that somebody is at work here; a kill gives it up.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(descriptor)


def sweep(parent: Path, name: str) -> None:
    """Take away what kills left of the folders of a name; one that somebody is at work in stays."""
    for path in parent.glob(f".{name}.*.part"):
        with suppress(OSError):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path)
            finally:
                os.close(descriptor)
