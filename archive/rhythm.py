"""The rhythm of a live blog: how many updates an hour, and silences much longer than it usually keeps. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

from archive.bars import STEP, Bar, bars
from archive.present import day_in_words, zone_of

_HOURS = (1, 2, 3, 6, 12, 24, 7 * 24, 28 * 24)  # what one bar may stand for
_MOST = 96  # bars in a strip, so that one can still be hit
_HOUR, _DAY = 3600, 86400
_QUARTER_HOUR, _QUARTER_DAY = 900, 21600
_WIDEST = 10 * 365 * _DAY  # past that, one wrong date is most of the picture
# A silence is shown from six times the usual pause on: an evening off stands out on a blog that posts hourly, while
# coffee does not on one that posts by the minute, where an hour is the least.
_LONG, _LEAST, _FEWEST = 6, _HOUR, 5


# One entry of a live blog: its position, and its instant in seconds since 1970, None where no clock time is known.
Post = tuple[int, int | None]


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """One bar of the strip, with the positions of the oldest and the newest of its posts (None for an empty one)."""

    bar: Bar
    oldest: int | None
    newest: int | None


@dataclass(frozen=True, kw_only=True)
class Strip:
    """Bars oldest first, each of `hours` hours in the publisher's zone, from `first` to `last` in words.

    `untimed` posts have no clock time and are in none.
    """

    stretches: tuple[Stretch, ...]
    hours: int
    untimed: int
    first: str
    last: str

    @property
    def width(self) -> int:
        return STEP * len(self.stretches)

    @property
    def filled(self) -> tuple[Stretch, ...]:
        return tuple(stretch for stretch in self.stretches if stretch.bar.count)

    @property
    def unit(self) -> str:
        """What a bar stands for: "hour", "3 hours", "day", "week"."""
        known = {1: "hour", 24: "day", 7 * 24: "week"}
        return known.get(self.hours) or (f"{self.hours} hours" if self.hours < 24 else f"{self.hours // 24} days")


def strip(posts: Sequence[Post], *, zone: str | None) -> Strip | None:
    """Return the posts by the hour, or by a longer unit where the coverage is long; None if they are too few or all at once."""
    clocks = _clocks({at for _, at in posts if at is not None}, zone)
    timed = sorted([(clocks[at], position) for position, at in posts if at in clocks])
    if len(timed) < 2 or timed[-1][0] - timed[0][0] > _WIDEST:
        return None
    first, last = timed[0][0], timed[-1][0]
    hours = next((hours for hours in _HOURS if _count(first, last, hours) <= _MOST), _HOURS[-1])
    start, step = _start(first, hours), hours * _HOUR
    held: list[list[int]] = [[] for _ in range(_count(first, last, hours))]
    if len(held) < 2:
        return None
    for clock, position in timed:
        held[(clock - start) // step].append(position)
    drawn = bars([(_name(start + step * number, hours), len(group)) for number, group in enumerate(held)])
    return Strip(
        stretches=tuple(
            Stretch(bar=bar, oldest=group[0] if group else None, newest=group[-1] if group else None)
            for bar, group in zip(drawn, held, strict=True)
        ),
        hours=hours,
        untimed=len(posts) - len(timed),
        first=_in_words(start),
        last=_in_words(start + step * len(held)),
    )


def silences(posts: Sequence[Post]) -> dict[int, timedelta]:
    """Return the silences much longer than the usual pause, by the position of the post that ended each. Posts oldest first.

    >>> posts = [(position, 60 * minute) for position, minute in enumerate((0, 5, 10, 16, 196, 200))]
    >>> {position: str(silence) for position, silence in silences(posts).items()}
    {4: '3:00:00'}
    """
    timed = [(position, at) for position, at in posts if at is not None]
    if len(timed) < _FEWEST:
        return {}
    pauses = [later - earlier for (_, earlier), (_, later) in pairwise(timed)]
    longest = max(_LONG * statistics.median(pauses), _LEAST)
    return {position: timedelta(seconds=pause) for (position, _), pause in zip(timed[1:], pauses, strict=True) if pause >= longest}


def _clocks(instants: Collection[int], zone: str | None) -> dict[int, int]:
    """What the clock on the wall shows at each instant, in seconds since 1970 by that clock; an hour in autumn is shown twice.

    Zones differ from UTC by the same for a quarter of an hour at least, so that is asked once for each of them; where both ends of a
    quarter of a day agree, once for all of it: no zone changes twice within one.
    """
    there = zone_of(zone)

    @cache
    def offset(instant: int) -> int | None:
        try:
            found = datetime.fromtimestamp(instant, UTC).astimezone(there).utcoffset()
        except (ValueError, OverflowError, OSError):  # a file that something else wrote
            return None
        return int(found.total_seconds()) if found else 0

    @cache
    def throughout(start: int) -> int | None:
        return offset(start) if offset(start) == offset(start + _QUARTER_DAY) else None

    clocks: dict[int, int] = {}
    for instant in instants:
        known = throughout(instant // _QUARTER_DAY * _QUARTER_DAY)
        if known is None:
            known = offset(instant // _QUARTER_HOUR * _QUARTER_HOUR)
        if known is not None:
            clocks[instant] = instant + known
    return clocks


def _start(clock: int, hours: int) -> int:
    step = hours * _HOUR if hours < 24 else _DAY
    return clock // step * step


def _count(first: int, last: int, hours: int) -> int:
    return (last - _start(first, hours)) // (hours * _HOUR) + 1


def _name(start: int, hours: int) -> str:
    if hours < 24:
        return f"{_in_words(start)} to {_read(start + hours * _HOUR):%H:%M}"
    return day_in_words(_read(start)) if hours == 24 else f"{hours // 24} days from {day_in_words(_read(start))}"


def _in_words(clock: int) -> str:
    return f"{day_in_words(_read(clock))}, {_read(clock):%H:%M}"


def _read(clock: int) -> datetime:
    return datetime.fromtimestamp(clock, UTC)
