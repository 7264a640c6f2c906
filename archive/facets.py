"""What narrows a search, with the number of hits each would leave: publishers, languages, kinds, what became of them, time. Reads only."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise

from archive.query import Query
from archive.search_plan import EVERYTHING, PRESENT, Plan, conditions

# How a chart is counted, within some ten milliseconds: fetching a hit's position takes 0.25 us, counting one without fetching it
# 0.03 us, and each bar counted so 0.05 to 0.1 ms for each word looked up.
_ONE_BY_ONE = 40_000
_FOR_MONTHS = 80_000
_FOR_ANY = 3_000_000
_LOOK_UPS = 130
_DAYS, _MONTHS = 62, 120  # bars of a chart at most


@dataclass(frozen=True, kw_only=True)
class Facet:
    """One way to narrow a search: the filter `name:value` leaves `count` of the hits. `label` is for people."""

    name: str
    value: str
    label: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Facets:
    """Most hits first; `flags` are is:edited and is:withdrawn. `of_newest`: all but `periods` count the newest hits alone, as
    many as a search counts.

    `periods` are hits by day (2013-02-26), month (2013-02) or year (2013) of publication, else of first sight; of all hits unless
    `periods_of_newest`. With more hits than a search counts, days and months are those of UTC.
    """

    publishers: tuple[Facet, ...] = ()
    languages: tuple[Facet, ...] = ()
    kinds: tuple[Facet, ...] = ()
    flags: tuple[Facet, ...] = ()
    periods: Mapping[str, int] = field(default_factory=dict)
    of_newest: bool = False
    periods_of_newest: bool = False


def facets_of(connection: sqlite3.Connection, made: Plan, query: Query, newest: Sequence[int], is_capped: bool) -> Facets:
    """Return what narrows a query: `newest` are the positions of its hits, of the newest if it has more (`is_capped`)."""
    rows = connection.execute(
        "SELECT e.publisher_id, l.language, e.kind, e.revision > 1, e.withdrawn_at IS NOT NULL, e.day"
        " FROM json_each(?) j CROSS JOIN entries e ON e.id = j.value JOIN live_blogs l ON l.id = e.live_blog_id",
        (json.dumps(newest),),
    ).fetchall()
    by_publisher = Counter(row[0] for row in rows)
    if is_capped and query.is_empty:
        by_publisher = Counter(dict(connection.execute("SELECT publisher_id, sum(count) FROM rollups GROUP BY 1").fetchall()))
    marks = ", ".join("?" * len(by_publisher))
    names = {
        row[0]: (row[1], row[2])
        for row in connection.execute(f"SELECT id, slug, name FROM publishers WHERE id IN ({marks})", [*by_publisher])
    }
    days = Counter(row[5] for row in rows)
    periods: Mapping[str, int] = days
    if is_capped:
        periods = _periods(connection, made, query, newest)
    return Facets(
        publishers=tuple(
            Facet(name="publisher", value=names[number][0], label=names[number][1], count=count)
            for number, count in sorted(by_publisher.items(), key=lambda item: (-item[1], names[item[0]][1]))
        ),
        languages=_most("language", Counter(row[1] for row in rows if row[1])),
        kinds=_most("kind", Counter(row[2] for row in rows)),
        flags=_most("is", Counter(flag for row in rows for flag, is_set in (("edited", row[3]), ("withdrawn", row[4])) if is_set)),
        periods=periods or days,
        of_newest=is_capped,
        periods_of_newest=is_capped and not periods,
    )


def _most(name: str, counts: Counter[str]) -> tuple[Facet, ...]:
    return tuple(
        Facet(name=name, value=value, label=value if name == "language" else value.replace("_", " ").capitalize(), count=count)
        for value, count in counts.most_common()
    )


def _periods(connection: sqlite3.Connection, made: Plan, query: Query, newest: Sequence[int]) -> dict[str, int]:
    """All hits by day, month or year, counted by their positions; empty if that cannot be done quickly."""
    if query.is_empty:
        return dict(connection.execute("SELECT month, sum(count) FROM rollups GROUP BY month").fetchall())
    if made.spaceless or made.has_earlier or (made.match and EVERYTHING in made.match):
        return {}
    where, parameters = conditions(made, PRESENT)
    oldest = connection.execute(f"SELECT s.rowid {where} ORDER BY s.rowid LIMIT 1", parameters).fetchone()
    if oldest is None:
        return {}
    try:
        first, last = datetime.fromtimestamp(oldest[0], UTC), datetime.fromtimestamp(newest[0], UTC)
    except (ValueError, OverflowError, OSError):  # a file that something else wrote
        return {}
    if made.match is None and (last - first).days >= _DAYS and not any(value and len(value) > 7 for value in (made.since, made.until)):
        months = "SELECT month, sum(count) FROM rollups WHERE month >= ? AND month < ? GROUP BY month"
        return dict(connection.execute(months, (made.since or "", (made.until or "9999") + "\x7f")).fetchall())
    estimate = len(newest) * (newest[0] - oldest[0]) / max(1, newest[0] - newest[-1])
    has_beginnings = "*" in (made.match or "")
    if estimate <= _ONE_BY_ONE:
        bounds = _bounds(first, last, most=_MONTHS)
        positions = [row[0] for row in connection.execute(f"SELECT s.rowid {where} ORDER BY s.rowid LIMIT {4 * _ONE_BY_ONE}", parameters)]
        places = [bisect_left(positions, start) for _, start in bounds]
        return {name: end - start for (name, _), (start, end) in zip(bounds, pairwise(places), strict=False)}
    # All the words with one beginning would be gathered anew for each bar; and a look at each hit is one for each of many words.
    if has_beginnings or estimate * made.terms > _FOR_ANY:
        return {}
    bounds = _bounds(first, last, most=_LOOK_UPS // max(1, made.terms) if estimate <= _FOR_MONTHS else 0)
    inside, inside_parameters = conditions(replace(made, since=None, until=None), PRESENT)
    counts = {}
    for (name, start), (_, end) in pairwise(bounds):
        safe = (made.since is None or start >= (made.since_safe or 0)) and (made.until is None or end <= (made.until_safe or 0))
        of, values = (inside, inside_parameters) if safe else (where, parameters)
        joined = "AND" if " WHERE " in of else "WHERE"
        counts[name] = connection.execute(f"SELECT count(*) {of} {joined} s.rowid >= ? AND s.rowid < ?", (*values, start, end)).fetchone()[
            0
        ]
    return counts


def _bounds(first: datetime, last: datetime, *, most: int) -> list[tuple[str, int]]:
    """(name, first second) of each day, month or year from one to another in UTC, and of the one after; months if there are
    no more of them than `most`."""
    if (last - first).days < _DAYS <= most:
        day = 86_400
        start = int(first.timestamp()) // day
        ends = range(start, int(last.timestamp()) // day + 2)
        return [(datetime.fromtimestamp(number * day, UTC).date().isoformat(), number * day) for number in ends]
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months <= min(most, _MONTHS):
        numbers = range(first.year * 12 + first.month - 1, min(last.year * 12 + last.month, 9999 * 12 + 11) + 1)
        return [(f"{n // 12:04d}-{n % 12 + 1:02d}", int(datetime(n // 12, n % 12 + 1, 1, tzinfo=UTC).timestamp())) for n in numbers]
    years = range(max(first.year, last.year - _MONTHS), min(last.year + 1, 9999) + 1)
    return [(f"{year:04d}", int(datetime(year, 1, 1, tzinfo=UTC).timestamp())) for year in years]
