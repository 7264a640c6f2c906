"""Rewriting what a person typed: one filter more, one filter less. The text of the query is the only truth. Pure."""

from __future__ import annotations

import calendar
import re
from typing import Protocol

from archive.query import FIELDS, TOKEN

# Parameters that stand for a filter of the search language, so that forms and short links work.
_PARAMETERS = {
    "publisher": "publisher",
    "since": "since",
    "until": "until",
    "from": "since",
    "to": "until",
    "live": "live",
    "language": "language",
    "kind": "kind",
    "byline": "byline",
}
_FLAGS = {"edited": ("is", "edited"), "withdrawn": ("is", "withdrawn"), "history": ("in", "history")}


class Parameters(Protocol):
    """The parameters of an address; `get` gives the first of a name."""

    def get(self, name: str, default: str = ..., /) -> str: ...


def folded(parameters: Parameters) -> tuple[str, bool]:
    """Return the query `q` with the filters that came as parameters of their own written into it, and whether any came.

    >>> folded({"q": "bridge", "publisher": "echo", "edited": "1"})
    ('bridge publisher:echo is:edited', True)
    """
    q = parameters.get("q", "").strip()
    given = [(name, parameters.get(name, "").strip()) for name in (*_PARAMETERS, *_FLAGS)]
    for name, value in given:
        if name in _FLAGS and value not in ("", "0"):
            q = with_filter(q, *_FLAGS[name])
        elif name in _PARAMETERS and value:
            q = with_filter(q, _PARAMETERS[name], value)
    return q, any(value for _, value in given)


def with_filter(text: str, name: str, value: str) -> str:
    """Return the query with a filter set, in place of one of its kind. `is:` filters stand beside each other.

    >>> with_filter("bridge publisher:vale", "publisher", "Northmouth Echo")
    'bridge publisher:"Northmouth Echo"'
    """
    value = re.sub(r'[\s"\x00]+', " ", value).strip()
    if not value:
        return without_filter(text, name)
    kept = without_filter(text, name, value if name == "is" else None)
    # A quotation that was never closed would swallow the filter.
    kept = kept + '"' if kept.count('"') % 2 else kept
    written = f'"{value}"' if " " in value else value
    return f"{kept} {name}:{written}".strip()


def without_filter(text: str, name: str, value: str | None = None) -> str:
    """Return the query without its filters called `name`, or only those with that value.

    >>> without_filter('bridge since:2026-03 "a since:b"', "since")
    'bridge "a since:b"'
    """
    for found in reversed(list(TOKEN.finditer(text))):
        same = (found["field"] or "").lower() == name
        if same and (value is None or _value(found).lower() == value.lower()):
            text = _cut(text, found.start(), found.end())
    return text


def filters(text: str) -> list[tuple[str, str, str]]:
    """Return (name, value, the query without it) for each filter in a query, in order."""
    found = [token for token in TOKEN.finditer(text) if (token["field"] or "").lower() in FIELDS]
    return [(token["field"].lower(), _value(token).strip(), _cut(text, token.start(), token.end())) for token in found]


def first_day(since: str | None) -> str | None:
    """Return the first day that `since:` lets through, for a date field: 2013-02 -> 2013-02-01."""
    return "-".join([*since.split("-"), "01", "01"][:3]) if since else None


def last_day(until: str | None) -> str | None:
    """Return the last day that `until:` lets through, for a date field: 2013-02 -> 2013-02-28."""
    if not until:
        return None
    parts = until.split("-")
    month = int(parts[1]) if len(parts) > 1 else 12
    year = int(parts[0])
    day = parts[2] if len(parts) > 2 else str(calendar.monthrange(year, month)[1] if year else 31)
    return f"{parts[0]}-{month:02d}-{day}"


def _value(found: re.Match[str]) -> str:
    return found["phrase"] if found["phrase"] is not None else found["word"] or ""


def _cut(text: str, start: int, end: int) -> str:
    return " ".join(part for part in (text[:start].rstrip(), text[end:].lstrip()) if part)
