"""Fronts on the watch list: what asking one came to, written in one transaction. Used by `discover` and inside `run`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from archive import discoveries
from archive.errors import ExtractionError
from archive.model import Capture, Recorded
from archive.store import Archive, Then
from archive.watches import Watch
from crawler.discovery import Found, discover, is_front, read_front
from crawler.page import Page
from crawler.recorder import Polled

if TYPE_CHECKING:  # the pipeline hands its items to us
    from crawler.pipeline import Answer, NoAnswer

MOST_ADDED = 50  # pages that one front may put on the list at once, the surest first
_WITHOUT_UPDATES = ("no_updates", "unreadable", "http_404", "http_410")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What became of asking one front: `outcome` is read, or the word a failure is counted under with the sentence that says why."""

    url: str
    at: datetime
    outcome: str = "read"
    message: str = ""
    status: int | None = None
    found: tuple[Found, ...] = ()
    sitemaps: tuple[str, ...] = ()

    @property
    def is_read(self) -> bool:
        return self.outcome == "read"


def read_answer(capture: Capture) -> Asked:
    """Return what a front's answer leads to, or why it could not be read."""
    if not 200 <= capture.status < 300:
        message = f"{capture.address} answered {capture.status}, expected a section front, feed or sitemap"
        return Asked(url=capture.url, at=capture.fetched_at, outcome=f"http_{capture.status}", message=message, status=capture.status)
    try:
        found, sitemaps = read_front(Page.from_capture(capture))
    except ExtractionError as error:
        return Asked(url=capture.url, at=capture.fetched_at, outcome="unreadable", message=str(error), status=capture.status)
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, AssertionError) as error:
        # Foreign data of a shape nobody foresaw fails where it is used, in any of these ways.
        message = f"{capture.address} could not be read: {type(error).__name__}: {str(error)[:200]}"
        return Asked(url=capture.url, at=capture.fetched_at, outcome="unreadable", message=message, status=capture.status)
    return Asked(url=capture.url, at=capture.fetched_at, status=capture.status, found=tuple(found), sitemaps=sitemaps)


def note_front(archive: Archive, answer: Asked, *, etag: str | None = None, last_modified: str | None = None) -> list[str]:
    """Write what a front led to, inside the caller's transaction, and return the addresses that are new on the watch list."""
    connection = archive.connection
    added = _taken_in(archive, answer)
    message = f"{len(answer.found)} live pages found, {len(added)} of them new on the watch list" if answer.is_read else answer.message
    outcome = answer.outcome if not answer.is_read else "new" if added else "unchanged"
    discoveries.asked(
        connection,
        answer.url,
        at=answer.at,
        outcome=outcome,
        message=message,
        status=answer.status,
        etag=etag if answer.is_read else None,
        last_modified=last_modified if answer.is_read else None,
    )
    return added


def _taken_in(archive: Archive, answer: Asked) -> list[str]:
    surest = sorted(answer.found, key=lambda found: -found.certainty)[:MOST_ADDED]
    return discoveries.take_in(archive.connection, {found.url: f"{found.why}, on {answer.url}" for found in surest}, at=answer.at)


# Inside `run`, which asks fronts as it polls pages: they are due every five minutes on the same list.


def record_front(archive: Archive, item: Answer | NoAnswer, *, then: Then | None = None) -> Polled:
    """Write what came of asking a front on the watch list, and when it is due again; one transaction, which `then` belongs to.

    No capture is kept.
    """
    from crawler.pipeline import NoAnswer

    etag = modified = None
    if isinstance(item, NoAnswer):
        answer = Asked(url=item.url, at=item.at, outcome=item.outcome, message=item.message)
    else:
        headers = {name.lower(): value for name, value in item.capture.headers.items()}
        etag, modified = headers.get("etag"), headers.get("last-modified")
        if item.capture.status == 304 and item.watch is not None:
            answer = Asked(url=item.capture.url, at=item.capture.fetched_at, status=304)
            etag, modified = etag or item.watch.etag, modified or item.watch.last_modified
        else:
            answer = read_answer(item.capture)
    with archive.writing() as connection:
        added = note_front(archive, answer, etag=etag, last_modified=modified)
        over = discoveries.over(connection, at=answer.at)
        discoveries.take_off(connection, over)
        if then:
            then(connection, Recorded(), None)
    if not answer.is_read:
        return Polled(url=answer.url, outcome=answer.outcome, message=answer.message)
    message = f"{len(answer.found)} live pages found, {len(added)} new on the watch list" + (f", {len(over)} left it" if over else "")
    return Polled(url=answer.url, outcome="new" if added else "unchanged", message=message)


def settle(archive: Archive, item: Answer | NoAnswer, outcome: str) -> str | None:
    """Take from a poll what it says of other pages, and say what a page without updates is.

    A topic or section that shows updates is asked for live pages, too. Without updates a front stays on the list as one, after its first
    poll; a mere candidate leaves it. Returns the sentence that says so, or None where nothing is changed. One transaction of its own.
    """
    from crawler.pipeline import NoAnswer

    watch = item.watch
    if watch is None or isinstance(item, NoAnswer):
        return None
    if outcome in ("new", "unchanged"):
        return _also_a_front(archive, item)
    if watch.live_blog_id is not None or outcome not in _WITHOUT_UPDATES:
        return None
    if is_a_front(item):
        with archive.writing() as connection:
            discoveries.become_front(connection, watch.url, at=item.capture.fetched_at)
            added = _taken_in(archive, read_answer(item.capture))
        return f"{watch.url} is a front, asked for live pages from now on: {len(added)} new on the watch list"
    if discoveries.is_unconfirmed(watch):
        with archive.writing() as connection:
            discoveries.take_off(connection, [watch.url])
        return f"{watch.url} was found by discovery and shows no updates: it left the watch list"
    return None


def _also_a_front(archive: Archive, item: Answer) -> str | None:
    if not discoveries.lists_live_pages(archive.connection, item.capture.url):
        return None
    answer = read_answer(item.capture)
    with archive.writing():
        added = _taken_in(archive, answer)
    return f"{len(answer.found)} live pages found, {len(added)} new on the watch list" if added else None


def is_a_front(item: Answer) -> bool:
    """Whether an answer without updates is a section front, feed or sitemap; False where it cannot be read."""
    if not 200 <= item.capture.status < 300:
        return False
    try:
        return is_front(Page.from_capture(item.capture))
    except (ExtractionError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, AssertionError):
        return False


def due_fronts(watches: Iterable[Watch]) -> list[Watch]:
    """Those of the watches due that are fronts: they are asked, and handed to `record_front`."""
    return [watch for watch in watches if discoveries.is_front(watch)]


def found_in(page: Page) -> list[Found]:
    """The live pages a front leads to, the surest first and no more than may go on the list at once. Raises ExtractionError."""
    return sorted(discover(page), key=lambda found: -found.certainty)[:MOST_ADDED]
