"""Which update on the page is which entry on record. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from archive.model import Entry

# Two updates without ids are one if their titles are equal and their texts not wholly different,
# or if so much of the text is equal. A number or a name changed in three sentences leaves 0.9.
_ALIKE_WITH_TITLE = 0.3
_ALIKE = 0.75
_MOST_PAIRS = 250_000  # about two seconds; a page past that is no live blog that a person follows
_KEY_SAFE = " !$&'()*+,:;=@-._"


@dataclass(frozen=True, kw_only=True)
class Known:
    """An entry on record, as far as telling it apart needs."""

    entry_id: int
    source_id: str | None
    title: str | None
    text: str


def slug_of(text: str) -> str:
    """Return the public handle of a key or address: 12 characters, base 32, for ever the same.

    >>> slug_of("itv/london/2013-02-26/ipcc")
    'opyfaooehcp6'
    """
    return base64.b32encode(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()).decode().lower()[:12]


def entry_key(entry: Entry, *, publisher: str, live_blog_key: str, ids_are_global: bool) -> str:
    """Return what names an entry for ever; an update without an id is named by its first content hash."""
    if entry.source_id and ids_are_global:
        return f"{publisher}/{entry.source_id}"
    if not entry.source_id:
        return f"{publisher}/{live_blog_key}/~{entry.content_hash[:16]}"
    # Quoted, so that live blog `a` with id `b/c` is not live blog `a/b` with id `c`, and no id looks like a hash.
    return f"{publisher}/{live_blog_key}/{quote(entry.source_id, safe=_KEY_SAFE)}"


def align(entries: Sequence[Entry], known: Sequence[Known]) -> dict[int, int]:
    """Return, by position in `entries`, the id of the entry on record that each one is; unmatched ones are absent.

    Only pairs in which one side has no id are considered: two different ids are two updates.
    Best matches are taken first, each entry on record once.
    """
    if not known or len(entries) * len(known) > _MOST_PAIRS:
        return {}
    scored: list[tuple[float, int, int]] = []
    bags = [Counter(_words(item.text)) for item in known]
    for position, entry in enumerate(entries):
        bag = Counter(_words(entry.text))
        for number, item in enumerate(known):
            if entry.source_id and item.source_id:
                continue
            score = _likeness(entry, bag, item, bags[number])
            if score > 0:
                scored.append((score, position, number))
    matched: dict[int, int] = {}
    used: set[int] = set()
    for _, position, number in sorted(scored, key=lambda item: (-item[0], item[1], item[2])):
        if position not in matched and number not in used:
            matched[position] = known[number].entry_id
            used.add(number)
    return matched


def _likeness(entry: Entry, bag: Counter[str], item: Known, item_bag: Counter[str]) -> float:
    """Above 0 if the two can be one update, higher the likelier."""
    alike = similarity(bag, item_bag)
    if entry.title and entry.title == item.title:
        teaser = item.text.startswith(entry.text) or entry.text.startswith(item.text)
        return 1 + alike if alike >= _ALIKE_WITH_TITLE or teaser else 0.0
    return alike if alike >= _ALIKE else 0.0


def similarity(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of words two bags have in common (Dice), 0 to 1; 0 if either is empty."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if one and other else 0.0


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
