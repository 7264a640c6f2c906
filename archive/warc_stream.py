"""The bytes of a WARC file, inflated piece by piece: plain, gzip (a member a record, or one around the whole file), zstd."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import zstandard

_PIECE = 64 * 1024
_GZIP = b"\x1f\x8b\x08"
_ZSTD = b"\x28\xb5\x2f\xfd"
# A .warc.zst may begin with a skippable frame that holds the dictionary of all others.
_ZSTD_DICTIONARY = 0x184D2A5D
_LARGEST_DICTIONARY = 16 * 1024 * 1024
_LARGEST_WINDOW = 1 << 27  # 128 MiB, what the zstd command takes without being told
_OPENING = b"WARC/"
_MOST_GAPS = 1000


@dataclass(frozen=True)
class Gap:
    """A place where bytes are missing or damaged, and why. What follows does not go on from what came before."""

    message: str


class Opening:
    """A compressed member that opens with a record ends here and the next begins: no record reaches across."""


OPENING = Opening()
Piece = bytes | Gap | Opening


def pieces(file: BinaryIO) -> Iterator[Piece]:
    """Yield a file's bytes as they are meant, at most 64 KiB at a time, with what happened between them.

    A damaged gzip member is a gap; reading goes on with the next one.
    """
    start = file.read(4)
    file.seek(0)
    if start.startswith(_GZIP[:2]):
        yield from _openings(_gzip(file))
    elif start == _ZSTD or start == struct.pack("<I", _ZSTD_DICTIONARY):
        yield from _zstd(file)
    else:
        while data := file.read(_PIECE):
            yield data


def _openings(members: Iterator[Piece]) -> Iterator[Piece]:
    """Keep the start of a member only where the member opens with a record: a file may also be cut into members anywhere."""
    held: bytes | None = None  # the first bytes of a member, while too few to tell
    for piece in members:
        if isinstance(piece, bytes) and held is None:
            yield piece
        elif isinstance(piece, bytes):
            held = (held or b"") + piece
            if len(held) >= len(_OPENING):
                if held.startswith(_OPENING):
                    yield OPENING
                yield held
                held = None
        else:
            if held:
                yield held
            held = b"" if isinstance(piece, Opening) else None
            if isinstance(piece, Gap):
                yield piece
    if held:
        yield held


def _gzip(file: BinaryIO) -> Iterator[Piece]:
    raw = b""
    gaps = 0
    while True:
        raw = (raw or file.read(_PIECE)).lstrip(b"\0")  # tapes and block devices pad with zeros
        if not raw:
            if file.read(1):
                file.seek(-1, 1)
                continue
            return
        if len(raw) < len(_GZIP):
            raw += file.read(_PIECE)
        if not raw.startswith(_GZIP):
            gaps += 1
            yield Gap(f"expected a gzip member, found {raw[:20]!r}")
            raw = _next_member(raw, file)
        else:
            yield OPENING
            inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
            while not inflater.eof:
                raw = raw or file.read(_PIECE)
                is_last = not raw
                try:
                    data = inflater.decompress(raw, _PIECE)
                except zlib.error as error:
                    gaps += 1
                    yield Gap(f"a gzip member is damaged ({error})")
                    raw = _next_member(raw[1:], file)
                    break
                raw = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
                if data:
                    yield data
                elif is_last and not inflater.eof:
                    yield Gap("the file ends in the middle of a gzip member")
                    return
        if gaps >= _MOST_GAPS:
            yield Gap(f"{_MOST_GAPS:,} places were damaged; the rest was not read")
            return


def _next_member(raw: bytes, file: BinaryIO) -> bytes:
    """The bytes from the next start of a member on, empty if there is none."""
    while (at := raw.find(_GZIP)) < 0:
        more = file.read(_PIECE)
        if not more:
            return b""
        raw = raw[-len(_GZIP) + 1 :] + more
    return raw[at:]


def _zstd(file: BinaryIO) -> Iterator[Piece]:
    try:
        decompressor = zstandard.ZstdDecompressor(dict_data=_dictionary(file), max_window_size=_LARGEST_WINDOW)
        with decompressor.stream_reader(file, read_across_frames=True, closefd=False) as reader:
            while data := reader.read(_PIECE):
                yield data
    except zstandard.ZstdError as error:
        yield Gap(f"its zstd compression is damaged ({error})")


def _dictionary(file: BinaryIO) -> zstandard.ZstdCompressionDict | None:
    """The dictionary a file brings along, read past; None if there is none. Raises ZstdError if it cannot be read."""
    magic, size = struct.unpack("<II", file.read(8).ljust(8, b"\0"))
    if magic != _ZSTD_DICTIONARY:
        file.seek(0)
        return None
    if size > _LARGEST_DICTIONARY:
        raise zstandard.ZstdError(f"expected a dictionary of at most {_LARGEST_DICTIONARY:,} bytes, found {size:,}")
    data = file.read(size)
    if data.startswith(_ZSTD):
        with zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).stream_reader(data) as reader:
            data = reader.read(_LARGEST_DICTIONARY)
    return zstandard.ZstdCompressionDict(data)
