"""What fetchers read, as JSON and back: every field of an extraction, each time with its offset. Never pickle."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from archive.model import Extraction, Update, When

_WHENS_OF_UPDATE = ("published", "updated")
_WHENS_OF_EXTRACTION = ("coverage_start", "coverage_end")
_OF_UPDATE = {field.name: field.default for field in fields(Update) if field.name not in _WHENS_OF_UPDATE}
_OF_EXTRACTION = {field.name: field.default for field in fields(Extraction) if field.name not in (*_WHENS_OF_EXTRACTION, "updates")}


def extraction_as_json(found: Extraction) -> dict[str, Any]:
    """What a page showed as plain values; fields that say nothing are left out."""
    made = _plain(found, _OF_EXTRACTION)
    for name in _WHENS_OF_EXTRACTION:
        if (when := getattr(found, name)) is not None:
            made[name] = when_as_json(when)
    made["updates"] = [_update_as_json(update) for update in found.updates]
    return made


def extraction_from_json(made: dict[str, Any]) -> Extraction:
    """The inverse of `extraction_as_json`. Raises TypeError, ValueError, KeyError or AttributeError for anything else."""
    values = dict(made)
    for name in _WHENS_OF_EXTRACTION:
        if name in values:
            values[name] = when_from_json(values[name])
    values["updates"] = tuple(_update_from_json(update) for update in values["updates"])
    if "warnings" in values:
        values["warnings"] = tuple(values["warnings"])
    return Extraction(**values)


def when_as_json(when: When) -> list[str]:
    return [when.instant.isoformat(), when.precision, when.basis, when.raw]


def when_from_json(made: list[str]) -> When:
    instant, precision, basis, raw = made
    return When(instant=datetime.fromisoformat(instant), precision=precision, basis=basis, raw=raw)


def _update_as_json(update: Update) -> dict[str, Any]:
    made = _plain(update, _OF_UPDATE)
    if update.published is not None:
        made["published"] = when_as_json(update.published)
    if update.updated is not None:
        made["updated"] = when_as_json(update.updated)
    return made


def _update_from_json(made: dict[str, Any]) -> Update:
    if "published" in made:
        made["published"] = when_from_json(made["published"])
    if "updated" in made:
        made["updated"] = when_from_json(made["updated"])
    return Update(**made)


def _plain(value: object, defaults: dict[str, Any]) -> dict[str, Any]:
    return {name: found for name, default in defaults.items() if (found := getattr(value, name)) != default}
