"""How far `crawl --older` has come with each live page. It stands in `archive.db`, so that a run that was stopped is gone on with."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from archive.normalise import canonical_url
from archive.times import to_utc

MOST_IN_ALL = 10_000  # older pages of one live page, in all runs: there are pages that link to a billion


@dataclass(frozen=True, kw_only=True)
class Backfill:
    """One live page by its own address. `next_url` is the older page to ask next, None at the end; `pages` older ones were read."""

    url: str
    next_url: str | None
    pages: int


def get(connection: sqlite3.Connection, url: str) -> Backfill | None:
    row = connection.execute("SELECT url, next_url, pages FROM backfills WHERE url = ?", (canonical_url(url),)).fetchone()
    return Backfill(url=row["url"], next_url=row["next_url"], pages=row["pages"]) if row else None


def unfinished(connection: sqlite3.Connection, urls: Iterable[str]) -> list[Backfill]:
    """Those of the live pages that have older pages still to be asked for."""
    return [found for url in dict.fromkeys(urls) if (found := get(connection, url)) and found.next_url]


def begin(connection: sqlite3.Connection, url: str, *, older_url: str | None, at: datetime) -> str | None:
    """Note the front of a live page, polled at `at`, and return the older page to ask next. Inside the caller's transaction.

    That is where an earlier run stopped, else the one the front links to. If the front shows nothing of what that run saw, posts may have
    passed from it unseen, and the way begins anew.
    """
    known = get(connection, url)
    next_url = known.next_url if known and _joins(connection, url, at) else older_url
    go_on(connection, url, next_url=next_url, pages=0, at=at)
    return next_url


def go_on(connection: sqlite3.Connection, url: str, *, next_url: str | None, pages: int, at: datetime) -> None:
    """Note which older page comes next, None for the end, after so many more were read. Inside the caller's transaction."""
    connection.execute(
        "INSERT INTO backfills (url, next_url, pages, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (url) DO UPDATE SET next_url = excluded.next_url, pages = pages + excluded.pages, at = excluded.at",
        (canonical_url(url), next_url, pages, to_utc(at)),
    )


def _joins(connection: sqlite3.Connection, url: str, at: datetime) -> bool:
    """Whether a front shows an entry that was there when an earlier run went on last; pinned ones stay, whatever passes below them."""
    sql = (
        "SELECT 1 FROM placements WHERE live_blog_id = (SELECT live_blog_id FROM captures WHERE url = ? AND fetched_at <= ?"
        " AND live_blog_id IS NOT NULL ORDER BY fetched_at DESC, id DESC LIMIT 1)"
        " AND last_seen IS NULL AND NOT pinned AND first_seen <= (SELECT at FROM backfills WHERE url = ?) LIMIT 1"
    )
    return connection.execute(sql, (url, to_utc(at), canonical_url(url))).fetchone() is not None
