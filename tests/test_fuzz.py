"""A bounded number of the inputs that benchmarks/fuzz.py makes by the ten thousand, and faults it found: only ExtractionError may come."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings

from archive.errors import ExtractionError
from crawler.extraction import extract
from crawler.page import Page
from tests.hostile_inputs import Input, mutated, noise, read, seeds, structured

SEEDS = seeds(corpus=False)
BOUNDED = settings(max_examples=120, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def _check(given: Input) -> None:
    for layouts in (True, False):
        assert read(given, layouts=layouts).fault is None, "one bad update must fail that update, not the page"


@BOUNDED
@given(structured())
def test_data_of_the_wrong_kind(given: Input) -> None:
    _check(given)


@pytest.mark.parametrize("number", range(10))
def test_pages_cut_and_spliced(number: int) -> None:
    chance = random.Random(number)
    for _ in range(15):
        _check(mutated(chance, SEEDS))


def test_noise() -> None:
    chance = random.Random(1)
    for _ in range(100):
        _check(noise(chance))


@pytest.mark.parametrize("charset", ["base64", "idna", "undefined", "zlib", "rot13", "unicode_escape", "punycode", "x-none", ""])
def test_what_is_no_encoding_is_not_believed(charset: str) -> None:
    page = next(seed for seed in SEEDS if b"LiveBlogPosting" in seed.body)
    stated = (("Content-Type", f"text/html; charset={charset}"),)
    assert read(Input(url=page.url, body=page.body, headers=stated), layouts=False) == read(page, layouts=False)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<html><body>" + b"<p>x</p>" * 500_000, "at most 350,000 tags"),
        (b"<html><body><p" + b"".join(b" a%d" % n for n in range(20_000)) + b">x", "attributes of one element"),
        (b"<html><body><p" + b"".join(b" a%d='>'" % n for n in range(20_000)) + b">x", "attributes of one element"),
        (b"<html><body><!--<script>--><p" + b"".join(b" a%d" % n for n in range(20_000)) + b">x", "attributes of one element"),
        (b"<html><textarea><script></textarea><p" + b"".join(b" a%d" % n for n in range(20_000)) + b">x", "attributes of one element"),
        (b"<html><body><script></SCRIPT><p" + b"".join(b" a%d" % n for n in range(20_000)) + b">x", "attributes of one element"),
        (b'<html><body><p\x0ba="' + b"".join(b" a%d" % n for n in range(20_000)) + b'">x', "attributes of one element"),
        (b'<html><body><p a=b="' + b"".join(b" a%d" % n for n in range(20_000)) + b'">x', "attributes of one element"),
        (b'<html><body><p x" ' + b"".join(b" a%d" % n for n in range(20_000)) + b'">x', "attributes of one element"),
        (b'<html><body><script>a<b c="</script><p' + b"".join(b" a%d" % n for n in range(20_000)) + b">x", "attributes of one element"),
        (b'<html><body><p class="x" id="y"' + b"".join(b" a%d" % n for n in range(20_000)) + b">x", "attributes of one element"),
        (b'<html><body><p class="x" ="y=\'" z=">\'' + b"".join(b" a%d" % n for n in range(20_000)) + b">x", "attributes of one element"),
        (b'{"a":[' + b"{}," * 1_000_000 + b"{}]}", "more objects and values"),
        (b"Live\n" + b"10:05 Rain\n" * 200_000, "lines of text"),
    ],
    ids=[
        "tags",
        "attributes",
        "quoted",
        "behind a comment",
        "behind a text",
        "behind capitals",
        "behind a vertical tab",
        "in a bare value",
        "behind a stray quote",
        "behind a quote",
        "behind plain attributes",
        "behind a quote in a name",
        "JSON",
        "lines",
    ],
)
def test_what_would_cost_too_much_is_refused(body: bytes, expected: str) -> None:
    with pytest.raises(ExtractionError, match=expected):
        extract(Page(url="https://evil.example/live", body=body))


def test_what_only_looks_like_a_tag_in_a_script_is_read() -> None:
    script = "/*\x0b*/for(i=0;i<n " + " ".join(f"&& a[{n}]" for n in range(300)) + ";i++){}"
    page = Page(url="https://example.test/live", body=f"<html><body><p>{'x' * 2000}</p><script>{script}</script></body></html>".encode())
    assert page.css("script::text").get() == script.replace("\x0b", "")


@pytest.mark.parametrize("seed", [seed for seed in SEEDS if b"<" in seed.body[:20]], ids=lambda seed: seed.url)
def test_a_name_that_is_none_does_not_spoil_the_page(seed: Input) -> None:
    odd = seed.body.replace(b' id="', b' {x id="').replace(b" class=", b" {y=1 class=")
    for layouts in (True, False):
        became = read(Input(url=seed.url, body=odd), layouts=layouts)
        assert (became.fault, became.updates) == (None, read(seed, layouts=layouts).updates)


def test_a_page_in_utf_16_is_read() -> None:
    page = next(seed for seed in SEEDS if b"lx-stream" in seed.body)
    wide = Input(url=page.url, body=b"\xff\xfe" + page.body.decode().encode("utf-16-le"))
    assert read(wide, layouts=False).updates == read(page, layouts=False).updates
