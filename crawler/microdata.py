"""schema.org LiveBlogPosting in microdata: itemscope, itemtype and itemprop in the page's own markup. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from archive.errors import ExtractionError
from crawler.own_text import markup_without, noise
from crawler.page import Page

Element = Any  # lxml has no types of its own
_MOST_PROPERTIES = 8_000  # read in half a second; the corpus page with the most has 293
_MOST_REFERENCES = 100

_TYPE = re.compile(rb"LiveBlogPosting")
_BEFORE = 120  # bytes before a type that are looked at: itemtype="https://schema.org/
_ITEMTYPE = re.compile(rb"""itemtype\s*=\s*["']?[^"'>]{0,80}\Z""", re.I)
_MOST_TYPES = 5000  # a page has one, or one an update


@dataclass(frozen=True)
class Microdata:
    """A LiveBlogPosting in the shape JSON-LD has, and the element of each update, in the same order."""

    posting: dict[str, Any]
    elements: tuple[Element, ...]


def microdata_posting(page: Page) -> Microdata | None:
    """Return the page's LiveBlogPosting in microdata with the most updates, or None.

    Raises ExtractionError if the markup cannot be read.
    """
    if not page.names_live_blog or not _is_typed(page.markup):
        return None
    references = page.body.count(b"itemref")
    if page.body.count(b"itemprop") > _MOST_PROPERTIES or references > _MOST_REFERENCES:
        # The reader looks through the whole page for each.
        raise ExtractionError(f"expected microdata of at most {_MOST_PROPERTIES:,} properties in {page.url}, found more")
    from extruct.w3cmicrodata import LxmlMicrodataExtractor  # slow to import, and few pages need it

    try:
        root = page.root_with_ids() if references else page.selector.root
        items = LxmlMicrodataExtractor(add_html_node=True).extract_items(root, page.url)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ExtractionError(f"expected microdata in {page.url}, found markup that cannot be read as such ({error})") from error
    found: list[Microdata] = []
    for item in items:
        if "LiveBlogPosting" in str(item.get("type")):
            properties = item.get("properties") or {}
            updates = [value for value in _listed(properties.get("liveBlogUpdate")) if isinstance(value, dict)]
            if updates:
                posting = _as_json_ld(item) | {"liveBlogUpdate": [_update(value) for value in updates]}
                found.append(Microdata(posting, tuple(value["htmlNode"] for value in updates)))
    return max(found, key=lambda data: len(data.elements), default=None)


def _is_typed(body: bytes) -> bool:
    """Whether a page has the type in microdata. From the type back, since a search for names in any case is slow."""
    places = islice(_TYPE.finditer(body), _MOST_TYPES)
    return any(_ITEMTYPE.search(body[max(0, place.start() - _BEFORE) : place.start()]) for place in places)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _as_json_ld(item: Any) -> Any:
    """An item as JSON-LD would state it; a value stays."""
    if isinstance(item, list):
        return [_as_json_ld(value) for value in item]
    if not isinstance(item, dict):
        return item
    stated = _listed(item.get("type"))
    plain = {"@type": [str(name).rsplit("/", 1)[-1] for name in stated]}
    if item.get("id"):
        plain["@id"] = item["id"]
    return plain | {name: _as_json_ld(value) for name, value in (item.get("properties") or {}).items() if name != "liveBlogUpdate"}


def _update(item: dict[str, Any]) -> dict[str, Any]:
    """One update: its id that of the element, its body the markup of the element that holds it."""
    plain: dict[str, Any] = _as_json_ld(item)
    element = item["htmlNode"]
    if element.get("id") and not any(plain.get(name) for name in ("url", "@id", "identifier")):
        plain["identifier"] = element.get("id")
    for body in element.xpath('.//*[contains(concat(" ", @itemprop, " "), " articleBody ")]'):
        if body.tag != "meta":
            plain["articleBody"] = markup_without((body,), noise((body,)))
            break
    return plain
