"""Channel 4 News live blogs of 2015: one page a day, each update a time alone on its line, then headline and text.

Only the text of such pages is known; a "Summary" of timed headlines above them is no update.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from archive.model import Extraction
from crawler.layouts import Layout
from crawler.page import Page
from crawler.timed_lines import extract_timed_lines

_ADDRESS = re.compile(r"/[a-z]+\d{4}/\d\d/\d\d/?$|live-?blog", re.I)  # /election2015/04/27


class Channel4(Layout):
    publisher = "channel4"
    name = "Channel 4 News"
    domains = ("channel4.com",)
    zone = "Europe/London"
    language = "en"
    checked = False

    def matches(self, page: Page) -> bool:
        return page.format in ("html", "text") and bool(_ADDRESS.search(urlsplit(page.url).path)) and self._read(page) is not None

    def extract(self, page: Page) -> Extraction:
        return self._read(page) or Extraction()

    def _read(self, page: Page) -> Extraction | None:
        return extract_timed_lines(page, zone=self.zone)
