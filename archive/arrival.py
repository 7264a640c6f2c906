"""Captures that come late: which live blogs are to be recorded again with them, from which captures, and from what."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from archive import rows
from archive.model import Capture
from archive.times import to_utc


def with_later_captures(connection: sqlite3.Connection, live_blog_ids: set[int], capture: Capture) -> set[int]:
    """Return live blogs with all those they are `related` to, if any of them has a capture on record that is later than this one."""
    together = related(connection, live_blog_ids)
    later = connection.execute(
        f"SELECT 1 FROM captures WHERE live_blog_id IN ({_marks(together)}) AND (fetched_at, id) > (?, ?) LIMIT 1",
        (*together, to_utc(capture.fetched_at), capture.id),
    ).fetchone()
    return together if later else set()


def related(connection: sqlite3.Connection, live_blog_ids: Iterable[int]) -> set[int]:
    """Return live blogs with all those they share entries with, those these share entries with, and so on."""
    found = set(live_blog_ids)
    rest = set(found)
    while rest:
        rows_ = connection.execute(
            "SELECT DISTINCT other.live_blog_id FROM placements mine JOIN placements other ON other.entry_id = mine.entry_id"
            f" WHERE mine.live_blog_id IN ({_marks(rest)})",
            (*rest,),
        )
        rest = {row[0] for row in rows_} - found
        found |= rest
    return found


def captures_of(connection: sqlite3.Connection, live_blog_ids: Iterable[int]) -> list[int]:
    """Return the ids of the captures recorded for live blogs, in the order they were received."""
    ids = set(live_blog_ids)
    found = connection.execute(f"SELECT id FROM captures WHERE live_blog_id IN ({_marks(ids)}) ORDER BY fetched_at, id", (*ids,))
    return [row[0] for row in found]


def live_blogs_of(connection: sqlite3.Connection, capture_ids: Iterable[int]) -> set[int]:
    """Return the live blogs that captures were recorded for."""
    ids = list(capture_ids)
    found = connection.execute(f"SELECT DISTINCT live_blog_id FROM captures WHERE id IN ({_marks(ids)})", ids)
    return {row[0] for row in found if row[0] is not None}


def clear(connection: sqlite3.Connection, live_blog_ids: set[int]) -> None:
    """Take out what was recorded of live blogs; the rows of the live blogs and of their captures stay, to be filled again."""
    marks = _marks(live_blog_ids)
    held = connection.execute(f"SELECT DISTINCT entry_id FROM placements WHERE live_blog_id IN ({marks})", (*live_blog_ids,))
    rows.delete(connection, [row[0] for row in held.fetchall()])
    connection.execute(
        f"UPDATE live_blogs SET first_seen = '', last_seen = '', last_changed = '', state = 'live', declared_count = NULL,"
        f" title = NULL, standfirst = NULL, coverage_start = NULL, coverage_end = NULL WHERE id IN ({marks})",
        (*live_blog_ids,),
    )


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)
