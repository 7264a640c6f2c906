"""The Times of Israel. A page a day; each update is a `#liveblog-entry-<number>` and states its Unix time."""

from __future__ import annotations

import re

from parsel import Selector

from archive.errors import ExtractionError
from archive.model import Extraction, Update
from crawler.layouts import Layout, inner_html, read_each, text_of, without
from crawler.page import Page

_ENTRIES = "[id^=liveblog-entry-]"
_ID = re.compile(r"liveblog-entry-(\d+)")
_FRAME = "h4, .byline, .single-share, .liveblog-date, script"
_MEDIA = ".media, [class^=wp-caption]"


class TimesOfIsrael(Layout):
    publisher = "timesofisrael"
    name = "The Times of Israel"
    domains = ("timesofisrael.com",)
    zone = "Asia/Jerusalem"
    language = "en"
    fronts = ("https://www.timesofisrael.com/",)
    live_url = re.compile(r"^/liveblog-[a-z]+-\d{1,2}-\d{4}/?$")  # /liveblog-march-3-2026
    ids_are_global = True
    checked = False

    def matches(self, page: Page) -> bool:
        return page.format == "html" and b"liveblog-entry-" in page.body and bool(page.css(f"{_ENTRIES} .liveblog-paragraph"))

    def extract(self, page: Page) -> Extraction:
        updates, warnings = read_each(page.css(_ENTRIES), self._update)
        return Extraction(
            url=page.canonical_url,
            title=text_of(page.css("h1.headline")) or page.title,
            standfirst=text_of(page.css("h2.underline")),
            updates=updates,
            # A button asks for the rest of the day.
            complete=not page.css(".show-more-btn") and not warnings,
            warnings=warnings,
        )

    def _update(self, entry: Selector) -> Update | None:
        found = _ID.fullmatch(entry.attrib["id"])
        body = entry.css(".liveblog-paragraph")
        if not found or not body:
            raise ExtractionError(f"expected a numbered entry with a .liveblog-paragraph, found {entry.attrib['id']!r}")
        byline = text_of(entry.css(".byline"))
        return Update(
            source_id=found[1],
            url=body.css("h4 a::attr(href)").get() or f"#{entry.attrib['id']}",
            title=text_of(body.css("h4")),
            byline=re.sub(r"^By\s+", "", byline) if byline else None,
            html=without(inner_html(body), _FRAME, media=_MEDIA),
            published=self.when(entry.css(".liveblog-date [data-timestamp]::attr(data-timestamp)").get()),
        )
