"""Taking words out of a page that was received, however they are written there, and making sure they are gone. Pure.

The words of one update stand on its page in HTML with tags and entities between them, in JSON with escapes, in
JSON-LD inside HTML, in attributes, in addresses to share. So both sides are reduced to their letters and
digits, and what matches is replaced letter by letter: all else in the page stays as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from archive.decoding import decode
from archive.letters import View, letters, tokens, views, without_tags
from archive.parsing import html_parser
from archive.weighing import too_heavy

MARK = "redacted"  # ASCII letters: they break no encoding, markup or JSON
HEADER = "X-Stoppress-Redacted"  # among a capture's headers: `words`, or `everything` where the body is empty
_LEAST = 16  # letters that are no accident: `itisnotonlythat`
_FEWEST = 5  # words
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True)
class Sought:
    """Words to take out: `windows` are runs of words as letters, looked for everywhere; `alone` are too short for
    that and only looked for where they are a whole title, paragraph or value."""

    windows: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Redacted:
    """A page without the words. `found` says how many runs of them there were; `body` is None where some could not be taken out."""

    body: bytes | None
    found: int


def sought(parts: Iterable[str], others: Iterable[str]) -> Sought:
    """Return what to look for so that nothing of `parts` (titles, texts) is left but what `others` say too.

    Runs of five words, each overlapping the next: a teaser cut off in the middle is found, and so is a sentence
    with a button in it. A wording of a single short word is no one's own and not looked for.
    """
    kept = "\n".join(letters(other) for other in others)
    whole = {letters(line) for line in kept.split("\n")}
    windows: dict[str, None] = {}
    alone: dict[str, None] = {}
    for part in parts:
        for line in part.split("\n"):
            words = tokens(line)
            if _weight("".join(words)) < _LEAST:
                if len(words) > 1 and "".join(words) not in whole:
                    alone["".join(words)] = None
                continue
            windows.update(dict.fromkeys(_windows(words)))
    return Sought(windows=tuple(window for window in windows if window not in kept), alone=tuple(alone))


def _windows(words: Sequence[str]) -> Iterator[str]:
    """Runs of words of one line, each as short as it may be; together they hold every word. The line as a whole is long enough."""
    for start in range(len(words)):
        end = min(start + _FEWEST, len(words))
        while end < len(words) and _weight("".join(words[start:end])) < _LEAST:
            end += 1
        while end == len(words) and start and (end - start < _FEWEST or _weight("".join(words[start:end])) < _LEAST):
            start -= 1
        yield "".join(words[start:end])
        if end == len(words):
            return


def _weight(text: str) -> int:
    """Letters, those of other scripts twice: eight Han characters say as much as sixteen Latin ones."""
    return len(text) + sum(not char.isascii() for char in text)


def redact(body: bytes, words: Sought) -> Redacted:
    """Return a page with each letter of the words gone and MARK in the place of each word."""
    text, encode = decode(body)
    edits: dict[int, tuple[int, str]] = {}
    spans: list[tuple[int, int]] = []
    noticed: set[str] = set()
    for view in views(text):
        found = _spans(view, words, noticed)
        spans += found
        for start, end in found:
            _mark(view, start, end, edits)
    read = _read_by_parser(body, words)
    if read is None or read - noticed:  # in a notation unknown to us: whatever else stands in it was not found either
        return Redacted(body=None, found=max(1, len(spans)))
    if not spans:
        return Redacted(body=body, found=0)
    redacted = encode(_edited(text, edits))
    if redacted is None or _read_by_parser(redacted, words) != set():
        return Redacted(body=None, found=len(spans))
    return Redacted(body=redacted, found=len(spans))


def is_redacted(title: str | None, text: str) -> bool:
    """Whether most words of an update were taken out: what a redacted page still shows of it."""
    if MARK not in text and MARK not in (title or ""):
        return False
    words = _WORD.findall(f"{title or ''} {text}")
    return words.count(MARK) * 2 >= max(1, len(words))


def holds(text: str, words: Sought) -> bool:
    """Whether plain text has any of the words."""
    plain = letters(text)
    return any(window in plain for window in words.windows) or any(letters(line) in words.alone for line in text.split("\n"))


def _spans(view: View, words: Sought, noticed: set[str]) -> list[tuple[int, int]]:
    """Where the words stand among a view's letters, joined where they overlap, in order; which they were goes to `noticed`."""
    found: list[tuple[int, int]] = []
    for window in words.windows:
        at = view.letters.find(window)
        if at >= 0:
            noticed.add(window)
        while at >= 0:
            found.append((at, at + len(window)))
            at = view.letters.find(window, at + 1)
    for piece in words.alone:
        at = view.letters.find(piece)
        while at >= 0:
            if view.stands_alone(at, at + len(piece)):
                found.append((at, at + len(piece)))
            at = view.letters.find(piece, at + 1)
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _mark(view: View, start: int, end: int, edits: dict[int, tuple[int, str]]) -> None:
    before: int | None = None
    for number in range(start, end):
        place = view.places[number]
        # The first letter of a word becomes the mark, the others nothing; tags inside a word stay where they are.
        is_first = before is None or place != before + 1
        edits.setdefault(view.starts[place], (view.ends[place], MARK if is_first else ""))
        before = place


def _edited(text: str, edits: dict[int, tuple[int, str]]) -> str:
    parts: list[str] = []
    last = 0
    for start in sorted(edits):
        end, mark = edits[start]
        if start < last:
            continue
        parts += [text[last:start], mark]
        last = end
    return "".join([*parts, text[last:]])


def _read_by_parser(body: bytes, words: Sought) -> set[str] | None:
    """Which of the words a parser reads on the page: other eyes than those that look for them. None if it cannot be read."""
    if too_heavy(body):
        return None  # no reader of ours reads it either
    try:
        plain = "\n".join(letters(text) for text in _read(body))
    except (RecursionError, ValueError, MemoryError, etree.LxmlError, SyntaxError):
        return None
    return {window for window in words.windows if window in plain}


def _read(body: bytes) -> Iterator[str]:
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        try:
            yield from _strings(json.loads(body))
            return
        except (ValueError, UnicodeDecodeError):
            pass  # half a file: read as text
    if b"<" not in body or start in (b"{", b"["):
        yield from decode(body)[0].split("\n")
        return
    root = etree.fromstring(body, html_parser())
    if root is None:
        return
    yield "".join(root.itertext())
    for element in root.iter():
        yield from element.values()
        yield element.text or ""
        if element.tag == "script" and element.text and element.text.lstrip()[:1] in ("{", "["):
            try:
                yield from _strings(json.loads(element.text))
            except ValueError:
                continue


def _strings(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield without_tags(item)
        elif isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
