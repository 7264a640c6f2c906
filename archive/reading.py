"""What the reading room shows besides searches and histories: what is live, publishers, live blogs. Reads only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from operator import itemgetter
from typing import Any

from archive.search import Results, unmarked
from archive.times import from_utc, to_utc

# What was last seen longer than this before the archive's last look anywhere is not called live.
_STILL_LIVE = timedelta(days=1)
_DAY = timedelta(days=1)
_RECENT = 300  # live blogs, those that changed last, among which the day's most active are looked for
_EDITS = 5000  # the latest edits, likewise
# A page of a timeline ends after so many bytes, so that it stays quick to load; what stands round an entry takes some, too.
_PAGE_BYTES, _ROUND_AN_ENTRY, _PAGE_ENTRIES = 75_000, 850, 100
LONG, SHORTENED = 6_000, 3_000  # characters of one entry up to which a timeline shows it whole, and else


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
    # By when they were last seen: many pages that nobody polls any more may be called live.
    condition = "l.state = 'live' AND l.kind IN ('live_blog', 'story') AND l.last_seen >= ?"
    return _live_blogs(connection, condition, (since,), limit, index="live_blogs_last_seen")


def most_active(connection: sqlite3.Connection, *, limit: int = 5) -> list[sqlite3.Row]:
    """Return the live blogs with most updates (`number`) published in the day before the archive's last look, most first."""
    latest = last_look(connection)
    if latest is None:
        return []
    since = from_utc(latest) - _DAY
    return connection.execute(
        "SELECT l.slug, l.url, l.title, p.name AS publisher_name, p.zone, f.number FROM ("
        " SELECT id, (SELECT count(*) FROM placements WHERE live_blog_id = r.id AND entry_id >= ?) AS number FROM ("
        "  SELECT id, kind FROM live_blogs WHERE last_changed >= ? ORDER BY last_changed DESC LIMIT ?) r"
        " WHERE r.kind IN ('live_blog', 'story') ORDER BY number DESC, id LIMIT ?) f"
        " JOIN live_blogs l ON l.id = f.id JOIN publishers p ON p.id = l.publisher_id WHERE f.number > 0 ORDER BY f.number DESC, l.id",
        (int(since.timestamp()), to_utc(since), _RECENT, limit),
    ).fetchall()


def most_edited(connection: sqlite3.Connection, *, limit: int = 5) -> list[sqlite3.Row]:
    """Return the live blogs with most edits (`number`) seen in the day before the archive's last look, most first."""
    latest = last_look(connection)
    if latest is None:
        return []
    return connection.execute(
        "SELECT l.slug, l.url, l.title, p.name AS publisher_name, p.zone, count(*) AS number FROM"
        " (SELECT entry_id FROM revisions WHERE superseded_at >= ? ORDER BY superseded_at DESC LIMIT ?) r"
        " CROSS JOIN placements s ON s.entry_id = r.entry_id CROSS JOIN live_blogs l ON l.id = s.live_blog_id"
        " JOIN publishers p ON p.id = l.publisher_id WHERE l.kind IN ('live_blog', 'story')"
        " GROUP BY l.id ORDER BY number DESC, l.id LIMIT ?",
        (to_utc(from_utc(latest) - _DAY), _EDITS, limit),
    ).fetchall()


def latest_live_blogs(connection: sqlite3.Connection, *, publisher_id: int, limit: int = 50) -> list[sqlite3.Row]:
    """Return a publisher's live blogs, last changed first."""
    return _live_blogs(connection, "l.publisher_id = ?", (publisher_id,), limit)


def _live_blogs(
    connection: sqlite3.Connection, condition: str, parameters: Sequence[object], limit: int, *, index: str = "live_blogs_publisher"
) -> list[sqlite3.Row]:
    return connection.execute(
        "SELECT l.slug, l.url, l.title, l.language, l.kind, l.state, l.first_seen, l.last_seen, l.last_changed, p.slug AS publisher,"
        " p.name AS publisher_name, p.zone, (SELECT count(*) FROM placements WHERE live_blog_id = l.id) AS entries"
        f" FROM live_blogs l INDEXED BY {index} CROSS JOIN publishers p ON p.id = l.publisher_id WHERE {condition}"
        " ORDER BY l.last_changed DESC, l.id DESC LIMIT ?",
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
    limit: int = _PAGE_ENTRIES,
) -> Timeline:
    """Return entries of a live blog in the order of time, from beyond a position on: as many as make a page."""
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
    fitting = min(_fitting(rows), limit)
    return Timeline(entries=tuple(rows[:fitting]), further=rows[fitting - 1]["id"] if len(rows) > fitting else None)


def _fitting(rows: Sequence[sqlite3.Row]) -> int:
    """How many of the rows make a page; at least one does."""
    return max(1, sum(weight <= _PAGE_BYTES for weight in accumulate(_weight(row["html"] or row["text"], row["text"]) for row in rows)))


def _weight(shown: str, text: str) -> int:
    return _ROUND_AN_ENTRY + len((shown if len(shown) <= LONG else text[:SHORTENED]).encode())


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Every entry of a live blog, oldest first: its position and its time in seconds since 1970, None where no clock is known; and the
    positions of those that are key events, and of those that are pinned."""

    posts: list[tuple[int, int | None]]
    key_events: list[int]
    pinned: list[int]


def coverage(connection: sqlite3.Connection, live_blog_id: int) -> Coverage:
    """Return when each entry of a live blog was published. In one row: a row for each takes three times as long."""
    found = connection.execute(
        "SELECT json_group_array(id), json_group_array(at), json_group_array(id) FILTER (WHERE kind = 'key_event'),"
        " json_group_array(id) FILTER (WHERE pinned) FROM ("
        "SELECT e.id, CASE WHEN e.published_precision != 'day' THEN unixepoch(e.published_at) END AS at, e.kind, s.pinned"
        " FROM placements s JOIN entries e ON e.id = s.entry_id WHERE s.live_blog_id = ? ORDER BY s.entry_id)",
        (live_blog_id,),
    ).fetchone()
    positions, instants, key_events, pinned = map(json.loads, found)
    posts = sorted(zip(positions, instants, strict=True), key=itemgetter(0))
    return Coverage(posts=posts, key_events=sorted(key_events), pinned=sorted(pinned))


def in_brief(connection: sqlite3.Connection, positions: Iterable[int]) -> dict[int, sqlite3.Row]:
    """Return of entries, by position: `slug`, what they are called (`words`), and `published_at`, None where no clock is known."""
    rows = connection.execute(
        "SELECT e.id, e.slug, substr(coalesce(e.title, e.text), 1, 200) AS words,"
        " CASE WHEN e.published_precision != 'day' THEN e.published_at END AS published_at"
        " FROM json_each(?) j CROSS JOIN entries e ON e.id = j.value",
        (json.dumps(list(positions)),),
    )
    return {row["id"]: row for row in rows}


def language(connection: sqlite3.Connection, live_blog_id: int) -> str | None:
    """Return the language a live blog declares, or None."""
    row = connection.execute("SELECT language FROM live_blogs WHERE id = ?", (live_blog_id,)).fetchone()
    return row["language"] if row else None


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
                "wording": hit.wording,
            }
            for hit in results.hits
        ],
    }
