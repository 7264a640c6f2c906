"""Evidence: what comes in comes out, byte for byte; once for each body; small for pages that grow."""

from __future__ import annotations

import random

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from archive.captures import Captures, _compress_against, _decompress
from archive.errors import ArchiveError
from archive.model import Capture
from archive.times import from_utc


def received(body: bytes, at: str = "2026-03-01T12:00:00Z", url: str = "https://times.example/live") -> Capture:
    return Capture(url=url, body=body, fetched_at=from_utc(at), headers={"ETag": '"1"'})


@given(st.lists(st.binary(max_size=2000), min_size=1, max_size=5))
def test_bodies_come_back_as_received(bodies: list[bytes]) -> None:
    captures = Captures(":memory:")
    stored = [captures.add(received(body, at=f"2026-03-01T12:0{minute}:00Z")) for minute, body in enumerate(bodies)]
    for before, body in zip(stored, bodies, strict=True):
        after = captures.get(before.id or 0)
        assert after is not None
        assert (after.body, after.fetched_at, after.headers) == (body, before.fetched_at, {"ETag": '"1"'})
    captures.close()


def test_an_unchanged_poll_stores_a_sighting_and_no_body(captures: Captures) -> None:
    captures.add(received(b"<p>same</p>", "2026-03-01T12:00:00Z"))
    captures.add(received(b"<p>same</p>", "2026-03-01T12:10:00Z"))
    count = captures.connection.execute("SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM bodies)").fetchone()
    assert tuple(count) == (2, 1)


def test_the_same_response_keeps_its_id(captures: Captures) -> None:
    assert captures.add(received(b"x")).id == captures.add(received(b"x")).id


def test_a_growing_page_is_kept_as_differences(captures: Captures) -> None:
    chance = random.Random(1)
    vocabulary = [f"{chance.getrandbits(32):x}"[:length] for length in range(2, 8) for _ in range(400)]

    def update() -> str:
        return f'<article class="update"><p>{" ".join(chance.choices(vocabulary, k=100))}</p></article>\n'

    shown = [update() for _ in range(50)]
    for poll in range(100):
        shown.insert(0, update())
        captures.add(received("".join(shown).encode(), f"2026-03-01T{poll // 60 + 10}:{poll % 60:02}:00Z"))
    kept, raw = captures.connection.execute("SELECT sum(length(data)), sum(size) FROM bodies").fetchone()
    assert kept < raw * 0.06


def test_a_page_that_grows_evenly_is_compared_once_at_each_poll(captures: Captures, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)
    captures.remember(200_000)
    made, unpacked = [], []
    monkeypatch.setattr("archive.captures._compress_against", lambda *given: made.append(given) or _compress_against(*given))
    monkeypatch.setattr("archive.captures._decompress", lambda *given: unpacked.append(given) or _decompress(*given))
    body = chance.randbytes(20_000)
    for poll in range(40):
        # Two fit into a twentieth, three do not.
        body = body[400:] + chance.randbytes(400)
        captures.add(received(body, f"2026-03-01T12:{poll:02}:00Z"))
    assert captures.connection.execute("SELECT count(DISTINCT keyframe) FROM bodies").fetchone()[0] >= 16
    assert len(made) < 45
    assert len(unpacked) < 5


def test_what_the_next_body_rests_on_is_kept_in_mind_and_what_is_beneath_it_is_not(captures: Captures) -> None:
    chance = random.Random(1)
    captures.remember(125_000)  # six and a half pages
    unpacked = []
    for poll in range(60):
        for page in range(5):
            # A fifth is new each time: so each body becomes the keyframe of the next, until the chain is as long as one may be.
            body = random.Random(page).randbytes(15_000) + chance.randbytes(4000)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("archive.captures._decompress", lambda *given: unpacked.append(given) or _decompress(*given))
                captures.add(received(body, f"2026-03-01T{poll // 60 + 10}:{poll % 60:02}:00Z", f"https://times.example/{page}"))
    assert captures.connection.execute("SELECT count(DISTINCT keyframe) FROM bodies").fetchone()[0] == 5 * 16
    assert len(unpacked) < 1000


@pytest.mark.parametrize("size", [40_000, 200_000, 400_000, 4_000_000])
def test_one_change_to_a_page_of_any_size_is_kept_in_a_few_bytes(captures: Captures, size: int) -> None:
    chance = random.Random(size)
    vocabulary = [f"{chance.getrandbits(40):x}"[:length] for length in range(2, 8) for _ in range(400)]
    before = " ".join(chance.choices(vocabulary, k=size // 5)).encode()
    after = before[: size // 2] + b"<p>The bridge is shut.</p>" + before[size // 2 :]
    captures.add(received(before))
    captures.add(received(after, "2026-03-01T12:01:00Z"))
    assert captures.connection.execute("SELECT min(length(data)) FROM bodies").fetchone()[0] < 2000


@pytest.mark.parametrize("keyframe", [b"<p>a</p>" * 4000, b"<p>a</p>", b"<p>a</p", b""], ids=len)
def test_differences_to_a_dictionary_as_earlier_versions_wrote_them_are_read(keyframe: bytes) -> None:
    body = keyframe + b"<p>b</p>" * 3
    dictionary = zstandard.ZstdCompressionDict(keyframe, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if keyframe else None
    assert _decompress(zstandard.ZstdCompressor(dict_data=dictionary).compress(body), len(body), keyframe) == body
    now = zstandard.ZstdDecompressor(dict_data=dictionary).decompress(_compress_against(keyframe, body), max_output_size=len(body))
    assert now == body


def test_a_body_that_holds_more_than_is_on_record_is_damaged(captures: Captures) -> None:
    stored = captures.add(received(b"x" * 100))
    captures.connection.execute("UPDATE bodies SET size = 99")
    with pytest.raises(ArchiveError, match="damaged: expected 99 bytes, found more"):
        captures.get(stored.id or 0)


def test_a_keyframe_that_was_tampered_with_is_noticed_where_it_is_rested_on(captures: Captures) -> None:
    chance = random.Random(1)
    page = chance.randbytes(20_000)
    first = captures.add(received(page))
    second = captures.add(received(page + b"one more", "2026-03-01T12:01:00Z"))
    assert captures.connection.execute("SELECT count(*) FROM bodies WHERE keyframe IS NOT NULL").fetchone()[0] == 1
    other = captures.add(received(chance.randbytes(20_000), url="https://times.example/other"))
    digests = [captures.digest_of(capture) for capture in (first, other)]
    captures.connection.execute(
        "UPDATE bodies SET (data, size) = (SELECT data, size FROM bodies WHERE digest = ?2) WHERE digest = ?1", digests
    )
    with pytest.raises(ArchiveError):
        captures.get(second.id or 0)


def test_a_body_that_was_tampered_with_is_noticed(captures: Captures) -> None:
    stored = captures.add(received(b"what was said"))
    other = captures.add(received(b"something else", url="https://times.example/other"))
    captures.connection.execute(
        "UPDATE bodies SET (data, size) = (SELECT data, size FROM bodies WHERE digest = "
        "(SELECT digest FROM captures WHERE id = ?)) WHERE digest = (SELECT digest FROM captures WHERE id = ?)",
        (other.id, stored.id),
    )
    with pytest.raises(ArchiveError, match="the body was changed"):
        captures.get(stored.id or 0)
