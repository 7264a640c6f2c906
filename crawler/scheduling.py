"""When a watched page is due again, written in the transaction that records its poll."""

from __future__ import annotations

import sqlite3
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from archive import live_blogs, watches
from archive.model import Recorded
from archive.store import SEEN_WELL
from archive.times import from_utc
from archive.watches import Watch
from crawler.polling import Due, next_poll

_POSTS = 400  # the latest of a live blog; the policy looks no further back
_MOST_KEPT = 10_000  # live blogs whose posting times are kept: 32 MB at the most
_LONGEST_WAIT = timedelta(days=7)  # what a publisher may ask for with Retry-After
_NEVER_LIVE = 3  # polls in a row without updates, of a page that never showed any, end its watch


class Posts:
    """The posting times of live blogs, kept from poll to poll: most polls bring nothing, and reading them takes longer than all else."""

    def __init__(self) -> None:
        self.kept: OrderedDict[int, tuple[int, array[float]]] = OrderedDict()  # with the id of the latest entry
        self.version: int | None = None

    def of(self, connection: sqlite3.Connection, live_blog_id: int, *, new: int | None) -> Sequence[float]:
        """The times of the latest posts of a live blog, Unix seconds, ascending. `new`: how many its last poll brought, None if it also
        changed others.

        What another process wrote is seen, by SQLite's count of changes.
        """
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self.version:
            self.kept.clear()
            self.version = version
        last, posts = self.kept.pop(live_blog_id) if new is not None and live_blog_id in self.kept else (0, array("d"))
        if new != 0 or not posts:
            rows = live_blogs.posted(connection, live_blog_id, after=last, most=_POSTS)
            if last and len(rows) != new:  # one was published earlier than those known, or entries have changed hands
                rows, posts = live_blogs.posted(connection, live_blog_id, after=0, most=_POSTS), array("d")
            posts = array("d", sorted([*posts, *(at for _, at in rows)])[-_POSTS:])
            last = max([last, *(number for number, _ in rows)])
        self.kept[live_blog_id] = (last, posts)
        if len(self.kept) > _MOST_KEPT:
            self.kept.popitem(last=False)
        return posts

    def forget(self) -> None:
        """Read all of them again: what was written with them is undone."""
        self.kept.clear()


def reschedule(
    watch: Watch,
    headers: Mapping[str, str],
    posts: Posts,
    connection: sqlite3.Connection,
    recorded: Recorded,
    live_blog_id: int | None,
) -> None:
    """Note when a page is due again, from what its last poll came to. Inside the caller's transaction."""
    poll = connection.execute(
        "SELECT outcome, status, message FROM polls WHERE url = ? ORDER BY at DESC, id DESC LIMIT 1", (watch.url,)
    ).fetchone()
    now = datetime.now(UTC)
    is_read = poll["outcome"] in SEEN_WELL
    failures = 0 if is_read else watch.failures + 1
    live_blog_id = live_blog_id or watch.live_blog_id
    wait = retry_after(headers, now=now) if poll["status"] in (429, 503) else None
    times: Sequence[float] = ()
    if live_blog_id is not None:
        is_same = poll["outcome"] in ("unchanged", "not_modified")
        grew = recorded.new and not (recorded.edited or recorded.withdrawn or recorded.returned)
        times = posts.of(connection, live_blog_id, new=0 if is_same else recorded.new if grew else None)
    due = due_after(connection, live_blog_id, watch, times, now=now, failures=failures, wait=wait)
    at, note = due.at, due.reason
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


def due_after(
    connection: sqlite3.Connection,
    live_blog_id: int | None,
    watch: Watch,
    posts: Sequence[float],
    *,
    now: datetime,
    failures: int,
    wait: timedelta | None,
) -> Due:
    """What the policy says of a page, from the times of its latest posts and whether coverage is over."""
    ended: datetime | None = None
    first_polled, zone = watch.added_at, None
    if live_blog_id is not None:
        blog = connection.execute(
            "SELECT l.state, l.first_seen, l.last_changed, l.coverage_end, p.zone FROM live_blogs l"
            " JOIN publishers p ON p.id = l.publisher_id WHERE l.id = ?",
            (live_blog_id,),
        ).fetchone()
        first_polled, zone = from_utc(blog["first_seen"]), blog["zone"]
        if blog["state"] in ("ended", "gone"):
            ended = from_utc(min(blog["coverage_end"] or blog["last_changed"], blog["last_changed"]))
    return next_poll(
        # A time in the future is a mistake or an embargo: it is no post yet.
        posts[: bisect_right(posts, now.timestamp())],
        now=now,
        polled=now,
        first_polled=first_polled,
        ended=ended,
        failures=failures,
        retry_after=wait.total_seconds() if wait is not None else None,
        zone=zone,
        url=watch.url,
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
