"""Pages nobody described, read from what they state for machines: JSON-LD, microdata and AMP live lists as one. Pure."""

from __future__ import annotations

from dataclasses import replace

from archive.errors import ExtractionError
from archive.model import Extraction, Update
from crawler.amp import read_live_list
from crawler.jsonld import live_blog_posting, read_about, read_posting, repeats_headline
from crawler.microdata import microdata_posting
from crawler.page import Page
from crawler.shown import shown
from crawler.union import union
from crawler.zones import page_zone


def extract_structured(page: Page) -> Extraction | None:
    """Return the reading of a page from its structured data, checked against what it shows, or None if it has none.

    Where several carriers are there, their union: JSON-LD leads, but an AMP list's times are what readers see.
    """
    found = _json_ld(page)
    carriers = [found] if found else []
    for read in (_microdata, read_live_list):
        other = read(page)
        if other:
            carriers.append(other)
    if not carriers:
        return None
    # The carrier with the most updates leads; of equals, the one that says most about each.
    carriers.sort(key=lambda carrier: -len(carrier.updates))
    whole = carriers[0]
    for other in carriers[1:]:
        fields = ("published",) if other.method == "amp-live-list" else ()
        whole = replace(
            whole,
            updates=union(whole.updates, other.updates, fields),
            title=whole.title or other.title,
            standfirst=whole.standfirst or other.standfirst,
            warnings=whole.warnings + other.warnings,
        )
    return whole


def _json_ld(page: Page) -> Extraction | None:
    posting = live_blog_posting(page)
    if posting is None:
        return None
    read = read_posting(page, posting)
    if any(_lacks_zone(update) for update in read.updates):
        read = read_posting(page, posting, zone=page_zone(page))
    if not read.updates:
        return None
    zone = read.zone or (page_zone(page) if any(update.published is None for update in read.updates) else None)
    # Where each has a headline of its own, whether the others repeat the page's is not asked.
    titles = any(update.title is None for update in read.updates) and repeats_headline(posting)
    return replace(read, updates=shown(read.updates, page, titles=titles, zone=zone))


def _microdata(page: Page) -> Extraction | None:
    try:
        data = microdata_posting(page)
    except ExtractionError:
        if live_blog_posting(page) is None:
            raise
        return None  # the page's JSON-LD says the same in better order
    if data is None:
        return None
    read = read_posting(page, data.posting)
    if any(_lacks_zone(update) for update in read.updates):
        read = read_posting(page, data.posting, zone=page_zone(page))
    if not read.updates:
        return None
    updates = shown(read.updates, page, titles=repeats_headline(data.posting), zone=read.zone, elements=data.elements)
    return replace(read, updates=updates, method="microdata")


def _lacks_zone(update: Update) -> bool:
    return update.published is not None and update.published.basis == "inferred"


__all__ = ["extract_structured", "live_blog_posting", "read_about", "read_posting", "union"]
