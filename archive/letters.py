"""A page reduced to its letters and digits, each with its place in the page: what is left of words in any notation. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from archive.pairs import has_spaceless

_PASSES = 4  # JSON in a string in a script in an attribute
_ESCAPE = re.compile(
    r"\\+u[dD][89abAB][0-9a-fA-F]{2}\\+u[dD][c-fC-F][0-9a-fA-F]{2}|\\+u[0-9a-fA-F]{4}|\\+x[0-9a-fA-F]{2}|\\+[\"'/bfnrt]"
    r"|&(?:\#[0-9]{2,7};?|\#[xX][0-9a-fA-F]{2,6};?|[A-Za-z][A-Za-z0-9]{1,31};)|(?:%[0-9a-fA-F]{2})+"
)
_HEX = re.compile(r"\\+[ux]([0-9a-fA-F]+)")
_TAG = re.compile(r"<!--|-->|</?([A-Za-z][A-Za-z0-9:-]*)[^<>]*>|<[!?][^<>]*>")
# These part no words: "Hel<b>lo</b>".
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup time tt u var"
    " wbr".split()
)
_RUN = re.compile(r"[^\W_]+")
_LINE_BOUNDS = frozenset('"\n\r\t|')
_VALUE_BOUNDS = frozenset('"')


@dataclass(frozen=True, kw_only=True)
class View:
    """One way to read a page: `text`, whose character i stands at `starts[i]` to `ends[i]` of the page; and its
    `letters`, of which the one numbered n is character `places[n]` of `text`. `bounds` are what a line or value ends at."""

    text: str
    starts: array[int]
    ends: array[int]
    letters: str
    places: array[int]
    bounds: frozenset[str]

    def stands_alone(self, start: int, end: int) -> bool:
        """Whether letters are all there is between two bounds. Of tags that are gone, those that part words left a line end."""
        before, after = self.places[start] - 1, self.places[end - 1] + 1
        while before >= 0 and not self.text[before].isalnum() and self.text[before] not in self.bounds:
            before -= 1
        while after < len(self.text) and not self.text[after].isalnum() and self.text[after] not in self.bounds:
            after += 1
        return (before < 0 or self.text[before] in self.bounds) and (after == len(self.text) or self.text[after] in self.bounds)


def views(text: str) -> Iterator[View]:
    """A page as its readers see it, tags gone; then with what stands in comments, and in attributes."""
    starts = array("I", range(len(text)))
    ends = array("I", range(1, len(text) + 1))
    for _ in range(_PASSES):
        again = _unescaped(text, starts, ends)
        if again is None:
            break
        text, starts, ends = again
    if "<!--" in text:
        yield _view(*_untagged(*_uncommented(text, starts, ends)), _LINE_BOUNDS)
    yield _view(*_untagged(text, starts, ends), _LINE_BOUNDS)
    if "<" in text:
        yield _view(text, starts, ends, _VALUE_BOUNDS)


def without_tags(text: str) -> str:
    """Return plain text of text that may hold escapes and tags."""
    return next(views(text)).text


def letters(text: str) -> str:
    """Return the letters and digits of plain text, lower-case, without accents.

    >>> letters("It's caf\u00e9 o'clock: 9.30")
    'itscafeoclock930'
    """
    return "".join(_folded(run[0]) for run in _RUN.finditer(text))


def tokens(text: str) -> list[str]:
    """Return the words of plain text as `letters` has them; in scripts without spaces each character is one.

    >>> tokens("A \u5927\u96ea day")
    ['a', '\u5927', '\u96ea', 'day']
    """
    found: list[str] = []
    for run in _RUN.finditer(text):
        folded = _folded(run[0])
        if has_spaceless(folded):
            found += folded
        elif folded:
            found.append(folded)
    return found


def _folded(run: str) -> str:
    return run.lower() if run.isascii() else "".join(map(_base, run))


@lru_cache(maxsize=10_000)
def _base(char: str) -> str:
    """A letter without case and accent; a mark is nothing; what has no single such letter stays as it is."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", char.lower()) if not unicodedata.combining(c))
    if not bare:
        return ""
    return bare if len(bare) == 1 and bare.isalnum() else char


def _view(text: str, starts: array[int], ends: array[int], bounds: frozenset[str]) -> View:
    parts: list[str] = []
    places = array("I")
    for run in _RUN.finditer(text):
        if run[0].isascii():
            parts.append(run[0].lower())
            places.extend(range(run.start(), run.end()))
            continue
        for place, char in enumerate(run[0], start=run.start()):
            base = _base(char)
            if base:
                parts.append(base)
                places.append(place)
    return View(text=text, starts=starts, ends=ends, letters="".join(parts), places=places, bounds=bounds)


def _uncommented(text: str, starts: array[int], ends: array[int]) -> tuple[str, array[int], array[int]]:
    parts: list[str] = []
    kept_starts, kept_ends = array("I"), array("I")
    last = 0
    while (start := text.find("<!--", last)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append(text[last:start])
        kept_starts.extend(starts[last:start])
        kept_ends.extend(ends[last:start])
        last = end + 3
    parts.append(text[last:])
    kept_starts.extend(starts[last:])
    kept_ends.extend(ends[last:])
    return "".join(parts), kept_starts, kept_ends


def _untagged(text: str, starts: array[int], ends: array[int]) -> tuple[str, array[int], array[int]]:
    parts: list[str] = []
    kept_starts, kept_ends = array("I"), array("I")
    last = 0
    for tag in _TAG.finditer(text):
        parts.append(text[last : tag.start()])
        kept_starts.extend(starts[last : tag.start()])
        kept_ends.extend(ends[last : tag.start()])
        if (tag[1] or "").lower() not in _INLINE:
            parts.append("\n")
            kept_starts.append(starts[tag.start()])
            kept_ends.append(ends[tag.end() - 1])
        last = tag.end()
    parts.append(text[last:])
    kept_starts.extend(starts[last:])
    kept_ends.extend(ends[last:])
    return "".join(parts), kept_starts, kept_ends


def _unescaped(text: str, starts: array[int], ends: array[int]) -> tuple[str, array[int], array[int]] | None:
    """The text with one layer of escapes read, or None if it has none."""
    parts: list[str] = []
    new_starts, new_ends = array("I"), array("I")
    last = 0
    for escape in _ESCAPE.finditer(text):
        read = _read_percent(escape[0]) if escape[0][0] == "%" else [(_read_escape(escape[0]), len(escape[0]))]
        if not read:
            continue
        parts.append(text[last : escape.start()])
        new_starts.extend(starts[last : escape.start()])
        new_ends.extend(ends[last : escape.start()])
        at = escape.start()
        for chars, length in read:
            parts.append(chars)
            # Of several characters that one escape stands for, the first has its place.
            new_starts.extend([starts[at]] * len(chars))
            new_ends.extend([ends[at + length - 1]] * len(chars))
            at += length
        last = escape.end()
    if not last:
        return None
    parts.append(text[last:])
    new_starts.extend(starts[last:])
    new_ends.extend(ends[last:])
    return "".join(parts), new_starts, new_ends


def _read_escape(escape: str) -> str:
    if escape[0] == "&":
        read = html.unescape(escape)
        return read if read != escape else " "
    codes = _HEX.findall(escape)
    if len(codes) == 2:
        return (chr(int(codes[0], 16)) + chr(int(codes[1], 16))).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if codes:
        return chr(int(codes[0], 16))
    return {"n": "\n", "r": "\n", "t": " ", "b": " ", "f": " "}.get(escape[-1], escape[-1])


def _read_percent(escape: str) -> list[tuple[str, int]]:
    """The characters of a percent-encoded run, each with the length of its notation; nothing if it is no UTF-8."""
    try:
        text = bytes.fromhex(escape.replace("%", "")).decode("utf-8")
    except ValueError:
        return []
    return [(char, 3 * len(char.encode("utf-8"))) for char in text]
