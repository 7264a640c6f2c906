"""Which pages on the watch list may be asked for now: for who sends them to several machines."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, MutableSet
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from archive import watches
from archive.status import last_request
from archive.watches import Watch


def due_pages(reader: sqlite3.Connection, *, at: datetime, gap: float, busy: MutableSet[str], limit: int) -> Iterator[Watch]:
    """Yield what is due, the longest overdue first: one page a host, none that was asked for less than `gap` seconds ago.

    `busy` are hosts, by their names, that are left alone; the host of each page yielded is added to them.
    """
    longest = timedelta(seconds=gap + 1)  # what is on record is cut to the second
    for url in watches.due(reader, at=at)[:limit]:
        host = urlsplit(url).hostname or ""
        watch = None if host in busy else watches.get(reader, url)
        if watch is None:
            continue
        last = last_request(reader, watch.url)
        if last is not None and last <= at < last + longest:
            continue
        busy.add(host)
        yield watch
