"""Saved pages from disk as if they had been polled: each file is a capture at its own clock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from archive.errors import ArchiveError
from archive.model import SAVED, Capture
from crawler.page import Page
from crawler.recorder import Polled, Recorder

SUFFIXES = (".html", ".htm", ".txt", ".json")
_LONGEST_NOTE = 4096
LARGEST = 16 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A file that was not imported, and why."""

    path: Path
    reason: str


def saved_pages(paths: Iterable[Path]) -> list[Path]:
    """Return the files to import, folders searched; hidden files, indexes and address notes left out.

    Raises ArchiveError for a path that is not there.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES and p.name != "index.json")
            found += [p for p in files if not any(part.startswith(".") for part in p.relative_to(path).parts)]
        elif path.is_file():
            found.append(path)
        else:
            raise ArchiveError(f"expected a saved page or a folder at {path}, found nothing there")
    return list(dict.fromkeys(found))


def address_of(path: Path, url: str | None = None) -> str | None:
    """Return the address a saved page came from, or None if nothing says.

    In this order: the one given, `<file>.url`, the `url` for its stem in an `index.json` beside it or one
    folder up, what the page declares.
    """
    if url:
        if not _http(url):
            raise ArchiveError(f"expected an http or https address with --url, found {url!r}")
        return url
    note = path.with_name(path.name + ".url")
    if note.is_file():
        with note.open("rb") as file:
            lines = file.read(_LONGEST_NOTE).decode("utf-8", "replace").split()
        return _http(lines[0] if lines else None)
    for folder in (path.parent, path.parent.parent):
        for item in _index(folder / "index.json"):
            if path.stem in (item.get("slug"), item.get("file"), item.get("name")) or path.name in (item.get("file"), item.get("name")):
                found = _http(item.get("url"))
                if found:
                    return found
    return _declared(path)


def _index(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        return
    try:
        listed = json.loads(path.read_text(errors="replace")) if path.stat().st_size <= LARGEST else None
    except (OSError, ValueError, RecursionError):
        return
    if isinstance(listed, dict):
        listed = [{"slug": stem, **(item if isinstance(item, dict) else {"url": item})} for stem, item in listed.items()]
    if isinstance(listed, list):
        yield from (item for item in listed if isinstance(item, dict))


def _declared(path: Path) -> str | None:
    try:
        page = Page(url="http://unknown.invalid/", body=path.read_bytes())
        if page.format == "html":
            return _http(page.css("link[rel=canonical]::attr(href)").get() or page.meta("og:url"))
        if page.format == "json" and isinstance(page.json, dict):
            return next((found for key in ("webURL", "canonicalUrl", "url", "canonical_url") if (found := _http(page.json.get(key)))), None)
    except (ArchiveError, OSError):
        return None
    return None


def _http(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        parts = urlsplit(value.strip())
        _ = parts.port
    except ValueError:
        return None
    return value.strip() if parts.scheme in ("http", "https") and parts.hostname else None


def import_files(paths: list[Path], recorder: Recorder, *, url: str | None = None) -> Iterator[Polled | Skipped]:
    """Record each file at the time it was last modified, oldest first, and yield what became of it."""
    for path in sorted(paths, key=lambda p: (p.stat().st_mtime, str(p))):
        if not path.is_file():
            yield Skipped(path=path, reason=f"{path}: expected a file")
            continue
        size = path.stat().st_size
        if size > LARGEST:
            yield Skipped(path=path, reason=f"{path}: expected at most {LARGEST // 1024**2} MiB, found {size:,} bytes")
            continue
        address = address_of(path, url)
        if address is None:
            yield Skipped(path=path, reason=f"{path}: no address known; give one with --url, a {path.name}.url file or an index.json")
            continue
        try:
            body = path.read_bytes()
        except OSError as error:
            yield Skipped(path=path, reason=f"{path}: could not be read ({error.strerror})")
            continue
        clock = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        yield recorder.receive(Capture(url=address, body=body, fetched_at=clock, status=SAVED))
