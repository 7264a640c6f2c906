"""Bytes as text that can be turned back into the same bytes. Pure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I)
_BEGINNING = 4096  # bytes in which a page says its encoding
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode(body: bytes) -> tuple[str, Callable[[str], bytes | None]]:
    """Return a page's text and what makes bytes of it again (None where it cannot).

    The encoding is one in which an untouched text gives the same bytes: what the page's first bytes mark, UTF-8, what
    it declares, Windows-1252, else Latin-1, which takes anything.
    """
    found = _CHARSET.search(body[:_BEGINNING])
    declared = found[1].decode("ascii").lower() if found else None
    marked = [name for mark, name in _MARKS if body.startswith(mark)]
    for name in [*marked, "utf-8", *([declared] if declared else [])]:
        if (text := _exactly(body, name)) is not None:
            return text, _encoder(name)
    if declared in ("utf-8", "utf8"):  # with a few broken bytes
        return body.decode("utf-8", "surrogateescape"), _encoder("utf-8", "surrogateescape")
    if (text := _exactly(body, "windows-1252")) is not None:
        return text, _encoder("windows-1252")
    return body.decode("latin-1"), _encoder("latin-1")


def _exactly(body: bytes, encoding: str) -> str | None:
    """The text, or None if it would not give the same bytes again."""
    try:
        text = body.decode(encoding)
        return text if isinstance(text, str) and text.encode(encoding) == body else None
    except (LookupError, ValueError, AttributeError):  # no such encoding; not in it; a codec that makes no text
        return None


def _encoder(name: str, errors: str = "strict") -> Callable[[str], bytes | None]:
    def encode(text: str) -> bytes | None:
        try:
            return text.encode(name, errors)
        except ValueError:
            return None

    return encode
