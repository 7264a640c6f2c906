"""la Repubblica and other GEDI titles. Each update is a `section.liveblog__post`; JSON-LD lists the same ones.

The page shows Rome wall clock with a false Z; JSON-LD states the true UTC, to the second.
"""

from __future__ import annotations

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

from parsel import Selector, SelectorList

from archive.errors import ExtractionError
from archive.model import Extraction, Update, When
from archive.normalise import element_text, one_line
from crawler.layouts import Layout, inner_html, read_each, text_of, without
from crawler.page import Page
from crawler.structured import live_blog_posting, read_posting

_POSTS = "section.liveblog__post[id]"
_CUT = 40  # JSON-LD cuts long headlines, some in the middle of an escape
# Other stories and videos put between the paragraphs (inline-article, inline-video). An inline-photo is the update's own.
_BOXES = "[class^='inline-']:not(figure), figure:not(.inline-photo), gdwc-video-component"
_PLACEHOLDER = re.compile(r"\[\[[^\[\]]*\]\]")  # [[ge:rep-locali:repubblica:419430007]]: a picture that was not put in


class Gedi(Layout):
    """The same structure at another GEDI title."""

    name = "GEDI"
    zone = "Europe/Rome"
    language = "it"
    live_blog_number = re.compile(r"-(\d{6,})/?$")  # .../diretta/israele_hamas_news-419364605/: the words before it change
    checked = False

    def matches(self, page: Page) -> bool:
        return page.format == "html" and page.holds(b"liveblog__post") and bool(page.css(f"{_POSTS} .liveblog__post__pubdate"))

    def extract(self, page: Page) -> Extraction:
        posting = live_blog_posting(page)
        stated = read_posting(page, posting, zone=self.zone) if posting else Extraction()
        posts = page.css(_POSTS)
        listed = dict(zip((post.attrib["id"] for post in posts), self._listed(posts, stated.updates), strict=True))
        updates, warnings = read_each(posts, lambda post: self._update(post, listed[post.attrib["id"]]))
        return Extraction(
            url=page.canonical_url,
            # The first h1 names the section.
            title=text_of(page.css("h1.story__title")) or page.meta("og:title"),
            standfirst=stated.standfirst,
            updates=updates,
            complete=bool(stated.updates) and len(stated.updates) == len(updates),
            warnings=warnings + stated.warnings,
            coverage_start=stated.coverage_start,
        )

    def _listed(self, posts: SelectorList[Selector], stated: tuple[Update, ...]) -> list[Update | None]:
        """What JSON-LD states of each post: the first not yet taken that shows the same minute and first words."""
        left: dict[str | None, list[Update]] = {}
        for update in stated:
            left.setdefault(self._minute(update.published), []).append(update)
        found = []
        for post in posts:
            alike, words = left.get(self._minute(self._shown(post)), []), _words(post)
            match = next((update for update in alike if words.startswith(_start(update))), alike[0] if len(alike) == 1 else None)
            if match is not None:
                alike.remove(match)
            found.append(match)
        return found

    def _update(self, post: Selector, listed: Update | None) -> Update:
        title, body = _parts(post, listed)
        update = Update(
            source_id=post.attrib["id"],
            url=f"#{post.attrib['id']}",
            title=title,
            html=_PLACEHOLDER.sub("", body) if body else None,
            published=self._shown(post),
        )
        if listed is None:
            return update
        return replace(update, published=listed.published or update.published, updated=listed.updated, byline=listed.byline)

    def _shown(self, post: Selector) -> When | None:
        raw = post.css(".liveblog__post__pubdate::attr(datetime)").get()
        return self.when(raw.strip().removesuffix("Z")) if raw else None

    def _minute(self, when: When | None) -> str | None:
        return f"{when.instant.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M}" if when else None


class Repubblica(Gedi):
    publisher = "repubblica"
    name = "la Repubblica"
    domains = ("repubblica.it",)
    fronts = ("https://www.repubblica.it/",)
    live_url = re.compile(r"/diretta/[\w.-]+-\d{6,}/?$")  # /esteri/2023/11/02/diretta/israele_hamas_news-419364605/
    checked = True


def _parts(post: Selector, listed: Update | None) -> tuple[str | None, str | None]:
    """Headline and body. The markup puts a paragraph into the h2, which no parser leaves there: the h2 ends up
    empty and the headline is the first paragraph below it."""
    content = post.css(".liveblog__post__content")
    if not content:
        raise ExtractionError(f"expected a .liveblog__post__content in post {post.attrib['id']}, found none")
    title = text_of(content.css(".liveblog__post__title"))
    body = without(inner_html(content), f".liveblog__post__title, {_BOXES}")
    if title or not content.css(".liveblog__post__title"):
        return title, body
    below = content[0].xpath("./*[contains(@class, 'liveblog__post__title')]/following-sibling::*[1][self::p]")
    first = text_of(below)
    if first is None or (listed is not None and not listed.title):
        return None, body
    return first, (body or "").replace(below[0].get(), "", 1)


def _words(post: Selector) -> str:
    found = post.css(".liveblog__post__content")
    return one_line(element_text(found[0].root) if found else "") or ""


def _start(update: Update) -> str:
    return (one_line(update.title or update.text) or "")[:_CUT]
