"""City AM's live blog of 2014: headline, then "August 28, 2014, 1:51pm" alone on a line, then the text. Known as text only."""

from __future__ import annotations

from urllib.parse import urlsplit

from archive.model import Extraction
from crawler.layouts import Layout
from crawler.page import Page
from crawler.timed_lines import extract_timed_lines


class CityAm(Layout):
    publisher = "cityam"
    name = "City AM"
    domains = ("cityam.com",)
    zone = "Europe/London"
    language = "en"
    checked = False

    def matches(self, page: Page) -> bool:
        path = urlsplit(page.url).path
        return page.format in ("html", "text") and "live" in path and extract_timed_lines(page, zone=self.zone) is not None

    def extract(self, page: Page) -> Extraction:
        return extract_timed_lines(page, zone=self.zone) or Extraction()
