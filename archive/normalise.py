"""Update -> Entry: canonical addresses, safe HTML, plain text and the content hash. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from html import escape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import lxml.html
import nh3
from lxml import etree

from archive.embeds import EMBEDS, is_scripted_post
from archive.media import holds_media, holds_table, linked_media
from archive.model import Entry, Extraction, Update, When
from archive.parsing import fragment_parser
from archive.remembering import remembered
from archive.simple_markup import fold_line, paragraphs, simple_text
from archive.times import to_utc
from archive.weighing import too_heavy

# Parameters that say where a reader came from, not what is shown.
_TRACKING = re.compile(r"utm_\w+|[fg]clid|msclkid|mc_[ce]id|cmp(id)?|ico|icid|ns_\w+|at_\w+|xtor|ref|ref_src|igshid|_ga|smid", re.I)

# An address that stays as it is: host in lower case, no port, no dots to resolve, no query.
_CLEAN_URL = re.compile(r"https?://[a-z0-9-]++(?:\.[a-z0-9-]++)++(?:/[\w~-]++(?:\.[\w~-]++)*+)++/?+(?:#[\w.~/:-]*+)?+", re.ASCII)
_MARKS = re.compile(r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{30,}")
# Anything but letters that are composed already, and the signs that go with them.
_UNUSUAL = re.compile(r"[^\n\x20-\x7e\xa0-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u0400-\u0482\u048a-\u052f]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")  # no reader sees them, and search marks words with two of them
_TAG = re.compile(r"<[^<>]*>")
_REMEMBERED = 4000  # characters of markup whose text is remembered; an update has 700
_SHORT = 2000  # characters; no markup below that takes long to parse
_LONGEST_LINE = 1000  # no headline is longer; a megabyte of "title" would stand on every page of the site
_BLOCKS = frozenset(
    "address article aside blockquote dd div dl dt footer h1 h2 h3 h4 h5 h6 header hr li main ol p pre section table tr ul".split()
)
# Nothing in these is the update's own text: scripts, pictures with their captions, controls, players.
_SKIPPED = (
    frozenset(
        "script style noscript template svg iframe figure figcaption picture video audio object form button select textarea "
        "input canvas amp-img amp-ad head title".split()
    )
    | EMBEDS - {"embed"}  # whose end no parser sees: what follows it would be lost
)
_CELLS = frozenset(("td", "th"))
_INLINE = frozenset("a abbr b bdi bdo big cite code em font i ins kbd mark q s small span strike strong sub sup time tt u var wbr".split())
_EMPTY = re.compile(r" ?<p>(?: |&nbsp;|\xa0)*</p> ?")
_BETWEEN_BLOCKS = re.compile(r">\s+<(?=/?(?:p|ul|ol|li|blockquote|h\d|table|tr|td|th|thead|tbody|figure|figcaption)\b)")
_SPACE = re.compile(r"\s+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_MAYBE_RELATIVE = re.compile(r"""href(?!=["']https?://)""", re.I)
_WHOLE = re.compile(r"\s*<(?:html|!doctype)", re.I)  # a document in the place of a fragment
_ALLOWED = {"p", "a", "ul", "ol", "li", "blockquote", "h2", "h3", "h4", "h5", "h6", "strong", "em", "b", "i", "br", "code", "pre",
            "sub", "sup", "s", "del", "ins", "table", "thead", "tbody", "tr", "td", "th", "figure", "figcaption"}  # fmt: skip


def normalise(update: Update, extraction: Extraction) -> Entry:
    """Return the update as it is kept, relative addresses resolved against the page's."""
    base = extraction.url
    html = None
    plain = paragraphs(update.html) if update.html else None
    if plain is not None:
        joined = "\n\n".join(plain)
        text = _plain_characters(joined)
        line = " ".join(plain) if text is joined else _on_one_line(text)
    elif update.html:
        text, html = html_to_text(update.html), safe_html(update.html, base=base)
        line = _on_one_line(text)
    else:
        text = tidy(update.text)
        line = _on_one_line(text)
    title, byline = one_line(update.title), one_line(update.byline)
    published_at = to_utc(update.published.instant) if update.published else None
    return Entry(
        source_id=(update.source_id or "").strip() or None,
        url=absolute_url(update.url, base=base),
        title=title,
        byline=byline,
        text=text,
        html=None if html is None or _is_only(text, html) else html,
        # Nothing but a picture or an embed, unless the page calls it something else.
        kind="media" if html and update.kind == "post" and not text and not title else update.kind,
        pinned=update.pinned,
        published=update.published,
        published_at=published_at,
        second=update.published.instant.timestamp() if update.published else None,
        updated=update.updated,
        content_hash=_digest(title or "", byline or "", line, update.published, published_at),
    )


def content_hash(*, title: str | None, byline: str | None, text: str, published: When | None) -> str:
    """Return 32 hex digits over what readers see. Markup noise does not move it.

    A time counts only where the page states it for the update, to the second or minute; what we
    worked out ourselves may not look like an edit.
    """
    title, byline, line = (one_line(part, None) or "" for part in (title, byline, text))
    return _digest(title, byline, line, published, to_utc(published.instant) if published else None)


def _digest(title: str, byline: str, line: str, published: When | None, published_at: str | None) -> str:
    stated = ""
    if published and published.basis == "page" and published.precision in ("second", "minute"):
        stated = published_at or ""
    folded = f"{title}\x1f{byline}\x1f{line}\x1f{stated}"
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def canonical_url(url: str) -> str:
    """Return an address without fragment, tracking parameters, default port and upper-case host.

    >>> canonical_url("HTTP://News.Example:80/live/storm?utm_source=x&page=2#b7")
    'http://news.example/live/storm?page=2'
    """
    return _clean_url(url, keep_fragment=False)


def absolute_url(url: str | None, *, base: str | None) -> str | None:
    """Return the http(s) address a page names, fragment kept, or None if it names none."""
    if not url or not url.strip():
        return None
    if _CLEAN_URL.fullmatch(url):
        return url
    try:
        full = urljoin(base or "", url.strip())
        return _clean_url(full, keep_fragment=True) if urlsplit(full).scheme in ("http", "https") else None
    except ValueError:  # http://[broken
        return None


def _clean_url(url: str, *, keep_fragment: bool) -> str:
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    default = {"http": 80, "https": 443}.get(parts.scheme.lower())
    if parts.port and parts.port != default:
        host = f"{host}:{parts.port}"
    query = parts.query
    if query:
        pairs = parse_qsl(query, keep_blank_values=True)
        kept = [(name, value) for name, value in pairs if not _TRACKING.fullmatch(name)]
        if len(kept) != len(pairs):
            query = urlencode(kept, safe=":/-,")
    return urlunsplit((parts.scheme.lower(), host, parts.path or "/", query, parts.fragment if keep_fragment else ""))


def safe_html(html: str, *, base: str | None = None) -> str:
    """Return the markup a reader may be shown: no scripts, styles, forms, or addresses but http(s).

    Pictures and embeds become links, a picture's with its caption and credit.

    >>> safe_html('<p onclick="x()">Hi <a href="javascript:x()">there</a></p><script>x()</script>')
    '<p>Hi <a rel="noopener noreferrer nofollow">there</a></p>'
    """
    if holds_media(html):
        html = linked_media(html, lambda raw: absolute_url(raw, base=base))
    try:
        cleaned = _clean(html, base)
    except ValueError:  # a base address that is none
        cleaned = _clean(html, None)
    cleaned = fold_line(cleaned)
    if "<p> " in cleaned or "<p></p>" in cleaned or "<p>&nbsp;" in cleaned or "<p>\xa0" in cleaned:
        cleaned = fold_line(_EMPTY.sub(" ", cleaned))
    return _BETWEEN_BLOCKS.sub("><", cleaned).strip()


def _clean(html: str, base: str | None) -> str:
    cleaned: str = _cleaner(base if _MAYBE_RELATIVE.search(html) else None).clean(html)  # one is made for all pages, where that will do
    return cleaned


@lru_cache(maxsize=64)
def _cleaner(base: str | None) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_ALLOWED,
        clean_content_tags={"script", "style", "svg", "iframe", "noscript", "template", "form", "button", "title"},
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
        url_relative=("rewrite_with_base", base) if base else "deny",
    )


@remembered(most=16_384, longest=_REMEMBERED)
def html_to_text(html: str) -> str:
    """Return the plain text of a fragment: paragraphs apart by an empty line, captions and embeds left out."""
    if "<" not in html and "&" not in html:
        return fold_space(_inline(html))
    simple = simple_text(html) if len(html) <= _SHORT * 10 else None
    if simple is not None:
        return _plain_characters(simple)
    if len(html) > _SHORT and too_heavy(html.encode("utf-8", "replace")):
        return fold_space(_TAG.sub(" ", html))
    try:
        root = etree.fromstring(html if _WHOLE.match(html) else f"<html><body>{html}</body></html>", fragment_parser())
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        root = None
    body = None if root is None else root.find("body")
    return fold_space(_TAG.sub(" ", html)) if body is None else element_text(body)


def element_text(root: lxml.html.HtmlElement) -> str:
    """Return the plain text of an element, as `html_to_text` does for markup."""
    if not len(root) and isinstance(root.tag, str):
        return fold_space(_inline(root.text or ""))
    if isinstance(root.tag, str) and all(below.tag in _INLINE for below in root.iterdescendants()):
        return fold_space(_inline("".join(root.itertext())))
    parts: list[str] = []
    _collect(root, parts)
    return fold_space("".join(parts))


def _collect(root: lxml.html.HtmlElement, parts: list[str]) -> None:
    # A walk with open and close events: hostile pages nest deeper than Python recurses.
    skip_until = cell = None
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            if skip_until is None and node.tail and node is not root:
                parts.append(_inline(node.tail))
            continue
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start":
            if skip_until is None and node is not root and _is_skipped(node, tag):
                skip_until = node
            if skip_until is None:
                if tag in _CELLS and cell is None and node is not root and node.getparent().tag == "tr":
                    # The one cell of a row is a frame, not a table.
                    first, last = node.getprevious() is None, node.getnext() is None
                    cell = None if first and last else node
                    parts.append("" if first else " | ")
                elif tag in _BLOCKS:
                    parts.append(" " if cell is not None else "\n" if tag in ("li", "tr") else "\n\n")
                elif tag == "br":
                    parts.append(" " if cell is not None else "\n")
                if node.text:
                    parts.append(_inline(node.text))
        else:
            if skip_until is node:
                skip_until = None
            elif skip_until is None and tag in _BLOCKS and tag not in ("li", "tr"):
                parts.append(" " if cell is not None else "\n\n")
            if cell is node:
                cell = None
            if skip_until is None and node is not root and node.tail:
                parts.append(_inline(node.tail))


def _is_skipped(node: lxml.html.HtmlElement, tag: str) -> bool:
    if tag in _SKIPPED:
        return not (tag == "figure" and holds_table(node))
    return tag in ("blockquote", "div") and is_scripted_post(node)


def _inline(text: str) -> str:
    # Of all space only the plain one is printable, and `fold_space` makes one of several.
    return text if text.isprintable() else _SPACE.sub(" ", text)


def fold_space(text: str) -> str:
    """Return text with single spaces and at most one empty line between paragraphs."""
    text = _plain_characters(text)
    if "\n" not in text:
        return fold_line(text)
    lines = [fold_line(line) for line in text.split("\n")]
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def tidy(text: str | None) -> str:
    return fold_space(text or "")


def one_line(text: str | None, longest: int | None = _LONGEST_LINE) -> str | None:
    """Return a title or byline on one line, cut at `longest` characters; None if nothing is left of it."""
    if not text:
        return None
    line = fold_line(_plain_characters(text))
    return (line if longest is None or len(line) <= longest else line[: longest - 1] + "\u2026") or None


def _plain_characters(text: str) -> str:
    """Composed characters, and none that no reader sees."""
    if (text.isascii() and text.isprintable()) or _UNUSUAL.search(text) is None:
        return text
    if not text.isascii():
        # Composing is quadratic in a run of marks; no script stacks thirty on a letter.
        text = (
            unicodedata.normalize("NFC", _MARKS.sub(lambda run: run[0][:30], text))
            .replace("\u200b", "")
            .encode("utf-8", "replace")
            .decode("utf-8")
        )
    return text if text.isprintable() else _CONTROL.sub("", text)


def _on_one_line(text: str) -> str:
    return text.replace("\n\n", " ").replace("\n", " ")


def _is_only(text: str, html: str) -> bool:
    """Whether markup is nothing but the text in paragraphs."""
    if html.count("<") != 2 * html.count("<p>"):
        return False
    return html == "".join(f"<p>{escape(part, quote=False)}</p>" for part in text.split("\n\n") if part)
