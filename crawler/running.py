"""`stoppress run`: one process that polls what is due until it is stopped."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive.folder import Folder
from archive.schema import open_reader
from archive.watches import everything
from crawler.console_watch import polled_json, polled_line, stopped
from crawler.crawling import checked, crawl_settings
from crawler.crawling import run as run_spider
from crawler.recorder import Polled
from crawler.spiders.run import RunSpider


def run(
    folder: Folder,
    *,
    contact: str = "",
    metrics_port: int | None = None,
    on_breakage: str | None = None,
    log_path: Path | None = None,
    as_json: bool = False,
    **overrides: Any,
) -> None:
    """Poll what is due until SIGINT or SIGTERM; then finish what is under way.

    Raises LockedError if another crawler is at work on the archive, ArchiveError if no contact is known for a host that is not loopback.
    """
    reader = open_reader(folder.archive)
    checked([watch.url for watch in everything(reader)], contact=contact)
    reader.close()
    polls = 0
    with ExitStack() as stack:
        log = stack.enter_context(log_path.open("a", encoding="utf-8", buffering=1)) if log_path else None
        listeners = []
        if metrics_port is not None:
            from crawler.metrics import Metrics

            listeners.append(stack.enter_context(Metrics(folder, metrics_port)).polled)
        if on_breakage:
            from crawler.breakage import Alarm

            listeners.append(stack.enter_context(Alarm(folder, on_breakage)).polled)

        def polled(outcome: Polled) -> None:
            nonlocal polls
            polls += 1
            line = polled_json(outcome, at=datetime.now(UTC))
            if log:
                log.write(json.dumps(line, ensure_ascii=False) + "\n")
            if as_json:
                click.echo(json.dumps(line, ensure_ascii=False))
            elif text := polled_line(outcome):
                click.echo(text, err=True)
            for listener in listeners:
                listener(outcome)

        settings = crawl_settings(folder, contact=contact, STOPPRESS_COMMAND="stoppress run", **overrides)
        run_spider(RunSpider, settings, polled=polled)
    stopped(polls)
