"""Live pages found in one response of a section front, topic page, feed or sitemap. Pure: what is asked, and when, is `discovering`'s."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from urllib.parse import urlsplit, urlunsplit

from archive.model import When
from archive.normalise import canonical_url
from archive.times import day_in_url
from crawler.discovery_feeds import Listed, Listing, inflated, listing
from crawler.discovery_links import links
from crawler.discovery_signs import (
    POSTING,
    Sign,
    address_sign,
    category_sign,
    is_over,
    names_page,
    other_kind,
    title_sign,
    together,
    without_badge,
)
from crawler.domains import registrable_domain
from crawler.layouts import Layout, layouts
from crawler.page import Page
from crawler.schema_values import types

MOST_FOUND = 200  # of one page
MOST_LISTED = 5_000  # entries of a feed or sitemap looked at; a news sitemap has 1,000 at most
MOST_SITEMAPS = 5  # that one index leads to
_SURE_ENOUGH = 0.5
_ELSEWHERE = 0.6  # what a sign counts where the layout says that live pages have other addresses
_OVER = 0.4  # what signs count where the title says that coverage has ended
_OLDEST = timedelta(days=3)  # a live blog of which a day is known that is older runs no more, unless it has a badge
_FIRST_YEAR = 1990  # a saved page of which nobody knows when it was fetched counts as fetched in 1970
_WORDS_OF_A_NAME = 4  # "storm-morwenna-lashes-the-coast" is a report's name, "news/uk-politics" a section's


@dataclass(frozen=True, kw_only=True)
class Found:
    """A page that is live, or may be. `url` is canonical, `why` says in words what speaks for it, `certainty` is from 0.5 to 1.

    `published` is what the front states. One poll tells whether there are updates on it.
    """

    url: str
    title: str | None = None
    why: str
    published: When | None = None
    certainty: float


@dataclass(frozen=True)
class _Candidate:
    """An address with everything that was said of it."""

    url: str
    title: str | None = None
    signs: tuple[Sign, ...] = ()
    published: When | None = None
    changed: When | None = None


def discover(page: Page) -> list[Found]:
    """Return the live pages that a section front, topic page, feed or sitemap leads to, in its order.

    Raises ExtractionError if it cannot be read, or is built to do harm.
    """
    return read_front(page)[0]


def read_front(page: Page) -> tuple[list[Found], tuple[str, ...]]:
    """Return what `discover` does, and the further sitemaps that an index of sitemaps leads to, the latest first."""
    page = inflated(page)
    listed = listing(page)
    if listed is not None:
        return _found(page, _of_listing(page, listed), own=(canonical_url(page.url),)), tuple(_sitemaps(page, listed.sitemaps))
    if page.format != "html" or page.body.isspace():
        return [], ()
    candidates = (_Candidate(url=link.url, title=link.title, signs=link.signs) for link in links(page))
    return _found(page, candidates, own=page.own_addresses), ()


def is_front(page: Page) -> bool:
    """Whether a page on which no updates were found is one that leads to live pages: a feed, a sitemap, a section front.

    Raises ExtractionError as `discover` does.
    """
    page = inflated(page)
    listed = listing(page)
    if listed is not None:
        return bool(listed.items or listed.sitemaps)
    if page.format != "html" or page.body.isspace() or _is_article(page):
        return False
    return bool(discover(page))


def _is_article(page: Page) -> bool:
    """Whether a page is one report, which may name live pages beside it: by its data, its address, or how little it leads to."""
    if (page.meta("og:type") or "").lower() in ("article", "video.other", "video"):
        return True
    own = page.own_addresses
    for item in page.json_ld:
        if any(kind.endswith(("Article", "Posting", "Event")) for kind in types(item)) and item.get("headline"):
            address = page.join(str(item.get("url") or item.get("@id") or "")) if item.get("url") or item.get("@id") else None
            if address is None or canonical_url(address) in own:
                return True
    name = urlsplit(page.canonical_url).path.strip("/").rsplit("/", 1)[-1]
    return name.count("-") >= _WORDS_OF_A_NAME


def fronts_of(publisher: str) -> tuple[str, ...]:
    """Return the fronts that the layouts of a publisher name."""
    named = (
        front  # not those of the layout it was derived from
        for layout in layouts()
        if layout.publisher == publisher
        for front in layout.fronts
        if registrable_domain(front) in layout.domains
    )
    return tuple(dict.fromkeys(named))


def publishers() -> dict[str, str]:
    """Return the slugs of the publishers that have a layout, with their names."""
    return {layout.publisher: layout.name for layout in layouts() if layout.publisher}


def own_domains(domain: str) -> frozenset[str]:
    """The domains that belong together with one: those of the layouts that speak for it."""
    return frozenset((domain,)).union(*(layout.domains for layout in _layouts_of(domain)))


@cache
def _layouts_of(domain: str) -> tuple[Layout, ...]:
    return tuple(layout for layout in layouts() if domain in layout.domains)


def _of_listing(page: Page, listed: Listing) -> Iterator[_Candidate]:
    """The items of a feed or sitemap. A plain sitemap reaches back for years: what states no day is left out."""
    items = (item for item in listed.items if listed.kind != "sitemap" or _is_dated(page, item))
    for item in islice(items, MOST_LISTED):
        url = page.join(item.url)
        if url:
            signs = [sign for category in item.categories if (sign := category_sign(category))][:1]
            title = title_sign(item.title)
            yield _Candidate(
                url=url,
                title=without_badge(item.title) if item.title else None,
                signs=(*signs, *((title,) if title else ())),
                published=item.published,
                changed=item.changed,
            )


def _is_dated(page: Page, item: Listed) -> bool:
    """Whether an entry of a plain sitemap states a day, and no old one."""
    stated = item.changed or item.published
    return not _is_before(page, stated.instant) if stated else day_in_url(item.url) is not None


def _sitemaps(page: Page, listed: Iterable[Listed]) -> Iterator[str]:
    """The sitemaps of an index worth asking for: of this publisher, news before the rest, then the latest changed."""
    domains = own_domains(page.domain)
    own = [item for item in listed if (url := page.join(item.url)) and registrable_domain(url) in domains]
    recent = [item for item in own if not (item.changed and _is_before(page, item.changed.instant))]

    def rank(item: Listed) -> tuple[bool, float]:
        return "news" not in item.url.lower(), -(item.changed.instant.timestamp() if item.changed else 0.0)

    yield from dict.fromkeys(item.url for item in sorted(recent, key=rank)[:MOST_SITEMAPS])


def _found(page: Page, candidates: Iterable[_Candidate], *, own: Iterable[str]) -> list[Found]:
    """What of the candidates is sure enough, each page once; `own` are the addresses of the page itself."""
    domains = own_domains(page.domain)
    itself = {urlunsplit(urlsplit(address)._replace(query="")) for address in own}
    merged: dict[str, _Candidate] = {}
    for candidate in candidates:
        if urlsplit(candidate.url).path in ("", "/") or registrable_domain(candidate.url) not in domains:
            continue
        key, url = _identity(candidate.url)
        if urlunsplit(urlsplit(url)._replace(query="")) in itself:
            continue
        known = merged.get(key)
        merged[key] = candidate if known is None else _merged(known, candidate)
        merged[key] = replace(merged[key], url=known.url if known else url)
    judged = (_judged(page, candidate) for candidate in merged.values())
    found = [one for one in judged if one is not None]
    return found[:MOST_FOUND]


def _identity(url: str) -> tuple[str, str]:
    """What names a live page whose address may change, and its address: without query where the layout knows it by its path."""
    address = canonical_url(url)
    parts = urlsplit(address)
    for layout in _layouts_of(registrable_domain(address)):
        if layout.live_url and layout.live_url.search(parts.path.lower()):
            return f"{layout.publisher} {layout.live_blog_key(address)}", urlunsplit(parts._replace(query=""))
    if parts.query and names_page(address_sign(address, None)):
        address = urlunsplit(parts._replace(query=""))
    return address, address


def _merged(one: _Candidate, other: _Candidate) -> _Candidate:
    """Both at once. A sign of a kind counts once: a headline and its picture are one link."""
    signs = {sign.why.split(" (")[0] if sign.is_badge else sign.why.split("'")[0]: sign for sign in (*other.signs, *one.signs)}
    titles = [title for title in (one.title, other.title) if title]
    return _Candidate(
        url=one.url,
        title=next((title for title in titles if len(title) >= 12), max(titles, key=len, default=None)),
        signs=tuple(signs.values()),
        published=one.published or other.published,
        changed=one.changed or other.changed,
    )


def _judged(page: Page, candidate: _Candidate) -> Found | None:
    """The candidate if enough speaks for it, None if too little does or something against it."""
    layout = next((layout for layout in _layouts_of(registrable_domain(candidate.url)) if layout.live_url), None)
    address = address_sign(candidate.url, layout.live_url if layout else None, name=layout.name if layout else "")
    is_layouts = address is not None and layout is not None and address.why.startswith("the address of a live page")
    signs = [*((address,) if address else ()), *candidate.signs]
    is_posting = any(sign.weight == POSTING for sign in signs)
    has_badge = any(sign.is_badge for sign in signs)
    if not signs or (other_kind(candidate.url, candidate.title) and not is_layouts and not is_posting):
        return None
    if layout and not is_layouts and not is_posting:
        signs = [replace(sign, weight=sign.weight * _ELSEWHERE) for sign in signs]
    certainty = together(signs)
    if not has_badge:
        if is_over(candidate.url, candidate.title):
            certainty *= _OVER
        if _is_old_page(page, candidate):
            return None
    if certainty < _SURE_ENOUGH:
        return None
    signs.sort(key=lambda sign: -sign.weight)
    return Found(
        url=candidate.url,
        title=candidate.title,
        why=", ".join(dict.fromkeys(sign.why for sign in signs[:2])),
        published=candidate.published,
        certainty=round(certainty, 3),
    )


def _is_old_page(page: Page, candidate: _Candidate) -> bool:
    """Whether the last day a page is known to have been written on lies too far back to be live coverage."""
    stated = [when.instant for when in (candidate.changed, candidate.published) if when]
    if stated:
        return _is_before(page, max(stated))
    day = day_in_url(candidate.url)
    return day is not None and _is_before(page, datetime(day.year, day.month, day.day, 23, 59, tzinfo=page.fetched_at.tzinfo))


def _is_before(page: Page, instant: datetime) -> bool:
    return page.fetched_at.year >= _FIRST_YEAR and instant < page.fetched_at - _OLDEST
