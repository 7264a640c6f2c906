"""What a page says about time, read as `When`. Pure: the present comes in as an argument or not at all."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from dateutil import parser as dateutil_parser

from archive.errors import ExtractionError
from archive.model import When

# 2013-02-26T10:45, 2013-02-26 10:45:00.123Z, 2013-02-26T10:45:00+0000, 2013-02-26
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*(Z|[+-]\d\d:?\d\d|[+-]\d\d)?)?", re.I)
# 8:32, 20.15, 20.15 Uhr, 12.34 BST, 9:43PM, 12:09 a.m. ET
_CLOCK = re.compile(r"(?<![\d.:])([01]?\d|2[0-3])[:.h]([0-5]\d)(?::([0-5]\d))?\s*([ap]\.?\s?m\b\.?)?", re.I)
_DOTNET = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")  # /Date(1398419894000+0000)/

# A day in an address: /2013-02-26/, /2013/02/26/, /2013/feb/26/, /2026/4/2/
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)}
_URL_DAYS = (
    re.compile(r"/(\d{4})-(\d\d)-(\d\d)(?=[/?#]|$)"),
    re.compile(r"/(\d{4})/(\d{1,2})/(\d{1,2})(?=[/?#]|$)"),
    re.compile(r"/(\d{4})/([a-z]{3})/(\d{1,2})(?=[/?#]|$)"),
)


def zone_of(name: str | None) -> tzinfo | None:
    """Return the IANA zone called `name`; None for None."""
    return ZoneInfo(name) if name else None


def to_utc(instant: datetime) -> str:
    """Return an instant as UTC, ISO 8601 to the second, fractions dropped.

    >>> to_utc(datetime.fromisoformat("2026-07-01T12:05:09.9+01:00"))
    '2026-07-01T11:05:09Z'
    """
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def from_utc(text: str) -> datetime:
    """Return the aware instant that `to_utc` wrote."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


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
    found = _ISO.fullmatch(text)
    if found:
        year, month, day, hour, minute, second, fraction, offset = found.groups()
        try:
            naive = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        except ValueError as error:
            raise ExtractionError(f"published: expected a date that exists, found {raw!r}") from error
        if fraction:
            naive = naive.replace(microsecond=int(fraction[:6].ljust(6, "0")))
        precision = "day" if hour is None else "second" if second is not None else "minute"
        if offset:
            return When(instant=naive.replace(tzinfo=_offset(offset)), precision=precision, basis=basis, raw=raw)
        return _localised(naive, zone=zone, precision=precision, basis=basis, raw=raw)
    return _from_words(raw, zone=zone, basis=basis)


def _from_words(raw: str, *, zone: str | None, basis: str) -> When:
    """Read RFC 2822 and the like ("Fri, 25 Sep 2020 20:06:15 GMT") by dateutil, if it names day, month and year."""
    try:
        # Read against two different defaults: what differs was not stated, and would be invented.
        one, two = (dateutil_parser.parse(raw, default=default) for default in (datetime(2001, 1, 1), datetime(2004, 2, 2)))
    except (ValueError, OverflowError, TypeError) as error:
        raise ExtractionError(f"published: expected ISO 8601 such as 2026-03-01T12:05:00+01:00, found {raw!r}") from error
    if one.replace(tzinfo=None) != two.replace(tzinfo=None):
        raise ExtractionError(f"published: expected a day, month and year, found {raw!r}")
    clock = _CLOCK.search(raw)
    precision = "day" if not clock else "second" if clock[3] else "minute"
    if one.tzinfo:
        return When(instant=one, precision=precision, basis=basis, raw=raw)
    return _localised(one, zone=zone, precision=precision, basis=basis, raw=raw)


def from_epoch(value: float | str, *, basis: str = "page") -> When:
    """Return Unix seconds, milliseconds or `/Date(ms)/` as UTC, to the second.

    Milliseconds are told from seconds by size: 10**11 seconds lie in the year 5138.

    >>> from_epoch(1613763003000).instant.isoformat()
    '2021-02-19T19:30:03+00:00'
    """
    found = _DOTNET.fullmatch(str(value).strip())
    try:
        number = float(found[1] if found else value)
        seconds = number / 1000 if abs(number) >= 1e11 else number
        instant = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise ExtractionError(f"published: expected Unix seconds or milliseconds, found {value!r}") from error
    return When(instant=instant, precision="second", basis=basis, raw=str(value))


def from_clock(raw: str, *, day: date, zone: str | None, basis: str = "inferred") -> When:
    """Return a clock time on a day in the publisher's zone, to the minute.

    Basis `inferred`: the day was worked out. Pass `page` where the page states the day for this update.

    >>> from_clock("9.05pm", day=date(2026, 3, 1), zone="Europe/London").instant.isoformat()
    '2026-03-01T21:05:00+00:00'
    """
    found = _CLOCK.search(raw)
    if not found:
        raise ExtractionError(f"published: expected a clock time such as 20:15, found {raw!r}")
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    half = (found[4] or "").lower().replace(".", "").replace(" ", "")
    if half == "pm" and hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    naive = datetime(day.year, day.month, day.day, hour, minute, second)
    return _localised(naive, zone=zone, precision="second" if found[3] else "minute", basis=basis, raw=raw)


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


def _offset(text: str) -> tzinfo:
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    delta = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if delta >= timedelta(hours=24):
        raise ExtractionError(f"published: expected an offset below 24 hours, found {text!r}")
    return timezone(-delta if text[0] == "-" else delta)


def _localised(naive: datetime, *, zone: str | None, precision: str, basis: str, raw: str) -> When:
    if zone is None:
        return When(instant=naive.replace(tzinfo=UTC), precision=precision, basis="inferred", raw=raw)
    return When(instant=naive.replace(tzinfo=ZoneInfo(zone)), precision=precision, basis=basis, raw=raw)
