"""One page by a file's path or an address, for the commands that archive nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from archive.errors import ArchiveError
from crawler.importing import LARGEST, address_of
from crawler.page import Page


def page_from(source: str, *, url: str | None = None, contact: str = "", browser: bool = False) -> Page:
    """Return the page a file holds or an address answers with, the guard's rules kept; with `browser` as Chromium shows it.

    Raises ArchiveError if there is none, or nothing says what address a file came from.
    """
    if "://" in source:
        return _fetched(source, contact=contact, browser=browser)
    if browser:
        raise ArchiveError(f"expected an http(s) address to open in a browser, found {source!r}")
    path = Path(source)
    if not path.is_file():
        raise ArchiveError(f"expected a saved page or an http(s) address, found {source!r}, which is neither a file nor an address")
    if path.stat().st_size > LARGEST:
        raise ArchiveError(f"expected a page of at most {LARGEST // 1024**2} MiB, found {path.stat().st_size:,} bytes in {path}")
    address = address_of(path, url)
    if address is None:
        raise ArchiveError(f"expected the address {path} came from, found none in it or beside it; give it with --url")
    return Page.from_file(path, url=address, fetched_at=datetime.fromtimestamp(int(path.stat().st_mtime), UTC))


def _fetched(url: str, *, contact: str, browser: bool) -> Page:
    from crawler.crawling import fetch

    return Page.from_capture(fetch(url, contact=contact, browser=browser))
