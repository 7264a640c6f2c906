"""The run spider: polls whatever is due, without end. What is due stands in the archive, so a kill loses nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from archive import watches
from archive.folder import Folder
from archive.schema import open_reader
from archive.status import last_request
from archive.watches import Watch
from crawler.pipeline import Answer, NoAnswer
from crawler.spiders.live import LiveSpider

_LOOK_EVERY = 0.5  # seconds between two looks at what is due
_MOST_AT_ONCE = 2000  # due pages looked at


class RunSpider(LiveSpider):
    """Polls what is due on the watch list, one page at a time a host, until it is stopped."""

    name = "run"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.under_way: set[str] = set()
        self.busy: set[str] = set()
        self.wake = asyncio.Event()
        self.reader: sqlite3.Connection | None = None

    async def start(self) -> AsyncIterator[Request]:
        while True:
            self.wake.clear()
            for watch in self.due(datetime.now(UTC)):
                yield self.request(watch)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), _LOOK_EVERY)

    def due(self, now: datetime) -> list[Watch]:
        """What is due, the longest overdue first: one page a host, none that is being polled or was asked for a moment ago."""
        gap = timedelta(seconds=self.settings.getfloat("STOPPRESS_POLL_GAP") + 1)  # what is on record is cut to the second
        found = []
        for watch in watches.due(self._reader(), at=now, limit=_MOST_AT_ONCE):
            if watch.url in self.under_way or watch.host in self.busy:
                continue
            last = last_request(self._reader(), watch.url)
            if last is not None and last <= now < last + gap:
                continue
            self.under_way.add(watch.url)
            self.busy.add(watch.host)
            found.append(watch)
        return found

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
        self.done(watch)

    async def failed_watched(self, failure: Failure) -> AsyncIterator[NoAnswer]:
        watch: Watch = failure.request.cb_kwargs["watch"]  # type: ignore[attr-defined]
        yield self.no_answer(failure, watch.url, watch=watch)
        self.done(watch)

    def done(self, watch: Watch) -> None:
        self.under_way.discard(watch.url)
        self.busy.discard(watch.host)
        self.wake.set()  # its host is free for the next

    def _reader(self) -> sqlite3.Connection:
        if self.reader is None:
            self.reader = open_reader(Folder(Path(self.settings["STOPPRESS_ARCHIVE"])).archive)
        return self.reader

    def closed(self, reason: str) -> None:
        if self.reader is not None:
            self.reader.close()
