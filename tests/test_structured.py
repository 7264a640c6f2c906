"""Structured data with the defects it is known to have, one small page each. The towns and their storms are invented."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import lxml.html
import pytest

from archive.errors import NoUpdatesError
from archive.model import Extraction, Update
from archive.normalise import normalise
from archive.times import from_iso
from crawler.extraction import extract
from crawler.page import Page
from crawler.structured import extract_structured, live_blog_posting, read_posting, union

URL = "https://www.northmouth.example/live/storm"
LONG = "The harbour wall gave way shortly before noon and the lower town was told to leave at once"


def item(number: int, **more: Any) -> dict[str, Any]:
    """One sound update, number 1 the oldest; None leaves a field out."""
    stated = {
        "@type": "BlogPosting",
        "url": f"{URL}#entry-70{number}",
        "headline": f"Gate {number} is shut",
        "datePublished": f"2026-03-01T12:0{number}:00Z",
        "articleBody": f"The keeper of gate {number} has shut it.",
    } | more
    return {name: value for name, value in stated.items() if value is not None}


def posting(items: Any, **more: Any) -> dict[str, Any]:
    stated = {"@context": "https://schema.org", "@type": "LiveBlogPosting", "url": URL, "headline": "Storm over Northmouth"}
    return stated | {"liveBlogUpdate": items} | more


def script(value: Any) -> str:
    return f'<script type="application/ld+json">{value if isinstance(value, str) else json.dumps(value)}</script>'


def page_of(*scripts: Any, body: str = "", url: str = URL, head: str = "") -> Page:
    blocks = "".join(script(value) for value in scripts)
    text = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Storm</title>{head}{blocks}</head><body>{body}</body></html>'
    return Page(url=url, body=text.encode())


def read(page: Page) -> Extraction:
    found = extract_structured(page)
    assert found is not None
    return found


def texts(found: Extraction) -> list[str | None]:
    return [update.text for update in found.updates]


SOUND = [item(2), item(1)]


@pytest.mark.parametrize(
    "scripts",
    [
        [posting(SOUND)],
        [[posting(SOUND)]],
        [{"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "@id": URL}, posting(SOUND)]}],
        [posting({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": update} for update in SOUND]})],
        [posting([SOUND])],
        [posting(SOUND) | {"@type": ["Article", "LiveBlogPosting"]}],
        [posting(SOUND) | {"@type": "https://schema.org/LiveBlogPosting"}],
        [{"@type": "WebPage", "mainEntity": posting(SOUND)}],
        [{"@type": "NewsArticle", "headline": "Other"}, '{"@type": "NewsArticle", "headline": "un"quoted"}', posting(SOUND)],
        [posting([]), posting(SOUND)],
        [posting(SOUND[:1]), posting(SOUND)],
        [posting(SOUND[:1]), posting(SOUND[1:])],
        [{"@graph": [posting([{"@id": "#u2"}, {"@id": "#u1"}]), item(2) | {"@id": "#u2"}, item(1) | {"@id": "#u1"}]}],
    ],
    ids=[
        "one block", "list", "graph", "ItemList", "list in a list", "two types", "type as address", "mainEntity", "broken block beside",
        "empty one first", "shorter one first", "in several scripts", "references",
    ],
)  # fmt: skip
def test_shapes(scripts: list[Any]) -> None:
    found = read(page_of(*scripts))
    assert [update.source_id for update in found.updates] == ["702", "701"]
    assert [update.title for update in found.updates] == ["Gate 2 is shut", "Gate 1 is shut"]
    assert texts(found) == ["The keeper of gate 2 has shut it.", "The keeper of gate 1 has shut it."]
    assert found.title == "Storm over Northmouth"


def test_one_object_instead_of_a_list() -> None:
    assert texts(read(page_of(posting(item(1))))) == ["The keeper of gate 1 has shut it."]


@pytest.mark.parametrize("items", [None, [], "", "soon", [None, "x", 3]])
def test_no_updates_yet(items: Any) -> None:
    page = page_of(posting(items))
    assert extract_structured(page) is None
    with pytest.raises(NoUpdatesError):
        extract(page)


def test_broken_blocks_are_told() -> None:
    assert read(page_of("{broken", posting(SOUND))).warnings == ("1 of the page's ld+json blocks could not be read as JSON",)


@pytest.mark.parametrize(("sound", "broken"), [("}]}", "},]}"), ("keeper of", "keeper\\'s of"), ("}]}", "}]};")])
def test_slips_of_templates_are_mended(sound: str, broken: str) -> None:
    found = read(page_of(json.dumps(posting(SOUND)).replace(sound, broken)))
    assert (len(found.updates), found.warnings) == (2, ())


def test_html_escapes_in_json() -> None:
    escaped = item(1, headline="&ldquo;Leave&rdquo;\n", articleBody="It&amp;#39;s the keeper&#39;s word &amp; law.")
    update = read(page_of(posting([item(2), escaped]))).updates[1]
    assert update.title.strip() == "\u201cLeave\u201d"  # type: ignore[union-attr]
    assert update.text == "It's the keeper's word & law."


def test_escaped_markup_is_markup() -> None:
    update = read(page_of(posting([item(2), item(1, articleBody="&lt;p&gt;Gate &lt;b&gt;one&lt;/b&gt;.&lt;/p&gt;")]))).updates[1]
    assert update.html == "<p>Gate <b>one</b>.</p>"


@pytest.mark.parametrize("body", [{"@type": "Text"}, {}, [], 7, None, "  "])
def test_a_body_that_is_no_text(body: Any) -> None:
    update = read(page_of(posting([item(2), item(1, articleBody=body)]))).updates[1]
    assert (update.title, update.text, update.html) == ("Gate 1 is shut", None, None)


def test_marks_of_embeds_are_no_text() -> None:
    update = read(page_of(posting([item(2), item(1, articleBody="Gate one. [[ge:local:northmouth:4711]]")]))).updates[1]
    assert update.text == "Gate one."


def test_a_body_whose_markup_was_taken_away_reads_well() -> None:
    glued = "It sails again later this year.The harbour, said Vale Lines , a ferry company, is open. So is the U.S. one."
    found = read(page_of(posting([item(1, articleBody=glued), item(2, articleBody="Rain.[[(Vale.Image2014v1) The pier]]")])))
    said = "It sails again later this year.\n\nThe harbour, said Vale Lines, a ferry company, is open. So is the U.S. one."
    assert [entry.text for entry in (normalise(update, found) for update in found.updates)] == [said, "Rain."]


def test_a_page_title_on_every_update() -> None:
    found = read(page_of(posting([item(2, headline="Storm over Northmouth"), item(1, headline="Storm over Northmouth")])))
    assert [update.title for update in found.updates] == [None, None]


def test_a_page_edit_time_on_every_update() -> None:
    found = read(page_of(posting([item(n, dateModified="2026-03-01T15:00:00Z") for n in (3, 2, 1)])))
    assert [update.updated for update in found.updates] == [None] * 3


def test_a_time_that_is_none_costs_no_update() -> None:
    update = read(page_of(posting([item(2), item(1, datePublished="around noon")]))).updates[1]
    assert (update.source_id, update.published) == ("701", None)


@pytest.mark.parametrize("raw", ["1772366460", 1772366460, "1772366460000"])
def test_epochs_for_times(raw: Any) -> None:
    update = read(page_of(posting([item(2), item(1, datePublished=raw)]))).updates[1]
    assert update.published is not None
    assert update.published.instant.isoformat() == "2026-03-01T12:01:00+00:00"


def test_times_without_an_offset_take_the_zone_of_the_page() -> None:
    items = [item(2, datePublished="2026-07-01T12:02:00"), item(1, datePublished="2026-07-01T12:01:00")]
    url = "https://www.nordmund.de/live/sturm"
    update = read(page_of(posting(items, url=url), url=url)).updates[0]
    assert update.published is not None
    assert (update.published.instant.isoformat(), update.published.basis) == ("2026-07-01T12:02:00+02:00", "page")
    unknown = read(page_of(posting(items))).updates[0].published
    assert unknown is not None
    assert unknown.basis == "inferred"


def test_sample_entries_of_a_theme_are_left_out() -> None:
    sample = item(1, url="https://www.ampbyexample.com/", headline="Sample", articleBody="A sample.")
    assert [update.source_id for update in read(page_of(posting([item(2), sample]))).updates] == ["702"]


def test_ids_that_count_places_are_none() -> None:
    items = [item(n, url=f"{URL}#post{4 - n}") for n in (3, 2, 1)]
    assert [update.source_id for update in read(page_of(posting(items))).updates] == [None] * 3


def test_an_id_as_it_stands() -> None:
    items = [item(n, url=None) | {"@id": f"64620e828f08e408b758af0{n}"} for n in (2, 1)]
    assert [update.source_id for update in read(page_of(posting(items))).updates] == [
        "64620e828f08e408b758af02",
        "64620e828f08e408b758af01",
    ]


# What the page shows against what its data says.


def entry(number: int, *, head: str = "", body: str = "", label: str = "") -> str:
    return (
        f'<article class="post" id="block-70{number}">'
        f'<header><time datetime="2026-03-01T11:0{number}:00Z">1{number}m ago</time>{head}</header>'
        f'{body}<footer><ul class="share"><li>Facebook</li><li>Twitter</li></ul>{label}</footer></article>'
    )


def test_an_id_in_the_query_of_the_pages_own_address() -> None:
    items = [item(number, url=f"{URL}?postId=a{number}b7c-44{number}") for number in (2, 1)]
    assert [update.source_id for update in read(page_of(posting(items))).updates] == ["a2b7c-442", "a1b7c-441"]


def test_bodies_that_begin_with_a_copy_of_the_headline() -> None:
    copied = [
        item(number, articleBody=f"Gate {number} is shut The keeper of gate {number} has shut it for the night.") for number in (3, 2, 1)
    ]
    assert texts(read(page_of(posting(copied)))) == [f"The keeper of gate {number} has shut it for the night." for number in (3, 2, 1)]
    begun = [item(number, articleBody=f"Gate {number} is shut for the night, the keeper of all gates says.") for number in (3, 2, 1)]
    assert texts(read(page_of(posting(begun)))) == [
        f"Gate {number} is shut for the night, the keeper of all gates says." for number in (3, 2, 1)
    ]


def test_the_pages_time_on_each_update_gives_way_to_the_shown_ones() -> None:
    items = [item(n, datePublished="2026-03-01T15:00:00Z", dateModified="2026-03-01T15:00:00Z", url=f"{URL}#70{n}") for n in (3, 2, 1)]
    edited = '<time datetime="2026-03-01T11:30:00Z">Updated at 11.30 GMT</time>'
    body = entry(3) + entry(2, label=edited) + entry(1)
    found = read(page_of(posting(items, datePublished="2026-03-01T15:00:00Z"), body=body))
    assert [u.published and u.published.instant.strftime("%H:%M") for u in found.updates] == ["11:03", "11:02", "11:01"]
    assert [u.updated and u.updated.instant.strftime("%H:%M") for u in found.updates] == [None, "11:30", None]


def test_the_pages_headline_on_each_update_gives_way_to_the_shown_ones() -> None:
    items = [item(n, headline="Storm over Northmouth", url=f"{URL}#70{n}") for n in (3, 2, 1)]
    card = '<p>Gate 1.</p><div><h3><a href="/other">Another story</a></h3></div>'
    body = entry(3, head="<h2>Third gate</h2>") + entry(2, body="<p>Gate 2.</p>") + entry(1, body=card)
    assert [update.title for update in read(page_of(posting(items), body=body)).updates] == ["Third gate", None, None]


def test_empty_bodies_are_filled_under_the_same_id() -> None:
    items = [item(2), item(1, articleBody="")]
    shown = "<h3>Gate 1 is shut</h3><p>The keeper shut it.</p><ul><li>No way in</li></ul><figure><figcaption>A gate</figcaption></figure>"
    update = read(page_of(posting(items), body=entry(2) + entry(1, body=shown))).updates[1]
    assert update.html == "<p>The keeper shut it.</p><ul><li>No way in</li></ul>"
    assert update.title == "Gate 1 is shut"


def test_a_body_that_is_only_an_embed_stays_empty() -> None:
    found = read(page_of(posting([item(2), item(1, articleBody="")]), body=entry(2) + entry(1, body="<p>https://social.example/1</p>")))
    assert (found.updates[1].text, found.updates[1].html) == (None, None)


def test_a_text_that_breaks_off_is_completed_by_what_is_shown() -> None:
    whole = f"<p>{LONG}, said the keeper.</p><p>Nobody was hurt.</p>"
    update = read(page_of(posting([item(2), item(1, articleBody=LONG)]), body=entry(2) + entry(1, body=whole))).updates[1]
    assert update.html == whole


def test_a_text_that_ends_is_left_alone() -> None:
    pointer = f"<p>{LONG}.</p><p>Read on: the keeper's own story</p>"
    update = read(page_of(posting([item(2), item(1, articleBody=f"{LONG}.")]), body=entry(2) + entry(1, body=pointer))).updates[1]
    assert (update.text, update.html) == (f"{LONG}.", None)


def test_a_headline_cut_short_is_completed() -> None:
    cut = item(1, headline="The keeper of the lower gate says that the s\u2026")
    shown = "<p>The keeper of the lower gate says that the sea \u201cwill have it\u201d</p><p>The keeper of gate 1 has shut it.</p>"
    update = read(page_of(posting([item(2), cut]), body=entry(2) + entry(1, body=shown))).updates[1]
    assert update.title == "The keeper of the lower gate says that the sea \u201cwill have it\u201d"


def test_another_live_blog_of_the_page_is_no_part_of_it() -> None:
    other = posting([item(5)], headline="The count in Southmouth", url="https://www.northmouth.example/live/count")
    assert [update.source_id for update in read(page_of(posting(SOUND), other)).updates] == ["702", "701"]


def test_a_headline_that_is_a_cut_of_a_text_the_data_lacks_is_none() -> None:
    """`articleBody` is an object without text (Automattic's live blog of 2019)."""
    said = "The keeper of the lower gate says that the sea will have it, and nobody else."
    cut = item(1, headline=f"{said[:40]}\u2026", articleBody={"@type": "Text"})
    shown = f"<p>{said}</p><p>He left.</p>"
    update = read(page_of(posting([item(2), cut]), body=entry(2) + entry(1, head="", body=shown))).updates[1]
    assert (update.title, update.html) == (None, shown)


def test_data_the_other_way_round_than_the_page_shows_it() -> None:
    items = [item(n, articleBody="") for n in (1, 2, 3)]
    body = "".join(entry(n, body=f"<p>The keeper shut gate {n}.</p>") for n in (3, 2, 1))
    assert [update.source_id for update in read(page_of(posting(items), body=body)).updates] == ["703", "702", "701"]


def test_ids_only_the_markup_has_are_found_by_the_words() -> None:
    bodies = {n: f"{LONG}, which is what the keeper of gate {n} said." for n in (3, 2, 1)}
    bodies = {n: f"Gate {n}: {text}" for n, text in bodies.items()}
    items = [item(n, url=None, articleBody=bodies[n]) for n in (3, 2, 1)]
    index = "<nav><p>" + bodies[2] + "</p></nav>"
    body = (
        index + "<main>" + "".join(f'<section class="post" id="1906_event{n}"><p>{bodies[n]}</p></section>' for n in (3, 2, 1)) + "</main>"
    )
    assert [update.source_id for update in read(page_of(posting(items), body=body)).updates] == [
        "1906_event3",
        "1906_event2",
        "1906_event1",
    ]


def test_the_sites_own_id_beside_the_anchor() -> None:
    items = [item(n, url=f"{URL}#gate-{word}-is-shut") for n, word in ((2, "two"), (1, "one"))]
    body = "".join(
        f'<div data-source-id="1000{n}"><div id="gate-{word}-is-shut"></div><p>x</p></div>' for n, word in ((2, "two"), (1, "one"))
    )
    assert [update.source_id for update in read(page_of(posting(items), body=body)).updates] == ["10002", "10001"]


# Microdata.


def scoped(inner: str) -> str:
    return f'<div itemscope itemtype="https://schema.org/LiveBlogPosting"><h1 itemprop="headline">Storm over Northmouth</h1>{inner}</div>'


def micro(number: int, body: str) -> str:
    return (
        f'<div itemprop="liveBlogUpdate" itemscope itemtype="https://schema.org/BlogPosting" id="post-70{number}">'
        f'<meta itemprop="datePublished" content="2026-03-01T12:0{number}:00Z"><h2 itemprop="headline">Gate {number} is shut</h2>'
        f'<span itemprop="author" itemscope itemtype="https://schema.org/Person"><span itemprop="name">Ada Quay</span></span>{body}</div>'
    )


def test_microdata() -> None:
    body = '<div itemprop="articleBody"><p>The keeper shut it.</p><p>He left.</p></div>'
    found = read(page_of(body=scoped(micro(2, body) + micro(1, body))))
    assert found.method == "microdata"
    assert found.title == "Storm over Northmouth"
    update = found.updates[0]
    assert (update.source_id, update.title, update.byline) == ("702", "Gate 2 is shut", "Ada Quay")
    assert "<p>The keeper shut it.</p><p>He left.</p>" in (update.html or "")
    assert update.published == from_iso("2026-03-01T12:02:00Z")


def test_microdata_that_stands_elsewhere_under_an_id() -> None:
    refer = (
        '<div itemprop="liveBlogUpdate" itemscope itemtype="https://schema.org/BlogPosting" id="post-70{0}" itemref="text{0}">'
        '<meta itemprop="datePublished" content="2026-03-01T12:0{0}:00Z"><h2 itemprop="headline">Gate {0} is shut</h2></div>'
    )
    texts = "".join(f'<div itemprop="articleBody" id="text{n}"><p>The keeper shut gate {n}.</p></div>' for n in (1, 2))
    found = read(page_of(body=scoped(refer.format(2) + refer.format(1)) + texts))
    assert [update.text for update in found.updates] == ["The keeper shut gate 2.", "The keeper shut gate 1."]


def test_microdata_cut_at_a_quotation_mark_falls_back_to_what_is_shown() -> None:
    said = "The keeper of the lower gate told the people of the town that it was "
    whole = f'<p>{said}"high time" to leave.</p>'
    cut = f'<meta itemprop="articleBody" content="{said}"high time" to leave.">{whole}'
    found = read(page_of(body=scoped(micro(2, cut) + micro(1, cut))))
    assert [update.html for update in found.updates] == [whole, whole]


@pytest.mark.parametrize("inner", ["", "<p>12:30 Kick-off</p>", '<div itemprop="liveBlogUpdate">12:30</div>'])
def test_an_itemtype_without_items(inner: str) -> None:
    assert extract_structured(page_of(body=scoped(inner))) is None


def test_extruct_is_imported_only_for_microdata() -> None:
    code = (
        "import sys; from crawler.page import Page; from crawler.extraction import extract; from archive.reading_times import read_time;"
        "from pathlib import Path; page = Page(url='https://x.example/live', body=sys.stdin.buffer.read()); assert extract(page).updates;"
        "assert not {'extruct', 'dateparser', 'rdflib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], input=page_of(posting(SOUND)).body, check=True)


# AMP live lists.


def amp(*items: str) -> Page:
    return page_of(body=f'<amp-live-list id="live" data-poll-interval="15000"><div items>{"".join(items)}</div></amp-live-list>')


def test_amp_live_list() -> None:
    seconds = '<div id="post-702" data-sort-time="1772366520" data-update-time="1772366700"><h2>Gate 2</h2><p>Shut.</p></div>'
    milliseconds = '<div id="post-701" data-sort-time="1772366460000" data-update-time="1772366460000"><p>Gate 1 is shut.</p></div>'
    advert = '<div id="x1" data-sort-time="1"><p>Buy boats</p></div>'
    own_advert = '<div id="ad-701" data-sort-time="1772366460000"><p>Buy boats</p></div>'
    deleted = '<div id="post-700" data-sort-time="1772366400" data-tombstone></div>'
    found = read(amp(seconds, advert, milliseconds, own_advert, deleted))
    assert found.method == "amp-live-list"
    assert [(u.source_id, u.title, u.html) for u in found.updates] == [
        ("702", "Gate 2", "<p>Shut.</p>"),
        ("701", None, "<p>Gate 1 is shut.</p>"),
    ]
    assert [u.published and u.published.instant.strftime("%H:%M:%S") for u in found.updates] == ["12:02:00", "12:01:00"]
    assert [u.updated and u.updated.instant.strftime("%H:%M:%S") for u in found.updates] == ["12:05:00", None]


def test_an_amp_item_shows_another_time_than_it_sorts_by() -> None:
    shown = '<div id="p9" data-sort-time="1772366460"><amp-timeago datetime="2026-03-01T17:00:00.000Z">x</amp-timeago><p>Late.</p></div>'
    when = read(amp(shown)).updates[0].published
    assert when is not None
    assert when.instant.isoformat() == "2026-03-01T17:00:00+00:00"


def test_an_amp_id_that_changes_with_each_edit_is_none() -> None:
    assert read(amp('<div id="post1772366460" data-sort-time="1772366460"><p>Gate.</p></div>')).updates[0].source_id is None


def test_json_ld_beside_an_amp_list_is_one_reading() -> None:
    items = [item(n, url=f"{URL}/#liveblogPost55270{n}") for n in (3, 2, 1)]
    lists = [
        f'<div id="post-55270{n}" data-sort-time="17723664{n}0" data-update-time="1772367000">'
        f"<p>The keeper of gate {n} has shut it.</p></div>"
        for n in (2, 1)
    ]
    body = f"<amp-live-list><div items>{''.join(lists)}</div></amp-live-list>"
    found = read(page_of(posting(items), body=body))
    assert [update.source_id for update in found.updates] == ["552703", "552702", "552701"]
    assert [update.updated is not None for update in found.updates] == [False, True, True]


# Union.


def ups(*ids: str, **more: Any) -> tuple[Update, ...]:
    return tuple(Update(source_id=name, text=f"{name} is what this update of the storm says", **more) for name in ids)


def test_union_takes_all_of_the_longer_side() -> None:
    many = ups(*(f"e{n}" for n in range(428, 0, -1)))
    few = ups(*(f"e{n}" for n in range(428, 398, -1)), byline="Ada Quay")
    whole = union(many, few)
    assert len(whole) == 428
    assert [update.byline for update in (whole[0], whole[30])] == ["Ada Quay", None]


def test_union_keeps_what_only_one_side_has_in_its_place() -> None:
    assert [u.source_id for u in union(ups("e4", "e2"), ups("e5", "e4", "e3", "e2", "e1"))] == ["e5", "e4", "e3", "e2", "e1"]


def test_union_matches_ids_written_another_way() -> None:
    whole = union(ups("liveblogPost552701"), (Update(source_id="post-552701", title="Gate"),))
    assert [(u.source_id, u.title) for u in whole] == [("liveblogPost552701", "Gate")]


def test_union_without_ids_matches_by_words() -> None:
    whole = union(
        (Update(text="What this update of the storm says"),),
        (Update(source_id="b7", title="T", text="What this update of the storm says"),),
    )
    assert [(u.title, u.text) for u in whole] == [("T", "What this update of the storm says")]


def test_union_of_strangers_is_the_first() -> None:
    assert union(ups("a"), ups("b")) == ups("a")
    assert union((), ups("b")) == ups("b")


def test_union_takes_named_fields_from_the_second() -> None:
    first, second = from_iso("2026-03-01T12:00Z"), from_iso("2026-03-01T13:00Z")
    assert union(ups("a", published=first), ups("a", published=second))[0].published == first
    assert union(ups("a", published=first), ups("a", published=second), ("published",))[0].published == second


# Speed and hostility.


def test_sound_data_is_read_in_the_time_of_a_parse() -> None:
    items = [
        item(n % 10, url=f"{URL}#entry-{7000 + n}", articleBody=f"Gate {n}. " + "The keeper of the gate has shut it. " * 8)
        for n in range(120)
    ]
    body = "".join(f'<div class="a b"><p class="x">Paragraph <b>{n}</b> of <a href="/{n}">a page</a></p></div>' for n in range(6000))
    page = page_of(posting(items), body=body)

    def quickest(work: Any) -> float:
        durations = []
        for _ in range(5):
            started = time.perf_counter()
            work()
            durations.append(time.perf_counter() - started)
        return min(durations)

    parse = quickest(lambda: lxml.html.fromstring(page.body))
    assert quickest(lambda: extract_structured(Page(url=URL, body=page.body))) < 1.3 * parse


@pytest.mark.parametrize(
    "value",
    [
        posting([item(1)] * 3000),
        posting([{"@type": "BlogPosting"}] * 3000),
        posting(item(1, articleBody="<p>" * 3000 + "x")),
        posting(item(1, articleBody="[[" * 50_000)),
        posting(item(1, headline="&amp;" * 50_000, datePublished="1" * 100_000)),
        posting([[[[[item(1)]]]]]),
        posting({"itemListElement": {"itemListElement": {"itemListElement": []}}}),
        {"@type": "LiveBlogPosting", "liveBlogUpdate": {"@id": "#self"}, "@id": "#self"},
        {"@type": {"a": 1}, "liveBlogUpdate": [{"url": "http://[broken", "author": [[1]], "headline": {"x": 1}}]},
    ],
)  # fmt: skip
def test_hostile_data_is_read_or_refused_quickly(value: Any) -> None:
    started = time.perf_counter()
    found = extract_structured(page_of(value))
    assert found is None or found.updates
    assert time.perf_counter() - started < 3


@pytest.mark.parametrize("body", [b"<script ld+json" * 30_000, b'<script type="application/ld+json">' * 30_000])
def test_scripts_that_never_end_are_passed_by_quickly(body: bytes) -> None:
    started = time.perf_counter()
    assert Page(url=URL, body=b"<html>" + body).json_ld == ()
    assert time.perf_counter() - started < 2


def test_the_names_others_import() -> None:
    page = page_of(posting(SOUND))
    data = live_blog_posting(page)
    assert data is not None
    assert len(read_posting(page, data, zone="Europe/London").updates) == 2
