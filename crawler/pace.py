"""How many posts a minute a live blog is likely to bring, judged from the times of those it has brought.

What is learnt stands in `polling_table.json`: the logarithm of the posts a minute is a sum of curves, one for each thing in `CURVES`,
and of one surface, the hour of the day by the time since the last post. `benchmarks/polling_model.py` learns them; docs/polling.md shows
what they are worth on live blogs they were not learnt from.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from math import exp, log
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).with_name("polling_table.json")

# Each curve reads log(x + shift). Times are in seconds, `relative` is the time since the last post over `recent`, the rest are counts.
CURVES: Final[Mapping[str, float]] = {
    "silence": 30,  # since the last post
    "gap": 30,  # between the last two posts
    "recent": 30,  # the mean gap of the last six
    "relative": 0,
    "own": 30,  # the mean gap of the whole live blog
    "age": 600,  # since the first post
    "number": 0,  # posts in all
    "last 5 min": 1,
    "last 10 min": 1,
    "last 20 min": 1,
    "last 40 min": 1,
    "last 90 min": 1,
    "last 4 h": 1,
}
WINDOWS: Final = (300, 600, 1200, 2400, 5400, 14400)  # seconds, of the last six curves
_FIRST_GAP = 370.0  # seconds: the gap assumed before there is one; the median of what was learnt from
_RECENT = 6
_CELL = 0.05  # of a logarithm: curves are read in steps of 5 %
_HOURS = 48  # the day is read in half hours
_COUNTS = 320


def features(seen: Sequence[float], known: int, at: float) -> tuple[float, ...]:
    """What the curves read at the moment `at`, in the order of `CURVES`: logarithms, then six counts.

    `seen[:known]` are the posting times known, Unix seconds, ascending, none after `at`; at least one.
    """
    first, last = seen[0], seen[known - 1]
    silence = log(at - last + 30)
    gap = log((last - seen[known - 2] if known > 1 else _FIRST_GAP) + 30)
    count = min(known - 1, _RECENT)
    # One gap of 300 s is counted in, so that two posts at once make no pace of their own.
    recent = log((last - seen[known - 1 - count] + 300) / (count + 1) + 30)
    own = log((last - first + 900) / known + 30)
    counts = (known - bisect_left(seen, at - window, 0, known) for window in WINDOWS)
    return (silence, gap, recent, silence - recent, own, log(at - first + 600), log(known), *counts)


class Pace:
    """The learnt curves, ready to be read.

    >>> import json
    >>> pace = Pace(json.loads(TABLE.read_text(encoding="utf-8")))
    >>> noon = 1_500_000_000.0
    >>> busy = pace.expected([noon - 200, noon - 90, noon - 30], 3, noon, hour=12)
    >>> busy > pace.expected([noon - 9000, noon - 8000, noon - 7000], 3, noon, hour=12)
    True
    """

    __slots__ = ("_counts", "_first", "_hours", "_logs")

    def __init__(self, table: Mapping[str, Any]) -> None:
        curves = table["curves"]
        self._first = float(table["level"])
        self._logs = []
        self._counts = []
        for name, shift in CURVES.items():
            knots = [log(knot + shift) for knot in curves[name]["at"]]
            values = curves[name]["adds"]
            if name.startswith("last"):
                self._counts.append([_between(knots, values, log(1 + count)) for count in range(_COUNTS)])
            else:
                self._logs.append((knots[0], [_between(knots, values, at) for at in _cells(knots)]))
        self._hours = _surface(table["hours"])

    def expected(self, seen: Sequence[float], known: int, at: float, *, hour: float | None) -> float:
        """Posts a minute to expect in the minute after `at`, when none came between the last known and `at`.

        `hour`: of the day in the publisher's zone, 0 to 24; None where the zone is unknown: then the mean over the day.
        """
        read = features(seen, known, at)
        total = self._first
        for value, (start, cells) in zip(read, self._logs, strict=False):
            cell = int((value - start) / _CELL)
            total += cells[cell if 0 <= cell < len(cells) else -1 if cell > 0 else 0]
        for count, adds in zip(read[7:], self._counts, strict=True):
            total += adds[int(count) if count < _COUNTS else -1]
        start, rows = self._hours
        cell = int((read[0] - start) / _CELL)
        row = rows[cell if cell < len(rows) else -1]
        return exp(total + row[int(hour * 2) % _HOURS if hour is not None else _HOURS])


def _cells(knots: Sequence[float]) -> list[float]:
    """The middles of the cells a curve is read in, from its first knot to past its last."""
    return [knots[0] + (cell + 0.5) * _CELL for cell in range(int((knots[-1] - knots[0]) / _CELL) + 2)]


def _between(knots: Sequence[float], values: Sequence[float], at: float) -> float:
    """The straight line between the two knots around `at`; level beyond the ends."""
    right = min(max(bisect_left(knots, at), 1), len(knots) - 1)
    share = (at - knots[right - 1]) / (knots[right] - knots[right - 1])
    share = min(max(share, 0.0), 1.0)
    return values[right - 1] * (1 - share) + values[right] * share


def _surface(hours: Mapping[str, Any]) -> tuple[float, list[list[float]]]:
    """For each cell of the time since the last post, what each half hour of the day adds, and last the mean of them."""
    shift = CURVES["silence"]
    knots = [log(knot + shift) for knot in hours["silence"]]
    whole, coarse = hours["adds"], hours["adds_by_silence"]
    rows = []
    for at in _cells(knots):
        row = []
        for half in range(_HOURS):
            hour = (half + 0.5) / 2
            by_silence = _between(knots, [_around(line, hour) for line in coarse], at)
            row.append(_around(whole, hour) + by_silence)
        rows.append([*row, sum(row) / _HOURS])
    return knots[0], rows


def _around(line: Sequence[float], hour: float) -> float:
    """The straight line between two knots on a clock of 24 hours."""
    step = 24 / len(line)
    left = int(hour / step)
    share = hour / step - left
    return line[left % len(line)] * (1 - share) + line[(left + 1) % len(line)] * share
