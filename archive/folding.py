"""Old polls that found nothing new, folded: one row for a page, an hour and an outcome, with how many there were."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.times import from_utc, to_utc

KEPT_SINGLE = timedelta(days=30)
_NOTHING_NEW = "outcome IN ('unchanged', 'not_modified') AND count = 1"  # as the index has it


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """Polls of one hour that say the same: the last of them, which stays, the others, and how long one took in the mean."""

    last: int
    others: tuple[int, ...]
    milliseconds: int | None


def oldest_hour(connection: sqlite3.Connection, *, since: datetime | None, now: datetime) -> datetime | None:
    """Return the first hour, not before `since`, that has polls to look at and ended thirty days ago; None if there is none."""
    before = (now - KEPT_SINGLE).replace(minute=0, second=0, microsecond=0)
    row = connection.execute(
        f"SELECT min(at) FROM polls WHERE {_NOTHING_NEW} AND at >= ? AND at < ?", (to_utc(since) if since else "", to_utc(before))
    ).fetchone()
    return from_utc(row[0]).replace(minute=0, second=0) if row[0] else None


def repeats(connection: sqlite3.Connection, hour: datetime) -> list[Repeats]:
    """Return what can be folded of the hour that begins at `hour`."""
    rows = connection.execute(
        # Of the row with the latest time SQLite gives the other columns too.
        f"SELECT max(at), id AS last, json_group_array(id) AS ids, avg(milliseconds) AS milliseconds FROM polls WHERE {_NOTHING_NEW}"
        " AND at >= ? AND at < ? GROUP BY url, outcome, status, message, live_blog_id HAVING count(*) > 1",
        (to_utc(hour), to_utc(hour + timedelta(hours=1))),
    )
    return [
        Repeats(
            last=row["last"],
            others=tuple(poll for poll in json.loads(row["ids"]) if poll != row["last"]),
            milliseconds=None if row["milliseconds"] is None else round(row["milliseconds"]),
        )
        for row in rows
    ]


def fold(connection: sqlite3.Connection, found: Iterable[Repeats]) -> None:
    """Let the last poll of each stand for all of them. Inside the caller's transaction."""
    for one in found:
        connection.execute("UPDATE polls SET count = ?, milliseconds = ? WHERE id = ?", (len(one.others) + 1, one.milliseconds, one.last))
        connection.execute("DELETE FROM polls WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(one.others),))
