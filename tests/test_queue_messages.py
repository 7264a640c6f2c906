"""What goes through Redis comes out as it went in, and what this version cannot read is refused with a sentence."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.captures import body_digest
from archive.model import BASES, KINDS, PRECISIONS, Capture, Extraction, Update, When
from archive.remembering import forget_all
from archive.store import Read
from crawler.queue.messages import VERSION, Found, MessageError, Poll, named, pack_found, pack_poll, unpack_found, unpack_poll
from crawler.recorder import read
from tests.test_extract import CASES, address_of, expected_of

TEXT = st.text(st.characters(), max_size=30)  # lone surrogates too: pages have them
MAYBE = st.none() | TEXT
ZONES = st.integers(-86_000, 86_000).map(lambda seconds: timezone(timedelta(seconds=seconds)))
WHENS = st.builds(
    When,
    instant=st.datetimes(min_value=datetime(1800, 1, 1), max_value=datetime(2200, 1, 1), timezones=ZONES),
    precision=st.sampled_from(PRECISIONS),
    basis=st.sampled_from(BASES),
    raw=TEXT,
)
UPDATES = st.builds(
    Update,
    source_id=MAYBE, url=MAYBE, title=MAYBE, byline=MAYBE, html=MAYBE, text=MAYBE,
    published=st.none() | WHENS, updated=st.none() | WHENS, kind=st.sampled_from(KINDS), pinned=st.booleans(),
)  # fmt: skip
EXTRACTIONS = st.builds(
    Extraction,
    url=MAYBE, publisher=TEXT, publisher_name=MAYBE, title=MAYBE, standfirst=MAYBE, language=MAYBE, kind=TEXT,
    updates=st.lists(UPDATES, max_size=3).map(tuple), declared_count=st.none() | st.integers(), complete=st.booleans(),
    ended=st.none() | st.booleans(), older_url=MAYBE, method=TEXT, warnings=st.lists(TEXT, max_size=2).map(tuple), zone=MAYBE,
    live_blog_key=MAYBE, ids_are_global=st.booleans(), coverage_start=st.none() | WHENS, coverage_end=st.none() | WHENS,
)  # fmt: skip
AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def through(found: Found) -> Found:
    return unpack_found({name.encode(): value for name, value in pack_found(found).items()})


@given(EXTRACTIONS, st.binary(max_size=100), st.dictionaries(TEXT, TEXT, max_size=3))
def test_what_was_read_arrives(extraction: Extraction, body: bytes, headers: dict[str, str]) -> None:
    capture = Capture(url="https://times.example/live", final_url="https://times.example/live/1", body=body, fetched_at=AT, headers=headers)
    was_read = Read(capture=capture, digest=body_digest(body), extraction=extraction)
    sent = Found(poll="p1", url=capture.url, at=AT, capture=capture, milliseconds=12, read=was_read)
    came = through(sent)
    assert came == sent
    assert came.read is not None
    assert came.read.extraction is not None
    for one, other in zip(came.read.extraction.updates, extraction.updates, strict=True):
        if other.published and one.published:
            assert one.published.instant.utcoffset() == other.published.instant.utcoffset()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{expected_of(case).stem}")
def test_saved_pages_arrive(case: Path) -> None:
    capture = Capture(url=address_of(case), body=case.read_bytes(), fetched_at=AT)
    sent = Found(poll="p1", url=capture.url, at=AT, capture=capture, read=read(capture))
    assert through(sent) == sent


def test_what_brought_no_answer_arrives() -> None:
    sent = Found(poll="p1", url="https://times.example/live", at=AT, is_front=True, outcome="unreachable", message="no such host")
    assert through(sent) == sent


@given(st.builds(Poll, name=TEXT, url=TEXT, etag=MAYBE, last_modified=MAYBE, digest=MAYBE, is_front=st.booleans()))
def test_a_poll_arrives(poll: Poll) -> None:
    assert unpack_poll({name.encode(): value for name, value in pack_poll(poll).items()}) == poll


def test_another_version_is_refused() -> None:
    fields = {name.encode(): value for name, value in pack_poll(Poll(name="p1", url="https://times.example/")).items()}
    with pytest.raises(MessageError, match=r"expected a message of version 2, found version .1.; are"):
        unpack_poll({**fields, b"v": b"1"})
    assert named({**fields, b"v": b"1"}) == ("p1", "https://times.example/")
    with pytest.raises(MessageError, match="found one without fields"):
        unpack_poll({})


def test_a_page_and_what_was_read_of_it_take_the_room_of_one() -> None:
    words = [hashlib.sha256(bytes([number])).hexdigest() for number in range(200)]
    body = "".join(f'<article id="u{number}"><p>{text}</p></article>' for number, text in enumerate(words)).encode()
    updates = tuple(Update(source_id=f"u{number}", html=f"<p>{text}</p>") for number, text in enumerate(words))
    capture = Capture(url="https://times.example/live", body=body, fetched_at=AT)
    was_read = Read(capture=capture, digest=body_digest(body), extraction=Extraction(updates=updates))
    sizes = [
        len(pack_found(Found(poll="p", url=capture.url, at=AT, capture=capture, read=one))["page"])
        for one in (replace(was_read, extraction=None), was_read)
    ]
    assert sizes[1] < 1.4 * sizes[0]


def test_an_update_that_was_sent_before_comes_as_the_one_that_came_before() -> None:
    forget_all()
    one, two = (update_at(second) for second in (0, 3600))
    assert one == two, "the same instant, said in another zone"
    first, again = (through(found_of(one, Update(source_id=name))) for name in ("b", "c"))
    assert updates_of(first)[0] is updates_of(again)[0]
    assert updates_of(again)[1].source_id == "c"
    other = updates_of(through(found_of(two)))[0]
    assert other.published
    assert other.published.instant.utcoffset() == timedelta(hours=1)


def update_at(offset: int) -> Update:
    when = AT.astimezone(timezone(timedelta(seconds=offset)))
    return Update(source_id="a", text="Rain.", published=When(instant=when, precision="minute", basis="page", raw="12:00"))


def found_of(*updates: Update) -> Found:
    capture = Capture(url="https://times.example/live", body=b"one", fetched_at=AT)
    was_read = Read(capture=capture, digest=body_digest(b"one"), extraction=Extraction(updates=updates))
    return Found(poll="p", url=capture.url, at=AT, capture=capture, read=was_read)


def updates_of(found: Found) -> tuple[Update, ...]:
    assert found.read is not None
    assert found.read.extraction is not None
    return found.read.extraction.updates


def test_a_body_that_is_not_the_one_read_is_refused() -> None:
    capture = Capture(url="https://times.example/live", body=b"one", fetched_at=AT)
    sent = Found(poll="p", url=capture.url, at=AT, capture=capture, read=Read(capture=capture, digest=body_digest(b"two"), outcome="x"))
    with pytest.raises(MessageError, match="another body"):
        through(sent)


@given(st.dictionaries(st.sampled_from([b"v", b"poll", b"found", b"page"]), st.binary(max_size=40) | st.just(VERSION)))
def test_any_fields_are_refused_with_a_sentence(fields: dict[bytes, bytes]) -> None:
    for unpack in (unpack_poll, unpack_found):
        with pytest.raises(MessageError):
            unpack({**fields, b"v": fields.get(b"v", VERSION)})


@pytest.mark.parametrize("changed", [b"[]", b'{"poll": 1}', b'{"poll": "p", "url": "u", "at": "2026-03-01T12:00:00"}', b"null", b'"x"'])
def test_json_of_another_shape_is_refused(changed: bytes) -> None:
    with pytest.raises(MessageError, match="expected what came of a poll"):
        unpack_found({b"v": VERSION, b"found": changed})
    with pytest.raises(MessageError, match="expected a poll to make"):
        unpack_poll({b"v": VERSION, b"poll": changed})
