"""What the reading room shows besides searches and histories: what is live, publishers, live blogs. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from archive.search import Results, unmarked
from archive.times import from_utc, to_utc

# What was last seen longer than this before the archive's last look anywhere is not called live.
_STILL_LIVE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """A stretch of a live blog's entries in the order asked for.

    `further` is the position to go on from in that order (None: the end).
    """

    entries: tuple[sqlite3.Row, ...]
    further: int | None


def totals(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return how many updates from how many live pages the archive holds."""
    updates = connection.execute("SELECT coalesce(sum(count), 0) FROM rollups").fetchone()[0]
    return updates, connection.execute("SELECT count(*) FROM live_blogs").fetchone()[0]


def last_look(connection: sqlite3.Connection) -> str | None:
    """When the archive last saw a live blog, whichever; None for an empty archive."""
    instant: str | None = connection.execute("SELECT max(last_seen) FROM live_blogs").fetchone()[0]
    return instant


def live_now(connection: sqlite3.Connection, *, limit: int = 12) -> list[sqlite3.Row]:
    """Return the live blogs that were live at the archive's last look or in the day before it, last changed first."""
    latest = last_look(connection)
    if latest is None:
        return []
    since = to_utc(from_utc(latest) - _STILL_LIVE)
    return _live_blogs(connection, "l.state = 'live' AND l.kind IN ('live_blog', 'story') AND l.last_seen >= ?", (since,), limit)


def latest_live_blogs(connection: sqlite3.Connection, *, publisher_id: int, limit: int = 50) -> list[sqlite3.Row]:
    """Return a publisher's live blogs, last changed first."""
    return _live_blogs(connection, "l.publisher_id = ?", (publisher_id,), limit)


def _live_blogs(connection: sqlite3.Connection, condition: str, parameters: Sequence[object], limit: int) -> list[sqlite3.Row]:
    return connection.execute(
        "SELECT l.slug, l.url, l.title, l.language, l.kind, l.state, l.first_seen, l.last_seen, l.last_changed, p.slug AS publisher,"
        " p.name AS publisher_name, p.zone, (SELECT count(*) FROM placements WHERE live_blog_id = l.id) AS entries"
        f" FROM live_blogs l JOIN publishers p ON p.id = l.publisher_id WHERE {condition} ORDER BY l.last_changed DESC, l.id DESC LIMIT ?",
        (*parameters, limit),
    ).fetchall()


def publishers(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    """Return every publisher with its number of entries and first and last month, most entries first."""
    return connection.execute(
        "SELECT p.id, p.slug, p.name, p.url, p.zone, p.language, coalesce(sum(r.count), 0) AS entries,"
        " min(r.month) FILTER (WHERE r.count > 0) AS first_month, max(r.month) FILTER (WHERE r.count > 0) AS last_month"
        " FROM publishers p LEFT JOIN rollups r ON r.publisher_id = p.id GROUP BY p.id ORDER BY entries DESC, p.name"
    ).fetchall()


def publisher(connection: sqlite3.Connection, slug: str) -> sqlite3.Row | None:
    """Return one publisher as `publishers` does, or None."""
    return next((row for row in publishers(connection) if row["slug"] == slug), None)


def publisher_months(connection: sqlite3.Connection, publisher_id: int) -> dict[str, int]:
    """Return a publisher's entries by month."""
    return dict(connection.execute("SELECT month, count FROM rollups WHERE publisher_id = ? ORDER BY month", (publisher_id,)).fetchall())


def all_months(connection: sqlite3.Connection) -> dict[str, int]:
    """Return all entries by month."""
    return dict(connection.execute("SELECT month, sum(count) FROM rollups GROUP BY month ORDER BY month").fetchall())


def live_blog(connection: sqlite3.Connection, slug: str) -> sqlite3.Row | None:
    """Return a live blog with its publisher and what it holds (`entries`, `edited`, `withdrawn`, `key_events`), or None."""
    row: sqlite3.Row | None = connection.execute(
        "SELECT l.*, p.slug AS publisher, p.name AS publisher_name, p.zone, count(e.id) AS entries,"
        " coalesce(sum(e.revision > 1), 0) AS edited, coalesce(sum(e.withdrawn_at IS NOT NULL), 0) AS withdrawn,"
        " coalesce(sum(e.kind = 'key_event'), 0) AS key_events"
        " FROM live_blogs l JOIN publishers p ON p.id = l.publisher_id LEFT JOIN placements s ON s.live_blog_id = l.id"
        " LEFT JOIN entries e ON e.id = s.entry_id WHERE l.slug = ? GROUP BY l.id",
        (slug,),
    ).fetchone()
    return row


def timeline(
    connection: sqlite3.Connection,
    live_blog_id: int,
    *,
    oldest_first: bool = False,
    key_events: bool = False,
    beyond: int | None = None,
    limit: int = 100,
) -> Timeline:
    """Return entries of a live blog in the order of time, from beyond a position on."""
    order, past = ("ASC", ">") if oldest_first else ("DESC", "<")
    conditions, parameters = ["s.live_blog_id = ?"], [live_blog_id]
    if beyond is not None:
        conditions.append(f"s.entry_id {past} ?")
        parameters.append(beyond)
    if key_events:
        conditions.append("e.kind = 'key_event'")
    rows = connection.execute(
        "SELECT e.id, e.slug, e.key, e.title, e.byline, e.text, e.html, e.kind, e.url, e.published_at, e.published_precision,"
        " e.published_basis, e.first_seen, e.withdrawn_at, e.revision, s.pinned, s.last_seen AS left_at"
        f" FROM placements s JOIN entries e ON e.id = s.entry_id WHERE {' AND '.join(conditions)} ORDER BY s.entry_id {order} LIMIT ?",
        (*parameters, limit + 1),
    ).fetchall()
    return Timeline(entries=tuple(rows[:limit]), further=rows[limit - 1]["id"] if len(rows) > limit else None)


def neighbours(connection: sqlite3.Connection, live_blog_id: int, entry_id: int) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
    """Return (slug, title, text) of the entries before and after one on its live blog, in the order of time."""
    before, after = (
        connection.execute(
            "SELECT e.slug, e.title, e.text FROM placements s JOIN entries e ON e.id = s.entry_id"
            f" WHERE s.live_blog_id = ? AND s.entry_id {past} ? ORDER BY s.entry_id {order} LIMIT 1",
            (live_blog_id, entry_id),
        ).fetchone()
        for past, order in (("<", "DESC"), (">", "ASC"))
    )
    return before, after


def search_json(results: Results) -> dict[str, Any]:
    """Return results in the documented shape of `search --json` and `/search.json`: plain text, no marks."""
    return {
        "query": results.query.text,
        "total": results.total,
        "total_is_capped": results.total_is_capped,
        "results": [
            {
                "slug": hit.slug,
                "key": hit.key,
                "title": unmarked(hit.title),
                "snippet": unmarked(hit.snippet),
                "published_at": hit.published_at,
                "publisher": hit.publisher,
                "live_blog": hit.live_blog,
                "url": hit.url,
            }
            for hit in results.hits
        ],
    }
