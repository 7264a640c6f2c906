"""Health: whether the crawl is well, for people and for watchdogs. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from archive import answering
from archive.bars import Bar, bars
from archive.health import health
from archive.present import day_in_words, duration_in_words

# Outcomes in words for the picture of a day and a week; every other is a failure by its own name.
WELL = {"new": "something new", "unchanged": "nothing new", "not_modified": "nothing new, by the publisher's word"}


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    return [(answering.address("/-/health", "", "json"), health_page)]


async def health_page(datasette: Datasette, request: Request) -> Response:
    folder = Path(datasette.get_database(answering.DATABASE).path).parent

    def read(connection: sqlite3.Connection) -> dict[str, Any]:
        return health(connection, folder, now=datetime.now(UTC))

    found = await answering.read(datasette, read)
    if answering.wants_json(request):
        return answering.as_json(found)
    hours = found["hours"]
    context = {
        **found,
        "hour_bars": _bars([(_hour(row["hour"]), row["polls"], row["failed"]) for row in hours]),
        "day_bars": _bars(_by_day(hours)),
        "growth_bars": bars([(_day(row["day"]), row["new"]) for row in found["growth"]]),
        "lag_bars": bars(_lags(found["lag"]["within"])),
        "outcomes": {name: _shares(counts) for name, counts in found["polls"].items()},
        "in_words": _lag_in_words,
        "well": WELL,
    }
    return await answering.page(datasette, "health.html", context)


def _bars(rows: Sequence[tuple[str, int, int]]) -> tuple[Bar, ...]:
    return bars([(name, polls) for name, polls, _ in rows], parts=[failed for _, _, failed in rows])


def _by_day(hours: Sequence[Mapping[str, Any]]) -> list[tuple[str, int, int]]:
    days = groupby(hours, key=lambda row: row["hour"][:10])
    held = [(day, list(rows)) for day, rows in days]
    return [(_day(day), sum(row["polls"] for row in rows), sum(row["failed"] for row in rows)) for day, rows in held]


def _shares(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Outcomes as parts of one bar that is 1000 wide."""
    total, x, shares = sum(counts.values()), 0.0, []
    for outcome, number in counts.items():
        width = 1000 * number / total
        shares.append({"outcome": outcome, "polls": number, "x": round(x, 1), "width": round(width, 1)})
        x += width
    return shares


def _lag_in_words(seconds: int) -> str:
    return duration_in_words(timedelta(seconds=seconds)) if seconds >= 60 else "under a minute"


def _lags(within: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    named = []
    before = 0
    for row in within:
        most = row["seconds"]
        name = f"over {before // 60} minutes" if most is None else f"up to {duration_in_words(timedelta(seconds=most))}"
        named.append((name, row["updates"]))
        before = most or before
    return named


def _hour(hour: str) -> str:
    return f"{_day(hour[:10])}, {hour[11:]}:00 UTC"


def _day(day: str) -> str:
    return day_in_words(datetime.combine(date.fromisoformat(day), datetime.min.time()))
