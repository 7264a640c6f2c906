"""Citations: what they say, and that no title, name or address breaks out of them."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from archive.citation import Source, as_bibtex, as_csl_json, as_text
from archive.present import moment

BRIDGE = Source(
    publisher="Northmouth Echo",
    title="Bridge shut to lorries",
    byline="Orla Fenwick and Tomas Adeyemi",
    page="Storm Edda: the day as it happened",
    published=moment("2025-06-04T23:12:00Z", zone="Europe/London", precision="minute"),
    wording=2,
    seen=moment("2025-06-04T23:31:00Z", zone="Europe/London", seconds=True),
    slug="7d1c09ab33fe",
    url="https://echo.example/live/storm#u-4c1",
    language="en",
    digest="sha256:9f2b",
)
HOSTILE = [
    "}, evil = {x", "{", "}", "}}}}", "\\", "\\}", "%", "a % b", "$x^2_1$", "~#&", '"', "@article{x,", "two\nlines\r\n@misc{y,", "\x00\x07",
    "\u2028", "abc\u202edcba\u2066", "</script><script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>",
    "名前 – ünï", "\\input{/etc/passwd}",
    "and and and", "",
]  # fmt: skip


def fields(bibtex: str) -> dict[str, str]:
    """The fields of one entry, read as BibTeX reads it: braces are counted whatever stands before them."""
    head = re.match(r"@misc\{([A-Za-z0-9-]+),\n", bibtex)
    assert head, bibtex
    rest, found = bibtex[head.end() :], {}
    while not rest.startswith("}"):
        name = re.match(r"  ([a-z]+) = \{", rest)
        assert name, rest
        depth, end = 1, name.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(rest[end], 0)
            end += 1
        found[name[1]] = rest[name.end() : end - 1]
        assert rest[end : end + 2] == ",\n", rest[end:]
        rest = rest[end + 2 :]
    assert rest == "}\n", "nothing comes after the entry"
    return found


def test_plain_text() -> None:
    assert as_text(BRIDGE) == (
        "Northmouth Echo, “Bridge shut to lorries”, update of 5 June 2025, 00:12 BST, wording 2 as seen 5 June 2025, 00:31:00 BST,"
        " https://echo.example/live/storm#u-4c1; Stop Press, entry 7d1c09ab33fe."
    )


def test_bibtex() -> None:
    assert fields(as_bibtex(BRIDGE)) == {
        "author": "{Orla Fenwick and Tomas Adeyemi}",
        "title": "{Bridge shut to lorries}",
        "howpublished": "Storm Edda: the day as it happened",
        "organization": "Northmouth Echo",
        "date": "2025-06-05",
        "year": "2025",
        "month": "6",
        "url": "https://echo.example/live/storm#u-4c1",
        "urldate": "2025-06-04",
        "langid": "en",
        "note": "Wording 2 as seen 2025-06-04T23:31:00Z; Stop Press, entry 7d1c09ab33fe, capture sha256:9f2b",
    }


def test_csl_json() -> None:
    assert json.loads(as_csl_json(BRIDGE)) == [
        {
            "id": "stoppress-7d1c09ab33fe-2",
            "type": "post-weblog",
            "title": "Bridge shut to lorries",
            "author": [{"literal": "Orla Fenwick and Tomas Adeyemi"}],
            "container-title": "Storm Edda: the day as it happened",
            "publisher": "Northmouth Echo",
            "issued": {"date-parts": [[2025, 6, 5]]},
            "accessed": {"date-parts": [[2025, 6, 5]]},
            "URL": "https://echo.example/live/storm#u-4c1",
            "language": "en",
            "archive": "Stop Press",
            "archive_location": "7d1c09ab33fe",
            "version": "2",
            "note": "Wording 2 as seen 2025-06-04T23:31:00Z; Stop Press, entry 7d1c09ab33fe, capture sha256:9f2b",
        }
    ]


def test_an_update_without_a_title_or_a_time_is_cited_all_the_same() -> None:
    bare = replace(BRIDGE, title=None, byline=None, page=None, published=None, seen=None, url=None, language=None, digest=None)
    assert as_text(bare) == "Northmouth Echo, update without a time, wording 2; Stop Press, entry 7d1c09ab33fe."
    assert fields(as_bibtex(bare)) == {
        "author": "{Northmouth Echo}",
        "title": "{Update without a time}",
        "organization": "Northmouth Echo",
        "note": "Wording 2; Stop Press, entry 7d1c09ab33fe",
    }
    assert json.loads(as_csl_json(bare))[0].keys() == {
        "id", "type", "title", "author", "publisher", "archive", "archive_location", "version", "note",
    }  # fmt: skip
    day = replace(bare, published=moment("2025-06-03T23:00:00Z", zone="Europe/London", precision="day"))
    assert "date = {2025-06-04}" in as_bibtex(day)


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("name", ["publisher", "title", "byline", "page", "url", "slug", "language"])
def test_nothing_breaks_out_of_a_citation(name: str, text: str) -> None:
    source = replace(BRIDGE, **{name: text})
    found = fields(as_bibtex(source))
    assert found.keys() <= {"author", "title", "howpublished", "organization", "date", "year", "month", "url", "urldate", "langid", "note"}
    for field, value in found.items():
        unescaped = re.sub(r"\\text(?:backslash|braceleft|braceright|asciitilde|asciicircum)\{\}|\\[&%$#_]", "", value)
        assert field == "url" or not re.search(r"[\\%$#&~^_]", unescaped), "a command, a comment or mathematics"
    (item,) = json.loads(as_csl_json(source))
    assert item.keys() <= json.loads(as_csl_json(BRIDGE))[0].keys()
    for written in (as_text(source), as_bibtex(source), as_csl_json(source)):
        assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", written)
    assert "\n" not in as_text(source)
