"""Who records for long merges the search index as it goes (archive/index_merging.py)."""

from __future__ import annotations

import logging
import sqlite3

from archive.index_merging import INDEXES, merge
from archive.store import Archive
from crawler.chores import Chore

_log = logging.getLogger(__name__)
_FIRST = 60.0  # seconds after the start of a crawl: most are over by then
_AGAIN = 60.0
_PAUSE = 1.0


class Merging(Chore):
    """The merging of one archive's indexes, step by step, each a short transaction."""

    def __init__(self, archive: Archive) -> None:
        super().__init__(first=_FIRST)
        self.archive = archive

    def work(self) -> float:
        try:
            return _PAUSE if merge_some(self.archive) else _AGAIN
        except sqlite3.OperationalError as error:  # a full disk ends the crawl, with a sentence, where a page cannot be recorded
            _log.warning("the search index could not be merged: %s", error)
            return _AGAIN


def merge_some(archive: Archive) -> bool:
    """Merge a little of the first index that has something to merge, and return whether one had."""
    for index in INDEXES:
        with archive.writing() as connection:
            if merge(connection, index):
                return True
    return False
