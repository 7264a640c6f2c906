"""read_time: any statement of a time, machine or printed, in the order of how much it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

from archive.calendar_words import knows
from archive.clocks import Clock, clock_time, read_clock
from archive.days import DayName, read_day, resolve_day
from archive.errors import ExtractionError
from archive.model import When
from archive.relative import read_relative
from archive.times import from_epoch, from_iso

_LONGEST = 120  # "Donnerstag, 27. September 2024, 12:05:06 Uhr (Mitteleuropäische Sommerzeit)" has 76 characters
_EPOCH = re.compile(r"\d{10}(?:\.\d{1,6}|\d{3}|\d{6}|\d{9})?")  # seconds, milliseconds, microseconds, nanoseconds
_FIRST_YEAR = 1990
_MONTH_ONLY = re.compile(r"\d{4}(?:-\d\d)?")


def read_time(raw: str, *, fetched_at: datetime, zone: str | None, language: str | None = None, day: date | None = None) -> When | None:
    """Return what a text states about time, or None if that is not an instant.

    `zone` is the publisher's and stands in where no offset is printed. `day` is the day a clock alone
    belongs to: without it "20:15" is no instant, and nothing is made up. A year that is not printed is
    that nearest to `day`, else to `fetched_at`, and the basis then `inferred`, as for relative times.

    >>> from datetime import timezone
    >>> at = datetime(2023, 10, 30, 8, tzinfo=timezone.utc)
    >>> read_time("12:09 a.m. ET, October 30, 2023", fetched_at=at, zone=None).instant.isoformat()
    '2023-10-30T00:09:00-04:00'
    >>> read_time("20:15", fetched_at=at, zone="Europe/London") is None
    True
    """
    text = raw.strip()
    if not text or len(text) > _LONGEST:
        return None
    if _EPOCH.fullmatch(text) or text.startswith("/Date("):
        return _or_none(lambda: from_epoch(text))
    if text[:4].isdigit() and (found := _or_none(lambda: from_iso(text, zone=zone))):
        return found
    now = fetched_at.astimezone(ZoneInfo(zone) if zone else UTC)
    clock = read_clock(text)
    if clock is not None and clock.is_announced:
        return _from_clock(clock, now=now, zone=zone, day=day)
    name = read_day(text, language=language)
    if name is not None:
        return _from_day(name, now=now, zone=zone, day=day)
    if _MONTH_ONLY.fullmatch(text):
        return None
    found = read_relative(text, now=now, language=language)
    if found is None and re.search(r"\d", text):
        found = _or_none(lambda: from_iso(text, zone=zone)) or _from_any_language(text, now=now, zone=zone, language=language)
    return found


def _or_none(read: Callable[[], When]) -> When | None:
    try:
        return read()
    except ExtractionError:
        return None


def _from_clock(clock: Clock, *, now: datetime, zone: str | None, day: date | None) -> When | None:
    """A clock on the day it names, else on the day given."""
    if clock.day is None:
        return replace(clock_time(clock, day=day, zone=zone, basis="inferred"), raw=clock.raw) if day else None
    own = _resolved(clock.day, now=now, day=day)
    if own is None:
        return None
    return replace(clock_time(clock, day=own, zone=zone, basis="page" if clock.day.is_full else "inferred"), raw=clock.raw)


def _from_day(name: DayName, *, now: datetime, zone: str | None, day: date | None) -> When | None:
    own = _resolved(name, now=now, day=day)
    if own is None:
        return None
    where: tzinfo = ZoneInfo(zone) if zone else UTC
    basis = "page" if name.is_full and zone else "inferred"
    return When(instant=datetime(own.year, own.month, own.day, tzinfo=where), precision="day", basis=basis, raw=name.raw)


def _resolved(name: DayName, *, now: datetime, day: date | None) -> date | None:
    """The day a name means. "Today" is the day the page was fetched, never the day of something else on it."""
    near = now.date() if day is None or name.offset is not None else day
    if not name.is_full and near.year < _FIRST_YEAR:
        return None  # nobody knows when the page was fetched
    try:
        return resolve_day(name, near=near)
    except ExtractionError:
        return None


def _from_any_language(text: str, *, now: datetime, zone: str | None, language: str | None) -> When | None:
    """What dateparser makes of a date in a language our tables lack: the last resort, a hundred times slower than all before it."""
    if language is None or knows(language) or not re.search(r"[^\W\d_]{2}", text):
        return None
    import dateparser

    settings = {
        "REQUIRE_PARTS": ["day", "month", "year"],
        "RELATIVE_BASE": now.replace(tzinfo=None),
        "RETURN_AS_TIMEZONE_AWARE": False,
        "NORMALIZE": True,
        "PARSERS": ["absolute-time"],
    }
    try:
        found = dateparser.parse(text, languages=[language], settings=settings)
    except (ValueError, OverflowError, TypeError, LookupError, AttributeError, re.error):
        return None  # it does not know the language, or stumbles over the text
    if found is None:
        return None
    clock = read_clock(text)
    if clock is not None:
        return replace(clock_time(clock, day=found.date(), zone=zone, basis="page"), raw=text)
    return _from_day(DayName(day=found.day, month=found.month, year=found.year, raw=text), now=now, zone=zone, day=None)
