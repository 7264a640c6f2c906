"""How the crawl is doing: each live blog's last poll, lag and failures, and the totals. Reads only."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Any

from archive.discoveries import FRONT, is_front
from archive.times import from_utc, to_utc
from archive.watches import Watch, everything

_LIVE_BLOGS = """
SELECT l.url, p.slug AS publisher, l.title, l.state,
    (SELECT count(*) FROM placements WHERE live_blog_id = l.id) AS entries,
    (SELECT count(*) FROM placements c JOIN entries e ON e.id = c.entry_id WHERE c.live_blog_id = l.id AND e.revision > 1) AS edited,
    (SELECT count(*) FROM placements c JOIN entries e ON e.id = c.entry_id WHERE c.live_blog_id = l.id AND e.withdrawn_at IS NOT NULL)
        AS withdrawn,
    l.declared_count, l.id
FROM live_blogs l JOIN publishers p ON p.id = l.publisher_id
ORDER BY l.last_changed DESC, l.id
"""
_LAST_POLL = "SELECT at, outcome, message FROM polls WHERE live_blog_id = ? ORDER BY at DESC, id DESC LIMIT 1"
_LAST_ASKED = "SELECT at, outcome, message FROM polls WHERE url = ? ORDER BY at DESC, id DESC LIMIT 1"
# Polls that failed since the last one that did not.
_FAILURES = """
SELECT count(*) FROM polls WHERE live_blog_id = :id AND outcome NOT IN ('new', 'unchanged', 'not_modified')
AND id > coalesce((SELECT max(id) FROM polls WHERE live_blog_id = :id AND outcome IN ('new', 'unchanged', 'not_modified')), 0)
"""
# Addresses asked for that never showed updates, and those on the watch list that were not asked for yet: their last poll.
_UNREAD = """
SELECT url, max(at) AS last_poll, outcome AS last_outcome, message AS last_message FROM
    (SELECT url, at, outcome, message FROM polls
    UNION ALL SELECT url, NULL, NULL, NULL FROM watches WHERE live_blog_id IS NULL AND note IS NOT :front)
WHERE url NOT IN (SELECT url FROM watches WHERE note = :front)
GROUP BY url HAVING total(outcome IN ('new', 'unchanged', 'not_modified')) = 0 ORDER BY url LIMIT 200
"""
# Lag: from the time a page states to our first sighting, for entries that arrived while we watched.
_LAGS = """
SELECT unixepoch(e.first_seen) - unixepoch(e.published_at) AS lag FROM entries e JOIN live_blogs l ON l.id = e.live_blog_id
WHERE e.live_blog_id = ? AND e.published_basis = 'page' AND e.published_precision IN ('second', 'minute')
AND e.published_at > l.first_seen ORDER BY lag
"""


def status(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return the state of every live blog and the totals in the documented JSON shape."""
    listed = everything(connection)
    watched: dict[int | None, Watch] = {}
    for watch in listed:
        watched.setdefault(watch.live_blog_id, watch)  # of several addresses of a live blog the one due first
    watched.pop(None, None)
    live_blogs = [_live_blog(connection, row, watched.get(row["id"])) for row in connection.execute(_LIVE_BLOGS).fetchall()]
    by_url = {watch.url: watch for watch in listed}
    totals = {
        name: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for name, table in (
            ("publishers", "publishers"),
            ("live_blogs", "live_blogs"),
            ("entries", "entries"),
            ("revisions", "revisions"),
            ("captures", "captures"),
        )
    }
    totals["edited"] = connection.execute("SELECT count(*) FROM entries WHERE revision > 1").fetchone()[0]
    totals["withdrawn"] = connection.execute("SELECT count(*) FROM entries WHERE withdrawn_at IS NOT NULL").fetchone()[0]
    outcomes = dict(connection.execute("SELECT outcome, sum(count) FROM polls GROUP BY outcome ORDER BY outcome").fetchall())
    totals["polls"] = sum(outcomes.values())
    unread = [dict(row) | _next_poll(by_url.get(row["url"])) for row in connection.execute(_UNREAD, {"front": FRONT})]
    fronts = [_front(connection, watch) for watch in listed if is_front(watch)]
    return {"live_blogs": live_blogs, "fronts": fronts, "unread": unread, "totals": {**totals, "outcomes": outcomes}}


def last_request(connection: sqlite3.Connection, url: str) -> datetime | None:
    """Return when an address was last asked for, or None; a poll the guard refused asked for nothing."""
    row = connection.execute(
        # Along the index from its end: `max(at)` would read every poll of the page.
        "SELECT at FROM polls WHERE url = ? AND outcome NOT IN ('refused_address', 'refused_robots') ORDER BY at DESC LIMIT 1",
        (url,),
    ).fetchone()
    return from_utc(row[0]) if row else None


def why_then(watch: Watch) -> str:
    """Return why a page on the watch list is due when it is, or not at all, in a few words."""
    if watch.is_paused:
        return "paused; `stoppress watch resume` polls it again"
    if is_front(watch):
        failed = f"{watch.failures} failed poll{'' if watch.failures == 1 else 's'} in a row: asked less often" if watch.failures else ""
        return f"a front, asked for live pages: {failed or 'every 5 minutes'}"
    if watch.next_poll_at == watch.added_at:
        return f"never polled: now{f' ({watch.note})' if watch.note else ''}"
    return watch.note or "put on the list by hand"


def _next_poll(watch: Watch | None) -> dict[str, Any]:
    if watch is None:
        return {"next_poll_at": None, "next_poll_reason": None}
    due = watch.next_poll_at if not watch.is_paused else None
    return {"next_poll_at": to_utc(due) if due else None, "next_poll_reason": why_then(watch)}


def _front(connection: sqlite3.Connection, watch: Watch) -> dict[str, Any]:
    last = connection.execute(
        "SELECT at, outcome, message FROM polls WHERE url = ? ORDER BY at DESC, id DESC LIMIT 1", (watch.url,)
    ).fetchone()
    return {
        "url": watch.url,
        "last_poll": last["at"] if last else None,
        "last_outcome": last["outcome"] if last else None,
        "last_message": last["message"] if last else None,
        "failures": watch.failures,
        **_next_poll(watch),
    }


def _live_blog(connection: sqlite3.Connection, row: sqlite3.Row, watch: Watch | None) -> dict[str, Any]:
    last = connection.execute(_LAST_POLL, (row["id"],)).fetchone()
    lags = [found[0] for found in connection.execute(_LAGS, (row["id"],))]
    return {
        "url": row["url"],
        "publisher": row["publisher"],
        "title": row["title"],
        "state": row["state"],
        "entries": row["entries"],
        "declared": row["declared_count"],
        "edited": row["edited"],
        "withdrawn": row["withdrawn"],
        "last_poll": last["at"] if last else None,
        "last_outcome": last["outcome"] if last else None,
        "last_message": last["message"] if last else None,
        **_next_poll(watch),
        "lag_p95_s": lags[min(len(lags) - 1, int(0.95 * len(lags)))] if lags else None,
        "failures": connection.execute(_FAILURES, {"id": row["id"]}).fetchone()[0],
    }
