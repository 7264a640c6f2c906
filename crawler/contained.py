"""Updates told by the box around them alone: a box that says it is a live blog, and the parts it repeats. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from crawler.candidates import Candidate
from crawler.markers import LIVE_BLOG, Survey
from crawler.own_text import Lengths, is_hidden, is_noise, label

Element = Any

_CONTAINER = re.compile(r"live[-_]?(?:blog|ticker)(?![a-z])", re.I)
_PARTS = frozenset(("div", "article", "section", "li", "tr", "details"))  # paragraphs repeat in any text
_FEWEST = 4
_SHORTEST = 35  # characters of an update
_MOST_CONTAINERS = 5
_DEEPEST = 8
_MOST_BLOCKS = 2000


def contained(found: Survey) -> list[Candidate]:
    """Return the lists that boxes named as live blogs, or marked up as such, hold; asked where no list states times.

    A football ticker has minutes of play ("67'") and no clock.
    """
    lengths = Lengths()
    boxes = [element for element, name in found.named if name == LIVE_BLOG or _CONTAINER.search(label(element))][:_MOST_CONTAINERS]
    result = [_repeated(box, lengths) for box in boxes]
    return [candidate for candidate in result if candidate is not None]


def _repeated(box: Element, lengths: Lengths) -> Candidate | None:
    """The parts of one kind that hold most of a box's text."""
    whole = lengths[box]
    element = box
    for _ in range(_DEEPEST):
        groups: dict[tuple[str, str], list[Element]] = defaultdict(list)
        for child in element:
            if child.tag in _PARTS and lengths[child] >= _SHORTEST and not is_noise(child) and not is_hidden(child):
                groups[(child.tag, (child.get("class") or "").strip().split(" ")[0])].append(child)
        for group in groups.values():
            if len(group) >= _FEWEST and sum(lengths[part] for part in group) * 10 >= whole * 6:
                blocks = tuple((part,) for part in group[:_MOST_BLOCKS])
                return Candidate(blocks=blocks, form="named", above=element, lengths_of=lengths)
        element = max((child for child in element if isinstance(child.tag, str)), key=lengths.__getitem__, default=None)
        if element is None or lengths[element] * 10 < whole * 6:
            return None
    return None
