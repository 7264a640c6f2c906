"""The captures behind entries, as a WARC."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import BinaryIO

from archive.captures import Captures
from archive.export_rows import chunks
from archive.progress import Bar
from archive.query import Query
from archive.warc import write_warc

_CHUNK = 1000


def write_matching_warc(archive: sqlite3.Connection, captures: Captures, out: BinaryIO, query: Query, *, gzip: bool, bar: Bar) -> int:
    """Write the captures of every live blog that an entry of the query stood on, and return how many there were.

    An empty query means all captures, those of pages without entries too.
    """
    captures.connection.execute("BEGIN")
    ids = None if query.is_empty else _captures(archive, _live_blogs(archive, query))
    total = len(ids) if ids is not None else captures.connection.execute("SELECT count(*) FROM captures").fetchone()[0]
    with bar("captures", total) as advance:
        return write_warc(captures, out, ids=ids, gzip=gzip, progress=_without_a_note(advance))


def _live_blogs(archive: sqlite3.Connection, query: Query) -> set[int]:
    found: set[int] = set()
    for ids in chunks(archive, query, _CHUNK):
        marks = ", ".join("?" * len(ids))
        found |= {row[0] for row in archive.execute(f"SELECT DISTINCT live_blog_id FROM placements WHERE entry_id IN ({marks})", ids)}
    return found


def _captures(archive: sqlite3.Connection, live_blogs: set[int]) -> list[int]:
    return [
        row[0]
        for live_blog_id in sorted(live_blogs)
        for row in archive.execute("SELECT id FROM captures WHERE live_blog_id = ? ORDER BY id", (live_blog_id,))
    ]


def _without_a_note(advance: Callable[..., None]) -> Callable[[], None]:
    return lambda: advance()
