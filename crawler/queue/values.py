"""What fetchers read, as JSON and back: every field of an extraction, each time with its offset. Never pickle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

from archive.model import Extraction, Update, When

_T = TypeVar("_T")
_OF_UPDATE = tuple(field.name for field in fields(Update))
_WHENS_OF_UPDATE = tuple(_OF_UPDATE.index(name) for name in ("published", "updated"))
_WHENS_OF_EXTRACTION = ("coverage_start", "coverage_end")
_OF_EXTRACTION = {field.name: field.default for field in fields(Extraction) if field.name not in (*_WHENS_OF_EXTRACTION, "updates")}
_values_of = attrgetter(*_OF_UPDATE)


def extraction_as_json(found: Extraction) -> dict[str, Any]:
    """What a page showed as plain values; fields that say nothing are left out, and the names of an update's are said once for all."""
    made = {name: value for name, default in _OF_EXTRACTION.items() if (value := getattr(found, name)) != default}
    for name in _WHENS_OF_EXTRACTION:
        if (when := getattr(found, name)) is not None:
            made[name] = when_as_json(when)
    made["fields"] = _OF_UPDATE
    made["updates"] = [_update_as_json(update) for update in found.updates]
    return made


def extraction_from_json(made: dict[str, Any]) -> Extraction:
    """The inverse of `extraction_as_json`. Raises TypeError, ValueError, KeyError or AttributeError for anything else."""
    values = dict(made)
    for name in _WHENS_OF_EXTRACTION:
        if name in values:
            values[name] = when_from_json(values[name])
    if tuple(values.pop("fields")) != _OF_UPDATE:
        raise ValueError(f"an update with the fields {made['fields']!r}")
    values["updates"] = tuple(map(_update_from_json, values["updates"]))
    if "warnings" in values:
        values["warnings"] = tuple(values["warnings"])
    return Extraction(**values)


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
