"""What names an entry: its key for ever, and the handle made of it. Pure."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

from archive.model import Entry

_PAIRS = [one + other for one in "abcdefghijklmnopqrstuvwxyz234567" for other in "abcdefghijklmnopqrstuvwxyz234567"]  # base 32, ten bits
_PLAIN = re.compile(r"[\w.:-]+", re.ASCII)
_KEY_SAFE = " !$&'()*+,:;=@-._"


def slug_of(text: str) -> str:
    """Return the public handle of a key or address: 12 characters, base 32, for ever the same.

    >>> slug_of("itv/london/2013-02-26/ipcc")
    'opyfaooehcp6'
    """
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big") >> 4
    one, two, three = _PAIRS[number >> 50], _PAIRS[number >> 40 & 1023], _PAIRS[number >> 30 & 1023]
    return f"{one}{two}{three}{_PAIRS[number >> 20 & 1023]}{_PAIRS[number >> 10 & 1023]}{_PAIRS[number & 1023]}"


def entry_key(entry: Entry, *, publisher: str, live_blog_key: str, ids_are_global: bool) -> str:
    """Return what names an entry for ever; an update without an id is named by its first content hash."""
    if entry.source_id and ids_are_global:
        return f"{publisher}/{entry.source_id}"
    if not entry.source_id:
        return f"{publisher}/{live_blog_key}/~{entry.content_hash[:16]}"
    # Quoted, so that live blog `a` with id `b/c` is not live blog `a/b` with id `c`, and no id looks like a hash.
    source_id = entry.source_id
    return f"{publisher}/{live_blog_key}/{source_id if _PLAIN.fullmatch(source_id) else quote(source_id, safe=_KEY_SAFE)}"
