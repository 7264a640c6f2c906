"""A crawl that lasts folds old polls as it goes, a little at a time between two pages."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from archive.folding import fold, oldest_hour, repeats
from archive.store import Archive

_log = logging.getLogger(__name__)
_FIRST = 60.0  # seconds after the start of a crawl: most are over by then
_AGAIN = 3600.0
_PAUSE = 1.0
_AT_ONCE = 50  # rows made in one transaction, each of sixty at most: some 20 ms


@contextmanager
def folding(archive: Archive) -> Iterator[None]:
    """While the block lasts, fold old polls now and then. Needs a running event loop."""
    task = asyncio.ensure_future(_now_and_then(archive))
    try:
        yield
    finally:
        task.cancel()


async def _now_and_then(archive: Archive) -> None:
    await asyncio.sleep(_FIRST)
    since: datetime | None = None
    while True:
        try:
            since = await fold_old_polls(archive, since=since)
        except sqlite3.OperationalError as error:  # a full disk ends the crawl, with a sentence, where a page cannot be recorded
            _log.warning("old polls could not be folded: %s", error)
        await asyncio.sleep(_AGAIN)


async def fold_old_polls(
    archive: Archive,
    *,
    since: datetime | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    pause: float = _PAUSE,
) -> datetime | None:
    """Fold polls older than thirty days, from `since` on, and return where to go on another time."""
    while hour := oldest_hour(archive.connection, since=since, now=now()):
        found = repeats(archive.connection, hour)
        for start in range(0, len(found), _AT_ONCE):
            with archive.writing() as connection:
                fold(connection, found[start : start + _AT_ONCE])
            await asyncio.sleep(pause)
        since = hour + timedelta(hours=1)
    return since
