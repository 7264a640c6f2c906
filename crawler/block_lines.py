"""The line of a block that holds its time, and the names that stand on it or are marked as its authors. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from archive.normalise import one_line
from crawler.block_times import Timed
from crawler.own_text import HEADINGS, label, short_text

Element = Any

_BYLINE_NAME = re.compile(
    r"byline|by-line|author|contributor|writer|reporter|journalist|auteur|(?<![a-z])autor|redakteur|signature|creator|correspondent", re.I
)
_BY = re.compile(r"^(?:[\u2014\u2013-]\s*)?(?:by|von|par|por|di|door|av|af)\s+(?=\S)", re.I)
_LONGEST_META = 90  # characters of a line that holds time and names and nothing else
_NAME = re.compile(r"[^\W\d_][\w.'\u2019-]*(?: [^\W\d_][\w.'\u2019-]*){1,4}")  # Roisin O'Connor
_META_NAME = re.compile(r"(?<![a-z])(?:meta|posted|byline|dateline|date|time|timestamp|info|submitted|published)(?![a-z])", re.I)


def line_of(element: Element, elements: Sequence[Element], heading: Element | None) -> Element | None:
    """Return the line a time stands on: as far up as nothing but a few words (time, names, labels) stands with it."""
    if element in elements and (element.tag not in ("time", "span", "a") or len(elements) == 1):
        return None
    line = element
    for _ in range(6):
        parent = line.getparent()
        if parent is None or line in elements or (parent in elements and (len(elements) == 1 or parent is not elements[0])):
            break
        if short_text(parent, _LONGEST_META) is None or (parent.tag in ("p", "li", "td") and not _is_meta(parent)):
            break
        if any(inner is not parent and (inner.tag in HEADINGS or inner.tag == "p") for inner in parent.iter()):
            break
        if heading is not None and (parent is heading or parent in heading.iterancestors()):
            break
        line = parent
    return line


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


def named_author(elements: Sequence[Element], dropped: set[Element]) -> Element | None:
    """Return the element of a block that is marked as its authors."""
    for element in elements:
        for inner in element.iter():
            if isinstance(inner.tag, str) and inner is not element and _BYLINE_NAME.search(label(inner)) and not inside(inner, dropped):
                words = short_text(inner, 160)
                if words:
                    return inner
    return None


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
