"""Updates in JSON-LD that stand as they did: what is read is what `json` reads, and what stayed is the same object."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.embedded_json import load_json
from crawler.listed_json import Listed, load_listed

URL = "https://news.example/live/storm"


def posting(*updates: Any, **fields: Any) -> dict[str, Any]:
    return {"@type": "LiveBlogPosting", "headline": "Storm", "liveBlogUpdate": list(updates), **fields}


def update(number: int, text: str = "The river rose.") -> dict[str, Any]:
    return {"@type": "BlogPosting", "@id": f"#u{number}", "articleBody": text, "author": {"name": "Ann", "url": ["a", {"b": [1.5, None]}]}}


def written(value: Any, indent: int | None) -> str:
    return json.dumps(value, indent=indent, ensure_ascii=False)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet='ab"\\{}[],:\n\x00é😀', max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["headline", "item", "liveBlogUpdate", "@id"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.lists(st.lists(values, max_size=6), min_size=1, max_size=4), values, st.sampled_from([None, 0, 2]))
def test_any_lists_one_after_the_other_are_read_as_json_reads_them(polls: list[list[Any]], beside: Any, indent: int | None) -> None:
    for updates in polls:
        text = written([posting(*updates, about=beside), beside], indent)
        assert load_listed(text, "any") == json.loads(text)


@given(st.lists(st.lists(st.integers(0, 9), max_size=9), min_size=1, max_size=6), st.sampled_from([None, 2]))
def test_updates_that_come_and_go_are_read_as_json_reads_them(polls: list[list[int]], indent: int | None) -> None:
    for numbers in polls:
        text = written(posting(*map(update, numbers)), indent)
        assert load_listed(text, "come and go") == json.loads(text)


@pytest.mark.parametrize("indent", [None, 2])
def test_what_stayed_is_the_same_object(indent: int | None) -> None:
    before = load_listed(written(posting(*map(update, range(10, 0, -1))), indent), URL)["liveBlogUpdate"]
    edited = [
        update(12),
        update(11),
        update(10),
        update(9, "The river fell."),
        *map(update, (8, 6, 5, 4)),
    ]  # two new, one edited, one withdrawn
    after = load_listed(written(posting(*edited), indent), URL)["liveBlogUpdate"]
    assert [item["@id"] for item in after] == [f"#u{number}" for number in (12, 11, 10, 9, 8, 6, 5, 4)]
    same = [any(item is other for other in before) for item in after]
    assert same == [False, False, True, False, True, True, True, True]


def test_another_page_has_objects_of_its_own() -> None:
    text = written(posting(update(1)), None)
    assert load_listed(text, "one")["liveBlogUpdate"][0] is not load_listed(text, "another")["liveBlogUpdate"][0]


@pytest.mark.parametrize(
    "text",
    [
        '{"liveBlogUpdate": [{"a": 1}, {"b": 2}], "liveBlogUpdate": [{"c": 3}]}',
        '{"liveBlogUpdate": [{"a": 1}], "other": ["\\u0000items"]}',
        '{"liveBlogUpdate": [{"a": 1}, 2, {"b": 3}]}',
        '{"liveBlogUpdate": [{"a": 1}, []]}',
        '[{"liveBlogUpdate": [{"a": 1}]}, {"liveBlogUpdate": [{"b": 2}]}]',
        '{"name": "\\"liveBlogUpdate\\": [{", "liveBlogUpdate": [{"a": "}]"}]}',
        '{"liveBlogUpdate": [{"liveBlogUpdate": [{"a": 1}]}]}',
        '{"liveBlogUpdate": [{"a": "\\ud83d"}, {"b": "\\ud83d\\ude00"}]}',
        '{"liveBlogUpdate": {"a": 1}}',
        '{"liveBlogUpdate": []}',
        "[]",
    ],
)
def test_lists_of_odd_shapes_are_read_as_json(text: str) -> None:
    for _ in range(2):
        assert load_listed(text, text) == load_json(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"liveBlogUpdate": [{"a": 1}, ]}',
        '{"liveBlogUpdate": [{"a": 1} {"b": 2}]}',
        '{"liveBlogUpdate": [{"a": 1}',
        '{"liveBlogUpdate": [{"a": 1}]} }',
        '{"liveBlogUpdate": [{"a": 1}, {"a": }]}',
    ],
)
def test_what_is_no_json_is_none_here(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        load_json(text)
    with pytest.raises(ValueError, match=r"."):
        load_listed(text, text)


def test_nesting_too_deep_ends_as_it_does_for_json() -> None:
    text = '{"liveBlogUpdate": [{"a": ' + "[" * 100_000 + "]" * 100_000 + "}]}"
    with pytest.raises((ValueError, RecursionError)):
        load_listed(text, URL)


def test_items_of_a_script_as_long_as_no_page_has_are_not_kept() -> None:
    text = written(posting(*(update(number, "x" * 1000) for number in range(300))), None)
    assert load_listed(text, URL) == json.loads(text)
    assert not isinstance(load_listed(text, URL)["liveBlogUpdate"][0], Listed)
