"""The backfill spider: polls live pages and follows the links to their older pages to the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.backfilling import Walk
from crawler.pipeline import Answer, NoAnswer
from crawler.recorder import Polled
from crawler.spiders.live import LiveSpider


class BackfillSpider(LiveSpider):
    """Polls each address once, then its older pages from where an earlier run stopped, each when the one before is recorded.

    `scrapy crawl backfill -a urls=https://...,https://...` works too.
    """

    name = "backfill"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.walks: dict[str, Walk] = {}  # by the older page that is next

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.recorded, signal=signals.item_scraped)
        crawler.signals.connect(spider.not_recorded, signal=signals.item_error)
        return spider

    def poll(self, url: str) -> Request:
        """The request for one poll, of a live page or of the older page that comes next in a walk."""
        walk = self.walks.pop(url, None) or Walk(url)
        return Request(url, callback=self.parse, errback=self.failed, cb_kwargs={"asked": url, "walk": walk})

    async def parse(self, response: Response, *, asked: str, walk: Walk) -> AsyncIterator[Answer]:  # type: ignore[override]
        yield Answer(capture=self.capture_of(response, asked), milliseconds=self.latency(response), walk=walk)

    async def failed(self, failure: Failure) -> AsyncIterator[NoAnswer]:
        asked = failure.request.cb_kwargs  # type: ignore[attr-defined]
        yield replace(self.no_answer(failure, asked["asked"]), walk=asked["walk"])

    async def recorded(self, item: Polled, response: Response | Failure) -> None:
        """Go on with the next older page, else with the next live page of the host."""
        walk: Walk = response.request.cb_kwargs["walk"]  # type: ignore[union-attr]
        if item.older_url:
            self.walks[item.older_url] = walk
            self.queues[urlsplit(walk.url).netloc].appendleft(item.older_url)
        await self.go_on(walk)

    async def not_recorded(self, response: Response | Failure) -> None:
        await self.go_on(response.request.cb_kwargs["walk"])  # type: ignore[union-attr]

    async def go_on(self, walk: Walk) -> None:
        async for request in self.next_of(urlsplit(walk.url).netloc):
            self.crawler.engine.crawl(request)
