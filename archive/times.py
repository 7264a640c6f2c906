"""What a page says about time, read as `When`. Pure: the present comes in as an argument or not at all."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from dateutil import parser as dateutil_parser

from archive.clocks import Clock, clock_time, read_clock
from archive.days import resolve_day
from archive.errors import ExtractionError
from archive.model import When
from archive.offsets import fixed_offset, localise, named_zone, zone_of
from archive.remembering import remembered

_LONGEST = 120
_REMEMBERED = 64  # characters
# 2013-02-26T10:45, 2013-02-26 10:45:00.123Z, 2013-02-26T10:45:00+0000, 2013-02-26T10+01, 2013-02-26, 2013-02-26 10:45:00 +0000 UTC
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:(?:[T_]|\s{1,3})(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?)?"
    r"\s?((?:GMT|UTC)?\s?[+\u2212-]\d\d:?\d\d|[+\u2212-]\d\d|Z|GMT|UTC)?(?:\s?(?:UTC|GMT))?(?:\[[\w/+-]{1,40}\])?)?",
    re.I,
)
# As most pages write it: 2026-03-01T12:05:00.345Z, 2026-03-01T12:05:00+01:00. Python reads these itself.
_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.(?:[0-9]{3}|[0-9]{6}))?(?:Z|[+-][0-9]{2}:[0-5][0-9])")
# 20130226T104500Z, 20130226T1045+0100, 20130226; 2013-W09-2; 2013-057
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(?:(\d\d)(\d\d)?)?(Z|[+-]\d{4}|[+-]\d\d)?)?", re.I)
_RUN_TOGETHER = re.compile(r"20\d\d[01]\d[0-3]\d[0-2]\d[0-5]\d[0-5]\d")  # 20130226104500
_WEEK_OR_ORDINAL = re.compile(r"(\d{4})-?(?:W(\d\d)-?(\d)|(\d{3}))(T.{2,40})?", re.I)
_DOTNET = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{4})?\)/")  # /Date(1398419894000+0000)/
# What JavaScript prints: "Tue Feb 26 2013 10:45:00 GMT+0100 (Central European Standard Time)"
_SCRIPT_ZONE = re.compile(r"\b(?:GMT|UTC)\s?(?=[+-]\d)")
_REMARK = re.compile(r"\s*\([^()]{1,60}\)\s*$")

# A day in an address: /2013-02-26/, /2013/02/26/, /2013/feb/26/, /2026/4/2/
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}
_URL_DAYS = (
    re.compile(r"/(\d{4})-(\d\d)-(\d\d)(?=[/?#]|$)"),
    re.compile(r"/(\d{4})/(\d{1,2})/(\d{1,2})(?=[/?#]|$)"),
    re.compile(r"/(\d{4})/([a-z]{3})/(\d{1,2})(?=[/?#]|$)"),
)


def to_utc(instant: datetime) -> str:
    """Return an instant as UTC, ISO 8601 to the second, fractions dropped.

    >>> to_utc(datetime.fromisoformat("2026-07-01T12:05:09.9+01:00"))
    '2026-07-01T11:05:09Z'
    """
    return instant.astimezone(UTC).isoformat()[:19] + "Z"


def from_utc(text: str) -> datetime:
    """Return the aware instant that `to_utc` wrote."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@remembered(most=16_384, longest=_REMEMBERED)
def from_iso(raw: str, *, zone: str | None = None, basis: str = "page") -> When:
    """Return a stated date-time; a date alone has precision `day`.

    `zone` is the publisher's IANA zone, used only where the offset is missing. Without either, an ISO
    time is taken as UTC and marked `inferred`: the page has not said where its clock stands.

    Raises ExtractionError if `raw` is neither ISO 8601 nor a date that dateutil reads without guessing.

    >>> from_iso("2026-07-01T12:05", zone="Europe/London").instant.isoformat()
    '2026-07-01T12:05:00+01:00'
    >>> from_iso("2013-02-26").precision
    'day'
    """
    text = raw.strip()
    if len(text) > _LONGEST:
        raise ExtractionError(f"published: expected ISO 8601 such as 2026-03-01T12:05:00+01:00, found {len(text):,} characters")
    if _USUAL.fullmatch(text):
        with suppress(ValueError):  # 24:00, a leap second, the 31st of June
            return When(instant=datetime.fromisoformat(text), precision="second", basis=basis, raw=raw)
    found = _ISO.fullmatch(text)
    if found:
        return _from_parts(found.groups(), zone=zone, basis=basis, raw=raw)
    if text[:4].isdigit():
        if _RUN_TOGETHER.fullmatch(text):
            text = f"{text[:8]}T{text[8:]}"
        basic = _BASIC.fullmatch(text)
        if basic and (text[8:9] in ("T", "t") or 19 <= int(text[:2]) <= 20):
            *parts, offset = basic.groups()
            return _from_parts((*parts, None, offset), zone=zone, basis=basis, raw=raw)
        counted = _WEEK_OR_ORDINAL.fullmatch(text)
        if counted:
            return from_iso(_counted_day(counted, raw) + (counted[5] or ""), zone=zone, basis=basis)
    return _from_words(raw, zone=zone, basis=basis)


def _from_parts(parts: tuple[str | None, ...], *, zone: str | None, basis: str, raw: str) -> When:
    year, month, day, hour, minute, second, fraction, offset = parts
    # 24:00 is the end of a day, and a minute may have a 61st second.
    late = hour == "24" and int(minute or 0) == int(second or 0) == 0
    leap = second == "60"
    try:
        naive = datetime(
            int(year or 0),
            int(month or 0),
            int(day or 0),
            0 if late else int(hour or 0),
            int(minute or 0),
            59 if leap else int(second or 0),
        )
        naive += timedelta(days=late, seconds=leap)
    except (ValueError, OverflowError) as error:
        raise ExtractionError(f"published: expected a date that exists, found {raw!r}") from error
    if fraction:
        naive = naive.replace(microsecond=int(fraction[:6].ljust(6, "0")))
    precision = "day" if hour is None else "hour" if minute is None else "minute" if second is None else "second"
    where = fixed_offset(offset) if offset else None
    if where is not None:
        return When(instant=naive.replace(tzinfo=where), precision=precision, basis=basis, raw=raw)
    return _localised(naive, zone=zone, precision=precision, basis=basis, raw=raw)


def _counted_day(found: re.Match[str], raw: str) -> str:
    """The calendar day of a week date or of a day of the year."""
    try:
        if found[4]:
            return (date(int(found[1]), 1, 1) + timedelta(days=int(found[4]) - 1)).isoformat()
        return date.fromisocalendar(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except (ValueError, OverflowError) as error:
        raise ExtractionError(f"published: expected a date that exists, found {raw!r}") from error


def _from_words(raw: str, *, zone: str | None, basis: str) -> When:
    """Read RFC 2822 and the like ("Fri, 25 Sep 2020 20:06:15 GMT") by dateutil, if it names day, month and year."""
    text = _SCRIPT_ZONE.sub("", _REMARK.sub("", raw.strip()))
    names: list[str] = []

    def where(name: str | None, seconds: int | None) -> tzinfo | None:
        if seconds is None and name:
            names.append(name)
        return None if seconds is None else fixed_offset(f"{seconds // 3600:+03d}{seconds % 3600 // 60:02d}")

    def parse(default: datetime, dayfirst: bool) -> datetime:
        return dateutil_parser.parse(text, default=default, dayfirst=dayfirst, tzinfos=where)

    try:
        # Read against two different defaults and both orders: what differs was not stated, and would be invented.
        one, *others = [parse(default, first) for default in (datetime(2001, 1, 1), datetime(2004, 2, 2)) for first in (False, True)]
    except (ValueError, OverflowError, TypeError, RecursionError) as error:
        raise ExtractionError(f"published: expected ISO 8601 such as 2026-03-01T12:05:00+01:00, found {raw!r}") from error
    unknown = [name for name in names if named_zone(name, naive=datetime(2001, 1, 1), zone=zone) is None]
    if unknown or any(one.replace(tzinfo=None) != other.replace(tzinfo=None) for other in others):
        raise ExtractionError(f"published: expected a day, month, year and known zone, found {raw!r}")
    clock = read_clock(text)
    if clock is not None and one.tzinfo is None:
        clock = replace(clock, zone_name=clock.zone_name or next(iter(names), None))
        found = clock_time(clock, day=one.date(), zone=zone, basis=basis)
        return When(instant=found.instant, precision=found.precision, basis=found.basis, raw=raw)
    precision = "day" if not clock else "second" if clock.second is not None else "minute"
    if one.tzinfo is not None:
        return When(instant=one, precision=precision, basis=basis, raw=raw)
    return _localised(one, zone=zone, precision=precision, basis=basis, raw=raw)


def from_epoch(value: float | str, *, basis: str = "page") -> When:
    """Return Unix seconds, milliseconds or `/Date(ms)/` as UTC, to the second.

    Milliseconds are told from seconds by size (10**11 seconds lie in the year 5138), and so are micro-
    and nanoseconds.

    >>> from_epoch(1613763003000).instant.isoformat()
    '2021-02-19T19:30:03+00:00'
    """
    text = str(value).strip()
    found = _DOTNET.fullmatch(text[:_LONGEST])
    try:
        number = float(found[1] if found else text[:_LONGEST])
        for size in (1e17, 1e14, 1e11):
            if abs(number) >= size:
                number /= size / 1e8
                break
        instant = datetime.fromtimestamp(number, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ExtractionError(f"published: expected Unix seconds or milliseconds, found {text[:40]!r}") from error
    return When(instant=instant, precision="second", basis=basis, raw=text)


def from_clock(raw: str, *, day: date, zone: str | None, basis: str = "inferred") -> When:
    """Return a clock time on a day in the publisher's zone, to the minute.

    Basis `inferred`: the day was worked out. Pass `page` where the page states the day for this update.

    >>> from_clock("9.05pm", day=date(2026, 3, 1), zone="Europe/London").instant.isoformat()
    '2026-03-01T21:05:00+00:00'
    """
    clock = read_clock(raw)
    if clock is None:
        raise ExtractionError(f"published: expected a clock time such as 20:15, found {raw[:60]!r}")
    found = clock_time(clock, day=day, zone=zone, basis=basis)
    return When(instant=found.instant, precision=found.precision, basis=found.basis, raw=raw)


def against_shown(machine: When, shown: Clock | None, *, zone: str | None) -> When:
    """Return the time to believe where an attribute and the text beside it speak of one update.

    `shown` is what readers see, `zone` the publisher's. Both agree, also where the text keeps UTC or the
    attribute's own offset: the attribute, which says more. The attribute's digits are the wall clock's but
    its offset is not the zone's (`16:56Z` beside "16:56" in Rome): the wall clock, `inferred`. Otherwise
    the page orders by what it shows: the shown clock, on the attribute's day if it names none. An attribute without
    an offset, of a publisher without a zone, keeps the clock that the text says in the same digits ("20:14 EST").
    """
    if shown is not None and zone is None:
        return _in_shown_zone(machine, shown)
    if shown is None or zone is None or machine.precision not in ("minute", "second"):
        return machine
    if not 1 < machine.instant.year < 9999:  # the ends of the calendar have no neighbouring days
        return machine
    where = ZoneInfo(zone)
    local = machine.instant.astimezone(where)
    near = date(local.year, local.month, local.day)
    try:
        day = resolve_day(shown.day, near=near) if shown.day and shown.day.offset is None else near
    except ExtractionError:
        day = near
    visible = clock_time(shown, day=day, zone=zone, basis="page" if shown.day and shown.day.is_full else "inferred")
    if _same_minute(visible.instant, machine.instant):
        return machine
    digits = (shown.hour, shown.minute)
    if shown.zone_name is None:
        false_offset = machine.instant.utcoffset() != local.utcoffset()
        if digits == (machine.instant.hour, machine.instant.minute) and false_offset:
            instant, _ = localise(machine.instant.replace(tzinfo=None), where)
            return When(instant=instant, precision=machine.precision, basis="inferred", raw=machine.raw)
        utc = machine.instant.astimezone(UTC)
        if digits == (utc.hour, utc.minute):
            return machine
    if shown.day is None:  # a clock without a day lies within half a day of the attribute
        days = [near + timedelta(days=step) for step in (-1, 0, 1)]
        visible = min(
            (clock_time(shown, day=day, zone=zone, basis="inferred") for day in days),
            key=lambda when: abs(when.instant - machine.instant),
        )
        if _same_minute(visible.instant, machine.instant):
            return machine
    return visible


def _in_shown_zone(machine: When, shown: Clock) -> When:
    if (
        machine.basis != "inferred"
        or shown.zone_name is None
        or (shown.hour, shown.minute) != (machine.instant.hour, machine.instant.minute)
    ):
        return machine
    visible = clock_time(shown, day=machine.instant.date(), zone=None, basis="page")
    return replace(machine, instant=machine.instant.replace(tzinfo=visible.instant.tzinfo), basis=visible.basis)


def _same_minute(one: datetime, other: datetime) -> bool:
    return abs((one - other).total_seconds()) < 60


def day_in_url(url: str | None) -> date | None:
    """Return the day an address names, or None.

    >>> day_in_url("http://itv.com/news/story/2013-02-26/met-police/")
    datetime.date(2013, 2, 26)
    >>> day_in_url("https://www.theguardian.com/science/live/2021/feb/19/mars")
    datetime.date(2021, 2, 19)
    """
    for pattern in _URL_DAYS:
        found = pattern.search(url or "")
        if found:
            year, month, day = found.groups()
            try:
                return date(int(year), _MONTHS.get(month) or int(month), int(day))
            except ValueError:
                continue
    return None


def from_url(url: str | None, *, zone: str | None) -> When | None:
    """Return the day in an address as a `When` with basis `url`, or None if it names none."""
    day = day_in_url(url)
    if day is None:
        return None
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone_of(zone) or UTC)
    return When(instant=midnight, precision="day", basis="url", raw=day.isoformat())


def _localised(naive: datetime, *, zone: str | None, precision: str, basis: str, raw: str) -> When:
    if zone is None:
        return When(instant=naive.replace(tzinfo=UTC), precision=precision, basis="inferred", raw=raw)
    if precision == "day":
        return When(instant=naive.replace(tzinfo=ZoneInfo(zone)), precision=precision, basis=basis, raw=raw)
    instant, sure = localise(naive, ZoneInfo(zone))
    return When(instant=instant, precision=precision, basis=basis if sure else "inferred", raw=raw)
