"""Clock times as pages print them: "8:32", "20.15 Uhr", "12:09 a.m. ET, October 30, 2023", "21h05", "klo 14.32". Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from archive.days import DayName, read_day, resolve_day, scan_day
from archive.model import When
from archive.offsets import abbreviations, localise, named_zone
from archive.remembering import remembered
from archive.rollover import Moment, days_of

_LONGEST = 400  # only the beginning of a long text is searched
_ZONES = "|".join(re.escape(name) for name in abbreviations())
_ZONE = rf"(?P<zone>(?:GMT|UTC)\s?[+\u2212-]\d{{1,2}}(?::?\d\d)?|[+-]\d\d:?\d\d|(?-i:{_ZONES})(?![\w+-]))"
_HALF_BEFORE = r"(?P<before>上午|下午|凌晨|早上|中午|晚上|오전|오후|午前|午後)?\s?"
_HALF_AFTER = r"(?P<half>[ap](?:\.\s?|\s)?m(?:\.|\b)|[πμ]\.?\s?μ\.?|ص|م(?!\w))"
_WORD = r"(?P<word>Uhr|uur|hrs?|hours|hs\.?|horas|h(?=\s|$)|u\.(?=\s|$)|óra|val|ч\.?|година|น\.?)(?!\w)"
_CLOCK = re.compile(
    rf"""(?:(?P<lead>(?<!\w)(?:klokken|klockan|klo|kl)\.?\s?)|(?<![\w.:/+-]))
    {_HALF_BEFORE}
    (?:(?P<hour>[01]?\d|2[0-3])\s?(?P<mark>[:：.]|[hu]\s?|[时時点點시]\s?)
        (?P<minute>[0-5]\d)(?:[:：.](?P<second>[0-5]\d))?(?:[分분]|\s?min(?!\w))?
     | (?P<bare>[01]?\d|2[0-3])(?(lead)|(?=\s?(?:[ap](?:\.\s?)?m\b|Uhr\b|h(?!\w)|uur\b|时|時|点|點|시)))(?:[时時点點시]|\s?h(?!\w))?
     | (?P<military>(?:[01]\d|2[0-3])[0-5]\d)(?=\s?(?:GMT|UTC|hrs\b|IST\b|BST\b|Uhr\b)))
    (?!\d|[.:]\d)
    (?:\s?{_HALF_AFTER})?(?:\s?{_WORD})?(?:\s?[(\[]?{_ZONE}[)\]]?)?""",
    re.X | re.I,
)
_GROUPS = ("lead", "before", "half", "word", "zone", "mark", "hour", "minute", "second", "bare", "military")
_BARE = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)  # most clocks of most pages: 21:05
_PM = frozenset(("pm", "μμ", "م", "下午", "晚上", "오후", "午後"))
_NOON = "中午"
# What may stand between a day and the clock: "March 3 at 9:05", "3 mars à 21h05", "27. August um 14:05".
_JOINT = re.compile(
    r"[\s,/|·•–—-]*(?:at|um|à|a las|alle|alle ore|ore|às|as|om|kl|klo|klokken|klockan|o|(?:o )?godz|в|о|у|u|ob|v|ve|la|ora|saat|kell|plkst"
    r"|เวลา|الساعة|בשעה|lúc|στις|a les|stand|ab)?(?:(?<=[a-z])\.)?[\s,:/|·•–—-]*$",
    re.I,
)
_LONGEST_JOINT = 10  # characters: "klokken." and one before it
_PARTING = (
    " \t\n\r\f\v\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004"
    "\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000,/:|·•–—-"
)
# Words that announce a time: "Published 27 August 2024 14:05", "Stand: 27.08.2024, 14:05".
_ANNOUNCED = re.compile(
    r"^\s*(?:(?:first|last|latest|published|updated|update|posted|modified|created|stand|aktualisiert|veröffentlicht|erstellt|publié|"
    r"mise? à jour|modifié|actualizado|publicado|atualizado|aggiornato|pubblicato|bijgewerkt|gepubliceerd|uppdaterad|"
    r"publicerad|actualizare|actualizat|actualización|actualisation|aggiornamento|atualização|aktualizacja|aktualizováno|aktualizace|"
    r"oppdatert|opdateret|päivitetty|ενημέρωση|обновлено|обновление|оновлено|güncelleme|güncellendi|"
    r"thứ (?:hai|ba|tư|năm|sáu|bảy)|chủ nhật|ngày|lúc|on|at|um|om|am|le|el|il|ore|ora|orele|godz|godzina|saat|hora|kello|час|ώρα)"
    r"(?!\w)[\s.:|,–—-]*){1,4}",
    re.I,
)
# Words that name the time of a line which goes on behind it: "Ore 18:40 - Rain", "Update, 18.42 Uhr: Rain", "SAAT 18:42 | Rain".
_CALLED = re.compile(
    r"\W*(?:(?:updates?|updated|aktualisierung|aktualisiert|aggiornamento|mise à jour|màj|maj|actualización|atualização|aktualizacja|"
    r"oppdatering|opdatering|uppdatering|päivitys|güncelleme|обновление|оновлення|alle|ore|ora|orele|godz|godzina|saat|czas|čas|hora|"
    r"kello|ώρα|час|um|vom|von|at|à|às|a las|om|tid)(?!\w)[\s.:,–—-]*){1,3}",
    re.I,
)
_BEFORE_A_CLOCK = re.compile(r"\s?[,/|·–-]?\s{1,2}(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)")
_SHORT_DAY = re.compile(r"(?:\D{1,16}\s)?\d{1,2}[./]\d{1,2}")
_LEADING = re.compile(r"[\s,/|·•–—(-]*(?:on|am|le|el|il|em|den|,)?\s*", re.I)
_SET_OFF = re.compile(r"\s*(?:$|[:|)\]\n·•–—-])")
_PARTED = re.compile(r"\s*(?:$|[:|)\]+·•]|[–—-]\s)")


# What sets a clock off from its line: "+++ 14:05 Rain +++", "\u25ba 14:05".
_SIGNS = "|\u00b7\u2022\u2013\u2014+*\u25ba\u25b6\u25cf\u25a0\u00bb>-"
_BRACKETS = "()[]\u3010\u3011\uff3b\uff3d\u3014\u3015"
_AROUND = f" \t\r\n\xa0{_BRACKETS}:.,{_SIGNS}"


@dataclass(frozen=True)
class Clock:
    """A time of day as printed. `hour` is 0 to 23; `second` is None where it was not said.

    `zone_name` is the abbreviation or offset as printed (`BST`, `GMT+2`); `day` a day named with it.
    `raw` is the text it was found in, `start` and `end` where it stands there, its day, zone and "Uhr" included.
    """

    hour: int
    minute: int
    second: int | None = None
    zone_name: str | None = None
    day: DayName | None = None
    raw: str = ""
    start: int = 0
    end: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether the text says nothing else."""
        return not (self.raw[: self.start] + self.raw[self.end :]).strip(_AROUND)

    @property
    def leads(self) -> bool:
        """Whether the text begins with it, or with a word that names it and goes on behind a sign: "Ore 18:40 - Rain"."""
        before = self.raw[: self.start]
        return not before.strip(f" \t\r\n\xa0{_BRACKETS}{_SIGNS}") or (
            _PARTED.match(self.raw, self.end) is not None and _CALLED.fullmatch(before) is not None
        )

    @property
    def trails(self) -> bool:
        """Whether the text ends with it, set off by a bracket or a dash: "Rain at last (21:47)"."""
        before = self.raw[: self.start].rstrip()
        return len(before) > 1 and before[-1] in f"([{_SIGNS}" and not self.raw[self.end :].strip(_AROUND)

    @property
    def is_announced(self) -> bool:
        """Whether beside it stand at most words that announce a time: "Published: 14:05", "Updated at 12.36 BST"."""
        return not (_ANNOUNCED.sub("", self.raw[: self.start]) + self.raw[self.end :]).strip(_AROUND)

    @property
    def minutes(self) -> float:
        """Minutes since midnight."""
        return self.hour * 60 + self.minute + (self.second or 0) / 60


@remembered(most=16_384, longest=80)
def read_clock(raw: str) -> Clock | None:
    """Return the first clock time in a text, or None.

    Dotted numbers (20.15) and a bare `14h` count only with a word that says so, or where they open the text
    or are all of it: "3.15 percent" is no time.

    >>> clock = read_clock("12:09 a.m. ET, October 30, 2023")
    >>> clock.hour, clock.minute, clock.zone_name, clock.day.year, clock.is_whole
    (0, 9, 'ET', 2023, True)
    """
    bare = _BARE.fullmatch(raw)
    if bare:
        return Clock(hour=int(bare[1]), minute=int(bare[2]), raw=raw, end=len(raw))
    text = _plain_digits(raw[:_LONGEST])
    for found in _CLOCK.finditer(text):
        clock = _clock(found, raw, text)
        if clock:
            return clock
    return None


def _plain_digits(text: str) -> str:
    """The text with Arabic, Devanagari and full-width digits as 0 to 9, each character in its place."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _clock(found: re.Match[str], raw: str, text: str) -> Clock | None:
    lead, before, half, word, zone, mark, hours, minutes, seconds, bare, military = found.group(*_GROUPS)
    dotted = mark == "." or (bare and not half and not word)
    if dotted and not (lead or before or half or word or zone) and _BEFORE_A_CLOCK.match(text, found.end()):
        return None  # 17.09, 18:42
    if dotted and not (lead or before or half or word or zone) and not _alone(found, text):
        return None
    digits = hours or bare or military[:2]
    hour, minute = int(digits), int(minutes or (military or "00")[-2:])
    half = re.sub(r"[.\s]", "", (half or before).lower()) if half or before else ""
    if half in _PM and hour < 12:
        hour += 12
    elif half and half not in _PM and half != _NOON:
        if hour > 12:
            return None  # 13:05 a.m. is no time
        hour = 0 if hour == 12 else hour
    start, end = found.span()
    day, start, end = _day_beside(text, start, end)
    return Clock(hour=hour, minute=minute, second=int(seconds) if seconds else None, zone_name=zone, day=day, raw=raw, start=start, end=end)


def _alone(found: re.Match[str], text: str) -> bool:
    """Whether a number that may be no clock opens the text and is set off from what follows."""
    if text[: found.start()].strip(" \t\r\n\xa0([|"):
        before = text[: found.start()]
        called = _PARTED.match(text, found.end()) is not None and _CALLED.fullmatch(before) is not None
        return called or read_day(before.strip(" ,|")) is not None
    return bool(re.match(r"\s*(?:$|[:|)\]\n–—-]|,\s)", text[found.end() :])) and (
        len(found["hour"] or "") == 2 or not text[found.end() :].strip()
    )


def _day_beside(text: str, start: int, end: int) -> tuple[DayName | None, int, int]:
    """The day that stands right before or after a clock, and the span that includes it."""
    before = text[:start]
    if before and not before.isspace():
        joint = _JOINT.search(before, _beside(before))
        head = _ANNOUNCED.sub("", before[: len(before) - len(joint[0])] if joint else before)
        day = read_day(head) if head and not head.isspace() else None
        if day is None and _SHORT_DAY.fullmatch(head.strip()):
            day = read_day(f"{head.strip()}.")  # beside a clock 17.09 is a day
        if day is not None:
            return day, 0, end
    lead = _LEADING.match(text, end)
    tail_at = lead.end() if lead else end
    if tail_at == len(text):
        return None, start, end
    day, length = scan_day(text[tail_at : tail_at + 60])
    if day is not None and _SET_OFF.match(text, tail_at + length):
        return day, start, tail_at + length
    return None, start, end


def _beside(before: str) -> int:
    """Where in a text its last word begins, with what parts it from those before."""
    start = len(before.rstrip(_PARTING)) - _LONGEST_JOINT
    return max(0, len(before) - 80, len(before[: max(0, start)].rstrip(_PARTING)))


def clock_time(clock: Clock, *, day: date, zone: str | None, basis: str) -> When:
    """Return a clock on a day as an instant, in the printed zone, else the publisher's, else UTC and `inferred`.

    Basis `inferred` also where the abbreviation may mean another zone, and where the day has no such
    time or has it twice (a change to or from summer time).
    """
    naive = datetime(day.year, day.month, day.day, clock.hour, clock.minute, clock.second or 0)
    where = named_zone(clock.zone_name, naive=naive, zone=zone) if clock.zone_name else None
    if where is None:
        where = (ZoneInfo(zone), True) if zone else (UTC, False)
    instant, sure = localise(naive, where[0])
    precision = "minute" if clock.second is None else "second"
    raw = clock.raw[clock.start : clock.end].strip() or clock.raw
    return When(instant=instant, precision=precision, basis=basis if sure and where[1] else "inferred", raw=raw)


def place(
    items: Sequence[Clock | DayName | None],
    *,
    near: date,
    zone: str | None,
    day_stands: Literal["above", "below"] | None = None,
) -> list[When | None]:
    """Return the instant of each clock of a list, in list order; None for headings and for items without a clock.

    `near` is the day of the newest item: the page's own date, or the day it was fetched. An aware datetime
    also says until when: nothing is placed after it.
    `day_stands` says whether a day heading stands above or below its entries; None: found out.

    A clock's own day counts first, then its heading's. Without either, days are counted from the
    neighbours by the order of the list: newest first or oldest first, whichever spans less time, with a
    new day where the clock turns over midnight. Basis `page` only where the clock names its whole day
    and its zone is printed or known; what was worked out is `inferred`.

    >>> late, early = read_clock("0:10"), read_clock("23:50")
    >>> [when.instant.isoformat() for when in place([late, early], near=date(2024, 3, 2), zone="Europe/Berlin")]
    ['2024-03-02T00:10:00+01:00', '2024-03-01T23:50:00+01:00']
    """
    latest = None
    if isinstance(near, datetime):
        if near.tzinfo is not None:
            near = near.astimezone(ZoneInfo(zone) if zone else UTC)
            latest = near.hour * 60 + near.minute + near.second / 60
        near = near.date()
    moments = [Moment(item.minutes, item.day) if isinstance(item, Clock) else item for item in items]
    days = days_of(moments, today=near, latest=latest, day_stands=day_stands)
    found: list[When | None] = []
    for item, day in zip(items, days, strict=True):
        if not isinstance(item, Clock) or day is None:
            found.append(None)
            continue
        stated = item.day is not None and item.day.is_full
        found.append(clock_time(item, day=day, zone=zone, basis="page" if stated else "inferred"))
    return _second_time_round(found)


def _second_time_round(found: list[When | None]) -> list[When | None]:
    """The list with the autumn hour that comes twice read the second time where the first would break the order."""
    places = [place for place, when in enumerate(found) if when is not None]
    instants = [when.instant for when in found if when is not None]
    if not instants or all(instant.utcoffset() == instant.replace(fold=1).utcoffset() for instant in instants):
        return found
    if instants[0] > instants[-1]:
        places.reverse()
    latest: datetime | None = None
    for place in places:
        when = found[place]
        if when is None:
            continue
        again = when.instant.replace(fold=1)
        if latest is not None and when.instant.astimezone(UTC) < latest <= again.astimezone(UTC):
            found[place] = when = replace(when, instant=again)
        latest = when.instant.astimezone(UTC)
    return found


__all__ = ["Clock", "DayName", "clock_time", "place", "read_clock", "read_day", "resolve_day"]
