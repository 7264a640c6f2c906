"""Saved searches and what has happened since each was last told: at least once, in the order it was recorded.

The cursor is the number of a poll. A poll is written in the transaction that writes what it found, and only one transaction writes at a
time, so polls are numbered in the order of recording. No time of an entry is: one published, or fetched, earlier can be recorded later.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from archive.errors import ArchiveError
from archive.feeds import Event, Mark, events
from archive.query import Query, parse
from archive.search import newest_ids
from archive.times import from_utc, to_utc

# What was published so long before it was seen, or seen so long before what was recorded already, was collected later.
BACKFILLED_AFTER = timedelta(days=1)
_CLAIMS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}  # how long after its instant a coarse claim may mean
_AT_ONCE = 50  # hits asked for at a time


@dataclass(frozen=True, kw_only=True)
class Alert:
    """A saved search. `action` is a command or an http(s) address, None to print.

    `position` is the last poll it has looked at, `last_poll_at` when the latest of those was made (None: there was none).
    """

    name: str
    query: str
    action: str | None
    edits: bool
    backfilled: bool
    last_run_at: str | None
    last_poll_at: str | None
    position: int


@dataclass(frozen=True, kw_only=True)
class Due:
    """What an alert is to tell, oldest first, how much was left out as backfilled, and the polls looked at, as in `Alert`."""

    events: tuple[Event, ...]
    left_out: int
    last_poll_at: str | None
    position: int


def add(connection: sqlite3.Connection, name: str, query: str, *, action: str | None, edits: bool, backfilled: bool) -> Alert:
    """Save a search that begins now: nothing on record yet is told. Inside the caller's transaction.

    Raises ArchiveError if the name is taken or no name, or the query cannot be used as a whole.
    """
    if not name or len(name) > 100 or not name.isprintable() or name != name.strip():
        raise ArchiveError(f"expected a name of 1 to 100 printable characters, found {name!r}")
    asked = parse(query)
    if asked.ignored:
        raise ArchiveError(f"expected a query that can be used as a whole, found {'; '.join(asked.ignored)}")
    try:
        newest_ids(connection, asked, limit=1)
    except sqlite3.OperationalError as error:
        raise ArchiveError(f"expected a query that can be looked for, found one with too much in it ({error})") from error
    known = connection.execute("SELECT query FROM saved_searches WHERE name = ?", (name,)).fetchone()
    if known:
        raise ArchiveError(f"expected a new name, found {name!r}, which is an alert for {known['query']!r} already")
    connection.execute(
        "INSERT INTO saved_searches (name, query, action, last_position, last_poll_at, edits, backfilled)"
        " VALUES (?, ?, ?, (SELECT coalesce(max(id), 0) FROM polls), (SELECT max(last_seen) FROM live_blogs), ?, ?)",
        (name, asked.text, action, int(edits), int(backfilled)),
    )
    return named(connection, [name])[0]


def everything(connection: sqlite3.Connection) -> list[Alert]:
    """Return every alert by name. One without a position begins with the first poll."""
    return [
        Alert(
            name=row["name"],
            query=row["query"],
            action=row["action"],
            edits=bool(row["edits"]),
            backfilled=bool(row["backfilled"]),
            last_run_at=row["last_run_at"],
            last_poll_at=row["last_poll_at"],
            position=row["last_position"] or 0,
        )
        for row in connection.execute("SELECT * FROM saved_searches ORDER BY name")
    ]


def named(connection: sqlite3.Connection, names: Sequence[str]) -> list[Alert]:
    """Return the alerts with the names, all for no name. Raises ArchiveError if there is none of a name."""
    known = {alert.name: alert for alert in everything(connection)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ArchiveError(f"expected the name of an alert, found {', '.join(map(repr, unknown))}; `stoppress alert list` lists them")
    return [known[name] for name in names] or list(known.values())


def remove(connection: sqlite3.Connection, names: Sequence[str]) -> None:
    """Remove alerts. Inside the caller's transaction. Raises as `named` does."""
    for alert in named(connection, names) if names else ():
        connection.execute("DELETE FROM saved_searches WHERE name = ?", (alert.name,))


def due(connection: sqlite3.Connection, alert: Alert) -> Due:
    """Return what has happened since an alert was last told. The caller holds one view of the database meanwhile."""
    position, latest = connection.execute("SELECT max(id), max(at) FROM polls WHERE id > ?", (alert.position,)).fetchone()
    marks = sorted(_since(connection, alert.position, edits=alert.edits))
    found = matching(connection, parse(alert.query), {mark.position for mark in marks})
    told = list(events(connection, [mark for mark in marks if mark.position in found]))
    kept = [event for event in told if alert.backfilled or not is_backfilled(event, alert.last_poll_at)]
    return Due(
        events=tuple(kept),
        left_out=len(told) - len(kept),
        last_poll_at=max(filter(None, (latest, alert.last_poll_at)), default=None),
        position=position or alert.position,
    )


def move_on(connection: sqlite3.Connection, alert: Alert, due: Due, *, at: datetime) -> None:
    """Move an alert on, after what was due was told. Inside the caller's transaction; one removed meanwhile stays removed."""
    connection.execute(
        "UPDATE saved_searches SET last_position = min(?, (SELECT coalesce(max(id), 0) FROM polls)), last_poll_at = ?, last_run_at = ?"
        " WHERE name = ? AND query = ?",
        (due.position, due.last_poll_at, to_utc(at), alert.name, alert.query),
    )


def _since(connection: sqlite3.Connection, position: int, *, edits: bool) -> set[Mark]:
    """What the polls after one have found. A page polled out of order has all that was seen there since looked at again."""
    pages = connection.execute(
        "SELECT live_blog_id, since FROM (SELECT live_blog_id, min(at) AS since, sum(new + edited + withdrawn) AS changes FROM polls"
        " WHERE id > ? AND live_blog_id IS NOT NULL GROUP BY live_blog_id) p WHERE changes > 0"
        " OR EXISTS (SELECT 1 FROM polls q WHERE q.live_blog_id = p.live_blog_id AND q.at > p.since AND q.id <= ?)",
        (position, position),
    ).fetchall()
    marks: set[Mark] = set()
    for live_blog_id, since in pages:
        marks.update(_found(connection, _ARRIVED, "new", (live_blog_id, since, since)))
        if edits:
            marks.update(_found(connection, _EDITED, "edited", (live_blog_id, since)))
            marks.update(_found(connection, _WITHDRAWN, "withdrawn", (live_blog_id, since)))
    return marks


_ARRIVED = """SELECT e.first_seen, e.id, 0 FROM placements p CROSS JOIN entries e ON e.id = p.entry_id
WHERE p.live_blog_id = ? AND p.first_seen >= ? AND e.first_seen >= ?"""
_EDITED = """SELECT r.superseded_at, r.entry_id, r.number FROM placements p CROSS JOIN entries e ON e.id = p.entry_id
CROSS JOIN revisions r ON r.entry_id = e.id WHERE p.live_blog_id = ? AND e.revision > 1 AND r.superseded_at >= ?"""
_WITHDRAWN = """SELECT e.withdrawn_at, e.id, 0 FROM placements p CROSS JOIN entries e ON e.id = p.entry_id
WHERE p.live_blog_id = ? AND e.withdrawn_at >= ?"""


def _found(connection: sqlite3.Connection, sql: str, kind: str, parameters: Sequence[object]) -> Iterable[Mark]:
    return [Mark(row[0], row[1], row[2], kind) for row in connection.execute(sql, parameters)]


def matching(connection: sqlite3.Connection, query: Query, positions: Iterable[int]) -> set[int]:
    """Return those of some entries that a query finds: its hits are read newest first, and never between two of them."""
    among, found = set(positions), set[int]()
    wanted = sorted(among)
    while wanted:
        hits = newest_ids(connection, query, limit=_AT_ONCE, before=wanted[-1] + 1)
        found |= among & set(hits)
        if len(hits) < _AT_ONCE:
            break
        while wanted and wanted[-1] >= hits[-1]:
            wanted.pop()
    return found


def is_backfilled(event: Event, last_poll_at: str | None) -> bool:
    """Whether an event was old when it was recorded: published a day before it was seen, or seen a day before what was on record."""
    seen = from_utc(event.at)
    if last_poll_at and seen < from_utc(last_poll_at) - BACKFILLED_AFTER:
        return True
    if event.kind != "new" or not event.wording.published_at:
        return False
    latest = from_utc(event.wording.published_at) + _CLAIMS.get(event.wording.published_precision or "", timedelta())
    return latest < seen - BACKFILLED_AFTER


def event_json(event: Event) -> dict[str, Any]:
    """Return an event as it is told. `live_blog` and `url` are addresses; texts are the publisher's, as plain text."""
    said = ("title", "byline", "text", "published_at", "published_precision", "published_basis")
    before = event.before
    return {
        "event": event.kind,
        "seen_at": event.at,
        "slug": event.slug,
        "key": event.key,
        "wording": event.wording.number,
        **{name: getattr(event.wording, name) for name in said},
        "before": {name: getattr(before, name) for name in said} if before else None,
        "kind": event.entry_kind,
        "first_seen": event.first_seen,
        "publisher": event.publisher,
        "publisher_name": event.publisher_name,
        "live_blog": event.live_blog_url,
        "live_blog_title": event.live_blog,
        "url": event.url,
    }
