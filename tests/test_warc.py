"""WARC files: what we write others can read, what others write we can, and nobody can make us eat what we can't hold."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import brotli
import pytest
import zstandard
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from archive.captures import Captures
from archive.model import SAVED, Capture
from archive.times import from_utc, to_utc
from archive.warc import write_warc
from archive.warc_captures import Found, OtherRecord, Received, Revisit, normal_digest, read_warc
from archive.warc_records import LARGEST_BLOCK, REQUESTED, Broken
from tests.warcs import HTML, PAGE, URL, Made, by_hand, chunked, packed_each, response, save, with_fastwarc, with_warcio

MEGABYTE = 1024 * 1024
LARGEST = 16 * MEGABYTE
PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def read(data: bytes) -> list[Found]:
    return list(read_warc(BytesIO(data), largest=LARGEST))


def bodies(data: bytes) -> list[bytes]:
    return [found.capture.body for found in read(data) if isinstance(found, Received)]


def problems(data: bytes) -> list[str]:
    return [found.message for found in read(data) if isinstance(found, Broken)]


def bare_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


# Writing


def some_captures(captures: Captures) -> None:
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip", "Content-Length": "99", "X-Place": "Orl\xe9ans"}
    for minute, body, fields in (
        (1, b"<p>Noon: rain.", {}),
        (2, b"<p>Noon: rain.", {}),
        (3, b"gone", {"status": 404}),
        (0, b"<p>A saved page.", {"status": SAVED, "headers": {}}),
        (4, b"<p>Noon: rain.", {"final_url": "https://www.times.example/live/storm"}),
        (5, b"<p>One: sun.", {"headers": {"Content-Length": "12"}}),
    ):
        values: dict[str, Any] = {"url": URL, "status": 200, "headers": headers, **fields}  # type: ignore[dict-item]
        captures.add(Capture(body=body, fetched_at=from_utc(f"2013-02-26T10:0{minute}:00Z"), **values))


def written(captures: Captures, *, packed: bool = False, **chosen: Any) -> bytes:
    out = BytesIO()
    write_warc(captures, out, gzip=packed, **chosen)
    return out.getvalue()


def test_each_capture_is_a_record(captures: Captures) -> None:
    some_captures(captures)
    records = [
        (record.rec_type, record.rec_headers["WARC-Date"], record.rec_headers["WARC-Target-URI"], record.rec_headers[REQUESTED])
        for record in ArchiveIterator(BytesIO(written(captures)))
    ]
    assert records == [
        ("warcinfo", "2013-02-26T10:05:00Z", None, None),
        ("resource", "2013-02-26T10:00:00Z", URL, None),
        ("response", "2013-02-26T10:01:00Z", URL, None),
        ("revisit", "2013-02-26T10:02:00Z", URL, None),
        ("response", "2013-02-26T10:03:00Z", URL, None),
        ("response", "2013-02-26T10:04:00Z", "https://www.times.example/live/storm", URL),
        ("response", "2013-02-26T10:05:00Z", URL, None),
    ]


def test_headers_fit_the_body_as_kept(captures: Captures) -> None:
    some_captures(captures)
    first = next(record for record in ArchiveIterator(BytesIO(written(captures))) if record.rec_type == "response")
    assert first.http_headers.statusline == "200 OK"
    assert first.http_headers.headers == [
        ("Content-Type", "text/html; charset=utf-8"),
        ("X-Archive-Orig-Content-Encoding", "gzip"),
        ("X-Archive-Orig-Content-Length", "99"),
        ("X-Place", "Orl\xe9ans"),
        ("Content-Length", "14"),
    ]
    assert first.content_stream().read() == b"<p>Noon: rain."


def test_a_revisit_names_what_it_repeats(captures: Captures) -> None:
    some_captures(captures)
    records = list(ArchiveIterator(BytesIO(written(captures))))
    first, revisit = records[2].rec_headers, records[3].rec_headers
    assert revisit["WARC-Refers-To"] == first["WARC-Record-ID"]
    assert (revisit["WARC-Refers-To-Target-URI"], revisit["WARC-Refers-To-Date"]) == (URL, "2013-02-26T10:01:00Z")
    assert revisit["WARC-Payload-Digest"] == first["WARC-Payload-Digest"]
    assert revisit["WARC-Profile"].endswith("/1.1/revisit/identical-payload-digest")


@pytest.mark.parametrize("packed", [False, True])
def test_what_we_write_passes_the_checks_of_others(captures: Captures, tmp_path: Path, packed: bool) -> None:
    some_captures(captures)
    path = save(tmp_path / "all.warc", written(captures, packed=packed))
    assert Checker(SimpleNamespace(inputs=[str(path)], verbose=False)).process_all() == 0
    records = list(FastIterator(BytesIO(path.read_bytes()), parse_http=False))
    assert len(records) == 7
    assert all(record.verify_block_digest() for record in FastIterator(BytesIO(path.read_bytes()), parse_http=False))
    pages = [
        (page.http_headers.status_code, page.verify_payload_digest())
        for page in FastIterator(BytesIO(path.read_bytes()), record_types=WarcRecordType.response)
    ]
    assert pages == [(200, True), (404, True), (200, True), (200, True)]


def test_some_captures_only(captures: Captures) -> None:
    some_captures(captures)
    told: list[None] = []
    out = BytesIO()
    assert write_warc(captures, out, ids=[2, 1, 99], gzip=False, progress=lambda: told.append(None)) == len(told) == 2
    assert [record.rec_type for record in ArchiveIterator(BytesIO(out.getvalue()))] == ["warcinfo", "response", "revisit"]
    assert write_warc(captures, BytesIO(), ids=[], gzip=True) == 0


def test_what_we_write_we_read_back_and_write_the_same(captures: Captures) -> None:
    some_captures(captures)
    data = written(captures)
    again = Captures(":memory:")
    firsts = {}
    for found in read(data):
        if isinstance(found, Received):
            firsts[found.record_id] = again.add(found.capture)
        elif isinstance(found, Revisit):
            again.add(Capture(url=found.url, body=firsts[found.refers_to].body, fetched_at=found.fetched_at, headers=found.headers))
    for capture_id, their_id in zip(captures.ids(), again.ids(), strict=True):
        ours, theirs = captures.get(capture_id), again.get(their_id)
        assert ours is not None
        assert theirs is not None
        assert (ours.url, ours.final_url, ours.body, ours.status) == (theirs.url, theirs.final_url, theirs.body, theirs.status)
        assert ours.headers == {name: value for name, value in theirs.headers.items() if name in ours.headers}
    assert written(again) == data
    again.close()


def test_an_address_or_header_forges_no_field(captures: Captures) -> None:
    url = "https://times.example/a\r\nWARC-Type: warcinfo\r\n\r\n"
    headers = {"X-A\r\nX-B": "1\r\n\r\n<p>forged"}
    captures.add(Capture(url=url, body=b"<p>", fetched_at=from_utc("2013-02-26T10:00:00Z"), headers=headers))
    found = [item for item in read(written(captures)) if isinstance(item, Received)]
    assert [item.capture.body for item in found] == [b"<p>"]
    assert found[0].capture.url == "https://times.example/a%0D%0AWARC-Type:%20warcinfo%0D%0A%0D%0A"


# Reading what others write

TWO = (Made(), Made(url="https://times.example/live/flood", body=b"<p>Second", at="2013-02-26T10:46:00.250000Z"))


@pytest.mark.parametrize(
    "data",
    [
        with_warcio(*TWO),
        with_warcio(*TWO, version="1.0"),
        with_warcio(*TWO, packed=True),
        gzip.compress(with_warcio(*TWO)),
        b"".join(gzip.compress(with_warcio(*TWO)[start : start + 700]) for start in range(0, len(with_warcio(*TWO)), 700)),
        zstandard.compress(with_warcio(*TWO)),
        with_fastwarc(*TWO),
        with_fastwarc(*TWO, packing="gzip"),
        with_fastwarc(*TWO, packing="zstd"),
        with_warcio(*TWO, packed=True) + b"\0" * 1000,
        with_warcio(*TWO).replace(b"\r\n\r\nWARC", b"\nWARC"),
    ],
    ids=["1.1", "1.0", "a-member-a-record", "one-gzip", "cut-anywhere", "zstd", "fast", "fast-gzip", "fast-zstd", "padded", "sloppy"],
)
def test_every_way_a_warc_is_packed(data: bytes) -> None:
    found = [item for item in read(data) if not isinstance(item, OtherRecord)]
    assert [type(item) for item in found] == [Received, Received]
    captures = [item.capture for item in found if isinstance(item, Received)]
    assert [(capture.url, capture.body) for capture in captures] == [(URL, PAGE), ("https://times.example/live/flood", b"<p>Second")]
    assert [to_utc(capture.fetched_at) for capture in captures] == ["2013-02-26T10:45:00Z", "2013-02-26T10:46:00Z"]
    assert (captures[0].status, captures[0].headers, captures[0].final_url) == (200, HTML, None)


def test_zstd_with_a_dictionary_of_its_own() -> None:
    record = with_warcio(*TWO)
    dictionary = zstandard.ZstdCompressionDict(PAGE, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    # Frames name their dictionary by number; a raw one has none.
    frame = b"\x5d\x2a\x4d\x18" + len(PAGE).to_bytes(4, "little") + PAGE
    packed = zstandard.ZstdCompressor(dict_data=dictionary).compress(record)
    assert bodies(frame + packed) == [PAGE, b"<p>Second"]
    small = zstandard.compress(PAGE)
    assert bodies(b"\x5d\x2a\x4d\x18" + len(small).to_bytes(4, "little") + small + packed) == [PAGE, b"<p>Second"]


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("in_chunks", [False, True])
def test_packed_bodies(packing: str, in_chunks: bool) -> None:
    body = PACKINGS[packing](PAGE)
    headers = HTML | {"Content-Encoding": packing} | ({"Transfer-Encoding": "chunked"} if in_chunks else {})
    assert bodies(with_warcio(Made(body=chunked(body) if in_chunks else body, headers=headers))) == [PAGE]
    transfer = HTML | {"Transfer-Encoding": f"{packing}, chunked"}
    assert bodies(with_warcio(Made(body=chunked(body), headers=transfer))) == [PAGE]


def test_bodies_that_are_not_as_their_headers_say() -> None:
    """Recorders often unpack a body and leave the header as it was."""
    for coding in (*PACKINGS, "x-gzip", "identity", "utf-8", "gzip, br"):
        assert bodies(with_warcio(Made(headers=HTML | {"Content-Encoding": coding}))) == [PAGE], coding
    assert bodies(with_warcio(Made(headers=HTML | {"Transfer-Encoding": "chunked"}))) == [PAGE]
    assert bodies(with_warcio(Made(headers=HTML | {"Content-Length": "7"}))) == [PAGE]
    assert bodies(with_warcio(Made(body=bare_deflate(PAGE), headers=HTML | {"Content-Encoding": "deflate"}))) == [PAGE]
    assert bodies(with_warcio(Made(body=gzip.compress(PAGE[:99]) + gzip.compress(PAGE[99:]), headers={"Content-Encoding": "gzip"}))) == [
        PAGE
    ]


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (gzip.compress(PAGE)[:-20], {"Content-Encoding": "gzip"}, "ends early"),
        (brotli.compress(PAGE)[:-20], {"Content-Encoding": "br"}, "ends early"),
        (zlib.compress(PAGE)[:-20], {"Content-Encoding": "deflate"}, "ends early"),
        (zstandard.compress(PAGE)[:-20], {"Content-Encoding": "zstd"}, "ends early"),
        (chunked(PAGE)[:-20], {"Transfer-Encoding": "chunked"}, "expected a chunk of"),
        (chunked(PAGE)[:-5], {"Transfer-Encoding": "chunked"}, "expected a last, empty chunk"),
        (b"\x1f\x8b\x08\x00" + b"\xff" * 99, {"Content-Encoding": "gzip"}, "damaged"),
        (b"\x28\xb5\x2f\xfd" + b"\xff" * 99, {"Content-Encoding": "zstd"}, "damaged"),
        (b"\xff" * 99, {"Content-Encoding": "br"}, "damaged"),
        (b"\xff" * 99, {"Content-Encoding": "deflate"}, "damaged"),
        (b"\xff" * 99, {"Content-Encoding": "rot13"}, "expected a body packed as gzip, deflate, br or zstd, found 'rot13'"),
        (PAGE, {"Content-Encoding": "gzip, gzip, gzip, gzip"}, "at most 3 times, found 4"),
        (gzip.compress(b"") * 1001, {"Content-Encoding": "gzip"}, "at most 1,000 gzip members"),
    ],
)
def test_a_body_that_is_damaged_or_cut_is_no_capture(body: bytes, headers: dict[str, str], expected: str) -> None:
    data = with_warcio(Made(body=body, headers=HTML | headers), Made(body=b"<p>Next"))
    [problem] = problems(data)
    assert problem.startswith(f"record 2 ({URL}): ")
    assert expected in problem
    assert bodies(data) == [b"<p>Next"]


def test_what_can_hold_updates() -> None:
    def is_kept(content_type: str | None, body: bytes = PAGE, **fields: Any) -> bool:
        headers = {} if content_type is None else {"Content-Type": content_type}
        return bool(bodies(with_warcio(Made(body=body, headers=headers, **fields))))

    for kept in ("text/html", "TEXT/HTML;charset=x", "application/xhtml+xml", "application/json", "application/rss+xml", "text/plain"):
        assert is_kept(kept), kept
    for left in (
        "image/png",
        "image/svg+xml",
        "text/css",
        "text/javascript",
        "application/javascript",
        "font/woff2",
        "video/mp4",
        "audio/mpeg",
    ):
        assert not is_kept(left), left
    assert is_kept(None)
    assert is_kept("application/octet-stream", b'{"blocks": []}')
    assert is_kept(None, "<p>é".encode("utf-16"))
    for magic in (b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff\xe0\x00\x10JFIF", b"wOF2\x00\x01", b"%PDF-1.7", b"PK\x03\x04"):
        assert not is_kept(None, magic + b"a" * 100), magic
    packed = {"body": gzip.compress(b"\x89PNG\r\n\x1a\n"), "headers": {"Content-Encoding": "gzip"}}
    assert not bodies(with_warcio(Made(**packed)))  # type: ignore[arg-type]
    assert bodies(with_warcio(Made(body=gzip.compress(PAGE), headers={"Content-Encoding": "gzip"}))) == [PAGE]
    assert not is_kept("text/plain", b"User-agent: *", url="https://times.example/robots.txt")


def test_statuses() -> None:
    def statuses(**fields: Any) -> list[int]:
        return [item.capture.status for item in read(with_warcio(Made(**fields))) if isinstance(item, Received)]

    assert [statuses(status=status) for status in (200, 203, 404, 410, 503)] == [[200], [203], [404], [410], [503]]
    assert [statuses(status=status) for status in (206, 301, 302, 304)] == [[], [], [], []]
    assert statuses(status=404, url="https://times.example/logo.png") == [], "a missing picture is no poll"
    assert statuses(status=200, body=b"") == [], "the answer to a HEAD request"
    assert statuses(status=SAVED, headers={"Content-Type": "text/html"}) == [SAVED]


def test_dates() -> None:
    def date(text: str) -> str:
        [found] = [item for item in read(with_warcio(Made(at=text))) if not isinstance(item, OtherRecord)]
        return to_utc(found.capture.fetched_at) if isinstance(found, Received) else str(getattr(found, "message", ""))

    assert date("2013-02-26T10:45:07.123456789Z") == "2013-02-26T10:45:07Z"
    assert [date("2013"), date("2013-02"), date("2013-02-26")] == ["2013-01-01T00:00:00Z", "2013-02-01T00:00:00Z", "2013-02-26T00:00:00Z"]
    assert [date("2013-02-26T10:45Z"), date("20130226104507")] == ["2013-02-26T10:45:00Z", "2013-02-26T10:45:07Z"]
    for wrong in ("2013-02-30T10:45:00Z", "yesterday", "0013-02-26T10:45:00Z", "2013-02-26T10:45:00+01:00", "2013-02-26T25:00:00Z"):
        assert f"expected a date such as 2013-02-26T10:45:00Z, found {wrong!r}" in date(wrong)


def test_addresses() -> None:
    for url in (
        "ftp://times.example/a",
        "metadata://gnu.org/software/wget",
        "urn:x",
        "https://",
        "https://times.example:port/",
        "http://[::1/",
    ):
        assert all(isinstance(item, OtherRecord) for item in read(by_hand(response(url=url)))), url
    [found] = read(by_hand(response(url="<https://times.example/a b>")))
    assert isinstance(found, Received)
    assert found.capture.url == "https://times.example/a%20b"


def test_digests_are_told_in_hex_and_base_32() -> None:
    assert normal_digest("sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ") == "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"
    assert normal_digest("SHA-1:DA39A3EE5E6B4B0D3255BFEF95601890AFD80709") == "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"
    assert [normal_digest(wrong) for wrong in ("", "sha1:", "sha1:abc", "crc32:00000000", "sha256:" + "a" * 40)] == [None] * 5


# Files that are broken


def test_a_file_that_was_cut_gives_what_came_before() -> None:
    plain = with_warcio(*TWO)
    for data in (plain, with_warcio(*TWO, packed=True), gzip.compress(plain), with_fastwarc(*TWO, packing="zstd")):
        for end in range(0, len(data) - 30, max(len(data) // 40, 1)):
            found = read(data[:end])
            assert len(problems(data[:end])) <= 1
            assert [item.capture.body for item in found if isinstance(item, Received)] in ([], [PAGE])
    last = plain.rindex(b"WARC/1.1")
    assert problems(plain[: last + 200])[-1].endswith("the file ends there")
    assert bodies(plain[: last + 200]) == [PAGE]
    packed = with_warcio(*TWO, packed=True)
    assert problems(packed[:-30])[-1].endswith("the file ends in the middle of a gzip member")
    assert bodies(packed[:-30]) == [PAGE]


def test_garbage_between_records_is_read_past() -> None:
    one, two = by_hand(response()), by_hand(response(b"<p>Second"))
    for garbage in (
        b"garbage",
        b"\0" * 100_000,
        b"WARC/9.9 is no version\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n<p>forgotten",
        b"\xff\r\n" * 50_000,
    ):
        data = one + garbage + b"\r\n" + two
        assert (bodies(data), len(problems(data))) == ([PAGE, b"<p>Second"], 1), garbage[:20]
    garbage = b"garbage" + packed_each(two)
    data = packed_each(one) + garbage
    assert (bodies(data), len(problems(data))) == ([PAGE, b"<p>Second"], 1)
    assert problems(data) == [f"expected a gzip member, found {garbage[:20]!r}"]


def test_a_damaged_gzip_member_costs_its_own_record() -> None:
    one, two, three = (packed_each(by_hand(response(body))) for body in (PAGE, PAGE + b"<p>", b"<p>Third"))
    damaged = two[:200] + b"\xff" * 50 + two[250:]
    data = one + damaged + three
    assert bodies(data) == [PAGE, b"<p>Third"]
    assert len(problems(data)) == 1
    assert "a gzip member is damaged" in problems(data)[0]


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [
        ("1", "its Content-Length is wrong"),
        ("-1", "expected a Content-Length in bytes, found '-1'"),
        ("", "found ''"),
        ("9" * 30, "found '99"),
    ],
)
def test_a_wrong_length_costs_its_own_record(claimed: str, expected: str) -> None:
    fields, block = response()
    broken = by_hand((fields | {"Content-Length": claimed}, block))
    next_one = by_hand(response(b"<p>Second"))
    for data in (broken + next_one, packed_each(broken, next_one)):
        [problem] = problems(data)
        assert expected in problem
        assert bodies(data) == [b"<p>Second"]


def test_a_record_that_claims_more_than_its_gzip_member_has() -> None:
    fields, block = response()
    data = packed_each(by_hand((fields | {"Content-Length": str(len(block) + 1000)}, block)), by_hand(response(b"<p>Second")))
    assert problems(data) == [f"record 1: expected {len(block) + 1000:,} bytes, found {len(block) + 4:,}: the next record opens there"]
    assert bodies(data) == [b"<p>Second"]


def test_what_is_no_warc() -> None:
    for data in (PAGE, b"\x89PNG\r\n\x1a\n" + bytes(range(256)), gzip.compress(PAGE), b"{}"):
        [problem] = problems(data)
        assert problem.startswith("expected a WARC, found none: ")
    assert read(b"") == read(b"\r\n\r\n") == []
    arc = b"filedesc://a.arc 0.0.0.0 20060101000000 text/plain 76\n1 0 InternetArchive\n"
    assert "found an ARC, the format before; `warcio recompress` makes it a WARC" in problems(arc)[0]


def test_a_segment_and_a_response_without_http_are_said() -> None:
    fields, block = response()
    assert "expected a whole record, found a segment of one" in problems(by_hand((fields | {"WARC-Segment-Number": "2"}, block)))[0]
    assert "expected an HTTP response such as 'HTTP/1.1 200 OK', found b'<p>'" in problems(by_hand(response(b"", head="<p>")))[0]


def test_a_cut_record_is_kept_with_a_note() -> None:
    [found] = [item for item in read(with_warcio(Made(fields={"WARC-Truncated": "length"}))) if isinstance(item, Received)]
    assert found.note == f"record 2 ({URL}): cut short by the crawler that made the WARC ('length')"


# Files that are meant to break us


def packed_bomb(packing: str, megabytes: int = 300) -> bytes:
    if packing == "zstd":
        packer = zstandard.ZstdCompressor(level=1).compressobj()
    elif packing == "br":
        packer = SimpleNamespace(compress=(brotli_packer := brotli.Compressor(quality=1)).process, flush=brotli_packer.finish)
    else:
        packer = zlib.compressobj(wbits=31 if packing == "gzip" else 15)
    return b"".join(packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)) + packer.flush()


def most_memory(action: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_bomb_is_never_inflated_past_the_limit(packing: str) -> None:
    bomb = packed_bomb(packing)
    data = with_warcio(Made(body=bomb, headers=HTML | {"Content-Encoding": packing}), Made(body=b"<p>Next"))
    found: list[str] = []
    assert most_memory(lambda: found.extend(problems(data))) < 80 * MEGABYTE + 8 * len(bomb)
    assert found == [f"record 2 ({URL}): expected at most 16 MiB after inflation, found more"]
    assert bodies(data) == [b"<p>Next"]


def test_bombs_inside_bombs() -> None:
    nested = gzip.compress(packed_bomb("gzip", 40))
    data = with_warcio(Made(body=nested, headers=HTML | {"Content-Encoding": "gzip, gzip"}))
    assert "expected at most 16 MiB after inflation" in problems(data)[0]


@pytest.mark.parametrize("start", [b"", b"WARC/1.1\r\n", b"WARC/1.1\r\nX: ", b"WARC/1.1\r\nContent-Length: 99999999999\r\n\r\n"])
@pytest.mark.parametrize("filler", [b"\0", b"\n", b"a\n"])
def test_a_file_that_is_one_bomb(start: bytes, filler: bytes) -> None:
    packer = zlib.compressobj(wbits=31)
    data = packer.compress(start) + b"".join(packer.compress(filler * (MEGABYTE // len(filler))) for _ in range(100)) + packer.flush()
    assert most_memory(lambda: read(data)) < 4 * LARGEST_BLOCK
    assert bodies(data) == []


def test_a_body_too_large_is_said_and_a_video_is_not() -> None:
    large = PAGE + b" " * 20 * MEGABYTE
    assert problems(with_warcio(Made(body=large)))[0].startswith(f"record 2 ({URL}): expected at most 16 MiB, found 20,")
    assert problems(with_warcio(Made(body=PAGE + b" " * 16 * MEGABYTE)))[0].startswith(f"record 2 ({URL}): expected at most 16 MiB")
    assert problems(with_warcio(Made(body=large, status=SAVED)))[0].startswith(f"record 2 ({URL}): expected at most 16 MiB")
    assert problems(with_warcio(Made(body=large, headers={"Content-Type": "video/mp4"}))) == []


def test_no_more_breaks_than_a_thousand() -> None:
    data = b"WARC/1.1\r\n\r\n" * 5000
    assert len(problems(data)) == 1001
    assert problems(data)[-1] == "1,000 places could not be read; the rest was left"
    assert len(problems(b"\x1f\x8b\x08garbage" * 5000)) <= 1001


WHOLE = [with_warcio(*TWO), with_warcio(*TWO, packed=True), with_fastwarc(*TWO, packing="zstd")]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_file_breaks_the_reader(data: st.DataObject) -> None:
    changed = bytearray(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(changed) - 1))
        changed[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
        assume(changed)
    for found in read(bytes(changed)):
        assert not isinstance(found, Received) or len(found.capture.body) <= LARGEST
