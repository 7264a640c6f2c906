"""Le Monde. Each update is a section with `.content--live`; the list shows clock times only. Many updates answer a
reader: question and answer are one update."""

from __future__ import annotations

import re
from html import escape

from parsel import Selector, SelectorList

from archive.clocks import place, read_clock
from archive.model import Extraction, Update, When
from archive.times import day_in_url
from crawler.layouts import Layout, inner_html, page_changed, read_each, text_of, without
from crawler.page import Page

# The container's class changed over the years; what it holds did not.
_POSTS = "section.post__live-container, .post__live-section, .post-container, #post-container > section, section.sirius-live > section"
_TITLE = ".post__live-container--title"
_QUESTION = ".post__live-container--comment-content"
_BOXES = f"{_TITLE}, {_QUESTION}, script, aside"
_MEDIA = "div.post__live-container--figure, div.post__live-container--img"


class LeMonde(Layout):
    publisher = "lemonde"
    name = "Le Monde"
    domains = ("lemonde.fr",)
    zone = "Europe/Paris"
    language = "fr"
    fronts = ("https://www.lemonde.fr/", "https://www.lemonde.fr/sitemap_news.xml")
    live_url = re.compile(r"/live/\d{4}/\d\d/\d\d/.")  # /international/live/2023/10/07/en-direct-..._6193097_3210.html
    checked = False

    def matches(self, page: Page) -> bool:
        return page.format == "html" and b"content--live" in page.body and bool(_posts(page))

    def extract(self, page: Page) -> Extraction:
        posts = _posts(page)
        times = self._times(page, posts)
        updates, warnings = read_each(list(zip(posts, times, strict=True)), lambda pair: _update(*pair))
        label = page.css(".label__live")
        return Extraction(
            url=page.canonical_url,
            title=page.title,
            standfirst=page.meta("description"),
            updates=updates,
            ended=bool(page.css(".label__live--off")) if label else None,
            warnings=warnings,
        )

    def _times(self, page: Page, posts: list[Selector]) -> list[When | None]:
        near = page_changed(page, zone=self.zone) or day_in_url(page.url)
        clocks = [read_clock(text_of(post.css(".date")) or "") for post in posts]
        return place(clocks, near=near, zone=self.zone) if near else [None] * len(posts)


def _posts(page: Page) -> list[Selector]:
    """The innermost containers, each with one text: older layouts nest what newer ones put side by side."""
    return [post for post in page.css(_POSTS) if len(post.css(".content--live")) == 1]


def _update(post: Selector, when: When | None) -> Update:
    content = post.css(".content--live")
    classes = post.attrib.get("class", "")
    essential = "--essential" in classes or post.attrib.get("data-post-essential", "false") != "false"
    source_id = post.attrib.get("id") or post.attrib.get("data-post-id")
    return Update(
        source_id=source_id,
        url=f"#{source_id}" if post.attrib.get("id") else None,
        title=text_of(content.css(_TITLE)),
        html=(_question(content.css(_QUESTION)) + (without(inner_html(content), _BOXES, media=_MEDIA) or "")) or None,
        published=when,
        kind="key_event" if essential else "post",
    )


def _question(found: SelectorList[Selector]) -> str:
    """A reader's words as a quotation, the name below them."""
    words = text_of(found.css(".post__live-container--comment-blockquote")) or text_of(found)
    name = text_of(found.css(".post__live-container--comment-author"))
    if words is None:
        return ""
    return f"<blockquote><p>{escape(words)}</p></blockquote>" + (f"<p>{escape(name)}</p>" if name and name != words else "")
