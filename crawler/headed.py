"""Copied text and plain documents: updates that a clock opens on a line of its own, or headed sections the page counts itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from archive.clocks import Clock, DayName, place, read_clock, read_day
from archive.model import Extraction, Update
from crawler.page import Block, Page
from crawler.page_days import page_day
from crawler.signs import LIVE_WORDS
from crawler.zones import page_zone

# "5 updates", "12 Meldungen": a number and a word or two, alone on a line.
_DECLARED = re.compile(r"\W*(\d{1,3})\s+[^\W\d]+(?:\s[^\W\d]+)?\W*")
_LONGEST_LABEL = 40  # characters of "Live updates", "Advertisement" and the like
_FEWEST_CLOCKS = 4  # a text with three times in it is an account or a programme
_SURE = 0.6  # a count that fits is likely right; nothing else on such a page speaks for it
_AFTER_CLOCK = re.compile(r"^[\s:|·•–—-]+")


@dataclass
class _Section:
    """What stands under one heading or clock while its paragraphs are collected."""

    title: str | None
    clock: Clock | None = None
    body: list[Block] = field(default_factory=list)


def extract_headed(page: Page) -> Extraction | None:
    """Return the updates of a page that is text from top to bottom, or None if it shows none."""
    blocks = page.blocks
    return _clocked(page, blocks) or _counted(page, blocks)


def _counted(page: Page, blocks: Sequence[Block]) -> Extraction | None:
    """Headed sections below a heading that says "live", where the page states their number and the number is right."""
    start = next(
        (n for n, b in enumerate(blocks) if b.kind == "heading" and len(b.text) <= _LONGEST_LABEL and LIVE_WORDS.search(b.text)), None
    )
    if start is None:
        return None
    sections: list[_Section] = []
    for block in blocks[start + 1 :]:
        if block.kind == "heading":
            sections.append(_Section(title=block.text))
        elif sections and block.kind != "label" and not _is_label(block):
            sections[-1].body.append(block)
    sections = [section for section in sections if section.body]
    declared = {int(found[1]) for block in blocks[:start] for line in (*block.items, block.text) if (found := _DECLARED.fullmatch(line))}
    if len(sections) < 2 or len(sections) not in declared:
        return None
    return _read(page, blocks[:start], [_update(section) for section in sections], declared=len(sections))


def _clocked(page: Page, blocks: Sequence[Block]) -> Extraction | None:
    """Lines that begin with a clock, each with what follows it up to the next; day headings between them."""
    sections: list[_Section] = []
    items: list[Clock | DayName | None] = []
    for block in blocks:
        clock = read_clock(block.text[:120]) if block.text[:1].isdigit() else None
        day = read_day(block.text) if clock is None else None
        if clock is not None and clock.leads:
            rest = _AFTER_CLOCK.sub("", block.text[clock.end :])
            headed = block.kind == "heading" or (rest and len(rest) <= 120 and not rest.endswith((".", "!", "?", "\u3002")))
            sections.append(_Section(title=rest or None if headed else None, clock=clock))
            if rest and not headed:
                sections[-1].body.append(Block(kind="paragraph", text=rest))
            items.append(clock)
        elif day is not None:
            items.append(day)
        elif sections and not (block.kind == "label" or _is_label(block)):
            sections[-1].body.append(block)
    told = sum(len(section.title or "") + sum(len(block.text) for block in section.body) for section in sections)
    even = sum(section.clock is not None and section.clock.minute % 5 == 0 for section in sections)
    live = LIVE_WORDS.search(f"{page.url} {' '.join(block.text[:120] for block in blocks[:6])}")
    if len(sections) < _FEWEST_CLOCKS or told < 60 * len(sections) or even * 10 >= len(sections) * 9 or not live:
        return None
    near, zone = page_day(page), page_zone(page)
    updates = [_update(section) for section in sections]
    if near is not None:
        placed = [when for when, item in zip(place(items, near=near, zone=zone), items, strict=True) if isinstance(item, Clock)]
        updates = [Update(title=u.title, text=u.text, published=when) for u, when in zip(updates, placed, strict=True)]
    first = next(n for n, block in enumerate(blocks) if block.text[:1].isdigit() and read_clock(block.text[:120]))
    return _read(page, blocks[:first], updates, declared=None)


def _is_label(block: Block) -> bool:
    """Whether a line is a label between updates ("Advertisement"): one word and no sentence."""
    return " " not in block.text.strip() and len(block.text) <= _LONGEST_LABEL and block.text.strip()[-1:].isalpha()


def _update(section: _Section) -> Update:
    return Update(title=section.title, text="\n\n".join(block.text for block in section.body) or None)


def _read(page: Page, above: Sequence[Block], updates: Sequence[Update], *, declared: int | None) -> Extraction:
    title = next((block.text for block in above if block.kind == "heading"), None)
    return Extraction(
        title=title or (above[0].text if above and len(above[0].text) <= 200 else None),
        updates=tuple(updates),
        declared_count=declared,
        method="generic",
        warnings=(f"read from the text of a page nobody described; certainty {_SURE:.2f}",),
    )
