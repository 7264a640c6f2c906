"""One crawl in this process: settings in, outcomes out."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.logformatter import LogFormatter
from scrapy.settings import Settings

from archive import backfills
from archive.errors import AddressError, ArchiveError
from archive.folder import Folder
from archive.model import Capture
from archive.opening import open_reader
from archive.status import last_request
from crawler import settings as project_settings
from crawler.garbage import keep_what_is_loaded
from crawler.guard import is_loopback
from crawler.pipeline import Answer, NoAnswer
from crawler.recorder import Polled
from crawler.spiders.backfill import BackfillSpider
from crawler.spiders.live import LiveSpider, waiting

_UNWRITABLE = (sqlite3.OperationalError, OSError)  # the disk is full, or gone: no fault of a page


def crawl_settings(folder: Folder, *, contact: str = "", browser: bool = False, **overrides: Any) -> Settings:
    """Return the project's settings for one archive and one operator. Raises ArchiveError if a browser is asked for and missing."""
    settings = Settings()
    settings.setmodule(project_settings)
    contact = contact or project_settings.STOPPRESS_CONTACT
    if browser:
        from crawler.browser import browser_settings

        overrides = {**browser_settings(user_agent=project_settings.user_agent(contact)), **overrides}
    settings.setdict(
        {
            "STOPPRESS_ARCHIVE": str(folder.path),
            "STOPPRESS_CONTACT": contact,
            "USER_AGENT": project_settings.user_agent(contact),
            "LOG_FORMATTER": "crawler.crawling.OneSentence",
            **overrides,
        },
        priority="cmdline",
    )
    return settings


class OneSentence(LogFormatter):
    """Leaves a full disk to `run`, which says it in one sentence, and writes no line of every answer and item: each poll has its own."""

    def crawled(self, request: Any, response: Any, spider: Spider) -> None:  # type: ignore[override]
        return None

    def scraped(self, item: Any, response: Any, spider: Spider | None = None) -> None:  # type: ignore[override]
        return None

    def item_error(self, item: Any, exception: BaseException, response: Any, spider: Spider) -> Any:
        found = super().item_error(item, exception, response, spider)
        return {**found, "level": logging.DEBUG} if isinstance(exception, _UNWRITABLE) else found


def run(
    spider: type[Spider],
    settings: Settings,
    *,
    polled: Callable[[Any], None],
    wait: Callable[[str, float], None] = lambda url, seconds: None,
    **arguments: Any,
) -> None:
    """Run a spider to its end, calling `polled` with each outcome as it is recorded.

    Raises ArchiveError if the archive could not be opened. A process can run one crawl only: the reactor ends with it.
    """
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(spider)
    problems: list[BaseException] = []
    stopping: list[asyncio.Future[None]] = []

    def on_item(item: object) -> None:
        polled(item)

    def on_wait(url: str, seconds: float) -> None:
        wait(url, seconds)

    async def on_item_error(item: object, failure: Any) -> None:
        problems.append(failure.value)
        if isinstance(failure.value, _UNWRITABLE):
            # Every later poll would be asked for in vain. Not awaited: the end waits for this very item.
            stopping.append(asyncio.ensure_future(crawler.stop_async()))

    crawler.signals.connect(keep_what_is_loaded, signal=signals.engine_started)
    crawler.signals.connect(on_item, signal=signals.item_scraped)
    crawler.signals.connect(on_wait, signal=waiting)
    crawler.signals.connect(on_item_error, signal=signals.item_error)
    task = process.crawl(crawler, **arguments)
    process.start()
    problem = task.exception() if task.done() and not task.cancelled() else None
    if problem is not None:
        raise problem
    if problems:
        raise ArchiveError(f"a poll could not be recorded: {problems[0]}") from problems[0]


def checked(urls: Iterable[str], *, contact: str) -> tuple[str, ...]:
    """Return the addresses without repeats, fit to be asked.

    Raises AddressError if one is no http(s) address, ArchiveError if no contact is known for a host that is not loopback.
    """
    distinct = tuple(dict.fromkeys(urls))
    for url in distinct:
        try:
            parts = urlsplit(url)
            host = parts.hostname
            _ = parts.port
        except ValueError as error:
            raise AddressError(f"expected an http or https address, found {url!r} ({error})") from error
        if parts.scheme not in ("http", "https") or not host:
            raise AddressError(f"expected an http or https address, found {url!r}")
        if not (contact or project_settings.STOPPRESS_CONTACT) and not is_loopback(host):
            raise ArchiveError(
                f"expected an address publishers can reach you at before asking {host} for a page: "
                "set STOPPRESS_CONTACT or --contact to an e-mail or web address"
            )
    return distinct


def crawl(
    urls: Iterable[str],
    folder: Folder,
    *,
    contact: str = "",
    older: bool = False,
    browser: bool = False,
    polled: Callable[[Polled], None],
    wait: Callable[[str, float], None] = lambda url, seconds: None,
) -> None:
    """Poll each address once and record what it shows, with `browser` as Chromium shows it; with `older` its older pages to the end.

    Raises as `checked` does, and ArchiveError if the browser is missing.
    """
    urls = checked(urls, contact=contact)
    settings = crawl_settings(folder, contact=contact, browser=browser, STOPPRESS_COMMAND="stoppress crawl")
    run(BackfillSpider if older else LiveSpider, settings, polled=polled, wait=wait, urls=urls)


def asked_longest_ago(urls: Iterable[str], folder: Folder) -> list[str]:
    """Return addresses in the order to ask for them after a run that was cut short: never asked for first, then the longest ago."""
    if not folder.archive.exists():
        return list(urls)
    with closing(open_reader(folder.archive)) as connection:
        never = datetime.min.replace(tzinfo=UTC)
        return sorted(urls, key=lambda url: last_request(connection, url) or never)


def unfinished(urls: Iterable[str], folder: Folder) -> list[backfills.Backfill]:
    """Return those of the live pages that have older pages still to be asked for."""
    with closing(open_reader(folder.archive)) as connection:
        return backfills.unfinished(connection, urls)


def fetch(url: str, *, contact: str = "", browser: bool = False) -> Capture:
    """Return what one address answers, under every rule of a crawl, and archive nothing.

    Raises ArchiveError if there is no answer, it is not a page, or the browser asked for is missing.
    """
    checked((url,), contact=contact)
    found: list[Answer | NoAnswer] = []
    settings = crawl_settings(Folder(Path("nowhere")), contact=contact, browser=browser, ITEM_PIPELINES={})
    run(LiveSpider, settings, polled=found.append, urls=(url,))
    if not found:
        raise ArchiveError(f"{url} could not be fetched")
    answer = found[0]
    if isinstance(answer, NoAnswer):
        raise ArchiveError(answer.message)
    if answer.capture.status >= 400:
        raise ArchiveError(f"{answer.capture.address} answered {answer.capture.status}, expected a page")
    return answer.capture
