"""`stoppress run --queue`: one, two or all three of the roles in one process, until it is stopped."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from archive.errors import ArchiveError
from archive.folder import Folder
from archive.opening import open_reader
from archive.watches import everything
from crawler import settings
from crawler.crawling import checked
from crawler.garbage import keep_what_is_loaded
from crawler.options import ROLES
from crawler.queue import link
from crawler.queue.link import Bounds, Link
from crawler.queue.metrics import offering
from crawler.queue.recorder import QueueRecorder
from crawler.queue.scheduler import Scheduler
from crawler.recorder import Polled

Work = Callable[[threading.Event], None]


def run(
    folder: Folder,
    *,
    queue: str,
    roles: Sequence[str] = ROLES,
    contact: str = "",
    metrics_port: int | None = None,
    polled: Callable[[Polled], None] = lambda polled: None,
    bounds: Bounds | None = None,
    **overrides: Any,
) -> None:
    """Do the work of the roles until SIGINT or SIGTERM; then finish what is under way. `polled` is told of what is recorded here.

    A fetcher alone needs no archive. Raises ArchiveError if Redis cannot be used, or as the roles do.
    """
    bounds = bounds or Bounds(claim_after=settings.STOPPRESS_QUEUE_CLAIM_AFTER)
    link.checked(queue)
    has_archive = roles != ("fetcher",)
    if "scheduler" in roles:
        with closing(open_reader(folder.archive)) as reader:
            checked([watch.url for watch in everything(reader)], contact=contact)
    with ExitStack() as stack:
        recorded, fetched = stack.enter_context(offering(queue, folder if has_archive else None, metrics_port))

        def on_recorded(outcome: Polled) -> None:
            if recorded:
                recorded(outcome)
            polled(outcome)

        stopping = threading.Event()
        work = _work(folder, queue, roles, bounds, on_recorded, stopping, overrides)
        stack.enter_context(_told_to_stop(stopping))
        threads = _started(work, stopping)
        try:
            if "fetcher" in roles:
                from crawler.queue.fetcher import fetch  # Scrapy, and the reactor with it

                fetch(
                    queue, folder, contact=contact, bounds=bounds, stopping=stopping, polled=fetched or (lambda polled: None), **overrides
                )
            else:
                keep_what_is_loaded()
                stopping.wait()
        finally:
            stopping.set()
            for thread in threads:
                thread.join()
        for thread in threads:
            if thread.problem is not None:
                raise thread.problem


class _Thread(threading.Thread):
    """A role at work. If it ends by itself, all of them end; `problem` says why."""

    def __init__(self, name: str, work: Work, stopping: threading.Event) -> None:
        super().__init__(name=name)
        self.work = work
        self.stopping = stopping
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            self.work(self.stopping)
        except BaseException as error:
            self.problem = error
        if not self.stopping.is_set():
            if self.problem is None:
                self.problem = ArchiveError(f"expected the {self.name} to go on, found that it ended")
            os.kill(os.getpid(), signal.SIGTERM)


def _work(
    folder: Folder,
    queue: str,
    roles: Sequence[str],
    bounds: Bounds,
    polled: Callable[[Polled], None],
    stopping: threading.Event,
    overrides: dict[str, Any],
) -> dict[str, Work]:
    """What the roles do that have a thread each."""
    found: dict[str, Work] = {}
    if "scheduler" in roles:
        delay = float(overrides.get("DOWNLOAD_DELAY", settings.DOWNLOAD_DELAY))
        gap = float(overrides.get("STOPPRESS_POLL_GAP", settings.STOPPRESS_POLL_GAP))
        found["scheduler"] = Scheduler(folder, Link(queue, "scheduler", stopping), bounds=bounds, delay=delay, gap=gap).run
    if "recorder" in roles:
        found["recorder"] = QueueRecorder(folder, Link(queue, "recorder", stopping), bounds=bounds, polled=polled).run
    return found


def _started(work: dict[str, Work], stopping: threading.Event) -> list[_Thread]:
    threads = [_Thread(name, do, stopping) for name, do in work.items()]
    for thread in threads:
        thread.start()
    return threads


@contextmanager
def _told_to_stop(stopping: threading.Event) -> Iterator[None]:
    """Let SIGINT and SIGTERM set the event; while Scrapy crawls, they end the crawl."""
    before = {which: signal.signal(which, lambda *_: stopping.set()) for which in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for which, handler in before.items():
            signal.signal(which, handler)
