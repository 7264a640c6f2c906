"""Two wordings of one entry beside each other: which time says more, and whether the publisher changed anything. Pure."""

from __future__ import annotations

import sqlite3

from archive.model import Entry
from archive.times import from_utc

_HEADINGS = 0.05  # of a text may be missing, or be more, where another reader read it
_SAME_TIME = 600  # seconds a time that was worked out may drift from poll to poll
_CERTAINTY = {None: 0, "url": 1, "inferred": 2, "page": 3}
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}


def same_time(entry: Entry, second: int | None) -> bool:
    """Whether nothing speaks against one update: a content's hash holds no time that was worked out."""
    if entry.second is None or second is None:
        return True
    return abs(entry.second - second) <= _SAME_TIME


def change_of(entry: Entry, row: sqlite3.Row, before: str | None, *, reader: str) -> str | None:
    """Return what another wording of an entry is: `edited`, `filled` (we know it better now), or None (no change).

    `before` is the hash of what this live blog showed of it last (None: it never did), `reader` what read it now.
    """
    # A placement that showed something else than the record is a teaser of it, or lags behind.
    diverged = before != row["content_hash"]
    if is_teaser(entry.text, row["text"]) and (diverged or entry.text.endswith(("...", "\u2026"))):
        return None
    if diverged and len(entry.text) < len(row["text"]) / 2:
        return None
    if (entry.title, entry.byline, entry.text) == (row["title"], row["byline"], row["text"]):
        return None if is_better(row, entry) else "filled" if is_filled_in(entry, row) else "edited"
    if before is None and is_teaser(row["text"], entry.text) and entry.title == row["title"]:
        return "filled"
    if row["reader"] is not None and row["reader"] != reader and reads_alike(entry, row):
        return "filled"
    return "edited"


def is_teaser(text: str, fuller: str) -> bool:
    """Whether a text is only the beginning of another."""
    bare = text.rstrip(".\u2026 ")
    return len(bare) < len(fuller.rstrip(".\u2026 ")) and fuller.startswith(bare)


def is_better(row: sqlite3.Row, entry: Entry) -> bool:
    """Whether the time on record says more than this one: it was stated, or to the second, and this one does not contradict it."""
    if entry.published is None:
        return row["published_at"] is not None
    if _CERTAINTY[entry.published.basis] != _CERTAINTY[row["published_basis"]]:
        return _CERTAINTY[entry.published.basis] < _CERTAINTY[row["published_basis"]]
    apart = from_utc(row["published_at"]).timestamp() - entry.published.instant.timestamp()
    if entry.published.basis == "inferred":
        return abs(apart) <= _SAME_TIME
    unit = _UNITS[entry.published.precision]
    return unit > _UNITS[row["published_precision"]] and 0 <= apart < unit


def is_filled_in(entry: Entry, row: sqlite3.Row) -> bool:
    """Whether all that changed is that the page now states a time we had not, only worked out, or had less exactly."""
    if entry.published is None or entry.published.basis != "page":
        return False
    if row["published_basis"] != "page":
        return True
    unit = _UNITS[row["published_precision"]]
    apart = entry.published.instant.timestamp() - from_utc(row["published_at"]).timestamp()
    return _UNITS[entry.published.precision] < unit and 0 <= apart < unit


def reads_alike(entry: Entry, row: sqlite3.Row) -> bool:
    """Whether two readers may have read one wording: one has a little more of it than the other, or joins its parts in another way."""
    one, other = _unspaced(entry.title, entry.text), _unspaced(row["title"], row["text"])
    text, known = _unspaced(None, entry.text), _unspaced(None, row["text"])
    if one in other or other in one or (text and text in other) or (known and known in one):
        return True
    return abs(len(text) - len(known)) <= _HEADINGS * len(known) and (_mostly_in(entry.text, known) or _mostly_in(row["text"], text))


def _unspaced(title: str | None, text: str) -> str:
    return "".join(f"{title or ''}{text}".split())


def _mostly_in(text: str, unspaced: str) -> bool:
    """Whether all paragraphs of a text stand in another, but for what is as short as headings between them."""
    parts = ["".join(part.split()) for part in text.split("\n\n")]
    missing = sum(len(part) for part in parts if part not in unspaced)
    return missing <= _HEADINGS * len(unspaced)
