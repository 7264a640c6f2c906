"""What the links of a list say of it: whether its blocks are texts, or lead to other pages. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawler.candidates import Candidate
from crawler.own_text import HEADINGS, Lengths, is_noise
from crawler.page import Page

_UPDATE_PATH = re.compile(r"(?:entry|update|post|item|event|moment)s?(?:[-_/]|$)", re.I)
# What a query or fragment says that leads to a place of the same page, or to one update of it.
_SAME_PAGE = re.compile(r"\A#|(?:entry|update|post|block|moment)[-_\w]*=|#.", re.I)
_SHORTEST_HEADLINE = 18  # characters


def leading_away(candidate: Candidate, page: Page, *, own: bool = False) -> int:
    """Return of how many blocks the headline, or most of the text, is a link to another page; `own`: a link of its own words."""
    lengths = candidate.lengths_of
    return sum(_leads_away(block, lengths, page, length, own) for block, length in zip(candidate.blocks, candidate.lengths, strict=True))


def _leads_away(block: Sequence[Any], lengths: Lengths, page: Page, length: int, own: bool) -> bool:
    for item in block:
        if isinstance(item, str):
            continue
        for link in _links(item):
            above = link.getparent()
            heading = (above is not None and above.tag in HEADINGS) or next(link.iter(*HEADINGS), None) is not None
            leads = heading or (length < 300 and lengths[link] * 10 > length * 6) or _stands_alone(link, item, lengths)
            if leads and _is_other(link.get("href"), page) and not (own and _is_beside(link, item)):
                return True
    return False


def _is_beside(link: Any, item: Any) -> bool:
    """Whether a link stands in a box of a block that is not the update's own ("see also")."""
    while link is not None and link is not item:
        if is_noise(link):
            return True
        link = link.getparent()
    return False


def against_pointers(candidate: Candidate, page: Page) -> float:
    """Return what speaks against boxes named as updates that lead to other pages: more if those are live blogs or stories."""
    own = urlsplit(page.url.strip()).path.rstrip("/")
    below = f"{own}/" if own.count("/") > 1 else "\n"  # nothing lies below the front page
    updates = 0
    for block in candidate.blocks:
        paths = [_path(link.get("href")) for item in block[:1] if not isinstance(item, str) for link in _links(item)]
        updates += any(_UPDATE_PATH.search(path) or path.startswith(below) for path in paths)
    return -0.9 if updates * 2 > len(candidate.blocks) else -2.1


def _path(href: str | None) -> str:
    try:
        return urlsplit(href or "").path
    except ValueError:
        return ""


def _stands_alone(link: Any, item: Any, lengths: Lengths) -> bool:
    """Whether a link is a headline without markup for it: a line of its own above the first paragraph."""
    above, before = link.getparent(), link.getprevious()
    if above is None or above.tag == "p" or link is item or (above.text or "").strip() or (link.tail or "").strip():
        return False
    if before is not None and (before.tail or "").strip():
        return False
    return lengths[link] >= _SHORTEST_HEADLINE and not any(earlier.tag == "p" for earlier in link.itersiblings(preceding=True))


def _links(item: Any) -> list[Any]:
    found = [item] if item.tag == "a" else []
    above = item.getparent()
    if above is not None and above.tag == "a":
        found.append(above)
    return found + list(item.iter("a"))[:12]


def _is_other(href: str | None, page: Page) -> bool:
    if not href or href.startswith(("#", "javascript:", "mailto:")):
        return False
    try:
        full = urljoin(page.url, href.strip())
        if urlsplit(full).scheme not in ("http", "https"):
            return False
        parts, own = urlsplit(full), urlsplit(page.url.strip())
        if not own.path.strip("/") and parts.query != own.query and not _SAME_PAGE.search(f"{parts.query}#{parts.fragment}"):
            return True  # on a front page the query names what is shown: /?p=4711
        return parts.path.rstrip("/") != own.path.rstrip("/")
    except ValueError:
        return False


def linked(candidate: Candidate) -> float:
    """Return the share of the text that stands in links."""
    total, lengths = sum(candidate.lengths), candidate.lengths_of
    in_links = sum(lengths[link] for block in candidate.blocks for item in block if not isinstance(item, str) for link in item.iter("a"))
    return in_links / total if total else 1.0
