"""The rhythm of a live blog: how many updates an hour, and silences much longer than it usually keeps. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from archive.bars import STEP, Bar, bars
from archive.present import day_in_words, zone_of
from archive.times import from_utc

_HOURS = (1, 2, 3, 6, 12, 24, 7 * 24, 28 * 24)  # what one bar may stand for
_MOST = 96  # bars in a strip, so that one can still be hit
_WIDEST = 10 * 365  # days: past that, one wrong date is most of the picture
# A silence is shown from six times the usual pause on: an evening off stands out on a blog that posts hourly, while
# coffee does not on one that posts by the minute, where an hour is the least.
_LONG, _LEAST, _FEWEST = 6, timedelta(hours=1), 5


@dataclass(frozen=True, kw_only=True)
class Post:
    """One entry of a live blog. `at` is its UTC instant, None where no clock time is known; `position` its place in time."""

    position: int
    slug: str
    at: str | None


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """One bar of the strip, with the oldest and the newest of its posts (None for an empty one)."""

    bar: Bar
    oldest: Post | None
    newest: Post | None


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
    timed = sorted((local, post.position, post) for post in posts if (local := _local(post, zone)) is not None)
    if len(timed) < 2 or (timed[-1][0] - timed[0][0]).days > _WIDEST:
        return None
    first, last = timed[0][0], timed[-1][0]
    hours = next((hours for hours in _HOURS if _count(first, last, hours) <= _MOST), _HOURS[-1])
    start = _start(first, hours)
    held: list[list[Post]] = [[] for _ in range(_count(first, last, hours))]
    if len(held) < 2:
        return None
    for local, _, post in timed:
        held[int((local - start) / timedelta(hours=hours))].append(post)
    drawn = bars([(_name(start + timedelta(hours=hours * number), hours), len(group)) for number, group in enumerate(held)])
    return Strip(
        stretches=tuple(
            Stretch(bar=bar, oldest=group[0] if group else None, newest=group[-1] if group else None)
            for bar, group in zip(drawn, held, strict=True)
        ),
        hours=hours,
        untimed=len(posts) - len(timed),
        first=_clock(start),
        last=_clock(start + timedelta(hours=hours * len(held))),
    )


def silences(posts: Sequence[Post]) -> dict[int, timedelta]:
    """Return the silences much longer than the usual pause, by the position of the post that ended each. Posts oldest first.

    >>> times = ["10:00", "10:05", "10:10", "10:16", "13:16", "13:20"]
    >>> posts = [Post(position=n, slug="", at=f"2026-03-03T{clock}:00Z") for n, clock in enumerate(times)]
    >>> {position: str(silence) for position, silence in silences(posts).items()}
    {4: '3:00:00'}
    """
    timed = [(post.position, local) for post in posts if (local := _local(post, None)) is not None]
    if len(timed) < _FEWEST:
        return {}
    pauses = {later[0]: later[1] - earlier[1] for earlier, later in pairwise(timed)}
    usual = statistics.median(pause.total_seconds() for pause in pauses.values())
    longest = max(timedelta(seconds=_LONG * usual), _LEAST)
    return {position: pause for position, pause in pauses.items() if pause >= longest}


def _local(post: Post, zone: str | None) -> datetime | None:
    """The clock on the wall, which an hour in autumn shows twice."""
    try:
        return from_utc(post.at).astimezone(zone_of(zone)).replace(tzinfo=None) if post.at else None
    except (ValueError, OverflowError):  # a file that something else wrote
        return None


def _start(moment: datetime, hours: int) -> datetime:
    return moment.replace(hour=moment.hour // hours * hours if hours < 24 else 0, minute=0, second=0, microsecond=0)


def _count(first: datetime, last: datetime, hours: int) -> int:
    return int((last - _start(first, hours)) / timedelta(hours=hours)) + 1


def _name(start: datetime, hours: int) -> str:
    if hours == 24:
        return day_in_words(start)
    if hours > 24:
        return f"{hours // 24} days from {day_in_words(start)}"
    return f"{_clock(start)} to {start + timedelta(hours=hours):%H:%M}"


def _clock(moment: datetime) -> str:
    return f"{day_in_words(moment)}, {moment:%H:%M}"
