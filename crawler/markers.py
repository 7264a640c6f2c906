"""Where a page states a time: time elements, attributes that hold instants, and texts that are or begin with a clock. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from lxml import etree

from archive.clocks import Clock, read_clock
from archive.reading_times import read_time
from archive.relative import read_relative
from crawler.own_text import HEADINGS, LONGEST_NAME, NAMES, label, short_text
from crawler.signs import FILLED_WORDS, SURE_BLOCK_WORDS

Element = Any

# A page of 16 MiB can hold a million times; a live page of a day holds some 500.
_MOST_MARKERS = 5000
_MOST_UNREAD = 50  # texts that wait to be read
_MOST_ELEMENTS = 80_000  # the page with the most has 4,000
_MOST_KNOWN = 4096  # names of attributes remembered
_TIMELY = re.compile(r"time|date|stamp|publish|posted|created|updated|modified|(?<![a-z])ts(?![a-z])|epoch", re.I)
_NOT_TIMELY = re.compile(
    r"timeout|timezone|time-?zone|duration|format|interval|expir|timeline|updates?-?(?:url|count|interval|id)|lifetime|reading-?time|template|show",
    re.I,
)
_TIME_CLASS = re.compile(
    r"time(?!line)|date(?!line)|stamp|(?<![a-z])dt(?![a-z])|(?<![a-z])ago(?![a-z])|clock|(?<![a-z])hour|heure|uhrzeit|(?<![a-z])hora(?![a-z])|(?<![a-z])ora(?:rio)?(?![a-z])|zeit|tid(?:spunkt)?(?![a-z])|when",
    re.I,
)
# How long a video is (02:12), or the reading of a text.
_LENGTH_CLASS = re.compile(r"duration|run-?time(?![a-z])|(?:video|audio|play)-?(?:length|time)(?![a-z])|read(?:ing)?-?time(?![a-z])", re.I)
# An instant as an attribute holds it: 1709417007000, 2024-03-02T22:03:27Z, 2024-03-02 22:03
_INSTANT = re.compile(r"\s*(?:\d{10}(?:\d{3})?(?:\.\d+)?|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?)\s*")
# An instant as an attribute spells it: "March 3, 2026 4:47 PM EST", "Tue, 03 Mar 2026 21:47:12 GMT"; also 20260303214712.
_SPELT = re.compile(r"\d[:.hH][0-5]\d|\A20\d{12}\Z")
_LONGEST_SPELT = 80  # characters: "Tue Feb 26 2013 10:45:00 GMT+0100 (Central European Standard Time)"
_MAILED = re.compile(r"[A-Z][a-z]{2},? (?:\d{1,2} [A-Z][a-z]{2}|[A-Z][a-z]{2} \d{1,2}) 20\d\d ")
_ISO_TEXT = re.compile(r"\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*\s*")
# A clock at the beginning, with a word or bracket before it at most; read_clock decides, this only asks cheaply.
_CLOCK_START = re.compile(r"\W{0,4}(?:[^\W\d]{1,8}\.?\s)?\W{0,2}\d{1,2}\s?(?:[:.：时時点點시]|[hHuU]|[ap]\.?m|Uhr)", re.I)
_SOMEWHERE = re.compile(r"\d\s?[:.：hH时時点點시]\s?\d\d|\d\s?[ap]\.?m", re.I)
_MILITARY = re.compile(r"[0-2]\d[0-5]\d\s?(?:GMT|UTC|hrs|IST|BST)")  # 1842 GMT: Rain
_SPLIT = re.compile(r"(?:[01]?\d|2[0-3])[:.hH][0-5]\d(?:\s?Uhr)?")
_DECIMAL = re.compile(r"\s*\d{1,2}\.\d\d\s*")
_NUMBER = re.compile(r"\s*\d{1,4}(?:[.,]\d+)?\s*")
_MOST_PIECES = 5
_SHORT = 64  # characters of a text that is a time: "Posted on Wednesday, 27 September 2023 at 12:09 a.m. ET"
_LONGEST_AGO = 32  # "Posted about 12 hours 30 minutes ago"
_ANY_TIME = datetime(2000, 1, 1, 12, tzinfo=UTC)
_LEADERS = HEADINGS | frozenset(("p", "strong", "b", "li", "dt", "td", "th", "em", "i", "u", "span", "div"))
_BOXES = frozenset(("div", "article", "section", "li", "tr"))
_OTHERS = frozenset(("a", "label", "mark", "small", "font"))
_SAYING = _LEADERS | _OTHERS
_DIGIT = re.compile(r"\d")
_HEAD = 80  # characters of a text that are looked at
_LONGEST_CREDIT = 120
_CREDITED = re.compile(
    r"\s*(?:By|BY|Von|Par|Por|Di|Door|Av|Af|Text):? [^\W\d_a-z][\w.'\u2019 -]{2,60}?\s?[,|\u00b7\u2022\u2013\u2014-]\s*(?=[^,|]{0,24}\d)"
)
_EMPTY = frozenset(("svg", "i", "img", "br", "path", "use"))
_DATE_PROPERTIES = ("datePublished", "dateCreated", "dateModified")
_UNREAD = frozenset(("script", "style", "noscript", "template", "svg", "path", "option", "code", "pre", "head", "meta", "link", "title"))

# What is asked of an element, by its tag, at one look-up.
_IS_UNREAD, _IS_BOX, _IS_TIME, _SAYS = 1, 2, 4, 8
_TAGS = {
    tag: _IS_UNREAD * (tag in _UNREAD) | _IS_BOX * (tag in _BOXES) | _IS_TIME * (tag == "time") | _SAYS * (tag in _SAYING)
    for tag in _UNREAD | _BOXES | _SAYING | {"time"}
}


class Marker(NamedTuple):
    """One statement of a time. `form` is `instant` (an attribute), `clock`, `leading` (a text that begins with a clock) or
    `words` (a relative time, a date, or what a time element says)."""

    element: Element
    form: str
    raw: str
    name: str = ""
    clock: Clock | None = None


class _Unread(NamedTuple):
    """A text that may hold a clock. `whole`: it is a time in any case, by its element; else only what begins with one is."""

    element: Element
    tag: str
    text: str
    whole: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Survey:
    """What one look at every element of a page found: the times stated, the boxes that are named as updates, by name, and
    whether one is named as those that a platform's script fills. Where no box is named and no two times are alike there
    is no list, and no marker is kept."""

    markers: tuple[Marker, ...]
    named: tuple[tuple[Element, str], ...]
    filled: bool


# What an attribute may hold: class names, another name, a time, a type of schema.org, or what nobody asks for.
_CLASS, _NAME, _TIME, _TYPE, _NOTHING = 1, 2, 3, 4, 0
LIVE_BLOG = "#LiveBlogPosting"  # the name of a box whose markup says that it is a live blog


def _asked_of(name: str) -> int:
    """What is asked of an attribute, by its name. The names of a publisher's attributes are few: they are remembered."""
    timely = name in ("datetime", "title") or (
        name.startswith(("data-", "date", "time", "unix")) and bool(_TIMELY.search(name)) and not _NOT_TIMELY.search(name)
    )
    asked = _CLASS if name == "class" else _NAME if name in NAMES else _TYPE if name == "itemtype" else _TIME if timely else _NOTHING
    if len(_ATTRIBUTES) < _MOST_KNOWN and len(name) <= LONGEST_NAME:
        _ATTRIBUTES[name] = asked
    return asked


_ATTRIBUTES: dict[str, int] = {}


def _is_spelt(value: str) -> bool:
    return _SPELT.search(value) is not None and minutes_of(value) is not None


@lru_cache(maxsize=8192)
def minutes_of(spelt: str) -> float | None:
    """Minutes, from some day on, of an instant that is spelt with its whole day; None for anything else.

    >>> minutes_of("March 3, 2026 4:47 PM EST") - minutes_of("Tue, 03 Mar 2026 21:40:00 GMT")
    7.0
    """
    clock = read_clock(spelt)
    if clock is not None and not clock.is_announced and not _MAILED.match(spelt):
        return None
    when = read_time(spelt, fetched_at=_ANY_TIME, zone=None) if clock is not None or spelt.isdigit() else None
    return when.instant.timestamp() / 60 if when is not None and when.precision != "day" else None


@lru_cache(maxsize=4096)
def _looks_timely(name: str) -> bool:
    return bool(_TIME_CLASS.search(name))


@lru_cache(maxsize=4096)
def _says_ago(text: str) -> bool:
    """Whether a short text is a relative time ("3 min ago", "vor 5 Minuten"); which instant it means is asked later."""
    return any(character.isdigit() for character in text) and read_relative(text, now=_ANY_TIME) is not None


_IS_SURE, _IS_FILLED = 1, 2


@lru_cache(maxsize=8192)
def _told(name: str) -> int:
    """What the name of a box tells: that it is an update, that a script fills it."""
    return _IS_SURE * bool(SURE_BLOCK_WORDS.search(name)) | _IS_FILLED * bool(FILLED_WORDS.search(name))


@lru_cache(maxsize=8192)
def _sure(name: str) -> str | None:
    """The part of a name that says "update of a live blog", digits left out."""
    if not SURE_BLOCK_WORDS.search(name):
        return None
    token = next((token for token in name.split() if SURE_BLOCK_WORDS.search(token)), "")
    return re.sub(r"[0-9a-f]*\d[\w-]*", "#", token)


def survey(root: Element) -> Survey:
    """Return every time a page states and every box it names as an update, in document order."""
    filled = 0
    found: list[Marker | _Unread] = []
    named: list[tuple[Element, str]] = []
    known, kind_of, has_digit, looks_timely = _ATTRIBUTES.get, _TAGS.get, _DIGIT.search, _looks_timely
    blank: Element = None  # the element before, if it has no text of its own: that behind an icon at its beginning counts as its own
    classes, stated = None, False
    for element in islice(root.iter(etree.Element), _MOST_ELEMENTS):
        tag = element.tag
        if blank is not None:
            if tag in _EMPTY and element.getprevious() is None and element.getparent() is blank:
                _add_text(blank, element.tail, classes, stated, found)
            blank = None
        kind = kind_of(tag, 0)
        if kind & _IS_UNREAD:
            if tag == "meta" and element.get("itemprop") in _DATE_PROPERTIES and _INSTANT.fullmatch(element.get("content") or ""):
                found.append(Marker(element=element, form="instant", raw=element.get("content").strip(), name=element.get("itemprop")))
            continue
        told, stated, classes = 0, False, None
        for name in element.keys():  # noqa: SIM118
            asked = known(name)
            if asked is None:
                asked = _asked_of(name)
            if not asked:
                continue
            if asked == _CLASS:
                classes = element.get(name)[:LONGEST_NAME]
                if kind & _IS_BOX:
                    told |= _told(classes)
            elif asked == _TIME:
                value = element.get(name) or ""
                if _INSTANT.fullmatch(value) or ("20" in value and len(value) <= _LONGEST_SPELT and _is_spelt(value)):
                    found.append(Marker(element=element, form="instant", raw=value.strip(), name=name))
                    stated = True
            elif asked == _TYPE:
                if "LiveBlogPosting" in element.get(name):
                    named.append((element, LIVE_BLOG))
            elif kind & _IS_BOX:
                told |= _told(element.get(name)[:LONGEST_NAME])
        filled |= told
        if told & _IS_SURE:
            named.append((element, "#itemprop" if element.get("itemprop") == "liveBlogUpdate" else _sure(label(element)) or ""))
        text = element.text
        if kind & _IS_TIME:
            _add_time(element, text, classes, stated, found)
        elif not text or text.isspace():
            blank = element
        elif (kind & _SAYS and has_digit(text, 0, _HEAD)) or (classes and looks_timely(classes)):
            _add_text(element, text, classes, stated, found)
        if len(found) > _MOST_MARKERS:
            break
    markers = tuple(_read(found)) if named or _some_alike(found) else ()
    return Survey(markers=markers, named=tuple(named), filled=bool(filled & _IS_FILLED))


def _some_alike(found: Sequence[Marker | _Unread]) -> bool:
    """Whether two of the times may belong to one list: told without reading a clock, of which the first costs a tenth of a parse."""
    return len(set(map(_likeness, found))) < len(found)


def _likeness(item: Marker | _Unread) -> tuple[str, ...]:
    """What two times of one list have in common, told without asking where they stand."""
    if isinstance(item, Marker) and item.form == "instant":
        return item.element.tag, item.name
    return item.element.tag, (item.element.get("class") or "")[:LONGEST_NAME], "text"


def _read(found: Iterable[Marker | _Unread]) -> Iterator[Marker]:
    for item in found:
        marker = _clock_in(item) if isinstance(item, _Unread) else item
        if marker is not None:
            yield marker


def _add_time(element: Element, text: str | None, classes: str | None, stated: bool, found: list[Marker | _Unread]) -> None:
    """Add what a `time` says: its own text, that behind an icon, else all that stands in it."""
    if (not text or text.isspace()) and len(element) and element[0].tag in _EMPTY:
        text = element[0].tail
    if text and not text.isspace():
        _add_text(element, text, classes, stated, found)
    elif not stated and len(element):
        words = short_text(element, _SHORT)
        if words:
            found.append(_Unread(element, element.tag, words, True))


def _add_text(element: Element, text: str | None, classes: str | None, stated: bool, found: list[Marker | _Unread]) -> None:
    marker = _of_text(element, element.tag, text, classes, stated) if text and not text.isspace() else None
    if isinstance(marker, _Unread) and len(found) >= _MOST_UNREAD:
        marker = _clock_in(marker)
    if marker is not None:
        found.append(marker)


@lru_cache(maxsize=4096)
def _is_length(name: str) -> bool:
    return bool(_LENGTH_CLASS.search(name))


def _split(hour: Element) -> Marker | None:
    """The clock whose hour stands in an element of its own: <span>21</span>:<span>47</span>."""
    around = hour.getparent()
    if around is None or (around.text and not around.text.isspace()) or around[0] is not hour:
        return None
    said = "".join(piece.strip() for piece in islice(around.itertext(), _MOST_PIECES))
    return Marker(element=around, form="clock", raw=said, clock=read_clock(said)) if _SPLIT.fullmatch(said) else None


def _of_text(element: Element, tag: str, text: str, classes: str | None, stated: bool) -> Marker | _Unread | None:
    if classes and _is_length(classes):
        return None
    if len(text) <= 2 and text.isdigit():
        return _split(element)
    if len(text) <= 400 and (tag == "time" or (classes and _looks_timely(classes))):
        words = short_text(element, _SHORT)
        if words and (_DIGIT.search(words) or (tag == "time" and not stated)):
            return _Unread(element, tag, words, True)
    if tag not in _SAYING or not _DIGIT.search(text, 0, _HEAD):
        return None
    if len(text) <= _LONGEST_AGO and _says_ago(text.strip()):
        return Marker(element=element, form="words", raw=" ".join(text.split()))
    head = text[:_HEAD]
    if len(text) <= _SHORT and _ISO_TEXT.fullmatch(text):
        return Marker(element=element, form="instant", raw=text.strip(), name="text")
    if not _SOMEWHERE.search(head) and not _CLOCK_START.match(head) and not (head[:4].isdigit() and _MILITARY.match(head)):
        return None
    return _Unread(element, tag, text, False)


def _is_figure(cell: Element) -> bool:
    """Whether a cell stands among others that hold a number alone: 6.1 | 4 | 1 | 4.48."""
    return any(_NUMBER.fullmatch(beside.text or "") for beside in cell.itersiblings("td", preceding=True)) or any(
        _NUMBER.fullmatch(beside.text or "") for beside in cell.itersiblings("td")
    )


def _clock_in(said: _Unread) -> Marker | None:
    element, tag, text, whole = said
    clock = read_clock(text if whole else " ".join(text[:_HEAD].split()))
    if clock is not None and not whole and not clock.leads and len(text) <= _LONGEST_CREDIT:
        # "By Ann Marsh, Sep 17 at 6:42 PM ET": of a line of credits the end is the time.
        credited = _CREDITED.match(text)
        clock = (read_clock(text[credited.end() :]) or clock) if credited else clock
    if whole:
        return Marker(element=element, form="clock" if clock else "words", raw=text, clock=clock)
    if clock is None or (tag == "td" and _DECIMAL.fullmatch(text) and _is_figure(element)):
        return None
    if len(text) <= 80 and (clock.is_whole or clock.is_announced):
        return Marker(element=element, form="clock", raw=clock.raw, clock=clock)
    if (clock.leads and tag in _LEADERS) or (clock.trails and tag in HEADINGS):
        return Marker(element=element, form="leading", raw=clock.raw, clock=clock)
    return None
