"""The repeated blocks of a page that may be its updates: boxes with a time in each, runs that a clock opens, named boxes. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from typing import Any

from lxml import etree

from crawler.ancestors import HIGHEST, ancestors, chain_of, common_ancestor, up
from crawler.block_facts import BlockFacts
from crawler.markers import Marker, Survey
from crawler.own_text import HEADINGS, Lengths, classes, is_hidden, is_noise, own_length
from crawler.runs import LONGEST_HEAD, MOST_HEADS, MOST_UNITS, runs_of

Element = Any
Block = tuple[Any, ...]  # elements of one update in document order; a string is text that stands between them

_MOST_GROUPS = 40  # lists judged on one page, the longest first; NRK's article has 9
_MOST_BLOCKS = 2000  # of one list; the longest page seen, a day at the Mirror, has 428
_MANY = 3  # of one kind in one element; one and two are told apart, more are not
# A time in one of these opens a run: what follows up to the next belongs to it.
_OPENERS = HEADINGS | frozenset(("p", "strong", "b", "dt", "time", "span", "em", "i", "u", "a", "font", "small", "mark"))
_HEAD_ALONE = 60  # characters: a box with less inside than this holds the time and a headline at most
_PARAGRAPH = 40  # characters; a label has less
_FEWEST_ABOVE = 3  # two boxes in a text are two videos
_PICTURES = frozenset(("img", "picture", "figure", "video", "amp-img", "iframe"))
_MOST_APART = 4  # places of a page with lists built alike
_MOST_BETWEEN = 60  # elements between one head and the next
_TELLING = frozenset(("p", "ul", "ol", "blockquote", "div", "section", "table"))
_ENOUGH = 1500  # characters of one block that count: one long article in a list says nothing about the list


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """Blocks that look alike. `form` is `boxes`, `runs` or `named`; `above` holds them all; `openers` are the heads of runs;
    `lengths_of` are those of the page's elements."""

    blocks: tuple[Block, ...]
    form: str
    above: Element
    lengths_of: Lengths
    openers: frozenset[Element] = frozenset()

    @cached_property
    def lengths(self) -> tuple[int, ...]:
        """How many characters of text stand in each block."""
        of = self.lengths_of.of
        return tuple(sum(len(item.strip()) if isinstance(item, str) else of(item) for item in block) for block in self.blocks)

    @property
    def weight(self) -> int:
        """How much text stands in the blocks: the list of the page has more than those beside it."""
        return sum(min(_ENOUGH, length) for length in self.lengths)


def candidates(found: Survey, facts: BlockFacts) -> list[Candidate]:
    """Return the repeated blocks of a page, those around times first."""
    groups: dict[tuple[object, ...], list[Element]] = defaultdict(list)
    paths: dict[Element, tuple[str, ...]] = {}
    for marker in found.markers:
        elements = groups[_kind(marker, paths)]
        if not elements or elements[-1] is not marker.element:
            elements.append(marker.element)
    # To tell a paragraph from others takes longer than to count it.
    lengths = Lengths(lambda item: own_length(item) if item.tag == "p" else facts.of((item,), "length", partial(own_length, item)))
    known: dict[Block, Candidate | None] = {}
    result: list[Candidate] = []
    # What a time element says and what its attribute does are two groups of the same elements.
    alike = {tuple(kind): None for kind in groups.values() if len(kind) >= 2}
    for group in sorted(alike, key=len, reverse=True)[:_MOST_GROUPS]:
        for roots in _apart(_roots(group)):
            if roots not in known:  # two times in each block are two groups around the same blocks
                known[roots] = _around(roots, lengths, facts)
            candidate = known[roots]
            if candidate is not None:
                result.append(candidate)
    result.extend(_named(found, lengths, facts))
    return list({candidate.blocks: candidate for candidate in reversed(result)}.values())


def _kind(marker: Marker, paths: dict[Element, tuple[str, ...]]) -> tuple[object, ...]:
    """What the markers of one list have in common: form, attribute, and the tags from the element up to the page."""
    element = marker.element
    form = "clock" if marker.form == "leading" else marker.form
    return form, marker.name, classes(element) if form in ("words", "clock") else "", _path(element, paths)


def _path(element: Element, paths: dict[Element, tuple[str, ...]]) -> tuple[str, ...]:
    above = element.getparent()
    if above is None:
        return (element.tag,)
    found = paths.get(above)
    if found is None:
        found = paths[above] = tuple(step.tag for step in islice(chain_of(above), HIGHEST - 1))
    return (element.tag, *found)


def _roots(elements: Block) -> Block:
    """The elements around times of one kind: each the largest that holds one of them alone."""
    count: dict[Element, int] = {}
    for element in elements:
        for above in ancestors(element):
            count[above] = held = count.get(above, 0) + 1
            if held > _MANY:
                break  # then those around it hold as many
    climbs = [_climb(element, count) for element in elements]
    usual = Counter(climbs).most_common(1)[0][0]
    roots: dict[Element, None] = {}
    for element, climb in zip(elements, climbs, strict=True):
        root = up(element, min(climb, usual))
        # Two times in one box (published and updated) stop below it.
        if climb < usual and count.get(wider := up(element, usual)) == 2:
            root = wider
        roots.setdefault(root)
    return tuple(islice(roots, _MOST_BLOCKS))


def _apart(roots: Block) -> list[Block]:
    """Boxes built alike that are two lists: they stand in two places, and no class name of the one is one of the other."""
    groups: dict[Element, list[Element]] = defaultdict(list)
    for root in roots:
        groups[root.getparent()].append(root)
    if not 2 <= len(groups) <= _MOST_APART or any(len(group) < 2 for group in groups.values()):
        return [roots]
    names = [{name for root in group[:MOST_HEADS] for name in classes(root).split()} for group in groups.values()]
    if not all(names) or any(one & other for place, one in enumerate(names) for other in names[:place]):
        return [roots]
    return [tuple(group) for group in groups.values()]


def _around(roots: Block, lengths: Lengths, facts: BlockFacts) -> Candidate | None:
    """The blocks that begin with or are the elements around times of one kind."""
    kept = _without_adverts(roots, facts)
    if len(kept) < 2:
        return None
    above = common_ancestor(kept)
    if above is None:
        return None
    inside = sorted(map(lengths.of, kept))[len(kept) // 2]
    runs = None
    if sum(root.tag in _OPENERS for root in kept) * 2 > len(kept) or inside < _HEAD_ALONE:
        runs = runs_of(kept, above, lengths)
        if runs is not None and sum(len(run) > 1 for run in runs) * 2 < len(runs) and inside >= _HEAD_ALONE:
            runs = None
    elif inside < LONGEST_HEAD and _stand_above(kept, lengths):
        runs = runs_of(kept, above, lengths)
    if runs is not None:
        return Candidate(blocks=runs, form="runs", above=above, lengths_of=lengths, openers=frozenset(kept))
    blocks = tuple((root,) for root in _with_siblings(kept, lengths)[:_MOST_BLOCKS])
    return Candidate(blocks=blocks, form="boxes", above=above, lengths_of=lengths)


def _stand_above(heads: Sequence[Element], lengths: Lengths) -> bool:
    """Whether boxes hold time and headline alone, and the text stands between one and the next (tagesschau)."""
    if len(heads) < _FEWEST_ABOVE:
        return False
    known = set(heads)
    heads = heads[:MOST_HEADS]
    if sum(head.getnext() in known for head in heads) * 10 > len(heads) * 3:
        return False
    followed = 0
    for head in heads:
        if any(inner.tag in _PICTURES or lengths[inner] >= _PARAGRAPH for inner in head.iter("p", "ul", "ol", "blockquote", *_PICTURES)):
            continue
        told = 0
        for after in islice(head.itersiblings(), _MOST_BETWEEN):
            if after in known:
                break
            if after.tag in _TELLING:
                told += lengths.of(after)
        followed += told > lengths.of(head) // 2
    return followed * 10 >= len(heads) * 7


def _climb(element: Element, count: Mapping[Element, int]) -> int:
    """How many levels up an element is still the only one of its kind."""
    climb = -1
    for above in ancestors(element):
        if count[above] != 1:
            break
        climb += 1
    return max(climb, 0)


def _without_adverts(blocks: Sequence[Element], facts: BlockFacts) -> list[Element]:
    """Blocks without adverts and boxes that stand among them with a time of their own, told by their names."""
    told = [facts.of((root,), ("shown", _place(root)), partial(_shown, root)) for root in blocks]
    roots = [root for root, shown in zip(blocks, told, strict=True) if shown]
    own = [root for root, shown in zip(blocks, told, strict=True) if shown == _OWN]
    return own if (len(roots) - len(own)) * 5 < len(roots) * 2 else roots


_HIDDEN, _BESIDE, _OWN = 0, 1, 2


def _shown(root: Element) -> int:
    """Whether a block is shown, and then, whether as words of the page's own."""
    return _HIDDEN if is_hidden(root) else _BESIDE if is_noise(root) else _OWN


def _place(root: Element) -> str:
    """What `is_noise` asks about where an element stands."""
    parent = root.getparent() if root.tag == "footer" else None
    return "" if parent is None else parent.tag


def _with_siblings(roots: list[Element], lengths: Lengths) -> list[Element]:
    """Blocks and those beside them that are made alike but state no time, in page order."""
    shapes: set[tuple[str, str, str]] = set()
    parents = Counter(root.getparent() for root in roots)
    known = set(roots)
    result: list[Element] = []
    done: set[Element] = set()
    for root in roots:
        parent = root.getparent()
        if parents[parent] < 2 or parent is None:
            result.append(root)
        elif parent not in done:
            done.add(parent)
            for child in parent.iterchildren(tag=etree.Element):
                if len(result) >= _MOST_BLOCKS:
                    return result
                if child in known:
                    result.append(child)
                    continue
                shape = _shape(child)
                if shape[1:] == ("", ""):
                    continue
                shapes = shapes or {_shape(one) for one in roots}
                if shape in shapes and not is_noise(child) and not is_hidden(child) and lengths.of(child) > 0:
                    result.append(child)
    return result


def _shape(element: Element) -> tuple[str, str, str]:
    """Tag, classes and the letters of the id: what blocks made alike share."""
    return (
        element.tag,
        " ".join(sorted(classes(element).split())),
        re.sub(r"[\W\d_]*[0-9a-f]*\d[\w-]*", "#", element.get("id") or ""),
    )


def _named(found: Survey, lengths: Lengths, facts: BlockFacts) -> list[Candidate]:
    """Boxes whose ids or class names say that they are updates, whether or not they state a time."""
    groups: dict[tuple[Element, str, str], list[Element]] = defaultdict(list)
    for element, token in found.named[:MOST_UNITS]:
        groups[(element.getparent(), element.tag, token)].append(element)
    result = []
    for (parent, _, _), elements in groups.items():
        kept = _without_adverts(elements[:_MOST_BLOCKS], facts)
        if len(kept) >= 2 and parent is not None:
            result.append(Candidate(blocks=tuple((element,) for element in kept), form="named", above=parent, lengths_of=lengths))
    return sorted(result, key=lambda candidate: len(candidate.blocks), reverse=True)[:_MOST_GROUPS]
