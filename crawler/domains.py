"""The domain an address belongs to, by the packaged list of public suffixes. Pure."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

import tldextract

from archive.remembering import remembered

_LONGEST = 300  # characters of an address that is remembered
# The packaged list of public suffixes, never one from the net; with the hosts that many publishers share (github.io).
_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@remembered(most=16_384, longest=_LONGEST)
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
