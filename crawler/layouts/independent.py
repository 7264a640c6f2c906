"""The Independent. Each update is a `div#post-<digits>` of an amp-live-list, ten a page; older ones behind `?page=N`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from parsel import Selector, SelectorList

from archive.model import Extraction, Update, When
from archive.normalise import element_text
from archive.times import from_epoch
from crawler.layouts import Layout, read_each
from crawler.page import Page
from crawler.structured import live_blog_posting, read_about

_DATE_LABEL = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}")  # 2 March 2024 22:17
_PAGES = re.compile(r"(\d+)\s*/\s*(\d+)")  # 1 / 6
# A linked card (its h3 is another story's headline), a player with its caption, an advert, a sign-up box.
_NOISE = (
    "self::*[.//h3//a or (.//iframe and not(.//p)) or .//*[@data-mpu or contains(@class, 'taboola')"
    " or contains(@class, 'teads') or contains(@class, 'newsletter')]]"
)


class Independent(Layout):
    publisher = "independent"
    name = "The Independent"
    domains = ("independent.co.uk",)
    zone = "Europe/London"
    language = "en"
    fronts = ("https://www.independent.co.uk/", "https://www.independent.co.uk/sitemaps/googlenews")
    live_blog_number = re.compile(r"-([ab]\d{5,})\.html")  # ...-live-b2505820.html: the words before it change

    def matches(self, page: Page) -> bool:
        return page.format == "html" and b"amp-live-list" in page.body and bool(_posts(page))

    def extract(self, page: Page) -> Extraction:
        key_points = set(page.css("aside.js-key-points a::attr(href)").re(r"#post-(\d+)"))
        updates, warnings = read_each(_posts(page), lambda post: self._update(post, key_points))
        # JSON-LD holds the ten updates of this page too, with the page's headline and the time of writing
        # where the page shows something else: only what concerns the whole page is taken from it.
        stated = read_about(page, live_blog_posting(page), zone=self.zone)
        label = _PAGES.search(_label(page))
        number, total = (int(label[1]), int(label[2])) if label else (None, None)
        return Extraction(
            url=page.canonical_url,
            title=page.title,
            standfirst=stated.standfirst or page.meta("description"),
            updates=_pinned_first(updates) if number in (None, 1) else updates,
            complete=total == 1,
            older_url=_older(page) if number != total else None,
            warnings=warnings,
            coverage_start=stated.coverage_start,
        )

    def _update(self, post: Selector, key_points: set[str]) -> Update:
        source_id = post.attrib["id"].removeprefix("post-")
        # An update without a headline has an empty h3; the h3 of a linked card lies deeper.
        title = post.xpath("./div/h3[not(.//a)]")[:1]
        written, changed = _epoch(post, "data-sort-time"), _epoch(post, "data-update-time")
        # The time readers see and the page is ordered by is set by the editor; data-sort-time and JSON-LD
        # keep when the update was written, which can be hours earlier.
        published = self.when(post.css("amp-timeago::attr(datetime)").get()) or written
        edited = changed is not None and written is not None and changed.instant > written.instant
        credit = [text.strip() for text in post.xpath("./div[last()]//span//text()").getall() if text.strip()]
        return Update(
            source_id=source_id,
            url=post.xpath("./a[contains(@href, '#post-')]/@href").get() or f"#post-{source_id}",
            title=element_text(title[0].root) if title else None,
            byline=next((text for text in credit if not _DATE_LABEL.match(text)), None),
            html="".join(post.xpath(f"./div[position() < last()]/*[not(self::h3[not(.//a)]) and not({_NOISE})]").getall()) or None,
            published=published,
            updated=changed if edited else None,
            kind="key_event" if source_id in key_points else "post",
        )


def _posts(page: Page) -> SelectorList[Selector]:
    # Adverts between the updates carry a data-sort-time too, but are called ad-<post>.
    return page.xpath("//amp-live-list//div[@data-sort-time and starts-with(@id, 'post-')]")


def _epoch(post: Selector, name: str) -> When | None:
    raw = post.attrib.get(name)
    return from_epoch(raw) if raw else None


def _pinned_first(updates: tuple[Update, ...]) -> tuple[Update, ...]:
    """The updates, the first one marked pinned if it is older than the next: nothing else says that it is."""
    if len(updates) < 2 or not updates[0].published or not updates[1].published:
        return updates
    out_of_order = updates[0].published.instant < updates[1].published.instant
    return (replace(updates[0], pinned=out_of_order), *updates[1:])


def _label(page: Page) -> str:
    """What stands below the list: 1 / 6."""
    return next(("".join(box.itertext()) for box in _paginations(page)), "")


def _older(page: Page) -> str | None:
    links = (link for box in _paginations(page) for link in box.iter("a"))
    return next((href for link in links if "page=" in (href := link.get("href") or "") and "Older" in "".join(link.itertext())), None)


def _paginations(page: Page) -> list[Any]:
    return [box for live_list in page.selector.root.iter("amp-live-list") for box in live_list if box.get("pagination") is not None]
