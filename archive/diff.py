"""What changed between two wordings, by word. Pure."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """A run of text that is `equal`, `insert`ed or `delete`d."""

    kind: str
    text: str


def word_diff(old: str, new: str) -> tuple[Change, ...]:
    """Return the runs that turn one text into the other; a replacement is a delete, then an insert.

    >>> [change.text for change in word_diff("12 people hurt", "9 people hurt") if change.kind != "equal"]
    ['12', '9']
    """
    before, after = _words(old), _words(new)
    changes: list[Change] = []
    for kind, i, k, j, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            changes.append(Change("equal", "".join(before[i:k])))
            continue
        if k > i:
            changes.append(Change("delete", "".join(before[i:k])))
        if m > j:
            changes.append(Change("insert", "".join(after[j:m])))
    return tuple(changes)


def _words(text: str) -> list[str]:
    """Words, the space between them and punctuation, each by itself."""
    return re.findall(r"\w+|\s+|[^\w\s]", text)
