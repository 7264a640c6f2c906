"""The encoding of a page, told from its beginning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ExtractionError
from crawler.decoding import decoded, parse_utf8, stated_encoding
from crawler.page import Page

PIECES = (
    b"<html>", b"<title>It's here</title>", b'<meta charset="utf-8">', b'<META CHARSET="UTF-8"/>', b"<meta charset='latin-1'>",
    b'<meta charset="utf-8-sig">', b'<meta content="', b'"', b'<meta name="viewport" content="width=1">',
    b'<meta http-equiv="content-type" content="text/html; charset=iso-8859-1">', b"<!-- ", b" -->", b"<body>", b"< body>",
    b'<?xml version="1.0" encoding="latin-1"?>', b"\xef\xbb\xbf", b"\xff\xfe", b"charset", b"<script>", b" ",
    b"<meta content='", b'<meta name=a content = "', b'<meta content="x">', b"<base href='/'>", b"'", b"=", b">", b"\xa0", b"<meta =",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES)), st.sampled_from([None, "text/html", "text/html; charset=latin-1"]))
def test_the_usual_statement_is_read_as_all_others(pieces: list[bytes], content_type: str | None) -> None:
    start = b"".join(pieces)
    assert stated_encoding(content_type, start) == decoded(content_type, start, lambda _: "utf-8")[0]


@pytest.mark.parametrize("before", [b"<!-- ", b'<meta content="', b"<meta content= '", b"<meta charset='latin-1'>"])
def test_a_statement_in_a_comment_a_value_or_behind_another_is_none(before: bytes) -> None:
    start = before + b'<meta charset="utf-8">-->\'"><meta charset="latin-1">'
    assert stated_encoding(None, start) == "cp1252"


def test_what_one_page_was_found_to_be_is_not_said_of_the_next() -> None:
    for _ in range(2):
        assert parse_utf8(b"<p>caf\xe9</p>", url="https://example.test/a") is None
        tree = parse_utf8("<p>caf\u00e9</p>".encode(), url="https://example.test/b")
        assert tree is not None
        assert tree.root.findtext(".//p") == "caf\u00e9"


COMPARED = "for(i=0;i<n " + " ".join(f"&& a[{n}]" for n in range(300)) + ";i++){}"


@pytest.mark.parametrize("around", ["<script>{}</script>", "<!-- <script>{}</script> -->", "<style>{}</style>"])
def test_what_a_script_or_a_comment_compares_is_no_tag(around: str) -> None:
    body = f"<html><body><p>{'Rain. ' * 400}</p>{around.format(COMPARED)}<p>Wind.</p></body></html>"
    tree = parse_utf8(body.encode(), url="https://example.test/")
    assert tree is not None
    assert [paragraph.text[:4] for paragraph in tree.root.iter("p")] == ["Rain", "Wind"]
    assert [script.text for script in tree.root.iter("script")] == ([COMPARED] if around.startswith("<script") else [])


def test_a_tag_of_as_many_attributes_is_refused() -> None:
    body = f"<html><body><p>{'Rain. ' * 400}</p><p {COMPARED.partition('<')[2]}>Wind.</p></body></html>"
    with pytest.raises(ExtractionError, match="at most 100 attributes"):
        parse_utf8(body.encode(), url="https://example.test/")


RUSSIAN = "Мост закрыт с полудня, паромы стоят в порту."


def _titled(encoding: str, *, says: str, header: str | None = None) -> str | None:
    body = f'<html><head><meta charset="{says}"><title>{RUSSIAN}</title></head><body><p>{RUSSIAN}</p></body></html>'.encode(encoding)
    page = Page(url="https://example.test/", body=body, headers={"Content-Type": header} if header else {})
    shown = page.selector.root.findtext(".//p")
    assert page.title == shown
    assert f"<p>{shown}</p>" in page.text
    return page.title


def test_a_saved_page_that_still_names_the_encoding_it_came_in() -> None:
    assert _titled("utf-8", says="windows-1251") == RUSSIAN
    assert _titled("utf-8", says="gb2312") == RUSSIAN
    assert _titled("windows-1251", says="windows-1251") == RUSSIAN
    assert _titled("utf-8", says="windows-1251", header="text/html; charset=utf-8") == RUSSIAN
    assert _titled("utf-8", says="utf-8", header="text/html; charset=windows-1251") != RUSSIAN
