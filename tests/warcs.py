"""WARC files made while the tests run, by two writers that are not ours: warcio and fastwarc."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path

from fastwarc.stream_io import GzipWriter, ZstdWriter
from fastwarc.warc import WarcRecord, WarcRecordType
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.conftest import ROOT

PAGE = (ROOT / "tests" / "pages" / "sample_gazette" / "first.html").read_bytes()
URL = "https://times.example/live/storm"
HTML = {"Content-Type": "text/html; charset=utf-8"}
REVISIT = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


@dataclass(frozen=True, kw_only=True)
class Made:
    """One record to write. `status` 0: a resource; `fields` are added to the WARC's own, None takes one out."""

    body: bytes = PAGE
    url: str = URL
    at: str = "2013-02-26T10:45:00Z"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: HTML)
    kind: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return self.kind or ("response" if self.status else "resource")


def with_warcio(*records: Made, packed: bool = False, version: str = "1.1") -> bytes:
    """A WARC by warcio; `packed`: each record a gzip member."""
    out = BytesIO()
    writer = WARCWriter(out, gzip=packed, warc_version=version)
    writer.write_record(writer.create_warcinfo_record("made.warc", {"software": "the tests"}))
    for made in records:
        http = None
        if made.status:
            http = StatusAndHeaders(f"{made.status} As Told", list(made.headers.items()), protocol="HTTP/1.1")
        content_type = "" if made.status else made.headers.get("Content-Type", "application/octet-stream")
        writer.write_record(
            writer.create_warc_record(
                made.url,
                made.type,
                payload=BytesIO(made.body),
                length=len(made.body),
                http_headers=http,
                warc_content_type=content_type,
                warc_headers_dict={"WARC-Date": made.at, **made.fields},
            )
        )
    return out.getvalue()


def with_fastwarc(*records: Made, packing: str = "") -> bytes:
    """A WARC 1.1 by fastwarc; `packing` is gzip or zstd, a member a record."""
    out = BytesIO()
    writer = {"gzip": GzipWriter, "zstd": ZstdWriter}[packing](out) if packing else None
    for made in records:
        record = WarcRecord()
        record.init_headers(getattr(WarcRecordType, made.type))
        record.headers["WARC-Target-URI"] = made.url
        record.record_date = datetime.fromisoformat(made.at.replace("Z", "+00:00"))
        for name, value in made.fields.items():
            record.headers[name] = value
        if made.status:
            head = [f"HTTP/1.1 {made.status} As Told", *(f"{name}: {value}" for name, value in made.headers.items()), "", ""]
            record.set_bytes_content("\r\n".join(head).encode() + made.body)
            record.is_http = True
        else:
            record.set_bytes_content(made.body)
            record.headers["Content-Type"] = made.headers.get("Content-Type", "application/octet-stream")
        record.write(writer if writer is not None else out, checksum_data=made.type != "revisit")
    if writer is not None:
        writer.finish()
        writer.flush()
    return out.getvalue()


def by_hand(*parts: tuple[Mapping[str, str], bytes]) -> bytes:
    """Records with exactly the fields and blocks given, for what no writer would write."""
    records = []
    for fields, block in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        records.append(f"WARC/1.1\r\n{head}\r\n".encode() + block + b"\r\n\r\n")
    return b"".join(records)


def response(body: bytes = PAGE, *, url: str = URL, length: int | None = None, head: str = "") -> tuple[dict[str, str], bytes]:
    """A response for `by_hand`; `length` is the Content-Length to claim."""
    block = (head or "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n").encode() + body
    fields = {"WARC-Type": "response", "WARC-Target-URI": url, "WARC-Date": "2013-02-26T10:45:00Z"}
    return fields | {"Content-Length": str(len(block) if length is None else length)}, block


def packed_each(*records: bytes) -> bytes:
    return b"".join(gzip.compress(record) for record in records)


def chunked(body: bytes, size: int = 1000) -> bytes:
    chunks: Iterable[bytes] = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def save(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
