"""Page: one response as a value, with lazy views of its markup and data. No network, no clock."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import tldextract
from lxml import etree
from parsel import Selector, SelectorList
from w3lib.encoding import html_body_declared_encoding, html_to_unicode, http_content_type_encoding, read_bom, resolve_encoding

from archive.errors import ExtractionError
from archive.model import Capture
from archive.normalise import canonical_url, element_text, html_parser
from archive.weighing import MOST_JSON, json_weight, too_heavy

_JSON_LD = re.compile(rb"<script[^>]{1,300}?application/ld\+json[^>]{0,300}>", re.I)
_SCRIPT_END = re.compile(rb"</script", re.I)
_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # may be half a pair: "\ud83d" without its "\ude00"
_HEAD_END = re.compile(rb"</head\s*>|<body[\s>]", re.I)
_NO_UTF8 = (etree.ErrorTypes.ERR_INVALID_ENCODING, etree.ErrorTypes.ERR_INVALID_CHAR)
# `charset=base64`: codecs that make no text of bytes, need well-formed input, or are meant for Python.
_NO_ENCODINGS = frozenset("base64 bz2 hex quopri rot-13 uu zlib idna punycode undefined unicode-escape raw-unicode-escape mbcs oem".split())
_LONGEST_DECODED = 26_000_000  # bytes; 16 MiB of Japanese in Shift-JIS
_LONGEST_TEXT = 2_000_000  # bytes; the one copied as text in the corpus has 2,486
_MOST_LINES = 20_000
_MOST_BLOCKS = 500  # ld+json scripts of one page; the most in the corpus is 5
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


class Facts:
    """What the html, meta and link elements below a root state."""

    def __init__(self, root: Any) -> None:
        self.language: str | None = root.get("lang")
        self.canonical: str | None = next((href for link in root.iter("link") if (href := _canonical(link)) is not None), None)
        self.meta: dict[str, str] = {}
        for element in root.iter("meta"):
            content = element.get("content")
            if content is not None:
                for name in (element.get("name"), element.get("property")):
                    if name:
                        self.meta.setdefault(name, content)


def _canonical(link: Any) -> str | None:
    return link.get("href") if link.get("rel") == "canonical" else None


class _Markup(Selector):
    """A selector that takes attributes as found: `{x` is a name in HTML, and none to the look-up by names."""

    __slots__ = ()

    @property
    def attrib(self) -> dict[str, str]:
        return dict(self.root.items())


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
        """The body as Unicode by the rules browsers follow (BOM, header, meta, else UTF-8 or Windows-1252)."""
        content_type = next((v for k, v in self.headers.items() if k.lower() == "content-type"), None)
        return _decoded(content_type, self.body, _utf8_or_windows)[1]

    @cached_property
    def selector(self) -> Selector:
        """The page's markup, parsed once. Raises ExtractionError where it is built to cost more than a page may."""
        root = parse_utf8(self.body, url=self.url) if self._says_utf8 else None
        if root is None:
            text = self.text.encode("utf-8", "replace")
            if len(text) > _LONGEST_DECODED:
                raise ExtractionError(f"{self.url}: expected at most {_LONGEST_DECODED:,} bytes in UTF-8, found {len(text):,}")
            root = parse_utf8(text, url=self.url)
        return _Markup(root=root, type="html", base_url=self.url)

    @cached_property
    def _says_utf8(self) -> bool:
        return resolve_encoding(self._encoding) == "utf-8"

    @cached_property
    def _head(self) -> Facts | None:
        """What the page states before its body, read without the rest; None where there is no such part."""
        end = _HEAD_END.search(self.body) if self._says_utf8 else None
        root = parse_utf8(self.body[: end.start()], url=self.url) if end else None
        return None if root is None else Facts(root)

    @cached_property
    def _whole(self) -> Facts:
        return Facts(self.selector.root)

    def _stated(self, find: Callable[[Facts], str | None]) -> str | None:
        """What the page states first. Its head is asked before the page is parsed: that is the beginning of the page."""
        head = None if "selector" in self.__dict__ else self._head
        found = find(head) if head else None
        return find(self._whole) if found is None else found

    def css(self, query: str) -> SelectorList[Selector]:
        """The elements that match, in page order; the same query is asked once."""
        found = self._found.get(query)
        if found is None:
            found = self._found[query] = self.selector.css(query)
        return found

    @cached_property
    def _found(self) -> dict[str, SelectorList[Selector]]:
        return {}

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
        blocks: list[Any] = []
        found = _JSON_LD.search(self.body)
        # Each search goes on where the last one ended: a page of openings without ends is read once, not once for each.
        left = MOST_JSON
        while found and len(blocks) < _MOST_BLOCKS and (end := _SCRIPT_END.search(self.body, found.end())):
            text = self.body[found.end() : end.start()].decode(self._encoding, "replace")
            left -= json_weight(text)
            blocks.append(_read_json(text) if left > 0 else None)
            found = _JSON_LD.search(self.body, end.end())
        return tuple(blocks)

    @cached_property
    def _encoding(self) -> str:
        content_type = next((v for k, v in self.headers.items() if k.lower() == "content-type"), None)
        return _decoded(content_type, self.body[:4096], lambda _: "utf-8")[0]

    @cached_property
    def language(self) -> str | None:
        """The page's language as a lower-case ISO 639-1 code (`en`), or None."""
        if self.format != "html":
            return None
        stated = self._stated(lambda facts: facts.language) or self.meta("og:locale") or ""
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
        try:
            return urlsplit(url).scheme in ("http", "https") and registrable_domain(url) == self.domain
        except ValueError:  # http://[, http://x:99999/
            return False

    def join(self, url: str | None) -> str | None:
        """The absolute http(s) address a page names, on whatever host; None for nothing and for a broken one."""
        if not url:
            return None
        if url not in self._joined:
            self._joined[url] = self._absolute(url.strip())
        return self._joined[url]

    @cached_property
    def _joined(self) -> dict[str, str | None]:
        return {}

    def _absolute(self, url: str) -> str | None:
        try:
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
            if len(self.body) > _LONGEST_TEXT or len(self.text.splitlines()) > _MOST_LINES:
                raise ExtractionError(f"{self.url}: expected at most {_MOST_LINES:,} lines of text, found {len(self.body):,} bytes of more")
            return tuple(text_blocks(self.text))
        return tuple(islice(html_blocks(self.selector.root), _MOST_LINES))


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

    Raises ValueError or RecursionError where it is no JSON, ValueError where it would take too much memory.
    """
    if json_weight(text) > MOST_JSON:
        raise ValueError(f"{len(text):,} characters of more objects and values than a page has")
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


def parse_utf8(body: bytes, *, url: str) -> Any:
    """Return the root of a page as browsers read it, of an empty one too; None if it is no UTF-8.

    The parser says whether it is: decoding a page only to find out costs up to as much as parsing it.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    # Hostile or broken pages may hold bytes XML forbids; lxml takes the text without NULs.
    body = body.replace(b"\x00", b"").strip() if b"\x00" in body else body.strip()
    heavy = too_heavy(body)
    if heavy:
        raise ExtractionError(f"{url}: expected {heavy} ({len(body):,} bytes)")
    parser = html_parser("utf-8")
    root = etree.fromstring(body or b"<html/>", parser)
    if any(error.type in _NO_UTF8 for error in parser.error_log):
        return None
    return etree.fromstring(b"<html/>", html_parser("utf-8")) if root is None else root


def _decoded(content_type: str | None, body: bytes, guess: Callable[[bytes], str]) -> tuple[str, str]:
    """Return a body's encoding and text. What the header or the page calls an encoding may be one of Python's own codecs."""
    stated = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
    if stated in _NO_ENCODINGS and read_bom(body)[0] is None:
        encoding = guess(body)
        return encoding, body.decode(encoding, "replace")
    return html_to_unicode(content_type, body, auto_detect_fun=guess)


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
