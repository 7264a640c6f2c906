"""Scrapy's end of the recorder: each answer or failure the spider yields is recorded, one transaction a page."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from scrapy.crawler import Crawler

from archive import discoveries
from archive.folder import Folder
from archive.model import Capture
from archive.watches import Watch
from crawler.backfilling import Walk, next_older
from crawler.folding import folding
from crawler.fronts import record_front, settle
from crawler.recorder import Polled, Recorder, recording
from crawler.scheduling import reschedule


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


class RecordPipeline:
    """Turns Answer and NoAnswer into Polled.

    The recorder opens with the spider, takes the one crawler's place at the archive, and catches up before the first poll.
    """

    def __init__(self, folder: Folder, name: str) -> None:
        self.folder = folder
        self.name = name
        self.stack = ExitStack()
        self.recorder: Recorder

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RecordPipeline:
        return cls(Folder(Path(crawler.settings["STOPPRESS_ARCHIVE"])), crawler.settings["STOPPRESS_COMMAND"])

    def open_spider(self) -> None:
        self.stack.enter_context(self.folder.crawling(self.name))
        try:
            self.recorder = self.stack.enter_context(recording(self.folder))
            self.stack.enter_context(folding(self.recorder.archive))
        except BaseException:
            self.stack.close()
            raise

    def close_spider(self) -> None:
        self.stack.close()

    def process_item(self, item: Answer | NoAnswer) -> Polled:
        watch = item.watch
        if watch and discoveries.is_front(watch):
            return record_front(self.recorder.archive, item)
        then = partial(reschedule, watch, item.capture.headers if isinstance(item, Answer) else {}) if watch else None
        if isinstance(item, Answer):
            polled = self.recorder.receive(item.capture, milliseconds=item.milliseconds, then=then)
        else:
            polled = self.recorder.fail(item.url, at=item.at, outcome=item.outcome, message=item.message, then=then)
        if item.walk is not None:
            return replace(polled, older_url=next_older(self.recorder.archive, item.walk, item, polled))
        if watch is None:
            return polled
        said = settle(self.recorder.archive, item, polled.outcome)
        return replace(polled, due_at=watch.next_poll_at, message=said or polled.message)
