"""Pages nobody described: structures of many publishers give every update, pages that only look live give none."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import pytest

from archive.errors import ExtractionError, NoUpdatesError
from archive.normalise import normalise
from archive.times import from_iso
from crawler.combining import extract_undescribed
from crawler.extraction import extract
from crawler.generic import extract_generic
from crawler.page import Page
from tests.generic_lines import NEGATIVE_LINES, POSITIVE_LINES
from tests.generic_others import NEGATIVE_OTHERS
from tests.generic_pages import NEGATIVE, POSITIVE, Case, document, sentence, with_comments
from tests.generic_tickers import NEGATIVE_TICKERS, POSITIVE_TICKERS, videos_in_a_text

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
MADE_OF_ELEMENTS = (
    "br24-2024",
    "corkbeo-level3-2020",
    "guardian-ukraine-2023",
    "independent-brits-2024",
    "repubblica-2023",
    "telegraph-brits-2024",
    "timesofindia-2020",
)


def page_of(case: Case, html: str | None = None) -> Page:
    return Page(url=case.url, body=(html or case.html).encode(), fetched_at=case.fetched_at)


@pytest.mark.parametrize("make", POSITIVE + POSITIVE_TICKERS + POSITIVE_LINES, ids=lambda make: make.__name__)
def test_live_page(make: Callable[[], Case]) -> None:
    case = make()
    found = extract(page_of(case), layouts=False)
    entries = [normalise(update, found) for update in found.updates]
    assert [entry.title for entry in entries] == [expected.title for expected in case.updates]
    assert [re.sub(r"\s+", " ", entry.text) for entry in entries] == [expected.text for expected in case.updates]
    assert [entry.source_id for entry in entries] == [expected.own_id for expected in case.updates]
    stated = [entry.published.instant if entry.published and entry.published.basis != "url" else None for entry in entries]
    assert [instant and instant.replace(second=0) for instant in stated] == [
        expected.at and expected.at.replace(second=0) for expected in case.updates
    ]


@pytest.mark.parametrize("make", NEGATIVE + NEGATIVE_TICKERS + NEGATIVE_OTHERS + NEGATIVE_LINES, ids=lambda make: make.__name__)
def test_other_page(make: Callable[[], Case]) -> None:
    with pytest.raises(NoUpdatesError, match="no live updates found"):
        extract(page_of(make()), layouts=False)


def test_a_clock_is_read_only_where_another_time_is_like_it() -> None:
    first, other, like = (
        '<p class="posted">Posted 2 March 2026, 9:05</p>',
        "<h3>21:47 Rain</h3>",
        '<p class="posted">Posted 1 March 2026, 22:30</p>',
    )
    alone = Page(url="https://example.test/news/storm", body=f"<html><body>{first}{other}".encode())
    assert alone.surveyed.markers == ()
    several = Page(url="https://example.test/news/storm", body=f"<html><body>{first}{other}{like}".encode())
    assert [marker.clock and marker.clock.minutes for marker in several.surveyed.markers] == [9 * 60 + 5, 21 * 60 + 47, 22 * 60 + 30]


def _beside(items: Iterable[str], article: str, *, before: bool) -> Page:
    parts = (f"<div>{article}</div>", f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>")
    html = document("".join(parts if before else reversed(parts)))
    return Page(url="https://news.example/harbour/storm", body=html.encode())


def test_a_list_is_held_against_an_article_above_it_not_against_one_below() -> None:
    items = [f"<p>{22 - n}:4{n} UTC</p><p>{sentence(n, 24)}</p><p>{sentence(n + 50, 14)}</p>" for n in range(9)]
    article = "".join(f"<p>{sentence(n, 40)}</p>" for n in range(60, 69))
    assert len(extract(_beside(items, article, before=False), layouts=False).updates) == 9
    with pytest.raises(NoUpdatesError):
        extract(_beside(items, article, before=True), layouts=False)


def test_an_article_in_chinese_is_as_long_with_fewer_characters() -> None:
    items = [f"<p>2026-03-03 {22 - n}:4{n}</p><p>{'老桥自中午起禁止车辆通行' * 8}，第{n}次。</p>" for n in range(9)]
    article = f"<p>{'救援人员整夜在港口工作，' * 20}</p>" * 5
    assert len(extract(_beside(items, article, before=False), layouts=False).updates) == 9
    with pytest.raises(NoUpdatesError):
        extract(_beside(items, article, before=True), layouts=False)


def _clocks_of_rows(rows: str) -> list[str]:
    page = Page(url="https://example.test/news/storm", body=f"<html><body><table>{rows}</table>".encode())
    return [marker.raw for marker in page.surveyed.markers]


def test_a_figure_among_figures_is_no_clock() -> None:
    averages = "".join(f"<tr><td>Ann Marsh (L,4-5)</td><td>6.1</td><td>{n}</td><td>{n + 2}.4{n}</td></tr>" for n in range(3))
    assert _clocks_of_rows(averages) == []
    ticker = "".join(f"<tr><td>{n + 2}.4{n}</td><td>The lamps went out in {n} streets.</td></tr>" for n in range(3))
    assert _clocks_of_rows(ticker) == ["2.40", "3.41", "4.42"]


def _without_names(html: str) -> str:
    """The page with class names that say nothing, as build tools write them, and no ids."""
    html = re.sub(r'class="([^"]*)"', lambda found: f'class="css-{abs(hash(found[1])) % 99991}"', html)
    return re.sub(r' (?:id|data-[\w-]*id|data-key)="[^"]*"', "", html)


@pytest.mark.parametrize("make", [make for make in POSITIVE if make.__name__ not in ("nos", "amp")], ids=lambda make: make.__name__)
def test_live_page_without_telling_names(make: Callable[[], Case]) -> None:
    case = make()
    assert len(extract(page_of(case, _without_names(case.html)), layouts=False).updates) == len(case.updates)


TOLD_WITHOUT_NAMES = [make for make in NEGATIVE + NEGATIVE_TICKERS + NEGATIVE_OTHERS + NEGATIVE_LINES if make.__name__ != "board"]


@pytest.mark.parametrize("make", TOLD_WITHOUT_NAMES, ids=lambda make: make.__name__)
def test_other_page_without_telling_names(make: Callable[[], Case]) -> None:
    case = make()
    with pytest.raises(NoUpdatesError):
        extract(page_of(case, _without_names(case.html)), layouts=False)


def test_the_length_of_a_video_is_no_time() -> None:
    with pytest.raises(NoUpdatesError):
        extract(page_of(videos_in_a_text()), layouts=False)


def test_pictures_and_embeds_stand_below_the_words_and_boxes_of_others_do_not() -> None:
    def block(number: int, more: str) -> str:
        time_of = f'<time datetime="2026-03-01T1{number}:05:00Z">1{number}:05</time>'
        return (
            f'<article class="update" id="u-{number}00">{time_of}<h3>{sentence(number)}</h3><p>{sentence(number + 10)}</p>{more}</article>'
        )

    blocks = (
        block(5, '<figure><img src="/a.jpg" alt="The pier"><figcaption>Waves. Photograph: A. Person</figcaption></figure>'),
        block(4, '<blockquote class="twitter-tweet"><p>So wet</p><a href="https://twitter.com/a/status/2">x</a></blockquote>'),
        block(3, '<div class="related-stories"><a href="/other"><img src="/other.jpg">Another story</a></div>'),
        block(2, '<aside class="newsletter"><img src="/sign-up.jpg"></aside><div class="share-bar"><img src="/share.png"></div>'),
        block(1, '<div class="video-embed"><iframe src="https://player.vimeo.com/video/1"></iframe></div>'),
    )
    html = f"<html><head><title>Storm</title></head><body><h1>Storm: live updates</h1><main>{''.join(blocks)}</main></body></html>"
    found = extract(Page(url="https://echo.example/live/storm", body=html.encode()))
    entries = [normalise(update, found) for update in found.updates]
    assert [entry.text for entry in entries] == [sentence(number + 10) for number in (5, 4, 3, 2, 1)]
    links = [re.findall('<a href="([^"]*)', entry.html or "") for entry in entries]
    assert links == [["https://echo.example/a.jpg"], ["https://twitter.com/a/status/2"], [], [], ["https://player.vimeo.com/video/1"]]
    assert "<figcaption>Waves. Photograph: A. Person</figcaption>" in (entries[0].html or "")


def test_a_reading_says_how_sure_it_is() -> None:
    found = extract(page_of(with_comments()), layouts=False)
    assert found.method == "generic"
    assert re.search(r"certainty 0\.\d\d", found.warnings[0])


def gold_page(slug: str) -> tuple[Page, list[dict[str, str | None]]]:
    if not CORPUS.is_dir():
        pytest.skip(f"the corpus of real pages is not at {CORPUS}: they are not ours to publish")
    gold = json.loads((CORPUS / "gold" / f"{slug}.json").read_text(encoding="utf-8"))
    return Page.from_file(CORPUS / "pages" / f"{slug}.html", url=gold["url"]), gold["entries"]


@pytest.mark.parametrize("slug", MADE_OF_ELEMENTS)
def test_markup_alone_of_real_pages(slug: str) -> None:
    page, wanted = gold_page(slug)
    bare = Page(url=page.url, body=re.sub(rb"<script\b[^>]*>.*?</script>", b"", page.body, flags=re.S))
    found = extract_generic(bare)
    assert found is not None
    assert len(found.updates) == len(wanted)
    assert [" ".join((u.title or "").split()) for u in found.updates] == [" ".join((entry["headline"] or "").split()) for entry in wanted]
    for update, entry in zip(found.updates, wanted, strict=True):
        assert update.published is not None
        assert abs((update.published.instant - from_iso(entry["published"] or "").instant).total_seconds()) < 60


def test_times_come_from_the_state_where_the_markup_has_none() -> None:
    page, wanted = gold_page("nytimes-2020")
    bare = Page(url=page.url, body=re.sub(rb"<script[^>]*ld\+json[^>]*>.*?</script>", b"", page.body, flags=re.S))
    found = extract_undescribed(bare)
    assert found is not None
    assert [update.source_id for update in found.updates] == [entry["id"] for entry in wanted]
    assert [update.published and update.published.instant for update in found.updates] == [
        from_iso(entry["published"] or "").instant for entry in wanted
    ]


_ITEM = '<div class="live-post"><time datetime="2026-03-03T10:00:00Z">10:00</time><p>' + sentence(1) + "</p></div>"
HOSTILE = {
    "16-mib-of-updates": lambda: document(_ITEM * 120_000),
    "nested": lambda: "<div>" * 100_000 + "<time datetime='2026-03-03T10:00:00Z'>10:00</time>",
    "nested-updates": lambda: '<div class="live-post"><time>10:00</time>' * 30_000,
    "nested-strong": lambda: "<p>" + "<b>10:00 " * 50_000,
    "one-text": lambda: "<p>" + "10:00 " * 2_000_000,
    "digits": lambda: "".join(f"<p>{'1' * 300}:{'2' * 300}</p>" for _ in range(5000)),
    "classes": lambda: f'<div class="{"live-post- " * 100_000}"><time>10:00</time></div>' * 3,
    "attributes": lambda: "<div " + " ".join(f'data-time{n}="1772575200"' for n in range(4_000)) + ">x</div>",
    "siblings": lambda: "<ul>" + "<li>10:00" * 100_000,
    "headings": lambda: "<h2>10.00 Uhr: x</h2><p>y</p>" * 60_000,
    "scripts": lambda: "<script>x = {" * 2000 + "2026-03-03T10:00:00Z" + "={[" * 200_000 + "</script>",
    "emphasis": lambda: "".join(f"<p><strong>{'a' * 50}<em></strong>" for _ in range(20_000)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_page_is_read_or_refused_in_bounded_time(name: str) -> None:
    page = Page(url="https://news.example/live/x", body=("<html><body>" + HOSTILE[name]()).encode()[: 16 * 1024 * 1024])
    with suppress(ExtractionError):
        page.selector  # noqa: B018  (what parsing costs is not ours)
    started = time.perf_counter()
    with suppress(ExtractionError):
        extract_undescribed(page)
    assert time.perf_counter() - started < 6
