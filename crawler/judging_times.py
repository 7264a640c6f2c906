"""What the times of a list say of it: whether they run as those of updates do. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from archive.pairs import has_spaceless
from archive.remembering import remembered
from crawler.block_times import Timed
from crawler.markers import minutes_of
from crawler.own_text import HEADINGS, short_text

_LONGEST_LABEL = 40  # characters of a name and what stands with it
_LONGEST_NAME = 12  # of one in a script without spaces


def clocks_of(times: Sequence[Timed]) -> list[float]:
    """The updates' times of day in minutes, or instants in minutes where attributes state them; those with a clock only."""
    found: list[float] = []
    for item in times:
        marker = item.published or item.updated
        if marker is None:
            continue
        if marker.clock is not None:
            found.append(marker.clock.minutes)
        elif marker.form == "instant":
            minutes = _minutes(marker.raw)
            if minutes is not None:
                found.append(minutes)
    return found


@remembered(most=16_384, longest=40)
def _minutes(raw: str) -> float | None:
    """Minutes of an attribute's instant; None for a day alone."""
    if raw[:10].isdigit() and len(raw) != len("20260303214712"):
        number = float(raw)
        return (number / 1000 if number >= 1e11 else number) / 60
    stated = re.match(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?", raw)
    if not stated:
        return minutes_of(raw)
    year, month, day, hour, minute = (int(part) for part in stated.groups()[:5])
    # Days of 31 to a month are enough to compare neighbours.
    return ((year * 12 + month) * 31 + day) * 1440 + hour * 60 + minute + int(stated[6] or 0) / 60


def names_differ(times: Sequence[Timed]) -> bool:
    """Whether a short label stands beside each time and nearly all differ: readers' names. Reporters are few."""
    labels = []
    for item in times:
        marker = item.published
        parent = None if marker is None else marker.element.getparent()
        if marker is None or parent is None:
            continue
        before = marker.element.getprevious()
        words = short_text(parent, 2 * _LONGEST_LABEL)
        if words:
            words = words.replace(short_text(marker.element, 2 * _LONGEST_LABEL) or "", "")
        elif before is not None and isinstance(before.tag, str) and before.tag not in HEADINGS:
            words = short_text(before, _LONGEST_LABEL)
        rest = (words or "").strip(" ,|·•-–—")
        if rest and len(rest) <= _LONGEST_LABEL and len(rest.split()) <= 3 and not (len(rest) > _LONGEST_NAME and has_spaceless(rest)):
            labels.append(rest)
    return len(labels) >= 8 and len(labels) * 10 >= len(times) * 8 and len(set(labels)) * 10 >= len(labels) * 8


def usual_gap(times: Sequence[Timed]) -> float:
    """Minutes from one update to the next, in the middle of them all; 0 where no instants are stated."""
    instants = [
        minutes
        for item in times
        if item.published is not None and item.published.form == "instant" and (minutes := _minutes(item.published.raw)) is not None
    ]
    gaps = sorted(abs(b - a) for a, b in pairwise(instants))
    return gaps[len(gaps) // 2] if gaps else 0.0


def in_order(clocks: Sequence[float]) -> float:
    steps = [b - a for a, b in pairwise(clocks) if b != a]
    if len(steps) < 3:
        return 0.0
    up = sum(step > 0 for step in steps) / len(steps)
    return 0.5 if max(up, 1 - up) >= 0.8 else -0.5 if max(up, 1 - up) < 0.65 else 0.0


def counted_from_nought(times: Sequence[Timed], *, live: bool) -> float:
    """Against: what looks like clocks are places in a recording (00:12, 01:49, ...) or numbers of verses (3:16, 3:17, ...)."""
    clocks = [item.published.clock for item in times if item.published is not None and item.published.clock is not None]
    if len(clocks) < 5 or any(clock.day is not None or clock.zone_name for clock in clocks):
        return 0.0
    steps = [after.minutes - before.minutes for before, after in pairwise(clocks)]
    if sum(step == 1 for step in steps) * 10 >= len(steps) * 8:
        return -2.0
    return -2.0 if not live and clocks[0].hour == 0 and clocks[0].minute < 30 and min(steps) > 0 else 0.0


def on_a_timetable(clocks: Sequence[float]) -> float:
    """Against: nearly all minutes divide by five, as on a timetable.

    Of updates one in five does, so five in a row are chance once in 3,000 pages.
    """
    even = sum(int(minutes) % 5 == 0 for minutes in clocks)
    if len(clocks) < 4 or even * 10 < len(clocks) * 9:
        return 0.0
    return -1.4 if len(clocks) >= 5 else -0.7
