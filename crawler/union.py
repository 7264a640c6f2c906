"""Two readings of one page as one, matched by identity. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from archive.model import Update
from archive.normalise import html_to_text
from crawler.counterparts import core_of

_SHORTEST = 25  # characters two texts must share to be one update


def union(first: tuple[Update, ...], second: tuple[Update, ...], fields: tuple[str, ...] = ()) -> tuple[Update, ...]:
    """Return two readings of one page as one: matched by id, else by how they begin, `first` leading.

    A field of `first` that is None is filled from `second`; the `fields` named are taken from `second`
    wherever it has them. Updates only one side has are kept, those of `second` at their place in its
    order; if the two share no update, `first` stands alone.
    """
    if not first or not second:
        return first or second
    partners = _partners(first, second)
    if not partners:
        return first
    taken = {theirs: mine for mine, theirs in partners.items()}
    following: dict[int, list[Update]] = {}  # what only `second` has, by the place in `first` it comes after
    position = -1
    for number, update in enumerate(second):
        if number in taken:
            position = taken[number]
        elif update.source_id:
            following.setdefault(position, []).append(update)
    result = list(following.get(-1, ()))
    for place, update in enumerate(first):
        result.append(_merge(update, second[partners[place]] if place in partners else None, fields))
        result += following.get(place, ())
    return tuple(result)


def _partners(first: tuple[Update, ...], second: tuple[Update, ...]) -> dict[int, int]:
    """Which of `second` is which of `first`, by place."""
    by_id = {update.source_id: place for place, update in enumerate(second) if update.source_id}
    by_core = {core: place for place, update in enumerate(second) if (core := core_of(update.source_id))}
    found: dict[int, int] = {}
    for place, update in enumerate(first):
        other = by_id.get(update.source_id) if update.source_id else None
        other = by_core.get(core_of(update.source_id) or "") if other is None else other
        if other is not None:
            found[place] = other
    if len(set(found.values())) < len(found):  # ids that only end alike
        found = {place: by_id[update.source_id] for place, update in enumerate(first) if update.source_id in by_id}
    if any(update.source_id for update in first) and any(update.source_id for update in second) and found:
        return found
    mine, theirs = ([_beginning(update) for update in side] for side in (first, second))
    count, their_count = Counter(mine), Counter(theirs)
    once = {key: place for place, key in enumerate(theirs) if key and their_count[key] == 1}
    return found | {place: once[key] for place, key in enumerate(mine) if key in once and count[key] == 1 and place not in found}


def _beginning(update: Update) -> str | None:
    """What an update begins with: its text, else its headline."""
    words = " ".join((update.text or html_to_text(update.html or "")).split()) or " ".join((update.title or "").split())
    return words[:60].casefold() if len(words) >= _SHORTEST else None


def _merge(update: Update, other: Update | None, fields: tuple[str, ...]) -> Update:
    if other is None:
        return update
    changes: dict[str, Any] = {}
    for name in ("url", "title", "byline", "html", "text", "published", "updated"):
        mine, theirs = getattr(update, name), getattr(other, name)
        if theirs is not None and (name in fields or mine is None):
            changes[name] = theirs
    if update.html is not None or "html" in changes:
        changes.pop("text", None)
    return replace(update, **changes) if changes else update
