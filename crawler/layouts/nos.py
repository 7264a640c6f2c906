"""NOS. Each update is a `li.liveblog__update` whose id ends in a number. Headlines are edited in place."""

from __future__ import annotations

import re

from parsel import Selector

from archive.errors import ExtractionError
from archive.model import Extraction, Update
from crawler.layouts import Layout, inner_html, read_each, text_of, without
from crawler.page import Page

_UPDATES = "li.liveblog__update[id]"
_ID = re.compile(r"UPDATE-container-(.+)")
_BOXES = ".list-also-see, .caption_content, .liveblog__update__title, .liveblog__update__time, script"
_MEDIA = ".block_image, .block_video, .block_largecenter"


class Nos(Layout):
    publisher = "nos"
    name = "NOS"
    domains = ("nos.nl",)
    zone = "Europe/Amsterdam"
    language = "nl"
    fronts = ("https://nos.nl/",)
    live_url = re.compile(r"/liveblog/\d+")  # /liveblog/2501234-storm
    live_blog_number = re.compile(r"/liveblog/(\d+)")
    checked = False

    def matches(self, page: Page) -> bool:
        return page.format == "html" and b"liveblog__update" in page.body and bool(page.css(_UPDATES))

    def extract(self, page: Page) -> Extraction:
        updates, warnings = read_each(page.css(_UPDATES), self._update)
        return Extraction(url=page.canonical_url, title=page.title, updates=updates, warnings=warnings)

    def _update(self, update: Selector) -> Update:
        found = _ID.fullmatch(update.attrib["id"])
        if not found:
            raise ExtractionError(f"expected an id such as UPDATE-container-2484, found {update.attrib['id']!r}")
        return Update(
            source_id=found[1],
            url=f"#{update.attrib['id']}",
            title=text_of(update.css(".liveblog__update__title, .js-liveblog-update-title")),
            html=without(inner_html(update.css(".liveblog__elements")), _BOXES, media=_MEDIA),
            published=self.when(update.css("time::attr(datetime)").get()),
        )
