"""The JSON a page carries for its scripts: `application/json` blocks, `window.X = {...}`, `JSON.parse("...")`, attributes. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from archive.weighing import MOST_JSON, json_weight
from crawler.page import Page, load_json

# A script without an instant in it holds no updates.
# 2024-03-02T22: and 1709417007000. Each begins with what it must hold: such an expression is searched for at a hundred
# times the speed of one that begins with a choice or an edge of a word.
_ISO = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:")
_EPOCH = re.compile(r"1[0-9]{9}(?<=\b1[0-9]{9})(?:\d{3})?\b")
_ASSIGNED = re.compile(r"(?:=|\(|:|,)\s*(?=[\[{]\s*[\[{\"])")
_PARSED = re.compile(r"JSON\.parse\(\s*(?=[\"'])|(?:=|\(|,)\s*(?=\"[\[{]\\\")")
_FLIGHT = re.compile(r"__next_f\.push\(\s*(?=\[)")  # Next.js sends its state in pieces
_UNDEFINED = re.compile(r"(?<=[:,\[])\s*(?:undefined|new Date\([^)]{0,80}\)|void 0)\s*(?=[,}\]])")
_UNDEFINED_WORDS = re.compile(r"undefined|new Date\(|void 0")
_SHORTEST = 300  # characters; two updates need more
_LONGEST = 24_000_000
_MOST_TRIED = 40  # beginnings of JSON tried in one script
_MOST_FAILED = 1_000_000  # characters read in vain in one script
_ATTRIBUTES = "//@*[string-length(.) > 600 and (starts-with(normalize-space(.), '{') or starts-with(normalize-space(.), '['))]"


def states(page: Page) -> Iterator[Any]:
    """Yield every JSON value with an instant in it that the page's scripts and attributes hold; what is no JSON is passed over."""
    left, memory = _LONGEST, MOST_JSON
    flight: list[str] = []
    for script in page.selector.root.iter("script"):
        text = script.text
        if text is None or len(text) < _SHORTEST or left <= 0:
            continue
        kind = (script.get("type") or "").lower()
        if "ld+json" in kind:
            continue
        if "__next_f" in text:
            flight.extend(_pieces(text))
            continue
        if not _has_instant(text):
            continue
        left -= len(text)
        memory -= json_weight(text)
        if memory < 0:
            break
        if "json" in kind:
            value = _loads(text.strip().removeprefix("<!--").removesuffix("-->"))
            if value is not None:
                yield value
        else:
            yield from _assigned(text)
    yield from _flown("".join(flight)[:_LONGEST])
    for attribute in page.selector.root.xpath(_ATTRIBUTES, smart_strings=False)[:50]:
        if left > 0 and _has_instant(attribute):
            left -= len(attribute)
            value = _loads(attribute)
            if value is not None:
                yield value


def _has_instant(text: str) -> bool:
    return bool(_ISO.search(text)) or "/Date(" in text or bool(_EPOCH.search(text))


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
    plain, string = _ASSIGNED.search(text), _PARSED.search(text)
    while tried < _MOST_TRIED and failed < _MOST_FAILED:
        # Each is searched for again only once it is passed: a script of 16 MiB may hold none.
        if plain and plain.start() < position:
            plain = _ASSIGNED.search(text, position)
        if string and string.start() < position:
            string = _PARSED.search(text, position)
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
            if not repaired and _UNDEFINED_WORDS.search(text, found.end()):
                # What scripts may write and JSON may not; once for the whole script.
                text, repaired = text[: found.end()] + _UNDEFINED.sub("null", text[found.end() :]), True
                plain, string = _ASSIGNED.search(text, found.start()), _PARSED.search(text, found.start())
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


def _pieces(text: str) -> Iterator[str]:
    decoder = json.JSONDecoder(strict=False)
    for found in _FLIGHT.finditer(text):
        try:
            value, _ = decoder.raw_decode(text, found.end())
        except (ValueError, RecursionError):
            continue
        yield from (piece for piece in value if isinstance(piece, str))


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
