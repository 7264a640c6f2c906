"""JSON-LD of a page that is polled again and again: updates that stand in it as they did before are not read anew. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from archive.remembering import Known
from crawler.embedded_json import load_json, whole_characters

_LIST = re.compile(r'"liveBlogUpdates?"\s{0,9}:\s{0,9}\[\s{0,200}(?=\{)')
_NEXT = re.compile(r"\s{0,200},\s{0,200}(?=\{)")
_END = re.compile(r"\s{0,200}(?=\])")
_DECODER = json.JSONDecoder(strict=False)
_PLACE = "\x00items"  # stands for the items while the rest is read
_MOST_ITEMS = 1000
_LONGEST = 200_000  # characters of a script that is remembered; fifty updates have 75,000
_MOST_PAGES = 384
_SKIPPED = 3  # items that are looked over for the one that comes next: what was withdrawn or edited

Place = Hashable


class Listed(dict[str, Any]):
    """An update as JSON has it, the same object as long as it stands on its page as it did. `told`: what it was found to say, by the
    address of the page."""

    __slots__ = ("told",)

    def __init__(self, value: dict[str, Any]) -> None:
        super().__init__(value)
        self.told: dict[str, Any] = {}


class _Item(NamedTuple):
    text: str
    value: Listed


_READ: Known[list[_Item]] = Known(most=_MOST_PAGES)


def load_listed(text: str, place: Place) -> Any:
    """Return what `load_json` returns, and raise as it does; the updates of a live blog are Listed. `place` is where the text stands.

    >>> script = '{"@type": "LiveBlogPosting", "liveBlogUpdate": [{"headline": "Storm"}, {"headline": "Wind"}]}'
    >>> load_listed(script, "https://news.example/live") == load_json(script)
    True
    """
    found = _listed(text, _READ.get(place) or ()) if len(text) <= _LONGEST else None
    if found is None:
        return load_json(text)
    value, items = found
    _READ.keep(place, items)
    return value


def _listed(text: str, known: Sequence[_Item]) -> tuple[Any, list[_Item]] | None:
    """The value and its items; None where there is no such list, or it is none of objects."""
    opening = _LIST.search(text)
    if opening is None:
        return None
    start = opening.end()
    read = _items(text, start, known)
    if read is None:
        return None
    items, end = read
    value = load_json(f"{text[:start]}{json.dumps(_PLACE)}{text[end:]}")
    lists = [found for found in _lists(value) if found == [_PLACE]]
    if len(lists) != 1:
        return None
    lists[0][:] = [item.value for item in items]
    return value, items


def _items(text: str, start: int, known: Sequence[_Item]) -> tuple[list[_Item], int] | None:
    """The objects of a list that begins there, and where it ends."""
    items: list[_Item] = []
    place = 0  # in what is known
    while len(items) < _MOST_ITEMS:
        for skipped in range(place, min(place + _SKIPPED, len(known))):
            if text.startswith(known[skipped].text, start):
                item, place = known[skipped], skipped + 1
                break
        else:
            try:
                value, end = _DECODER.raw_decode(text, start)
            except (ValueError, RecursionError):
                return None
            part = text[start:end]
            item = _Item(part, Listed(whole_characters(value, part)))
        items.append(item)
        start += len(item.text)
        between = _NEXT.match(text, start)
        if between is None:
            end_of_all = _END.match(text, start)
            return (items, end_of_all.end()) if end_of_all else None
        start = between.end()
    return None


def _lists(value: Any) -> list[list[Any]]:
    """The lists in a value."""
    found: list[list[Any]] = []
    stack = [value]
    while stack:
        inner = stack.pop()
        if isinstance(inner, list):
            found.append(inner)
        if isinstance(inner, (list, dict)):
            stack.extend(inner.values() if isinstance(inner, dict) else inner)
    return found
