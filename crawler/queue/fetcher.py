"""The fetcher: a spider that makes the polls it is given. It needs no archive, and as many may run as the hosts are worth."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.captures import body_digest
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.store import Read
from crawler.crawling import checked, crawl_settings, run
from crawler.pipeline import Answer, NoAnswer
from crawler.queue.desk import Desk, Held
from crawler.queue.link import AsyncLink, Bounds, StoppedError
from crawler.queue.messages import Found
from crawler.recorder import NOT_MODIFIED, Polled, read
from crawler.spiders.live import LiveSpider


class Fetched:
    """A poll that was made, on its way to the recorder."""

    def __init__(self, held: Held, item: Answer | NoAnswer) -> None:
        self.held = held
        self.item = item


class QueueSpider(LiveSpider):
    """Makes polls as `run` does, and hands on what came of them."""

    name = "queue"
    # Fewer than `run` asks at once: what a fetcher holds when it is killed waits until others claim it, and others there can be any number.
    custom_settings = {"CONCURRENT_REQUESTS": 32}

    def __init__(self, queue: str, bounds: Bounds, stopping: threading.Event, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.stopping = stopping
        self.queue = queue
        self.bounds = bounds
        self.desk: Desk
        self.problem: ArchiveError | None = None
        self.end: asyncio.Future[None] | None = None
        self.task: asyncio.Task[None] | None = None

    def open_desk(self) -> None:
        slots = self.settings.getint("CONCURRENT_REQUESTS")
        self.desk = Desk(AsyncLink(self.queue, "fetcher"), bounds=self.bounds, slots=slots, is_stopping=lambda: not self.crawler.crawling)
        self.task = asyncio.ensure_future(self.desk.renewing())

    async def start(self) -> AsyncIterator[Request]:
        try:
            while self.crawler.crawling and not self.stopping.is_set():
                for held in await self.desk.take():
                    checked((held.poll.url,), contact=self.settings["STOPPRESS_CONTACT"])
                    yield self.request(held)
        except StoppedError:
            pass
        except ArchiveError as error:
            # No contact is known for a host: nothing more is asked for, and what is held goes back.
            self.problem = error
        if self.crawler.crawling:
            self.end = asyncio.ensure_future(self.crawler.stop_async())  # not awaited: the end waits for this very coroutine

    def request(self, held: Held) -> Request:
        poll = held.poll
        headers = {"If-None-Match": poll.etag, "If-Modified-Since": poll.last_modified}
        return Request(
            poll.url,
            headers={name: value for name, value in headers.items() if value},
            callback=self.parse_polled,
            errback=self.failed_poll,
            cb_kwargs={"held": held},
        )

    async def parse_polled(self, response: Response, *, held: Held) -> AsyncIterator[Fetched]:
        try:
            item = Answer(capture=self.capture_of(response, held.poll.url), milliseconds=self.latency(response))
        except BaseException:
            self.desk.put_away(held)
            raise
        yield Fetched(held, item)

    async def failed_poll(self, failure: Failure) -> AsyncIterator[Fetched]:
        held: Held = failure.request.cb_kwargs["held"]  # type: ignore[attr-defined]
        yield Fetched(held, self.no_answer(failure, held.poll.url))


class SendPipeline:
    """Reads what was fetched and sends it to the recorder. What is left at the end goes back to the other fetchers."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> SendPipeline:
        return cls(crawler)

    @property
    def spider(self) -> QueueSpider:
        spider = self.crawler.spider
        assert isinstance(spider, QueueSpider)
        return spider

    async def open_spider(self) -> None:
        self.spider.open_desk()

    async def process_item(self, item: Fetched) -> Polled | None:
        desk = self.spider.desk
        try:
            found = found_in(item.held, item.item)
            await desk.send(item.held, found)
        except StoppedError:
            return None  # it is given back
        except BaseException:
            desk.put_away(item.held)
            raise
        desk.put_away(item.held)
        return summary(found)

    async def close_spider(self) -> None:
        spider = self.spider
        if spider.task is not None:
            spider.task.cancel()
        try:
            with suppress(StoppedError):
                await spider.desk.give_back()
        finally:
            await spider.desk.link.close()


def found_in(held: Held, item: Answer | NoAnswer) -> Found:
    """What a poll came to, its page read: unless it is a front, or the very bytes of the poll before."""
    poll = held.poll
    if isinstance(item, NoAnswer):
        return Found(poll=poll.name, url=poll.url, at=item.at, is_front=poll.is_front, outcome=item.outcome, message=item.message)
    capture = item.capture
    if poll.is_front or capture.status == NOT_MODIFIED:
        was_read = None
    elif (digest := body_digest(capture.body)) == poll.digest:
        was_read = Read(capture=capture, digest=digest, outcome="unchanged")
    else:
        was_read = read(capture, digest)
    return Found(
        poll=poll.name,
        url=poll.url,
        at=capture.fetched_at,
        is_front=poll.is_front,
        capture=capture,
        milliseconds=item.milliseconds,
        read=was_read,
    )


def summary(found: Found) -> Polled:
    """What is counted of a poll here; what it brought is known to the recorder."""
    if found.capture is None:
        return Polled(url=found.url, outcome=found.outcome, message=found.message)
    if found.read is None:
        return Polled(url=found.url, outcome="not_modified" if found.capture.status == NOT_MODIFIED else "read")
    extraction = found.read.extraction
    return Polled(
        url=found.url,
        outcome=found.read.outcome or "read",
        message=found.read.message,
        title=extraction.title if extraction else None,
        publisher=extraction.publisher if extraction else "",
    )


def fetch(
    queue: str,
    folder: Folder,
    *,
    contact: str,
    bounds: Bounds,
    stopping: threading.Event,
    polled: Callable[[Polled], None],
    **overrides: Any,
) -> None:
    """Make polls until SIGINT, SIGTERM or `stopping`; then finish what is under way and give back the rest. Raises ArchiveError."""
    pipelines = {"crawler.queue.fetcher.SendPipeline": 100}
    settings = crawl_settings(folder, contact=contact, ITEM_PIPELINES=pipelines, STOPPRESS_COMMAND="stoppress run --queue", **overrides)
    spiders: list[QueueSpider] = []

    class Kept(QueueSpider):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            spiders.append(self)

    def on_item(found: Polled | None) -> None:
        if found is not None:
            polled(found)

    run(Kept, settings, polled=on_item, queue=queue, bounds=bounds, stopping=stopping)
    if spiders and spiders[0].problem is not None:
        raise spiders[0].problem
