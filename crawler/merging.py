"""Who records for long merges the search index as it goes (archive/index_merging.py)."""

from __future__ import annotations

import logging
import sqlite3
import time

from archive.index_merging import INDEXES, merge
from archive.store import Archive

_log = logging.getLogger(__name__)
_FIRST = 60.0  # seconds after the start of a crawl: most are over by then
_AGAIN = 60.0
_PAUSE = 1.0


class Merging:
    """The merging of one archive's indexes, step by step, each a short transaction; `wait` says in how many seconds the next one is due."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.due_at = time.monotonic() + _FIRST

    @property
    def wait(self) -> float:
        return max(0.0, self.due_at - time.monotonic())

    def step(self) -> None:
        """Take the next step if it is due."""
        if self.wait:
            return
        try:
            pause = _PAUSE if merge_some(self.archive) else _AGAIN
        except sqlite3.OperationalError as error:  # a full disk ends the crawl, with a sentence, where a page cannot be recorded
            _log.warning("the search index could not be merged: %s", error)
            pause = _AGAIN
        self.due_at = time.monotonic() + pause


def merge_some(archive: Archive) -> bool:
    """Merge a little of the first index that has something to merge, and return whether one had."""
    for index in INDEXES:
        with archive.writing() as connection:
            if merge(connection, index):
                return True
    return False
