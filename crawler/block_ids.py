"""Each block's own id: which of its attributes and links names the update, and lasts. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urljoin, urlsplit

from archive.normalise import canonical_url
from crawler.candidates import Block
from crawler.own_ids import bare_ids, is_counted, is_positional
from crawler.own_text import HEADINGS
from crawler.page import Page

Element = Any

_NAME = re.compile(r"^(?:id|itemid|name|data-(?:[\w-]*[-_])?(?:id|key|guid|uuid|urn|slug|permalink|anchor)|data-(?:\w*id)|on|key)$", re.I)
_NO_ID = re.compile(
    r"(?:parent|blog|page|article|author|user|ad|ads|slot|image|media|video|gallery|tweet|twitter|section|channel|list|group|container|component|module|track|test)(?:[-_]?id)?$|testid|test-id|layout",
    re.I,
)
_VALUE = re.compile(r"[^\s<>\"']{1,200}")
_LONGEST_NAME = 100  # characters of an attribute's name
_MOST_ATTRIBUTES = 64
_MOST_INSIDE = 40  # elements of a block asked for ids: they stand at its top


def block_ids(blocks: Sequence[Block], page: Page) -> tuple[list[str | None], list[str | None]]:
    """Return (id, address) of each block; the address where a link of the block leads to the update itself.

    Of the attributes whose values differ in all blocks, the outermost is taken; numbers that merely count are the
    second choice, and those that count places on the page are none.
    """
    slots: dict[tuple[int, str, str], dict[int, str]] = defaultdict(dict)
    for number, block in enumerate(blocks):
        first = next((item for item in block if not isinstance(item, str)), None)
        above = None if first is None else first.getparent()
        place = ("ids", page.url, None if above is None else above.tag)  # what a link means depends on them
        for slot, value in page.block_facts.of(block, place, partial(tuple, _stated(block, page))):
            slots[slot].setdefault(number, value)
    links = [slot for slot in slots if slot[1] == "href"]
    address_slot = next((slot for slot in sorted(links) if _names_each(slots[slot], len(blocks))), None)
    addresses = [slots[address_slot].get(number) if address_slot else None for number in range(len(blocks))]
    second: list[str | None] = []
    # A fragment in a permalink names an update as surely as an id; an address of its own is the last choice.
    for slot in sorted(slots, key=lambda slot: (slot[1] == "href", slot)):
        if not _names_each(slots[slot], len(blocks)):
            continue
        stated = [slots[slot].get(number) for number in range(len(blocks))]
        values = [_fragment(value) if slot[1] == "href" else value for value in stated]
        known = [value for value in values if value]
        if len(set(known)) * 10 < len(known) * 8 or len(known) * 10 < len(blocks) * 7 or is_positional(known):
            continue
        if not is_counted(known):
            return bare_ids(values), addresses
        second = second or bare_ids(values)
    return second or _paths(addresses, page), addresses


def _names_each(values: dict[int, str], count: int) -> bool:
    # A pinned update stands on the page twice, with the same id.
    distinct = len(set(values.values()))
    return len(values) * 10 >= count * 7 and distinct * 10 >= len(values) * 8 and distinct >= min(2, count)


def _stated(block: Block, page: Page) -> Iterator[tuple[tuple[int, str, str], str]]:
    """Yield (level, attribute, tag) and value of what may be an id, from the outside in."""
    seen = 0
    for item in block:
        if isinstance(item, str):
            continue
        level: list[Element] = [item]
        depth = 0
        while level and seen < _MOST_INSIDE and depth < 8:
            following: list[Element] = []
            for element in level:
                seen += 1
                for name, value in element.items()[:_MOST_ATTRIBUTES]:
                    if name == "href" and element.tag == "a":
                        own = _own_link(value, page, element)
                        if own:
                            yield (depth, "href", element.tag), own
                    elif len(name) <= _LONGEST_NAME and _is_id(name) and _VALUE.fullmatch(value) and re.search(r"\w", value):
                        # The block's id comes before its data attributes, those before what stands inside.
                        yield (depth * 2 + (name != "id"), "", f"{name} {element.tag}"), value
                following.extend(
                    child for child in element if isinstance(child.tag, str) and child.tag not in ("svg", "figure", "picture", "img")
                )
            level, depth = following, depth + 1
        break


@lru_cache(maxsize=4096)
def _is_id(name: str) -> bool:
    return bool(_NAME.match(name)) and not _NO_ID.search(name)


def _own_link(href: str, page: Page, element: Element) -> str | None:
    """An address that names the update: a fragment of this page, or another page where a heading or a time links to it."""
    try:
        full = urljoin(page.url, href.strip())
        parts = urlsplit(full)
        if parts.scheme not in ("http", "https") or not page.is_own(full):
            return None
        same = urlsplit(canonical_url(full)).path.rstrip("/") == urlsplit(canonical_url(page.url)).path.rstrip("/")
    except ValueError:
        return None
    if same:
        return full if parts.fragment or re.search(r"(?:post|entry|update|block|item|id|with)", parts.query) else None
    parent = element.getparent()
    headed = parent is not None and parent.tag in HEADINGS
    timed = any(True for _ in element.iter("time"))
    return full if headed or timed else None


def _fragment(url: str | None) -> str | None:
    return (urlsplit(url).fragment or None) if url else None


def _paths(addresses: Sequence[str | None], page: Page) -> list[str | None]:
    """Updates that have pages of their own are named by their paths."""
    return [urlsplit(url).path.strip("/") or None if url and not urlsplit(url).fragment else None for url in addresses]
