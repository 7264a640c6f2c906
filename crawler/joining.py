"""The absolute address a page means by one of its own. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, urljoin, urlsplit

from archive.remembering import remembered
from crawler.domains import registrable_domain

_FRAGMENT = re.compile(r"#[\w-]{1,200}", re.ASCII)  # #post-1234
_LONGEST = 300  # characters of an address that is remembered


@lru_cache(maxsize=1024)
def anchor_of(url: str) -> str:
    """Return a page's own address up to the fragment, `#` alone where it is none.

    >>> anchor_of("https://news.example/live?page=2#b7"), anchor_of("about:blank")
    ('https://news.example/live?page=2#', '#')
    """
    try:
        full = _split(urlsplit(url))
    except ValueError:
        full = None
    return f"{full.split('#')[0] if full else ''}#"


@remembered(most=16_384, longest=_LONGEST)
def joined(url: str, base: str) -> str | None:
    """Return the absolute http(s) address that `url` is on the page at `base`, None for a broken one.

    >>> joined("#b7", "https://news.example/live"), joined("../x", "https://news.example/a/b"), joined("mailto:x@y.example", "https://n.example/")
    ('https://news.example/live#b7', 'https://news.example/x', None)
    """
    url = url.strip()
    anchor = anchor_of(base)
    if anchor != "#" and (url.startswith("#") or url.startswith(anchor)):
        place = url.find("#")
        if _FRAGMENT.fullmatch(url, place):
            return anchor + url[place + 1 :]
    try:
        # An absolute address needs no base, and most of a page's are.
        return _split(urlsplit(url if url.startswith(("https://", "http://")) else urljoin(base, url)))
    except ValueError:  # http://[
        return None


@remembered(most=16_384, longest=_LONGEST)
def own_address(url: str, base: str) -> str | None:
    """Return the absolute address that `url` is on the page at `base`, None for a broken one and for that of another site."""
    full = joined(url, base)
    return full if full and is_own(full, base) else None


def is_own(url: str, base: str) -> bool:
    """Whether an address lies on the registrable domain (and, for a bare host, the port) of the page at `base`."""
    anchor = anchor_of(base)
    if url.startswith(anchor) and anchor != "#":
        return True
    try:
        is_web = url.startswith(("https://", "http://")) or urlsplit(url).scheme in ("http", "https")
        return is_web and registrable_domain(url) == registrable_domain(base)
    except ValueError:  # http://[, http://x:99999/
        return False


def _split(parts: SplitResult) -> str | None:
    _ = parts.port  # http://x:99999/ breaks here, and would break later
    return parts.geturl() if parts.scheme in ("http", "https") and parts.hostname else None
