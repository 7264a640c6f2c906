"""Whether the rows of `archive.db` agree with each other. Each check is a function from a connection to sentences."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

from archive.identity import slug_of
from archive.model import BASES, KINDS, LIVE_BLOG_KINDS, PRECISIONS

_TIMES = {
    "live_blogs": ("coverage_start", "coverage_end", "first_seen", "last_seen", "last_changed"),
    "captures": ("fetched_at",),
    "entries": ("published_at", "updated_at", "first_seen", "last_seen", "withdrawn_at"),
    "placements": ("first_seen", "last_seen"),
    "revisions": ("published_at", "updated_at", "seen_at", "superseded_at"),
    "watches": ("added_at", "next_poll_at"),
    "polls": ("at",),
    "backfills": ("at",),
}
_VALUES = {
    ("live_blogs", "kind"): LIVE_BLOG_KINDS,
    ("live_blogs", "state"): ("live", "ended", "gone", "broken"),
    ("entries", "kind"): KINDS,
    ("entries", "published_precision"): PRECISIONS,
    ("entries", "published_basis"): BASES,
    ("revisions", "published_precision"): PRECISIONS,
    ("revisions", "published_basis"): BASES,
}


def times(connection: sqlite3.Connection) -> Iterator[str]:
    """Times that are not ISO 8601 UTC to the second."""
    for table, columns in _TIMES.items():
        for column in columns:
            # Nothing is added, so that 2013-02-31 comes back as the day it would be.
            again = f"strftime('%Y-%m-%dT%H:%M:%SZ', {column}, '+0 seconds')"
            rows = connection.execute(f"SELECT {column} FROM {table} WHERE {again} IS NOT {column}")
            for row in rows:
                yield f"archive.db: {table}.{column}: expected a time such as 2013-02-26T10:45:00Z, found {row[0]!r}"
    for row in connection.execute("SELECT slug, day FROM entries WHERE date(day, '+0 days') IS NOT day"):
        yield f"archive.db: entry {row['slug']}: expected a day such as 2013-02-26, found {row['day']!r}"


def values(connection: sqlite3.Connection) -> Iterator[str]:
    """Values that no code writes."""
    for (table, column), allowed in _VALUES.items():
        places = ", ".join("?" * len(allowed))
        for row in connection.execute(
            f"SELECT {column}, count(*) FROM {table} WHERE {column} NOT IN ({places}) GROUP BY 1 ORDER BY 1", allowed
        ):
            yield f"archive.db: {table}.{column}: expected one of {', '.join(allowed)}, found {row[0]!r} in {row[1]:,} rows"
    for row in connection.execute(
        "SELECT slug FROM entries WHERE (published_at IS NULL) + (published_precision IS NULL) + (published_basis IS NULL) NOT IN (0, 3)"
    ):
        yield f"archive.db: entry {row['slug']} has a time without its precision and basis, or these without a time"


def live_blogs(connection: sqlite3.Connection) -> Iterator[str]:
    """Live blogs whose handle is not that of their address."""
    for row in connection.execute("SELECT slug, url FROM live_blogs"):
        if row["slug"] != slug_of(row["url"]):
            yield f"archive.db: live blog {row['url']!r}: expected the slug {slug_of(row['url'])}, found {row['slug']!r}"


def placed(connection: sqlite3.Connection) -> Iterator[str]:
    """Entries that stand nowhere, or not where they were first seen."""
    for row in connection.execute("SELECT slug FROM entries e WHERE NOT EXISTS (SELECT 1 FROM placements WHERE entry_id = e.id)"):
        yield f"archive.db: entry {row['slug']} stands on no live blog"
    for row in connection.execute(
        "SELECT slug FROM entries e WHERE EXISTS (SELECT 1 FROM placements WHERE entry_id = e.id)"
        " AND NOT EXISTS (SELECT 1 FROM placements WHERE entry_id = e.id AND live_blog_id = e.live_blog_id)"
    ):
        yield f"archive.db: entry {row['slug']} does not stand on the live blog it is said to have been seen on first"
    for row in connection.execute(
        "SELECT e.slug, p.slug AS publisher FROM entries e JOIN live_blogs l ON l.id = e.live_blog_id"
        " JOIN publishers p ON p.id = e.publisher_id WHERE l.publisher_id != e.publisher_id"
    ):
        yield f"archive.db: entry {row['slug']} is said to be by {row['publisher']!r}, its live blog by another"


def revisions(connection: sqlite3.Connection) -> Iterator[str]:
    """Entries whose wordings are not numbered 1 to n without a gap, or do not follow each other in time."""
    rows = connection.execute(
        "SELECT e.slug, e.revision, count(r.number) AS kept, min(r.number) AS first, max(r.number) AS last"
        " FROM entries e LEFT JOIN revisions r ON r.entry_id = e.id"
        " GROUP BY e.id HAVING e.revision != kept + 1 OR (kept AND (first != 1 OR last != kept))"
    )
    for row in rows:
        yield (
            f"archive.db: entry {row['slug']}: expected wordings numbered 1 to {row['revision']}, found {row['kept']} earlier ones"
            + (f" numbered {row['first']} to {row['last']}" if row["kept"] else "")
        )
    rows = connection.execute(
        "SELECT e.slug, r.number FROM revisions r JOIN entries e ON e.id = r.entry_id"
        " LEFT JOIN revisions n ON n.entry_id = r.entry_id AND n.number = r.number + 1"
        " WHERE r.superseded_at < r.seen_at OR (n.number IS NOT NULL AND n.seen_at IS NOT r.superseded_at)"
    )
    for row in rows:
        yield f"archive.db: entry {row['slug']}: wording {row['number']} does not end when the next begins"


def rollups(connection: sqlite3.Connection) -> Iterator[str]:
    """Counts by publisher and month that are not those of the rows."""
    rows = connection.execute(
        "WITH counted AS (SELECT publisher_id, substr(day, 1, 7) AS month, count(*) AS number FROM entries GROUP BY 1, 2),"
        " kept AS (SELECT publisher_id, month, count FROM rollups WHERE count != 0)"
        " SELECT c.publisher_id, c.month, c.number, coalesce(k.count, 0) FROM counted c LEFT JOIN kept k USING (publisher_id, month)"
        " WHERE c.number IS NOT k.count UNION ALL"
        " SELECT k.publisher_id, k.month, 0, k.count FROM kept k LEFT JOIN counted c USING (publisher_id, month) WHERE c.number IS NULL"
    )
    for row in rows:
        yield f"archive.db: rollups: expected {row[2]:,} entries of publisher {row[0]} in {row[1]}, found {row[3]:,}"


def polls_by_hour(connection: sqlite3.Connection) -> Iterator[str]:
    """Counts of polls by hour that are not those of the rows."""
    kept = "SELECT hour, outcome, polls, new, edited, withdrawn FROM polls_by_hour WHERE polls != 0"
    counted = "SELECT substr(at, 1, 13) AS hour, outcome, sum(count), sum(new), sum(edited), sum(withdrawn) FROM polls GROUP BY 1, 2"
    differ = f"SELECT * FROM ({kept} EXCEPT {counted}) UNION SELECT * FROM ({counted} EXCEPT {kept})"
    for row in connection.execute(f"SELECT DISTINCT hour, outcome FROM ({differ}) ORDER BY 1, 2"):
        yield f"archive.db: polls_by_hour: the counts of {row[0]}, {row[1]!r} are not those of the polls"


ROW_CHECKS: tuple[Callable[[sqlite3.Connection], Iterator[str]], ...] = (
    times, values, live_blogs, placed, revisions, rollups, polls_by_hour,
)  # fmt: skip
