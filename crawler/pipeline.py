"""Scrapy's end of the recorder: each answer or failure the spider yields is recorded, one transaction a page."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from scrapy.crawler import Crawler

from archive import discoveries
from archive.folder import Folder
from archive.model import Capture, Recorded
from archive.store import Read, Then
from archive.watches import Watch
from crawler.backfilling import Walk, next_older
from crawler.chores import beside
from crawler.folding import Folding
from crawler.fronts import record_front, settle
from crawler.merging import Merging
from crawler.recorder import NOT_MODIFIED, Polled, Recorder, recording
from crawler.scheduling import Posts, reschedule

_MOMENT = 0.25  # seconds; a host waits a second between two requests anyway
_FEW = 8  # pages that are read at one go: 20 ms
_MOST = 32  # pages that are recorded in one transaction: 40 ms
_Kept = Capture | Polled | None  # an answer as evidence, what it came to if that is recorded already, None if there is nothing to keep


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response as the spider received it; `watch` is the place on the watch list that it was due for, `walk` its older pages' way."""

    capture: Capture
    milliseconds: int | None = None
    watch: Watch | None = None
    walk: Walk | None = None


@dataclass(frozen=True, kw_only=True)
class NoAnswer:
    """A poll that brought no response, with the word it is counted under and the sentence that says why."""

    url: str
    at: datetime
    outcome: str
    message: str
    watch: Watch | None = None
    walk: Walk | None = None


_Waiting = tuple[Answer, Capture | None, asyncio.Future[_Kept]]


class RecordPipeline:
    """Turns Answer and NoAnswer into Polled.

    The recorder opens with the spider, takes the one crawler's place at the archive, and catches up before the first poll.
    """

    def __init__(self, folder: Folder, name: str, crawler: Crawler) -> None:
        self.folder = folder
        self.name = name
        self.crawler = crawler
        self.posts = Posts()
        self.together: list[tuple[Answer, asyncio.Future[_Kept]]] = []
        self.moved: list[_Waiting] = []
        self.read: list[tuple[_Waiting, Read | None]] = []
        self.stack = ExitStack()
        self.recorder: Recorder

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RecordPipeline:
        return cls(Folder(Path(crawler.settings["STOPPRESS_ARCHIVE"])), crawler.settings["STOPPRESS_COMMAND"], crawler)

    def open_spider(self) -> None:
        self.crawler.spider.before = self.stack.enter_context(self.folder.crawling(self.name))  # type: ignore[union-attr]
        try:
            self.recorder = self.stack.enter_context(recording(self.folder))
            self.stack.enter_context(beside(Folding(self.recorder.archive), Merging(self.recorder.archive)))
        except BaseException:
            self.stack.close()
            raise

    def close_spider(self) -> None:
        self.stack.close()

    async def process_item(self, item: Answer | NoAnswer) -> Polled:
        if not isinstance(item, Answer) or not item.watch or discoveries.is_front(item.watch):
            return self.record(item)
        kept = await self.with_others(item)
        return kept if isinstance(kept, Polled) else self.record(item, kept)

    def with_others(self, item: Answer) -> asyncio.Future[_Kept]:
        """Keep and record an answer, together with the others of this moment: the disk is waited for once."""
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[_Kept] = loop.create_future()
        if not self.together:
            loop.call_later(_MOMENT, self.keep_together)
        self.together.append((item, kept))
        return kept

    def keep_together(self) -> None:
        items, self.together = self.together, []
        try:
            with self.recorder.captures.writing():
                kept = [self.recorder.keep(item.capture) for item, _ in items]
        except Exception:
            self.keep_each(items)  # one of them cannot be kept, or none
            return
        waiting = [(item, one, future) for (item, future), one in zip(items, kept, strict=True)]
        is_same = [item.capture.status == NOT_MODIFIED or one is None for item, one, _ in waiting]
        self.record_together([(each, None) for each, same in zip(waiting, is_same, strict=True) if same])
        self.moved += [each for each, same in zip(waiting, is_same, strict=True) if not same]
        self.read_moved()

    def read_moved(self) -> None:
        """Read the next pages of which something else came than before: a few, then others may have their turn. Record them once there are
        many, or no more."""
        some, self.moved = self.moved[:_FEW], self.moved[_FEW:]
        for item, kept, future in some:
            found = None
            if kept is not None:
                with suppress(Exception):  # it is read again alone, where it can fail alone
                    found = self.recorder.read_in_order(kept)
            self.read.append(((item, kept, future), found))
        if self.moved:
            asyncio.get_running_loop().call_soon(self.read_moved)
        if not self.moved or len(self.read) >= _MOST:
            together, self.read = self.read, []
            self.record_together(together)

    def record_together(self, kept: Sequence[tuple[_Waiting, Read | None]]) -> None:
        """Record answers in one transaction; one that is late, or all if one of them cannot be recorded, are left to be recorded alone."""
        if not kept:
            return
        polled: list[_Kept] = [one for (_, one, _), _ in kept]
        try:
            with self.recorder.archive.writing():
                # As they were received: then none of them is late beside another.
                for place in sorted(range(len(kept)), key=lambda place: kept[place][0][0].capture.fetched_at):
                    (item, one, _), found = kept[place]
                    if item.capture.status == NOT_MODIFIED or found is not None:
                        polled[place] = self.record(item, one, found)
        except Exception:
            self.posts.forget()
            polled = [one for (_, one, _), _ in kept]
        for ((_, _, future), _), came in zip(kept, polled, strict=True):
            future.set_result(came)

    def keep_each(self, items: Sequence[tuple[Answer, asyncio.Future[_Kept]]]) -> None:
        for item, future in items:
            try:
                future.set_result(self.recorder.keep(item.capture))
            except Exception as error:
                future.set_exception(error)

    def record(self, item: Answer | NoAnswer, kept: Capture | None = None, found: Read | None = None) -> Polled:
        """Write what a poll came to and when its page is due again; `kept` is its answer as evidence, `found` what was read from it, if
        that was done before.

        Raises sqlite3.OperationalError or OSError if it cannot be written.
        """
        polled = record_item(self.recorder, item, posts=self.posts, kept=kept, found=found)
        if item.walk is not None:
            return replace(polled, older_url=next_older(self.recorder.archive, item.walk, item, polled))
        return polled


def record_item(
    recorder: Recorder,
    item: Answer | NoAnswer,
    *,
    posts: Posts,
    kept: Capture | None = None,
    found: Read | None = None,
    noted: Then | None = None,
) -> Polled:
    """Record what a poll came to, and when its page is due again.

    `kept` is its answer as evidence, where it was kept before; `found` is what was read from it, where that was done elsewhere. `noted` is
    called inside the transaction that records it; it is not where the capture was on record already.
    """
    watch = item.watch
    if watch and discoveries.is_front(watch):
        return record_front(recorder.archive, item, then=noted)
    headers = item.capture.headers if isinstance(item, Answer) else {}

    def then(connection: sqlite3.Connection, recorded: Recorded, live_blog_id: int | None) -> None:
        if watch is not None:
            reschedule(watch, headers, posts, connection, recorded, live_blog_id)
        if noted:
            noted(connection, recorded, live_blog_id)

    noting = then if watch or noted else None
    if isinstance(item, Answer):
        kept = kept or recorder.keep(item.capture, found)
        polled = recorder.record_kept(item.capture, kept, milliseconds=item.milliseconds, then=noting, found=found)
    else:
        polled = recorder.fail(item.url, at=item.at, outcome=item.outcome, message=item.message, then=noting)
    if watch is None:
        return polled
    said = settle(recorder.archive, item, polled.outcome)
    return replace(polled, due_at=watch.next_poll_at, message=said or polled.message)
