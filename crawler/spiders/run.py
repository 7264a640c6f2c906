"""The run spider: polls whatever is due, without end. What is due stands in the archive, so a kill loses nothing."""

from __future__ import annotations

import asyncio
import math
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from archive import watches
from archive.folder import Folder
from archive.opening import open_reader
from archive.status import last_request
from archive.watches import Watch
from crawler.pipeline import Answer, NoAnswer
from crawler.recorder import Polled
from crawler.settings import SPIDER_MIDDLEWARES
from crawler.spiders.live import LiveSpider

_LOOK_EVERY = 0.5  # seconds between two looks at what is due
_LOOKS_SHARE = 0.05  # of the time, at most, may go into looking: with a hundred thousand pages due, looks come less often


class RunSpider(LiveSpider):
    """Polls what is due on the watch list, one page at a time a host, until it is stopped."""

    name = "run"
    # Hosts at once: those that wait for their gap, answer slowly or never must not hold up the others. 2 GiB if all of them are hostile.
    # What is asked for next is chosen here, host by host, and not by Scrapy's queue; an answer brings no further request.
    custom_settings = {
        "CONCURRENT_REQUESTS": 128,
        "SCHEDULER_PRIORITY_QUEUE": "scrapy.pqueues.ScrapyPriorityQueue",
        "SPIDER_MIDDLEWARES": {**SPIDER_MIDDLEWARES, "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None},
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.waiting: dict[str, deque[str]] = {}  # by host, what was due at the last look and has not been asked for since
        self.free: deque[str] = deque()  # hosts among them that nothing is being asked of
        self.busy: set[str] = set()
        self.asked: dict[str, float] = {}  # when pages were asked for, monotonic seconds, for as long as they may not be again
        self.look_at = 0.0
        self.began = time.monotonic()
        self.wake = asyncio.Event()
        self.reader: sqlite3.Connection | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        # Not when the spider has handed on an answer, but when it is on record: only then does the list say when the page is due again.
        crawler.signals.connect(spider.recorded, signal=signals.item_scraped)
        crawler.signals.connect(spider.failed_to_record, signal=signals.item_error)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        await self.wait_for_turn()
        while True:
            self.wake.clear()
            now = datetime.now(UTC)
            if time.monotonic() >= self.look_at:
                self.look(now)
            for watch in self.due(now):
                yield self.request(watch)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), max(0.0, self.look_at - time.monotonic()))

    def look(self, now: datetime) -> None:
        """See what is due, the longest overdue first at each host."""
        began = time.monotonic()
        self.waiting = {}
        for url in watches.due(self._reader(), at=now):
            self.waiting.setdefault(host_of(url), deque()).append(url)
        self.free = deque(host for host in self.waiting if host not in self.busy)
        over = began - self.settings.getfloat("STOPPRESS_POLL_GAP") - 1
        self.asked = {url: at for url, at in self.asked.items() if at > over}
        ended = time.monotonic()
        self.look_at = ended + max(_LOOK_EVERY, (ended - began) / _LOOKS_SHARE)

    def due(self, now: datetime) -> Iterator[Watch]:
        """The next page of each host that is free. The list may have changed since the last look: the page is looked up again."""
        while self.free:
            host = self.free.popleft()
            waiting = self.waiting.get(host)
            while waiting and host not in self.busy:
                watch = watches.get(self._reader(), waiting.popleft())
                if watch is not None and self.may_be_asked(watch, now):
                    self.busy.add(host)
                    self.asked[watch.url] = time.monotonic()
                    yield watch

    def may_be_asked(self, watch: Watch, now: datetime) -> bool:
        """Whether a page is due and was not asked for a moment ago, by whatever process."""
        if watch.is_paused or watch.next_poll_at is None or watch.next_poll_at > now:
            return False
        gap = self.settings.getfloat("STOPPRESS_POLL_GAP") + 1  # what is on record is cut to the second
        if time.monotonic() < self.asked.get(watch.url, -math.inf) + gap:
            return False  # whatever became of that poll: not even one that could not be recorded makes us ask more often
        if time.monotonic() > self.began + gap:
            return True  # nobody else asks while we hold the crawler's place
        last = last_request(self._reader(), watch.url)
        return last is None or not last <= now < last + timedelta(seconds=gap)

    def request(self, watch: Watch) -> Request:
        """The request for one poll; what the page's last answer named is sent back, so that it need not be sent again."""
        headers = {"If-None-Match": watch.etag, "If-Modified-Since": watch.last_modified}
        return Request(
            watch.url,
            headers={name: value for name, value in headers.items() if value},
            callback=self.parse_watched,
            errback=self.failed_watched,
            cb_kwargs={"watch": watch},
        )

    async def parse_watched(self, response: Response, *, watch: Watch) -> AsyncIterator[Answer]:
        yield Answer(capture=self.capture_of(response, watch.url), milliseconds=self.latency(response), watch=watch)

    async def failed_watched(self, failure: Failure) -> AsyncIterator[NoAnswer]:
        watch: Watch = failure.request.cb_kwargs["watch"]  # type: ignore[attr-defined]
        yield self.no_answer(failure, watch.url, watch=watch)

    def recorded(self, item: Polled) -> None:
        self.done(item.url)

    def failed_to_record(self, item: Answer | NoAnswer) -> None:
        if item.watch is not None:
            self.done(item.watch.url)

    def done(self, url: str) -> None:
        """Let the next page of a host be asked for."""
        host = host_of(url)
        self.busy.discard(host)
        self.asked[url] = time.monotonic()  # it may have waited for robots.txt and its host's turn
        if self.waiting.get(host):
            self.free.append(host)
            self.wake.set()

    def _reader(self) -> sqlite3.Connection:
        if self.reader is None:
            self.reader = open_reader(Folder(Path(self.settings["STOPPRESS_ARCHIVE"])).archive)
        return self.reader

    def closed(self, reason: str) -> None:
        if self.reader is not None:
            self.reader.close()


def host_of(url: str) -> str:
    """What one request at a time is asked of: a host by its name, whatever the port."""
    return urlsplit(url).hostname or ""
