"""Al Jazeera: answers of its GraphQL endpoint. One lists the ids and times of a live blog's updates, another is one update."""

from __future__ import annotations

import re
from typing import Any

from archive.errors import ExtractionError
from archive.model import Extraction, Update
from archive.normalise import absolute_url
from archive.times import from_iso
from crawler.answers import listed, mapping, mappings, switch, words
from crawler.layouts import Layout, read_each
from crawler.page import Page


class AlJazeera(Layout):
    publisher = "aljazeera"
    name = "Al Jazeera"
    domains = ("aljazeera.com", "aljazeera.net")
    fronts = ("https://www.aljazeera.com/", "https://www.aljazeera.com/xml/rss/all.xml")
    live_url = re.compile(r"/liveblog/\d{4}/\d{1,2}/\d{1,2}/.")  # /news/liveblog/2026/4/22/storm
    ids_are_global = True
    checked = False

    def matches(self, page: Page) -> bool:
        return page.format == "json" and (_live_blog(page.json) is not None or _posted(page.json) is not None)

    def extract(self, page: Page) -> Extraction:
        blog, post = _live_blog(page.json), _posted(page.json)
        if blog is not None:
            live = switch(blog.get("isLive"))
            updates, warnings = read_each(listed(blog.get("childrenMeta")) or _ids(blog), self._child)
            return Extraction(
                url=absolute_url(words(blog.get("link")), base=page.url),
                title=words(blog.get("title")),
                updates=updates,
                complete=not warnings,
                ended=None if live is None else not live,
                warnings=warnings,
            )
        updates, warnings = read_each([post or {}], self._update)
        # An update has no address of its own: its link is its live blog's.
        link = absolute_url(words(mapping(post).get("link")), base=page.url)
        return Extraction(kind="update", updates=updates, warnings=warnings, live_blog_key=self.live_blog_key(link) if link else None)

    def _child(self, child: Any) -> Update:
        """An update of which the list only tells that it is there, and since when."""
        return Update(source_id=_id(mapping(child)), published=self.when(mapping(child).get("publishedTime")))

    def _update(self, post: dict[str, Any]) -> Update:
        date, changed = words(post.get("date")), words(post.get("modified_gmt"))
        return Update(
            source_id=_id(post),
            title=words(post.get("title")) if post.get("shouldDisplayTitle") is not False else None,
            byline=_byline(post),
            html=words(post.get("content")),
            # `date` has no offset and is UTC: it equals the Unix time in the list of updates.
            published=from_iso(date, zone="UTC") if date else None,
            updated=from_iso(changed, zone="UTC") if changed else None,
        )


def _id(item: dict[str, Any]) -> str:
    found = words(item.get("id"))
    if found is None:
        raise ExtractionError(f"expected an update with an id, found {str(item)[:60]!r}")
    return found


def _ids(blog: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": number} for number in listed(blog.get("children"))]


def _live_blog(data: Any) -> dict[str, Any] | None:
    article = mapping(mapping(mapping(data).get("data")).get("article"))
    return article if isinstance(article.get("children"), list) else None


def _posted(data: Any) -> dict[str, Any] | None:
    post = mapping(mapping(mapping(data).get("data")).get("posts"))
    return post if post.get("postType") == "liveblog-update" else None


def _byline(post: dict[str, Any]) -> str | None:
    names = [words(person.get("name")) or words(person.get("title")) for person in mappings(post.get("author"))]
    return ", ".join(filter(None, names)) or words(post.get("writeInAuthor"))
