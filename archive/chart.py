"""Counts by month as the bars of a small chart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archive.present import month_in_words

_HEIGHT = 60
_STEP = 10
_FEWEST, _MOST = 24, 120


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One month (`2025-06`) or year (`2025`) with its count, and its rectangle in a space 60 high."""

    period: str
    name: str
    count: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Bars oldest first; `width` is that of the whole. Beyond ten years a bar is a year."""

    bars: tuple[Bar, ...]
    width: int

    @property
    def filled(self) -> tuple[Bar, ...]:
        return tuple(bar for bar in self.bars if bar.count)


def chart(months: Mapping[str, int]) -> Chart | None:
    """Return the chart of counts by month, empty months included; None if there is nothing to compare.

    >>> [bar.count for bar in chart({"2025-01": 4, "2025-03": 2}).bars]
    [4, 0, 2]
    """
    known = {month: count for month, count in months.items() if count > 0 and month_in_words(month) != month}
    if len(known) < 2:
        return None
    periods = _months(min(known), max(known))
    if len(periods) > _MOST:
        years = {month[:4]: 0 for month in sorted(known)}
        for month, count in known.items():
            years[month[:4]] += count
        known = years
        periods = [f"{year:04d}" for year in range(int(min(years)), int(max(years)) + 1)][-_MOST:]
    tallest = max(known.values())
    bars = tuple(_bar(number, period, known.get(period, 0), tallest) for number, period in enumerate(periods))
    return Chart(bars=bars, width=_STEP * max(len(bars), _FEWEST))


def _bar(number: int, period: str, count: int, tallest: int) -> Bar:
    height = max(2, round(count / tallest * (_HEIGHT - 4))) if count else 0
    return Bar(period=period, name=month_in_words(period), count=count, x=number * _STEP + 1, y=_HEIGHT - height, height=height)


def _months(first: str, last: str) -> list[str]:
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(start, end + 1)]
