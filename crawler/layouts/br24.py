"""BR24. A ticker is an ordinary article: a heading "12.31 Uhr: headline" for each update, and a heading with the day
below the updates of that day. Updates have no ids."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape
from itertools import islice
from typing import Any

from lxml import etree

from archive.clocks import Clock, DayName, place, read_clock, read_day
from archive.model import Extraction, Update, When
from archive.normalise import element_text
from crawler.blocks import html_blocks
from crawler.layouts import Layout, page_changed
from crawler.page import Block, Page

_HEADING = re.compile(r"\d{1,2}[.:]\d\d Uhr")
_TEXTS = etree.XPath("descendant::*[contains(@class, 'ArticleModuleText_')]")
_BEFORE_HEADLINE = " :\u2013\u2014-|"


@dataclass
class _Draft:
    """An update while its blocks are being collected."""

    clock: Clock
    body: list[Block] = field(default_factory=list)


class Br24(Layout):
    publisher = "br24"
    name = "BR24"
    domains = ("br.de",)
    zone = "Europe/Berlin"
    language = "de"
    fronts = ("https://www.br.de/nachrichten/",)
    live_url = re.compile(r"(?:news-?ticker|live-?ticker|live-?blog)[^/,]*,[a-z0-9]{6,}$")  # .../im-news-ticker-kw-34,ULstXNh
    live_blog_number = re.compile(r",([A-Za-z0-9]{6,})$")  # .../news-ticker-vom-26-august-bis-1-september,UMXw2qF

    def matches(self, page: Page) -> bool:
        if page.format != "html" or b"articlebody" not in page.body:
            return False
        headings = (heading for body in _bodies(page) for heading in body.iter("h2", "h3"))
        timed = (heading for heading in headings if _HEADING.match(element_text(heading)))
        return len(list(islice(timed, 2))) == 2

    def extract(self, page: Page) -> Extraction:
        items = _read(_blocks(page))
        times = self._times(page, items, headed=isinstance(next(iter(items), None), DayName))
        updates = tuple(_update(item, when) for item, when in zip(items, times, strict=True) if isinstance(item, _Draft))
        return Extraction(url=page.canonical_url, title=page.title, standfirst=page.meta("description"), updates=updates)

    def _times(self, page: Page, items: list[_Draft | DayName], *, headed: bool) -> list[When | None]:
        times = (time for time in page.selector.root.iter("time") if time.get("data-first-publication-date") is not None)
        stated = self.page_when(next((time.get("datetime") for time in times), None))
        near = stated.instant if stated else page_changed(page, zone=self.zone)
        if near is None:
            return [None] * len(items)
        clocks = [item.clock if isinstance(item, _Draft) else item for item in items]
        return place(clocks, near=near, zone=self.zone, day_stands="above" if headed else "below")


def _bodies(page: Page) -> list[Any]:
    """The element with the article, which BR24 has as a section."""
    return [box for box in page.selector.root.iter("section", "article", "main", "div") if box.get("id") == "articlebody"]


def _blocks(page: Page) -> list[Block]:
    """The text of the article. Between its parts stand teasers, players and pictures."""
    bodies = _bodies(page)
    texts = [text for body in bodies for text in _TEXTS(body)] or bodies
    return [block for text in texts for block in html_blocks(text)]


def _read(blocks: list[Block]) -> list[_Draft | DayName]:
    """The article as updates and day headings. What stands before the first update, or below a day heading, is no update's."""
    items: list[_Draft | DayName] = []
    open_draft: _Draft | None = None
    for block in blocks:
        heading = block.kind == "heading"
        clock = read_clock(block.text) if heading and not block.url and _HEADING.match(block.text) else None
        day = read_day(block.text) if heading and not clock else None
        if clock:
            open_draft = _Draft(clock=clock)
            items.append(open_draft)
        elif day:
            open_draft = None
            items.append(day)
        elif heading and block.level <= 2:
            open_draft = None
        elif block.kind == "list" and "<h2" in (block.html or ""):
            open_draft = None  # the link to the weeks before
        elif open_draft:
            open_draft.body.append(block)
    return items


def _update(draft: _Draft, when: When | None) -> Update:
    headline = draft.clock.raw[draft.clock.end :].strip(_BEFORE_HEADLINE)
    body = [block for block in draft.body if block.kind != "label"]
    return Update(
        title=headline or None,
        html="".join(block.html or f"<h3>{escape(block.text)}</h3>" for block in body) or None,
        published=when,
    )
