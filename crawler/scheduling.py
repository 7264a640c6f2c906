"""When a watched page is due again, written in the transaction that records its poll."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from archive import watches
from archive.model import Recorded
from archive.store import SEEN_WELL
from archive.times import from_utc
from archive.watches import Watch

_POSTS = 400  # the latest of a live blog; the policy looks no further back
_LONGEST_WAIT = timedelta(days=7)  # what a publisher may ask for with Retry-After
_NEVER_LIVE = 3  # polls in a row without updates, of a page that never showed any, end its watch


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """What the policy looks at: the times of the latest posts, oldest first, and whether the page says that coverage is over."""

    posts: tuple[datetime, ...]
    started: datetime
    ended: bool = False
    last_changed: datetime | None = None
    zone: str | None = None


def _due(coverage: Coverage, *, now: datetime, failures: int, wait: timedelta | None) -> tuple[datetime | None, str]:
    if wait is not None:
        return now + wait, f"asked to wait {wait.total_seconds():.0f} s"
    if failures:
        pause = min(timedelta(minutes=1) * 2**failures, timedelta(hours=6))
        return now + pause, f"failed {failures} times"
    return now + timedelta(seconds=60), "every minute"


def reschedule(
    watch: Watch, headers: Mapping[str, str], connection: sqlite3.Connection, recorded: Recorded, live_blog_id: int | None
) -> None:
    """Note when a page is due again, from what its last poll came to. Inside the caller's transaction."""
    poll = connection.execute(
        "SELECT at, outcome, status, message FROM polls WHERE url = ? ORDER BY id DESC LIMIT 1", (watch.url,)
    ).fetchone()
    now = datetime.now(UTC)
    is_read = poll["outcome"] in SEEN_WELL
    failures = 0 if is_read else watch.failures + 1
    live_blog_id = live_blog_id or watch.live_blog_id
    wait = retry_after(headers, now=now) if poll["status"] in (429, 503) else None
    at, note = _due(coverage_of(connection, live_blog_id, watch), now=now, failures=failures, wait=wait)
    if not is_read and live_blog_id is None and failures >= _NEVER_LIVE and poll["outcome"] in ("no_updates", "http_404", "http_410"):
        at, note = None, f"not polled any more: {poll['message']}"
    names = {name.lower(): value for name, value in headers.items()}
    is_answer = is_read or poll["outcome"] == "broken"
    watches.polled(
        connection,
        watch.url,
        next_poll_at=at,
        failures=failures,
        # What did not read well is asked for in full again.
        etag=names.get("etag", watch.etag if poll["outcome"] == "not_modified" else None) if is_read else None,
        last_modified=names.get("last-modified", watch.last_modified if poll["outcome"] == "not_modified" else None) if is_answer else None,
        live_blog_id=live_blog_id,
        note=note,
    )
    if wait is not None:
        watches.hold(connection, watch.host, until=now + wait)


def coverage_of(connection: sqlite3.Connection, live_blog_id: int | None, watch: Watch) -> Coverage:
    """What the policy looks at: the times of the latest posts, and whether coverage is over."""
    if live_blog_id is None:
        return Coverage(posts=(), started=watch.added_at)
    blog = connection.execute(
        "SELECT l.state, l.first_seen, l.last_changed, p.zone FROM live_blogs l JOIN publishers p ON p.id = l.publisher_id WHERE l.id = ?",
        (live_blog_id,),
    ).fetchone()
    rows = connection.execute(
        "SELECT iif(published_precision IN ('second', 'minute'), published_at, first_seen) FROM entries WHERE live_blog_id = ?"
        " ORDER BY id DESC LIMIT ?",
        (live_blog_id, _POSTS),
    )
    posts = tuple(sorted(from_utc(row[0]) for row in rows))
    return Coverage(
        posts=posts,
        started=from_utc(blog["first_seen"]),
        ended=blog["state"] in ("ended", "gone"),
        last_changed=from_utc(blog["last_changed"]),
        zone=blog["zone"],
    )


def retry_after(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Return how long a publisher asks to be left alone (seconds or an HTTP date), at most a week; None if it does not say."""
    raw = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if raw.isdigit():
        return min(timedelta(seconds=min(int(raw), 10**9)), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(raw)
    except (ValueError, TypeError, IndexError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta(0)), _LONGEST_WAIT)
