"""The repeated blocks of a page that may be its updates: boxes with a time in each, runs that a clock opens, named boxes. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from lxml import etree

from archive.clocks import read_day
from crawler.markers import Marker, Survey
from crawler.own_text import HEADINGS, Lengths, classes, is_hidden, is_noise, short_text

Element = Any
Block = tuple[Any, ...]  # elements of one update in document order; a string is text that stands between them

_HIGHEST = 48  # levels climbed, as in `markers`
_MOST_GROUPS = 40  # lists judged on one page, the longest first; NRK's article has 9
_MOST_BLOCKS = 2000  # of one list; the longest page seen, a day at the Mirror, has 428
_MOST_UNITS = 20_000
_MANY = 3  # of one kind in one element; one and two are told apart, more are not
_MOST_OF_ONE = 1000  # elements and texts of one run
# A time in one of these opens a run: what follows up to the next belongs to it.
_OPENERS = HEADINGS | frozenset(("p", "strong", "b", "dt", "time", "span", "em", "u", "a", "font", "small", "mark"))
_MARGINS = frozenset(("aside", "nav", "footer", "form"))
_HEAD_ALONE = 60  # characters: a box with less inside than this holds the time and a headline at most
_LONGEST_HEAD = 300  # characters of a box that holds time, headline and label, and no text
_PARAGRAPH = 40  # characters; a label has less
_FEWEST_ABOVE = 3  # two boxes in a text are two videos
_PICTURES = frozenset(("img", "picture", "figure", "video", "amp-img", "iframe"))
_MOST_APART = 4  # places of a page with lists built alike
_MOST_HEADS = 24  # boxes of a list that are asked what they hold: the rest looks like them
_MOST_BETWEEN = 60  # elements between one head and the next
_TELLING = frozenset(("p", "ul", "ol", "blockquote", "div", "section", "table"))
_ENOUGH = 1500  # characters of one block that count: one long article in a list says nothing about the list
_LONGEST_DAY = 60  # "Wednesday, 27 September 2023"


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


def candidates(found: Survey) -> list[Candidate]:
    """Return the repeated blocks of a page, those around times first."""
    groups: dict[tuple[object, ...], list[Element]] = defaultdict(list)
    paths: dict[Element, tuple[str, ...]] = {}
    for marker in found.markers:
        elements = groups[_kind(marker, paths)]
        if not elements or elements[-1] is not marker.element:
            elements.append(marker.element)
    lengths = Lengths()
    known: dict[Block, Candidate | None] = {}
    result: list[Candidate] = []
    for elements in sorted((group for group in groups.values() if len(group) >= 2), key=len, reverse=True)[:_MOST_GROUPS]:
        for roots in _apart(_roots(elements)):
            if roots not in known:  # two times in each block are two groups around the same blocks
                known[roots] = _around(roots, lengths)
            candidate = known[roots]
            if candidate is not None:
                result.append(candidate)
    result.extend(_named(found, lengths))
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
        found = paths[above] = tuple(step.tag for step in islice(_chain(above), _HIGHEST - 1))
    return (element.tag, *found)


def _roots(elements: list[Element]) -> Block:
    """The elements around times of one kind: each the largest that holds one of them alone."""
    count: dict[Element, int] = {}
    for element in elements:
        for above in _ancestors(element):
            count[above] = held = count.get(above, 0) + 1
            if held > _MANY:
                break  # then those around it hold as many
    climbs = [_climb(element, count) for element in elements]
    usual = Counter(climbs).most_common(1)[0][0]
    roots: dict[Element, None] = {}
    for element, climb in zip(elements, climbs, strict=True):
        root = _up(element, min(climb, usual))
        # Two times in one box (published and updated) stop below it.
        if climb < usual and count.get(wider := _up(element, usual)) == 2:
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
    names = [{name for root in group[:_MOST_HEADS] for name in classes(root).split()} for group in groups.values()]
    if not all(names) or any(one & other for place, one in enumerate(names) for other in names[:place]):
        return [roots]
    return [tuple(group) for group in groups.values()]


def _around(roots: Block, lengths: Lengths) -> Candidate | None:
    """The blocks that begin with or are the elements around times of one kind."""
    kept = _without_adverts(roots)
    if len(kept) < 2:
        return None
    above = common_ancestor(kept)
    if above is None:
        return None
    inside = sorted(map(lengths.of, kept))[len(kept) // 2]
    if sum(root.tag in _OPENERS for root in kept) * 2 > len(kept) or inside < _HEAD_ALONE:
        runs = _runs(kept, above, lengths)
        if runs is not None and (sum(len(run) > 1 for run in runs.blocks) * 2 >= len(runs.blocks) or inside < _HEAD_ALONE):
            return runs
    elif inside < _LONGEST_HEAD and _stand_above(kept, lengths):
        runs = _runs(kept, above, lengths)
        if runs is not None:
            return runs
    blocks = tuple((root,) for root in _with_siblings(kept, lengths)[:_MOST_BLOCKS])
    return Candidate(blocks=blocks, form="boxes", above=above, lengths_of=lengths)


def _stand_above(heads: Sequence[Element], lengths: Lengths) -> bool:
    """Whether boxes hold time and headline alone, and the text stands between one and the next (tagesschau)."""
    if len(heads) < _FEWEST_ABOVE:
        return False
    known = set(heads)
    heads = heads[:_MOST_HEADS]
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


def _ancestors(element: Element) -> Iterator[Element]:
    """The element and those around it, as far up as is looked."""
    for _ in range(_HIGHEST):
        if element is None or element.tag in ("body", "html"):
            return
        yield element
        element = element.getparent()


def _climb(element: Element, count: Mapping[Element, int]) -> int:
    """How many levels up an element is still the only one of its kind."""
    climb = -1
    for above in _ancestors(element):
        if count[above] != 1:
            break
        climb += 1
    return max(climb, 0)


def _up(element: Element, levels: int) -> Element:
    for _ in range(levels):
        parent = element.getparent()
        if parent is None or parent.tag in ("body", "html"):
            break
        element = parent
    return element


def common_ancestor(elements: Sequence[Element]) -> Element | None:
    """Return the lowest element that holds all of `elements`, None if it is not within reach."""
    chain = list(_chain(elements[0]))[1:]
    done: set[Element] = set()
    for element in elements[1:]:
        parent = element.getparent()
        if parent in done and element not in chain:
            continue  # another child of the same element changes nothing
        done.add(parent)
        near = set(_chain(element))
        chain = [above for above in chain if above in near]
    return chain[0] if chain else None


def _chain(element: Element) -> Iterator[Element]:
    for _ in range(_HIGHEST):
        if element is None:
            return
        yield element
        element = element.getparent()


def _without_adverts(blocks: Sequence[Element]) -> list[Element]:
    """Blocks without adverts and boxes that stand among them with a time of their own, told by their names."""
    roots = [root for root in blocks if not is_hidden(root)]
    named = {root for root in roots if is_noise(root)}
    return [root for root in roots if root not in named] if len(named) * 5 < len(roots) * 2 else roots


def _with_siblings(roots: list[Element], lengths: Lengths) -> list[Element]:
    """Blocks and those beside them that are made alike but state no time, in page order."""
    shapes = {_shape(root) for root in roots}
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
                if child in known or (_is_like(child, shapes) and not is_noise(child) and not is_hidden(child) and lengths.of(child) > 0):
                    result.append(child)
    return result


def _is_like(element: Element, shapes: set[tuple[str, str, str]]) -> bool:
    shape = _shape(element)
    return shape in shapes and shape[1:] != ("", "")


def _shape(element: Element) -> tuple[str, str, str]:
    """Tag, classes and the letters of the id: what blocks made alike share."""
    return (
        element.tag,
        " ".join(sorted(classes(element).split())),
        re.sub(r"[\W\d_]*[0-9a-f]*\d[\w-]*", "#", element.get("id") or ""),
    )


def _runs(heads: list[Element], above: Element, lengths: Lengths) -> Candidate | None:
    """The runs that heads open: each with what follows it up to the next head or a heading that is none."""
    opener = frozenset(heads)
    holds: set[Element] = set()
    for head in heads:
        for ancestor in islice(_ancestors(head), 1, None):
            if ancestor in holds:
                break
            holds.add(ancestor)
    holds -= opener
    units = list(_units(above, opener, holds))
    first = next((place for place, unit in enumerate(units) if not isinstance(unit, str) and unit in opener), None)
    if first is None:
        return None
    headings = (next(head.iter(*HEADINGS), None) for head in heads[:_MOST_HEADS] if lengths.of(head) < _LONGEST_HEAD)
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
    return Candidate(blocks=tuple(tuple(run) for run in runs), form="runs", above=above, lengths_of=lengths, openers=opener)


def _units(above: Element, heads: frozenset[Element], holds: set[Element]) -> Iterator[Any]:
    """What stands below `above` in document order: heads, elements without a head in them, and text between."""
    stack: list[Any] = [above]
    seen = 0
    while stack and seen < _MOST_UNITS:
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


def _named(found: Survey, lengths: Lengths) -> list[Candidate]:
    """Boxes whose ids or class names say that they are updates, whether or not they state a time."""
    groups: dict[tuple[Element, str, str], list[Element]] = defaultdict(list)
    for element, token in found.named[:_MOST_UNITS]:
        groups[(element.getparent(), element.tag, token)].append(element)
    result = []
    for (parent, _, _), elements in groups.items():
        kept = _without_adverts(elements[:_MOST_BLOCKS])
        if len(kept) >= 2 and parent is not None:
            result.append(Candidate(blocks=tuple((element,) for element in kept), form="named", above=parent, lengths_of=lengths))
    return sorted(result, key=lambda candidate: len(candidate.blocks), reverse=True)[:_MOST_GROUPS]
