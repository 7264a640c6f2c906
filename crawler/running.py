"""`stoppress run`: one process that polls what is due until it is stopped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive.folder import Folder
from archive.opening import open_reader
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
    queue: str | None = None,
    roles: Sequence[str] = (),
    **overrides: Any,
) -> None:
    """Poll what is due until SIGINT or SIGTERM; then finish what is under way.

    With `queue`, the address of Redis, this process does the work of `roles` only, and shares it with others there.
    Raises LockedError if another crawler is at work on the archive, ArchiveError if no contact is known for a host that is not loopback.
    """
    if queue is None:
        reader = open_reader(folder.archive)
        checked([watch.url for watch in everything(reader)], contact=contact)
        reader.close()
    polls = 0
    with ExitStack() as stack:
        log = stack.enter_context(log_path.open("a", encoding="utf-8", buffering=1)) if log_path else None
        listeners = []
        if metrics_port is not None and queue is None:
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

        if queue is not None:
            from crawler.queue.roles import run as run_roles

            run_roles(folder, queue=queue, roles=roles, contact=contact, metrics_port=metrics_port, polled=polled, **overrides)
        else:
            settings = crawl_settings(folder, contact=contact, STOPPRESS_COMMAND="stoppress run", **overrides)
            run_spider(RunSpider, settings, polled=polled)
    if queue is None or "recorder" in roles:
        stopped(polls)
