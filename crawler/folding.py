"""Who records for long folds old polls as it goes (archive/folding.py)."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta

from archive.folding import fold, oldest_hour, repeats
from archive.store import Archive
from crawler.chores import Chore

_log = logging.getLogger(__name__)
_FIRST = 60.0  # seconds after the start of a crawl: most are over by then
_AGAIN = 3600.0
_PAUSE = 1.0
_AT_ONCE = 50  # rows made in one transaction, each of sixty at most: some 20 ms


class Folding(Chore):
    """The folding of one archive, step by step, each a short transaction."""

    def __init__(self, archive: Archive) -> None:
        super().__init__(first=_FIRST)
        self.archive = archive
        self.since: datetime | None = None
        self.steps: Generator[None, None, datetime | None] | None = None

    def work(self) -> float:
        if self.steps is None:
            self.steps = fold_old_polls(self.archive, since=self.since)
        try:
            next(self.steps)
            return _PAUSE
        except StopIteration as end:
            self.since, self.steps = end.value, None
        except sqlite3.OperationalError as error:  # a full disk ends the crawl, with a sentence, where a page cannot be recorded
            _log.warning("old polls could not be folded: %s", error)
            self.steps = None
        return _AGAIN


def fold_old_polls(
    archive: Archive, *, since: datetime | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Generator[None, None, datetime | None]:
    """Fold polls older than thirty days, from `since` on, some at each step, and return where to go on another time."""
    while hour := oldest_hour(archive.connection, since=since, now=now()):
        found = repeats(archive.connection, hour)
        for start in range(0, len(found), _AT_ONCE):
            with archive.writing() as connection:
                fold(connection, found[start : start + _AT_ONCE])
            yield
        since = hour + timedelta(hours=1)
    return since
