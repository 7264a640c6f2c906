"""Page: one response as a value, with lazy views of its markup and data. No network, no clock."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from parsel import Selector, SelectorList
from w3lib.encoding import resolve_encoding

from archive.errors import ExtractionError
from archive.model import Capture
from archive.normalise import canonical_url, element_text
from crawler.block_facts import BlockFacts
from crawler.decoding import Tree, decoded, is_utf8_after_all, parse_utf8, stated_encoding, utf8_or_windows
from crawler.domains import registrable_domain as registrable_domain
from crawler.embedded_json import Span, json_ld_blocks, json_ld_scripts, load_json, objects, without_json_ld
from crawler.facts import Facts, stated_language
from crawler.joining import is_own, joined, own_address
from crawler.listed_json import load_listed
from crawler.live_words import around_live, has_live
from crawler.markers import Survey, survey
from crawler.markup import Markup

_HEAD_END = re.compile(rb"</head\s*>|<body[\s>]", re.I)
_LONGEST_DECODED = 26_000_000  # bytes; 16 MiB of Japanese in Shift-JIS
_LONGEST_TEXT = 2_000_000  # bytes; the one copied as text in the corpus has 2,486
_MOST_LINES = 20_000
_POSTING = b"LiveBlogPosting"
_MUCH = 4  # a quarter of a body
_HEAD = 32_768  # bytes
Value = TypeVar("Value")


@dataclass(frozen=True, kw_only=True)
class Block:
    """One line of a page read from top to bottom.

    `kind` is heading, paragraph, list, quote or label; `level` the heading's (1 to 6, else 0);
    `text` is plain; `items` a list's lines; `url` the address it links to as a whole; `html` its markup.
    """

    kind: str
    text: str
    level: int = 0
    items: tuple[str, ...] = ()
    url: str | None = None
    html: str | None = None


@dataclass(frozen=True)
class Page:
    """What was received from one address.

    `url` is the address fetched (after redirects), `fetched_at` UTC. Everything else is derived lazily.
    """

    url: str
    body: bytes
    fetched_at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    @classmethod
    def from_file(cls, path: Path, *, url: str, fetched_at: datetime | None = None) -> Page:
        """Return a saved page as if it had been fetched from `url`."""
        return cls(url=url, body=path.read_bytes(), fetched_at=fetched_at or datetime(1970, 1, 1, tzinfo=UTC))

    @classmethod
    def from_capture(cls, capture: Capture) -> Page:
        return cls(
            url=capture.address,
            body=capture.body,
            fetched_at=capture.fetched_at,
            headers=capture.headers,
            status=capture.status,
        )

    @cached_property
    def host(self) -> str:
        return (urlsplit(self.url).hostname or "").lower()

    @cached_property
    def domain(self) -> str:
        """The registrable domain of the address fetched: `bbc.co.uk`, or the host if it has none."""
        return registrable_domain(self.url)

    @cached_property
    def publisher_zone(self) -> str | None:
        """The zone its publisher is known to keep."""
        return None

    def keep_zone(self, zone: str | None) -> None:
        """Say which zone the publisher keeps, before anything is read with it."""
        vars(self)["publisher_zone"] = zone

    @cached_property
    def format(self) -> str:
        """`html`, `json`, `text` or `binary`, told from the bytes: a server's word is often wrong."""
        start = self.body[:2048]
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            start = start.decode("utf-16", "ignore").encode("utf-8", "ignore")
        start = start.lstrip(b"\xef\xbb\xbf \t\r\n")
        if b"\x00" in self.body[:4096] and not self.body.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "binary"
        if start[:1] in (b"{", b"["):
            return "json"
        lowered = start.lower()
        if lowered.startswith(b"<") or b"<html" in lowered or b"<body" in lowered or b"<p" in lowered:
            return "html"
        return "text"

    @cached_property
    def text(self) -> str:
        """The body as Unicode by the rules browsers follow (BOM, header, meta, else UTF-8 or Windows-1252), but UTF-8 where it is that."""
        if is_utf8_after_all(self._content_type, self.body):
            return self.body.decode("utf-8", "replace")
        return decoded(self._content_type, self.body, utf8_or_windows)[1]

    @property
    def _content_type(self) -> str | None:
        return next((v for k, v in self.headers.items() if k.lower() == "content-type"), None)

    @cached_property
    def selector(self) -> Selector:
        """The page's markup, parsed once. Raises ExtractionError where it is built to cost more than a page may."""
        return Markup.at(self._tree.root)

    @cached_property
    def _tree(self) -> Tree:
        return self._parsed(ids=False)

    def _parsed(self, *, ids: bool) -> Tree:
        tree = parse_utf8(self.body, url=self.url, ids=ids) if self._says_utf8 else None
        if tree is None:
            text = self.text.encode("utf-8", "replace")
            if len(text) > _LONGEST_DECODED:
                raise ExtractionError(f"{self.url}: expected at most {_LONGEST_DECODED:,} bytes in UTF-8, found {len(text):,}")
            tree = parse_utf8(text, url=self.url, ids=ids)
        return tree or Tree(root=None, holds_json=False)

    @cached_property
    def block_facts(self) -> BlockFacts:
        """What is known of the blocks of its markup."""
        return BlockFacts(self.url)

    def root_with_ids(self) -> Any:
        """The page's markup parsed once more, so that `id()` in an XPath finds elements; in `selector` it finds none."""
        return self._parsed(ids=True).root

    @property
    def has_json_attributes(self) -> bool:
        """Whether an attribute of some element may hold JSON of some length."""
        return self._tree.holds_json

    @cached_property
    def _says_utf8(self) -> bool:
        return self._encoding == "utf-8" or resolve_encoding(self._encoding) == "utf-8"

    @cached_property
    def _head(self) -> Facts | None:
        """What the page states before its body, read without the rest; None where there is no such part."""
        if "selector" in self.__dict__:
            root = self.selector.root
            head = None if root is None else root.find("head")
            return None if head is None else Facts(head, language=root.get("lang"))
        markup = self.markup
        end = _HEAD_END.search(markup) if self._says_utf8 else None
        # What is left out of a copy is left out already.
        left_out = self._json_ld_scripts if markup is self.body else ()
        tree = parse_utf8(without_json_ld(markup[: end.start()], left_out), url=self.url) if end else None
        return None if tree is None else Facts(tree.root, language=tree.root.get("lang"))

    @cached_property
    def _whole(self) -> Facts:
        return Facts(self.selector.root, language=self.selector.root.get("lang"))

    def _stated(self, find: Callable[[Facts], str | None]) -> str | None:
        """What the page states first. Its head is asked before the page is parsed: that is the beginning of the page."""
        found = find(self._head) if self._head else None
        return find(self._whole) if found is None else found

    @cached_property
    def surveyed(self) -> Survey:
        """What one look at every element of the page finds."""
        return survey(self.selector.root)

    def css(self, query: str) -> SelectorList[Selector]:
        """The elements that match, in page order; the same query is asked once."""
        found = self._found.get(query)
        if found is None:
            found = self._found[query] = self.selector.css(query)
        return found

    def xpath(self, query: str) -> SelectorList[Selector]:
        """The same for XPath."""
        found = self._found.get(query)
        if found is None:
            found = self._found[query] = self.selector.xpath(query)
        return found

    @cached_property
    def _found(self) -> dict[str, SelectorList[Selector]]:
        return {}

    def once(self, tell: Callable[[Page], Value]) -> Value:
        """What a function tells of the page, asked once."""
        if tell not in self._told:
            self._told[tell] = tell(self)
        found: Value = self._told[tell]
        return found

    @cached_property
    def _told(self) -> dict[Callable[[Page], Any], Any]:
        return {}

    @cached_property
    def names_live_blog(self) -> bool:
        """Whether the schema.org type stands anywhere in it, in JSON-LD, microdata or a script."""
        around = vars(self).get("_around_live", self.body)
        if _POSTING in around:
            return True
        left_out = self._json_ld_scripts if "_without_data" in vars(self) else ()
        return any(self.body.find(_POSTING, start, end) >= 0 for start, end in left_out)

    @property
    def markup(self) -> bytes:
        """The body without what its ld+json scripts hold, where that is much of it: no element stands there, and no attribute."""
        return self._without_data if self.names_live_blog else self.body  # else its scripts need not be looked for

    @cached_property
    def _without_data(self) -> bytes:
        data = sum(end - start for start, end in self._json_ld_scripts)
        # A copy takes longer than looking through a few kilobytes more.
        return without_json_ld(self.body, self._json_ld_scripts) if data > len(self.body) // _MUCH else self.body

    def holds(self, word: bytes) -> bool:
        """Whether the markup holds a word, or perhaps its data. Most that are asked for have `live` in them: then only what stands around
        it is searched."""
        return word in (self._around_live if has_live(word) else self.body)

    @cached_property
    def _around_live(self) -> bytes:
        """What stands around each `live` of the body, all of it where they stand close. Of a page that names the type in its head, where
        its scripts are looked for anyway, they are left out."""
        body = self._without_data if self.body.find(_POSTING, 0, _HEAD) >= 0 else self.body
        found = around_live(body)
        return body if found is None else found

    @cached_property
    def json(self) -> Any:
        """The page read as JSON, or None if it is not JSON. Raises ExtractionError if it is cut short."""
        if self.format != "json":
            return None
        try:
            return load_json(self.text.lstrip("\ufeff \t\r\n"))
        except (ValueError, RecursionError) as error:
            raise ExtractionError(f"expected JSON in {self.url}, found text that breaks off or is malformed ({error})") from error

    @cached_property
    def json_ld(self) -> tuple[dict[str, Any], ...]:
        """Every object in the page's ld+json blocks, lists and @graph flattened; broken blocks are left out."""
        found: list[dict[str, Any]] = []
        for block in self._json_ld_blocks:
            found.extend(objects(block))
        return tuple(found)

    @cached_property
    def broken_json_ld(self) -> int:
        """How many ld+json blocks could not be read."""
        return sum(block is None for block in self._json_ld_blocks)

    @cached_property
    def _json_ld_blocks(self) -> tuple[Any, ...]:
        scripts = self._json_ld_scripts
        return tuple(json_ld_blocks(self.body, scripts, self._encoding, lambda text, number: load_listed(text, (self.url, number))))

    @cached_property
    def _json_ld_scripts(self) -> tuple[Span, ...]:
        return json_ld_scripts(self.body)

    @cached_property
    def _encoding(self) -> str:
        stated = stated_encoding(self._content_type, self.body[:4096])
        return "utf-8" if stated != "utf-8" and is_utf8_after_all(self._content_type, self.body) else stated

    @cached_property
    def language(self) -> str | None:
        """The page's language as a lower-case ISO 639-1 code (`en`), or None."""
        if self.format != "html":
            return None
        stated = stated_language(self.body) or self._stated(lambda facts: facts.language) or self.meta("og:locale") or ""
        code = re.split(r"[-_]", stated.strip())[0].lower()
        return code if re.fullmatch(r"[a-z]{2,3}", code) else None

    def meta(self, name: str) -> str | None:
        """The content of `<meta name=...>` or `<meta property=...>`."""
        return self._stated(lambda facts: facts.meta.get(name))

    @cached_property
    def canonical_url(self) -> str:
        """The address the page declares for itself if it lies on the same registrable domain, else the one fetched."""
        declared = None
        if self.format == "html":
            declared = self._stated(lambda facts: facts.canonical) or self.meta("og:url")
        full = self.join(declared)
        return canonical_url(full if full and self.is_own(full) else self.url)

    @cached_property
    def own_addresses(self) -> tuple[str, str]:
        """The address fetched and the one the page declares, both canonical."""
        return canonical_url(self.url), self.canonical_url

    def is_own(self, url: str) -> bool:
        """Whether an address lies on the registrable domain (and, for a bare host, the port) the page came from."""
        return is_own(url, self.url)

    def join(self, url: str | None) -> str | None:
        """The absolute http(s) address a page names, on whatever host; None for nothing and for a broken one."""
        return joined(url, self.url) if url else None

    def own_address(self, url: str | None) -> str | None:
        """The absolute address a page names, if it lies on the page's own registrable domain; None for a broken one."""
        return own_address(url, self.url) if url else None

    def link(self, css: str) -> str | None:
        """The absolute address of the first element that matches, if it is on the page's own domain."""
        return self.own_address(self.css(f"{css}::attr(href)").get())

    @cached_property
    def title(self) -> str | None:
        """The page's own headline: its first h1, else og:title, else <title>."""
        for heading in self.selector.root.iter("h1"):
            text = element_text(heading)
            if text:
                return " ".join(text.split())
        return self.meta("og:title") or self.css("title::text").get()

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The page from top to bottom as headings, paragraphs, lists and quotes. Of HTML or of plain text."""
        from crawler.blocks import html_blocks, text_blocks

        if self.format == "text":
            if len(self.body) > _LONGEST_TEXT or len(self.text.splitlines()) > _MOST_LINES:
                raise ExtractionError(f"{self.url}: expected at most {_MOST_LINES:,} lines of text, found {len(self.body):,} bytes of more")
            return tuple(text_blocks(self.text))
        return tuple(islice(html_blocks(self.selector.root), _MOST_LINES))
