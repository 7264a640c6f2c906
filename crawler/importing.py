"""Saved pages and WARCs from disk as if they had been polled: each page is a capture at its own clock."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from archive.errors import AddressError, ArchiveError
from archive.model import SAVED, Capture
from archive.times import to_utc
from archive.warc_captures import Found, OtherRecord, Received, read_warc
from archive.warc_records import Broken
from archive.warc_revisits import Revisits
from crawler.page import Page
from crawler.recorder import Polled, Recorder

SUFFIXES = (".html", ".htm", ".txt", ".json")
WARC_SUFFIXES = (".warc", ".warc.gz", ".warc.zst")
# What other archives are kept in: not read, and said so.
_ARC = "ARC, the format before WARC, is not read; `warcio recompress` makes a WARC of it"
_WACZ = "WACZ, a zip of WARCs, is not read as a whole; unpack it and import the WARCs in its folder archive/"
_ZIP = "a zip is not read; unpack it and import what is in it"
_OTHER_ARCHIVES = {".arc": _ARC, ".arc.gz": _ARC, ".wacz": _WACZ, ".zip": _ZIP}
_BEGINNINGS = {b"filedesc://": _ARC, b"PK\x03\x04": _ZIP}
_LONGEST_NOTE = 4096
LARGEST = 16 * 1024 * 1024
_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A file, or a record of a WARC, that was not imported, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, kw_only=True)
class Note:
    """Something to know about a file that was imported."""

    path: Path
    text: str


@dataclass(frozen=True, kw_only=True)
class Files:
    """What there is to import; `others` are files in folders that are none of it."""

    pages: list[Path]
    others: int = 0


def files_in(paths: Iterable[Path]) -> Files:
    """Return the files to import, folders searched; hidden files, indexes and address notes are no files of their own.

    Raises ArchiveError for a path that is not there.
    """
    found: list[Path] = []
    others: set[Path] = set()
    for path in paths:
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.lower().endswith(".url") and p.name != "index.json")
            for file in files:
                if any(part.startswith(".") for part in file.relative_to(path).parts):
                    continue
                if file.name.lower().endswith((*SUFFIXES, *WARC_SUFFIXES, *_OTHER_ARCHIVES)):
                    found.append(file)
                else:
                    others.add(file)
        elif path.is_file():
            found.append(path)
        else:
            raise ArchiveError(f"expected a saved page, a WARC or a folder at {path}, found nothing there")
    return Files(pages=list(dict.fromkeys(found)), others=len(others - set(found)))


def unread_archive(path: Path) -> str | None:
    """Return why a file that is an archive of another format is not read, by its name or how it begins; None for any other file."""
    named = next((reason for ending, reason in _OTHER_ARCHIVES.items() if path.name.lower().endswith(ending)), None)
    if named or not path.is_file():
        return named
    with path.open("rb") as file:
        beginning = file.read(16)
    return next((reason for start, reason in _BEGINNINGS.items() if beginning.startswith(start)), None)


def is_warc(path: Path) -> bool:
    """Return whether a file is a WARC, by its name or, if it is not packed, by how it begins."""
    if path.name.lower().endswith(WARC_SUFFIXES):
        return True
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(5) == b"WARC/"


def address_of(path: Path, url: str | None = None) -> str | None:
    """Return the address a saved page came from, or None if nothing says.

    In this order: the one given, `<file>.url`, the `url` for its stem in an `index.json` beside it or one
    folder up, what the page declares.
    """
    if url:
        return given(url)
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


def given(url: str) -> str:
    """Return an address given with --url. Raises AddressError if it is none."""
    if not _http(url):
        raise AddressError(f"expected an http or https address with --url, found {url!r}")
    return url


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
    # A line break or half a surrogate pair is in no address, and would be in the way further on.
    return value.strip() if parts.scheme in ("http", "https") and parts.hostname and value.strip().isprintable() else None


class Import:
    """One run of `stoppress import`: first everything is stored as evidence, then it is recorded, oldest first, whatever file it is from.

    A run that is stopped in between loses nothing: the next command that writes records what is stored.
    """

    def __init__(self, files: Sequence[Path], recorder: Recorder, *, url: str | None = None, now: datetime | None = None) -> None:
        self._files = sorted(files, key=lambda path: (path.stat().st_mtime if path.exists() else 0, str(path)))
        self._recorder = recorder
        self._url = url
        self._latest = (now or datetime.now(UTC)) + _CLOCKS_DIFFER
        self._revisits = Revisits(recorder.captures)
        self._stored: set[int] = set()
        self.is_stored = False
        self.counts: Counter[str] = Counter(
            dict.fromkeys(("warcs", "records", "other_records", "revisits", "unknown_revisits", "forgotten"), 0)
        )

    def close(self) -> None:
        self._revisits.close()

    @property
    def captures(self) -> int:
        """How many captures there are to record."""
        return len(self._stored)

    def store(self, progress: Callable[[int], None] = lambda size: None) -> Iterator[Skipped | Note]:
        """Store all files as evidence and yield what was left out. `progress` is told the bytes read, after each step."""
        for path in self._files:
            try:
                if reason := unread_archive(path):
                    yield Skipped(path=path, reason=f"{path}: {reason}")
                elif is_warc(path):
                    yield from self._store_warc(path, progress)
                else:
                    yield from self._store_page(path)
                    progress(path.stat().st_size)
            except OSError as error:
                yield Skipped(path=path, reason=f"{path}: could not be read ({error.strerror or error})")
        unknown: Counter[str] = Counter()
        for sighting in self._revisits.sightings():
            if sighting.capture is None:
                unknown[sighting.source] += 1
            else:
                self._add(sighting.capture)
                self.counts["revisits"] += 1
            progress(0)
        for source, number in unknown.items():
            self.counts["unknown_revisits"] += number
            records = "1 revisit record refers to a page that is" if number == 1 else f"{number:,} revisit records refer to pages that are"
            yield Note(path=Path(source), text=f"{source}: {records} neither in what was imported nor in the archive")
        self.is_stored = True

    def record(self) -> Iterator[Polled]:
        """Record what was stored, oldest first, and yield what became of each capture."""
        new: list[int] = []
        for capture_id in self._recorder.captures.in_order(self._stored):
            known = self._outcome_on_record(capture_id)
            if known:
                yield known
            else:
                new.append(capture_id)
        yield from self._recorder.read_all(new)

    def _outcome_on_record(self, capture_id: int) -> Polled | None:
        """What became of a capture that was recorded before: nothing new comes of it."""
        row = self._recorder.archive.connection.execute("SELECT url, outcome FROM captures WHERE id = ?", (capture_id,)).fetchone()
        if row is None:
            return None
        outcome = "unchanged" if row["outcome"] == "new" else row["outcome"]
        return Polled(url=row["url"], outcome=outcome, message=f"{row['url']}: recorded before as {row['outcome']}")

    def _add(self, capture: Capture) -> int | None:
        """Store one capture and return its id, or None if its page was forgotten for good."""
        stored = self._recorder.store(capture)
        if stored is None or stored.id is None:
            self.counts["forgotten"] += 1
            return None
        self._stored.add(stored.id)
        return stored.id

    def _store_page(self, path: Path) -> Iterator[Skipped]:
        if not path.is_file():
            yield Skipped(path=path, reason=f"{path}: expected a file")
            return
        size = path.stat().st_size
        address = address_of(path, self._url) if size <= LARGEST else None
        if size > LARGEST:
            yield Skipped(path=path, reason=f"{path}: expected at most {LARGEST // 1024**2} MiB, found {size:,} bytes")
        elif address is None:
            yield Skipped(path=path, reason=f"{path}: no address known; give one with --url, a {path.name}.url file or an index.json")
        else:
            clock = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
            self._add(Capture(url=address, body=path.read_bytes(), fetched_at=clock, status=SAVED))

    def _store_warc(self, path: Path, progress: Callable[[int], None]) -> Iterator[Skipped | Note]:
        self.counts["warcs"] += 1
        before = 0
        with path.open("rb") as file:
            for found in read_warc(file, largest=LARGEST):
                problem = self._take(found, path)
                if problem:
                    yield problem
                now = file.tell()
                progress(now - before)
                before = now

    def _take(self, found: Found, path: Path) -> Skipped | Note | None:
        """Store one finding; return what is to be said about it."""
        if isinstance(found, Broken):
            return Skipped(path=path, reason=f"{path}: {found.message}")
        self.counts["records"] += 1
        if isinstance(found, OtherRecord):
            self.counts["other_records"] += 1
            return None
        at = found.capture.fetched_at if isinstance(found, Received) else found.fetched_at
        if at > self._latest:
            # One page from the future would make every later poll of it an old one.
            return Skipped(path=path, reason=f"{path}: expected a date that is past, found {to_utc(at)}")
        if isinstance(found, Received):
            stored = self._add(found.capture)
            if stored is not None:
                self._revisits.add(found, stored)
            return Note(path=path, text=f"{path}: {found.note}") if found.note else None
        self._revisits.hold(found, str(path))
        return None


@contextmanager
def importing(files: Sequence[Path], recorder: Recorder, *, url: str | None = None) -> Iterator[Import]:
    """An import, and the end of its temporary file."""
    made = Import(files, recorder, url=url)
    try:
        yield made
    finally:
        made.close()
