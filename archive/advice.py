"""What to ask instead of a query that finds nothing: other spellings, a filter less, a word less, each with what it finds. Reads only."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeVar

from archive.pairs import has_spaceless
from archive.query import FIELDS, TOKEN, parse
from archive.refine import filters, with_filter
from archive.search import search
from archive.spelling import alike

SECONDS = 0.05  # of CPU time in looking for words, and four times that in asking in other ways; what takes longer is not waited for
_T = TypeVar("_T")
_WORDS = 5  # unknown words, and words or filters left out, at most


@dataclass(frozen=True, kw_only=True)
class Way:
    """Another query: `text`. `change` is what is other about it: the word meant, or the part left out. `total` as results show it."""

    change: str
    text: str
    total: str


@dataclass(frozen=True, kw_only=True)
class Advice:
    """Ways to more hits. `meant`: other spellings of words that stand nowhere. `without`: the query without one of its filters, whatever it
    finds then, or without one of its words. `earlier`: the same query in superseded wordings."""

    meant: tuple[Way, ...] = ()
    without: tuple[Way, ...] = ()
    earlier: Way | None = None


def advise(connection: sqlite3.Connection, text: str, *, seconds: float = SECONDS) -> Advice:
    """Return what to ask instead of a query that finds nothing."""
    end = time.thread_time() + 4 * seconds

    def in_time(found: Iterable[_T]) -> Iterator[_T]:
        return takewhile(lambda _: time.thread_time() < end, found)

    unknown = [place for place in in_time(_words(text)) if not _is_found(connection, place[2], text)][:_WORDS]
    without = [_way(connection, f"{name}:{value}", left) for name, value, left in in_time(filters(text)[:_WORDS])]
    if not unknown:
        without += [way for part, left in in_time(_parts(text)[:_WORDS]) if (way := _way(connection, part, left)).total != "0"]
    earlier = None if parse(text).in_history else _way(connection, "in:history", with_filter(text, "in", "history"))
    return Advice(
        meant=tuple(_other_spellings(connection, text, unknown, seconds)) if unknown else (),
        without=tuple(without),
        earlier=earlier if earlier and earlier.total != "0" else None,
    )


def _other_spellings(connection: sqlite3.Connection, text: str, unknown: list[tuple[int, int, str]], seconds: float) -> Iterator[Way]:
    choices = [alike(connection, word, until=time.thread_time() + seconds / len(unknown)) for _, _, word in unknown]
    if not all(choices):
        return
    for number in range(max(map(len, choices))):
        chosen = [choice[min(number, len(choice) - 1)] for choice in choices]
        other = text
        for (start, end, _), word in reversed(list(zip(unknown, chosen, strict=True))):
            other = other[:start] + word + other[end:]
        way = _way(connection, " ".join(chosen), other)
        if way.total != "0":
            yield way


def _way(connection: sqlite3.Connection, change: str, text: str) -> Way:
    return Way(change=change, text=text, total=search(connection, parse(text), limit=0).total_text)


def _tokens(text: str) -> list[re.Match[str]]:
    """The words and phrases of a query that must be found: no filters, nothing excluded, no beginnings."""
    found = []
    negated = False
    for token in TOKEN.finditer(text):
        word = token["word"] or ""
        is_filter = (token["field"] or "").lower() in FIELDS
        if not token["minus"] and not negated and not is_filter and word not in ("OR", "AND", "NOT"):
            found.append(token)
        negated = word == "NOT" and not token["minus"]
    return found


def _words(text: str) -> list[tuple[int, int, str]]:
    """(start, end, word) of each word to be found."""
    return [
        (token.start(group) + word.start(), token.start(group) + word.end(), word[0])
        for token in _tokens(text)
        for group in ("phrase" if token["phrase"] is not None else "word",)
        for word in re.finditer(r"[^\W_]+", token[group])
        if not has_spaceless(word[0]) and not (group == "word" and "*" in token[group])
    ][: 4 * _WORDS]


def _parts(text: str) -> list[tuple[str, str]]:
    """(a word or phrase, the query without it) for each, if there are others."""
    found = _tokens(text)
    if len(found) < 2:
        return []
    return [(token[0], " ".join(f"{text[: token.start()]} {text[token.end() :]}".split())) for token in found]


def _is_found(connection: sqlite3.Connection, word: str, text: str) -> bool:
    also = " in:history" if parse(text).in_history else ""
    return search(connection, parse(f'"{word}"{also}'), limit=0).total > 0
