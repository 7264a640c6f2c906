"""Where a clock stands: zones, offsets and abbreviations, and what a wall clock shows at a change to summer time. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from archive.errors import ExtractionError
from archive.remembering import remembered

# Abbreviations printed beside times -> hours ahead of UTC, the most likely first; several: ambiguous without a zone.
_ABBREVIATIONS: dict[str, tuple[float, ...]] = {
    "GMT": (0,), "UTC": (0,), "UT": (0,), "Z": (0,),
    "BST": (1, 6), "WET": (0,), "WEST": (1,), "CET": (1,), "CEST": (2,), "EET": (2,), "EEST": (3,),
    "MSK": (3,), "TRT": (3,), "IDT": (3,), "IST": (5.5, 1, 2), "PKT": (5,), "NPT": (5.75,), "GST": (4,), "SAST": (2,),
    "EAT": (3,), "CAT": (2,), "WAT": (1,), "JST": (9,), "KST": (9,), "HKT": (8,), "SGT": (8,), "PHT": (8,), "WIB": (7,), "WITA": (8,),
    "WIT": (9,), "ICT": (7,), "AWST": (8,), "ACST": (9.5,), "ACDT": (10.5,), "AEST": (10,), "AEDT": (11,), "NZST": (12,), "NZDT": (13,),
    "EST": (-5,), "EDT": (-4,), "CST": (-6, 8, -5), "CDT": (-5, -4), "MST": (-7,), "MDT": (-6,), "PST": (-8,), "PDT": (-7,),
    "AST": (-4, 3), "ADT": (-3,), "NST": (-3.5,), "NDT": (-2.5,), "AKST": (-9,), "AKDT": (-8,), "HST": (-10,),
    "BRT": (-3,), "ART": (-3,), "CLT": (-4,), "CLST": (-3,), "COT": (-5,), "PET": (-5,), "VET": (-4,),
}  # fmt: skip
# Names that mean whatever the clock of a place shows, summer and winter.
_PLACES = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
    "AKT": "America/Anchorage",
}  # fmt: skip
_SYNONYMS = {"MEZ": "CET", "MESZ": "CEST", "HEC": "CET", "МСК": "MSK"}
_NUMERIC = re.compile(r"(?:GMT|UTC|UT)?\s?([+\u2212-])(\d{1,2})(?::?(\d\d))?", re.I)
_LITERAL = frozenset(("GMT", "UTC", "UT", "Z"))


@cache
def abbreviations() -> tuple[str, ...]:
    """Every abbreviation that can be resolved, the longest first."""
    return tuple(sorted((*_ABBREVIATIONS, *_PLACES, *_SYNONYMS, "UK time"), key=lambda name: (-len(name), name)))


def zone_of(name: str | None) -> tzinfo | None:
    """Return the IANA zone called `name`; None for None."""
    return ZoneInfo(name) if name else None


@remembered(most=1024, longest=16)
def fixed_offset(text: str) -> tzinfo | None:
    """Return the offset `Z`, `+01:00`, `-0430`, `+5`, `GMT+2` or `UTC-03:00` stands for, None for anything else.

    Raises ExtractionError for an offset of a day or more.

    >>> fixed_offset("GMT+2").utcoffset(None)
    datetime.timedelta(seconds=7200)
    """
    text = text.strip()
    if text.upper() in _LITERAL:
        return UTC
    found = _NUMERIC.fullmatch(text)
    if not found:
        return None
    digits = found[2] if found[3] is None or len(found[2]) == 2 else found[2].zfill(2)
    delta = timedelta(hours=int(digits), minutes=int(found[3] or 0))
    if delta >= timedelta(hours=24) or int(found[3] or 0) > 59:
        raise ExtractionError(f"published: expected an offset below 24 hours, found {text!r}")
    return UTC if not delta else timezone(delta if found[1] == "+" else -delta)


def named_zone(name: str, *, naive: datetime, zone: str | None) -> tuple[tzinfo, bool] | None:
    """Return where a clock with a printed abbreviation stands, and whether that is sure; None for a name nobody knows.

    `zone`, the publisher's, decides between the meanings of one abbreviation: IST is +05:30 in
    Asia/Kolkata and +01:00 in Europe/Dublin. Without it the most common is taken, unsure. A name of the
    zone's other half of the year ("EST" in July) is read as the zone's own clock, unsure: people write it so.

    >>> july = datetime(2024, 7, 1, 12)
    >>> [str(named_zone("IST", naive=july, zone=zone)) for zone in ("Asia/Kolkata", "Europe/Dublin")]
    ["(zoneinfo.ZoneInfo(key='Asia/Kolkata'), True)", "(zoneinfo.ZoneInfo(key='Europe/Dublin'), True)"]
    """
    key = " ".join(name.upper().split())
    offset = fixed_offset(key)
    if offset is not None:
        return offset, True
    if key in _PLACES or key == "UK TIME":
        return ZoneInfo(_PLACES.get(key, "Europe/London")), True
    key = _SYNONYMS.get(key, key)
    hours = _ABBREVIATIONS.get(key)
    own = zone_of(zone)
    if own is not None:
        here = naive.replace(tzinfo=own)
        if _is_called(here, key, hours):
            return own, True
        if any(_is_called(datetime(naive.year, half, 1, tzinfo=own), key, None) for half in (1, 7)):
            return own, False
    if hours is None:
        return None
    return timezone(timedelta(hours=hours[0])), len(hours) == 1


def _is_called(instant: datetime, name: str, hours: tuple[float, ...] | None) -> bool:
    """Whether a zone's clock goes by a name at an instant: AEST also as EST, and +06 by any name that may mean it."""
    stated = instant.tzname() or ""
    if stated[:1].isalpha():
        return stated == name or (len(name) == 3 and len(stated) == 4 and stated.endswith(name))
    return bool(hours) and instant.utcoffset() in [timedelta(hours=hour) for hour in hours or ()]


def localise(naive: datetime, where: tzinfo) -> tuple[datetime, bool]:
    """Return a wall clock's instant in a zone, and whether it is the only one.

    A time a change to summer time skips is moved past the gap; one that comes twice is taken as the
    first. Both are unsure.

    >>> localise(datetime(2024, 3, 31, 2, 30), ZoneInfo("Europe/Berlin"))[0].isoformat()
    '2024-03-31T03:30:00+02:00'
    """
    instant = naive.replace(tzinfo=where, fold=0)
    if instant.utcoffset() == naive.replace(tzinfo=where, fold=1).utcoffset():
        return instant, True
    return instant.astimezone(UTC).astimezone(where), False
