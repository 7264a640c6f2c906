"""The values everything else passes around: frozen, without I/O and without a clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

PRECISIONS = ("second", "minute", "hour", "day")
BASES = ("page", "inferred", "url")
KINDS = ("post", "key_event", "summary", "quote", "media", "retraction")
LIVE_BLOG_KINDS = ("live_blog", "story", "topic", "section", "update")


@dataclass(frozen=True, kw_only=True)
class When:
    """An instant and how we know it. No statement, no `When`: it never stands for "now".

    `instant` is timezone-aware and keeps the offset it was stated with. For a coarser precision it is
    the start of the unit in the publisher's zone.
    `precision` is one of PRECISIONS.
    `basis` is `page` (the page states it for this update), `inferred` (a clock time whose day was worked
    out, a relative time) or `url` (the day in the update's or the page's address).
    `raw` is the statement as found.
    """

    instant: datetime
    precision: str
    basis: str
    raw: str


SAVED = 0  # the status of a capture that is a saved file: nobody saw the response


@dataclass(frozen=True, kw_only=True)
class Capture:
    """One response as received, or one saved file. `fetched_at` is UTC; `id` is None until it is stored.

    `status` is the HTTP status, or SAVED: then `fetched_at` is the file's own time.
    """

    url: str
    body: bytes
    fetched_at: datetime
    final_url: str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    id: int | None = None

    @property
    def address(self) -> str:
        """The address the body came from, after redirects."""
        return self.final_url or self.url


@dataclass(frozen=True, kw_only=True)
class Update:
    """One item on a live blog as the page states it. What the page does not say is None.

    `html` is the body as found; tidying and sanitising are left to `normalise`.
    `text` is given only where the page has no markup for it.
    `title` is the update's own headline, never the page's.
    """

    source_id: str | None = None
    url: str | None = None
    title: str | None = None
    byline: str | None = None
    html: str | None = None
    text: str | None = None
    published: When | None = None
    updated: When | None = None
    kind: str = "post"
    pinned: bool = False


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """What one `extract` read from one page, updates in page order.

    `publisher` is a slug, `publisher_name` what people call it, `zone` its IANA zone (None: unknown).
    `declared_count` is the number of updates the page claims. `complete`: the page shows every update
    of the live blog. `ended`: the page says that coverage is over (None: it does not say).
    `older_url` is the next older page. `method` names the reader.
    `live_blog_key` names the live blog inside the publisher: the stable number in its address if the
    layout knows one, else the path. `ids_are_global`: an id alone names an update at this publisher.
    `layout_domains` are the registrable domains the layout speaks for.
    """

    url: str | None = None
    publisher: str = ""
    publisher_name: str | None = None
    title: str | None = None
    standfirst: str | None = None
    language: str | None = None
    kind: str = "live_blog"
    updates: tuple[Update, ...] = ()
    declared_count: int | None = None
    complete: bool = False
    ended: bool | None = None
    older_url: str | None = None
    method: str = ""
    warnings: tuple[str, ...] = ()
    zone: str | None = None
    live_blog_key: str | None = None
    ids_are_global: bool = False
    coverage_start: When | None = None
    coverage_end: When | None = None


class Entry(NamedTuple):
    """One update normalised: absolute canonical address, safe HTML, plain text, content hash.

    `html` is None where it would only be the text in paragraphs. `text` separates paragraphs by an empty line.
    `published_at` is the instant in UTC, ISO 8601 to the second, `second` the same as Unix seconds. `content_hash` is 32 hex
    digits over title, byline, text and stated time. A tuple, since one is made of every update: a frozen dataclass takes thrice as long.
    """

    source_id: str | None
    url: str | None
    title: str | None
    byline: str | None
    text: str
    html: str | None
    kind: str
    pinned: bool
    published: When | None
    published_at: str | None
    second: float | None
    updated: When | None
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One wording of an entry, numbered from 1. `superseded_at` is None for the present one.

    All times are UTC, ISO 8601 to the second.
    """

    number: int
    title: str | None
    byline: str | None
    text: str
    html: str | None
    published_at: str | None
    seen_at: str
    superseded_at: str | None
    capture_id: int | None


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What recording one page changed, in entries. `problem` says what makes the page look broken, if anything does.

    `is_forgotten`: the page was forgotten for good, and nothing was recorded.
    """

    new: int = 0
    edited: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    returned: int = 0
    problem: str = ""
    is_forgotten: bool = False

    @property
    def outcome(self) -> str:
        """`forgotten`, `broken` if there is a problem, `new` if anything moved, else `unchanged`: the word the poll is counted under."""
        if self.is_forgotten:
            return "forgotten"
        if self.problem:
            return "broken"
        return "new" if self.new or self.edited or self.withdrawn or self.returned else "unchanged"
