"""The records of a WARC file that nobody vouches for: memory has a limit, a break is one sentence, and on goes the next record.

warcio reads good files well. Of others it takes a line of any length into memory, stops at the first byte that is out of
place, and refuses a file that was compressed as a whole, so this is a reader of our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from archive.warc_stream import Gap, Opening, Piece, pieces

# The address that was asked for, where redirects led elsewhere. No field of the standard holds it.
REQUESTED = "X-Stoppress-Requested-URI"
LARGEST_BLOCK = 17 * 1024 * 1024  # a body of 16 MiB, its headers, and what chunks cost
_LARGEST_HEAD = 64 * 1024
_VERSION = re.compile(rb"WARC/\d\.\d{1,2}\s*\Z")
_OPENING = b"WARC/"
_MOST_BREAKS = 1000


@dataclass(frozen=True, kw_only=True)
class WarcRecord:
    """One record: its fields by lower-case name, and its block, cut at LARGEST_BLOCK. `number` counts a file's records from 1."""

    number: int
    fields: Mapping[str, str]
    block: bytes
    length: int

    @property
    def kind(self) -> str:
        """`response`, `revisit`, `resource`, `request`, ..."""
        return self.fields.get("warc-type", "").lower()

    @property
    def is_whole(self) -> bool:
        return len(self.block) == self.length


@dataclass(frozen=True)
class Broken:
    """A place in a file that could not be read, and why."""

    message: str


def read_records(file: BinaryIO) -> Iterator[WarcRecord | Broken]:
    """Yield every whole record in file order, and a Broken for each place where there is none.

    A record whose length is wrong is Broken; reading goes on at the next line that opens a record, and in a file
    with a gzip member a record at the next member. After 1,000 breaks the rest is left.
    """
    source = _Source(pieces(file))
    number = breaks = 0
    while source.next_record():
        found = _gap(source) or _record(source, number + 1)
        if isinstance(found, WarcRecord):
            number += 1
        else:
            breaks += 1
            if breaks == 1 and number == 0 and source.at_end:
                found = Broken(f"expected a WARC, found none: {found.message}")
        yield found
        if breaks >= _MOST_BREAKS:
            yield Broken(f"{_MOST_BREAKS:,} places could not be read; the rest was left")
            return


def _gap(source: _Source) -> Broken | None:
    gap = source.take_gap()
    return Broken(gap.message) if gap else None


def _record(source: _Source, number: int) -> WarcRecord | Broken:
    """The record that opens here. What is Broken is read past."""
    start = source.peek(60)
    if not start.startswith(_OPENING):
        source.seek_record()
        if start.startswith(b"filedesc://"):
            return Broken("expected WARC/1.0 or WARC/1.1, found an ARC, the format before; `warcio recompress` makes it a WARC")
        return Broken(f"expected WARC/1.0 or WARC/1.1 where record {number} opens, found {start[:40]!r}")
    head = source.head()
    if isinstance(head, Broken):
        source.seek_record()
        return Broken(f"record {number}: {head.message}")
    fields = _fields(head)
    stated = fields.get("content-length", "")
    if not (stated.isascii() and stated.isdigit() and len(stated) <= 15):
        source.seek_record()
        return Broken(f"record {number}: expected a Content-Length in bytes, found {stated[:40]!r}")
    length = int(stated)
    block = source.take(min(length, LARGEST_BLOCK))
    read = len(block) + source.drop(length - len(block))
    if read < length:
        why = source.stopped
        source.take_gap()
        return Broken(f"record {number}: expected {length:,} bytes, found {read:,}: {why}")
    after = source.peek(4).lstrip(b"\r\n")
    if not _OPENING.startswith(after):
        source.seek_record()
        return Broken(f"record {number}: expected its end after {length:,} bytes, found {after!r}: its Content-Length is wrong")
    return WarcRecord(number=number, fields=fields, block=block, length=length)


def _fields(head: bytes) -> dict[str, str]:
    """Named fields by lower-case name; of a repeated one the first."""
    fields: dict[str, str] = {}
    unfolded = re.sub(rb"\r?\n[ \t]+", b" ", head)
    for line in unfolded.splitlines()[1:]:
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), value.strip())
    return fields


class _Source:
    """Pieces as one stream that stops at a gap, at the start of a member that opens with a record, and at the end."""

    def __init__(self, found: Iterator[Piece]) -> None:
        self._pieces = found
        self._buffer = bytearray()
        self._stop: Gap | Opening | None = None
        self.at_end = False

    @property
    def stopped(self) -> str:
        """Why there is no more, in words."""
        if isinstance(self._stop, Gap):
            return self._stop.message
        return "the next record opens there" if self._stop else "the file ends there"

    def next_record(self) -> bool:
        """Go on past a stop and blank lines; False at the end."""
        while True:
            if not self._buffer and isinstance(self._stop, Opening):
                self._stop = None
            start = self.peek(4096)
            blank = len(start) - len(start.lstrip(b"\r\n"))
            if blank:
                self.drop(blank)
            elif start or isinstance(self._stop, Gap):
                return True
            elif self.at_end:
                return False

    def take_gap(self) -> Gap | None:
        """The gap that stands before the next byte, if there is one: gone past."""
        if self._buffer or not isinstance(self._stop, Gap):
            return None
        gap, self._stop = self._stop, None
        return gap

    def peek(self, size: int) -> bytes:
        while len(self._buffer) < size and self._more():
            pass
        with memoryview(self._buffer) as view:
            return bytes(view[:size])

    def take(self, size: int) -> bytes:
        """The next bytes, fewer if a stop comes first."""
        found = self.peek(size)
        del self._buffer[: len(found)]
        return found

    def drop(self, size: int) -> int:
        """Read past bytes and return how many: fewer if a stop comes first."""
        dropped = 0
        while dropped < size and (self._buffer or self._more()):
            now = min(size - dropped, len(self._buffer))
            del self._buffer[:now]
            dropped += now
        return dropped

    def head(self) -> bytes | Broken:
        """The version line and fields, read past with the empty line after them."""
        size = 4096
        while True:
            start = self.peek(size)
            end = re.search(rb"\r?\n\r?\n", start)
            if end:
                break
            if len(start) < size:
                return Broken(f"expected an empty line after its fields, found none: {self.stopped}")
            if size >= _LARGEST_HEAD:
                return Broken(f"expected fields of at most {_LARGEST_HEAD // 1024} KiB, found more")
            size *= 2
        if not _VERSION.match(start.split(b"\n", 1)[0]):
            return Broken(f"expected WARC/1.0 or WARC/1.1, found {start[:40]!r}")
        del self._buffer[: end.end()]
        return start[: end.start()]

    def seek_record(self) -> None:
        """Read past everything up to the next line that opens a record, or the next stop, a gap included."""
        while True:
            start = self.peek(_LARGEST_HEAD)
            at = start.find(b"\n" + _OPENING)
            if at >= 0:
                self.drop(at + 1)
                return
            self.drop(max(len(start) - len(_OPENING), 1) if len(start) == _LARGEST_HEAD else len(start))
            if len(start) < _LARGEST_HEAD:
                self.take_gap()
                return

    def _more(self) -> bool:
        if self._stop is not None or self.at_end:
            return False
        piece = next(self._pieces, None)
        if piece is None:
            self.at_end = True
        elif isinstance(piece, bytes):
            self._buffer += piece
        else:
            self._stop = piece
        return isinstance(piece, bytes)
