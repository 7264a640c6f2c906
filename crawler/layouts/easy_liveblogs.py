"""Easy Liveblogs for WordPress: answers of its REST endpoint, which lists every update, and its rendered list."""

from __future__ import annotations

import re
from typing import Any, cast

from parsel import Selector, SelectorList

from archive.errors import ExtractionError
from archive.model import Extraction, Update, When
from crawler.answers import mapping, mappings, words
from crawler.layouts import Layout, inner_html, read_each, text_of
from crawler.markup import Markup
from crawler.page import Page
from crawler.structured import live_blog_posting

_POSTS = "li.elb-liveblog-post[data-elb-post-id]"
_ENTRY = re.compile(r"[?&]entry=(\d+)")  # https://northmouth.example/flood/?entry=811


class EasyLiveblogs(Layout):
    name = "Easy Liveblogs"
    ids_are_global = True
    checked = False

    def matches(self, page: Page) -> bool:
        if page.format == "json":
            return b'"updates"' in page.body and b'"last_update"' in page.body and bool(_listed(page.json))
        # The list is often empty until a script asks the endpoint.
        return page.format == "html" and page.holds(b"elb-liveblog-post") and bool(page.css(_POSTS))

    def extract(self, page: Page) -> Extraction:
        return self._from_answer(page.json) if page.format == "json" else self._from_page(page)

    def _from_answer(self, data: dict[str, Any]) -> Extraction:
        updates, warnings = read_each(_listed(data), self._listed_update)
        status = words(data.get("status"))
        return Extraction(
            url=words(data.get("url")),
            title=words(data.get("title")),
            updates=updates,
            complete=not warnings,
            ended=status == "closed" if status else None,
            warnings=warnings,
        )

    def _listed_update(self, entry: dict[str, Any]) -> Update:
        source_id = words(entry.get("id"))
        if source_id is None:
            raise ExtractionError(f"expected an update with an id, found {str(entry)[:60]!r}")
        shown = Selector(text=words(entry.get("html")) or "<p></p>", type="html")
        return Update(
            source_id=source_id,
            title=words(entry.get("title")),
            byline=_byline(shown.css(".elb-liveblog-post-author")) or words(entry.get("author")),
            html=words(entry.get("content")),
            # Older versions state the site's wall clock without saying where the site is.
            published=self.when(entry.get("datetime")),
            updated=self.when(entry.get("modified")),
        )

    def _from_page(self, page: Page) -> Extraction:
        stated = self._stated_times(page)
        updates, warnings = read_each(cast("list[Markup]", page.css(_POSTS)), lambda post: self._shown_update(post, stated))
        status = page.css(".elb-liveblog::attr(data-status)").get()
        closed = page.css(".elb-liveblog-closed-message:not([style*='none'])")
        return Extraction(
            url=page.canonical_url,
            title=page.title,
            updates=updates,
            ended=True if closed or status == "closed" else False if status == "open" else None,
            warnings=warnings,
        )

    def _shown_update(self, post: Markup, stated: dict[str, tuple[When | None, When | None]]) -> Update:
        source_id = post.root.get("data-elb-post-id")
        published, updated = stated.get(source_id, (None, None))
        named = post.by_class()
        # data-elb-post-datetime looks like Unix time, but counts seconds of the site's wall clock.
        times = [time.root for time in named["elb-js-update-time"]] or [
            time for box in named["elb-liveblog-post-time"] for time in box.root.iter("time")
        ]
        return Update(
            source_id=source_id,
            url=f"?entry={source_id}",
            title=text_of(named["elb-liveblog-post-heading"]),
            byline=_byline(named["elb-liveblog-post-author"]),
            html=inner_html(named["elb-liveblog-post-content"]),
            published=published or self.when(next((time.get("datetime") for time in times if time.get("datetime")), None)),
            updated=updated,
        )

    def _stated_times(self, page: Page) -> dict[str, tuple[When | None, When | None]]:
        """What JSON-LD states by update id: the same times with their offset."""
        items = mappings((live_blog_posting(page) or {}).get("liveBlogUpdate"))
        named = ((item, _ENTRY.search(str(item.get("url")))) for item in items)
        return {found[1]: (self.when(item.get("datePublished")), self.when(item.get("dateModified"))) for item, found in named if found}


def _listed(data: Any) -> list[dict[str, Any]]:
    return [item for item in mappings(mapping(data).get("updates")) if "content" in item]


def _byline(found: SelectorList[Selector]) -> str | None:
    return re.sub(r"^(?:By|Door|Por)\s+", "", text_of(found) or "") or None
