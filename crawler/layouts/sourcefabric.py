"""Sourcefabric (Superdesk) Live Blog: answers of the posts API.

Deleted posts stay in the answer and are no updates; readers' comments are, as on the public page.
"""

from __future__ import annotations

from html import escape
from typing import Any

from archive.errors import ExtractionError
from archive.model import Extraction, Update
from crawler.answers import count, mapping, mappings, words
from crawler.layouts import Layout, read_each
from crawler.page import Page

# Anything else is a draft or a contribution that waits for an editor.
_SHOWN = ("open", "comment", None)
_MEDIA = ("image", "video", "embed")


class Sourcefabric(Layout):
    name = "Sourcefabric Live Blog"
    ids_are_global = True

    def matches(self, page: Page) -> bool:
        return page.format == "json" and b'"_items"' in page.body and b'"post_status"' in page.body and bool(_items(page.json))

    def extract(self, page: Page) -> Extraction:
        envelope = mapping(page.json.get("posts", page.json))
        posts = _items(page.json)
        updates, warnings = read_each(posts, self._update)
        total = count(mapping(envelope.get("_meta")).get("total"))
        everything = total == len(posts)
        return Extraction(
            url=page.url.partition("?")[0],
            updates=updates,
            # The total counts deleted posts too.
            declared_count=len(updates) + len(warnings) if everything else total,
            complete=everything and not warnings,
            older_url=_older(page.url, envelope),
            warnings=warnings,
            live_blog_key=next((key for post in posts if (key := words(post.get("blog")))), None),
        )

    def _update(self, post: dict[str, Any]) -> Update | None:
        if post.get("deleted") or post.get("post_status") not in _SHOWN:
            return None
        source_id = words(post.get("_id"))
        if source_id is None:
            raise ExtractionError(f"expected a post with an _id, found {str(post)[:60]!r}")
        items = _main_items(post)
        first = next(iter(items), {})
        types = {words(item.get("item_type")) for item in items}
        kind = "quote" if types == {"quote"} else "media" if types and types <= set(_MEDIA) else "post"
        publisher = mapping(post.get("publisher"))
        return Update(
            source_id=source_id,
            byline=words(first.get("commenter")) or words(publisher.get("display_name")) or words(post.get("byline")),
            html="".join(_markup(item) for item in items) or None,
            # A comment has no published_date; the public page shows when it was written.
            published=self.when(post.get("published_date") or (post.get("_created") if "comment" in types else None)),
            # `_updated` also moves when a post is pinned, moved or deleted.
            updated=self.when(post.get("content_updated_date")),
            kind="key_event" if post.get("lb_highlight") else kind,
            pinned=bool(post.get("sticky")),
        )


def _items(data: Any) -> list[dict[str, Any]]:
    envelope = mapping(mapping(data).get("posts", data))
    return [post for post in mappings(envelope.get("_items")) if "groups" in post]


def _main_items(post: dict[str, Any]) -> list[dict[str, Any]]:
    groups = [group for group in mappings(post.get("groups")) if group.get("id") == "main"]
    refs = [ref for group in groups for ref in mappings(group.get("refs"))]
    return [item for ref in refs if (item := mapping(ref.get("item")))]


def _markup(item: dict[str, Any]) -> str:
    text, meta = words(item.get("text")), mapping(item.get("meta"))
    quote, credit = words(meta.get("quote")), words(meta.get("credit"))
    if item.get("item_type") == "quote" and quote:
        return f"<blockquote>{quote}</blockquote>" + (f"<p>{escape(credit)}</p>" if credit else "")
    return f"<div>{text}</div>" if text else ""


def _older(url: str, envelope: dict[str, Any]) -> str | None:
    """The next page. Its address is stated from the root of the API: `client_blogs/<blog>/posts?page=2`."""
    stated = words(mapping(mapping(envelope.get("_links")).get("next")).get("href"))
    root, found, _ = url.partition("/client_blogs/")
    return f"{root}/{stated.lstrip('/')}" if stated and found else None
