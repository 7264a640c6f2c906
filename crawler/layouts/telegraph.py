"""The Telegraph. Each update is a `div[data-js=live-post]`; all of them are on the page, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from archive.errors import ExtractionError
from archive.media import media_of
from archive.model import Extraction, Update
from archive.normalise import element_text
from crawler.layouts import Layout, read_each
from crawler.page import Page
from crawler.structured import live_blog_posting, read_posting, union

_STREAM, _IS_LIVE = "live-stream", "live-stream--isLive"
_TEXT = "article-body-text"
_HOLDERS = frozenset((_TEXT, "html-embed"))
_OLDEST = etree.XPath("id('livepost')")


class Telegraph(Layout):
    publisher = "telegraph"
    name = "The Telegraph"
    domains = ("telegraph.co.uk",)
    zone = "Europe/London"
    language = "en"
    fronts = ("https://www.telegraph.co.uk/",)

    def matches(self, page: Page) -> bool:
        return page.format == "html" and b"live-post" in page.body and next(_posts(page), None) is not None

    def extract(self, page: Page) -> Extraction:
        shown, warnings = read_each(_posts(page), self._update)
        ids = {update.source_id for update in shown}
        posting = live_blog_posting(page)
        stated = read_posting(page, posting, zone=self.zone, shown=ids) if posting else Extraction()
        # JSON-LD lists the same updates, some with an empty body: it only adds what the page does not show.
        listed = {update.source_id for update in stated.updates}
        missing = tuple(u if u.source_id not in ids else Update(source_id=u.source_id) for u in stated.updates)
        streams = [article for article in page.selector.root.iter("article") if _STREAM in (article.get("class") or "")]
        streams = [article for article in streams if _STREAM in _classes(article)]
        return Extraction(
            url=page.canonical_url,
            title=page.title,
            standfirst=stated.standfirst or page.meta("description"),
            updates=shown if listed <= ids else union(shown, missing),
            # No page of this layout was seen to have a second one; the oldest update is the one without a number.
            complete=bool(_OLDEST(page.selector.root)) and listed <= ids and not warnings,
            ended=not any(_IS_LIVE in _classes(inside) for stream in streams for inside in stream.iter(etree.Element)) if streams else None,
            warnings=warnings,
            coverage_start=stated.coverage_start,
        )

    def _update(self, post: Any) -> Update:
        # The creation time in milliseconds. The post's own id (livepost46) counts places on the page.
        anchors = (anchor for anchor in post.iter("a") if anchor.get("id") and next(anchor.iter("time"), None) is not None)
        source_id = next((str(anchor.get("id")) for anchor in anchors), None)
        if not source_id:
            raise ExtractionError("expected an anchor with an id around the time of a live post, found none")
        title = next((heading for heading in post.iter("h3") if "live-post__title" in _classes(heading)), None)
        times = (stated for time in post.iter("time") if (stated := time.get("datetime")) is not None)
        # Pictures and embedded posts of other sites stand beside the text, in containers of their own.
        return Update(
            source_id=source_id,
            url=f"#{source_id}",
            title=None if title is None else element_text(title),
            html="".join([_part(box) for box in post.iter(etree.Element) if box.get("data-test") in _HOLDERS or box.tag == "figure"])
            or None,
            published=self.when(next(times, None)),
        )


def _part(element: Any) -> str:
    """The markup of a text, a picture or an embedded post."""
    if element.get("data-test") == _TEXT:
        return str(etree.tostring(element, encoding="unicode", method="html", with_tail=False))
    return media_of(element)


def _posts(page: Page) -> Iterator[Any]:
    return (box for box in page.selector.root.iter("div") if box.get("data-js") == "live-post")


def _classes(element: Any) -> list[str]:
    return (element.get("class") or "").split()
