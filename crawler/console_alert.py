"""What `stoppress alert` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from archive.alerts import Alert, event_json
from archive.feeds import Event
from crawler.alerting import Told
from crawler.console import note, plural


def alert_json(alert: Alert) -> dict[str, Any]:
    return {
        "name": alert.name,
        "query": alert.query,
        "action": alert.action,
        "edits": alert.edits,
        "backfilled": alert.backfilled,
        "last_run_at": alert.last_run_at,
        "last_poll_at": alert.last_poll_at,
        "last_position": alert.position,
    }


def alert_table(found: Sequence[Alert]) -> None:
    if not found:
        click.echo("There are no alerts; `stoppress alert add NAME QUERY` saves one.")
        return
    table = Table("name", "query", "tells", "also", "last run", box=None, pad_edge=False)
    for alert in found:
        also = ", ".join(word for word, wanted in (("edits", alert.edits), ("backfilled", alert.backfilled)) if wanted)
        table.add_row(
            *(_plain(text) for text in (alert.name, alert.query, alert.action or "(printed)", also, alert.last_run_at or "never"))
        )
    Console(soft_wrap=True, markup=False, highlight=False).print(table)


def told(told: Told, *, dry: bool) -> None:
    """Print one line on an alert, after the events if nobody else is told of them."""
    alert, due = told.alert, told.due
    for event in due.events if dry or alert.action is None else ():
        _event(event)
    counts = Counter(event.kind for event in due.events)
    parts = [f"{counts[kind]:,} {kind}" for kind in ("new", "edited", "withdrawn") if counts[kind]] or ["nothing new"]
    if due.left_out:
        parts.append(f"{plural(due.left_out, 'backfilled one')} left out")
    line = f"{_plain(alert.name)}: {', '.join(parts)}"
    note(f"{line}; {_plain(told.problem)}" if told.problem else line)


def told_json(told: Told, *, dry: bool) -> dict[str, Any]:
    """Return what came of an alert; the events themselves where nobody else was told of them."""
    due = told.due
    counts = Counter(event.kind for event in due.events)
    found: dict[str, Any] = {
        "name": told.alert.name,
        "query": told.alert.query,
        "new": counts["new"],
        "edited": counts["edited"],
        "withdrawn": counts["withdrawn"],
        "left_out": due.left_out,
        "told": not dry and told.problem is None,
        "problem": told.problem,
    }
    if dry or told.alert.action is None:
        found["events"] = [event_json(event) for event in due.events]
    return found


def _event(event: Event) -> None:
    stated = event.wording.published_at or f"first seen {event.first_seen}"
    mark = "" if event.kind == "new" else f" [{event.kind} {event.at}]"
    click.secho(f"{event.slug}  {stated}  {_plain(event.publisher_name)}{mark}", fg="bright_black")
    click.secho(_plain(event.wording.title or "(no title)"), bold=True)
    click.echo(f"{_plain(' '.join(event.wording.text.split(None, 60)[:60]))}\n")


def _plain(text: str) -> str:
    """Text without what would steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
