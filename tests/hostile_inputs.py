"""Inputs nobody wrote on purpose: pages cut and spliced, data whose values are of the wrong kind, and noise."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from archive.errors import ExtractionError
from archive.normalise import normalise
from crawler.extraction import as_json, extract
from crawler.page import Page
from tests.hostile_values import (
    ADDRESSES,
    ATTRIBUTES,
    CHARSETS,
    CLASSES,
    DATES,
    HOSTILE_VALUES,
    NAMES,
    NUMBERS,
    SIGNS,
    TAGS,
    TEXTS,
    URLS,
)

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_LONGEST = 60_000  # bytes of an input made of a page: twenty thousand are to be read in some minutes
_TAG = re.compile(rb"<[^>]{0,300}>")


@dataclass(frozen=True, kw_only=True)
class Input:
    url: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    def page(self) -> Page:
        return Page(url=self.url, body=self.body, headers=dict(self.headers), fetched_at=NOON)


@dataclass(frozen=True, kw_only=True)
class Read:
    """What became of an input: the number of updates, what it was refused with, what was caught at the boundary on the way."""

    updates: int = 0
    refused: str | None = None
    fault: BaseException | None = None


def read(given: Input, *, layouts: bool) -> Read:
    """Read an input as a poll and `extract --json` would. Raises whatever is not ExtractionError."""
    page = given.page()
    try:
        found = extract(page, layouts=layouts)
    except ExtractionError as error:
        # NoUpdatesError and plain refusals have no cause or one of their own kind; a fault of ours is chained.
        caught = error.__cause__ if " could not be read (" in str(error) else None
        return Read(refused=str(error), fault=caught)
    for update in found.updates:
        normalise(update, found)
    json.dumps(as_json(found)).encode()
    return Read(updates=len(found.updates))


def seeds(*, corpus: bool) -> list[Input]:
    """The saved pages of the tests and, where they are there, of the corpus, with their addresses."""
    found = []
    for path in sorted((ROOT / "tests" / "pages").glob("*/*")):
        if path.name.endswith((".html", ".txt", ".page.json")):
            expected = path.with_name(path.name.split(".")[0] + ".json")
            stated = json.loads(expected.read_text())["url"]
            found.append(Input(url=stated or f"https://{path.parent.name}.example/live/x", body=path.read_bytes()))
    index = CORPUS / "index.json"
    if corpus and index.exists():
        addresses = {item["slug"]: item["url"] for item in json.loads(index.read_text())}
        found += [
            Input(url=(addresses.get(path.stem) or "https://corpus.example/live/x"), body=path.read_bytes())
            for path in sorted((CORPUS / "pages").iterdir())
        ]
    return found


def mutated(chance: random.Random, pages: list[Input]) -> Input:
    """A page cut, spliced with another, repeated, with bytes flipped, tags moved or values swapped; some of it at once."""
    one, other = chance.choice(pages), chance.choice(pages)
    body = one.body
    if len(body) > _LONGEST and chance.random() < 0.97:
        start = chance.choice((0, chance.randrange(len(body) - _LONGEST)))
        body = body[start : start + _LONGEST]
    for _ in range(chance.choice((1, 1, 2, 3, 5))):
        body = chance.choice(_CHANGES)(chance, body, other.body)
    headers = (("Content-Type", f"text/html; charset={chance.choice(CHARSETS)}"),) if chance.random() < 0.1 else ()
    url = one.url if chance.random() < 0.9 else chance.choice((other.url, *ADDRESSES))
    return Input(url=url, body=body[: 4 * _LONGEST] if len(body) < 4 * len(one.body) else body[:_LONGEST], headers=headers)


def _place(chance: random.Random, body: bytes) -> int:
    return chance.randrange(len(body) + 1)


def _cut(chance: random.Random, body: bytes, _: bytes) -> bytes:
    return body[: _place(chance, body)]


def _begun_late(chance: random.Random, body: bytes, _: bytes) -> bytes:
    return body[_place(chance, body) // 4 :]


def _hole(chance: random.Random, body: bytes, _: bytes) -> bytes:
    start = _place(chance, body)
    return body[:start] + body[start + chance.choice((1, 10, 300, 5000)) :]


def _spliced(chance: random.Random, body: bytes, other: bytes) -> bytes:
    start = _place(chance, other)
    place = _place(chance, body)
    return body[:place] + other[start : start + chance.choice((20, 500, 20_000))] + body[place:]


def _repeated(chance: random.Random, body: bytes, _: bytes) -> bytes:
    start = _place(chance, body)
    piece = body[start : start + chance.choice((3, 50, 2000))]
    return body[:start] + piece * chance.choice((2, 5, 40)) + body[start:]


def _flipped(chance: random.Random, body: bytes, _: bytes) -> bytes:
    changed = bytearray(body)
    for _n in range(min(len(changed), chance.choice((1, 10, 200)))):
        changed[chance.randrange(len(changed))] = chance.choice((0, 0x22, 0x3C, 0x3E, 0x5C, 0x7F, 0x80, 0xED, 0xFF, chance.randrange(256)))
    return bytes(changed)


def _shuffled(chance: random.Random, body: bytes, _: bytes) -> bytes:
    tags = _TAG.findall(body)
    if len(tags) < 3:
        return body
    few = {tag: chance.choice(tags) for tag in chance.sample(tags, min(len(tags), chance.choice((2, 10, 100))))}
    return _TAG.sub(lambda tag: few.get(tag[0], tag[0]), body)


def _without_tags(chance: random.Random, body: bytes, _: bytes) -> bytes:
    share = chance.random()
    return _TAG.sub(lambda tag: b"" if chance.random() < share else tag[0], body)


_STRING = re.compile(rb'"(?:[^"\\]|\\.){0,400}"')
_DIGITS = re.compile(rb"\d+")


def _revalued(chance: random.Random, body: bytes, _: bytes) -> bytes:
    values = [json.dumps(value).encode() for value in HOSTILE_VALUES]
    share = chance.choice((0.005, 0.05, 0.3))
    return _STRING.sub(lambda text: chance.choice(values) if chance.random() < share else text[0], body)


def _renumbered(chance: random.Random, body: bytes, _: bytes) -> bytes:
    share = chance.choice((0.02, 0.3))
    return _DIGITS.sub(lambda text: chance.choice(NUMBERS) if chance.random() < share else text[0], body)


def _reencoded(chance: random.Random, body: bytes, _: bytes) -> bytes:
    text = body.decode("utf-8", "replace")
    return chance.choice((b"", b"\xff\xfe", b"\xef\xbb\xbf", b"\xfe\xff")) + text.encode(
        chance.choice(("utf-16-le", "utf-16-be", "utf-7", "shift_jis", "latin-1", "cp037", "utf-8")), "replace"
    )


def _renested(chance: random.Random, body: bytes, _: bytes) -> bytes:
    """JSON with values moved to other places; of what is no JSON, itself."""
    try:
        value = json.loads(body)
    except ValueError:
        return body
    holders = list(_holders(value))
    values = [inner for holder in holders for inner in (holder.values() if isinstance(holder, dict) else holder)]
    for _n in range(chance.choice((1, 5, 50))):
        holder = chance.choice(holders)
        if holder:
            key = chance.choice(list(holder)) if isinstance(holder, dict) else chance.randrange(len(holder))
            # A copy: a value put into itself would have no end.
            holder[key] = json.loads(json.dumps(chance.choice((*values[:500], *HOSTILE_VALUES))))
    return json.dumps(value).encode()


def _holders(value: Any) -> Iterator[Any]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, (dict, list)):
            yield item
            stack.extend(item.values() if isinstance(item, dict) else item)


_CHANGES = (
    _cut, _begun_late, _hole, _spliced, _spliced, _repeated, _flipped, _shuffled, _without_tags, _revalued, _revalued, _renumbered,
    _reencoded, _renested, _renested,
)  # fmt: skip


_texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=60))
_dates = st.one_of(st.sampled_from(DATES), st.integers(-(10**18), 10**18), st.floats())
_scalars = st.one_of(st.sampled_from(HOSTILE_VALUES), _texts, _dates)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | _texts, inner, max_size=6),
    max_leaves=14,
)


def _plausible(number: int) -> dict[str, Any]:
    return {
        "@type": "BlogPosting", "id": f"b{number}", "headline": f"Update number {number}", "url": f"#b{number}",
        "datePublished": f"2026-03-01T{number % 24:02d}:00:00Z", "articleBody": f"<p>Rain has reached place {number}, witnesses say.</p>",
        "author": {"@type": "Person", "name": "Ann Marsh"},
    }  # fmt: skip


@st.composite
def _records(draw: st.DrawFn) -> list[Any]:
    """Records of which most are sound, so that readers take the list for what it is, and some are not."""
    count = draw(st.integers(0, 9))
    records: list[Any] = [_plausible(number) for number in range(count)]
    for _ in range(draw(st.integers(0, 6))):
        if records:
            place = draw(st.integers(0, len(records) - 1))
            if isinstance(records[place], dict):
                records[place][draw(st.sampled_from(NAMES))] = draw(_values)
    if draw(st.booleans()):
        records.insert(0, draw(_values))
    return records


@st.composite
def _data(draw: st.DrawFn) -> Any:
    if draw(st.integers(0, 4)) == 0:
        return draw(_values)
    holder: Any = {"@type": "LiveBlogPosting", draw(st.sampled_from(("liveBlogUpdate", *NAMES))): draw(_records())}
    for _ in range(draw(st.integers(0, 3))):
        holder[draw(st.sampled_from(NAMES))] = draw(_values)
    for _ in range(draw(st.integers(0, 2))):
        holder = draw(st.sampled_from(({}, []))) or {draw(st.sampled_from(NAMES)): holder}
    return holder


@st.composite
def _markup(draw: st.DrawFn) -> str:
    """A list of posts, each built alike of drawn elements, with some of the values hostile and some tags never closed."""
    shape = draw(st.lists(st.tuples(st.sampled_from(TAGS), st.lists(st.sampled_from(ATTRIBUTES), max_size=3)), min_size=1, max_size=6))
    names = draw(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=3))
    odd = draw(st.lists(st.one_of(_texts, st.sampled_from(DATES), st.sampled_from(URLS)), min_size=1, max_size=4))
    closes = draw(st.integers(0, 3)) > 0
    parts = []
    for number in range(draw(st.integers(0, 8))):
        sound = (f"b{number}", f"2026-03-01T{number:02d}:00:00Z", f"{number + 8}:05", "Rain has reached the coast, witnesses say.")
        opened = ""
        for depth, (tag, attributes) in enumerate(shape):
            values = [(*sound, *odd, *names)[(number * 7 + depth * 3 + place) % (len(odd) + len(names) + 4)] for place in range(4)]
            stated = "".join(f' {name}="{value}"' for name, value in zip(attributes, values, strict=False))
            opened += f'<{tag} class="{names[depth % len(names)]}"{stated}>{sound[(depth + 2) % 4] if depth % 2 else values[3]}'
        parts.append(opened + ("".join(f"</{tag}>" for tag, _ in reversed(shape)) if closes else ""))
    return "".join(parts)


def _dumped(value: Any) -> str:
    return json.dumps(value)


@st.composite
def structured(draw: st.DrawFn) -> Input:
    """A page with the structure of a live blog: JSON-LD, an interface's answer, page state, markup, or several of them."""
    form = draw(st.sampled_from(("ld", "json", "state", "markup", "markup", "mixed", "text")))
    head = draw(
        st.sampled_from(
            ("", "<title>Live: storm</title>", "<meta charset=utf-16>", "<base href='http://['>", "<link rel=canonical href='http://['>")
        )
    )
    if form == "json":
        text = _dumped(draw(_data()))
    elif form == "text":
        lines = draw(
            st.lists(st.one_of(st.sampled_from((*DATES, *TEXTS, "5 updates", "News stream", "10:05", "## Rain")), _texts), max_size=25)
        )
        text = "\n".join(lines)
    else:
        text = f"<html><head>{head}"
        if form in ("ld", "mixed"):
            text += f'<script type="application/ld+json">{_dumped(draw(_data()))}</script>'
        text += "</head><body>"
        if form in ("state", "mixed"):
            opening = draw(st.sampled_from(('<script type="application/json">', "<script>window.x = ", "<script>self.__next_f.push([1,")))
            text += f"{opening}{_dumped(draw(_data()))}</script>"
        if form in ("markup", "mixed"):
            text += draw(_markup())
    body = text.encode(draw(st.sampled_from(("utf-8", "utf-8", "utf-8", "utf-16", "latin-1"))), "replace")
    if draw(st.integers(0, 9)) == 0:
        body = body[: draw(st.integers(0, len(body)))]
    url = draw(st.sampled_from(ADDRESSES))
    headers = (("content-type", f"text/html; charset={draw(st.sampled_from(CHARSETS))}"),) if draw(st.integers(0, 9)) == 0 else ()
    return Input(url=url, body=body, headers=headers)


def noise(chance: random.Random) -> Input:
    """Bytes without sense, or signs of markup and JSON without order."""
    if chance.random() < 0.3:
        body = chance.randbytes(chance.choice((1, 10, 300, 5000)))
    else:
        signs = (b" ", b"\n", b"\x00", b"\xff\xfe", b"window.x = ", b'<script type="application/ld+json">', b"<div class=post>", *SIGNS)
        body = b"".join(chance.choices(signs, k=chance.choice((3, 40, 800))))
    return Input(url=chance.choice(ADDRESSES), body=body)
