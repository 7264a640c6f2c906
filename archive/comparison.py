"""Two wordings side by side: the earlier with what went, the later with what came. Pure, and bounded however long they are."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.diff import Change, word_diff

# difflib compares each word with each: about 0.2 s for this many pairs, two texts of 850 words changed throughout.
_MOST_PAIRS = 3_000_000


@dataclass(frozen=True)
class Sides:
    """`runs` turn the earlier wording into the later; `old` are those of them that are equal or deleted, `new` equal or inserted."""

    runs: tuple[Change, ...]

    @property
    def old(self) -> tuple[Change, ...]:
        return tuple(run for run in self.runs if run.kind != "insert")

    @property
    def new(self) -> tuple[Change, ...]:
        return tuple(run for run in self.runs if run.kind != "delete")

    @property
    def differ(self) -> bool:
        return any(run.kind != "equal" for run in self.runs)


def side_by_side(old: str | None, new: str | None) -> Sides:
    """Return what went and what came, by word; by line where the texts are too long for that.

    >>> [change.text for change in side_by_side("shut to all", "shut to lorries").new]
    ['shut to ', 'lorries']
    """
    return Sides(_changes(old or "", new or ""))


def _changes(old: str, new: str) -> tuple[Change, ...]:
    before, after = old.split(" "), new.split(" ")
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    was, is_now = " ".join(before[start : len(before) - end]), " ".join(after[start : len(after) - end])
    if _parts(was) * _parts(is_now) <= _MOST_PAIRS:
        head, tail = before[:start], before[len(before) - end :]
        middle = word_diff(was, is_now)
        opening = (Change("equal", " ".join([*head, ""])),) if head else ()
        closing = (Change("equal", " ".join(["", *tail])),) if tail else ()
        return tuple(change for change in (*opening, *middle, *closing) if change.text)
    return _by_line(old.splitlines(keepends=True), new.splitlines(keepends=True))


def _parts(text: str) -> int:
    """How many words, spaces and punctuation marks a comparison by word would look at."""
    return len(re.findall(r"\w+|\s+|[^\w\s]", text))


def _by_line(before: list[str], after: list[str]) -> tuple[Change, ...]:
    if len(before) * len(after) > _MOST_PAIRS:
        return (Change("delete", "".join(before)), Change("insert", "".join(after)))
    changes: list[Change] = []
    for kind, i, k, j, m in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            changes.append(Change("equal", "".join(before[i:k])))
            continue
        changes += [Change("delete", "".join(before[i:k]))] if k > i else []
        changes += [Change("insert", "".join(after[j:m]))] if m > j else []
    return tuple(changes)


def _common(before: Sequence[str], after: Sequence[str]) -> int:
    """How many words two texts begin with alike, one word short of the whole of either."""
    most = max(0, min(len(before), len(after)) - 1)
    return next((number for number in range(most) if before[number] != after[number]), most)
