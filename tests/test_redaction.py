"""Redaction: the words are gone in whatever notation, and nothing else is."""

from __future__ import annotations

import html
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import ArchiveError
from archive.normalise import normalise
from archive.redaction import MARK, holds, is_redacted, redact, sought
from crawler.extraction import extract
from crawler.page import Page
from tests.conftest import ROOT

TITLE = "Bridge shut to all of them"
TEXT = "The harbour bridge is shut to lorries, the mayor\u2019s office said on Sunday \u00e9vening. Nobody was hurt."
WORDS = sought([TITLE, TEXT], ["Another update that stays as it is."])
MARKUP = "<p>The <b>har</b>bour bridge is <a href='x'>shut</a> to&nbsp;lorries, the mayor&rsquo;s office said on Sunday &eacute;vening.</p>"

NOTATIONS = {
    "plain": f"{TITLE}\n\n{TEXT}",
    "html": f"<h2>{TITLE}</h2>{MARKUP}<p>Nobody was <i>hurt</i>.</p>",
    "json": json.dumps({"headline": TITLE, "body": TEXT}),
    "json as it is": json.dumps({"body": TEXT}, ensure_ascii=False),
    "html in json": json.dumps({"body": MARKUP}),
    "html escaped for a script in json": json.dumps({"body": MARKUP}).replace("<", "\\u003c").replace("&", "\\u0026"),
    "escaped html in json": json.dumps({"body": html.escape(MARKUP)}),
    "json-ld": f'<script type="application/ld+json">{json.dumps({"articleBody": TEXT})}</script>',
    "json in a string in a script": f"<script>window.state = JSON.parse({json.dumps(json.dumps({'body': TEXT}))})</script>",
    "json in an attribute": f'<div data-state="{html.escape(json.dumps({"body": TEXT}))}"></div>',
    "json in json in an attribute": f'<div data-state="{html.escape(json.dumps({"a": json.dumps({"body": MARKUP})}))}"></div>',
    "numbered entities": "<p>" + "".join(f"&#{ord(char)};" for char in TEXT) + "</p>",
    "entities without an end": "<p>" + TEXT.replace("\u2019", "&#8217").replace("\u00e9", "&#xE9 ") + "</p>",
    "an address to share": f'<a href="https://t.example/?text={quote(TEXT)}&amp;x=1">Share</a>',
    "an address with a slug": '<a href="/live/bridge-shut-to-all-of-them-17">Link</a>',
    "upper case": f"<p>{TEXT.upper()}</p>",
    "another form of the accents": f"<p>{TEXT.replace(chr(233), 'e' + chr(0x301))}</p>",
    "a teaser": f'<meta name="description" content="{TEXT[:60]}...">',
    "a button in the sentence": f"<p>{TEXT[:44]}<button>Open in a new window</button>{TEXT[44:]}</p>",
    "a comment in a word": f"<p>{TEXT.replace('lorries', 'lor<!-- x -->ries')}</p>",
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_words_are_found_in_any_notation(notation: str) -> None:
    body = f"<html><p>Before.</p>{NOTATIONS[notation]}<p>Another update that stays as it is.</p></html>"
    if NOTATIONS[notation].startswith("{"):
        body = NOTATIONS[notation]
    done = redact(body.encode(), WORDS)
    assert done.found
    if done.body is not None:  # else the whole page is dropped
        assert MARK in done.body.decode()
        assert redact(done.body, WORDS).found == 0
        assert "lorries" not in done.body.decode().lower()
        if not body.startswith("{"):
            assert "<p>Before.</p>" in done.body.decode()
            assert "Another update that stays as it is." in done.body.decode()
        else:
            json.loads(done.body)
    assert done.body is not None or notation in ("entities without an end",)


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16", "utf-16-be", "shift_jis", "gb18030", "iso-8859-1", "utf-8-sig"])
def test_any_encoding(encoding: str) -> None:
    text = TEXT if encoding not in ("shift_jis", "iso-8859-1") else TEXT.replace("\u2019", "'").replace("\u00e9", "e")
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    body = f'{mark}<meta charset="{encoding}"><p>Before.</p><p>{text}</p><p>After it.</p>'.encode(encoding)
    done = redact(body, WORDS)
    assert done.found
    assert done.body is not None
    assert done.body.decode(encoding).count(MARK) > 10
    assert done.body.decode(encoding).endswith("<p>After it.</p>")


def test_a_page_in_no_encoding_is_dropped_or_rid_of_the_words() -> None:
    body = b'<meta charset="utf-8"><p>\xff\xfe broken</p><p>' + TEXT.encode() + b"</p>"
    done = redact(body, WORDS)
    assert done.body is not None
    assert (b"\xff\xfe broken" in done.body, b"lorries" in done.body) == (True, False)


def test_what_others_say_too_stays() -> None:
    words = sought(["The prime minister will speak at noon today in the house."], ["The prime minister will speak at noon tomorrow."])
    body = b"<p>The prime minister will speak at noon today in the house.</p><p>The prime minister will speak at noon tomorrow.</p>"
    done = redact(body, words)
    assert done.body is not None
    assert done.body.endswith(b"<p>The prime minister will speak at noon tomorrow.</p>")
    assert b"the house" not in done.body


def test_short_wordings_are_found_only_alone() -> None:
    words = sought(["Bridge shut", "Goal!"], ["The bridge shut again."])
    assert words.alone == ("bridgeshut",)
    others = b"<p>The bridge shut again.</p><p>See <a>@BridgeShut</a></p>"
    body = b"<h2>Bridge shut</h2>" + others + b'<script>{"a": "Bridge shut", "type": "Goal"}</script>'
    done = redact(body, words)
    assert done.body == body.replace(b"Bridge shut", b"redacted redacted")


def test_scripts_without_spaces() -> None:
    text = "\u6771\u4eac\u90fd\u5fc3\u3067\u5927\u96ea\u306b\u306a\u3063\u305f\u3002\u96fb\u8eca\u304c\u6b62\u307e\u3063\u3066\u3044\u308b"
    words = sought([text], [])
    body = json.dumps({"a": text, "b": "\u5225\u306e\u8a71\u3067\u3059"}).encode()
    done = redact(body, words)
    assert done.body is not None
    assert json.loads(done.body)["b"] == "\u5225\u306e\u8a71\u3067\u3059"
    assert not holds(json.loads(done.body)["a"], words)


@given(st.text(max_size=200), st.text(max_size=300))
def test_no_text_breaks_it(part: str, body: str) -> None:
    words = sought([part], [])
    done = redact(body.encode("utf-8", "surrogatepass"), words)
    assert done.body is None or redact(done.body, words).found == 0


@given(st.binary(max_size=300))
def test_no_body_breaks_it(body: bytes) -> None:
    done = redact(body, WORDS)
    assert done.found or done.body in (body, None)


def test_a_redacted_update_is_known_by_its_looks() -> None:
    assert is_redacted(None, f"{MARK} {MARK}, {MARK}.")
    assert is_redacted(MARK, f"said {MARK} {MARK}")
    assert not is_redacted("The documents were redacted", "Most pages of them.")
    assert not is_redacted(None, "")


CASES = sorted(path for path in (ROOT / "tests" / "pages").rglob("*.json") if not path.name.endswith(".page.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_the_other_updates_of_every_saved_page_stay_as_they_are(case: Path) -> None:
    expected = json.loads(case.read_text(encoding="utf-8"))
    path = next((found for suffix in (".html", ".page.json", ".txt") if (found := case.with_name(case.stem + suffix)).exists()), None)
    if path is None or "url" not in expected:
        pytest.skip("no page beside it")
    try:
        found = extract(Page.from_file(path, url=expected["url"]))
    except ArchiveError:
        pytest.skip("a page that is not to be read")
    before = [normalise(update, found) for update in found.updates]
    for chosen in {0, len(before) // 2, len(before) - 1}:
        gone = before[chosen]
        others = [part for entry in before if entry is not gone for part in (entry.title or "", entry.text)]
        words = sought([gone.title or "", gone.text], [*others, found.title or "", found.standfirst or "", found.url or ""])
        if not words.windows:
            continue
        done = redact(path.read_bytes(), words)
        assert done.found, "its words were not found"
        assert done.body is not None, "the words could not be taken out"
        again = extract(Page(url=expected["url"], body=done.body))
        after = [normalise(update, again) for update in again.updates]
        kept = [(e.source_id, e.title, e.text, e.content_hash) for e in after if not is_redacted(e.title, e.text)]
        wanted = [(e.source_id, e.title, e.text, e.content_hash) for e in before if e is not gone]
        assert [item for item in wanted if item not in kept] == []
        assert not [item for item in kept if item not in wanted and holds(f"{item[1] or ''}\n{item[2]}", words)]
