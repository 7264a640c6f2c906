"""Objects as scripts write them and JSON may not: names without quotes, single quotes, `!0`, a function that fills them in (Nuxt). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# {id: 12, title: '...'} behind a sign that a value begins, and window.__NUXT__=(function(a,b){return {...}}("x",null))
_BEGINS = re.compile(r"(?:=|\(|return)\s*(?=[\[{]\s*\{?\s*[A-Za-z_$][\w$]*\s*:\s*[\"'\[{\d!a-z])")
_FILLED = re.compile(r"\(\s*function\s*\(([\w$,\s]{0,20000})\)\s*\{\s*return\s*(?=[\[{])")
_SKIP = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.S)
_STRING = re.compile(r"\"([^\"\\]*(?:\\.[^\"\\]*)*)\"|'([^'\\]*(?:\\.[^'\\]*)*)'", re.S)
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?(?![\w$])")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_DATE = re.compile(r"new\s+Date\s*\(\s*")
_WORDS: tuple[tuple[str, Any], ...] = (("!0", True), ("!1", False), ("void 0", None))
_KNOWN = {"true": True, "false": False, "null": None, "undefined": None, "NaN": None}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\n)|(.))", re.S)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_SHORTEST = 300  # characters; two updates need more
_MOST_TRIED = 60
_MOST_VALUES = 200_000  # of one script
_DEEPEST = 60


@dataclass(frozen=True)
class _Reference:
    """A name whose value the arguments of the function around it give."""

    name: str


class _Reader:
    """One pass over a text; raises ValueError at what is no literal."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.values = 0

    def skip(self, at: int) -> int:
        found = _SKIP.match(self.text, at)
        return found.end() if found else at

    def value(self, at: int, depth: int = 0) -> tuple[Any, int]:
        """Return the value that begins at a place, and where it ends."""
        self.values += 1
        if depth > _DEEPEST or self.values > _MOST_VALUES:
            raise ValueError("too deep or too long")
        at = self.skip(at)
        sign = self.text[at : at + 1]
        if sign == "{":
            return self.members(at + 1, depth)
        if sign == "[":
            return self.items(at + 1, depth, "]")
        if sign in ("'", '"'):
            return self.string(at)
        number = _NUMBER.match(self.text, at)
        if number:
            said = number[0]
            return (float(said) if any(c in said for c in ".eE") else int(said)), number.end()
        for word, meant in _WORDS:
            if self.text.startswith(word, at):
                return meant, at + len(word)
        date = _DATE.match(self.text, at)
        if date:
            inner, end = self.value(date.end(), depth + 1)
            end = self.skip(end)
            return inner, self.passed(end, ")")
        name = _NAME.match(self.text, at)
        if name is None or self.text[self.skip(name.end()) : self.skip(name.end()) + 1] in ("(", ".", "="):
            raise ValueError(f"no literal at {at}")
        return (_KNOWN[name[0]] if name[0] in _KNOWN else _Reference(name[0])), name.end()

    def passed(self, at: int, sign: str) -> int:
        if self.text[at : at + 1] != sign:
            raise ValueError(f"expected {sign} at {at}")
        return at + 1

    def string(self, at: int) -> tuple[str, int]:
        found = _STRING.match(self.text, at)
        if found is None:
            raise ValueError(f"a string without an end at {at}")
        raw = found[1] if found[1] is not None else found[2]
        text = _ESCAPE.sub(_unescaped, raw) if "\\" in raw else raw
        if "\\u" in raw:  # halves of surrogate pairs come together; a half alone is no character
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text, found.end()

    def members(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        while True:
            at = self.skip(at)
            if self.text[at : at + 1] == "}":
                return found, at + 1
            if self.text[at : at + 1] in ("'", '"'):
                name, at = self.string(at)
            else:
                named = _NAME.match(self.text, at) or _NUMBER.match(self.text, at)
                if named is None:
                    raise ValueError(f"no name at {at}")
                name, at = named[0], named.end()
            at = self.passed(self.skip(at), ":")
            found[name], at = self.value(at, depth + 1)
            at = self.skip(at)
            if self.text[at : at + 1] == ",":
                at += 1

    def items(self, at: int, depth: int, closing: str) -> tuple[list[Any], int]:
        found: list[Any] = []
        while True:
            at = self.skip(at)
            if self.text[at : at + 1] == closing:
                return found, at + 1
            item, at = self.value(at, depth + 1)
            found.append(item)
            at = self.skip(at)
            if self.text[at : at + 1] == ",":
                at += 1


def literals(text: str) -> Iterator[Any]:
    """Yield the objects and lists of a script that are written as literals and are no JSON, the outermost of each.

    >>> list(literals("x = {a: 'b', c: [!0, void 0]}" + " " * 300))
    []
    >>> next(literals("x = {a: '" + "b" * 300 + "', c: [!0, void 0]}"))["c"]
    [True, None]
    """
    reader = _Reader(text)
    at = 0
    for _ in range(_MOST_TRIED):
        found = _BEGINS.search(text, at)
        if found is None:
            return
        filled = _FILLED.search(text, at, found.end() + 1)
        try:
            value, end = reader.value(found.end())
            names: dict[str, Any] = {}
            if filled is not None and filled.end() == found.end():
                given, end = reader.items(_arguments(reader, end), 0, ")")
                names = dict(zip((name.strip() for name in filled[1].split(",")), given, strict=False))
        except (ValueError, RecursionError):
            if reader.values > _MOST_VALUES:
                return
            at = found.end()
            continue
        at = end
        if end - found.end() >= _SHORTEST:
            yield _resolved(value, names)


def _arguments(reader: _Reader, at: int) -> int:
    """Where the arguments begin of a function whose body has ended: `...}}("x", null))`, `...})("x"))`."""
    at = reader.skip(at)
    if reader.text[at : at + 1] == ";":
        at = reader.skip(at + 1)
    at = reader.skip(reader.passed(at, "}"))
    if reader.text[at : at + 1] == ")":
        at = reader.skip(at + 1)
    return reader.passed(at, "(")


def _unescaped(found: re.Match[str]) -> str:
    if found[1] or found[2]:
        return chr(int(found[1] or found[2], 16))
    return "" if found[3] else _ESCAPED.get(found[4], found[4])


def _resolved(value: Any, names: dict[str, Any]) -> Any:
    """The value with what its names stand for; a name of something else is None."""
    if isinstance(value, _Reference):
        value = names.get(value.name)
        return None if isinstance(value, _Reference) else value
    if isinstance(value, dict):
        return {key: _resolved(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_resolved(inner, names) for inner in value]
    return value
