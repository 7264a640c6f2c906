"""From the bytes of a page to its text and its tree: the encoding, and a parse that hostile markup cannot make costly. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree
from w3lib.encoding import html_body_declared_encoding, html_to_unicode, http_content_type_encoding, read_bom

from archive.errors import ExtractionError
from archive.parsing import html_parser, page_parser
from archive.weighing import DEFUSED, MANY_OF_ONE, Weighed, defused, too_many, weighed

_NO_UTF8 = (etree.ErrorTypes.ERR_INVALID_ENCODING, etree.ErrorTypes.ERR_INVALID_CHAR)
_META_UTF8 = b'<meta charset="utf-8"'
_FIRST_SIGNS = (b"charset", b"<!--", b"<?xml", b"body", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf")  # what would count before it
_SPACE = b" \t\n\r\f\v\x1c\x1d\x1e\x1f\x85\xa0"
# Characters the parser reads and lxml does not take back.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_TELLING = 16  # bytes that continue characters: a name in another encoding may look like UTF-8, a text does not
# `charset=base64`: codecs that make no text of bytes, need well-formed input, or are meant for Python.
_NO_ENCODINGS = frozenset("base64 bz2 hex quopri rot-13 uu zlib idna punycode undefined unicode-escape raw-unicode-escape mbcs oem".split())


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The root of a page, and whether an attribute may hold JSON of some length."""

    root: Any
    holds_json: bool


def parse_utf8(body: bytes, *, url: str, ids: bool = False) -> Tree | None:
    """Return a page as browsers read it, an empty one too; None if it is no UTF-8. `ids`: with the table that `id()` asks.

    The parser says whether it is: decoding a page only to find out costs up to as much as parsing it.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    # Hostile or broken pages may hold bytes XML forbids; lxml takes the text without NULs. No other copy is made: one of half a
    # megabyte takes a seventh of the time of its parse.
    body = body.replace(b"\x00", b"") if b"\x00" in body else body
    heavy = too_many(body)
    tags = Weighed() if heavy else weighed(body)
    places = tags.crowded
    heavy = MANY_OF_ONE if places and DEFUSED.encode() in body else heavy
    if heavy:
        raise ExtractionError(f"{url}: expected {heavy} ({len(body):,} bytes)")
    parser = page_parser(ids=ids)
    root = etree.fromstring((defused(body, places) if places else body) or b"<html/>", parser)
    if any(error.type in _NO_UTF8 for error in parser.error_log):
        return None
    if places and root is not None:
        _restore(root, len(places), f"{url}: expected {MANY_OF_ONE} ({len(body):,} bytes)")
    return Tree(root=etree.fromstring(b"<html/>", html_parser("utf-8")) if root is None else root, holds_json=tags.holds_json)


def _restore(root: Any, places: int, problem: str) -> None:
    """Put back the `<` of scripts. Raises ExtractionError if one of the places lies in no script, style or comment: it was a tag."""
    for element in root.iter("script", "style", etree.Comment):
        text = element.text
        if text and DEFUSED in text:
            places -= text.count(DEFUSED)
            if element.tag == "script":
                element.text = _FORBIDDEN.sub("", text).replace(DEFUSED, "<")
    if places > 0:
        raise ExtractionError(problem)


def stated_encoding(content_type: str | None, start: bytes) -> str:
    """Return the encoding that a header or the beginning of a page states, UTF-8 where none does."""
    if http_content_type_encoding(content_type) is None and _says_utf8(start.lower()):
        return "utf-8"
    return decoded(content_type, start, lambda _: "utf-8")[0]


def _says_utf8(start: bytes) -> bool:
    """Whether the beginning of a page, in lower case, says it as most pages do: then nothing else need be looked for."""
    before, found, _ = start.partition(_META_UTF8)
    if not found or any(sign in before for sign in _FIRST_SIGNS):
        return False
    # A value that is still open there holds it: a quote opens one only behind `=`.
    return not any(before[: max(0, before.rfind(quote))].rstrip(_SPACE).endswith(b"=") for quote in (b'"', b"'"))


def decoded(content_type: str | None, body: bytes, guess: Callable[[bytes], str]) -> tuple[str, str]:
    """Return a body's encoding and text. What the header or the page calls an encoding may be one of Python's own codecs."""
    if read_bom(body)[0] is not None:
        return html_to_unicode(content_type, body)
    stated = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
    if stated is None or stated in _NO_ENCODINGS:
        encoding = guess(body)
        return encoding, body.decode(encoding, "replace")
    # What is stated is said again: the body is not searched twice.
    return html_to_unicode(f"text/html; charset={stated}", body)


def is_utf8_after_all(content_type: str | None, body: bytes) -> bool:
    """Whether a body is UTF-8 although it calls itself something else: a page saved by a browser keeps what it said before.

    What a header says holds.
    """
    if http_content_type_encoding(content_type) is not None or body.isascii() or read_bom(body)[0] is not None:
        return False
    return utf8_or_windows(body) == "utf-8" and len(body) - len(body.decode("utf-8", "ignore")) >= _TELLING


def utf8_or_windows(body: bytes) -> str:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        # A page cut in the middle of a character is still UTF-8.
        return "utf-8" if error.end >= len(body) - 3 else "cp1252"
    return "utf-8"
