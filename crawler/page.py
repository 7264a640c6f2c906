"""Page: one response as a value, with lazy views of its markup and data. No network, no clock."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import tldextract
from lxml import etree
from parsel import Selector, SelectorList
from w3lib.encoding import html_to_unicode, resolve_encoding

from archive.errors import ExtractionError
from archive.model import Capture
from archive.normalise import canonical_url, element_text, html_parser

_JSON_LD = re.compile(rb"<script[^>]{1,300}?application/ld\+json[^>]{0,300}>", re.I)
_SCRIPT_END = re.compile(rb"</script", re.I)
_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # may be half a pair: "\ud83d" without its "\ude00"
_HEAD_END = re.compile(rb"</head\s*>|<body[\s>]", re.I)
_COMMA_AT_END = re.compile(r",(?=\s{0,200}[}\]])")
# The packaged list of public suffixes, never one from the net; with the hosts that many publishers share (github.io).
_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


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
    def format(self) -> str:
        """`html`, `json`, `text` or `binary`, told from the bytes: a server's word is often wrong."""
        start = self.body[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
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
        """The body as Unicode by the rules browsers follow (BOM, header, meta, else UTF-8 or Windows-1252)."""
        content_type = next((v for k, v in self.headers.items() if k.lower() == "content-type"), None)
        _, text = html_to_unicode(content_type, self.body, auto_detect_fun=_utf8_or_windows)
        return text

    @cached_property
    def selector(self) -> Selector:
        """The page's markup, parsed once."""
        return Selector(root=parse_html(self._utf8), type="html", base_url=self.url)

    @cached_property
    def _utf8(self) -> bytes:
        """The body as UTF-8, without NULs: hostile or broken pages may hold bytes that XML forbids."""
        body = self.body.removeprefix(codecs.BOM_UTF8)
        if resolve_encoding(self._encoding) != "utf-8" or not _is_utf8(body):
            body = self.text.encode("utf-8", "replace")
        return body.replace(b"\x00", b"") if b"\x00" in body else body

    @cached_property
    def _head(self) -> Selector:
        """The page's markup up to its body, parsed by itself only where nothing has asked for the rest yet.

        What is found here is the first on the page; what is not may still stand in the body.
        """
        end = None if "selector" in self.__dict__ else _HEAD_END.search(self._utf8)
        return Selector(root=parse_html(self._utf8[: end.start()]), type="html") if end else self.selector

    def _first(self, query: str, **names: str) -> str | None:
        """The first value on the page that an XPath finds."""
        found = self._head.xpath(query, **names).get()
        return self.selector.xpath(query, **names).get() if found is None and self._head is not self.selector else found

    def css(self, query: str) -> SelectorList[Selector]:
        return self.selector.css(query)

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
        objects: list[dict[str, Any]] = []
        for block in self._json_ld_blocks:
            objects.extend(_objects(block))
        return tuple(objects)

    @cached_property
    def broken_json_ld(self) -> int:
        """How many ld+json blocks could not be read."""
        return sum(block is None for block in self._json_ld_blocks)

    @cached_property
    def _json_ld_blocks(self) -> tuple[Any, ...]:
        # A search over bytes: parsing 700 kB of HTML to find one script costs thirty times as much.
        if b"ld+json" not in self.body:
            return ()
        blocks = []
        found = _JSON_LD.search(self.body)
        # Each search goes on where the last one ended: a page of openings without ends is read once, not once for each.
        while found and (end := _SCRIPT_END.search(self.body, found.end())):
            blocks.append(_read_json(self.body[found.end() : end.start()].decode(self._encoding, "replace")))
            found = _JSON_LD.search(self.body, end.end())
        return tuple(blocks)

    @cached_property
    def _encoding(self) -> str:
        content_type = next((v for k, v in self.headers.items() if k.lower() == "content-type"), None)
        encoding, _ = html_to_unicode(content_type, self.body[:4096], auto_detect_fun=lambda _: "utf-8")
        return encoding

    @cached_property
    def language(self) -> str | None:
        """The page's language as a lower-case ISO 639-1 code (`en`), or None."""
        if self.format != "html":
            return None
        stated = self._first("//html/@lang | //html/@xml:lang") or self.meta("og:locale") or ""
        code = re.split(r"[-_]", stated.strip())[0].lower()
        return code if re.fullmatch(r"[a-z]{2,3}", code) else None

    def meta(self, name: str) -> str | None:
        """The content of `<meta name=...>` or `<meta property=...>`."""
        return self._first("//meta[@name=$name or @property=$name]/@content", name=name)

    @cached_property
    def canonical_url(self) -> str:
        """The address the page declares for itself if it lies on the same registrable domain, else the one fetched."""
        declared = None
        if self.format == "html":
            declared = self._first("//link[@rel='canonical']/@href") or self.meta("og:url")
        full = self.join(declared)
        return canonical_url(full if full and self.is_own(full) else self.url)

    @cached_property
    def own_addresses(self) -> tuple[str, str]:
        """The address fetched and the one the page declares, both canonical."""
        return canonical_url(self.url), self.canonical_url

    def is_own(self, url: str) -> bool:
        """Whether an address lies on the registrable domain (and, for a bare host, the port) the page came from."""
        try:
            return urlsplit(url).scheme in ("http", "https") and registrable_domain(url) == self.domain
        except ValueError:  # http://[, http://x:99999/
            return False

    def join(self, url: str | None) -> str | None:
        """The absolute http(s) address a page names, on whatever host; None for nothing and for a broken one."""
        if not url:
            return None
        try:
            url = url.strip()
            # An absolute address needs no base, and most of a page's are.
            full = urlsplit(url).geturl() if url.startswith(("https://", "http://")) else urljoin(self.url, url)
            parts = urlsplit(full)
            _ = parts.port  # http://x:99999/ breaks here, and would break later
            return full if parts.scheme in ("http", "https") and parts.hostname else None
        except ValueError:  # http://[
            return None

    def link(self, css: str) -> str | None:
        """The absolute address of the first element that matches, if it is on the page's own domain."""
        full = self.join(self.css(f"{css}::attr(href)").get())
        return full if full and self.is_own(full) else None

    @cached_property
    def title(self) -> str | None:
        """The page's own headline: its first h1, else og:title, else <title>."""
        for heading in self.css("h1"):
            text = element_text(heading.root)
            if text:
                return " ".join(text.split())
        return self.meta("og:title") or self.css("title::text").get()

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The page from top to bottom as headings, paragraphs, lists and quotes. Of HTML or of plain text."""
        from crawler.blocks import html_blocks, text_blocks

        if self.format == "text":
            return tuple(text_blocks(self.text))
        return tuple(html_blocks(self.selector.root))


def registrable_domain(url: str) -> str:
    """Return the domain somebody registered (`bbc.co.uk` of `news.bbc.co.uk`), or the host with its port if it has none.

    A name below `localhost` (the sample site's) stands without its port, so that a layout can be bound
    to it whichever port is free.

    >>> registrable_domain("http://vale.localhost:8017/vale/news/"), registrable_domain("http://127.0.0.1:8017/")
    ('vale.localhost', '127.0.0.1:8017')
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    domain = _domain_of(host)
    if domain:
        return domain
    return f"{host}:{parts.port}" if parts.port and not host.endswith(".localhost") else host


@lru_cache(maxsize=4096)
def _domain_of(host: str) -> str | None:
    """The domain a host's name says somebody registered, None if it says none."""
    found = _suffixes.extract_str(host)
    if found.domain and found.suffix:
        return f"{found.domain}.{found.suffix}"
    labels = host.split(".")
    if not found.suffix and len(labels) > 1 and not labels[-1].isdigit() and ":" not in host and labels[-1] != "localhost":
        return ".".join(labels[-2:])  # an unlisted suffix counts as one label: the list's own last rule
    return None


def load_json(text: str) -> Any:
    """Return JSON read tolerantly: control characters in strings, halves of surrogate pairs replaced.

    Raises ValueError or RecursionError where it is no JSON.
    """
    value = json.loads(text, strict=False)
    return _without_surrogates(value) if _LONE_SURROGATE.search(text) else value


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


def parse_html(body: bytes) -> Any:
    """Return the root of a page in UTF-8, as browsers read it: an empty page has one too."""
    root = etree.fromstring(body.strip() or b"<html/>", html_parser("utf-8"))
    return etree.fromstring(b"<html/>", html_parser("utf-8")) if root is None else root


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _utf8_or_windows(body: bytes) -> str:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        # A page cut in the middle of a character is still UTF-8.
        return "utf-8" if error.end >= len(body) - 3 else "cp1252"
    return "utf-8"


def _read_json(text: str) -> Any:
    text = text.strip()
    if text.startswith("<!--"):
        text = text.removeprefix("<!--").removesuffix("-->").strip()
    # Templates leave a comma after the last item and escape apostrophes as JavaScript does; JSON knows neither.
    for mend in (str, _without_wrapping, _without_slips):
        try:
            return load_json(mend(text))
        except (ValueError, RecursionError):
            continue
    return None


def _without_wrapping(text: str) -> str:
    return text.removeprefix("//<![CDATA[").removesuffix("//]]>").strip().rstrip(";")


def _without_slips(text: str) -> str:
    return _COMMA_AT_END.sub("", _without_wrapping(text).replace("\\'", "'"))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _objects(item)
    elif isinstance(value, dict):
        yield value
        graph = value.get("@graph")
        if isinstance(graph, list):
            for item in graph:
                yield from _objects(item)
