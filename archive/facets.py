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

from archive.newest import MOST, Found, oldest_rows
from archive.query import Query
from archive.search_plan import EVERYTHING, PRESENT, Plan, conditions

# Of hits that are too many to be fetched: counting one takes 0.03 us for each word looked up.
_FOR_ANY = 3_000_000
_DAYS, _MONTHS = 62, 120  # bars of a chart at most
# All in one row, what differs as JSON: a row for each of a thousand hits takes more than twice as long.
_NARROWED_BY = """
SELECT json_group_array(e.publisher_id), json_group_array(e.kind), json_group_array(e.day), json_group_array(l.language),
    sum(e.revision > 1), sum(e.withdrawn_at IS NOT NULL)
FROM json_each(?) j CROSS JOIN entries e ON e.id = j.value LEFT JOIN live_blogs l ON l.id = e.live_blog_id
"""


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


def facets_of(connection: sqlite3.Connection, made: Plan, query: Query, found: Found, cap: int) -> Facets:
    """Return what narrows a query by its hits, or by the newest if there are more than `cap`."""
    newest, is_capped = found.positions[:cap], len(found.positions) > cap
    *listed, edited, withdrawn = connection.execute(_NARROWED_BY, (json.dumps(newest),)).fetchone()
    by_publisher, by_kind, by_day, languages = (Counter(json.loads(values)) for values in listed)
    languages.pop(None, None)
    if is_capped and query.is_empty:
        by_publisher = Counter(dict(connection.execute("SELECT publisher_id, sum(count) FROM rollups GROUP BY 1").fetchall()))
    names = {
        number: (slug, name)
        for number, slug, name in connection.execute(
            "SELECT p.id, p.slug, p.name FROM json_each(?) j CROSS JOIN publishers p ON p.id = j.value", (json.dumps([*by_publisher]),)
        )
    }
    periods = _periods(connection, made, query, found, newest) if is_capped else by_day
    return Facets(
        publishers=tuple(
            Facet(name="publisher", value=names[number][0], label=names[number][1], count=count)
            for number, count in sorted(by_publisher.items(), key=lambda item: (-item[1], names[item[0]][1]))
        ),
        languages=_most("language", languages),
        kinds=_most("kind", by_kind),
        flags=_most("is", +Counter(edited=edited or 0, withdrawn=withdrawn or 0)),
        periods=periods or by_day,
        of_newest=is_capped,
        periods_of_newest=is_capped and not periods,
    )


def _most(name: str, counts: Counter[str]) -> tuple[Facet, ...]:
    return tuple(
        Facet(name=name, value=value, label=value if name == "language" else value.replace("_", " ").capitalize(), count=count)
        for value, count in counts.most_common()
    )


def _periods(connection: sqlite3.Connection, made: Plan, query: Query, found: Found, newest: Sequence[int]) -> Mapping[str, int]:
    """All hits by day, month or year, counted by their positions; empty if that cannot be done quickly."""
    if query.is_empty:
        return dict(connection.execute("SELECT month, sum(count) FROM rollups GROUP BY month").fetchall())
    if found.is_all:
        return _counted(found.positions[::-1])
    if made.spaceless or made.has_earlier or (made.match and EVERYTHING in made.match):
        return {}
    where, parameters = conditions(made, PRESENT)
    oldest = connection.execute(f"SELECT s.rowid {where} ORDER BY s.rowid LIMIT 1", parameters).fetchone()
    span = _span(oldest[0], newest[0]) if oldest else None
    if span is None:
        return {}
    first, last = span
    publisher = made.publisher_alone
    has_rollups = made.match is None or publisher is not None
    if has_rollups and (last - first).days >= _DAYS and not any(value and len(value) > 7 for value in (made.since, made.until)):
        months = "SELECT month, sum(count) FROM rollups WHERE month >= ? AND month < ? AND ? IN (publisher_id, 0) GROUP BY month"
        return dict(connection.execute(months, (made.since or "", (made.until or "9999") + "\x7f", publisher or 0)).fetchall())
    known = found.positions
    estimate = len(known) * (known[0] - oldest[0]) / max(1, known[0] - known[-1])
    if estimate <= MOST:
        older = oldest_rows(connection, made, MOST, before=known[-1])
        if len(older) < MOST:
            return _counted([*older, *known[::-1]])
    # All the words with one beginning would be gathered anew for each bar; and a look at each hit is one for each of many words.
    if made.has_beginnings or estimate * made.terms > _FOR_ANY:
        return {}
    # Each bar is a look-up of its own.
    inside, inside_parameters = conditions(replace(made, since=None, until=None), PRESENT)
    counts = {}
    for (name, start), (_, end) in pairwise(_bounds(first, last, most=0)):
        safe = (made.since is None or start >= (made.since_safe or 0)) and (made.until is None or end <= (made.until_safe or 0))
        of, values = (inside, inside_parameters) if safe else (where, parameters)
        joined = "AND" if " WHERE " in of else "WHERE"
        counted = f"SELECT count(*) {of} {joined} s.rowid >= ? AND s.rowid < ?"
        counts[name] = connection.execute(counted, (*values, start, end)).fetchone()[0]
    return counts


def _counted(positions: Sequence[int]) -> dict[str, int]:
    """Positions, the oldest first, by day, month or year; empty if they are no times."""
    span = _span(positions[0], positions[-1])
    bounds = _bounds(*span, most=_MONTHS) if span else []
    places = [bisect_left(positions, start) for _, start in bounds]
    return {name: end - start for (name, _), (start, end) in zip(bounds, pairwise(places), strict=False)}


def _span(oldest: int, newest: int) -> tuple[datetime, datetime] | None:
    """The times that two positions stand for; None in a file that something else wrote."""
    try:
        return datetime.fromtimestamp(oldest, UTC), datetime.fromtimestamp(newest, UTC)
    except (ValueError, OverflowError, OSError):
        return None


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
