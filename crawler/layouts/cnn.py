"""CNN, two layouts: `#posts-and-button article` (to 2023) prints the time of each update, `article.live-story-post`
(since) states when it was last changed; where it prints a time, that is read."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from parsel import Selector

from archive.model import Extraction, Update, When
from archive.reading_times import read_time
from crawler.layouts import Layout, inner_html, read_each, text_of, without
from crawler.page import Page
from crawler.structured import live_blog_posting, read_posting

_OLD = "#posts-and-button article[id]"
_NEW = "article.live-story-post, article.liveStoryPost"
_DAY = re.compile(r"-(\d\d)-(\d\d)-(\d\d)(?:/|$)")  # /live-news/israel-hamas-war-gaza-news-10-29-23/
_ID = re.compile(r"h_[0-9a-f]{8,}")
_BY = re.compile(r"^\s*(?:Analysis )?(?:From|By)\s+(?:CNN\W{0,2}s\s+)?", re.I)  # From CNN's Ann Vale
_BOXES = "header, [class*=related], [class*=social-share], button, script"
_MEDIA = "[class*=image]:not(figure):not(img), [class*=video]:not(figure):not(video)"


class Cnn(Layout):
    publisher = "cnn"
    name = "CNN"
    domains = ("cnn.com",)
    zone = "America/New_York"
    language = "en"
    fronts = ("https://edition.cnn.com/",)
    live_url = re.compile(r"/live-news/[\w-]+")  # /world/live-news/storm-03-03-26/
    ids_are_global = True
    checked = False

    def matches(self, page: Page) -> bool:
        if page.format != "html" or not (b"posts-and-button" in page.body or b"live-story-post" in page.body):
            return False
        return bool(page.css(f"{_OLD}, {_NEW}"))

    def extract(self, page: Page) -> Extraction:
        posting = live_blog_posting(page)
        stated = read_posting(page, posting, zone=self.zone) if posting else Extraction()
        listed = {found[0]: update for update in stated.updates if (found := _ID.search(f"{update.source_id} {update.url}"))}
        day = self._day(page.url)
        old, old_warnings = read_each(page.css(_OLD), lambda post: self._old(post, page, listed))
        new, new_warnings = read_each(page.css(_NEW), lambda post: self._new(post, page, listed, day))
        return Extraction(
            url=page.canonical_url,
            title=page.title,
            standfirst=stated.standfirst,
            updates=old or new,
            warnings=old_warnings + new_warnings,
        )

    def _old(self, post: Selector, page: Page, listed: dict[str, Update]) -> Update:
        header, source_id = post.css("header"), post.attrib["id"]
        raw = text_of(header.css("span")) or ""
        found = listed.get(source_id)
        byline = text_of(header.css("p"))
        return Update(
            source_id=source_id,
            url=f"{page.canonical_url.removesuffix('index.html').rstrip('/')}/{source_id}",
            title=text_of(header.css("h2")),
            byline=_BY.sub("", byline) if byline else None,
            html=without(inner_html(post.css("[class*=content-rendered]")), _BOXES, media=_MEDIA),
            published=found.published if found else read_time(raw, fetched_at=page.fetched_at, zone=self.zone, language="en"),
            updated=found.updated if found else None,
        )

    def _new(self, post: Selector, page: Page, listed: dict[str, Update], day: When | None) -> Update:
        url = next((raw for raw in post.css("[data-url]::attr(data-url)").getall() if _ID.search(raw)), None)
        named = _ID.search(f"{url} {post.attrib.get('id')} {post.attrib.get('data-uri')}")
        found = listed.get(named[0]) if named else None
        byline = text_of(post.css(".live-story-post__byline"))
        # "Updated 9:43 AM EDT, ..." is no time of publication, and is not read as one.
        printed = text_of(post.css(".live-story-post__timestamp")) or ""
        shown = read_time(printed, fetched_at=page.fetched_at, zone=self.zone, language="en")
        return Update(
            source_id=named[0] if named else None,
            url=url,
            title=text_of(post.css(".live-story-post__headline")),
            byline=_BY.sub("", byline) if byline else None,
            html=without(inner_html(post.css(".live-story-post__content")), _BOXES, media=_MEDIA),
            # data-last-updated is the last change; of the first publication the page may tell the day only.
            published=found.published if found and found.published else shown or day,
            updated=self.when(post.attrib.get("data-last-updated")),
        )

    def _day(self, url: str) -> When | None:
        found = _DAY.search(url)
        if not found:
            return None
        month, day, year = (int(part) for part in found.groups())
        try:
            instant = datetime(2000 + year, month, day, tzinfo=ZoneInfo(self.zone))
        except ValueError:
            return None
        return When(instant=instant, precision="day", basis="url", raw=found[0].strip("-/"))
