"""ITV News streams of 2012 to 2016: stories, topics, regions and the updates' own pages.

No markup of these pages is known, only what they say from top to bottom, so the page is read as its
sequence of headings, paragraphs, lists and quotations; a saved page and a copied text go the same way.
An update states no time: the day stands in its address, or the story's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlsplit

from archive.model import Extraction, Update
from crawler.layouts import Layout
from crawler.page import Block, Page

# /news/london/update/2013-02-26/ipcc-police-lost-sight/ and its siblings
_ADDRESS = re.compile(r"/news/(?:(?P<region>[a-z0-9/-]+?)/)?(?P<kind>story|update|topic)/(?P<rest>.+?)/?$")
_COUNT = re.compile(r"(\d[\d,]*) updates?", re.I)
_STREAM_STARTS = re.compile(r"live updates|live news stream|latest updates", re.I)
_STREAM_ENDS = re.compile(r"load more( updates)?|more updates|show more updates", re.I)
_NOISE = re.compile(
    r"advertisement|share( this)?|this livestream has now finished\.?|back to top|itv report|"
    r"(facebook|twitter|email|print|comments?)|read: .*|(.{0,200} )?credit: .{0,80}",
    re.I,
)
_ATTRIBUTION = re.compile(r"[\u2013\u2014-]\s*\S")  # – Deborah Glass, Deputy Chair, IPCC
_REPORTER = re.compile(r"[A-Z][\w.'\u2019-]+(?: [A-Z][\w.'\u2019-]+){1,3}, (?:ITV|UTV)\b.*")  # Adam McClean, ITV News
_REGIONS = frozenset(
    "london central granada meridian anglia calendar tyne-tees wales west-country west border channel national utv "
    "scotland uk world".split()
)


@dataclass
class _Draft:
    """An update while its blocks are being collected."""

    heading: Block
    label: str | None = None
    body: list[Block] = field(default_factory=list)


class Itv(Layout):
    publisher = "itv"
    name = "ITV News"
    domains = ("itv.com",)
    zone = "Europe/London"
    language = "en"
    fronts = ("https://www.itv.com/news",)
    live_url = re.compile(r"/story/\d{4}-\d\d-\d\d/.")  # /news/london/story/2013-02-26/met-police/
    ids_are_global = True

    def matches(self, page: Page) -> bool:
        if page.format not in ("html", "text"):
            return False
        if _ADDRESS.search(urlsplit(page.url).path):
            return True
        return any(_STREAM_STARTS.fullmatch(block.text) for block in page.blocks) and any(
            _STREAM_ENDS.fullmatch(block.text) for block in page.blocks
        )

    def extract(self, page: Page) -> Extraction:
        address = _ADDRESS.search(urlsplit(page.url).path)
        kind = address["kind"] if address else "section"
        blocks = [block for block in page.blocks if not _NOISE.fullmatch(block.text)]
        declared = _declared(blocks)
        header, stream, older = _split(blocks)
        title, standfirst = _header(header)
        drafts = _drafts(stream)
        if kind == "update":
            drafts = _own_update([*_drafts(header), *drafts], page.url)
        elif declared is not None:
            drafts = drafts[:declared]
        updates = tuple(self._update(draft, page, kind) for draft in drafts)
        return Extraction(
            title=title,
            standfirst=standfirst,
            kind=kind,
            updates=updates,
            declared_count=declared if kind != "update" else None,
            complete=kind == "story" and declared == len(updates) and older is None,
            older_url=older,
        )

    def _update(self, draft: _Draft, page: Page, page_kind: str) -> Update:
        url = page.join(draft.heading.url)
        if page_kind == "update":
            url = page.url
        html, text = _body(draft.body)
        return Update(
            source_id=update_id(url),
            url=url if update_id(url) else None,
            title=draft.heading.text,
            byline=draft.label if draft.label and _REPORTER.fullmatch(draft.label) else None,
            html=html,
            text=text,
            kind="quote" if draft.body and all(_is_quotation(block) for block in draft.body) else "post",
        )


def update_id(url: str | None) -> str | None:
    """Return what names an update in its address: `london/2013-02-26/ipcc-police-lost-sight`; None if it is none."""
    found = _ADDRESS.search(urlsplit(url or "").path)
    if not found or found["kind"] != "update":
        return None
    return "/".join(part for part in (found["region"], found["rest"]) if part)


def _declared(blocks: Sequence[Block]) -> int | None:
    """The "5 updates" a page prints beside its title."""
    for block in blocks:
        for line in block.items or (block.text,):
            found = _COUNT.fullmatch(line)
            if found:
                return int(found[1].replace(",", ""))
    return None


def _split(blocks: list[Block]) -> tuple[list[Block], list[Block], str | None]:
    """What stands above the stream, the stream, and the address of older updates."""
    start = next((i for i, block in enumerate(blocks) if _STREAM_STARTS.fullmatch(block.text)), None)
    if start is None:
        # No heading over the stream: it begins at the second headline.
        headings = [i for i, block in enumerate(blocks) if block.kind == "heading" and not _is_label(block)]
        start = headings[1] - 1 if len(headings) > 1 else len(blocks) - 1
        if start >= 0 and blocks and _label_of(blocks[start]):
            start -= 1
    header, stream = blocks[: start + 1], blocks[start + 1 :]
    end = next((i for i, block in enumerate(stream) if _STREAM_ENDS.fullmatch(block.text)), None)
    older = stream[end].url if end is not None else None
    return header, stream[:end], older


def _header(header: Sequence[Block]) -> tuple[str | None, str | None]:
    headings = [i for i, block in enumerate(header) if block.kind == "heading" and not _STREAM_STARTS.fullmatch(block.text)]
    if not headings:
        return None, None
    first = min(headings, key=lambda i: (header[i].level != 1, i))
    below = next((block.text for block in header[first + 1 :] if block.kind == "paragraph"), None)
    return header[first].text, below


def _drafts(stream: Sequence[Block]) -> list[_Draft]:
    """The stream cut at its headlines; a one-item list or a bare region above a headline is its label."""
    drafts: list[_Draft] = []
    label: str | None = None
    for position, block in enumerate(stream):
        below = stream[position + 1] if position + 1 < len(stream) else None
        found = _label_of(block)
        if found and below is not None and (below.kind == "heading" or _label_of(below)):
            label = found
        elif _COUNT.fullmatch(block.text) or _STREAM_STARTS.fullmatch(block.text):
            continue
        elif block.kind == "heading":
            drafts.append(_Draft(heading=block, label=label))
            label = None
        elif drafts and (block.kind != "label" or _ATTRIBUTION.match(block.text)):
            drafts[-1].body.append(block)
    return drafts


def _label_of(block: Block) -> str | None:
    """The region or reporter a block names, if that is all it does."""
    if block.kind == "list":
        return block.items[0] if len(block.items) == 1 and not _COUNT.fullmatch(block.items[0]) else None
    return block.text if _is_label(block) else None


def _is_label(block: Block) -> bool:
    return block.text.lower().replace(" ", "-") in _REGIONS or bool(_REPORTER.fullmatch(block.text))


def _own_update(drafts: list[_Draft], url: str) -> list[_Draft]:
    """The one update an update's own page is for: the headline its address spells, else the first below the story's.

    The story's title and standfirst stand above it, other stories below.
    """
    slug = set(urlsplit(url).path.strip("/").rsplit("/", 1)[-1].split("-"))
    best, likeness = None, 0.0
    for draft in drafts:
        words = set(re.findall(r"[a-z0-9]+", draft.heading.text.lower().replace("\u2019", "").replace("'", "")))
        alike = len(words & slug) / max(1, len(words | slug))
        if alike > likeness:
            best, likeness = draft, alike
    if best is not None and likeness >= 0.4:
        return [best]
    return drafts[1:2] or drafts[:1]


def _is_quotation(block: Block) -> bool:
    return block.kind == "quote" or bool(_ATTRIBUTION.match(block.text))


def _body(blocks: Sequence[Block]) -> tuple[str | None, str | None]:
    """The body as markup if the page has any, else as text."""
    if any(block.html for block in blocks):
        return "".join(block.html or f"<p>{escape(block.text)}</p>" for block in blocks), None
    return None, "\n\n".join(block.text for block in blocks) or None
