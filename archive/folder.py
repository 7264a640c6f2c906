"""The archive folder: where its two databases and its lock are."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from archive.errors import ArchiveError, LockedError


@dataclass(frozen=True)
class Before:
    """What a crawler finds of the one before it: when that made its last request, Unix seconds, 0 if never, and whether it was killed.

    Of one that was killed the last requests may be on no record.
    """

    asked_at: float
    was_killed: bool


@dataclass(frozen=True)
class Folder:
    """An archive folder by its path; nothing is touched before it is asked for."""

    path: Path

    @property
    def archive(self) -> Path:
        return self.path / "archive.db"

    @property
    def captures(self) -> Path:
        return self.path / "captures.db"

    @property
    def lock(self) -> Path:
        return self.path / "crawler.lock"

    def make(self) -> None:
        """Make the folder if it is not there. Raises ArchiveError if that cannot be, or it cannot be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(f"expected a folder that can be written at {self.path}, found: {error.strerror or error}") from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise ArchiveError(f"expected a folder that can be written at {self.path}, found one without write permission")

    def crawling(self, what: str) -> AbstractContextManager[Before]:
        """Hold the one crawler's place at this archive. Raises LockedError, naming the other, if it is taken.

        The file's time is that of the last request (`crawler/turns.py`), and is kept so by whoever makes none.
        """
        return self._holding(self.lock, what, "crawler")

    def scheduling(self, what: str) -> AbstractContextManager[Before]:
        """Hold the place of the one that hands out polls to other machines. Raises LockedError, naming the other, if it is taken."""
        return self._holding(self.path / "scheduler.lock", what, "scheduler")

    @contextmanager
    def _holding(self, path: Path, what: str, place: str) -> Iterator[Before]:
        """Hold a place. The lock is the system's (flock), so a process that was killed leaves none behind; its name stays in the file."""
        self.make()
        is_new = not path.exists()
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                other = file.read().strip() or "another process"
                raise LockedError(f"expected no other {place} at work on {self.path}, found {other}") from error
            file.seek(0)
            before = Before(0.0 if is_new else os.fstat(file.fileno()).st_mtime, was_killed=bool(file.read().strip()))
            _write(file, f"{what} (process {os.getpid()})\n", asked_at=before.asked_at)
            try:
                yield before
            finally:
                _write(file, "", asked_at=os.fstat(file.fileno()).st_mtime)


def _write(file: TextIO, text: str, *, asked_at: float) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()
    os.utime(file.fileno(), (asked_at, asked_at))
