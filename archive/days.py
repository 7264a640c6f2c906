"""Days as headings and labels name them: "Dienstag, 27. August 2024", "Oct 02", "gestern". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from archive.calendar_words import is_small, month, relative_day, weekday
from archive.errors import ExtractionError

_LONGEST = 60  # "Donnerstag, den 27. September 2024" has 34 characters; anything far longer is prose

# One token of a date. Each alternative is bounded, so no input makes it slow.
_TOKEN = re.compile(  # ymd 2024-08-27, cjk 8月27日, dmy 27.08.2024 and 27.8.
    r"""(?P<ymd>(?<!\d)(?P<y1>\d{4})(?P<s1>[-/]|\.\s?)(?P<m1>\d{1,2})(?P=s1)(?P<d1>\d{1,2})\.?(?![\d:]))
      | (?P<cjk>(?:(?P<y2>\d{4})\s?[年년]\s?)?(?P<m2>\d{1,2})\s?[月월]\s?(?P<d2>\d{1,2})\s?[日号號일]
          (?:\s?[(（]?(?:星期|周|週)?[一二三四五六日月火水木金土월화수목금토일](?:曜日?|요일)?[)）]?)?)
      | (?P<dmy>(?<!\d)(?P<d3>\d{1,2})(?P<s3>[-/.])\s?(?P<m3>\d{1,2})(?:(?P=s3)\s?(?P<y3>\d{4}|\d\d(?!\d))|\.)?(?![\d:]))
      | (?P<number>(?<!\d)\d{1,4}(?!\d)(?:st|nd|rd|th|er|re|\.|º|ª|°|:e)?(?![^\W\d_]))
      | (?P<word>[\u0e01-\u0e4e]{1,3}\.[\u0e01-\u0e2e]\.|[^\s\d.,:;|/()\[\]（）–—·•-]{1,20}\.?)
      | (?P<gap>[\s,.()\[\]（）·•|–—-]{1,6})""",
    re.X | re.I,
)


_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class DayName:
    """A day as somebody wrote it, with only the parts that were written.

    `day`, `month` and `year` are as stated; `weekday` counts from Monday as 0. `offset` is 0 for "today"
    and -1 for "yesterday". A weekday may stand alone. `raw` is the text as found.
    """

    day: int | None = None
    month: int | None = None
    year: int | None = None
    weekday: int | None = None
    offset: int | None = None
    raw: str = ""

    @property
    def is_full(self) -> bool:
        """Whether day, month and year are all stated."""
        return None not in (self.day, self.month, self.year)


def read_day(raw: str, *, language: str | None = None) -> DayName | None:
    """Return the day a heading or label names, or None if it is anything else, as a sentence with a date in it.

    `language` is the page's; it decides between languages that use one word for two months, and whether
    3/4 is in March (never guessed in English).

    >>> read_day("Dienstag, 27. August 2024")
    DayName(day=27, month=8, year=2024, weekday=1, offset=None, raw='Dienstag, 27. August 2024')
    >>> read_day("The strike began on 27 August 2024") is None
    True
    """
    text = raw.strip().strip(":|\u2013\u2014- ")
    if not 2 <= len(text) <= _LONGEST:
        return None
    stated, _, end = _scan(text, language)
    return DayName(**stated, raw=raw.strip()) if stated and end == len(text) else None


def scan_day(text: str, *, language: str | None = None) -> tuple[DayName | None, int]:
    """Return the day `text` begins with and where it ends, or (None, 0)."""
    stated, consumed, end = _scan(text, language)
    return (DayName(**stated, raw=text[:consumed].strip()), end) if stated else (None, 0)


def _scan(text: str, language: str | None) -> tuple[dict[str, int], int, int]:
    """What the beginning of a text says of a day, empty if that is none; where it is said, and where what follows begins."""
    parts: dict[str, int] = {}
    end = consumed = 0
    lone_weekday = False
    longest = min(len(text), _LONGEST)
    while end < longest:
        token = _TOKEN.match(text, end)
        if token is None:
            break
        kind = token.lastgroup
        end_of_token = token.end()
        if kind == "word":
            word = token[0]
            if not _take_word(word, parts, language):
                break
            if len(word) > 3 and parts.keys() == {"weekday"}:
                lone_weekday = True
            if not (is_small(word) and relative_day(word) is None):
                consumed = end_of_token
        elif kind != "gap":
            if not _take_numbers(kind or "", token, parts, language):
                break
            consumed = end_of_token
        end = end_of_token
    # A full stop may end the last word; white space and commas behind it belong to it.
    stated = {name: value for name, value in parts.items() if value >= 0 or name == "offset"} if parts else parts
    complete = "day" in stated and "month" in stated
    if not complete and ("day" in stated or "month" in stated or "year" in stated):
        return {}, 0, 0
    if not (complete or "offset" in stated or ("weekday" in stated and lone_weekday)):
        return {}, 0, 0
    if complete and not (1 <= stated["month"] <= 12 and 1 <= stated["day"] <= 31):
        return {}, 0, 0
    rest = text[consumed:end]
    if end < len(text):  # what follows is not part of the date: it must be set off by something
        end = consumed + (len(rest) if rest.strip() else 0)
    return stated, consumed, end


def _take_numbers(kind: str, token: re.Match[str], parts: dict[str, int], language: str | None) -> bool:
    """Add what a token of numbers says to `parts`; False if it is no part of a date, or says something twice."""
    if kind == "ymd":
        new = {"year": int(token["y1"]), "month": int(token["m1"]), "day": int(token["d1"])}
    elif kind == "cjk":
        new = {"month": int(token["m2"]), "day": int(token["d2"])} | ({"year": int(token["y2"])} if token["y2"] else {})
    elif kind == "dmy":
        text = token[0]
        if not token["y3"] and not (text.endswith(".") or re.fullmatch(r"\d\d/\d\d", text)):
            return False  # 20.11 is a clock, 3-2 a score, 1/6 a page number
        ordered = _day_and_month(int(token["d3"]), int(token["m3"]), separator=token["s3"], language=language)
        if ordered is None:
            return False
        new = {"day": ordered[0], "month": ordered[1]}
        if token["y3"]:
            new["year"] = _common(int(token["y3"])) + (2000 if len(token["y3"]) == 2 else 0)
    else:
        number = int(_DIGITS.match(token[0])[0])  # type: ignore[index]
        number = _common(number)
        new = {"year": number} if 1900 <= number <= 2100 else {"day": number}
        if new.get("day", 1) > 31:
            return False
    return _added(new, parts)


def _common(year: int) -> int:
    """A year of the common era; of one in the Thai calendar, 2567, the year it is elsewhere."""
    return year - 543 if 2500 <= year <= 2643 else year


def _take_word(text: str, parts: dict[str, int], language: str | None) -> bool:
    """The same for a word."""
    weekday_, month_ = weekday(text, language), month(text, language)
    if month_ is not None and "month" not in parts and not (weekday_ is not None and not parts and text.endswith(".")):
        # "mar" is March or a Tuesday: with a weekday before it or a day beside it, the month.
        return _added({"month": month_}, parts)
    if weekday_ is not None and "weekday" not in parts:
        return _added({"weekday": weekday_}, parts)
    offset = relative_day(text)
    if offset is not None and "offset" not in parts:
        return _added({"offset": offset}, parts)
    return is_small(text)


def _added(new: dict[str, int], parts: dict[str, int]) -> bool:
    if not parts.keys().isdisjoint(new):
        return False
    parts.update(new)
    return True


def _day_and_month(first: int, second: int, *, separator: str, language: str | None) -> tuple[int, int] | None:
    """Tell day from month in 27.8. and 8/27; None where it would be a guess (3/4 in English)."""
    if second > 12:
        return (second, first) if separator == "/" and first <= 12 else None
    if separator == "/" and first <= 12 and first != second and language in (None, "en"):
        return None
    return first, second


def resolve_day(name: DayName, *, near: date) -> date:
    """Return the calendar day a name means, the year taken from `near` where it is not stated.

    Of the years a stated weekday agrees with, the nearest is taken; a weekday alone means the last such
    day up to `near`; "today" is `near`.

    Raises ExtractionError if there is no such day.

    >>> resolve_day(DayName(day=30, month=12, raw="30 December"), near=date(2024, 1, 2))
    datetime.date(2023, 12, 30)
    """
    near = date(near.year, near.month, near.day)
    if name.day is None or name.month is None:
        if name.offset is not None:
            return near + timedelta(days=name.offset)
        return near - timedelta(days=(near.weekday() - (name.weekday or 0)) % 7)
    years = (name.year,) if name.year is not None else range(near.year - 7, near.year + 2)
    days = [day for day in (_day(year, name.month, name.day) for year in years) if day]
    agreeing = [day for day in days if name.weekday is None or day.weekday() == name.weekday]
    found = min(agreeing or days, key=lambda day: abs((day - near).days), default=None)
    if found is None:
        raise ExtractionError(f"published: expected a day that exists, found {name.raw!r}")
    return found


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
