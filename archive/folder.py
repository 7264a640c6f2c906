"""The archive folder: where its two databases and its lock are."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive.errors import ArchiveError, LockedError


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

    @contextmanager
    def crawling(self, what: str) -> Iterator[None]:
        """Hold the one crawler's place at this archive. Raises LockedError, naming the other, if it is taken.

        The lock is the system's (flock), so a crawler that was killed leaves none behind.
        """
        self.make()
        with self.lock.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                other = file.read().strip() or "another process"
                raise LockedError(f"expected no other crawler at work on {self.path}, found {other}") from error
            file.seek(0)
            file.truncate()
            file.write(f"{what} (process {os.getpid()})\n")
            file.flush()
            try:
                yield
            finally:
                file.seek(0)
                file.truncate()
