"""What discovery asks of the archive and writes there: fronts and what they led to, on the watch list."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from archive import tombstones, watches
from archive.times import from_utc, to_utc
from archive.watches import Watch

# The note of a watch that is a section front, feed or sitemap: it is asked for links and recorded as no live page.
FRONT = "front"
# What the note of a page begins with that a front led to and no poll has confirmed.
FOUND = "found: "
EVERY = timedelta(minutes=5)  # between two looks at a front
_LONGEST = timedelta(hours=6)  # between two looks at one that fails
_TRY_AGAIN = timedelta(hours=6)  # a page without updates may have some by then
_SILENT = timedelta(days=7)
_NOT_LIVE = ("no_updates", "unreadable", "broken", "http_404", "http_410", "refused_robots", "refused_redirect", "too_large")

# The live blog an address showed, as it is on record: by its own address, or by what a poll of this one came to.
_LIVE_BLOG = (
    "SELECT state, last_changed FROM live_blogs WHERE url = :url OR id = (SELECT live_blog_id FROM polls WHERE url = :url"
    " AND live_blog_id IS NOT NULL ORDER BY at DESC, id DESC LIMIT 1) LIMIT 1"
)
_STOPPED = (
    "SELECT w.url, w.note, l.state, l.last_changed FROM watches w LEFT JOIN live_blogs l ON l.id = coalesce(w.live_blog_id,"
    " (SELECT id FROM live_blogs WHERE url = w.url)) WHERE w.next_poll_at IS NULL AND NOT w.paused ORDER BY w.url"
)
_SITES = (
    "SELECT l.url, p.slug FROM live_blogs l JOIN publishers p ON p.id = l.publisher_id"
    " UNION SELECT w.url, p.slug FROM watches w LEFT JOIN live_blogs l ON l.id = w.live_blog_id"
    " LEFT JOIN publishers p ON p.id = l.publisher_id WHERE w.note IS NOT ? ORDER BY 1"
)


def is_front(watch: Watch) -> bool:
    """Whether a place on the watch list is a front's."""
    return watch.note == FRONT


def is_unconfirmed(watch: Watch) -> bool:
    """Whether a page on the watch list was found and has not shown updates yet: one poll without any takes it off."""
    return watch.live_blog_id is None and (watch.note or "").startswith(FOUND)


def fronts(connection: sqlite3.Connection) -> list[str]:
    """The fronts on the watch list that are not paused."""
    return [row[0] for row in connection.execute("SELECT url FROM watches WHERE note = ? AND NOT paused ORDER BY url", (FRONT,))]


def sites(connection: sqlite3.Connection) -> dict[str, str | None]:
    """The home pages of the hosts that have pages on record or on the watch list, with the publisher's slug where it is known."""
    found: dict[str, str | None] = {}
    for url, slug in connection.execute(_SITES, (FRONT,)):
        parts = urlsplit(url)
        home = f"{parts.scheme}://{parts.netloc}/"
        found[home] = found.get(home) or slug
    return found


def lists_live_pages(connection: sqlite3.Connection, url: str) -> bool:
    """Whether a page of updates is a list of live pages, too (a topic, a section), and its last answer is not the one before again."""
    rows = connection.execute(
        "SELECT c.digest, l.kind FROM captures c LEFT JOIN live_blogs l ON l.id = c.live_blog_id WHERE c.url = ?"
        " ORDER BY c.fetched_at DESC, c.id DESC LIMIT 2",
        (url,),
    ).fetchall()
    return bool(rows) and rows[0]["kind"] in ("topic", "section") and len({row["digest"] for row in rows}) == len(rows)


def keep_front(connection: sqlite3.Connection, url: str, *, at: datetime) -> bool:
    """Put a front on the watch list, due at once, and return whether it was not on it. A page that shows updates stays what it is."""
    added = watches.add(connection, [url], at=at, note=FRONT)
    if not added:
        connection.execute(
            "UPDATE watches SET note = ? WHERE url = ? AND live_blog_id IS NULL AND note IS NOT ?", (FRONT, watches.watched_url(url), FRONT)
        )
    return bool(added)


def become_front(connection: sqlite3.Connection, url: str, *, at: datetime) -> None:
    """Make a front of a page on the list that turned out to be one, due again in five minutes."""
    connection.execute(
        "UPDATE watches SET note = ?, failures = 0, etag = NULL, last_modified = NULL, next_poll_at = ? WHERE url = ?",
        (FRONT, to_utc(at + EVERY), url),
    )


def is_listed(connection: sqlite3.Connection, url: str) -> bool:
    return watches.get(connection, watches.watched_url(url)) is not None


def asked(
    connection: sqlite3.Connection,
    url: str,
    *,
    at: datetime,
    outcome: str,
    message: str,
    status: int | None = None,
    etag: str | None = None,
    last_modified: str | None = None,
) -> None:
    """Note that a front was asked, and when it is due again: in five minutes, later after each failure. Inside the caller's transaction."""
    connection.execute(
        "INSERT INTO polls (url, at, outcome, status, message) VALUES (?, ?, ?, ?, ?)", (url, to_utc(at), outcome, status, message)
    )
    watch = watches.get(connection, watches.watched_url(url))
    if watch is None or not is_front(watch):
        return
    failures = 0 if outcome in ("new", "unchanged", "not_modified") else watch.failures + 1
    watches.polled(
        connection,
        watch.url,
        next_poll_at=at + min(EVERY * 2 ** min(failures, 10), _LONGEST),
        failures=failures,
        etag=etag,
        last_modified=last_modified,
        live_blog_id=None,
        note=FRONT,
    )


def take_in(connection: sqlite3.Connection, found: Mapping[str, str], *, at: datetime) -> list[str]:
    """Put found pages (their addresses with what speaks for them) on the watch list and return those that are new on it.

    Left out is what was forgotten, what is on record as over, and what showed no updates a short while ago.
    """
    added = []
    for url, why in found.items():
        if is_wanted(connection, url, at=at):
            added += watches.add(connection, [url], at=at, note=f"{FOUND}{why}"[:300])
    return added


def is_wanted(connection: sqlite3.Connection, url: str, *, at: datetime) -> bool:
    """Whether a found page is to be polled: it is on no list, was not forgotten, is not over, and was not tried in vain lately."""
    if watches.get(connection, watches.watched_url(url)) is not None or tombstones.is_forgotten_page(connection, url):
        return False
    known = connection.execute(_LIVE_BLOG, {"url": url}).fetchone()
    if known is not None:
        return known["state"] not in ("ended", "gone") and from_utc(known["last_changed"]) > at - _SILENT
    last = connection.execute("SELECT outcome, at FROM polls WHERE url = ? ORDER BY at DESC, id DESC LIMIT 1", (url,)).fetchone()
    return last is None or last["outcome"] not in _NOT_LIVE or from_utc(last["at"]) <= at - _TRY_AGAIN


def over(connection: sqlite3.Connection, *, at: datetime) -> dict[str, str]:
    """The pages that are polled no more and will not come back, with the reason: ended, gone, silent, never live. Paused ones stay."""
    found: dict[str, str] = {}
    for row in connection.execute(_STOPPED, ()):
        if row["note"] == FRONT:
            continue
        if row["state"] is None:
            found[row["url"]] = "it never showed updates"
        elif row["state"] == "ended":
            found[row["url"]] = "its coverage has ended"
        elif row["state"] == "gone":
            found[row["url"]] = "it is gone"
        elif from_utc(row["last_changed"]) < at - _SILENT:
            found[row["url"]] = f"nothing on it has changed since {row['last_changed'][:10]}"
    return found


def take_off(connection: sqlite3.Connection, urls: Iterable[str]) -> list[str]:
    """Take pages off the watch list; what is on record of them stays."""
    return watches.remove(connection, urls)
