"""Saved pages give what a person read on them; real pages of the corpus, where it is, give what their gold says."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from archive.errors import ExtractionError, NoUpdatesError
from archive.times import from_iso
from crawler.extraction import as_json, extract
from crawler.layouts import Layout, layouts
from crawler.page import Page

PAGES = Path(__file__).parent / "pages"
CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
CASES = sorted(page for page in PAGES.glob("*/*") if page.name.endswith((".html", ".txt", ".page.json")))
# Real pages and the reader each is read by.
READ_BY = {
    "abc-scribblelive-2014": "scribblelive",
    "br24-2024": "br24",
    "corkbeo-level3-2020": "reach",
    "guardian-mars-2021": "guardian",
    "guardian-ukraine-2023": "guardian",
    "independent-brits-2024": "independent",
    "noticiasaominuto-2023": "noticiasaominuto",
    "nytimes-2020": "nytimes",
    "reddit-live-2016": "reddit_live",
    "repubblica-2023": "repubblica",
    "sourcefabric-2017": "sourcefabric",
    "telegraph-brits-2024": "telegraph",
    "timesofindia-2020": "timesofindia",
}
NEGATIVES = (
    "liberation-2015-article",
    "mactechnews-2019-forum",
    "neg-skynews-2019",
    "neg-thesun-2024",
    "nrk-2024-article",
    "timesofindia-2020-article",
)


def expected_of(case: Path) -> Path:
    """The file of the expectation: `first.json` for `first.html`, `first.txt` and `first.page.json`."""
    return case.with_name(case.name.removesuffix(".page.json").removesuffix(case.suffix) + ".json")


def address_of(case: Path) -> str:
    """Where a page was fetched: what `<file>.url` says, as for `stoppress import`, else the address of its live blog."""
    beside = case.with_name(f"{case.name}.url")
    if beside.is_file():
        return beside.read_text(encoding="utf-8").strip()
    return str(json.loads(expected_of(case).read_text(encoding="utf-8"))["url"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{expected_of(case).stem}")
def test_extract(case: Path) -> None:
    expected = json.loads(expected_of(case).read_text(encoding="utf-8"))
    assert as_json(extract(Page.from_file(case, url=address_of(case)))) == expected


def test_every_expectation_has_a_page() -> None:
    expectations = {path for path in PAGES.glob("*/*.json") if not path.name.endswith(".page.json")}
    assert expectations == {expected_of(case) for case in CASES}


@pytest.mark.parametrize("layout", layouts(), ids=lambda layout: layout.layout)
def test_every_layout_has_a_saved_page(layout: Layout) -> None:
    folder = PAGES / layout.layout
    assert any(case.parent == folder for case in CASES), f"add one with: stoppress save-page URL {layout.layout}/first"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{expected_of(case).stem}")
def test_a_page_cut_short_is_read_or_refused(case: Path) -> None:
    body = case.read_bytes()
    for share in (0.3, 0.6, 0.9):
        page = Page(url=address_of(case), body=body[: int(len(body) * share)])
        with suppress(ExtractionError):
            assert extract(page).updates


def gold_of(slug: str) -> tuple[Page, dict[str, Any]]:
    """A real page and its hand-checked gold. They belong to their publishers and are kept outside the repository."""
    if not CORPUS.is_dir():
        pytest.skip(f"the corpus of real pages is not at {CORPUS}: they are not ours to publish")
    gold = json.loads((CORPUS / "gold" / f"{slug}.json").read_text(encoding="utf-8"))
    page = next((CORPUS / "pages").glob(f"{slug}.*"))
    # Answers of two platforms are kept without the address they came from.
    return Page.from_file(page, url=gold["url"] or "https://unknown.example/live"), gold


def instants(entries: list[dict[str, Any]], key: str) -> list[int | None]:
    """Stated times as Unix seconds, whatever their offset."""
    return [int(from_iso(entry[key]).instant.timestamp()) if entry[key] else None for entry in entries]


@pytest.mark.parametrize("slug", READ_BY)
def test_corpus(slug: str) -> None:
    page, gold = gold_of(slug)
    found = as_json(extract(page))
    entries, wanted = found["entries"], gold["entries"]
    assert found["method"] == READ_BY[slug]
    assert len(entries) == len(wanted)
    if slug != "timesofindia-2020":  # the gold's ids (#post1) count places on the page; ours are the publisher's msid
        assert [entry["id"] for entry in entries] == [entry["id"] for entry in wanted]
    assert [entry["title"] for entry in entries] == [" ".join(e["headline"].split()) if e["headline"] else None for e in wanted]
    assert instants(entries, "published") == instants(wanted, "published")
    assert instants(entries, "updated") == instants(wanted, "updated")


@pytest.mark.parametrize("slug", NEGATIVES)
def test_corpus_negatives(slug: str) -> None:
    page, gold = gold_of(slug)
    assert gold["negative"]
    with pytest.raises(NoUpdatesError):
        extract(page)


REDRAWN = (
    "<html><head><title>Harbour bridge closure</title></head><body><main><h1>Harbour bridge closure</h1><div class='live-blog'>"
    + "".join(
        f"<div class='live-post'><time>28 June 2013, {hour}:15</time><h3>{who} wait</h3><p>{who} waited at the quay all day.</p></div>"
        for hour, who in zip((16, 15, 14, 12, 11), ("Lorries", "Traders", "Ferries", "Schools", "Buses"), strict=True)
    )
).encode()


def test_a_page_that_lost_the_structure_of_its_layout_is_still_its_publishers() -> None:
    """The general reader steps in: the publisher and its clock are what they were."""
    url = "https://www.nytimes.com/live/2013/06/28/harbour-bridge"
    known = extract(Page(url=url, body=REDRAWN))
    assert known.method not in {layout.layout for layout in layouts()}
    assert (known.publisher, known.publisher_name, known.zone) == ("nytimes", "The New York Times", "America/New_York")
    assert [update.published and update.published.instant.isoformat() for update in known.updates[:1]] == ["2013-06-28T16:15:00-04:00"]
    unknown = extract(Page(url=url, body=REDRAWN), layouts=False)
    assert (unknown.publisher, unknown.publisher_name, unknown.zone) == ("nytimes.com", "nytimes.com", None)
    assert known.live_blog_key == unknown.live_blog_key == "live/2013/06/28/harbour-bridge"
    assert len(known.updates) == len(unknown.updates) == 5
