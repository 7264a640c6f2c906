"""The live spider on the sample site: the whole day in steps, or again and again while its clock runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.demo.server import SampleSite
from crawler.pipeline import Answer, NoAnswer
from crawler.spiders.live import LiveSpider

_ROUND_AT_MOST = 60.0  # seconds; a round takes less than one


class SampleSpider(LiveSpider):
    """Polls the sample site's live pages in rounds, each when the one before is recorded.

    `instants`: the moments of the sample day to poll at, its clock set to each. `speed`: then let the clock
    run so much faster than real time and poll every `pause` real seconds until the day is over.
    """

    name = "sample"

    def __init__(
        self,
        *,
        site: SampleSite,
        instants: Sequence[datetime] = (),
        speed: float | None = None,
        pause: float = 5.0,
        on_round: Callable[[datetime], None] = lambda now: None,
        **kwargs: Any,
    ) -> None:
        super().__init__(urls=polled_urls(site), **kwargs)
        self.site = site
        self.instants = instants
        self.speed = speed
        self.pause = pause
        self.on_round = on_round
        self.open = 0
        self.idle = asyncio.Event()

    async def start(self) -> AsyncIterator[Request]:
        for instant in self.instants:
            self.site.clock.set(instant)
            async for request in self.round():
                yield request
        if self.speed is None:
            return
        self.site.clock.run(self.speed)
        finished = False
        while not finished:
            await asyncio.sleep(self.pause)
            finished = self.site.clock.finished
            async for request in self.round():
                yield request

    async def round(self) -> AsyncIterator[Request]:
        """One poll of every page, ended when each has been answered."""
        self.open = len(self.urls)
        self.idle.clear()
        for url in self.urls:
            yield self.poll(url)
        await asyncio.wait_for(self.idle.wait(), _ROUND_AT_MOST)
        self.on_round(self.site.clock.now())

    async def parse(self, response: Response, *, asked: str) -> AsyncIterator[Answer | Request]:
        async for found in super().parse(response, asked=asked):
            yield found
        self.answered()

    async def failed(self, failure: Failure) -> AsyncIterator[NoAnswer | Request]:
        async for found in super().failed(failure):
            yield found
        self.answered()

    def answered(self) -> None:
        self.open -= 1
        if self.open <= 0:
            self.idle.set()


def polled_urls(site: SampleSite) -> tuple[str, ...]:
    """The pages worth polling: the live ones, and the topic page that shows the beginnings of the same updates."""
    return (*site.urls, f"http://vale.localhost:{site.port}/vale/news/topic/storm/")


def day_in_steps(opens: datetime, closes: datetime, *, minutes: int = 10) -> list[datetime]:
    """Return the moments of the sample day to poll at, first and last included."""
    count = int((closes - opens) / timedelta(minutes=minutes))
    return [opens + timedelta(minutes=minutes * step) for step in range(count + 1)]


def exempt(site: SampleSite) -> list[str]:
    """The hosts of the sample site with its port: what the guard lets through, and nothing else on this machine."""
    from urllib.parse import urlsplit

    return sorted({urlsplit(url).netloc for url in polled_urls(site)})
