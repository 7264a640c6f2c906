"""One file per publisher layout or platform. The folder is the registry: a new file is found by itself."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache, lru_cache
from itertools import islice
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import fragments_fromstring
from parsel import Selector, SelectorList

from archive.errors import ExtractionError
from archive.media import media_of
from archive.model import Extraction, Update, When
from archive.normalise import element_text
from archive.parsing import fragment_parser
from archive.times import from_epoch, from_iso
from crawler.markup import Markup
from crawler.page import Page

Item = TypeVar("Item")
_HIGHEST = 300  # levels climbed; the parser itself ends there
MOST_READ = 5_000  # updates of one page; nobody follows a live blog beyond that, and it would hold the archive's writer for minutes
_EPOCH = re.compile(r"\d{9,}(?:\.\d+)?|/Date\(.+\)/")  # 1613763003, 1613763003000, /Date(1398419894000+0000)/


class Layout:
    """One page structure of one publisher, or of a platform that many publishers use.

    `publisher` is the slug entries are kept under and `name` what people call it. `domains` are the
    registrable domains (or hosts with port) it applies to; a platform has none and takes the host as
    publisher. `zone` is the IANA zone of times printed without an offset. `ids_are_global`: an update's
    id alone names it at this publisher. `live_blog_number` finds, in the path of an address, the stable
    number of the live blog where the words around it change. `checked` says whether the layout was
    checked against a real page, or only built from a description. `fronts` are the section fronts, feeds
    and news sitemaps where its live pages are found, and `live_url` is what the paths of these have in
    common, in lower case.
    """

    publisher: ClassVar[str] = ""
    name: ClassVar[str] = ""
    domains: ClassVar[tuple[str, ...]] = ()
    zone: ClassVar[str | None] = None
    language: ClassVar[str | None] = None
    ids_are_global: ClassVar[bool] = False
    live_blog_number: ClassVar[re.Pattern[str] | None] = None
    checked: ClassVar[bool] = True
    fronts: ClassVar[tuple[str, ...]] = ()
    live_url: ClassVar[re.Pattern[str] | None] = None

    @property
    def layout(self) -> str:
        """The file's name: what `extract` reports as its method and `tests/pages` calls the folder."""
        return type(self).__module__.rsplit(".", 1)[-1]

    def applies(self, domain: str) -> bool:
        """Whether this layout may speak for pages of a registrable domain (or host with port)."""
        return not self.domains or domain in self.domains

    def matches(self, page: Page) -> bool:
        """Whether this structure is on the page. Told from the page, never from a date."""
        raise NotImplementedError

    def extract(self, page: Page) -> Extraction:
        """Return what the page states. Uses its argument only."""
        raise NotImplementedError

    def live_blog_key(self, url: str) -> str:
        """Return what names the live blog inside the publisher: a stable number, else the address's path."""
        path = urlsplit(url).path
        found = self.live_blog_number.search(path) if self.live_blog_number else None
        return found[1] if found else path.strip("/") or "home"

    def when(self, raw: object) -> When | None:
        """Return a stated time, None for nothing: ISO 8601, read in the publisher's zone if it has no offset,
        or Unix seconds or milliseconds, as a number or as digits."""
        text = str(raw if raw is not None else "").strip()
        if not text:
            return None
        found = from_epoch(text) if _EPOCH.fullmatch(text) else from_iso(text, zone=self.zone)
        # The first and last year of the calendar have instants without a place in other zones.
        return found if 1 < found.instant.year < 9999 else None

    def page_when(self, raw: object) -> When | None:
        """Return a time stated for the page, None also if it can't be read: no update depends on it."""
        try:
            return self.when(raw)
        except ExtractionError:
            return None


def read_each(items: Iterable[Item], read: Callable[[Item], Update | None]) -> tuple[tuple[Update, ...], tuple[str, ...]]:
    """Return the updates `read` makes of items, and a warning for each it could not read.

    One bad update fails that update, not the page; None from `read` means "no update", silently.
    """
    updates: list[Update] = []
    warnings: list[str] = []
    listed = list(items)
    holders = _holders(listed)
    for number, item in enumerate(listed, start=1):
        if number - 1 in holders:
            warnings.append(f"update {number} on the page was left out: others stand inside it")
            continue
        if number > MOST_READ:
            warnings.append(f"the page lists more than {MOST_READ:,} updates, the first were read")
            break
        try:
            update = read(item)
        except (ExtractionError, ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
            # Foreign data of a shape nobody foresaw fails where it is used, in any of these ways.
            warnings.append(f"update {number} on the page was left out: {str(error)[:200]}")
            continue
        if update is not None:
            updates.append(update)
    return tuple(updates), tuple(warnings)


def _holders(items: Sequence[object]) -> frozenset[int]:
    """The places of items that hold others, where each stands inside the one before: tags nobody closed.

    Read as they are, each would hold the words of all that follow, and a page of 70 kB take seconds.
    """
    if not items or _root(items[0]) is None:
        return frozenset()  # no elements
    places = {root: place for place, item in enumerate(items) if (root := _root(item)) is not None}
    held: Counter[int] = Counter()
    for root in places:
        held.update(places[above] for above in islice(root.iterancestors(), _HIGHEST) if above in places)
    return frozenset(held) if held.total() > 2 * len(items) else frozenset()


def _root(item: object) -> Any:
    """The element of an item, also of one that comes with its time or its id, or None."""
    item = item[0] if isinstance(item, tuple) and item else item
    item = item.root if isinstance(item, Selector) else item
    return item if isinstance(item, etree._Element) else None


_CHANGED = ("article:modified_time", "og:updated_time", "article:published_time")
_FIRST_YEAR = 1990  # a saved page of which nobody knows when it was fetched counts as fetched in 1970


def page_changed(page: Page, *, zone: str | None) -> datetime | None:
    """Return the latest moment a page says that it was changed, else when it was fetched; None if neither is known.

    It is the day by which clock times without a day are counted, never the time of an update.
    """
    raws = [page.meta(name) for name in _CHANGED]
    raws += [item.get(name) for item in page.json_ld for name in ("dateModified", "datePublished")]
    stated: list[datetime] = []
    for raw in raws:
        if isinstance(raw, str):
            with suppress(ExtractionError):  # a page's own date that can't be read is no update's
                stated.append(from_iso(raw, zone=zone).instant)
    stated = [instant for instant in stated if _FIRST_YEAR <= instant.year < 9999]
    if stated:
        return max(stated)
    return page.fetched_at if page.fetched_at.year >= _FIRST_YEAR else None


def text_of(found: SelectorList[Selector] | Selector) -> str | None:
    """Return the plain text of the first element found, None if there is none or nothing in it."""
    first = found[0] if isinstance(found, SelectorList) and found else found
    return element_text(first.root) or None if isinstance(first, Selector) else None


def inner_html(found: SelectorList[Selector] | Selector) -> str | None:
    """Return what is inside the elements found as markup, None if that is nothing."""
    parts: list[str] = []
    for root in [found.root] if isinstance(found, Selector) else [one.root for one in found]:
        parts.append(root.text or "")
        for child in root:
            parts += (etree.tostring(child, encoding="unicode", method="html", with_tail=False), child.tail or "")
    return "".join(parts).strip() or None


def without(html: str | None, css: str, *, media: str | None = None) -> str | None:
    """Return a fragment of markup without the elements that match, None if nothing is left of it.

    `media` are boxes of which the picture or the embed is kept, and nothing else.

    >>> without("<p>Rain.</p><aside>More</aside>", "aside, .share")
    '<p>Rain.</p>'
    >>> without('<p>Rain.</p><div class="box"><img src="/a.jpg">The pier</div>', "aside", media=".box")
    '<p>Rain.</p><img src="/a.jpg">'
    """
    if not html or not html.strip():
        return None
    markup = f"<div>{html}</div>".replace("\x00", "")
    fragment = Markup(root=etree.fromstring(markup.encode(), fragment_parser("utf-8")), type="html")
    for box in fragment.css(media) if media else ():
        _keep_media(box.root)
    for box in fragment.css(css):
        if box.root.getparent() is not None:  # not inside a box that is gone already
            box.drop()
    return inner_html(fragment.css("body > div"))


def _keep_media(box: Any) -> None:
    parent = box.getparent()
    if parent is None:
        return
    for kept in fragments_fromstring(media_of(box)):
        if not isinstance(kept, str):
            box.addprevious(kept)
            kept.tail = None
    before = box.getprevious()
    if box.tail and before is not None:
        before.tail = (before.tail or "") + box.tail
    elif box.tail:
        parent.text = (parent.text or "") + box.tail
    box.tail = None
    parent.remove(box)


@cache
def layouts() -> tuple[Layout, ...]:
    """Every layout in this folder, those bound to a domain first, by file name."""
    found: list[Layout] = []
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Layout) and value.__module__ == module.__name__:
                found.append(value())
    return tuple(sorted(found, key=lambda layout: (not layout.domains, layout.layout)))


def layout_for(page: Page) -> Layout | None:
    """Return the first layout whose structure is on the page, or None."""
    return next((layout for layout in _speaking_for(page.domain) if layout.matches(page)), None)


@lru_cache(maxsize=1024)
def publisher_at(domain: str) -> Layout | None:
    """Return a layout that is bound to a domain: its publisher is known, whether the page has the layout's structure or not."""
    return next((layout for layout in layouts() if domain in layout.domains), None)


@lru_cache(maxsize=1024)
def _speaking_for(domain: str) -> tuple[Layout, ...]:
    """The layouts that may speak for pages of a domain: most are bound to others."""
    return tuple(layout for layout in layouts() if layout.applies(domain))
