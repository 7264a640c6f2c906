"""The discover spider: asks each front once and hands on the live pages it leads to."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.fronts import Asked, read_answer
from crawler.spiders.live import LiveSpider


class DiscoverSpider(LiveSpider):
    """Asks each front once, and the sitemaps an index leads to, which lead no further. Nothing is recorded.

    `scrapy crawl discover -a urls=https://...,https://...` works too.
    """

    name = "discover"
    custom_settings = {"ITEM_PIPELINES": {}}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fronts = frozenset(self.urls)
        self.followed: set[str] = set(self.urls)

    async def parse(self, response: Response, *, asked: str) -> AsyncIterator[Asked | Request]:  # type: ignore[override]
        answer = read_answer(self.capture_of(response, asked))
        yield answer
        host = urlsplit(asked).netloc
        others = [host]
        for url in answer.sitemaps if asked in self.fronts else ():
            if url not in self.followed:
                self.followed.add(url)
                other = urlsplit(url).netloc
                self.queues.setdefault(other, deque()).append(url)
                others.append(other)
        for name in dict.fromkeys(others):
            async for request in self.next_of(name):
                yield request

    async def failed(self, failure: Failure) -> AsyncIterator[Asked | Request]:  # type: ignore[override]
        url = failure.request.cb_kwargs["asked"]  # type: ignore[attr-defined]
        problem = self.no_answer(failure, url)
        yield Asked(url=url, at=problem.at, outcome=problem.outcome, message=problem.message)
        async for request in self.next_of(urlsplit(url).netloc):
            yield request
