"""The watch list: which pages are polled, and when each is due again. Its state is in `archive.db`, so a kill loses no due poll."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from archive.errors import AddressError
from archive.normalise import canonical_url
from archive.times import from_utc, to_utc


@dataclass(frozen=True, kw_only=True)
class Watch:
    """One page on the list. `next_poll_at` None: it is not due any more. `failures` are polls failed in a row."""

    url: str
    live_blog_id: int | None = None
    added_at: datetime
    next_poll_at: datetime | None = None
    etag: str | None = None
    last_modified: str | None = None
    failures: int = 0
    is_paused: bool = False
    note: str | None = None

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


def add(connection: sqlite3.Connection, urls: Iterable[str], *, at: datetime, note: str | None = None) -> list[str]:
    """Put pages on the list, due at once, and return those that were not on it. Inside the caller's transaction."""
    added = []
    for url in urls:
        address = watched_url(url)
        row = connection.execute(
            "INSERT INTO watches (url, added_at, next_poll_at, note, live_blog_id)"
            " VALUES (?, ?, ?, ?, (SELECT id FROM live_blogs WHERE url = ?)) ON CONFLICT (url) DO NOTHING RETURNING url",
            (address, to_utc(at), to_utc(at), note, address),
        ).fetchone()
        if row:
            added.append(address)
    return added


def watched_url(url: str) -> str:
    """Return the address a page is watched under. Raises AddressError if it is no http(s) address."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError as error:
        raise AddressError(f"expected an http or https address, found {url!r} ({error})") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or any(character.isspace() for character in url.strip()):
        raise AddressError(f"expected an http or https address, found {url!r}")
    return canonical_url(url)


def remove(connection: sqlite3.Connection, urls: Iterable[str]) -> list[str]:
    """Take pages off the list and return those that were on it; what is on record of them stays."""
    return _each(connection, "DELETE FROM watches WHERE url = ? RETURNING url", urls)


def pause(connection: sqlite3.Connection, urls: Iterable[str]) -> list[str]:
    return _each(connection, "UPDATE watches SET paused = 1 WHERE url = ? RETURNING url", urls)


def resume(connection: sqlite3.Connection, urls: Iterable[str], *, at: datetime) -> list[str]:
    """Let pages be polled again, due at once, and return those that are on the list."""
    note = "iif(live_blog_id IS NULL, note, 'resumed: now')"  # why it was due before says nothing any more
    sql = f"UPDATE watches SET paused = 0, failures = 0, next_poll_at = '{to_utc(at)}', note = {note} WHERE url = ? RETURNING url"
    return _each(connection, sql, urls)


def _each(connection: sqlite3.Connection, sql: str, urls: Iterable[str]) -> list[str]:
    return [row[0] for url in urls for row in connection.execute(sql, (watched_url(url),)).fetchall()]


def everything(connection: sqlite3.Connection) -> list[Watch]:
    """Every page on the list: what is due first comes first, what is paused or over last."""
    return [_watch(row) for row in connection.execute("SELECT * FROM watches ORDER BY paused, next_poll_at IS NULL, next_poll_at, url")]


def due(connection: sqlite3.Connection, *, at: datetime) -> list[str]:
    """The addresses of all pages due at an instant, the longest overdue first."""
    rows = connection.execute("SELECT url FROM watches WHERE NOT paused AND next_poll_at <= ? ORDER BY next_poll_at", (to_utc(at),))
    return [row[0] for row in rows]


def get(connection: sqlite3.Connection, url: str) -> Watch | None:
    row = connection.execute("SELECT * FROM watches WHERE url = ?", (url,)).fetchone()
    return _watch(row) if row else None


def polled(
    connection: sqlite3.Connection,
    url: str,
    *,
    next_poll_at: datetime | None,
    failures: int,
    etag: str | None,
    last_modified: str | None,
    live_blog_id: int | None,
    note: str | None,
) -> None:
    """Note what a poll says about the next one. A page taken off the list meanwhile stays off it."""
    connection.execute(
        "UPDATE watches SET next_poll_at = ?, failures = ?, etag = ?, last_modified = ?, live_blog_id = coalesce(?, live_blog_id), note = ?"
        " WHERE url = ?",
        (_no_sooner(next_poll_at) if next_poll_at else None, failures, etag, last_modified, live_blog_id, note, url),
    )


def hold(connection: sqlite3.Connection, host: str, *, until: datetime) -> None:
    """Let no page of a host be due before an instant: it asked to be left alone."""
    for scheme in ("http", "https"):
        start = f"{scheme}://{host}/"
        connection.execute(
            "UPDATE watches SET note = ? WHERE url >= ? AND url < ? AND next_poll_at < ? AND live_blog_id IS NOT NULL",
            (f"{host} asks to be left alone until {to_utc(until)}", start, start[:-1] + "0", to_utc(until)),
        )
        connection.execute(
            "UPDATE watches SET next_poll_at = max(next_poll_at, ?) WHERE url >= ? AND url < ? AND next_poll_at IS NOT NULL",
            (_no_sooner(until), start, start[:-1] + "0"),
        )


def _no_sooner(at: datetime) -> str:
    """An instant to the second, rounded up: cut to the second, a page would be asked sooner than its publisher said."""
    return to_utc(at + timedelta(microseconds=999_999))


def _watch(row: sqlite3.Row) -> Watch:
    return Watch(
        url=row["url"],
        live_blog_id=row["live_blog_id"],
        added_at=from_utc(row["added_at"]),
        next_poll_at=from_utc(row["next_poll_at"]) if row["next_poll_at"] else None,
        etag=row["etag"],
        last_modified=row["last_modified"],
        failures=row["failures"],
        is_paused=bool(row["paused"]),
        note=row["note"],
    )
