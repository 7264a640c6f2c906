"""What was read before is not read again, and gives what reading it again would."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from archive.errors import ExtractionError
from archive.model import Extraction
from archive.remembering import Known, digest, forget_all, remembered
from benchmarks.crawl import body_of
from crawler.block_facts import BlockFacts
from crawler.extraction import extract
from crawler.page import Page
from tests.test_extract import CASES, address_of, expected_of

# One thing changed in each: words, clocks, a name that stood alone, the page's own headline, the time it was fetched.
CHANGES = [
    (rb"\b[Tt]he\b", b"a"),
    (rb"\b1(\d[:.]\d\d)", rb"0\1"),
    (rb"(<(?:span|strong|em|address)[^>]*>)[A-Z]\w+ [A-Z]\w+", rb"\1Ada Byron"),
    (rb"(<h1[^>]*>)", rb"\1Once more: "),
    (rb'"headline"\s*:\s*"', b'"headline": "Once more: '),
]


def variants(case: Path) -> list[Page]:
    body, url = case.read_bytes(), address_of(case)
    at = [datetime(2024, 3, 2, 12, tzinfo=UTC), datetime(2024, 6, 3, 12, tzinfo=UTC)]
    pages = [Page(url=url, body=re.sub(old, new, body), fetched_at=at[0]) for old, new in CHANGES]
    return [Page(url=url, body=body, fetched_at=at[0]), *pages, Page(url=url, body=body, fetched_at=at[1])]


def read(page: Page, layouts: bool) -> Extraction | str:
    try:
        return extract(Page(url=page.url, body=page.body, fetched_at=page.fetched_at), layouts=layouts)
    except ExtractionError as error:
        return str(error)


@pytest.mark.parametrize("layouts", [True, False], ids=["layouts", "generic"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{expected_of(case).stem}")
def test_a_page_after_others_much_like_it_is_read_as_if_it_were_the_first(case: Path, layouts: bool) -> None:
    pages = variants(case)
    first = []
    for page in pages:
        forget_all()
        first.append(read(page, layouts))
    forget_all()
    assert [read(page, layouts) for page in pages] == first
    assert [read(page, layouts) for page in reversed(pages)] == first[::-1]


def _data(headline: str, *, zone: str = "") -> bytes:
    item = {
        "@type": "BlogPosting",
        "@id": "#b71",
        "headline": "Rain over the vale",
        "datePublished": "2026-03-01T12:05",
        "articleBody": "Wet.",
    }
    other = item | {"@id": "#b72", "headline": "The bridge is shut", "articleBody": "Nobody may cross it."}
    blog = {"@type": "LiveBlogPosting", "headline": headline, "liveBlogUpdate": [item, other]}
    return f'<html{zone}><head><script type="application/ld+json">{json.dumps(blog)}</script></head><body><h1>{headline}</h1>'.encode()


def _blocks(*names: str) -> bytes:
    words = "The river stands a hand below the wall, and the wind has turned to the north. " * 3
    blocks = (
        f'<article class="update" id="u{number}71"><time datetime="2026-03-01T12:{number:02}:00Z">12:{number:02}</time>'
        f"<div><span>{name}</span></div><p>{number}. {words}</p></article>"
        for number, name in enumerate(names, start=10)
    )
    return f"<html><head><title>Storm</title></head><body><h1>Storm in the vale</h1>{''.join(blocks)}</body></html>".encode()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_data("Storm in the vale"), _data("Rain over the vale")),  # a headline that is the page's is no update's
        (_data("Storm in the vale"), _data("Storm in the vale", zone=' lang="de-AT"')),
        (_blocks("Ada Byron", "Bo Lee", "Cy Ray", "Di Fox"), _blocks("Ada Byron", "Ada Byron", "Cy Ray", "Di Fox")),  # a reporter
        (_blocks("Weather", "Roads", "Rail", "Air"), _blocks("Weather", "Weather", "Weather", "Air")),  # a label
    ],
    ids=["headline", "zone", "names", "labels"],
)
def test_the_same_words_on_a_page_that_differs_elsewhere_are_read_anew(one: bytes, other: bytes) -> None:
    pages = [Page(url="https://vale.example/live", body=body) for body in (one, other)]
    first = []
    for page in pages:
        forget_all()
        first.append(read(page, layouts=False))
    assert all(isinstance(found, Extraction) for found in first)
    for order in (1, -1):
        forget_all()
        assert [read(page, layouts=False) for page in pages[::order]] == first[::order]


def test_the_same_blocks_at_another_address_are_read_anew() -> None:
    words = "The river stands a hand below the wall, and the wind has turned to the north. " * 3
    blocks = (
        f'<article class="update"><h2><a href="/live#u{number}71">Rain {number}</a></h2>'
        f'<time datetime="2026-03-01T12:{number:02}:00Z">12:{number:02}</time><p>{number}. {words}</p></article>'
        for number in range(10, 16)
    )
    body = f"<html><head><title>Storm</title></head><body><h1>Storm in the vale</h1>{''.join(blocks)}</body></html>".encode()
    forget_all()
    found = [extract(Page(url=f"https://{host}.example/live", body=body)).updates[0].url for host in ("vale", "dale")]
    assert found == ["https://vale.example/live#u1071", "https://dale.example/live#u1071"]


def test_a_block_that_stays_is_told_of_once() -> None:
    asked: list[str] = []

    def told(markup: str, name: str) -> int:
        root = etree.fromstring(f"<div>{markup}</div>")
        return BlockFacts("https://vale.example/live").of((root[0],), name, lambda: asked.append(f"{name} {markup}") or len(asked))

    forget_all()
    assert [told("<p>Rain</p>", "length") for _ in range(3)] == [1, 2, 2], "from the second poll on"
    forget_all()
    told("<p>Fog</p>", "length")
    asked.clear()
    assert [told("<p>Rain</p>", "length"), told("<p>Rain</p>", "length"), told("<p>Wind</p>", "length")] == [1, 1, 2]
    assert [told("<p>Rain</p>", "names"), told("<p>Rain</p> after", "names")] == [3, 4]
    long = f"<p>{'Rain ' * 4000}</p>"
    assert [told(long, "length"), told(long, "length")] == [5, 6]
    for number in range(100):
        told("<p>Rain</p>", str(number))
    assert told("<p>Rain</p>", "length") > 100, "what is known of one block has an end"


@pytest.mark.parametrize("kind", ["data", "markup"])
def test_what_stays_on_a_page_is_the_same_update_again(kind: str) -> None:
    forget_all()
    before, after = (
        extract(Page(url="https://vale.example/live", body=body_of(kind, 1, count, "https://vale.example/live"))) for count in (0, 1)
    )
    again = {update.source_id: update for update in before.updates}
    kept = [update for update in after.updates if update.source_id in again]
    assert len(kept) == 49
    if kind == "data":
        assert all(again[update.source_id] is update for update in kept)
    assert all(again[update.source_id].html is update.html for update in kept)


def test_of_many_values_those_asked_for_last_stay() -> None:
    known: Known[int] = Known(most=10)
    for number in range(100):
        known.keep(b"%d" % number, number)
        assert known.get(b"0") == 0
    assert known.get(b"99") == 99
    assert known.get(b"50") is None
    assert sum(known.get(b"%d" % number) is not None for number in range(100)) <= 11


def test_long_texts_and_errors_are_not_remembered() -> None:
    asked: list[str] = []

    @remembered(most=10, longest=5)
    def length(text: str) -> int:
        asked.append(text)
        return 10 // len(text)

    assert [length("ab"), length("ab"), length("abcdef"), length("abcdef")] == [5, 5, 1, 1]
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            length("")
    assert asked == ["ab", "abcdef", "abcdef", "", ""]
    forget_all()
    length("ab")
    assert asked[-1] == "ab"


def test_what_is_too_long_or_too_deep_has_no_digest() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    assert digest(deep) is None
    assert digest(["x" * 10_000]) is None
    # Equal values are told alike, whoever else holds their parts.
    shared = "word " * 20
    assert digest([shared, shared, {"a": shared}]) == digest([*(bytes(shared, "ascii").decode() for _ in range(2)), {"a": "word " * 20}])
    assert digest(["a", None]) != digest([None, "a"])
