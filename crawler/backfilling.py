"""Older pages of a live page: which is asked next, noted in the archive as each is recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from archive import backfills
from archive.store import Archive
from crawler.recorder import Polled, read

if TYPE_CHECKING:  # the pipeline hands its items to us
    from crawler.pipeline import Answer, NoAnswer

MOST_AT_ONCE = 500  # older pages of one live page in one run
_LEADS_NOWHERE = ("http_404", "http_410", "no_updates")


@dataclass
class Walk:
    """One live page by the address it was asked by, and the addresses of it and its older pages asked in this run."""

    url: str
    seen: set[str] = field(default_factory=set)
    resumed_at: str | None = None  # where an earlier run stopped
    front_older: str | None = None  # what the front links to

    def __post_init__(self) -> None:
        self.seen.add(urldefrag(self.url).url)


def next_older(archive: Archive, walk: Walk, item: Answer | NoAnswer, polled: Polled) -> str | None:
    """Return the older page to ask after the one that was recorded, and note it in the archive; None if none is to be asked now.

    A page that could not be had stays the next one for a later run. One that a link leads to and that is not there is the end; but if it
    was there when an earlier run stopped before it, the way begins anew from the front.
    """
    from crawler.pipeline import Answer

    url = item.capture.url if isinstance(item, Answer) else item.url
    at = item.capture.fetched_at if isinstance(item, Answer) else item.at
    is_front = url == walk.url
    if isinstance(item, Answer) and (polled.is_read or polled.outcome == "broken"):
        older = _unseen(walk, _older_url(item, polled))
        return _from_front(archive, walk, older, at) if is_front else _onwards(archive, walk, older, at, pages=1)
    if is_front or polled.outcome not in _LEADS_NOWHERE:
        return None
    again = _unseen(walk, walk.front_older) if url == walk.resumed_at else None
    return _onwards(archive, walk, again, at, pages=0)


def _from_front(archive: Archive, walk: Walk, older: str | None, at: datetime) -> str | None:
    walk.front_older = older
    with archive.writing() as connection:
        next_url = backfills.begin(connection, walk.url, older_url=older, at=at)
    walk.resumed_at = next_url if next_url != older else None
    return _bounded(archive, walk, next_url)


def _onwards(archive: Archive, walk: Walk, older: str | None, at: datetime, *, pages: int) -> str | None:
    with archive.writing() as connection:
        backfills.go_on(connection, walk.url, next_url=older, pages=pages, at=at)
    return _bounded(archive, walk, older)


def _bounded(archive: Archive, walk: Walk, older: str | None) -> str | None:
    known = backfills.get(archive.connection, walk.url)
    if older is None or len(walk.seen) > MOST_AT_ONCE or (known is not None and known.pages >= backfills.MOST_IN_ALL):
        return None
    walk.seen.add(older)
    return older


def _older_url(item: Answer, polled: Polled) -> str | None:
    if polled.older_url or polled.outcome == "new":
        return polled.older_url
    extraction = read(item.capture).extraction  # the same bytes as at an earlier poll were not read again
    return extraction.older_url if extraction else None


def _unseen(walk: Walk, older: str | None) -> str | None:
    """The address of an older page, unless it was asked in this run: pages that link in a circle have no end."""
    older = urldefrag(older).url if older else None  # a fragment names a place on the page, not another one
    return older if older not in walk.seen else None
