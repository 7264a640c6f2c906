"""JSON as pages carry it, read tolerantly: whole answers and the ld+json blocks of HTML. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from archive.weighing import MOST_JSON, json_weight

Span = tuple[int, int]  # where something begins in a body, and where it ends

_SIGN = re.compile(rb"\+(?<=ld\+)json")  # begins with what is rare, and is found at twice the speed of the word
_RARE = 100  # of its `+`: where there are fewer, each is looked up by itself, at ten times the speed
_OPENING = re.compile(rb"<script[^>]{1,300}?application/ld\+json[^>]{0,300}>", re.I)
_LONGEST_OPENING = 330  # bytes from its `<` to the sign
_OBJECT = re.compile(rb"\s{0,200}[{\[]")
_END = re.compile(rb"</(?i:script)")  # begins with what is found at once
_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # may be half a pair: "\ud83d" without its "\ude00"
_BEYOND = 200  # bytes of space behind the last sign of a script
_MOST_TRIED = 20_000  # places where such a script may begin
_MOST_BLOCKS = 500  # ld+json scripts of one page; the most in the corpus is 5
_COMMA_AT_END = re.compile(r",(?=\s{0,200}[}\]])")


def load_json(text: str) -> Any:
    """Return JSON read tolerantly: control characters in strings, halves of surrogate pairs replaced.

    Raises ValueError or RecursionError where it is no JSON, ValueError where it would take too much memory.
    """
    if json_weight(text) > MOST_JSON:
        raise ValueError(f"{len(text):,} characters of more objects and values than a page has")
    return whole_characters(json.loads(text, strict=False), text)


def whole_characters(value: Any, text: str) -> Any:
    """Return what was read from a JSON text without halves of surrogate pairs, which no database takes."""
    return _without_surrogates(value) if "\\u" in text and _LONE_SURROGATE.search(text) else value


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


def json_ld_blocks(body: bytes, scripts: Sequence[Span], encoding: str, load: Callable[[str, int], Any]) -> Iterator[Any]:
    """Yield what each ld+json script of a page holds, None for one that cannot be read. `load` reads the text of one, told its number."""
    left = MOST_JSON
    for number, (start, end) in enumerate(scripts):
        text = body[start:end].decode(encoding, "replace")
        left -= json_weight(text)
        yield _read_json(text, number, load) if left > 0 else None


def without_json_ld(body: bytes, scripts: Sequence[Span]) -> bytes:
    """Return markup with nothing in its ld+json scripts: where only the tags are asked, they cost more than all else.

    >>> head = b'<head><script type="application/ld+json">{"headline": "Storm"}</script><title>Storm</title></head>'
    >>> without_json_ld(head, json_ld_scripts(head))
    b'<head><script type="application/ld+json"></script><title>Storm</title></head>'
    """
    parts = []
    done = 0
    for start, end in scripts:
        if end > len(body):
            break
        if _OBJECT.match(body, start, end) and body[max(start, end - _BEYOND) : end].rstrip().endswith((b"}", b"]")):
            parts.append(body[done:start])
            done = end
    return b"".join([*parts, body[done:]]) if parts else body


def json_ld_scripts(body: bytes) -> tuple[Span, ...]:
    """Return where the contents of each ld+json script begin and end.

    A search over bytes: parsing 700 kB of HTML to find one script costs thirty times as much.
    """
    found: list[Span] = []
    tried = 0
    # Each search goes on where the last one ended: a page of openings without ends is read once, not once for each.
    sign = _sign(body, 0)
    while sign >= 0 and tried < _MOST_TRIED and len(found) < _MOST_BLOCKS:
        tried += 1
        opened = body.rfind(b"<", max(0, sign - _LONGEST_OPENING), sign)
        opening = _OPENING.match(body, opened) if opened >= 0 else None
        if opening is None:
            sign = _sign(body, sign + 1)
            continue
        end = _END.search(body, opening.end())
        if end is None:
            break
        found.append((opening.end(), end.start()))
        sign = _sign(body, end.end())
    return tuple(found)


def _sign(body: bytes, start: int) -> int:
    """The next place of the `+` in ld+json, -1 where there is none."""
    for _ in range(_RARE):
        start = body.find(b"+", start)
        if start < 0 or (start > 1 and body.startswith(b"ld+json", start - 2)):
            return start
        start += 1
    found = _SIGN.search(body, start)
    return found.start() if found else -1


def _read_json(text: str, number: int, load: Callable[[str, int], Any]) -> Any:
    text = text.strip()
    if text.startswith("<!--"):
        text = text.removeprefix("<!--").removesuffix("-->").strip()
    # Templates leave a comma after the last item and escape apostrophes as JavaScript does; JSON knows neither.
    for mend in (str, _without_wrapping, _without_slips):
        try:
            return load(mend(text), number)
        except (ValueError, RecursionError):
            continue
    return None


def _without_wrapping(text: str) -> str:
    return text.removeprefix("//<![CDATA[").removesuffix("//]]>").strip().rstrip(";")


def _without_slips(text: str) -> str:
    return _COMMA_AT_END.sub("", _without_wrapping(text).replace("\\'", "'"))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a block, lists and @graph flattened."""
    if isinstance(value, list):
        for item in value:
            yield from objects(item)
    elif isinstance(value, dict):
        yield value
        graph = value.get("@graph")
        if isinstance(graph, list):
            for item in graph:
                yield from objects(item)
