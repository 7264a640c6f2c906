"""Sourcefabric (Superdesk) Live Blog: the rendered embed. Each update is an `article[data-post-id]`."""

from __future__ import annotations

from dataclasses import replace

from parsel import Selector

from archive.model import Extraction, Update
from crawler.layouts import Layout, inner_html, read_each, text_of, without
from crawler.page import Page

_POSTS = "article.lb-post[data-post-id], article.lb-sticky-top-post[data-post-id]"


class SourcefabricEmbed(Layout):
    name = "Sourcefabric Live Blog"
    ids_are_global = True
    checked = False

    def matches(self, page: Page) -> bool:
        if page.format != "html" or (page.names_live_blog and b"data-post-id" not in page.markup):
            return False  # a page that names the type need not be parsed
        articles = page.selector.root.iter("article")
        return any(article.get("data-post-id") is not None for article in articles) and bool(page.css(_POSTS))

    def extract(self, page: Page) -> Extraction:
        updates, warnings = read_each(page.css(_POSTS), self._update)
        # A pinned post can stand at the top, without its time, and at its place.
        placed = {update.source_id: update for update in updates}
        pinned = {update.source_id for update in updates if update.pinned}
        return Extraction(
            url=page.canonical_url,
            title=page.title,
            updates=tuple(replace(u, pinned=u.source_id in pinned) for u in updates if placed[u.source_id] is u),
            warnings=warnings,
        )

    def _update(self, post: Selector) -> Update | None:
        classes = post.attrib.get("class", "").split()
        if "data-tombstone" in post.attrib or "hide-item" in classes:
            return None
        items = post.css(".items-container > .lb-item")
        kinds = {name for item in items for name in item.attrib.get("class", "").split()} - {"lb-item"}
        kind = "quote" if kinds == {"quote"} else "media" if kinds and kinds <= {"image", "embed", "video", "portraitimage"} else "post"
        return Update(
            source_id=post.attrib["data-post-id"],
            byline=text_of(post.css(".lb-author__name")),
            html=without(inner_html(items), ".lb-author"),
            # The visible date is wrong: it prints the month in the place of the minutes.
            published=self.when(post.css(".lb-post-date::attr(data-js-timestamp)").get()),
            updated=self.when(post.css(".lb-post-updated-time::attr(data-js-timestamp)").get()),
            kind="key_event" if "lb-post--highlighted" in classes else kind,
            pinned=post.attrib.get("data-post-sticky", "").lower() == "true" or "lb-sticky-top-post" in classes,
        )
