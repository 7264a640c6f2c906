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
_TEXT, _EMBED = "article-body-text", "html-embed"
_READ = ("a", "time", "h3", "div", "figure")
_OLDEST = "livepost"


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
        posts = list(_posts(page))
        shown, warnings = read_each(posts, self._update)
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
            complete=any(post.get("id") == _OLDEST for post in posts) and listed <= ids and not warnings,
            ended=not (_IS_LIVE.encode() in page.body and any(map(_is_live, streams))) if streams else None,
            warnings=warnings,
            coverage_start=stated.coverage_start,
        )

    def _update(self, post: Any) -> Update:
        source_id = title = stated = None
        parts: list[str] = []
        for element in post.iter(*_READ):
            tag = element.tag
            if tag == "div" or tag == "figure":
                # Pictures and embedded posts of other sites stand beside the text, in containers of their own.
                held = element.get("data-test")
                if held == _TEXT:
                    parts.append(str(etree.tostring(element, encoding="unicode", method="html", with_tail=False)))
                elif tag == "figure" or held == _EMBED:
                    parts.append(media_of(element))
            elif tag == "time":
                stated = stated or element.get("datetime")
            elif tag == "h3":
                title = element if title is None and "live-post__title" in _classes(element) else title
            elif source_id is None and element.get("id") and next(element.iter("time"), None) is not None:
                # The creation time in milliseconds. The post's own id (livepost46) counts places on the page.
                source_id = str(element.get("id"))
        if not source_id:
            raise ExtractionError("expected an anchor with an id around the time of a live post, found none")
        return Update(
            source_id=source_id,
            url=f"#{source_id}",
            title=None if title is None else element_text(title),
            html="".join(parts) or None,
            published=self.when(stated),
        )


def _is_live(stream: Any) -> bool:
    return any(_IS_LIVE in _classes(inside) for inside in stream.iter(etree.Element))


def _posts(page: Page) -> Iterator[Any]:
    return (box for box in page.selector.root.iter("div") if box.get("data-js") == "live-post")


def _classes(element: Any) -> list[str]:
    return (element.get("class") or "").split()
