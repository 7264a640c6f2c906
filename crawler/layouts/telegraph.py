"""The Telegraph. Each update is a `div[data-js=live-post]`; all of them are on the page, newest first."""

from __future__ import annotations

from parsel import Selector

from archive.errors import ExtractionError
from archive.media import media_of
from archive.model import Extraction, Update
from archive.normalise import element_text
from crawler.layouts import Layout, read_each
from crawler.page import Page
from crawler.structured import live_blog_posting, read_posting, union


class Telegraph(Layout):
    publisher = "telegraph"
    name = "The Telegraph"
    domains = ("telegraph.co.uk",)
    zone = "Europe/London"
    language = "en"

    def matches(self, page: Page) -> bool:
        return page.format == "html" and b"live-post" in page.body and bool(page.css("div[data-js=live-post]"))

    def extract(self, page: Page) -> Extraction:
        shown, warnings = read_each(page.css("div[data-js=live-post]"), self._update)
        ids = {update.source_id for update in shown}
        posting = live_blog_posting(page)
        stated = read_posting(page, posting, zone=self.zone, shown=ids) if posting else Extraction()
        # JSON-LD lists the same updates, some with an empty body: it only adds what the page does not show.
        missing = tuple(u if u.source_id not in ids else Update(source_id=u.source_id) for u in stated.updates)
        stream = page.css("article.live-stream")
        return Extraction(
            url=page.canonical_url,
            title=page.title,
            standfirst=stated.standfirst or page.meta("description"),
            updates=union(shown, missing),
            # No page of this layout was seen to have a second one; the oldest update is the one without a number.
            complete=bool(page.css("#livepost")) and {update.source_id for update in stated.updates} <= ids and not warnings,
            ended=not (b"live-stream--isLive" in page.body and stream.css(".live-stream--isLive")) if stream else None,
            warnings=warnings,
            coverage_start=stated.coverage_start,
        )

    def _update(self, post: Selector) -> Update:
        # The creation time in milliseconds. The post's own id (livepost46) counts places on the page.
        anchors = (anchor for anchor in post.root.iter("a") if anchor.get("id") and next(anchor.iter("time"), None) is not None)
        source_id = next((str(anchor.get("id")) for anchor in anchors), None)
        if not source_id:
            raise ExtractionError("expected an anchor with an id around the time of a live post, found none")
        title = post.css("h3.live-post__title")[:1]
        # Pictures and embedded posts of other sites stand beside the text, in containers of their own.
        parts = post.css("[data-test=article-body-text], figure, [data-test=html-embed]")
        body = (part.get() if part.attrib.get("data-test") == "article-body-text" else media_of(part.root) for part in parts)
        return Update(
            source_id=source_id,
            url=f"#{source_id}",
            title=element_text(title[0].root) if title else None,
            html="".join(body) or None,
            published=self.when(post.css("time::attr(datetime)").get()),
        )
