# ruff: noqa: E501  (markup and records in one line, as sites send them)
"""JSON nobody described: answers of platforms, page state, and JSON that holds something else."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from archive.errors import ExtractionError, NoUpdatesError
from archive.model import Extraction
from archive.normalise import normalise
from crawler.devalue import revived
from crawler.extraction import extract
from crawler.page import Page
from crawler.script_literals import literals
from tests.generic_pages import document, headline, sentence

LAST = datetime(2026, 3, 3, 22, 47, 12, tzinfo=UTC)
TIMES = [LAST - timedelta(minutes=19 * n + n % 3) for n in range(8)]
URL = "https://api.example/live/storm/posts"


def body(n: int) -> str:
    return f"{sentence(n)} {sentence(n + 100)}"


def markup(n: int) -> str:
    return f"<p>{sentence(n)}</p><p>{sentence(n + 100)}</p>"


def wordpress() -> Any:
    entries = [
        {
            "id": 700 - n,
            "type": "new",
            "render": f"<div class='liveblog-entry'><span>{at:%H:%M}</span>{markup(n)}</div>",
            "content": markup(n),
            "css_classes": "liveblog-entry",
            "timestamp": str(int(at.timestamp()) + 300),
            "entry_time": int(at.timestamp()),
            "authors": [{"id": 4, "key": "ann", "name": "Ann Marsh"}],
            "share_link": f"{URL}#{700 - n}",
            "key_event": n == 2,
        }
        for n, at in enumerate(TIMES)
    ]
    entries.insert(1, {**entries[1], "id": 650, "type": "delete", "content": "", "render": ""})
    return {"entries": entries, "latest_timestamp": 1, "refresh_interval": 10, "pages": 1, "page": 1, "total": 8}


def aljazeera() -> Any:
    posts = [
        {
            "id": str(4400 - n),
            "title": headline(n),
            "content": markup(n),
            "author": [{"name": "Ann Marsh"}],
            "date": at.isoformat()[:19],
            "modified_gmt": (at + timedelta(minutes=2)).isoformat()[:19],
            "link": URL,
            "shouldDisplayTitle": n != 3,
        }
        for n, at in enumerate(TIMES)
    ]
    return {"data": {"posts": posts}}


def norkon() -> Any:
    bulletins = [
        {"id": 90 - n, "title": headline(n), "authorName": "Ann Marsh", "created": int(at.timestamp()), "content": {"html": markup(n)}}
        for n, at in enumerate(TIMES)
    ]
    return {"result": {"bulletins": bulletins, "hasMore": True}}


def world_service() -> Any:
    """Texts seven levels down, times in an object of their own, headlines as nested blocks."""
    results = [
        {
            "urn": f"asset:{n * 7919 + 4096:08x}",
            "type": "POST",
            "header": {
                "model": {"blocks": [{"type": "headline", "model": {"blocks": [{"type": "text", "model": {"text": headline(n)}}]}}]}
            },
            "content": {
                "model": {
                    "blocks": [
                        {"type": "paragraph", "model": {"text": sentence(n), "blocks": []}},
                        {"type": "image", "model": {"caption": {"text": sentence(n + 700)}}},
                        {"type": "paragraph", "model": {"text": sentence(n + 100), "blocks": []}},
                    ]
                }
            },
            "options": {"isBreakingNews": False},
            "dates": {"firstPublished": at.isoformat(), "lastPublished": at.isoformat(), "time": None, "curated": at.isoformat()},
        }
        for n, at in enumerate(TIMES)
    ]
    return {"pageData": {"liveTextStream": {"id": "x", "content": {"data": {"results": results, "page": {"index": 1, "total": 1}}}}}}


def json_api() -> Any:
    data = [
        {
            "type": "live-post",
            "id": f"{n}f{n * 31}a",
            "attributes": {"headline": headline(n), "body": body(n), "publishedAt": at.isoformat(), "pinned": n == 4},
        }
        for n, at in enumerate(TIMES)
    ]
    return {"data": data, "included": [{"type": "author", "id": str(n), "attributes": {"name": "Ann"}} for n in range(20)]}


def by_id() -> Any:
    """Records under their ids, among others of another kind."""
    posts = {
        f"LivePost:{n * 37 + 5}": {
            "__typename": "LivePost",
            "postId": n * 37 + 5,
            "title": headline(n),
            "text": body(n),
            "publishTime": int(at.timestamp() * 1000),
        }
        for n, at in enumerate(TIMES)
    }
    authors = {
        f"Author:{n}": {"__typename": "Author", "name": "Ann", "role": "Reporter", "joined": "2020-01-01T00:00:00Z"} for n in range(12)
    }
    return {"cache": {**authors, **posts}}


def inside_strings() -> Any:
    """A posting kept as a JSON string inside JSON (Tickaroo)."""
    posting = {
        "@type": "LiveBlogPosting",
        "headline": "Storm",
        "liveBlogUpdate": [
            {"@type": "BlogPosting", "headline": headline(n), "datePublished": at.isoformat(), "articleBody": body(n)}
            for n, at in enumerate(TIMES)
        ],
    }
    return {"html": "<div></div>", "schemaOrg": json.dumps(posting)}


def date_and_time() -> Any:
    """Wall clocks in two fields, without a zone."""
    return {
        "liveblog": [
            {"nid": str(880 - n), "headline": headline(n), "lead": "", "text": body(n), "date": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}"}
            for n, at in enumerate(TIMES)
        ]
    }


ANSWERS = {
    "wordpress": (wordpress, False),
    "aljazeera": (aljazeera, True),
    "norkon": (norkon, True),
    "world-service": (world_service, True),
    "json-api": (json_api, True),
    "by-id": (by_id, True),
    "inside-strings": (inside_strings, True),
    "date-and-time": (date_and_time, True),
}


def read(value: Any, *, url: str = URL) -> Extraction:
    return extract(Page(url=url, body=json.dumps(value).encode(), fetched_at=LAST), layouts=False)


def check(found: Extraction, *, titled: bool, seconds: int = 60) -> None:
    entries = [normalise(update, found) for update in found.updates]
    assert [" ".join(entry.text.split()) for entry in entries] == [body(n) for n in range(8)]
    assert [entry.title for entry in entries if entry.title] in (
        [headline(n) for n in range(8)] if titled else [],
        [headline(n) for n in range(8) if n != 3],
    )
    instants = [entry.published.instant for entry in entries if entry.published]
    assert [abs(instant - at) <= timedelta(seconds=seconds) for instant, at in zip(instants, TIMES, strict=True)] == [True] * 8


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_of_unknown_platforms(name: str) -> None:
    value, titled = ANSWERS[name]
    found = read(value())
    check(found, titled=titled)
    assert found.method == "records"
    assert any("certainty" in warning for warning in found.warnings)


def test_a_story_of_stories_and_the_introduction_above_them() -> None:
    """Arc: a live story's updates are stories among its texts, their headlines an object, pointers between their paragraphs."""
    updates = [
        {
            "_id": f"Q{n}X7",
            "type": "story",
            "headlines": {"basic": headline(n)},
            "display_date": at.isoformat(),
            "content_elements": [
                {"type": "text", "content": sentence(n)},
                {"type": "interstitial_link", "content": "Read what happened before", "url": "/x"},
                {"type": "text", "content": sentence(n + 100)},
            ],
        }
        for n, at in enumerate(TIMES)
    ]
    story = {"type": "story", "content_elements": [{"type": "text", "content": sentence(55)}, *updates]}
    check(read(story, url="https://paper.example/live/storm.json"), titled=True)


def test_paragraphs_of_marked_pieces() -> None:
    def run(text: str) -> dict[str, Any]:
        link = {"nodeType": "hyperlink", "data": {"uri": "https://x.example"}, "content": [{"nodeType": "text", "value": text[20:40]}]}
        return {
            "nodeType": "paragraph",
            "content": [
                {"nodeType": "text", "value": text[:20]},
                link,
                {"nodeType": "text", "value": text[40:], "marks": [{"type": "bold"}]},
            ],
        }

    updates = [
        {
            "id": f"c{n}y7",
            "heading": headline(n),
            "timestamp": at.isoformat(),
            "body": {"nodeType": "document", "content": [run(sentence(n)), run(sentence(n + 100))]},
        }
        for n, at in enumerate(TIMES)
    ]
    check(read({"updates": updates}), titled=True)


def test_live_articles_kept_by_id_with_pieces_called_data() -> None:
    def paragraph(text: str) -> dict[str, Any]:
        return {"type": "p", "children": [{"type": "text", "data": text}]}

    kept = {
        f"LiveArticle:{n}": {
            "__typename": "LiveArticle",
            "entityId": f"32{n}001",
            "headline": headline(n),
            "body": [paragraph(sentence(n)), paragraph(sentence(n + 100))],
            "publishedDate": int(at.timestamp() * 1000),
        }
        for n, at in enumerate(TIMES)
    }
    check(read({"apollo": kept}, url="https://paper.example/live/storm.json"), titled=True)


def test_markup_that_begins_with_its_headline() -> None:
    entries = [
        {"id": 90 - n, "entry_time": int(at.timestamp()), "content": f"<h3>{headline(n)}</h3>{markup(n)}"} for n, at in enumerate(TIMES)
    ]
    check(read({"entries": entries}), titled=True)


def test_names_and_days_in_german() -> None:
    local = [at.astimezone(ZoneInfo("Europe/Berlin")) for at in TIMES]
    ticker = [
        {"nr": 900 - n * 2, "datum": f"{at:%d.%m.%Y}", "uhrzeit": f"{at:%H:%M}", "titel": headline(n), "text": markup(n)}
        for n, at in enumerate(local)
    ]
    check(read({"ticker": ticker}, url="https://zeitung.example.de/ticker.json"), titled=True)


def test_markup_in_an_answer() -> None:
    """A poller's answer: boxes of markup in strings, with times and ids of their own."""
    parts = [
        {
            "type": "new",
            "html": f'<div class="entry" id="entry-{90 - n}"><time datetime="{at.isoformat()}">x</time><h3>{headline(n)}</h3>{markup(n)}</div>',
        }
        for n, at in enumerate(TIMES)
    ]
    found = read({"numNewBlocks": 8, "parts": parts})
    check(found, titled=True)
    assert [update.source_id for update in found.updates] == [str(90 - n) for n in range(8)]


def test_the_first_update_of_a_live_blog() -> None:
    post = {"id": 4, "content": markup(0), "publishedAt": LAST.isoformat()}
    assert len(read({"liveblog": {"posts": [post]}}).updates) == 1


def test_what_is_marked_as_gone_is_left_out_and_marks_are_kept() -> None:
    posts = [
        {
            "_id": f"p{n * 7 + 1}",
            "body": body(n),
            "published": at.isoformat(),
            "sticky": n == 1,
            "deleted": n == 3,
            "status": "draft" if n == 5 else "open",
            "isKeyEvent": n == 2,
        }
        for n, at in enumerate(TIMES)
    ]
    found = read({"posts": posts})
    assert [update.source_id for update in found.updates] == ["p1", "p8", "p15", "p29", "p43", "p50"]
    assert [update.pinned for update in found.updates] == [False, True, False, False, False, False]
    assert found.updates[2].kind == "key_event"


def test_a_word_all_records_share_marks_none_as_gone() -> None:
    posts = [{"id": n * 7 + 1, "text": body(n), "published_date": at.isoformat(), "state": "draft"} for n, at in enumerate(TIMES)]
    assert len(read({"posts": posts}).updates) == 8


def test_a_repeated_record_is_read_once() -> None:
    posts = [{"id": n * 7 + 1, "text": body(n), "created_at": at.isoformat()} for n, at in enumerate(TIMES)]
    assert len(read({"updates": [posts[3], *posts]}).updates) == 8


def filled(state: Any, *, url: str = "https://paper.example/live/storm", language: str = "en", title: str = "Storm live") -> Extraction:
    """The reading of a page that holds nothing but its state."""
    script = f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(state, ensure_ascii=False)}</script>'
    html = f'<html lang="{language}"><head><title>{title}</title></head><body><div id="root"></div>{script}</body></html>'
    return extract(Page(url=url, body=html.encode(), fetched_at=LAST), layouts=False)


def test_fields_of_a_wire_in_chinese() -> None:
    """A time of creation in seconds, an address for passing each on, short texts without spaces (CLS)."""
    said = ("河水一夜之间上涨，老桥自中午起禁止车辆通行。", "两份名单只相差十九票，将重新清点全部选票。")
    items = [
        {
            "id": 180 - n,
            "title": "",
            "content": f"{n}号：{said[n % 2]}",
            "ctime": int(at.timestamp()),
            "shareurl": f"https://api.cls.example/a/{n}",
        }
        for n, at in enumerate(TIMES)
    ]
    found = filled({"state": {"telegraph": {"telegraphList": items}}}, url="https://www.cls.example/telegraph", language="zh", title="电报")
    assert [update.published and update.published.instant for update in found.updates] == [at.replace(second=at.second) for at in TIMES]
    assert [normalise(update, found).text for update in found.updates] == [f"{n}号：{said[n % 2]}" for n in range(8)]


def test_times_within_times_and_headlines_within_headlines() -> None:
    items = [
        {
            "id": f"q{n}",
            "headline": {"text": headline(n)},
            "dates": {"published": {"iso": at.isoformat(), "epoch": int(at.timestamp())}},
            "components": [
                {"type": "paragraph", "html": sentence(n)},
                {"type": "tweet", "url": "https://x.example"},
                {"type": "paragraph", "html": sentence(n + 100)},
            ],
        }
        for n, at in enumerate(TIMES)
    ]
    check(filled({"liveblog": {"updates": items}}), titled=True)


def test_times_of_a_database_are_of_the_country() -> None:
    """Names of ids that nobody listed, times with a space and without an offset."""
    zone = ZoneInfo("Europe/Warsaw")
    items = [
        {"noteId": 7100 + n, "title": headline(n), "content": markup(n), "date": f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"}
        for n, at in enumerate(TIMES)
    ]
    found = filled({"relation": {"name": "Burza", "notes": items}}, url="https://kurier.example.pl/na-zywo/burza", language="pl")
    check(found, titled=True)
    assert [update.source_id for update in found.updates] == [str(7100 + n) for n in range(8)]


def flattened(value: Any, *, names: bool = False) -> list[Any]:
    """A value as a list whose numbers are places in it; `names`: those of its fields stand in it too."""
    flat: list[Any] = []

    def put(value: Any) -> int:
        place = len(flat)
        flat.append(None)
        if isinstance(value, dict):
            flat[place] = {f"_{put(name)}" if names else name: put(inner) for name, inner in value.items()}
        elif isinstance(value, list):
            flat[place] = [put(inner) for inner in value]
        else:
            flat[place] = value
        return place

    put(value)
    return flat


def test_a_list_whose_numbers_are_places_in_it() -> None:
    posts = [{"id": f"n{n}", "title": headline(n), "body": markup(n), "publishedAt": at.isoformat()} for n, at in enumerate(TIMES)]
    flat = flattened({"data": {"live": {"messages": posts}}})
    script = f'<script type="application/json" id="__NUXT_DATA__">{json.dumps(flat)}</script>'
    html = f'<html lang="en"><head><title>Storm live</title></head><body><div id="__nuxt"></div>{script}</body></html>'
    check(extract(Page(url="https://paper.example/live/storm", body=html.encode(), fetched_at=LAST), layouts=False), titled=True)


def test_names_that_are_places_too() -> None:
    """What React Router hands to its stream."""
    posts = [{"id": f"n{n}", "title": headline(n), "body": markup(n), "publishedAt": at.isoformat()} for n, at in enumerate(TIMES)]
    flat = flattened({"loaderData": {"routes/live": {"posts": posts}}}, names=True)
    script = f"<script>window.__reactRouterContext.streamController.enqueue({json.dumps(json.dumps(flat) + chr(10))});</script>"
    html = f'<html lang="en"><head><title>Storm live</title></head><body><div id="root"></div>{script}</body></html>'
    check(extract(Page(url="https://paper.example/live/storm", body=html.encode(), fetched_at=LAST), layouts=False), titled=True)


def test_values_behind_the_numbers_of_their_kinds() -> None:
    """The properties of an island (Astro)."""
    posts = [
        [0, {"id": [0, f"n{n}"], "title": [0, headline(n)], "date": [3, at.isoformat()], "content": [0, markup(n)]}]
        for n, at in enumerate(TIMES)
    ]
    island = f'<astro-island props="{escape(json.dumps({"blog": [0, {"entries": [1, posts]}]}))}"></astro-island>'
    html = f'<html lang="en"><head><title>Storm live</title></head><body>{island}</body></html>'
    check(extract(Page(url="https://paper.example/live/storm", body=html.encode(), fetched_at=LAST), layouts=False), titled=True)


def test_a_list_that_refers_to_itself_ends() -> None:
    assert revived([{"a": 1, "b": 2}, [0, 2, 1], "x"]) == {"a": [None, "x", None], "b": "x"}
    assert revived([[1]] + [[n + 2] for n in range(100_000)]) is not None
    assert revived({"a": 1}) is None


def test_a_list_that_stands_for_too_much_is_cut() -> None:
    """Four levels of 300 references each stand for eight thousand million values."""

    def count(value: Any) -> int:
        return sum(map(count, value)) + 1 if isinstance(value, list) else 1

    found = revived([[1] * 300, [2] * 300, [3] * 300, [4] * 300, "Rain"])
    assert found[0][0][0][0] == "Rain"
    assert 300_000 < count(found) < 600_000


def _literal(state: str) -> str:
    """An object as a script writes it: names without quotes, strings in single ones, `!0` for true."""
    return re.sub(r'"(\w+)":', r"\1:", state).replace('"', "'").replace("true", "!0").replace("false", "!1")


STATES = {
    "next-data": lambda state: f'<script id="__NEXT_DATA__" type="application/json">{state}</script>',
    "assigned": lambda state: f"<script>window.__INITIAL_STATE__ = {state};(function(){{}})()</script>",
    "with-undefined": lambda state: f'<script>window.__DATA={state[:-1]}, "user":undefined}};</script>',
    "parsed": lambda state: f"<script>var s = JSON.parse({json.dumps(state)});</script>",
    "flight": lambda state: f"<script>self.__next_f.push([1,{json.dumps('3:' + state + chr(10))}])</script>",
    "literal": lambda state: f"<script>var blog = {_literal(state)}; start(blog, {{now: new Date()}});</script>",
    "nuxt": lambda state: (
        f'<script>window.__NUXT__=(function(a,b){{return {{layout:a,data:[{_literal(state)}],error:b}}}}("x",null));</script>'
    ),
    "attribute": lambda state: f'<div id="app" data-props="{escape(state)}"></div>',
    "bare-attribute": lambda state: f"<div id=app data-props='{state}'></div>",
}


def test_a_literal_that_is_none_ends_quickly() -> None:
    began = time.perf_counter()
    for text in ("= {a:" * 100_000, "= {a: '" + "x\\\\" * 300_000, "= [{a: 1}," * 100_000, "(function(" + "a," * 300_000):
        assert not list(literals(text))
    assert time.perf_counter() - began < 5


def test_surrogates_in_a_literal() -> None:
    assert next(literals("x = {a: '\\ud83d\\ude00\\ud83d" + "b" * 300 + "'}"))["a"].startswith("\U0001f600\ufffdb")


@pytest.mark.parametrize("name", STATES)
def test_state_of_a_page_that_a_script_fills(name: str) -> None:
    html = f'<html lang="en"><head><title>Storm live</title></head><body><div id="root"></div>{STATES[name](json.dumps(norkon()))}</body></html>'
    found = extract(Page(url="https://paper.example/live/storm", body=html.encode(), fetched_at=LAST), layouts=False)
    check(found, titled=True)


def test_state_and_markup_are_joined_by_id() -> None:
    items = "".join(
        f'<div class="css-1" id="post-{90 - n}"><h3>{headline(n)}</h3>{markup(n)}<p>{sentence(n + 800)}</p></div>' for n in range(8)
    )
    posts = [
        {"id": 90 - n, "title": headline(n), "content": markup(n), "firstPublished": at.isoformat(), "author": {"name": "Ann Marsh"}}
        for n, at in enumerate(TIMES)
    ]
    script = f'<script type="application/json">{json.dumps({"liveblog": {"posts": posts}})}</script>'
    found = extract(
        Page(url="https://paper.example/live/storm", body=document(f'<div class="live-posts">{items}</div>{script}').encode()),
        layouts=False,
    )
    assert [update.source_id for update in found.updates] == [str(90 - n) for n in range(8)]
    assert all(update.published for update in found.updates)


def articles() -> Any:
    return {
        "status": "ok",
        "totalResults": 20,
        "articles": [
            {
                "id": n,
                "title": headline(n),
                "description": sentence(n),
                "url": f"https://paper.example/2026/{n}",
                "publishedAt": (LAST - timedelta(hours=9 * n)).isoformat(),
            }
            for n in range(20)
        ],
    }


def comments() -> Any:
    return {
        "comments": [
            {"id": n, "user": {"name": f"reader{n}"}, "text": body(n), "created_at": at.isoformat(), "likes": n}
            for n, at in enumerate(TIMES)
        ]
    }


def weblog() -> Any:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {
                "id": f"https://diary.example/{n}",
                "url": f"https://diary.example/{n}",
                "title": headline(n),
                "content_html": markup(n),
                "date_published": (LAST - timedelta(days=6 * n)).isoformat(),
            }
            for n in range(9)
        ],
    }


def forecast() -> Any:
    return {"hourly": [{"time": (LAST + timedelta(hours=n)).isoformat(), "temperature": n, "summary": "Rain"} for n in range(24)]}


def products() -> Any:
    return {
        "products": [
            {"id": n, "title": headline(n), "description": sentence(n), "price": 9.5, "created_at": (LAST - timedelta(days=n)).isoformat()}
            for n in range(20)
        ]
    }


def programme() -> Any:
    return {
        "schedule": [
            {"id": n, "title": headline(n), "description": sentence(n), "startTime": (LAST + timedelta(minutes=30 * n)).isoformat()}
            for n in range(20)
        ]
    }


@pytest.mark.parametrize("value", [articles, comments, weblog, forecast, products, programme, dict], ids=lambda value: value.__name__)
def test_other_json_gives_nothing(value: Any) -> None:
    with pytest.raises(NoUpdatesError):
        read(value(), url="https://paper.example/api/v1")


def latest(slug: Callable[[int], str]) -> Any:
    """The stories that a page keeps beside its own: a slug and a lead each."""
    return {
        "latest": [
            {
                "content_id": 1398100 - n,
                "title": headline(n),
                "slug": slug(n),
                "lead": f"<p>{sentence(n)}</p>",
                "published_at": at.isoformat(),
            }
            for n, at in enumerate(TIMES)
        ]
    }


def announcements() -> Any:
    """Other stories, each with a summary kept as a tree of nodes."""
    return {
        "stories": {
            "further": [
                {
                    "id": n,
                    "title": headline(n),
                    "publishedAt": at.isoformat(),
                    "summary": {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": body(n)}]}]},
                }
                for n, at in enumerate(TIMES)
            ]
        }
    }


def latest_posts() -> Any:
    """Other stories in full, hours apart, in a list that is named posts."""
    return {
        "latestPosts": [
            {"id": n, "title": headline(n), "publishedAt": (LAST - timedelta(hours=7 * n)).isoformat(), "body": markup(n)} for n in range(9)
        ]
    }


@pytest.mark.parametrize("value", [articles, comments, products, announcements, latest_posts], ids=lambda value: value.__name__)
def test_other_state_gives_nothing(value: Any) -> None:
    paragraphs = "".join(f"<p>{sentence(n)} {sentence(n + 1)} {sentence(n + 2)}</p>" for n in range(20, 40))
    script = f'<script type="application/json">{json.dumps(value())}</script>'
    with pytest.raises(NoUpdatesError):
        extract(Page(url="https://paper.example/2026/03/storm", body=document(paragraphs + script).encode()), layouts=False)


@pytest.mark.parametrize("slug", [lambda n: f"the-storm-{n}", lambda n: f"world/20260303/the-storm-{n}"], ids=["of-words", "of-parts"])
def test_the_latest_stories_in_the_state_of_an_article_that_lists_them(slug: Callable[[int], str]) -> None:
    paragraphs = "".join(f"<p>{sentence(n)} {sentence(n + 1)} {sentence(n + 2)}</p>" for n in range(20, 40))
    links = "".join(f'<li><a href="/{slug(n)}">{headline(n)}</a> {sentence(n)}</li>' for n in range(len(TIMES)))
    script = f'<script type="application/json">{json.dumps(latest(slug))}</script>'
    body = document(f"{paragraphs}<ul>{links}</ul>{script}")
    with pytest.raises(NoUpdatesError):
        extract(Page(url="https://paper.example/2026/03/storm", body=body.encode()), layouts=False)


def nested(depth: int) -> str:
    return '{"a":[' * depth + "]}" * depth


HOSTILE = {
    "deep": lambda: nested(100_000),
    "many-lists": lambda: json.dumps([[{"id": n, "time": 1, "text": "x"}] for n in range(300_000)]),
    "one-long-list": lambda: json.dumps(
        {"posts": [{"id": n, "text": "x" * 10, "created": "2026-03-03T10:00:00Z"} for n in range(120_000)]}
    ),
    "long-string": lambda: json.dumps(
        {"posts": [{"id": 1, "html": "<" * 2_000_000, "created": 1772575200}, {"id": 2, "html": "&" * 2_000_000, "created": 1772575201}]}
    ),
    "strings-of-json": lambda: json.dumps({"a": [json.dumps({"b": "[" * 300})] * 1000}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_json_is_read_or_refused_in_bounded_time(name: str) -> None:
    raw = HOSTILE[name]().encode()[: 16 * 1024 * 1024]
    for page in (
        Page(url=URL, body=raw),
        Page(url=URL, body=b"<html><body><p>x</p><script type='application/json'>" + raw + b"</script></body></html>"),
    ):
        started = datetime.now(UTC)
        with suppress(ExtractionError):
            assert extract(page, layouts=False).updates
        assert datetime.now(UTC) - started < timedelta(seconds=6)
