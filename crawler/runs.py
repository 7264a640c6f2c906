"""Runs of siblings: updates without a box around each, told by the heads that open them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from archive.clocks import read_day
from crawler.ancestors import ancestors
from crawler.own_text import HEADINGS, Lengths, short_text

Element = Any

LONGEST_HEAD = 300  # characters of a box that holds time, headline and label, and no text
MOST_HEADS = 24  # boxes of a list that are asked what they hold: the rest looks like them
MOST_UNITS = 20_000
_MOST_OF_ONE = 1000  # elements and texts of one run
_MARGINS = frozenset(("aside", "nav", "footer", "form"))
_LONGEST_DAY = 60  # "Wednesday, 27 September 2023"


def runs_of(heads: Sequence[Element], above: Element, lengths: Lengths) -> tuple[tuple[Any, ...], ...] | None:
    """Return the runs that heads open, each with what follows it up to the next head or a heading that is none; None for fewer than two."""
    opener = frozenset(heads)
    holds: set[Element] = set()
    for head in heads:
        for ancestor in islice(ancestors(head), 1, None):
            if ancestor in holds:
                break
            holds.add(ancestor)
    holds -= opener
    units = list(_units(above, opener, holds))
    first = next((place for place, unit in enumerate(units) if not isinstance(unit, str) and unit in opener), None)
    if first is None:
        return None
    headings = (next(head.iter(*HEADINGS), None) for head in heads[:MOST_HEADS] if lengths.of(head) < LONGEST_HEAD)
    level = min((int(heading.tag[1]) for heading in headings if heading is not None), default=7)
    before = _headed_before(units, opener)
    runs: list[list[Any]] = []
    open_run = False
    for place, unit in enumerate(units):
        text = isinstance(unit, str)
        starts = (place + 1 < len(units) and units[place + 1] in opener) if before else (not text and unit in opener)
        if starts:
            runs.append([unit])
            open_run = True
        elif open_run and runs:
            if text or (before and unit in opener):
                runs[-1].append(unit)
            elif (
                len(runs[-1]) >= _MOST_OF_ONE
                or _ends(unit, level, len(runs[-1]) > 1, before)
                or (len(runs) == len(heads) and unit.getparent() is not heads[-1].getparent())
            ):
                open_run = False
            elif not _is_day(unit):
                runs[-1].append(unit)
    if len(runs) < 2:
        return None
    return tuple(tuple(run) for run in runs)


def _units(above: Element, heads: frozenset[Element], holds: set[Element]) -> Iterator[Any]:
    """What stands below `above` in document order: heads, elements without a head in them, and text between."""
    stack: list[Any] = [above]
    seen = 0
    while stack and seen < MOST_UNITS:
        item = stack.pop()
        seen += 1
        if isinstance(item, str) or item in heads or (item not in holds and item is not above):
            yield item
            continue
        below: list[Any] = [item.text] if item.text and item.text.strip() else []
        for child in item:
            if isinstance(child.tag, str):
                below.append(child)
            if child.tail and child.tail.strip():
                below.append(child.tail)
        stack.extend(reversed(below))


def _headed_before(units: Sequence[Any], heads: frozenset[Element]) -> bool:
    """Whether the headline stands above the time: nearly every head follows a heading directly."""
    places = [place for place, unit in enumerate(units) if not isinstance(unit, str) and unit in heads]
    headed = sum(place > 0 and not isinstance(units[place - 1], str) and units[place - 1].tag in HEADINGS for place in places)
    return headed * 10 >= len(places) * 8 and not any(units[place].tag in HEADINGS for place in places)


def _ends(unit: Element, level: int, has_body: bool, before: bool) -> bool:
    """Whether what follows belongs to no update: a heading as high as theirs, a margin, a box of another kind."""
    if unit.tag in HEADINGS:
        return int(unit.tag[1]) <= level if level < 7 else has_body or before
    return unit.tag in _MARGINS


def _is_day(unit: Element) -> bool:
    words = short_text(unit, _LONGEST_DAY)
    return bool(words) and any(character.isdigit() for character in words or "") and read_day(words or "") is not None
