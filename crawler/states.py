"""The JSON a page carries for its scripts: `application/json` blocks, `window.X = {...}`, `JSON.parse("...")`, attributes. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree

from archive.weighing import MOST_JSON, json_weight
from crawler.devalue import revived, unpacked
from crawler.embedded_json import load_json
from crawler.fields import says_published
from crawler.page import Page
from crawler.script_literals import literals

# A script without an instant in it holds no updates.
# 2024-03-02T22: and 1709417007000. Each begins with what it must hold: such an expression is searched for at a hundred
# times the speed of one that begins with a choice or an edge of a word. Sat, 02 Mar 2024 22: is found on the way.
_DATED = re.compile(r"20\d\d(?:-\d\d-\d\d[T ]| )\d\d:")
_DAY_BEFORE = re.compile(r", \d{1,2} [A-Z][a-z]{2,8} \Z")
_LONGEST_DAY = 15
_EPOCH = re.compile(r"1[0-9]{9}(?<=\b1[0-9]{9})(?:\d{3})?\b")
_DOTNET = "/Date("  # /Date(1398419894000+0000)/
# `"published": "`, also in JSON inside JSON, and `"published": {"seconds": 170...`
_FIELD = re.compile(r'([\w$.-]{1,60})\\*"\s{0,9}:\s{0,9}\\*"?\s{0,9}\Z')
_BARE_FIELD = re.compile(r"(?<=[{,\s])([A-Za-z_$][\w$]{0,60})\s{0,9}:\Z")  # {published: 170..., a name without quotes
_FIELD_AROUND = re.compile(r'([\w$.-]{1,60})\\*"\s{0,9}:\s{0,9}\{[^{}]{0,250}\Z')
_LONGEST_FIELD = 72  # characters of such a name and what follows it
_NEAR = 300  # characters before an instant that are searched for its field
_LONGEST_INSTANT = 26
_ENDS = str.maketrans("\"'\\}]", ",,,,,")
_MOST_ASKED = 5000
_BEFORE_VALUES = frozenset("\"' \t\r\n:,[{")
_ASSIGNED = re.compile(r"(?:=|\(|:|,)\s*(?=[\[{]\s*[\[{\"])")
_PARSED = re.compile(r"JSON\.parse\(\s*(?=[\"'])|(?:=|\(|,)\s*(?=\"[\[{]\\\")")
_PARSED_SIGNS = ("JSON.parse(", '"{\\"', '"[\\"')
_LONGEST_SIGN = 100  # characters: JSON.parse( "
_BEGINNING = 1000  # characters; such a script has nothing else in it
_FLIGHT = re.compile(r"__next_f\.push\(\s*(?=\[)")  # Next.js sends its state in pieces
# What scripts may write and JSON may not, each beginning with its letters.
_UNDEFINED = (re.compile(r"undefined\s*(?=[,}\]])"), re.compile(r"new Date\([^)]{0,80}\)\s*(?=[,}\]])"), re.compile(r"void 0\s*(?=[,}\]])"))
_UNDEFINED_WORDS = ("undefined", "new Date(", "void 0")
_STREAMED = "streamController.enqueue("  # React Router and Remix send such a list
_HANDED = re.compile(r"enqueue\(\s*(?=\")")
_LISTED = "__NUXT_DATA__"  # the id of a script that is a list of values referring to each other
_SHORTEST = 300  # characters; two updates need more
_LONGEST = 24_000_000
_MOST_TRIED = 40  # beginnings of JSON tried in one script
_MOST_FAILED = 1_000_000  # characters read in vain in one script
_ATTRIBUTES = etree.XPath(
    "//@*[string-length(.) > 600 and (starts-with(normalize-space(.), '{') or starts-with(normalize-space(.), '['))]",
    smart_strings=False,
)


def states(page: Page) -> Iterator[Any]:
    """Yield every JSON value with an instant in it that the page's scripts and attributes hold; what is no JSON is passed over."""
    left, memory = _LONGEST, MOST_JSON
    flight: list[str] = []
    scripts: list[tuple[str, str, _Instants]] = []
    listed: list[str] = []
    for script in page.selector.root.iter("script"):
        kind = (script.get("type") or "").lower()
        text = script.text if "ld+json" not in kind else None
        if text is None or len(text) < _SHORTEST or left <= 0:
            continue
        if "__next_f" in text[:_BEGINNING]:
            flight.extend(_pieces(text))
            continue
        if _STREAMED in text[:_BEGINNING]:
            listed.extend(piece.split("\n", 1)[0] for piece in _strings(text) if _has_instant(piece))
            continue
        found = _instants(text)
        if not found.any:
            continue
        left -= len(text)
        memory -= json_weight(text)
        if memory < 0:
            break
        if script.get("id") == _LISTED or script.get("data-nuxt-data") is not None:
            listed.append(text)  # the names of its times stand elsewhere
        else:
            scripts.append((kind, text, found))
    for kind, text, _ in scripts if flight or _publish_several([(text, found) for _, text, found in scripts]) else ():
        if "json" in kind:
            value = _loads(text.strip().removeprefix("<!--").removesuffix("-->"))
            if value is not None:
                yield value
        else:
            yield from _assigned(text)
            yield from (value for value in literals(text) if isinstance(value, (dict, list)))
    yield from (value for text in listed if (value := revived(_loads(text))) is not None)
    yield from _flown("".join(flight)[:_LONGEST])
    # Asking every attribute takes a quarter of a parse; few pages have one that begins so.
    for attribute in _ATTRIBUTES(page.selector.root)[:50] if page.has_json_attributes else ():
        if left > 0 and _has_instant(attribute):
            left -= len(attribute)
            value = _loads(attribute)
            if value is not None:
                plain = unpacked(value)
                yield value if plain is None else plain


@dataclass(frozen=True, kw_only=True)
class _Instants:
    """Where in a script the values begin that are instants, and whether some are written as in .NET or in mails."""

    places: tuple[int, ...]
    dotnet: bool
    mail: bool

    @property
    def any(self) -> bool:
        return bool(self.places) or self.dotnet


def _has_instant(text: str) -> bool:
    """Whether an instant stands in a script as a value; in the middle of an address it is none."""
    return _instants(text).any


def _instants(text: str) -> _Instants:
    places: list[int] = []
    dotnet = mail = False
    for found in islice(_DATED.finditer(text), _MOST_ASKED + 1):
        start = found.start()
        if text[start + 4] == " ":
            mail = mail or _DAY_BEFORE.search(text, max(0, start - _LONGEST_DAY), start) is not None
        elif start == 0 or text[start - 1] in _BEFORE_VALUES:
            places.append(start)
    for found in islice(_EPOCH.finditer(text), _MOST_ASKED + 1):
        start = found.start()
        if start == 0 or text[start - 1] in _BEFORE_VALUES:
            places.append(start)
        elif text.endswith(_DOTNET, 0, start):
            dotnet = True
    return _Instants(places=tuple(places[: _MOST_ASKED + 1]), dotnet=dotnet, mail=mail)


def _publish_several(scripts: Sequence[tuple[str, _Instants]]) -> bool:
    """Whether scripts, each with its instants, state two times of publication, in fields of such a name: fewer
    belong to no list of updates.

    Told from their characters, at a tenth of what it costs to read them. The state of an article has its own time, often twice.
    """
    times: set[str] = set()
    asked = 0
    if any(found.dotnet or found.mail for _, found in scripts):
        return True
    for text, found in scripts:
        for start in found.places:
            asked += 1
            name, before = _field(text[max(0, start - _NEAR) : start])
            if not says_published(name):
                name, _ = _field(before[: before.rfind("{") + 1].removesuffix("{")) if before.rfind("{") > before.rfind("}") else ("", "")
            if says_published(name):
                times.add(text[start : start + _LONGEST_INSTANT].translate(_ENDS).split(",")[0])
            if len(times) > 1 or asked > _MOST_ASKED:
                return True
    return False


def _field(head: str) -> tuple[str, str]:
    """The name of the field whose value begins where a text ends, also in JSON inside JSON, and what stands before it.

    >>> _field('{"id": 7, "published": "')
    ('published', '{"id": 7, "')
    """
    named = head.rstrip(" \t\r\n\"'\\")
    if not named.endswith(":"):
        return "", ""
    bare = None if named.endswith('":') else _BARE_FIELD.search(named, max(0, len(named) - _LONGEST_FIELD))
    if bare is not None:
        return bare[1], named[: bare.start()]
    name = named[:-1].rstrip(' \t\r\n"\\')
    start = name.rfind('"') + 1
    return name[start:], name[:start]


def _loads(text: str) -> Any:
    try:
        return load_json(text)
    except (ValueError, RecursionError):
        return None


def _assigned(text: str) -> Iterator[Any]:
    """The JSON values that begin in a script, each read to its end; a string that holds JSON is opened."""
    decoder = json.JSONDecoder(strict=False)
    end = 0
    tried = 0
    failed = 0
    repaired = False
    position = 0
    plain = _ASSIGNED.search(text)
    strings = any(sign in text for sign in _PARSED_SIGNS)
    while tried < _MOST_TRIED and failed < _MOST_FAILED:
        # It is searched for again only once it is passed: a script of 16 MiB may hold none.
        if plain and plain.start() < position:
            plain = _ASSIGNED.search(text, position)
        # A string that holds JSON is looked for up to where plain JSON begins.
        until = plain.start() if plain else len(text)
        string = _PARSED.search(text, position, until + _LONGEST_SIGN) if strings else None
        found = string if string and (not plain or string.start() <= plain.start()) else plain
        if not found:
            return
        tried += 1
        try:
            value, end = decoder.raw_decode(text, found.end())
        except RecursionError:
            return  # as deep as that, it was written for readers like this one
        except ValueError as error:
            failed += getattr(error, "pos", len(text)) - found.end()
            if not repaired and any(text.find(word, found.end()) >= 0 for word in _UNDEFINED_WORDS):
                # Once for the whole script.
                text, repaired = text[: found.end()] + _defined(text[found.end() :]), True
                plain = _ASSIGNED.search(text, found.start())
                position = found.start()
                continue
            repaired = True
            position = found.end()
            continue
        position = end
        if "\\ud" in text[found.end() : end]:  # halves of surrogate pairs, which no database takes
            value = _loads(text[found.end() : end])
        if isinstance(value, str):
            value = _loads(value)
        if isinstance(value, (dict, list)) and end - found.end() >= _SHORTEST:
            yield value


def _defined(text: str) -> str:
    """A script's text with `null` for its values that are no JSON."""

    def null(found: re.Match[str]) -> str:
        start = found.start() - 1
        while start >= 0 and text[start].isspace():
            start -= 1
        return "null" if start >= 0 and text[start] in ":,[" else found[0]

    for pattern, word in zip(_UNDEFINED, _UNDEFINED_WORDS, strict=True):
        text = pattern.sub(null, text) if word in text else text
    return text


def _pieces(text: str) -> Iterator[str]:
    decoder = json.JSONDecoder(strict=False)
    for found in _FLIGHT.finditer(text):
        try:
            value, _ = decoder.raw_decode(text, found.end())
        except (ValueError, RecursionError):
            continue
        yield from (piece for piece in value if isinstance(piece, str))


def _strings(text: str) -> Iterator[str]:
    """The strings that a script hands to a stream."""
    decoder = json.JSONDecoder(strict=False)
    for found in islice(_HANDED.finditer(text), _MOST_TRIED):
        with suppress(ValueError, RecursionError):
            value, _ = decoder.raw_decode(text, found.end())
            if isinstance(value, str):
                yield value


def _flown(text: str) -> Iterator[Any]:
    """The rows of a stream of the form `3:["$","div",null,{...}]`, one a line."""
    if not _has_instant(text):
        return
    for row in text.split("\n")[:5000]:
        found = re.match(r"[0-9a-f]{1,6}:(?:I|HL)?(?=[\[{])", row)
        if found and len(row) >= _SHORTEST and _has_instant(row):
            value = _loads(row[found.end() :])
            if value is not None:
                yield value
