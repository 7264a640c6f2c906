"""Every list of objects in a JSON value: plain lists, objects that map ids to records, JSON kept in strings. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crawler.embedded_json import load_json
from crawler.fields import unwrapped
from crawler.record_bodies import Record

# A page of 16 MiB holds some 300,000 values; what stands behind them is not looked at.
_MOST_VALUES = 400_000
_MOST_RECORDS = 3000
_SHORTEST_JSON = 200  # characters of a string that is opened
_COMPARED = 40  # records whose names are compared
# Deeper than this no page keeps its updates; a hostile one ends here.
_DEEPEST = 24


@dataclass(frozen=True, kw_only=True)
class RecordList:
    """Records that may be updates. `path` holds the names above them; `above` the objects, the nearest last."""

    records: tuple[Record, ...]
    path: tuple[str, ...]
    above: tuple[Record, ...]


def lists(value: Any) -> Iterator[RecordList]:
    """Yield every list of objects in a JSON value, and every object whose values are objects alike, breadth first.

    A string that is itself JSON is opened (Tickaroo keeps a posting in one).
    """
    level: list[tuple[Any, tuple[str, ...], tuple[Record, ...]]] = [(value, (), ())]
    seen = 0
    while level and seen < _MOST_VALUES:
        following: list[tuple[Any, tuple[str, ...], tuple[Record, ...]]] = []
        for item, path, above in level:
            seen += 1
            if seen >= _MOST_VALUES:
                return
            if isinstance(item, str):
                opened = _opened(item) if len(item) > _SHORTEST_JSON and _may_hold_json(item) else None
                if opened is not None:
                    following.append((opened, path, above))
                continue
            if isinstance(item, list):
                records = tuple(record for record in item[:_MOST_RECORDS] if isinstance(record, dict))
                if records and len(records) * 2 > len(item[:_MOST_RECORDS]):
                    yield RecordList(records=tuple(unwrapped(record) for record in records), path=path, above=above)
                following.extend((inner, path, above) for inner in item[:_MOST_RECORDS] if isinstance(inner, (dict, list)))
                continue
            inner: list[tuple[str, Any]] = []
            for name, value in item.items():
                if isinstance(value, str):
                    if len(value) > _SHORTEST_JSON and _may_hold_json(value):
                        inner.append((name, value))
                elif isinstance(value, (dict, list)):
                    inner.append((name, value))
            for name, group in _alike(item) if len(inner) > 1 and len(inner) * 10 >= len(item) * 8 else ():
                yield RecordList(records=group, path=(*path, name), above=(*above, item))
            # Deeper than this, no page's updates were seen; recursion of a hostile one ends here.
            if inner and len(path) < _DEEPEST:
                around = (*above, item)[-4:]
                following.extend((value, (*path, str(name)), around) for name, value in inner)
        level = following


def _may_hold_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _opened(text: str) -> Any:
    try:
        return load_json(text)
    except (ValueError, RecursionError):
        return None


def _alike(item: dict[str, Any]) -> list[tuple[str, tuple[Record, ...]]]:
    """The values of an object that maps ids to records, grouped by kind: `{"Post:1": {...}, "Author:7": {...}}`."""
    values = [(str(key), value) for key, value in list(item.items())[:_MOST_RECORDS] if isinstance(value, dict) and len(value) >= 3]
    if len(values) < 2 or len(values) * 10 < len(item) * 8:
        return []
    groups: dict[str, list[Record]] = {}
    for key, value in values:
        kind = value.get("__typename") or (key.split(":")[0] if ":" in key else "")
        groups.setdefault(str(kind), []).append({"id": key, **value} if not any(n in value for n in ("id", "_id")) else value)
    found = []
    for kind, group in groups.items():
        names = Counter(name for record in group[:_COMPARED] for name in record)
        shared = sum(count * 10 >= len(group[:_COMPARED]) * 8 for count in names.values())
        if len(group) >= 2 and shared >= 3:
            found.append((kind, tuple(unwrapped(record) for record in group)))
    return found
