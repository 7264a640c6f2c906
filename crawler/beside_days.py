"""The day that stands in an element of its own beside the clock of a block: <span>17:50</span> <span>05.03.2025</span>. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archive.days import read_day
from crawler.block_times import Timed
from crawler.markers import Marker
from crawler.own_text import short_text

_LONGEST = 40  # characters of a day


def with_days(times: Sequence[Timed], *, language: str | None) -> list[Timed]:
    """Return the times of blocks, their clocks with the day beside them where most blocks have one; it is one of their times, too."""
    found = [_day_of(item.published, language) for item in times]
    if 2 * sum(day is not None for day in found) <= len(times):
        return list(times)
    return [_together(item, day, language) if day is not None else item for item, day in zip(times, found, strict=True)]


def _day_of(clock: Marker | None, language: str | None) -> Marker | None:
    """The day in the element behind a clock that has none, or in that before it."""
    if clock is None or clock.clock is None or clock.clock.day is not None or clock.form != "clock":
        return None
    for element in (clock.element.getnext(), clock.element.getprevious()):
        if element is None or not isinstance(element.tag, str):
            continue
        words = short_text(element, _LONGEST)
        day = read_day(words, language=language) if words and any(char.isdigit() for char in words) else None
        if day is not None and day.is_full:
            return Marker(element=element, form="words", raw=day.raw)
    return None


def _together(item: Timed, day: Marker, language: str | None) -> Timed:
    said = item.published
    assert said is not None
    assert said.clock is not None
    whole = said._replace(clock=replace(said.clock, day=read_day(day.raw, language=language)))
    others = [whole if marker is said else marker for marker in item.all if marker.element is not day.element]
    return item._replace(published=whole, all=(*others, day))
