"""The Northmouth Echo of the sample site: JSON-LD has every update; the kind stands on the `<article>` of the same id."""

from __future__ import annotations

from dataclasses import replace

from archive.model import Extraction
from crawler.layouts import Layout
from crawler.page import Page
from crawler.structured import live_blog_posting, read_posting


class SampleEcho(Layout):
    publisher = "northmouth_echo"
    name = "Northmouth Echo"
    domains = ("echo.localhost",)
    zone = "Europe/London"
    language = "en"

    def matches(self, page: Page) -> bool:
        return page.format == "html" and live_blog_posting(page) is not None

    def extract(self, page: Page) -> Extraction:
        found = read_posting(page, live_blog_posting(page) or {}, zone=self.zone)
        kinds = {article.attrib["id"]: article.attrib["data-kind"] for article in page.css("article[id][data-kind]")}
        updates = tuple(replace(update, kind=kinds.get(update.source_id or "", update.kind)) for update in found.updates)
        coverage = page.css("[data-coverage]::attr(data-coverage)").get()
        return replace(found, updates=updates, ended=coverage == "ended" if coverage else None)
