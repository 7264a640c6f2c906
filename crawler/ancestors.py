"""The elements around an element of a page, as far up as is looked. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

Element = Any

HIGHEST = 48  # levels climbed


def ancestors(element: Element) -> Iterator[Element]:
    """Yield an element and those around it, up to the body."""
    for _ in range(HIGHEST):
        if element is None or element.tag in ("body", "html"):
            return
        yield element
        element = element.getparent()


def up(element: Element, levels: int) -> Element:
    """Return the element that lies so many levels up, below the body at most."""
    for _ in range(levels):
        parent = element.getparent()
        if parent is None or parent.tag in ("body", "html"):
            break
        element = parent
    return element


def common_ancestor(elements: Sequence[Element]) -> Element | None:
    """Return the lowest element that holds all of `elements`, None if it is not within reach."""
    chain = list(chain_of(elements[0]))[1:]
    done: set[Element] = set()
    for element in elements[1:]:
        parent = element.getparent()
        if parent in done and element not in chain:
            continue  # another child of the same element changes nothing
        done.add(parent)
        near = set(chain_of(element))
        chain = [above for above in chain if above in near]
    return chain[0] if chain else None


def chain_of(element: Element) -> Iterator[Element]:
    """Yield an element and those around it, up to the page."""
    for _ in range(HIGHEST):
        if element is None:
            return
        yield element
        element = element.getparent()
