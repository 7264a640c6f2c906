"""Counts by day, month or year as the bars of a small chart. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from archive.present import day_in_words, month_in_words

_HEIGHT = 60
_STEP = 10
_FEWEST, _MOST = 24, 120
_DAYS = 62  # two months by day


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One day (`2025-06-04`), month (`2025-06`) or year (`2025`) with its count, and its rectangle in a space 60 high."""

    period: str
    name: str
    count: int
    x: int
    y: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Bars oldest first; `width` is that of the whole. A bar is a day within two months, a month within ten years, else a year."""

    bars: tuple[Bar, ...]
    width: int

    @property
    def filled(self) -> tuple[Bar, ...]:
        return tuple(bar for bar in self.bars if bar.count)


def chart(counts: Mapping[str, int]) -> Chart | None:
    """Return the chart of counts by day, month or year, empty ones included; None if there is nothing to compare.

    >>> [bar.count for bar in chart({"2025-01": 4, "2025-03": 2}).bars]
    [4, 0, 2]
    >>> [bar.period for bar in chart({"2025-02-28": 4, "2025-03-02": 2}).bars]
    ['2025-02-28', '2025-03-01', '2025-03-02']
    """
    known = {period: count for period, count in counts.items() if count > 0 and _in_words(period)}
    length = min(map(len, known), default=0)
    while True:
        known = _summed(known, length)
        if len(known) < 2:
            return None
        periods = _periods(min(known), max(known))
        if len(periods) <= (_DAYS if length == 10 else _MOST) or length == 4:
            break
        length -= 3
    periods = periods[-_MOST:]
    tallest = max(known.get(period, 0) for period in periods)
    bars = tuple(_bar(number, period, known.get(period, 0), tallest) for number, period in enumerate(periods))
    return Chart(bars=bars, width=_STEP * max(len(bars), _FEWEST))


def _summed(counts: Mapping[str, int], length: int) -> dict[str, int]:
    summed: Counter[str] = Counter()
    for period, count in counts.items():
        summed[period[:length]] += count
    return dict(summed)


def _bar(number: int, period: str, count: int, tallest: int) -> Bar:
    height = max(2, round(count / tallest * (_HEIGHT - 4))) if count else 0
    return Bar(period=period, name=_in_words(period), count=count, x=number * _STEP + 1, y=_HEIGHT - height, height=height)


@lru_cache(maxsize=1024)
def _in_words(period: str) -> str:
    """A period for people; empty for what is none."""
    if len(period) == 4:
        return period if period.isascii() and period.isdigit() else ""
    try:
        day = datetime.fromisoformat(f"{period}-01" if len(period) == 7 else period)
    except ValueError:
        return ""
    return month_in_words(period) if len(period) == 7 else day_in_words(day)


def _periods(first: str, last: str) -> list[str]:
    if len(first) == 10:
        start, days = date.fromisoformat(first), (date.fromisoformat(last) - date.fromisoformat(first)).days
        # Nobody draws more than two months by day: what is longer is summed up.
        return [(start + timedelta(days=number)).isoformat() for number in range(min(days, _DAYS) + 1)]
    if len(first) == 4:
        return [f"{year:04d}" for year in range(int(first), int(last) + 1)]
    start_month, end_month = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(start_month, end_month + 1)]
