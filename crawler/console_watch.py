"""What `stoppress watch` and `stoppress run` print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from archive.status import why_then
from archive.times import to_utc
from archive.watches import Watch
from crawler.console import plural, why
from crawler.recorder import Polled


def watch_json(watch: Watch) -> dict[str, Any]:
    return {
        "url": watch.url,
        "added_at": to_utc(watch.added_at),
        "next_poll_at": to_utc(watch.next_poll_at) if watch.next_poll_at else None,
        "paused": watch.is_paused,
        "failures": watch.failures,
        "note": watch.note,
    }


def watch_table(found: Sequence[Watch], *, now: datetime) -> None:
    """Print the watch list as a table."""
    if not found:
        click.echo("The watch list is empty; `stoppress watch add URL` puts pages on it.")
        return
    table = Table("page", "next poll", "failures", "why", box=None, pad_edge=False)
    for watch in found:
        due = "paused" if watch.is_paused else when(watch.next_poll_at, now)
        table.add_row(watch.url, due, str(watch.failures) if watch.failures else "", why_then(watch))
    Console(soft_wrap=True).print(table)


def when(due: datetime | None, now: datetime) -> str:
    """Return when a page is due, for a person: "now", "in 40 s", "over" if it is not due any more."""
    if due is None:
        return "over"
    return "now" if due <= now else in_words((due - now).total_seconds())


def in_words(seconds: float) -> str:
    """Return "in 40 s", "in 12 min", "in 3 h", "in 5 d".

    >>> in_words(90), in_words(7200)
    ('in 90 s', 'in 2 h')
    """
    for unit, size, until in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if seconds < until:
            return f"in {seconds / size:.0f} {unit}"
    return f"in {seconds / 86_400:.0f} d"


def polled_line(outcome: Polled) -> str | None:
    """One line for a poll that brought something or failed; None for one that found nothing new."""
    found = outcome.recorded
    if outcome.outcome in ("unchanged", "not_modified"):
        return None
    if not outcome.is_read:
        return why(outcome)
    counts = ((found.new, "new"), (found.edited, "edited"), (found.withdrawn, "withdrawn"), (found.returned, "returned"))
    return f"{outcome.url}: {', '.join(f'{count} {word}' for count, word in counts if count)}"


def polled_json(outcome: Polled, *, at: datetime) -> dict[str, Any]:
    found = outcome.recorded
    return {
        "at": to_utc(at),
        "url": outcome.url,
        "outcome": outcome.outcome,
        "new": found.new,
        "edited": found.edited,
        "withdrawn": found.withdrawn,
        "returned": found.returned,
        "message": outcome.message or None,
        "lag_s": round((at - outcome.due_at).total_seconds(), 2) if outcome.due_at else None,
    }


def stopped(polls: int) -> None:
    click.echo(f"stopped after {plural(polls, 'poll')}; what is due stays on the list", err=True)
