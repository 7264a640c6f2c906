"""NPR's live blog template. Each update is a `.liveblog-item.post`; one more may be pinned above them."""

from __future__ import annotations

from parsel import Selector

from archive.model import Extraction, Update
from crawler.layouts import Layout, inner_html, read_each, text_of, without
from crawler.page import Page

_POSTS = ".liveblog .liveblog-item.post[id]"


class Nprapps(Layout):
    name = "NPR live blog"
    checked = False

    def matches(self, page: Page) -> bool:
        return page.format == "html" and page.holds(b"liveblog-item") and bool(page.css(f"{_POSTS} .post-timestamp"))

    def extract(self, page: Page) -> Extraction:
        updates, warnings = read_each(page.css(f"#pinned.pinned-post, {_POSTS}"), self._update)
        return Extraction(url=page.canonical_url, title=page.title, updates=updates, complete=not warnings, warnings=warnings)

    def _update(self, post: Selector) -> Update | None:
        classes = post.attrib.get("class", "").split()
        if "draft" in classes:
            return None
        pinned = "pinned-post" in classes
        author = text_of(post.css(".post-author"))
        body = without(inner_html(post.css(".post-content")), ".post-author, .nested-embed")
        if pinned and body is None:
            return None
        return Update(
            source_id=post.attrib["id"],
            url=f"#{post.attrib['id']}",
            title=text_of(post.css(".post-headline")),
            byline=author.strip("\u2014 ") or None if author else None,
            html=body,
            published=self.when(text_of(post.css(".post-timestamp"))),
            # The pinned post is one that is written anew; the page states its last change only.
            updated=self.when(post.attrib.get("data-last-updated")),
            kind="key_event" if post.css(".post-label") else "post",
            pinned=pinned,
        )
