"""Liveblog for WordPress (Automattic): answers of its REST endpoints, and its list as the server or React renders it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from parsel import Selector

from archive.errors import ExtractionError
from archive.model import Extraction, Update, When
from archive.normalise import html_to_text
from crawler.answers import count, mapping, mappings, words
from crawler.layouts import Layout, inner_html, read_each, text_of, without
from crawler.page import Page
from crawler.structured import live_blog_posting

_ENTRIES = ".liveblog-entry[id^=liveblog-entry-], .liveblog-entry[id^=id_], [id^=liveblog-entry-][data-timestamp]"
_ID = re.compile(r"(?:liveblog-entry-|id_)(\d+)")
_STATED_ID = re.compile(r"(?:lbup=|#(?:liveblog-entry-|id_)?)(\d+)$")  # https://northmouth.example/flood/?lbup=811
_PAGE = re.compile(r"/get-entries/(\d+)/")  # /wp-json/liveblog/v1/77/get-entries/2/811-1771234567


class WordpressLiveblog(Layout):
    name = "Liveblog for WordPress"
    ids_are_global = True
    checked = False

    def matches(self, page: Page) -> bool:
        if page.format == "json":
            return b'"entries"' in page.body and b'timestamp"' in page.body and bool(_listed(page.json))
        return page.format == "html" and page.holds(b"liveblog-entry") and bool(page.css(_ENTRIES))

    def extract(self, page: Page) -> Extraction:
        return self._from_answer(page) if page.format == "json" else self._from_page(page)

    def _from_answer(self, page: Page) -> Extraction:
        data = page.json
        updates, warnings = read_each(_listed(data), self._listed_update)
        number, pages = count(data.get("page")), count(data.get("pages"))
        paged = _PAGE.search(urlsplit(page.url).path)
        following = number + 1 if number and pages and number < pages else None
        linked = next((update.url for update in updates if update.url), None)
        return Extraction(
            # A page of the list belongs to the live blog its entries link to. An answer to a poll holds whatever
            # changed, new or old: that is no stretch of the list and is kept apart.
            url=linked.partition("?")[0] if linked and paged else None,
            updates=updates,
            declared_count=count(data.get("total")) if paged else None,
            complete=bool(paged) and number == pages == 1 and not warnings,
            older_url=_PAGE.sub(f"/get-entries/{following}/", page.url, count=1) if paged and following else None,
            warnings=warnings,
        )

    def _listed_update(self, entry: dict[str, Any]) -> Update | None:
        source_id = words(entry.get("id"))
        if source_id is None:
            raise ExtractionError(f"expected an entry with an id, found {str(entry)[:60]!r}")
        if entry.get("type") == "delete":
            return None
        if "render" not in entry and entry.get("html"):  # before 2017 an answer held the rendered entry only
            rendered = Selector(text=str(entry["html"]), type="html").css("[id^=liveblog-entry-]")
            return self._shown_update(rendered[0], {}) if rendered else None
        published, changed = entry.get("entry_time"), entry.get("timestamp")
        names = [html_to_text(words(author.get("name")) or "") for author in mappings(entry.get("authors"))]
        return Update(
            source_id=source_id,
            url=words(entry.get("share_link")),
            title=words(entry.get("headline")),
            byline=", ".join(filter(None, names)) or None,
            html=words(entry.get("render")) or words(entry.get("content")),
            published=self.when(published or changed),
            updated=self.when(changed),
            kind="key_event" if entry.get("key_event") else "post",
        )

    def _from_page(self, page: Page) -> Extraction:
        stated = self._stated_times(page)
        updates, warnings = read_each(page.css(_ENTRIES), lambda entry: self._shown_update(entry, stated))
        return Extraction(url=page.canonical_url, title=page.title, updates=updates, warnings=warnings)

    def _shown_update(self, entry: Selector, stated: dict[str, tuple[When | None, When | None]]) -> Update:
        found = _ID.fullmatch(entry.attrib["id"])
        if not found:
            raise ExtractionError(f"expected an id such as liveblog-entry-811, found {entry.attrib['id']!r}")
        published, updated = stated.get(found[1], (None, None))
        classes = entry.attrib.get("class", "").split()
        names = entry.css(".liveblog-meta-author-name, .liveblog-author-name, .liveblog-card-author")
        body = entry.css(".liveblog-entry-content, .liveblog-entry-text, .liveblog-card-content")[:1]
        return Update(
            source_id=found[1],
            url=entry.css("a.liveblog-meta-time::attr(href)").re_first(r".*lbup=.*") or f"#{entry.attrib['id']}",
            title=text_of(entry.css(".liveblog-entry-headline, .liveblog-entry-title")),
            byline=", ".join(filter(None, map(text_of, names))) or None,
            html=without(inner_html(body), ".liveblog-entry-actions"),
            published=published or self.when(entry.css("time::attr(datetime)").get() or entry.attrib.get("data-timestamp")),
            updated=updated,
            kind="key_event" if {"is-key-event", "liveblog-entry--key", "type-key"} & set(classes) else "post",
        )

    def _stated_times(self, page: Page) -> dict[str, tuple[When | None, When | None]]:
        """What JSON-LD states by entry id: React shows times only in words."""
        items = mappings((live_blog_posting(page) or {}).get("liveBlogUpdate"))
        named = ((item, _STATED_ID.search(str(item.get("url")))) for item in items)
        return {found[1]: (self.when(item.get("datePublished")), self.when(item.get("dateModified"))) for item, found in named if found}


def _listed(data: Any) -> list[dict[str, Any]]:
    known = {"render", "html", "css_classes", "entry_time", "share_link"}
    return [item for item in mappings(mapping(data).get("entries")) if "type" in item and known & item.keys()]
