"""BBC live pages of 2015 to 2023, the `lx-stream`, and the answers its data service gave for them.

The list shows UK clock times. The same mark-up also served topic indexes, whose posts are cards of stories.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from parsel import Selector

from archive.clocks import Clock, place, read_clock
from archive.errors import ExtractionError
from archive.model import Extraction, Update, When
from archive.normalise import absolute_url, element_text
from crawler.answers import count, mapping, mappings, words
from crawler.layouts import Layout, inner_html, page_changed, read_each, text_of, without
from crawler.page import Page

_POSTS = ".lx-stream__post-container article, article.lx-stream-post"
# Of what the time is printed in, the first says it once: "12:34 5 Nov".
_TIMES = (".qa-post-auto-meta", ".qa-visually-hidden-meta", "[class*=lx-stream-post__meta-time], time", ".lx-stream-post__meta")
_ID = re.compile(r"(?:post_)?([0-9a-f]{24}|envelope_\d+)")  # post_5f6b2f4c9d2e1c0b8a7d6e5f
_ASSET = re.compile(r"assetUri(?:/|%2F)(.+?)(?:/|%2F)(?:isUk|limit)", re.I)
_BOXES = ".lx-stream-post__contributor, .lx-share-tools, .qa-share, script, aside, button, noscript"
_MEDIA = ".lx-media-asset"


class Bbc(Layout):
    publisher = "bbc"
    name = "BBC"
    domains = ("bbc.co.uk", "bbc.com", "bbci.co.uk")
    zone = "Europe/London"
    language = "en"
    fronts = ("https://www.bbc.co.uk/news", "https://www.bbc.co.uk/sport")
    live_url = re.compile(r"/live/(?:[\w/-]{0,200}[-/])?(?:\d{8}|c[a-z0-9]{6,})(?:/|$)")  # /sport/football/live/c7p765ynk9qt
    ids_are_global = True
    live_blog_number = re.compile(r"/live/(?:.*?[-/])?(\d{8})(?:/|$)")  # /news/live/world-europe-54201656/page/2
    checked = False

    def matches(self, page: Page) -> bool:
        if page.format == "json":
            return b"lx-commentary-data" in page.body and bool(_results(page.json))
        return page.format == "html" and b"lx-stream" in page.body and bool(page.css(_POSTS))

    def extract(self, page: Page) -> Extraction:
        return self._from_answer(page) if page.format == "json" else self._from_page(page)

    def _from_page(self, page: Page) -> Extraction:
        posts = page.css(_POSTS)
        times = self._times(page, [_clock(post) for post in posts])
        updates, warnings = read_each(list(zip(posts, times, strict=True)), lambda pair: _update(*pair))
        # A pinned post repeats one of the stream.
        once = {update.source_id or id(update): update for update in reversed(updates)}
        found = re.search(r"/page/(\d+)", page.url)
        following = int(found[1]) + 1 if found else 2
        older = next((a for a in page.css("a[href]::attr(href)").getall() if a.rstrip("/").endswith(f"/page/{following}")), None)
        return Extraction(
            url=re.sub(r"/page/\d+/?$", "", page.canonical_url),
            title=page.title,
            kind="topic" if "/topics/" in urlsplit(page.url).path else "live_blog",
            updates=tuple(update for update in updates if once[update.source_id or id(update)] is update),
            older_url=absolute_url(older, base=page.url),
            warnings=warnings,
        )

    def _times(self, page: Page, clocks: list[Clock | None]) -> list[When | None]:
        near = page_changed(page, zone=self.zone)
        if near is None:
            return [None] * len(clocks)
        if any(clock and clock.day for clock in clocks):
            # Where some posts name their day, the others are of the day the page was made.
            return [place([clock], near=near, zone=self.zone)[0] for clock in clocks]
        return place(clocks, near=near, zone=self.zone)

    def _from_answer(self, page: Page) -> Extraction:
        results = _results(page.json)
        asset = _ASSET.search(page.url)
        path = asset[1].replace("%252F", "/").replace("%2F", "/").strip("/") if asset else None
        updates, warnings = read_each(results, lambda result: self._answered(result, path))
        return Extraction(
            updates=updates,
            complete=_pages(page.json) == 1 and not warnings,
            warnings=warnings,
            live_blog_key=self.live_blog_key(f"https://www.bbc.co.uk/{path}") if path else None,
        )

    def _answered(self, result: dict[str, Any], path: str | None) -> Update:
        asset, locator = words(result.get("assetId")), words(result.get("locator"))
        named = _ID.search(f"{locator} {asset}")
        source_id = named[1] if named else asset
        if source_id is None:
            raise ExtractionError(f"expected a post with an assetId, found {str(result)[:60]!r}")
        return Update(
            source_id=source_id,
            url=f"https://www.bbc.co.uk/{path}?pinned_post_locator={locator}" if path and locator else None,
            title=words(result.get("title")),
            html=words(result.get("body")),
            published=self.when(result.get("dateAdded")),
        )


def _update(post: Selector, when: When | None) -> Update:
    named = _ID.fullmatch(post.attrib.get("id", ""))
    title = post.css(".lx-stream-post__header-text, .lx-stream-post__header")[:1]
    # The label runs into the headline: "BreakingUK records ...".
    words = element_text(title[0].root) if title else ""
    labels = [element_text(label.root) for label in title.css("[class*=breaking], [class*=label]")]
    for label in filter(None, labels):
        words = words.removeprefix(label).strip()
    # A name, and below it the role or the place.
    names = [text_of(person.css(".qa-contributor-name") or person.css("p")) for person in post.css(".lx-stream-post__contributor")]
    byline = ", ".join(filter(None, names))
    return Update(
        source_id=named[1] if named else None,
        url=post.css("a.lx-stream-post__header-link::attr(href)").get() or (f"?pinned_post_locator={post.attrib['id']}" if named else None),
        title=words.removeprefix("Breaking").strip() if re.match(r"Breaking(?=[A-Z\n])", words) else words or None,
        byline=byline or None,
        html=without(inner_html(post.css(".lx-stream-post-body, .qa-post-body")[:1]), _BOXES, media=_MEDIA),
        published=when,
    )


def _clock(post: Selector) -> Clock | None:
    texts = (text_of(found) for query in _TIMES for found in post.css(query))
    return next((clock for text in texts if text and (clock := read_clock(text))), None)


def _results(data: Any) -> list[dict[str, Any]]:
    return [result for body in _bodies(data) for result in mappings(body.get("results")) if "dateAdded" in result]


def _pages(data: Any) -> int | None:
    return next((count(body["numberOfPages"]) for body in _bodies(data) if "numberOfPages" in body), None)


def _bodies(data: Any) -> list[dict[str, Any]]:
    return [mapping(part.get("body")) for part in mappings(mapping(data).get("payload"))]
