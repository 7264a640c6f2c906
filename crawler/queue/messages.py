"""What goes through Redis: polls to make and what came of them. A version, JSON, and a page with what was read of it packed by zstd."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import zstandard

from archive.captures import body_digest
from archive.errors import ArchiveError
from archive.model import Capture
from archive.store import Read
from crawler.queue.values import extraction_as_lines, extraction_from_lines

VERSION = b"2"
_LEVEL = 1
_LARGEST = 256 * 1024 * 1024  # bytes unpacked; a page may have 16 MiB, what was read of it is not much longer
# All that a message of another program, or of another version, may do to the code that reads it.
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, zstandard.ZstdError)

Fields = dict[bytes, bytes]


class MessageError(ArchiveError):
    """A message that this version cannot read."""


@dataclass(frozen=True, kw_only=True)
class Poll:
    """One poll to make. `name` is its own; `digest` is of the page's last capture: the same bytes need not be read again.

    `is_front`: a section front, feed or sitemap, which is asked and not read as a live page.
    """

    name: str
    url: str
    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None
    is_front: bool = False


@dataclass(frozen=True, kw_only=True)
class Found:
    """What came of one poll: an answer, with what was read from it unless that is left to the recorder, or no answer.

    `url` is the address asked for, `at` when, to the second. Without a capture `outcome` and `message` say why.
    """

    poll: str
    url: str
    at: datetime
    is_front: bool = False
    capture: Capture | None = None
    milliseconds: int | None = None
    read: Read | None = None
    outcome: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What came of a poll, as far as it can be told at no great cost: `found` has the answer, and `whole` what was read from it, too."""

    found: Found
    reading: Mapping[str, Any] | None
    extraction: bytes

    def whole(self) -> Found:
        """Raises MessageError."""
        if self.reading is None or self.found.capture is None:
            return self.found
        try:
            extraction = extraction_from_lines(self.extraction) if self.extraction else None
            read = Read(capture=self.found.capture, extraction=extraction, **self.reading)
        except _UNREADABLE as error:
            what = f"a reading of {self.found.url} of another shape ({type(error).__name__}: {error})"
            raise MessageError(f"expected what came of a poll, found {what}") from error
        return replace(self.found, read=read)


def pack_poll(poll: Poll) -> dict[str, bytes]:
    values = {name: value for name, value in vars(poll).items() if value is not None and value is not False}
    return {"v": VERSION, "poll": json.dumps(values).encode()}


def unpack_poll(fields: Mapping[bytes, bytes]) -> Poll:
    """Raises MessageError."""
    _check_version(fields)
    try:
        return Poll(**json.loads(fields[b"poll"]))
    except _UNREADABLE as error:
        raise MessageError(f"expected a poll to make, found {_what(fields)} ({type(error).__name__}: {error})") from error


def pack_found(found: Found) -> dict[str, bytes]:
    values: dict[str, Any] = {"poll": found.poll, "url": found.url, "at": found.at.isoformat()}
    if found.is_front:
        values["is_front"] = True
    if found.read is not None:
        values["read"] = {"digest": found.read.digest, "outcome": found.read.outcome, "message": found.read.message}
    if found.capture is None:
        values |= {"outcome": found.outcome, "message": found.message}
        return {"v": VERSION, "found": json.dumps(values).encode()}
    capture = found.capture
    values |= {"final_url": capture.final_url, "status": capture.status, "headers": dict(capture.headers), "ms": found.milliseconds}
    values["size"] = len(capture.body)
    page = capture.body
    if found.read is not None and found.read.extraction is not None:
        # Behind its page: packed in one piece, the words of both take the room of one.
        page += extraction_as_lines(found.read.extraction)
    return {"v": VERSION, "found": json.dumps(values).encode(), "page": _pack(page)}


def unpack_found(fields: Mapping[bytes, bytes]) -> Found:
    """Raises MessageError."""
    return open_found(fields).whole()


def open_found(fields: Mapping[bytes, bytes]) -> Opened:
    """What came of a poll, its page unpacked and what was read from it not yet. Raises MessageError."""
    _check_version(fields)
    try:
        values = json.loads(fields[b"found"])
        at = datetime.fromisoformat(values["at"])
        common = {"poll": values["poll"], "url": values["url"], "at": at, "is_front": values.get("is_front", False)}
        if at.tzinfo is None or not all(isinstance(common[name], str) for name in ("poll", "url")):
            raise ValueError("a poll without an address or a time in a zone")
        if b"page" not in fields:
            return Opened(found=Found(**common, outcome=values["outcome"], message=values["message"]), reading=None, extraction=b"")
        page, size = _unpack(fields[b"page"]), values["size"]
        if not 0 <= size <= len(page):
            raise ValueError(f"a page of {size} bytes in {len(page)}")
        capture = Capture(
            url=values["url"],
            final_url=values["final_url"],
            body=page[:size],
            fetched_at=at,
            status=values["status"],
            headers=values["headers"],
        )
        reading = values.get("read")
        if reading is not None and body_digest(capture.body) != reading["digest"]:
            raise ValueError("another body than the one that was read")
        return Opened(found=Found(**common, capture=capture, milliseconds=values["ms"]), reading=reading, extraction=page[size:])
    except _UNREADABLE as error:
        raise MessageError(f"expected what came of a poll, found {_what(fields)} ({type(error).__name__}: {error})") from error


def named(fields: Mapping[bytes, bytes]) -> tuple[str | None, str | None]:
    """A message's poll and address, as far as they can be told, whatever its version."""
    for name, key in ((b"poll", "name"), (b"found", "poll")):
        try:
            values = json.loads(fields[name])
            return str(values[key]), str(values["url"])
        except _UNREADABLE:
            continue
    return None, None


def _check_version(fields: Mapping[bytes, bytes]) -> None:
    if fields.get(b"v") != VERSION:
        raise MessageError(f"expected a message of version {VERSION.decode()}, found {_what(fields)}; are all machines up to date?")


def _what(fields: Mapping[bytes, bytes]) -> str:
    version = fields.get(b"v")
    if version not in (None, VERSION):
        return f"version {version.decode('utf-8', 'replace')[:40]!r}"
    names = ", ".join(sorted(name.decode("utf-8", "replace")[:40] for name in list(fields)[:10]))
    return f"one with the fields {names}" if names else "one without fields"


def _pack(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_LEVEL).compress(data)


def _unpack(data: bytes) -> bytes:
    size = zstandard.frame_content_size(data)
    if not 0 <= size <= _LARGEST:
        raise ValueError(f"{size} bytes packed into {len(data)}")
    return zstandard.ZstdDecompressor().decompress(data) if size else b""
