"""Where a page states a time: time elements, attributes that hold instants, and texts that are or begin with a clock. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from archive.clocks import Clock, read_clock
from archive.relative import read_relative
from crawler.own_text import HEADINGS, classes, short_text

Element = Any

# A page of 16 MiB can hold a million times; a live page of a day holds some 500.
_MOST_MARKERS = 5000
_MOST_ELEMENTS = 80_000  # the page with the most has 4,000
_MOST_ATTRIBUTES = 64
_HIGHEST = 48  # levels climbed from a time; the deepest list of the corpus lies 19 levels down
_TIMELY = re.compile(r"time|date|stamp|publish|posted|created|updated|modified|(?<![a-z])ts(?![a-z])|epoch", re.I)
_NOT_TIMELY = re.compile(
    r"timeout|timezone|time-?zone|duration|format|interval|expir|timeline|updates?-?(?:url|count|interval|id)|lifetime|reading-?time|template|show",
    re.I,
)
_TIME_CLASS = re.compile(
    r"time(?!line)|date(?!line)|stamp|(?<![a-z])ago(?![a-z])|clock|(?<![a-z])hour|heure|uhrzeit|(?<![a-z])hora(?![a-z])|(?<![a-z])ora(?:rio)?(?![a-z])|zeit|tid(?:spunkt)?(?![a-z])|when",
    re.I,
)
# An instant as an attribute holds it: 1709417007000, 2024-03-02T22:03:27Z, 2024-03-02 22:03
_INSTANT = re.compile(r"\s*(?:\d{10}(?:\d{3})?(?:\.\d+)?|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?)\s*")
_ISO_TEXT = re.compile(r"\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*\s*")
# A clock at the beginning, with a word or bracket before it at most; read_clock decides, this only asks cheaply.
_CLOCK_START = re.compile(r"\W{0,4}(?:[^\W\d]{1,8}\.?\s)?\W{0,2}\d{1,2}\s?(?:[:.：时時点點시]|[hHuU]|[ap]\.?m|Uhr)", re.I)
_SOMEWHERE = re.compile(r"\d\s?[:.：hH时時点點시]\s?\d\d|\d\s?[ap]\.?m", re.I)
_SHORT = 64  # characters of a text that is a time: "Posted on Wednesday, 27 September 2023 at 12:09 a.m. ET"
_LONGEST_AGO = 32  # "Posted about 12 hours 30 minutes ago"
_ANY_TIME = datetime(2000, 1, 1, 12, tzinfo=UTC)
_LEADERS = HEADINGS | frozenset(("p", "strong", "b", "li", "dt", "td", "th", "em", "u", "span", "div"))
_EMPTY = frozenset(("svg", "i", "img", "br", "path", "use"))
_DATE_PROPERTIES = ("datePublished", "dateCreated", "dateModified")
_UNREAD = frozenset(("script", "style", "noscript", "template", "svg", "path", "option", "code", "pre", "head", "meta", "link", "title"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Marker:
    """One statement of a time. `form` is `instant` (an attribute), `clock`, `leading` (a text that begins with a clock) or
    `words` (a relative time, a date, or what a time element says)."""

    element: Element
    form: str
    raw: str
    name: str = ""
    clock: Clock | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """What the markers of one list have in common: form, attribute, and the tags from the page down to the element."""
        tags = [classes(self.element)] if self.form in ("words", "clock") else []
        element = self.element
        for _ in range(_HIGHEST):
            if element is None:
                break
            tags.append(element.tag)
            element = element.getparent()
        return (self.form, self.name, *tags)


@lru_cache(maxsize=4096)
def _names_time(attribute: str) -> bool:
    return attribute in ("datetime", "title") or (
        attribute.startswith(("data-", "date", "time", "unix")) and bool(_TIMELY.search(attribute)) and not _NOT_TIMELY.search(attribute)
    )


@lru_cache(maxsize=4096)
def _looks_timely(name: str) -> bool:
    return bool(_TIME_CLASS.search(name))


@lru_cache(maxsize=4096)
def _says_ago(text: str) -> bool:
    """Whether a short text is a relative time ("3 min ago", "vor 5 Minuten"); which instant it means is asked later."""
    return any(character.isdigit() for character in text) and read_relative(text, now=_ANY_TIME) is not None


def markers(root: Element) -> list[Marker]:
    """Return every time a page states, in document order."""
    found: list[Marker] = []
    for count, element in enumerate(root.iter()):
        if count > _MOST_ELEMENTS or len(found) > _MOST_MARKERS:
            break
        tag = element.tag
        if not isinstance(tag, str):
            continue
        if tag == "meta" and element.get("itemprop") in _DATE_PROPERTIES and _INSTANT.fullmatch(element.get("content") or ""):
            found.append(Marker(element=element, form="instant", raw=element.get("content").strip(), name=element.get("itemprop")))
        if tag in _UNREAD:
            continue
        stated = False
        for name in element.keys()[:_MOST_ATTRIBUTES]:  # values are got one by one: asking for all at once takes the square of their number
            if _names_time(name):
                value = element.get(name) or ""
                if _INSTANT.fullmatch(value):
                    found.append(Marker(element=element, form="instant", raw=value.strip(), name=name))
                    stated = True
        text = element.text
        if (text is None or not text.strip()) and len(element) and element[0].tag in _EMPTY:
            text = element[0].tail
        if text is not None and text.strip():
            marker = _of_text(element, tag, text, stated)
            if marker is not None:
                found.append(marker)
        elif tag == "time" and not stated and len(element):
            words = short_text(element, _SHORT)
            if words:
                found.append(_words(element, words))
    return found


def _of_text(element: Element, tag: str, text: str, stated: bool) -> Marker | None:
    timely = tag == "time" or _looks_timely(classes(element))
    if timely and len(text) <= 400:
        words = short_text(element, _SHORT)
        if words and any(character.isdigit() for character in words):
            return _words(element, words)
        if words and tag == "time" and not stated:
            return _words(element, words)
    if tag not in _LEADERS and tag not in ("a", "label", "mark", "small", "font"):
        return None
    if len(text) <= _LONGEST_AGO and _says_ago(text.strip()):
        return Marker(element=element, form="words", raw=" ".join(text.split()))
    head = text[:80]
    if len(text) <= _SHORT and _ISO_TEXT.fullmatch(text):
        return Marker(element=element, form="instant", raw=text.strip(), name="text")
    if not _SOMEWHERE.search(head) and not _CLOCK_START.match(head):
        return None
    clock = read_clock(" ".join(head.split()))
    if clock is None:
        return None
    if clock.is_whole and len(text) <= 80:
        return Marker(element=element, form="clock", raw=clock.raw, clock=clock)
    return Marker(element=element, form="leading", raw=clock.raw, clock=clock) if clock.leads and tag in _LEADERS else None


def _words(element: Element, words: str) -> Marker:
    clock = read_clock(words)
    return Marker(element=element, form="clock" if clock else "words", raw=words, clock=clock)
