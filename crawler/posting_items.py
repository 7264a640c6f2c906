"""The items of a LiveBlogPosting, one for each update: where they stand in it, and what each states by itself. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from archive.model import Update
from archive.normalise import canonical_url
from archive.remembering import Known, digest
from crawler.listed_json import Listed
from crawler.own_ids import bare_ids
from crawler.page import Page
from crawler.schema_values import text_value, types

_POSITIONAL = re.compile(r"(?:post|item|entry|update|liveblog)?[-_]?(\d{1,4})", re.I)  # #post1, numbered from the newest
_BARE_ID = re.compile(r"[\w-]*\d[\w-]*")  # "@id": "646208dd8f0822aea831dd26" is an id as it stands, no relative address
_IN_QUERY = re.compile(r"(?:^|&)(?:post|entry|update|block|item|live)[-_]?(?:id)?=([\w-]*\d[\w-]*)(?:&|$)", re.I)
_ADDRESSES = ("url", "@id", "mainEntityOfPage")
_MOST = 20_000  # updates of one page; ten times what any page has
# Two entries of a theme's author, shipped as data with a well-known AMP theme.
_HOST = re.compile(r"https?://(?:www\.)?([^/?#:]+)", re.I)
_SAMPLE_HOSTS = ("ampbyexample.com", "amp.dev")


class Stated(NamedTuple):
    """What an item states by itself, whatever stands beside it: its id, if it has one of its own, and its times as text.

    `read` is what it was read as, by the circumstances under which it was.
    """

    named: str | None
    published: str | None
    modified: str | None
    is_sample: bool
    read: dict[tuple[str | None, ...], Update]


class Item(NamedTuple):
    value: dict[str, Any]
    stated: Stated


_KNOWN: Known[Stated] = Known(most=16_384)


def items_of(posting: dict[str, Any], page: Page) -> list[Item]:
    """Return the items of a posting that are updates of this page, in its order; what is known of one is not told anew."""
    # What an item means by an address depends on the page's.
    url, place = page.url, None
    items = []
    for value in update_items(posting):
        if isinstance(value, Listed):
            stated = value.told.get(url)
            if stated is None:
                stated = value.told[url] = _stated(value, page)
        else:
            place = place or digest(url)
            stated = _told_before(value, place, page)
        if not stated.is_sample:
            items.append(Item(value, stated))
    return items


def _told_before(value: dict[str, Any], place: bytes | None, page: Page) -> Stated:
    """What an item states, recognised by a digest: the one of microdata is made anew at each poll."""
    own = digest(value)
    key = own + place if own and place else None
    stated = _KNOWN.get(key) if key else None
    if stated is None:
        stated = _stated(value, page)
        if key:
            _KNOWN.keep(key, stated)
    return stated


def update_items(posting: dict[str, Any], known: Mapping[str, dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Return the updates of a posting: a list, one object, an ItemList, or references to objects elsewhere in the data (`known`)."""
    stated = posting.get("liveBlogUpdate") or posting.get("liveBlogUpdates") or []
    if isinstance(stated, list) and len(stated) <= _MOST and all(map(_is_plain, stated)):
        return stated
    stack = [stated]
    items: list[dict[str, Any]] = []
    while stack and len(items) < _MOST:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(reversed(value))
        elif isinstance(value, dict):
            inner = value.get("itemListElement") or value.get("item")
            if inner and (value.get("itemListElement") or "ListItem" in types(value)):
                stack.append(inner)
            elif len(value) <= 2 and known and str(value.get("@id")) in known:
                items.append(known[str(value["@id"])])
            else:
                items.append(value)
    return items


def _is_plain(value: Any) -> bool:
    """Whether something in a list of updates is one, as it stands."""
    return isinstance(value, dict) and len(value) > 2 and "itemListElement" not in value and "item" not in value


def source_ids(items: Sequence[Item], page: Page) -> list[str | None]:
    """Return each item's own id from the fragment or path of its address, None where it does not name one update."""
    ids = [stated.named or _by_address(value, page) or None for value, stated in items]
    if len(set(ids)) < len(ids):
        counts = Counter(found for found in ids if found)
        ids = [found if found and counts[found] == 1 else None for found in ids]
    if ids and ids[0] and _POSITIONAL.fullmatch(ids[0]):
        numbers = [_POSITIONAL.fullmatch(found or "") for found in ids]
        # #post1 .. #postN counted over the page move when an update arrives: they name a place, not an update.
        places = sorted(int(found[1]) for found in numbers if found)
        if len(places) == len(ids) and places[0] in (0, 1) and places == list(range(places[0], places[0] + len(places))):
            return [None] * len(ids)
    return bare_ids(ids)


def _stated(item: dict[str, Any], page: Page) -> Stated:
    return Stated(_named(item, page), text_value(item.get("datePublished")), text_value(item.get("dateModified")), _is_sample(item), {})


def _is_sample(item: dict[str, Any]) -> bool:
    found = _HOST.match(text_value(item.get("url")) or "")
    return found is not None and found[1].lower() in _SAMPLE_HOSTS


def _named(item: dict[str, Any], page: Page) -> str | None:
    """The id an item states as such, or as the fragment of its address; None where only the page's own addresses can tell."""
    identifier = item.get("identifier")
    if isinstance(identifier, dict):
        identifier = identifier.get("value")
    if isinstance(identifier, (str, int)) and str(identifier).strip() and "://" not in str(identifier):
        return str(identifier).strip()
    own, full = next(_addresses(item, page), (None, ""))
    return own or full.partition("#")[2] or None


def _by_address(item: dict[str, Any], page: Page) -> str | None:
    """The id in an item's address, where that is neither the page's nor that of another site."""
    for own, full in _addresses(item, page):
        if own:
            return own
        _, _, fragment = full.partition("#")
        if fragment:
            return fragment
        parts = urlsplit(full)
        if parts.query and page.is_own(full):
            # ?postId=a0b7c on the page's own address names the update alone.
            named = _IN_QUERY.search(parts.query)
            if named and any(urlsplit(own).path == parts.path for own in page.own_addresses):
                return named[1]
        if page.is_own(full) and canonical_url(full) not in page.own_addresses:
            return parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
    return None


def _addresses(item: dict[str, Any], page: Page) -> Iterator[tuple[str | None, str]]:
    """What an item gives as its address, key by key: an id as it stands, else None, and the absolute address."""
    for key in _ADDRESSES:
        url = text_value(item.get(key))
        if url and key == "@id" and _BARE_ID.fullmatch(url):
            yield url, ""
        elif full := page.join(url):
            yield None, full
