"""How values of the archive are put before readers: times in words, web addresses. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from archive.times import from_utc

_MONTHS = "January February March April May June July August September October November December".split()
_TIMES = {1: "once", 2: "twice"}
# From how many seconds on a unit is used, its seconds, its name.
_UNITS = ((48 * 3600, 86400, "day"), (2 * 3600, 3600, "hour"), (60, 60, "minute"), (0, 1, "second"))


@dataclass(frozen=True, kw_only=True)
class Moment:
    """One instant for a reader.

    `machine` is for the `datetime` attribute of a time element, `day` is "4 June 2025", `clock` "15:12",
    "15:12:04" or "" (the day only), `zone` "BST", `text` all three. `note` says the same in UTC, or how little is known.
    `local` is the clock in that zone, None for what is no time.
    """

    machine: str
    day: str
    clock: str
    zone: str
    text: str
    note: str
    local: datetime | None = None


def moment(instant: str | None, *, zone: str | None, precision: str | None = None, seconds: bool = False) -> Moment | None:
    """Return a stored UTC instant in the publisher's zone (UTC if the zone is unknown); None for None.

    `precision` is that of the claim; `seconds` shows the second, as is due to what we observed ourselves.

    >>> moment("2025-06-04T14:12:30Z", zone="Europe/London").text
    '4 June 2025, 15:12 BST'
    >>> moment("2025-06-03T23:00:00Z", zone="Europe/London", precision="day").machine
    '2025-06-04'
    >>> moment("2025-06-04T14:12:30Z", zone="America/Sao_Paulo", seconds=True).text
    '4 June 2025, 11:12:30 UTC-03'
    """
    if not instant:
        return None
    try:
        utc = from_utc(instant).astimezone(UTC)
        local = utc.astimezone(zone_of(zone))
    except (ValueError, OverflowError):  # a file that something else wrote
        return Moment(machine="", day=instant, clock="", zone="", text=instant, note="")
    day = day_in_words(local)
    if precision == "day":
        machine = local.date().isoformat()
        return Moment(machine=machine, day=day, clock="", zone="", text=day, note="the page gives the day only", local=local)
    clock = local.strftime("%H:%M:%S" if seconds else "%H:%M")
    name = local.tzname() or "UTC"
    name = name if name[:1].isalpha() else f"UTC{name}"
    note = utc.strftime("%H:%M:%S UTC" if seconds else "%H:%M UTC")
    if utc.date() != local.date():
        note = f"{day_in_words(utc)}, {note}"
    if precision == "hour":
        note = f"{note}; the page gives the hour only"
    return Moment(machine=instant, day=day, clock=clock, zone=name, text=f"{day}, {clock} {name}", note=note, local=local)


def zone_of(name: str | None) -> tzinfo:
    """Return a zone by its IANA name; UTC if there is none of that name."""
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):  # an unknown name, or one with ".." in it
        return UTC


def day_in_words(day: datetime) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def duration_in_words(length: timedelta) -> str:
    """Return a length of time in the largest unit that says it well, rounded down.

    >>> [duration_in_words(timedelta(minutes=minutes)) for minutes in (0.2, 1, 89, 100, 700, 3000, 60 * 24 * 30)]
    ['12 seconds', '1 minute', '89 minutes', '100 minutes', '11 hours', '2 days', '30 days']
    """
    seconds = int(length.total_seconds())
    _, unit, name = next((found for found in _UNITS if seconds >= found[0]), _UNITS[-1])
    number = seconds // unit
    return f"{number} {name}{'' if number == 1 else 's'}"


def month_in_words(month: str) -> str:
    """Return `2025-06` as "June 2025", and anything else as it is."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", month)
    return f"{_MONTHS[int(found[2]) - 1]} {found[1]}" if found else month


def edited(revision: int) -> str | None:
    """Return "edited once", "edited twice", "edited 3 times", or None for a first wording."""
    changes = revision - 1
    return f"edited {_TIMES.get(changes, f'{changes} times')}" if changes > 0 else None


def web_address(url: str | None) -> str | None:
    """Return an address a reader may be sent to (http or https, with a host), or None.

    >>> web_address("https://echo.example/live#u-4"), web_address("java\\tscript:alert(1)"), web_address("//echo.example/")
    ('https://echo.example/live#u-4', None, None)
    """
    if not url or re.search(r"[\x00-\x20\x7f\\]", url):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def published_basis(basis: str | None, precision: str | None, raw: str | None) -> str:
    """Return how the publisher's time is known, as a sentence without its full stop."""
    if basis is None:
        return "The page gives no time for this update"
    if basis == "url":
        return "Only the day in the page's address is known"
    said = f", which says \u201c{raw}\u201d" if raw and len(raw) <= 60 else ""
    if basis == "inferred":
        return f"Worked out from the page{said}"
    if precision == "day":
        return "The page gives the day only"
    return "Stated by the page to the hour only" if precision == "hour" else "Stated by the page"
