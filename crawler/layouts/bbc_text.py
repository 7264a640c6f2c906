"""The BBC's streams of 2015 to 2023 as copied text: a time alone on its line, then headline, contributor and text."""

from __future__ import annotations

from urllib.parse import urlsplit

from archive.model import Extraction
from crawler.layouts import Layout
from crawler.page import Page
from crawler.timed_lines import extract_timed_lines


class BbcText(Layout):
    publisher = "bbc"
    name = "BBC"
    domains = ("bbc.co.uk", "bbc.com")
    zone = "Europe/London"  # "All times stated are UK"
    language = "en"
    checked = False

    def matches(self, page: Page) -> bool:
        return page.format == "text" and "/live/" in urlsplit(page.url).path and extract_timed_lines(page, zone=self.zone) is not None

    def extract(self, page: Page) -> Extraction:
        return extract_timed_lines(page, zone=self.zone) or Extraction()
