"""The Harrow Sands Gazette of the sample site: an article whose headings open with a clock, "20.15: Lights on"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from archive.model import Extraction, Update
from archive.times import from_clock, from_iso
from crawler.layouts import Layout, read_each
from crawler.page import Block, Page

_DAY = re.compile(r"(?:[A-Z][a-z]+day,? )?\d{1,2} [A-Z][a-z]+ \d{4}")  # Tuesday 3 March 2026
_CLOCK = re.compile(r"(?P<clock>\d{1,2}[.:]\d\d(?: ?[ap]m)?)[:,] +(?P<title>.+)")  # 20.15: Lights on
_ENDED = re.compile(r"our live coverage has ended\.?", re.I)


@dataclass
class _Draft:
    """An update while its paragraphs are being collected."""

    clock: str
    title: str
    day: date
    body: list[Block] = field(default_factory=list)


class SampleGazette(Layout):
    publisher = "harrow_sands_gazette"
    name = "Harrow Sands Gazette"
    domains = ("gazette.localhost",)
    zone = "Europe/London"
    language = "en"

    def matches(self, page: Page) -> bool:
        return page.format == "html" and any(_drafts(page.blocks))

    def extract(self, page: Page) -> Extraction:
        updates, warnings = read_each(_drafts(page.blocks), self._update)
        return Extraction(
            title=page.title,
            standfirst=next((block.text for block in page.blocks if block.kind == "paragraph"), None),
            updates=updates,
            complete=not warnings,
            ended=any(_ENDED.fullmatch(block.text) for block in page.blocks),
            warnings=warnings,
        )

    def _update(self, draft: _Draft) -> Update:
        return Update(
            title=draft.title,
            html="".join(block.html or "" for block in draft.body) or None,
            published=from_clock(draft.clock, day=draft.day, zone=self.zone),
        )


def _drafts(blocks: Sequence[Block]) -> Iterator[_Draft]:
    """The updates below a heading that is a day, each from its clock heading to the next heading."""
    day: date | None = None
    draft: _Draft | None = None
    for block in blocks:
        if block.kind == "heading":
            if draft:
                yield draft
            draft = None
            found = _CLOCK.fullmatch(block.text)
            if _DAY.fullmatch(block.text):
                day = from_iso(block.text).instant.date()
            elif found and day:
                draft = _Draft(clock=found["clock"], title=found["title"], day=day)
        elif draft and block.kind != "label":
            draft.body.append(block)
    if draft:
        yield draft
