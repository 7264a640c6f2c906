"""What feeds (RSS, Atom) and sitemaps list, read as hostile input: no entities, bounded in size and number. Pure."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from typing import Any

import feedparser
from lxml import etree

from archive.errors import ExtractionError
from archive.model import When
from archive.times import from_iso
from crawler.page import Page

LARGEST = 16 * 1024 * 1024  # bytes, after inflation; as much as any answer may have
_LARGEST_FEED = 4 * 1024 * 1024  # the feeds of newspapers have some 100 kB
_MOST_ITEMS = 2_000  # of a feed; a news sitemap has 1,000 at most
_MOST_URLS = 50_000  # of a sitemap, by the protocol
_MOST_TAGS = 1_000_000  # opened and closed; 50,000 addresses with nine facts each
_XML = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*|<\?[^>]{0,500}\?>\s*|<!DOCTYPE[^>\[]{0,300}(?:\[.{0,8000}?\]\s*)?>\s*){0,20}"
    rb"<(?:\w+:)?(rss|feed|RDF|urlset|sitemapindex)[\s>]",
    re.S,
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_KEPT = frozenset("title link guid id category pubdate published updated date issued modified".split())
_ATTRIBUTES = ("href", "rel", "type", "term", "label", "domain", "isPermaLink")
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_MOST_PARTS = 60  # of one item: its links and categories
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One item of a feed or sitemap: what it states, nothing judged."""

    url: str
    title: str | None = None
    categories: tuple[str, ...] = ()
    published: When | None = None
    changed: When | None = None


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A feed or sitemap. `kind` is feed, news sitemap, sitemap or sitemap index; `sitemaps` are those an index leads to."""

    kind: str
    items: tuple[Listed, ...] = ()
    sitemaps: tuple[Listed, ...] = field(default=())


def inflated(page: Page) -> Page:
    """Return a page whose body is gzip (`sitemap.xml.gz`) as what is inside it. Raises ExtractionError if that is too large or broken."""
    if not page.body.startswith(_GZIP):
        return page
    inflater = zlib.decompressobj(wbits=31)
    try:
        body = inflater.decompress(page.body, LARGEST + 1)
    except zlib.error as error:
        raise ExtractionError(f"expected gzip in {page.url}, found what cannot be inflated ({error})") from error
    if len(body) > LARGEST:
        raise ExtractionError(f"{page.url}: expected at most {LARGEST // 1024**2} MiB after inflation, found more")
    return Page(url=page.url, body=body, fetched_at=page.fetched_at, headers=page.headers, status=page.status)


def listing(page: Page) -> Listing | None:
    """Return what a feed or sitemap lists, None if the page is neither. Raises ExtractionError if it is built to do harm."""
    kind = _XML.match(page.body.removeprefix(b"\xef\xbb\xbf")[:8192])
    if kind is None and page.body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        kind = _XML.match(page.text[:8192].encode("utf-8", "replace"))
    if kind is None:
        if b"<!DOCTYPE" in page.body[:300] and b"<!ENTITY" in page.body[:8192]:
            raise ExtractionError(f"{page.url}: expected a page, feed or sitemap, found XML that declares entities")
        return None
    root = _root(page)
    if kind[1] == b"sitemapindex":
        return Listing(kind="sitemap index", sitemaps=tuple(_located(root, "sitemap")))
    if kind[1] == b"urlset":
        items = tuple(_located(root, "url"))
        return Listing(kind="news sitemap" if any(item.title for item in items) else "sitemap", items=items)
    return Listing(kind="feed", items=tuple(_entries(page, root)))


def _root(page: Page) -> Any:
    if len(page.body) > LARGEST:
        raise ExtractionError(f"{page.url}: expected at most {LARGEST // 1024**2} MiB, found {len(page.body):,} bytes")
    tags = page.body.count(b"<")
    if tags > _MOST_TAGS:
        raise ExtractionError(f"{page.url}: expected at most {_MOST_TAGS:,} tags, found {tags:,}")
    text = _DECLARATION.sub("", page.text.lstrip("\ufeff \t\r\n"))
    if "<!ENTITY" in text or "<!entity" in text:
        raise ExtractionError(f"{page.url}: expected a feed or sitemap, found XML that declares entities")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True, remove_comments=True)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if root is None:
        raise ExtractionError(f"expected a feed or sitemap at {page.url}, found XML that cannot be read")
    return root


def _located(root: Any, name: str) -> Iterator[Listed]:
    """The entries of a sitemap or of an index of sitemaps."""
    for number, entry in enumerate(child for child in root if _local(child) == name):
        if number >= _MOST_URLS:
            return
        stated = {_local(part): (part.text or "").strip() for part in entry.iter() if isinstance(part.tag, str) and len(part) == 0}
        if stated.get("loc"):
            keywords = stated.get("keywords", "")[:1000]
            yield Listed(
                url=stated["loc"][:2000],
                title=stated.get("title") or None,
                categories=tuple(word.strip() for word in keywords.split(",") if word.strip()) + _words(stated.get("genres")),
                published=_when(stated.get("publication_date")),
                changed=_when(stated.get("lastmod")),
            )


def _words(genres: str | None) -> tuple[str, ...]:
    return (genres,) if genres else ()


def _entries(page: Page, root: Any) -> Iterator[Listed]:
    """The items of a feed. Only what is asked for goes to the parser."""
    if len(page.body) > _LARGEST_FEED:
        raise ExtractionError(f"{page.url}: expected a feed of at most {_LARGEST_FEED // 1024**2} MiB, found {len(page.body):,} bytes")
    # Never by name: feedparser would open what looks like a file or an address.
    source = BytesIO(etree.tostring(_bare(root)))
    parsed = feedparser.parse(source, sanitize_html=False, response_headers={"content-location": page.url})
    for entry in parsed.entries[:_MOST_ITEMS]:
        name = str(entry.get("id", ""))
        url = entry.get("link") or (name if name.startswith("http") else None)
        if url:
            yield Listed(
                url=str(url)[:2000],
                title=_plain(entry.get("title")),
                categories=tuple(str(tag.get("term") or tag.get("label") or "")[:100] for tag in entry.get("tags", ())[:30]),
                published=_when(entry.get("published")),
                changed=_when(entry.get("updated")) if "updated" in entry else None,
            )


def _bare(root: Any) -> Any:
    """A feed with nothing but what is asked for: no bodies, no markup, no more items, parts or attributes than there may be."""
    bare = etree.Element(root.tag, nsmap=dict(islice(root.nsmap.items(), 30)))
    for name in ("version", _BASE):
        if root.get(name):
            bare.set(name, root.get(name)[:500])
    inside = etree.SubElement(bare, "channel") if _local(root) == "rss" else bare
    for item in list(islice((element for element in root.iter() if _local(element) in ("item", "entry")), _MOST_ITEMS)):
        copy = etree.SubElement(inside, item.tag)
        parts = (part for part in islice(item, 10 * _MOST_PARTS) if _local(part).lower() in _KEPT)
        for part in islice(parts, _MOST_PARTS):
            kept = etree.SubElement(copy, part.tag)
            kept.text = "".join(islice(part.itertext(), 50))[:2000]
            for name in _ATTRIBUTES:
                if part.get(name):
                    kept.set(name, part.get(name)[:2000])
    return bare


_TAG = re.compile(r"<[^<>]{0,500}>")


def _plain(title: object) -> str | None:
    text = " ".join(_TAG.sub(" ", str(title or ""))[:1000].split())
    return text or None


def _when(raw: object) -> When | None:
    """A stated time, None also where it cannot be read: a link is found without one too."""
    text = str(raw or "").strip()
    if not text:
        return None
    with suppress(ExtractionError):
        return from_iso(text)
    return None


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
