"""What fetchers read, as lines of JSON and back: every field of an extraction, each time with its offset. Never pickle.

The page comes first, then each update on a line of its own. Most updates of a page were on it at the poll before: their lines are known.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from hashlib import blake2b
from operator import attrgetter
from typing import Any, TypeVar

from archive.model import Extraction, Update, When
from archive.remembering import Known

_T = TypeVar("_T")
_LONGEST = 8000  # bytes of a line that is remembered; an update takes 1,300
_WRITTEN: Known[tuple[Update, bytes]] = Known(most=16_384)
_READ: Known[Update] = Known(most=16_384)
_OF_UPDATE = tuple(field.name for field in fields(Update))
_WHENS_OF_UPDATE = tuple(_OF_UPDATE.index(name) for name in ("published", "updated"))
_WHENS_OF_EXTRACTION = ("coverage_start", "coverage_end")
_OF_EXTRACTION = {field.name: field.default for field in fields(Extraction) if field.name not in (*_WHENS_OF_EXTRACTION, "updates")}
_values_of = attrgetter(*_OF_UPDATE)


def extraction_as_lines(found: Extraction) -> bytes:
    """What a page showed as lines of JSON; fields that say nothing are left out, and the names of an update's are said once for all."""
    made = {name: value for name, default in _OF_EXTRACTION.items() if (value := getattr(found, name)) != default}
    for name in _WHENS_OF_EXTRACTION:
        if (when := getattr(found, name)) is not None:
            made[name] = when_as_json(when)
    made["fields"] = _OF_UPDATE
    return b"\n".join([json.dumps(made).encode(), *map(_line_of, found.updates)])


def extraction_from_lines(lines: bytes) -> Extraction:
    """The inverse of `extraction_as_lines`. Raises TypeError, ValueError, KeyError or AttributeError for anything else."""
    page, *updates = lines.split(b"\n")
    values = json.loads(page)
    for name in _WHENS_OF_EXTRACTION:
        if name in values:
            values[name] = when_from_json(values[name])
    names = values.pop("fields")
    if tuple(names) != _OF_UPDATE:
        raise ValueError(f"an update with the fields {names!r}")
    values["updates"] = tuple(map(_update_of, updates))
    if "warnings" in values:
        values["warnings"] = tuple(values["warnings"])
    return Extraction(**values)


def _line_of(update: Update) -> bytes:
    # The reader gives the same update again for the same words: it is known by itself, which takes less than to compare it.
    key = id(update).to_bytes(8, "little")
    known = _WRITTEN.get(key)
    if known is not None and known[0] is update:
        return known[1]
    line = json.dumps(_update_as_json(update)).encode()
    if len(line) <= _LONGEST:
        _WRITTEN.keep(key, (update, line))
    return line


def _update_of(line: bytes) -> Update:
    key = blake2b(line, digest_size=16).digest() if len(line) <= _LONGEST else None
    update = _READ.get(key) if key else None
    if update is None:
        update = _update_from_json(json.loads(line))
        if key:
            _READ.keep(key, update)
    return update


def when_as_json(when: When) -> list[str]:
    return [when.instant.isoformat(), when.precision, when.basis, when.raw]


def when_from_json(made: list[str]) -> When:
    instant, precision, basis, raw = made
    return _made(When, {"instant": datetime.fromisoformat(instant), "precision": precision, "basis": basis, "raw": raw})


def _update_as_json(update: Update) -> list[Any]:
    row = list(_values_of(update))
    for place in _WHENS_OF_UPDATE:
        if (when := row[place]) is not None:
            row[place] = when_as_json(when)
    return row


def _update_from_json(row: list[Any]) -> Update:
    for place in _WHENS_OF_UPDATE:
        if (when := row[place]) is not None:
            row[place] = when_from_json(when)
    return _made(Update, zip(_OF_UPDATE, row, strict=True))


def _made(kind: type[_T], values: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> _T:
    """A frozen value with every one of its fields given: its own `__init__` sets one after another and takes twice as long."""
    made = object.__new__(kind)
    vars(made).update(values)
    return made
