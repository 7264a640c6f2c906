"""HTTP responses as WARC records hold them: the head taken apart, the body unpacked up to a limit."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import brotli
import zstandard

from archive.errors import ArchiveError

ORIGINAL = "X-Archive-Orig-"  # what web archives put before a header that no longer fits the body as they keep it
# Headers that speak of the body on its way; kept bodies are unpacked.
OF_THE_WAY = ("content-encoding", "content-length", "transfer-encoding")
_LARGEST_HEAD = 256 * 1024
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?![^\s])")
_CHUNK = re.compile(rb"[ \t]*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")
_PIECE = 1024 * 1024
_SLICE = 256
_MOST_CODINGS = 3
_MOST_MEMBERS = 1000
_LARGEST_WINDOW = 1 << 23  # 8 MiB, what RFC 9659 allows on the web


class TooLargeError(ArchiveError):
    """A body is larger than a response may be."""


class CutShortError(ArchiveError):
    """A body ends before its packing says it does."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """A response as it came: `headers` by name as written, a repeated one joined; `payload` as on its way, maybe packed."""

    status: int
    headers: Mapping[str, str]
    payload: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name), "")


def read_message(block: bytes) -> Message:
    """Return the response a record's block holds. Raises ArchiveError if it is none."""
    end = re.compile(rb"\r?\n\r?\n").search(block, 0, _LARGEST_HEAD)
    head, payload = (block[: end.start()], block[end.end() :]) if end else (block[:_LARGEST_HEAD], b"")
    status = _STATUS.match(head)
    if status is None or (end is None and len(block) > _LARGEST_HEAD):
        raise ArchiveError(f"expected an HTTP response such as 'HTTP/1.1 200 OK', found {block[:40]!r}")
    return Message(status=int(status[1]), headers=_headers(head), payload=payload)


def _headers(head: bytes) -> dict[str, str]:
    names: dict[str, str] = {}
    headers: dict[str, str] = {}
    for line in re.sub(rb"\r?\n[ \t]+", b" ", head).split(b"\n")[1:]:
        name, colon, value = line.decode("latin-1").partition(":")
        name, value = name.strip(), value.strip()
        # A cookie is somebody's; a crawl keeps none either.
        if not colon or not name or name.lower() == "set-cookie":
            continue
        name = names.setdefault(name.lower(), name)
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def received_headers(message: Message) -> dict[str, str]:
    """Return the headers as they were received, where a web archive put others in their place for the body as it keeps it."""
    moved = {name[len(ORIGINAL) :].lower() for name in message.headers if _is_moved(name)}
    kept = {name: value for name, value in message.headers.items() if name.lower() not in moved}
    return {name[len(ORIGINAL) :] if _is_moved(name) else name: value for name, value in kept.items()}


def _is_moved(name: str) -> bool:
    return name.lower().startswith(ORIGINAL.lower()) and name[len(ORIGINAL) :].lower() in OF_THE_WAY


def read_body(message: Message, *, largest: int) -> bytes:
    """Return the body unpacked. A header that names a packing the body has not is not believed: recorders unpack and leave it.

    Raises TooLargeError, without unpacking more than `largest` bytes; CutShortError if the body ends early; ArchiveError if
    it is damaged or packed in a way we can't read.
    """
    transfer = _codings(message.header("transfer-encoding"))
    body = _unchunked(message.payload) if "chunked" in transfer else message.payload
    packed = [coding for coding in (*_codings(message.header("content-encoding")), *transfer) if coding not in ("chunked", "identity")]
    if len(packed) > _MOST_CODINGS:
        raise ArchiveError(f"expected a body packed at most {_MOST_CODINGS} times, found {len(packed)}")
    for coding in reversed(packed):
        body = _unpacked(body, coding, largest)
    if len(body) > largest:
        raise TooLargeError(f"expected at most {largest // 1024**2} MiB, found {len(body):,} bytes")
    return body


def _codings(value: str) -> tuple[str, ...]:
    return tuple(coding for part in value.split(",") if (coding := part.strip().lower().removeprefix("x-")))


def _unchunked(payload: bytes) -> bytes:
    found = _CHUNK.match(payload)
    if found is None:
        return payload
    body = bytearray()
    while found:
        size = int(found[1], 16)
        if size == 0:
            return bytes(body)
        start, end = found.end(), found.end() + size
        if end > len(payload):
            raise CutShortError(f"expected a chunk of {size:,} bytes, found {len(payload) - start:,}")
        body += payload[start:end]
        end += 2 if payload.startswith(b"\r\n", end) else 1
        found = _CHUNK.match(payload, end)
    raise CutShortError(f"expected a last, empty chunk, found none after {len(body):,} bytes")


def _unpacked(body: bytes, coding: str, largest: int) -> bytes:
    if not body:
        return body
    if coding == "gzip":
        return _gunzipped(body, largest) if body.startswith(b"\x1f\x8b") else body
    if coding == "zstd":
        return _unzstd(body, largest) if body.startswith(b"\x28\xb5\x2f\xfd") else body
    if coding == "deflate":
        # The standard says zlib's wrapping; some servers send the bare stream.
        return _first_that_reads(body, largest, lambda: zlib.decompressobj(), lambda: zlib.decompressobj(-zlib.MAX_WBITS))
    if coding == "br":
        return _unbrotli(body, largest)
    if _looks_plain(body):
        return body
    raise ArchiveError(f"expected a body packed as gzip, deflate, br or zstd, found {coding[:40]!r}")


def _looks_plain(body: bytes) -> bool:
    """Whether a body is markup or JSON as it stands."""
    return body[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"<", b"{", b"[")


def _gunzipped(body: bytes, largest: int) -> bytes:
    out = b""
    for _ in range(_MOST_MEMBERS):  # several members make one body
        inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
        out += _inflated(inflater, body, largest, before=len(out))
        body = inflater.unused_data
        if not body.startswith(b"\x1f\x8b"):
            return out
    raise ArchiveError(f"expected a body of at most {_MOST_MEMBERS:,} gzip members, found more")


def _inflated(inflater: zlib._Decompress, body: bytes, largest: int, *, before: int = 0) -> bytes:
    try:
        out = inflater.decompress(body, largest - before + 1)
    except zlib.error as error:
        raise ArchiveError(f"its compression is damaged ({error})") from error
    if before + len(out) > largest:
        raise _too_large(largest)
    if not inflater.eof:
        raise CutShortError(f"its compression ends early, after {len(out):,} bytes")
    return out


def _first_that_reads(body: bytes, largest: int, *makers: Callable[[], zlib._Decompress]) -> bytes:
    failed: ArchiveError | None = None
    for make in makers:
        try:
            return _inflated(make(), body, largest)
        except (TooLargeError, CutShortError):
            raise
        except ArchiveError as error:
            failed = failed or error
    if _looks_plain(body) or failed is None:
        return body
    raise failed


def _unbrotli(body: bytes, largest: int) -> bytes:
    decompressor = brotli.Decompressor()
    out = bytearray()
    try:
        out += decompressor.process(body, output_buffer_limit=_PIECE)
        while not decompressor.is_finished() and len(out) <= largest:
            more = decompressor.process(b"", output_buffer_limit=_PIECE)
            if not more:
                raise CutShortError(f"its compression ends early, after {len(out):,} bytes")
            out += more
    except brotli.error as error:
        if not out and _looks_plain(body):
            return body
        raise ArchiveError(f"its compression is damaged ({error})") from error
    if len(out) > largest:
        raise _too_large(largest)
    return bytes(out)


def _unzstd(body: bytes, largest: int) -> bytes:
    decompressor = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
    out = bytearray()
    frame = decompressor.decompressobj()
    try:
        # A slice at a time: a block of four bytes may stand for 128 KiB.
        for start in range(0, len(body), _SLICE):
            data = body[start : start + _SLICE]
            while data:
                out += frame.decompress(data)
                data = frame.unused_data
                if data:
                    frame = decompressor.decompressobj()
            if len(out) > largest:
                raise _too_large(largest)
    except zstandard.ZstdError as error:
        raise ArchiveError(f"its compression is damaged ({error})") from error
    if not frame.eof:
        raise CutShortError(f"its compression ends early, after {len(out):,} bytes")
    return bytes(out)


def _too_large(largest: int) -> TooLargeError:
    return TooLargeError(f"expected at most {largest // 1024**2} MiB after inflation, found more")
