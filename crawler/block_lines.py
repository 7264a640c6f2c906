"""The line of a block that holds its time, and the names that stand on it or are marked as its authors. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from functools import lru_cache, partial
from itertools import islice
from typing import Any

from archive.clocks import read_clock
from archive.normalise import one_line
from crawler.block_facts import BlockFacts
from crawler.block_times import Timed
from crawler.candidates import Block
from crawler.own_text import HEADINGS, label, own_words, short_text

Element = Any

_LONGEST_BYLINE = 120  # characters; three names with their places
_SENTENCES = re.compile(r"[^\W\d_]{3,}[.!?] [^\W\d_]")  # a byline is no prose
_LONGEST_LABEL = 40
_MOST_ASKED = 60  # elements of a block asked: labels stand at its top or end

_BYLINE_NAME = re.compile(
    r"byline|by-line|author|contributor|writer|reporter|journalist|auteur|(?<![a-z])autor|redakteur|signature|creator|correspondent", re.I
)
_BY = re.compile(r"^(?:[\u2014\u2013-]\s*)?(?:by|von|par|por|di|door|av|af)\s+(?=\S)", re.I)
# "By Cleo Park and Ann Marsh", "Von Ann Marsh in London", alone in its box.
_CREDIT_NAME = r"[^\W\d_a-z][\w.'\u2019-]*(?: (?:[^\W\d_a-z][\w.'\u2019-]*|de|van|von|der|den|del|al|bin)){1,4}"
_AND = r"(?:,| and| und| et| y| e| en| og| och|,? in)"
_CREDIT = re.compile(rf"(?:By|BY|Von|Par|Por|Di|Door|Av|Af|Autor|Text):? {_CREDIT_NAME}(?:{_AND} {_CREDIT_NAME}){{0,4}}")
_CREDITING = frozenset(("By", "BY", "Von", "Par", "Por", "Di", "Door", "Av", "Af", "Autor", "Text"))
_SHORTEST_HEADLINE = 18  # characters
_LONGEST_META = 90  # characters of a line that holds time and names and nothing else
_NAME = re.compile(r"[^\W\d_][\w.'\u2019-]*(?: [^\W\d_][\w.'\u2019-]*){1,4}")  # Roisin O'Connor
_PINNED = re.compile(
    r"pinned(?: post| update)?|angepinnt|angeheftet|épinglé|fijado|fixado|fissato|vastgezet|vastgepind|fäst|festet|fastgjort|kiinnitetty"
    r"|przypięt[ey]|připnuto|rögzítve|sabitlendi|закреплено|закріплено|zakačeno|καρφιτσωμένο|مثبت|נעוץ|置顶|置頂|ピン留め|고정",
    re.I,
)
_META_NAME = re.compile(r"(?<![a-z])(?:meta|posted|byline|dateline|date|time|timestamp|info|submitted|published)(?![a-z])", re.I)


def line_of(element: Element, elements: Sequence[Element], heading: Element | None) -> Element | None:
    """Return the line a time stands on: as far up as nothing but a few words (time, names, labels) stands with it."""
    if element in elements and (element.tag not in ("time", "span", "a") or len(elements) == 1):
        return element if len(elements) > 1 and _is_clock_alone(element) else None
    line = element
    for _ in range(6):
        parent = line.getparent()
        if parent is None or line in elements or (parent in elements and (len(elements) == 1 or parent is not elements[0])):
            break
        if short_text(parent, _LONGEST_META) is None or (parent.tag in ("p", "li", "td") and not _is_meta(parent)):
            break
        if parent not in elements and _is_clock_alone(parent):  # the clock and "hs" in a paragraph each
            line = parent
            continue
        if any(inner is not parent and (inner.tag in HEADINGS or inner.tag == "p") for inner in parent.iter()):
            break
        if heading is not None and (parent is heading or parent in heading.iterancestors()):
            break
        line = parent
    return line


def _is_clock_alone(element: Element) -> bool:
    """Whether a paragraph or term that stands beside the others says when, and nothing else."""
    clock = read_clock(short_text(element, _LONGEST_META) or "")
    return clock is not None and (clock.is_whole or clock.is_announced)


def _is_meta(paragraph: Element) -> bool:
    """Whether a paragraph with a time is a line about the update ("Posted by Ann Marsh at 21:47"): it says so, or names its author."""
    return bool(_META_NAME.search(label(paragraph))) or any(
        inner.get("rel") == "author" or _BYLINE_NAME.search(label(inner)) for inner in paragraph
    )


def name_beside(line: Element, times: Timed) -> str | None:
    """Return a name that stands alone on the line of the time: two to five words that begin with a letter, no digits."""
    shown = {marker.raw for marker in times.all}
    for inner in line.iter():
        text = one_line(inner.text) if isinstance(inner.tag, str) and inner.text else None
        if (
            text
            and text not in shown
            and len(text) <= 60
            and _NAME.fullmatch(text)
            and not text.isupper()
            and text[0].isupper()
            and text[0].lower() != text[0]
        ):
            return text if all(word[:1].isupper() for word in text.split() if len(word) > 3) else None
    return None


def credits_alone(elements: Sequence[Element]) -> Iterator[Element]:
    """Yield the elements of a block that credit its authors in words ("By Ann Marsh") and say nothing else."""
    for top in elements:
        for element in islice(top.iter("div", "p", "span", "address", "small"), _MOST_ASKED):
            beginning = (element.text or "").split(None, 1)
            if element is top or not beginning or beginning[0].rstrip(":") not in _CREDITING:
                continue
            words = short_text(element, _LONGEST_BYLINE)
            if words and _CREDIT.fullmatch(words):
                yield element


def rest_of(line: Element, times: Timed, known: Set[str]) -> str | None:
    """Return the words that stand on the line of the time besides it, without names and labels: a headline, if they are as long as one."""
    words = short_text(line, _LONGEST_META) or ""
    for marker in times.all:
        shown = short_text(marker.element, _LONGEST_META)
        if shown and inside(marker.element, {line}):
            words = words.replace(shown if marker.form != "leading" else marker.raw, " ")
    for name in known:
        words = words.replace(name, " ")
    words = " ".join(words.split()).strip(" |,\u00b7\u2022\u2013\u2014:-")
    return words if len(words) >= _SHORTEST_HEADLINE and words.count(" ") >= 2 and not _CREDIT.fullmatch(words) else None


@lru_cache(maxsize=8192)
def _names_author(name: str) -> bool:
    return bool(_BYLINE_NAME.search(own_words(name)))


def named_author(elements: Sequence[Element], dropped: set[Element]) -> Element | None:
    """Return the element of a block that is marked as its authors. What says "no-byline" is none."""
    for element in elements:
        for inner in element.iter():
            if not isinstance(inner.tag, str) or inner is element or not _names_author(label(inner)) or inside(inner, dropped):
                continue
            words = short_text(inner, _LONGEST_BYLINE)
            if words and not _SENTENCES.search(words):
                return inner
    return None


def recurring(blocks: Sequence[Block], facts: BlockFacts) -> tuple[set[str], set[str]]:
    """Return (names, labels) that stand alone in several blocks: reporters, and words such as "Key event" that belong to no update.

    A name recurs if two blocks have it; a label, if a third of them and three at least.
    """
    counts: Counter[str] = Counter()
    for block in blocks:
        counts.update(facts.of(block, "alone", partial(_alone, block)))
    names = {words for words, count in counts.items() if count >= 2 and _is_name(words)}
    return names, {words for words, count in counts.items() if count >= max(3, len(blocks) / 3)} - names


def _alone(block: Block) -> frozenset[str]:
    return frozenset(words for item in block if not isinstance(item, str) for _, words in standing_alone(item))


def standing_alone(top: Element) -> Iterator[tuple[Element, str]]:
    """Yield the short texts of a block that stand alone, outside paragraphs and headings, with their elements."""
    for element in islice(top.iter("span", "div", "a", "strong", "em", "mark", "label", "small", "address", "b", "i", "h6"), _MOST_ASKED):
        text = element.text
        if text is None or len(text) > 2 * _LONGEST_LABEL or len(element) or (element.tail or "").strip():
            continue
        words = " ".join(text.split())
        above = element.getparent()
        if not words or len(words) > _LONGEST_LABEL or element is top or above is None or (above.text or "").strip():
            continue
        if (above.tag not in ("p", "li", "td", "blockquote", *HEADINGS) or (above is top and above.tag == "li")) and (
            above is top or above.getparent() is None or above.getparent().tag != "p"
        ):
            yield element, words


def says_nothing(words: str) -> bool:
    """Whether a label has no letter in it, a number, a dot, the minute of a match; or says that an update is pinned.

    >>> says_nothing("12"), says_nothing("90'+3'"), says_nothing("Pinned"), says_nothing("Key event")
    (True, True, True, False)
    """
    return not re.search(r"[^\W\d_]", words) or _PINNED.fullmatch(words) is not None


def _is_name(words: str) -> bool:
    parts = words.split()
    return bool(_NAME.fullmatch(words)) and not words.isupper() and all(part[:1].isupper() for part in parts if len(part) > 3)


def credited(text: str) -> str | None:
    """Return the names of a byline as printed, without "By"."""
    found = _BY.sub("", one_line(text) or "").strip(" \u2014\u2013-|,")
    return found if re.search(r"[^\W\d_]{2}", found) else None


def inside(element: Element, dropped: set[Element]) -> bool:
    """Whether an element is one of those dropped or lies in one."""
    for _ in range(48):
        if element is None:
            return False
        if element in dropped:
            return True
        element = element.getparent()
    return False
