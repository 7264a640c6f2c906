"""The BBC's World Service stack (since 2023): `liveTextStream` in page data, as JSON or in the page's `__NEXT_DATA__`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import urlsplit

from archive.errors import ExtractionError
from archive.model import Extraction, Update
from crawler.answers import count, listed, mapping, mappings, switch, words
from crawler.layouts import Layout, read_each
from crawler.page import Page

_LISTS = {"unorderedList": "ul", "orderedList": "ol"}


class BbcWorldService(Layout):
    publisher = "bbc"
    name = "BBC"
    domains = ("bbc.com", "bbc.co.uk")
    zone = "Europe/London"
    ids_are_global = True
    live_blog_number = re.compile(r"/live/(c[a-z0-9]{6,})")  # /pidgin/live/c7p765ynk9qt
    checked = False

    def matches(self, page: Page) -> bool:
        return b"liveTextStream" in page.body and _page_data(page) is not None

    def extract(self, page: Page) -> Extraction:
        data = _page_data(page) or {}
        stream = _stream(data)
        updates, warnings = read_each(listed(stream.get("results")), self._update)
        number, total = (count(mapping(stream.get("page")).get(name)) for name in ("index", "total"))
        more = number if number and total and number < total else None
        live = switch(data.get("isLive"))
        return Extraction(
            url=page.canonical_url.partition("?")[0],
            title=words(data.get("title")) or words(data.get("headline")),
            standfirst=words(data.get("description")),
            language=words(data.get("language")) or words(mapping(data.get("metadata")).get("language")),
            updates=updates,
            complete=number == total == 1 and not warnings,
            ended=None if live is None else not live,
            older_url=f"{urlsplit(page.canonical_url).path}?page={more + 1}" if more else None,
            warnings=warnings,
            coverage_start=self.page_when(data.get("startDateTime")),
            coverage_end=self.page_when(data.get("endDateTime")),
        )

    def _update(self, post: Any) -> Update:
        source_id = words(mapping(post).get("urn"))
        if source_id is None:
            raise ExtractionError(f"expected a post with a urn, found {str(post)[:60]!r}")
        header, dates = _blocks(post.get("header")), mapping(post.get("dates"))
        texts = {kind: " ".join(_texts(block)) for kind in ("headline", "subheadline") for block in header if block.get("type") == kind}
        names = [words(mapping(block.get("model")).get("name")) for block in header if block.get("type") == "contributor"]
        below = f"<p>{escape(texts['subheadline'])}</p>" if texts.get("subheadline") else ""
        return Update(
            source_id=source_id,
            title=texts.get("headline") or None,
            byline=", ".join(filter(None, names)) or None,
            html=below + "".join(_markup(block) for block in _blocks(post.get("content"))) or None,
            # The page shows and orders by the curated time.
            published=self.when(dates.get("curated") or dates.get("firstPublished")),
            updated=self.when(dates.get("lastPublished")),
        )


def _page_data(page: Page) -> dict[str, Any] | None:
    """The object that holds the stream, at most four levels deep."""
    if page.format == "json":
        data = page.json
    else:
        script = page.css("script#__NEXT_DATA__::text").get() if page.format == "html" else None
        try:
            data = json.loads(script) if script else None
        except ValueError:
            return None
    level = [data]
    for _ in range(5):
        found = next((item for item in level if isinstance(item, dict) and _stream(item).get("results")), None)
        if found is not None:
            return found
        level = [value for item in level if isinstance(item, dict) for value in item.values()]
    return None


def _stream(data: dict[str, Any]) -> dict[str, Any]:
    return mapping(mapping(mapping(data.get("liveTextStream")).get("content")).get("data"))


def _blocks(block: Any) -> list[dict[str, Any]]:
    return mappings(mapping(mapping(block).get("model")).get("blocks"))


def _texts(block: dict[str, Any]) -> Iterator[str]:
    """The words of a block: a paragraph repeats in its model what its fragments say in parts."""
    text = words(mapping(block.get("model")).get("text"))
    if text is not None:
        yield text
        return
    for inner in _blocks(block):
        yield from _texts(inner)


def _markup(block: dict[str, Any]) -> str:
    """Paragraphs and lists as markup; pictures, video and embedded posts are not the post's own words."""
    kind = words(block.get("type"))
    if kind in ("paragraph", "fragment"):
        text = " ".join(_texts(block)).strip()
        return f"<p>{escape(text)}</p>" if text else ""
    if kind in _LISTS:
        items = "".join(f"<li>{escape(' '.join(_texts(item)))}</li>" for item in _blocks(block))
        return f"<{_LISTS[kind]}>{items}</{_LISTS[kind]}>"
    return "".join(_markup(inner) for inner in _blocks(block)) if kind in ("text", "listItem") else ""
