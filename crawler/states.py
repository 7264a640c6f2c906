"""The JSON a page carries for its scripts: `application/json` blocks, `window.X = {...}`, `JSON.parse("...")`, attributes. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from crawler.page import Page, load_json

# A script without an instant in it holds no updates.
_INSTANT = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:|\b1[0-9]{9}(?:\d{3})?\b|/Date\(")
_ASSIGNED = re.compile(r"(?:=|\(|:|,)\s*(?=[\[{]\s*[\[{\"])")
_PARSED = re.compile(r"JSON\.parse\(\s*(?=[\"'])|(?:=|\(|,)\s*(?=\"[\[{]\\\")")
_FLIGHT = re.compile(r"__next_f\.push\(\s*(?=\[)")  # Next.js sends its state in pieces
_UNDEFINED = re.compile(r"(?<=[:,\[])\s*(?:undefined|new Date\([^)]*\)|void 0)\s*(?=[,}\]])")
_SHORTEST = 300  # characters; two updates need more
_LONGEST = 24_000_000
_MOST_TRIED = 40  # beginnings of JSON tried in one script
_ATTRIBUTES = "//@*[string-length(.) > 600 and (starts-with(normalize-space(.), '{') or starts-with(normalize-space(.), '['))]"


def states(page: Page) -> Iterator[Any]:
    """Yield every JSON value with an instant in it that the page's scripts and attributes hold; what is no JSON is passed over."""
    left = _LONGEST
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
        if not _INSTANT.search(text):
            continue
        left -= len(text)
        if "json" in kind:
            value = _loads(text.strip().removeprefix("<!--").removesuffix("-->"))
            if value is not None:
                yield value
        else:
            yield from _assigned(text)
    yield from _flown("".join(flight)[:_LONGEST])
    for attribute in page.selector.root.xpath(_ATTRIBUTES, smart_strings=False)[:50]:
        if left > 0 and _INSTANT.search(attribute):
            left -= len(attribute)
            value = _loads(attribute)
            if value is not None:
                yield value


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
    repaired = False
    position = 0
    while tried < _MOST_TRIED:
        found = _ASSIGNED.search(text, position)
        string = _PARSED.search(text, position)
        if string and (not found or string.start() <= found.start()):
            found = string
        if not found:
            return
        tried += 1
        try:
            value, end = decoder.raw_decode(text, found.end())
        except (ValueError, RecursionError):
            if not repaired and _UNDEFINED.search(text, found.end()):
                # What scripts may write and JSON may not; once for the whole script.
                text, repaired = text[: found.end()] + _UNDEFINED.sub("null", text[found.end() :]), True
                position = found.start()
                continue
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
    if not _INSTANT.search(text):
        return
    for row in text.split("\n")[:5000]:
        found = re.match(r"[0-9a-f]{1,6}:(?:I|HL)?(?=[\[{])", row)
        if found and len(row) >= _SHORTEST and _INSTANT.search(row):
            value = _loads(row[found.end() :])
            if value is not None:
                yield value
