"""Where on the page an update of its data is shown: found by id, by anchor, or by the words it begins with. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from archive.model import Update
from archive.normalise import html_to_text
from archive.remembering import remembered
from crawler.page import Page

Element = Any  # lxml has no types of its own

SHORTEST = 40  # characters two texts must share before they are called one
_ID_NAMES = ("id", "data-source-id", "data-post-id", "data-entry-id", "data-block-id", "data-id", "name")
_ID_ELEMENTS = " | ".join(f"//body//*[@{name}]" for name in _ID_NAMES[:-1]) + " | //body//a[@name]"
# The part of an id that a site keeps when it writes it another way: block-646219928f / 646219928f, liveblogPost12345 / post-12345.
_CORE = re.compile(r"(?:[0-9a-f]{12,}|\d{4,})$", re.I)
_TAIL = re.compile(r"(?<=[-_:])[a-z]?\d+$", re.I)
_TEXT_TAGS = frozenset("p div li td dd blockquote span section article h1 h2 h3 h4 h5 b strong em i a font".split())
_INLINE = frozenset("a b strong em i u span font mark".split())
_ASIDE = frozenset(("nav", "aside", "head", "script", "style", "noscript", "template", "button", "select"))


def counterparts(updates: Sequence[Update], page: Page) -> dict[int, Element]:
    """Return, by its place in `updates`, the element that shows an update and nothing of the others.

    Elements are looked up by id first, then by the first words of the text. Of the elements around a find
    that hold no other update, the one is taken that has the shape most updates have, so that one entry
    among unknown neighbours does not swallow them.
    """
    found = _by_id(updates, page)
    missing = [place for place in range(len(updates)) if place not in found]
    if missing:
        texts = texts_by_beginning(page)
        for place in missing:
            element = _by_text(updates[place], texts)
            if element is not None:
                found[place] = element
    return _with_neighbours(_containers(found), len(updates))


def core_of(source_id: str | None) -> str | None:
    """The number or hexadecimal part of an id, which a site keeps when it writes it another way, or None.

    >>> core_of("liveblogPost1552865"), core_of("block-646208dd8f0822aea831dd26"), core_of("post1")
    ('1552865', '646208dd8f0822aea831dd26', None)
    """
    found = _CORE.search(source_id or "")
    return found[0].lower() if found else None


@remembered(most=16_384, longest=4000)
def folded(text: str) -> str:
    """A text on one line, without the zero-width spaces some editors leave."""
    return " ".join(text.replace("\u200b", "").split())


def texts_by_beginning(page: Page) -> dict[str, list[Element]]:
    """The elements that hold running text, by the first characters of what they begin with."""
    found: dict[str, list[Element]] = {}
    for node in page.selector.root.iterfind(".//body//*"):
        if node.tag in _TEXT_TAGS and ((node.text and node.text.strip()) or (len(node) and node[0].tag in _INLINE)):
            words = folded("".join(_first_words(node)))
            if len(words) >= SHORTEST:
                found.setdefault(words[:SHORTEST], []).append(node)
    return found


def _first_words(node: Element) -> Iterator[str]:
    """The beginning of an element's text, across links and bold words."""
    length = 0
    for piece in node.itertext():
        yield piece
        length += len(piece)
        if length > 3 * SHORTEST:
            return


def _by_id(updates: Sequence[Update], page: Page) -> dict[int, Element]:
    wanted = [update.source_id for update in updates]
    if not any(wanted):
        return {}
    exact: dict[str, list[Element]] = {}
    cores: dict[str, list[Element]] = {}
    tails: dict[str, list[Element]] = {}
    for element in page.selector.root.xpath(_ID_ELEMENTS):
        for value in dict.fromkeys(element.get(name) for name in _ID_NAMES):
            if value:
                exact.setdefault(value, []).append(element)
                core = core_of(value)
                if core:
                    cores.setdefault(core, []).append(element)
                tail = _TAIL.search(value)
                if tail and not core:
                    tails.setdefault(tail[0], []).append(element)
    known = Counter(core_of(source_id) for source_id in wanted)
    result: dict[int, Element] = {}
    for place, source_id in enumerate(wanted):
        if not source_id:
            continue
        elements = exact.get(source_id, [])
        core = core_of(source_id)
        if not elements and core and known[core] == 1:
            elements = cores.get(core, [])
        if not elements and len(tails.get(source_id, ())) == 1:
            elements = tails[source_id]  # 701 for block-701, if nothing else is called so
        if elements:
            result[place] = elements[0]
    return result


def _by_text(update: Update, texts: dict[str, list[Element]]) -> Element | None:
    for stated in (update.text or html_to_text(update.html or ""), update.title or ""):
        words = folded(stated)
        for element in texts.get(words[:SHORTEST], []) if len(words) >= SHORTEST else []:
            if not any(above.tag in _ASIDE for above in element.iterancestors()):
                return element
    return None


def _containers(found: dict[int, Element]) -> dict[int, Element]:
    """From the element found for each update up to the whole of it."""
    holds: Counter[Element] = Counter()
    for element in found.values():
        holds.update((element, *element.iterancestors()))
    paths = {place: _alone(element, holds) for place, element in found.items()}
    shapes = Counter(_shape(path[-1]) for path in paths.values() if path)
    usual, count = shapes.most_common(1)[0] if shapes else (None, 0)
    if count * 2 < len(paths) or len(paths) < 2:
        usual = None
    result: dict[int, Element] = {}
    for place, path in paths.items():
        same = [element for element in path if _shape(element) == usual]
        if same:
            result[place] = same[-1]
        elif path:
            result[place] = path[0]
    return result


def _with_neighbours(found: dict[int, Element], count: int) -> dict[int, Element]:
    """The missing ones too where all others stand in order among as many siblings of their shape as there are updates."""
    parents = {element.getparent() for element in found.values()}
    shapes = {_shape(element) for element in found.values()}
    if len(found) == count or len(found) * 5 < count * 4 or len(parents) != 1 or len(shapes) != 1:
        return found
    parent, shape = parents.pop(), shapes.pop()
    alike = [child for child in parent if isinstance(child.tag, str) and _shape(child) == shape] if parent is not None else []
    if len(alike) != count or any(alike[place] is not element for place, element in found.items()):
        return found
    return dict(enumerate(alike))


def _alone(element: Element, holds: Counter[Element]) -> list[Element]:
    """The element and those around it that hold no other update, inside out."""
    path: list[Element] = []
    for above in (element, *element.iterancestors()):
        if holds[above] > 1 or above.tag in ("body", "html", "main"):
            break
        path.append(above)
    return path


def _shape(element: Element) -> tuple[str, str]:
    return str(element.tag), (element.get("class") or "").strip().split(" ")[0]
