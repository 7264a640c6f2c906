"""Notícias ao Minuto: the feed of its live blogs, each with all its `posts`, oldest first."""

from __future__ import annotations

from typing import Any

from archive.errors import ExtractionError
from archive.model import Extraction, Update
from crawler.answers import mapping, mappings, words
from crawler.layouts import Layout, read_each, without
from crawler.page import Page

# Teasers of other articles and copied tweets stand among the paragraphs.
_BOXES = ".article-embed, script"
_MEDIA = "blockquote.twitter-tweet, blockquote.instagram-media, blockquote.tiktok-embed"


class NoticiasAoMinutoFeed(Layout):
    """The feed wherever it was found: its address says nothing about whose it is."""

    name = "Notícias ao Minuto"
    zone = "Europe/Lisbon"
    language = "pt"
    ids_are_global = True

    def matches(self, page: Page) -> bool:
        return page.format == "json" and b'"posts"' in page.body and b'"guid"' in page.body and bool(_blogs(page.json))

    def extract(self, page: Page) -> Extraction:
        blogs = _blogs(page.json)
        blog = max(blogs, key=lambda found: str(found.get("updated_at")))  # Unix seconds: ten digits since 2001
        updates, warnings = read_each(blog["posts"], self._update)
        if len(blogs) > 1:
            warnings += (f"the feed holds {len(blogs)} live blogs; the one updated last was read",)
        return Extraction(
            title=words(blog.get("title")),
            updates=updates,
            complete=not warnings,
            warnings=warnings,
            live_blog_key=words(blog["guid"]),
            coverage_start=self.page_when(blog.get("created_at")),
        )

    def _update(self, post: Any) -> Update:
        source_id = words(mapping(post).get("_id"))
        if source_id is None:
            raise ExtractionError(f"expected a post with an _id, found {str(post)[:60]!r}")
        clock = f"{post['date']}T{post['time']}" if post.get("date") and post.get("time") else None
        return Update(
            source_id=source_id,
            title=words(post.get("title")),
            html=without(words(post.get("body")), _BOXES, media=_MEDIA),
            # date and time are the Lisbon wall clock of the same instant.
            published=self.when(post.get("timestamp") or post.get("created_at") or clock),
            updated=self.when(post.get("updated_at")),
        )


class NoticiasAoMinuto(NoticiasAoMinutoFeed):
    publisher = "noticiasaominuto"
    domains = ("noticiasaominuto.com",)


def _blogs(data: Any) -> list[dict[str, Any]]:
    """The live blogs of a feed: one, or a list of them."""
    found = mappings(data if isinstance(data, list) else [data])
    return [blog for blog in found if words(blog.get("guid")) and _has_posts(blog.get("posts"))]


def _has_posts(posts: Any) -> bool:
    return any({"_id", "body", "timestamp"} <= post.keys() for post in mappings(posts))
