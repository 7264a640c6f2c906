"""The Times of India. Updates are read from the page's state, the one place that has an id for each (`msid`):
JSON-LD counts them from the newest and cuts their text."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from archive.errors import ExtractionError
from archive.model import Extraction, Update
from crawler.answers import count, mapping, mappings, words
from crawler.layouts import Layout, read_each
from crawler.page import Page

_STATE = re.compile(r'"timelineData"\s*:\s*(?=\{)')
_MARKUP = re.compile(r"<[a-z/]", re.I)


class TimesOfIndia(Layout):
    publisher = "timesofindia"
    name = "The Times of India"
    # The domain is shared with other papers of the house.
    domains = ("indiatimes.com",)
    zone = "Asia/Kolkata"
    language = "en"
    fronts = ("https://timesofindia.indiatimes.com/",)
    live_url = re.compile(r"/liveblog/\d+\.cms$")  # /india/coronavirus-live-updates/liveblog/79587688.cms
    ids_are_global = True
    live_blog_number = re.compile(r"liveblog/(\d+)\.cms")

    def matches(self, page: Page) -> bool:
        own = page.host.endswith("timesofindia.indiatimes.com")
        return own and page.format == "html" and b'"timelineData"' in page.body and bool(_contents(_state(page)))

    def extract(self, page: Page) -> Extraction:
        state = _state(page)
        updates, warnings = read_each(_contents(state), self._update)
        total = count(state["data"].get("totalCount"))
        return Extraction(
            url=page.canonical_url,
            title=page.title or words(state.get("title1")),
            standfirst=words(state.get("information1")),
            updates=updates,
            declared_count=total,
            complete=total == len(updates) and not warnings,
            warnings=warnings,
        )

    def _update(self, item: dict[str, Any]) -> Update:
        source_id = words(item.get("msid"))
        if source_id is None:
            raise ExtractionError(f"expected an update with a msid, found {str(item)[:60]!r}")
        # Most updates are one text, kept under `title`; it is a headline where a text stands below it.
        said = words(item.get("title"))
        below = "".join(_html(words(item.get(name)) or "") for name in ("smalldesc", "emcontent"))
        return Update(
            source_id=source_id,
            title=said if below else None,
            html=below or (_html(said) if said else None),
            published=self.when(item.get("timestamp")),
            kind="media" if not said and not below else "post",
        )


def _state(page: Page) -> dict[str, Any]:
    start = _STATE.search(page.text)
    try:
        found = json.JSONDecoder(strict=False).raw_decode(page.text, start.end())[0] if start else None
    except ValueError:
        return {}
    return mapping(found)


def _contents(state: dict[str, Any]) -> list[dict[str, Any]]:
    return mappings(mapping(state.get("data")).get("contents"))


def _html(text: str) -> str:
    return text if _MARKUP.search(text) else f"<p>{escape(text)}</p>" if text.strip() else ""
