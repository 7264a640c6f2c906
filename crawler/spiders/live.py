"""The live spider: polls live pages and hands on what it received."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.folder import Before, Folder
from archive.model import Capture
from archive.opening import open_reader
from archive.status import last_request
from archive.watches import Watch
from crawler.guard import RefusedError, describe, refusals
from crawler.pipeline import Answer, NoAnswer


class LiveSpider(Spider):
    """Polls each address once.

    `scrapy crawl live -a urls=https://...,https://...` works too.
    """

    name = "live"

    def __init__(self, urls: str | Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.urls = tuple(urls.split(",")) if isinstance(urls, str) else tuple(urls)
        self.queues: dict[str, deque[str]] = {}
        self.before: Before | None = None  # set by the pipeline: what the crawler before this one left

    async def start(self) -> AsyncIterator[Request]:
        await self.wait_for_turn()
        for url in self.urls:
            self.queues.setdefault(urlsplit(url).netloc, deque()).append(url)
        for host in list(self.queues):
            async for request in self.next_of(host):
                yield request

    async def next_of(self, host: str) -> AsyncIterator[Request]:
        """The next poll of a host. The others wait here, not in the downloader, where a Ctrl-C would not reach them."""
        queue = self.queues.get(host)
        if queue:
            url = queue.popleft()
            await self.wait_for_gap(url)
            yield self.poll(url)

    def poll(self, url: str) -> Request:
        """The request for one poll."""
        return Request(url, callback=self.parse, errback=self.failed, cb_kwargs={"asked": url})

    async def parse(self, response: Response, *, asked: str) -> AsyncIterator[Answer | Request]:
        yield Answer(capture=self.capture_of(response, asked), milliseconds=self.latency(response))
        async for request in self.next_of(urlsplit(asked).netloc):
            yield request

    async def failed(self, failure: Failure) -> AsyncIterator[NoAnswer | Request]:
        url = failure.request.cb_kwargs["asked"]  # type: ignore[attr-defined]
        yield self.no_answer(failure, url)
        async for request in self.next_of(urlsplit(url).netloc):
            yield request

    def capture_of(self, response: Response, asked: str) -> Capture:
        """A response as evidence."""
        return Capture(
            url=asked,
            final_url=response.url if response.url != asked else None,
            body=response.body,
            fetched_at=self.received_at(response),
            status=response.status,
            headers={
                name.decode("latin-1"): b", ".join(values).decode("latin-1")
                for name, values in response.headers.items()
                if name.lower() != b"set-cookie"
            },
        )

    def latency(self, response: Response) -> int:
        return round(1000 * float(response.meta.get("download_latency", 0)))

    def no_answer(self, failure: Failure, url: str, *, watch: Watch | None = None) -> NoAnswer:
        """What is counted where no response came."""
        outcome, message = _outcome(failure.value or RuntimeError("no reason given"), url, self.settings.getint("DOWNLOAD_MAXSIZE"))
        return NoAnswer(url=url, at=datetime.now(UTC).replace(microsecond=0), outcome=outcome, message=message, watch=watch)

    def received_at(self, response: Response) -> datetime:
        """Now, to the second; for the sample site, whose day runs at its own speed, the time its server states."""
        parts = urlsplit(response.url)
        if parts.netloc in self.settings.getlist("STOPPRESS_EXEMPT"):
            return parsedate_to_datetime((response.headers["Date"] or b"").decode("latin-1"))
        return datetime.now(UTC).replace(microsecond=0)

    async def wait_for_turn(self) -> None:
        """Keep the gaps to the last request of the crawler before: that of a host, or of a page if its last polls may be on no record."""
        if self.before is None or self.settings.getlist("STOPPRESS_EXEMPT"):
            return
        gap = self.settings.getfloat("STOPPRESS_POLL_GAP" if self.before.was_killed else "DOWNLOAD_DELAY")
        wait = self.before.asked_at + gap - time.time()
        if 0 < wait <= gap + 1:  # a clock that was set back is no reason to wait
            await asyncio.sleep(wait)

    async def wait_for_gap(self, url: str) -> None:
        """Wait until an address may be asked for again, whoever asked last; say for how long."""
        if urlsplit(url).netloc in self.settings.getlist("STOPPRESS_EXEMPT"):
            return
        gap = timedelta(seconds=self.settings.getfloat("STOPPRESS_POLL_GAP"))
        last = _last_request(Folder(Path(self.settings["STOPPRESS_ARCHIVE"])), url)
        wait = (last + gap - datetime.now(UTC)).total_seconds() if last else 0.0
        if 0 < wait <= gap.total_seconds():
            self.crawler.signals.send_catch_log(signal=waiting, url=url, seconds=wait)
            await asyncio.sleep(wait)


waiting = object()  # signal: the spider waits before a poll (url, seconds)


def _last_request(folder: Folder, url: str) -> datetime | None:
    if not folder.archive.exists():
        return None
    with closing(open_reader(folder.archive)) as connection:
        return last_request(connection, url)


def _outcome(error: BaseException, url: str, largest: int) -> tuple[str, str]:
    """The word a failed request is counted under, and the sentence that says why."""
    if isinstance(error, RefusedError):
        return error.outcome, error.message
    host = urlsplit(url).hostname or ""
    if host in refusals:
        return "refused_address", f"{refusals[host]}, which is refused; nothing was fetched from {url}"
    name = type(error).__name__
    if name == "DownloadCancelledError" or "exceed" in str(error) or "larger than" in str(error):
        return "too_large", f"{url} answered more than {largest // 1024**2} MiB, the most a page may have; nothing of it was kept"
    if name == "UnsupportedURLSchemeError":
        return "refused_address", f"expected an http or https address, found {url!r}"
    return "unreachable", f"{url} could not be fetched: {describe(error)}"
