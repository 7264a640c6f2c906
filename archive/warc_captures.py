"""What a WARC file holds for an archive: responses and saved files as captures, revisits as sightings of them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO
from urllib.parse import urlsplit

from archive.errors import ArchiveError
from archive.model import SAVED, Capture
from archive.warc_http import Message, TooLargeError, read_body, read_message, received_headers
from archive.warc_records import REQUESTED, Broken, WarcRecord, read_records
from archive.warc_types import may_hold_updates

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?Z)?)?)?")
_OLD_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")  # 20130226104500, from tools that copy an ARC's
_FIRST_YEAR = 1990  # there was no web before
_HASHES = ("sha1", "sha256", "sha512", "md5")


@dataclass(frozen=True, kw_only=True)
class Received:
    """A capture from a WARC, with the names revisits call its body by. `note` says what is to be known of it, if anything.

    `digests` are of the payload as it stands in the WARC and of the body.
    """

    capture: Capture
    record_id: str | None
    digests: tuple[str, ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class Revisit:
    """A sighting of a page whose body another record has. What the record does not say is None.

    `url` and `final_url` are a Capture's. `refers_to` is a record's name, `refers_url` and `refers_at` the address and
    time of the other record, `digest` its payload's, as `normal_digest` writes it. `is_unmodified`: the server said that the
    page is as it was, and sent nothing.
    """

    url: str
    final_url: str | None
    fetched_at: datetime
    status: int | None
    headers: Mapping[str, str]
    refers_to: str | None
    refers_url: str | None
    refers_at: datetime | None
    digest: str | None
    is_unmodified: bool = False

    @property
    def address(self) -> str:
        return self.final_url or self.url


class OtherRecord:
    """A record of something that holds no updates: a picture, a redirect, a request."""


OTHER = OtherRecord()
Found = Received | Revisit | OtherRecord | Broken


def read_warc(file: BinaryIO, *, largest: int) -> Iterator[Found]:
    """Yield what each record of a WARC is, in file order; a Broken says what could not be read, and why.

    `largest` is what a body may have in bytes once it is unpacked.
    """
    for record in read_records(file):
        if isinstance(record, Broken):
            yield record
            continue
        try:
            yield _found(record, largest)
        except ArchiveError as error:
            yield Broken(f"record {record.number}{_of(record)}: {error}")


def _of(record: WarcRecord) -> str:
    address = _address(record, "warc-target-uri")
    return f" ({address[:200]})" if address else ""


def _found(record: WarcRecord, largest: int) -> Found:
    if record.kind not in ("response", "resource", "revisit"):
        return OTHER
    address = _address(record, "warc-target-uri")
    if address is None:
        return OTHER  # dns:, metadata:, urn:
    if record.fields.get("warc-segment-number", "1") != "1" or "warc-segment-total-length" in record.fields:
        raise ArchiveError("expected a whole record, found a segment of one")
    if record.kind == "resource":
        return _resource(record, address, largest)
    if record.kind == "revisit":
        return _revisit(record, address)
    return _response(record, address, largest)


def _response(record: WarcRecord, address: str, largest: int) -> Found:
    message = read_message(record.block)
    is_page = 200 <= message.status < 300 and message.status != 206
    if not (is_page or message.status >= 400) or (is_page and not message.payload):
        return OTHER  # a redirect, part of a page, the answer to a HEAD
    if not may_hold_updates(address, message.header("content-type"), message.payload, status=message.status) and _is_what_it_says(message):
        return OTHER
    _refuse_too_large(record, largest)
    body = read_body(message, largest=largest)
    if not may_hold_updates(address, message.header("content-type"), body, status=message.status):
        return OTHER
    return _received(record, address, body, message.payload, status=message.status, headers=received_headers(message))


def _is_what_it_says(message: Message) -> bool:
    """Whether the payload's first bytes are the body's: packed ones tell nothing about a body without a type."""
    return bool(message.header("content-type")) or not (message.header("content-encoding") or message.header("transfer-encoding"))


def _resource(record: WarcRecord, address: str, largest: int) -> Found:
    content_type = record.fields.get("content-type", "")
    if not record.block or not may_hold_updates(address, content_type, record.block):
        return OTHER
    _refuse_too_large(record, largest)
    # The type alone is told from the bytes again; a charset is not.
    headers = {"Content-Type": content_type} if "charset" in content_type.lower() else {}
    return _received(record, address, record.block, record.block, status=SAVED, headers=headers)


def _refuse_too_large(record: WarcRecord, largest: int) -> None:
    if not record.is_whole or (record.kind == "resource" and record.length > largest):
        raise TooLargeError(f"expected at most {largest // 1024**2} MiB, found {record.length:,} bytes")


def _received(record: WarcRecord, address: str, body: bytes, payload: bytes, *, status: int, headers: Mapping[str, str]) -> Received:
    url = _address(record, REQUESTED.lower()) or address
    stated = normal_digest(record.fields.get("warc-payload-digest", ""))
    cut = record.fields.get("warc-truncated")
    algorithms = {"sha1", *([stated.partition(":")[0]] if stated else [])}
    return Received(
        capture=Capture(
            url=url,
            final_url=address if address != url else None,
            body=body,
            fetched_at=_date(record.fields.get("warc-date", "")),
            status=status,
            headers=headers,
        ),
        record_id=record.fields.get("warc-record-id"),
        # Computed, not taken from the record: a false digest would put this body under another page's revisits.
        digests=tuple(sorted({_digest(name, data) for name in algorithms for data in {payload, body}})),
        note=f"record {record.number} ({address[:200]}): cut short by the crawler that made the WARC ({cut[:40]!r})" if cut else "",
    )


def _revisit(record: WarcRecord, address: str) -> Found:
    message = read_message(record.block) if record.block.startswith(b"HTTP/") else None
    status = message.status if message else None
    if status is not None and status < 400 and not (200 <= status < 300 or status == 304):
        return OTHER
    url = _address(record, REQUESTED.lower()) or address
    refers_at = record.fields.get("warc-refers-to-date")
    return Revisit(
        url=url,
        final_url=address if address != url else None,
        fetched_at=_date(record.fields.get("warc-date", "")),
        status=None if status == 304 else status,
        headers=received_headers(message) if message and status != 304 else {},
        refers_to=record.fields.get("warc-refers-to"),
        refers_url=_address(record, "warc-refers-to-target-uri"),
        refers_at=_date(refers_at) if refers_at else None,
        digest=normal_digest(record.fields.get("warc-payload-digest", "")),
        is_unmodified="server-not-modified" in record.fields.get("warc-profile", ""),
    )


def _address(record: WarcRecord, field: str) -> str | None:
    """The http or https address a field states; None if it states none."""
    value = record.fields.get(field, "").removeprefix("<").removesuffix(">").strip().replace(" ", "%20")
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and parts.hostname and value.isprintable() else None


def _date(text: str) -> datetime:
    """Return a WARC-Date as UTC to the second; a coarser one is the start of its unit."""
    found = _DATE.fullmatch(text.strip()) or _OLD_DATE.fullmatch(text.strip())
    if found:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        try:
            if year >= _FIRST_YEAR:
                return datetime(year, month or 1, day or 1, hour, minute, min(second, 59), tzinfo=UTC)
        except ValueError:
            pass
    raise ArchiveError(f"expected a date such as 2013-02-26T10:45:00Z, found {text[:40]!r}")


def normal_digest(stated: str) -> str | None:
    """Return a digest as `sha256:` and hex digits, whether it is stated in hex or base 32; None if it is neither.

    >>> normal_digest("sha1:LDBSWVH6XUXWBGABDIPTPKRVR5XCUCH4")
    'sha1:58c32b54febd2f6098011a1f37aa358f6e2a08fc'
    """
    algorithm, _, value = stated.strip().partition(":")
    algorithm = algorithm.lower().replace("-", "")
    if algorithm not in _HASHES:
        return None
    size = hashlib.new(algorithm, usedforsecurity=False).digest_size
    try:
        raw = bytes.fromhex(value) if len(value) == 2 * size else base64.b32decode(value.upper() + "=" * (-len(value) % 8))
    except ValueError:
        return None
    return f"{algorithm}:{raw.hex()}" if len(raw) == size else None


def _digest(algorithm: str, data: bytes) -> str:
    return f"{algorithm}:{hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()}"
