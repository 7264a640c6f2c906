"""Captures as a WARC 1.1 file, the format web archives keep what they received in: one record a capture."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import BinaryIO
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.captures import Captures
from archive.model import SAVED
from archive.warc_http import OF_THE_WAY, ORIGINAL
from archive.warc_records import REQUESTED
from archive.warc_types import media_type

_NO_URI = re.compile(r"[\s\x00-\x20\x7f<>]")  # a line break in an address would forge a field
_REVISIT = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


@dataclass(frozen=True, kw_only=True)
class _Row:
    """One capture without its body."""

    url: str
    final_url: str | None
    fetched_at: str
    status: int
    headers: dict[str, str]
    digest: str

    @property
    def address(self) -> str:
        return _uri(self.final_url or self.url)

    @property
    def record_id(self) -> str:
        """A name for the record that is the same in every export."""
        return f"<urn:uuid:{uuid5(NAMESPACE_URL, f'stoppress:{self.fetched_at} {self.digest} {self.url}')}>"


@dataclass(frozen=True, kw_only=True)
class _First:
    """The record that holds a body: its date, its name and the body's length."""

    date: str
    record_id: str
    length: int


class _Headers(StatusAndHeaders):  # type: ignore[misc]
    """HTTP headers written byte for byte as they came; warcio would percent-encode what is not ASCII."""

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        self.headers_buff = self.to_str().encode("latin-1", "replace") + b"\r\n"


def write_warc(
    captures: Captures,
    out: BinaryIO,
    *,
    ids: Iterable[int] | None = None,
    gzip: bool,
    progress: Callable[[], None] = lambda: None,
) -> int:
    """Write captures to a WARC in the order of receipt and return how many there were; `progress` is called after each.

    `ids` are the captures to write, in any order; None: all of them. With `gzip` each record is a gzip member
    of its own, as readers expect of a `.warc.gz`.

    A response is a `response` record, a body seen before at the same address a `revisit` of it, a saved file,
    whose response nobody saw, a `resource`. The same captures give the same bytes.

    Raises ArchiveError if a body is missing or no longer what it was.
    """
    wanted = None if ids is None else set(ids)
    chosen = [capture_id for capture_id in captures.ids() if wanted is None or capture_id in wanted]
    writer = WARCWriter(out, gzip=gzip, warc_version="1.1")
    writer.write_record(_info(writer, _last_date(captures, chosen)))
    first: dict[tuple[str, str], _First] = {}  # by address and digest
    written = 0
    for row in _rows(captures, chosen):
        seen = first.get((row.address, row.digest))
        if row.status == SAVED:
            writer.write_record(_resource(writer, row, captures.body(row.digest)))
        elif seen:
            writer.write_record(_revisit(writer, row, seen))
        else:
            body = captures.body(row.digest)
            first[row.address, row.digest] = _First(date=row.fetched_at, record_id=row.record_id, length=len(body))
            writer.write_record(_record(writer, "response", row.address, body, _fields(row), http=_http(row, len(body))))
        written += 1
        progress()
    return written


def _rows(captures: Captures, ids: Iterable[int]) -> Iterator[_Row]:
    for capture_id in ids:
        row: sqlite3.Row | None = captures.connection.execute("SELECT * FROM captures WHERE id = ?", (capture_id,)).fetchone()
        if row is not None:
            yield _Row(
                url=row["url"],
                final_url=row["final_url"],
                fetched_at=row["fetched_at"],
                status=row["status"],
                headers=json.loads(row["headers"]),
                digest=row["digest"],
            )


def _last_date(captures: Captures, ids: list[int]) -> str:
    last = captures.connection.execute("SELECT fetched_at FROM captures WHERE id = ?", (ids[-1],)).fetchone() if ids else None
    return str(last[0]) if last else "1970-01-01T00:00:00Z"


def _info(writer: WARCWriter, date: str) -> ArcWarcRecord:
    fields = {
        "software": "Stop Press",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    block = "".join(f"{name}: {value}\r\n" for name, value in fields.items()).encode()
    record_id = f"<urn:uuid:{uuid5(NAMESPACE_URL, f'stoppress:warcinfo {date}')}>"
    return _record(writer, "warcinfo", None, block, {"WARC-Date": date, "WARC-Record-ID": record_id})


def _revisit(writer: WARCWriter, row: _Row, first: _First) -> ArcWarcRecord:
    fields = _fields(row) | {
        "WARC-Profile": _REVISIT,
        "WARC-Refers-To": first.record_id,
        "WARC-Refers-To-Target-URI": row.address,
        "WARC-Refers-To-Date": first.date,
    }
    return _record(writer, "revisit", row.address, b"", fields, http=_http(row, first.length))


def _resource(writer: WARCWriter, row: _Row, body: bytes) -> ArcWarcRecord:
    stated = next((_one_line(value) for name, value in row.headers.items() if name.lower() == "content-type"), "")
    return _record(writer, "resource", row.address, body, _fields(row), content_type=stated or media_type(body))


def _fields(row: _Row) -> dict[str, str]:
    """The fields every record of a capture has. The payload's digest is the capture's own."""
    fields = {
        "WARC-Date": row.fetched_at,
        "WARC-Record-ID": row.record_id,
        "WARC-Payload-Digest": row.digest,
    }
    if _uri(row.url) != row.address:
        fields[REQUESTED] = _uri(row.url)
    return fields


def _record(
    writer: WARCWriter,
    kind: str,
    address: str | None,
    body: bytes,
    fields: dict[str, str],
    *,
    http: _Headers | None = None,
    content_type: str = "",
) -> ArcWarcRecord:
    head = b""
    if http:
        http.compute_headers_buffer()
        head = http.headers_buff
    fields = fields | {"WARC-Block-Digest": "sha256:" + _sha256(head, body)}
    return writer.create_warc_record(
        address, kind, payload=BytesIO(body), length=len(body), warc_headers_dict=fields, http_headers=http, warc_content_type=content_type
    )


def _sha256(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _http(row: _Row, length: int) -> _Headers:
    """The status line and headers as received, but for those that do not fit the body as kept."""
    headers: list[tuple[str, str]] = []
    is_stated = False
    for name, value in row.headers.items():
        if name.lower() == "content-length" and value == str(length):
            is_stated = True
        elif name.lower() in OF_THE_WAY:
            name = ORIGINAL + name
        headers.append((_one_line(name), _one_line(value)))
    if not is_stated:
        headers.append(("Content-Length", str(length)))
    return _Headers(f"{row.status} {_reason(row.status)}".strip(), headers, protocol="HTTP/1.1")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _one_line(text: str) -> str:
    return re.sub(r"[\x00\r\n]+", " ", text).strip(" \t")


def _uri(address: str) -> str:
    return _NO_URI.sub(lambda found: quote(found[0]), address)
