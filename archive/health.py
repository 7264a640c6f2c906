"""Whether the crawl is well, at a glance: what is late or failing, polls by the hour, growth, lag, sources, sizes. Reads only.

Every question is answered from an index, a roll-up or the newest few hundred rows, so that it costs the same at a million entries.
`archive.status` goes through everything; this is what a page and a watchdog may ask every minute.
"""

from __future__ import annotations

import shutil
import sqlite3
import statistics
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from archive.folder import Folder
from archive.present import duration_in_words
from archive.store import SEEN_WELL
from archive.times import from_utc, to_utc

_LATE = timedelta(minutes=10)  # a page due for longer than this is not being polled
_IN_A_ROW = 3  # failures from which a page is said to fail: one is no breakage, as for `run --on-breakage`
_LITTLE = 1_000_000_000  # bytes left on the disk
_SOURCES, _FAILING, _LATEST_POLLS, _LAGS, _LAGS_OF_ONE = 30, 20, 1000, 500, 30
WITHIN = (60, 120, 300, 600, 1800, 3600)  # seconds of lag that are counted up to

_WELL = ", ".join(f"'{outcome}'" for outcome in SEEN_WELL)
_SOURCE = (
    "SELECT l.id, l.slug, coalesce(l.url, w.url) AS url, l.title, l.state, l.declared_count, l.last_seen, p.slug AS publisher,"
    " p.name AS publisher_name, p.zone, w.next_poll_at, coalesce(w.failures, 0) AS failures, coalesce(w.paused, 0) AS paused, w.note"
)
# Lag: from the time a page states to our first sighting, for entries that arrived while we watched.
_LAG = (
    "SELECT unixepoch(e.first_seen) - unixepoch(e.published_at) FROM ({}) f CROSS JOIN entries e ON e.id = f.id"
    " JOIN live_blogs l ON l.id = e.live_blog_id WHERE e.published_basis = 'page' AND e.published_precision IN ('second', 'minute')"
    " AND e.published_at > l.first_seen AND e.first_seen >= e.published_at"
)


def health(connection: sqlite3.Connection, folder: Path, *, now: datetime) -> dict[str, Any]:
    """Return the state of the crawl in the documented shape of `/-/health.json`.

    Windows of a day, a week and thirty days end with the last poll, whichever page it was of. `ok` is false if `problems`,
    sentences for an operator, is not empty. Sizes are in bytes, lag in seconds, hours and days in UTC.
    """
    last = connection.execute(f"SELECT max(at) FROM (SELECT at FROM polls ORDER BY id DESC LIMIT {_LATEST_POLLS})").fetchone()[0]
    watched, files = _watches(connection, now), sizes(folder)
    problems = _problems(watched, files, now)
    return {
        "ok": not problems,
        "problems": problems,
        "now": to_utc(now),
        "last_poll": last,
        "watches": watched,
        "polls": {name: _outcomes(connection, last, hours) for name, hours in (("day", 24), ("week", 168))},
        "hours": _hours(connection, last, 168),
        "growth": _growth(connection, last, 30),
        "lag": _lag([row[0] for row in connection.execute(_LAG.format("SELECT id FROM entries ORDER BY id DESC LIMIT ?"), (_LAGS,))]),
        "sources": sources(connection),
        "failed_polls": _failed_polls(connection),
        "sizes": files,
    }


def sizes(folder: Path) -> dict[str, int]:
    """Return the bytes that the files of an archive take, each with its log, and what is `free` on their disk."""
    found = {"archive.db": _size(Folder(folder).archive), "captures.db": _size(Folder(folder).captures)}
    return found | {"free": shutil.disk_usage(folder).free}


def sources(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return the pages that fail, most failures first, then those seen last, with their last poll and what they hold."""
    failing = connection.execute(
        f"{_SOURCE} FROM watches w LEFT JOIN live_blogs l ON l.id = w.live_blog_id LEFT JOIN publishers p ON p.id = l.publisher_id"
        " WHERE w.failures > 0 AND NOT w.paused ORDER BY w.failures DESC, w.url LIMIT ?",
        (_FAILING,),
    ).fetchall()
    seen = connection.execute(
        f"{_SOURCE} FROM live_blogs l INDEXED BY live_blogs_last_seen CROSS JOIN publishers p ON p.id = l.publisher_id"
        " LEFT JOIN watches w ON w.url = l.url ORDER BY l.last_seen DESC, l.id DESC LIMIT ?",
        (_SOURCES,),
    ).fetchall()
    known = {row["url"] for row in failing}
    return [_source(connection, row) for row in (*failing, *(row for row in seen if row["url"] not in known))]


def _source(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    by, value = ("live_blog_id", row["id"]) if row["id"] is not None else ("url", row["url"])
    poll = f"SELECT at, outcome, message FROM polls WHERE {by} = ? ORDER BY at DESC, id DESC LIMIT 1"
    last = connection.execute(poll, (value,)).fetchone()
    newest = "SELECT entry_id AS id FROM placements WHERE live_blog_id = ? ORDER BY entry_id DESC LIMIT ?"
    lags = [found[0] for found in connection.execute(_LAG.format(newest), (row["id"], _LAGS_OF_ONE))]
    kept = ("slug", "url", "title", "publisher", "publisher_name", "zone", "state", "next_poll_at", "failures", "note")
    return {
        **{name: row[name] for name in kept},
        "paused": bool(row["paused"]),
        "last_poll": last["at"] if last else None,
        "last_outcome": last["outcome"] if last else None,
        "last_message": last["message"] if last else None,
        "entries": connection.execute("SELECT count(*) FROM placements WHERE live_blog_id = ?", (row["id"],)).fetchone()[0],
        "declared": row["declared_count"],
        "lag_median_s": _middle(lags),
    }


def _watches(connection: sqlite3.Connection, now: datetime) -> dict[str, Any]:
    listed, paused, failing = connection.execute(
        "SELECT count(*), coalesce(sum(paused), 0), coalesce(sum(failures >= ? AND NOT paused), 0) FROM watches", (_IN_A_ROW,)
    ).fetchone()
    due = "SELECT count(*), min(next_poll_at) FROM watches WHERE NOT paused AND next_poll_at <= ?"
    late, oldest = connection.execute(due, (to_utc(now - _LATE),)).fetchone()
    counts = {"listed": listed, "paused": paused, "failing": failing, "due": connection.execute(due, (to_utc(now),)).fetchone()[0]}
    return {**counts, "late": late, "late_since": oldest}


def _problems(watched: dict[str, Any], files: dict[str, int], now: datetime) -> list[str]:
    found = []
    if watched["late"]:
        pages = "1 page is" if watched["late"] == 1 else f"{watched['late']:,} pages are"
        since = duration_in_words(now - from_utc(watched["late_since"]))
        found.append(f"{pages} overdue, the longest for {since}: is `stoppress run` at work?")
    if watched["failing"]:
        pages = "1 page has" if watched["failing"] == 1 else f"{watched['failing']:,} pages have"
        found.append(f"{pages} failed {_IN_A_ROW} times in a row or more.")
    if files["free"] < _LITTLE:
        found.append(f"The disk has {files['free'] / 1e6:,.0f} MB left.")
    return found


def _outcomes(connection: sqlite3.Connection, last: str | None, hours: int) -> dict[str, int]:
    """Polls of the hours up to the last one, by outcome, most first."""
    if last is None:
        return {}
    rows = connection.execute(
        "SELECT outcome, sum(polls) AS number FROM polls_by_hour WHERE hour > ? AND hour <= ? GROUP BY outcome HAVING number > 0"
        " ORDER BY number DESC, outcome",
        (_hour(from_utc(last) - timedelta(hours=hours)), last[:13]),
    )
    return {row[0]: row[1] for row in rows}


def _hours(connection: sqlite3.Connection, last: str | None, hours: int) -> list[dict[str, Any]]:
    if last is None:
        return []
    names = [_hour(from_utc(last) - timedelta(hours=back)) for back in range(hours - 1, -1, -1)]
    rows = connection.execute(
        f"SELECT hour, sum(polls), sum(polls) FILTER (WHERE outcome NOT IN ({_WELL})) FROM polls_by_hour"
        " WHERE hour >= ? AND hour <= ? GROUP BY hour",
        (names[0], names[-1]),
    )
    found = {row[0]: (row[1], row[2] or 0) for row in rows}
    return [{"hour": name, "polls": found.get(name, (0, 0))[0], "failed": found.get(name, (0, 0))[1]} for name in names]


def _growth(connection: sqlite3.Connection, last: str | None, days: int) -> list[dict[str, Any]]:
    if last is None:
        return []
    names = [(from_utc(last) - timedelta(days=back)).date().isoformat() for back in range(days - 1, -1, -1)]
    rows = connection.execute(
        "SELECT substr(hour, 1, 10), sum(new), sum(edited), sum(withdrawn) FROM polls_by_hour WHERE hour >= ? AND hour < ? GROUP BY 1",
        (names[0], names[-1] + "\x7f"),
    )
    found = {row[0]: tuple(row[1:]) for row in rows}
    return [{"day": name, **dict(zip(("new", "edited", "withdrawn"), found.get(name, (0, 0, 0)), strict=True))} for name in names]


def _lag(lags: Sequence[int]) -> dict[str, Any]:
    """How the lags are spread: how many are within each bound and beyond the one before it, the last of them without one."""
    ordered = sorted(lags)
    counted = Counter(bisect_left(WITHIN, lag) for lag in ordered)
    within = [{"seconds": most, "updates": counted[number]} for number, most in enumerate((*WITHIN, None))]
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] if ordered else None
    return {"updates": len(ordered), "median_s": _middle(ordered), "p95_s": p95, "within": within}


def _failed_polls(connection: sqlite3.Connection, *, limit: int = 10) -> list[dict[str, Any]]:
    """The latest polls that did not see their page as it is, among the newest thousand."""
    rows = connection.execute(
        "SELECT at, url, outcome, status, message FROM (SELECT * FROM polls ORDER BY id DESC LIMIT ?)"
        f" WHERE outcome NOT IN ({_WELL}) LIMIT ?",
        (_LATEST_POLLS, limit),
    )
    return [dict(row) for row in rows]


def _middle(values: Sequence[int]) -> int | None:
    return int(statistics.median(values)) if values else None


def _hour(instant: datetime) -> str:
    return to_utc(instant)[:13]


def _size(path: Path) -> int:
    parts = (path, path.with_name(path.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
