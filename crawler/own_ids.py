"""Which of the names a site gives its updates is the lasting one, without the prefix all of them share. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

# Letters and separators up to a separator: "liveblog-entry-", "UPDATE-container-", "post_", "block-". A prefix with
# digits ("419364605_event") names the live blog, a single letter ("h_") belongs to the id.
_PREFIX = re.compile(r"[A-Za-z][A-Za-z]+(?:[-_][A-Za-z]+)*[-_]|[A-Za-z]*(?:live|blog|post|entry|update|block)[A-Za-z]*(?=\d)", re.I)
_DIGIT = re.compile(r"\d")
_TRAILING_NUMBER = re.compile(r"(\d{1,6})$")


def bare_ids(values: Sequence[str | None]) -> list[str | None]:
    """Return ids without the prefix of letters that all of them share.

    >>> bare_ids(["block-646210cc8f", None, "block-646218558f"])
    ['646210cc8f', None, '646218558f']
    >>> bare_ids(["419364605_event79", "419364605_event78"])
    ['419364605_event79', '419364605_event78']
    """
    stated = [value for value in values if value]
    if not stated:
        return list(values)
    prefix = _shared_prefix(stated)
    return [value[len(prefix) :] if value else None for value in values]


def _shared_prefix(stated: Sequence[str]) -> str:
    found = _PREFIX.match(stated[0])
    # "urn:newsml:..." and "asset:..." are names as a whole.
    prefix = found[0] if found else ""
    while prefix:
        rests = [value[len(prefix) :] for value in stated if value.startswith(prefix)]
        # What is left must still be an id: it holds a digit ("the-storm" and "the-flood" keep their words).
        if len(rests) == len(stated) and all(map(_DIGIT.search, rests)):
            return prefix
        # "liveblog-entry-" where one is "liveblog-summary-": the shorter prefix is not tried, the two are kinds.
        shorter = re.match(r"(.*[-_])[^-_]+[-_]$", prefix)
        prefix = shorter[1] if shorter else ""
    return ""


def is_positional(values: Sequence[str]) -> bool:
    """Whether ids count places on the page, so that each moves when an update arrives.

    Numbers without a gap that begin at 0 or 1 with the first update shown. Counted the other way, the newest has the
    highest and keeps it (`event79` above `event78`).

    >>> is_positional(["post1", "post2", "post3"]), is_positional(["event3", "event2", "event1"]), is_positional(["b17", "b12"])
    (True, False, False)
    """
    numbers = [int(found[1]) for value in values if (found := _TRAILING_NUMBER.search(value))]
    if len(numbers) < max(2, len(values) - 1):
        return False
    return numbers[0] in (0, 1, 2) and all(b - a == 1 for a, b in pairwise(numbers))


def is_counted(values: Sequence[str]) -> bool:
    """Whether ids are numbers without a gap, in either direction: a second choice beside any others."""
    numbers = [int(found[1]) for value in values if (found := _TRAILING_NUMBER.search(value))]
    steps = {b - a for a, b in pairwise(numbers)}
    return len(numbers) >= max(3, len(values) - 1) and steps in ({1}, {-1})
