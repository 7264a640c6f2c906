"""Headlines that stand in the text of a block, as bold words at its beginning. Pure."""

from __future__ import annotations

import re

from archive.normalise import html_to_text, one_line
from archive.pairs import has_spaceless

LONGEST_TITLE = 300
_SHORTEST_SPACELESS = 6  # characters of a headline in a script without spaces
FRAMED = re.compile(r"^\s*[+*]{2,}\s*|\s*[+*]{2,}\s*$")  # +++ Rain at last +++
_STRONG = re.compile(
    r"\s*(?:(?:</?(?:div|section|td|dd|li|span|i)\b[^>]*>|<!--[^>]*-->)\s*)*(?P<start><p[^>]*>)?\s*<(strong|b)\b[^>]*>(?P<title>(?:(?!</?(?:p|strong|b)\b).)*)</\2>"
    r"(?P<more>\s*(?:<br\s*/?>)?\s*)(?P<end></p>)?",
    re.S,
)
_BEGINS_ANEW = re.compile(r"[\s:|\u00b7\u2022\u2013\u2014-]*[\"'\u201c\u201e\u2018\u00ab\u300c(\[]?(?P<first>\w)")
_ENDED = " .:|\u00b7\u2022\u2013\u2014-"


def lead_in(html: str) -> tuple[str | None, str]:
    """A first paragraph that is strong from end to end, or strong words set off by a clock before, as headline; the rest as body."""
    found = _STRONG.match(html)
    if not found or not ((found["start"] and found["end"]) or "<br" in found["more"]):
        return None, html
    title = FRAMED.sub("", one_line(html_to_text(found["title"])) or "")
    rest = html[found.end() :] if found["end"] else f"<p>{html[found.end() :]}"
    if not found["start"] and not _is_phrase(title):  # a place, a name
        return None, html
    if not 2 < len(title) <= LONGEST_TITLE or not says(rest):
        return None, html
    return title, rest


def bold_lead(html: str) -> tuple[str, str] | None:
    """Bold words at the beginning of a text and the text behind them, if that begins anew: "<b>Rain at last.</b> The dam is full."

    The first words of a sentence that are bold, or a place, are no headline.
    """
    found = _STRONG.match(html)
    if not found or found["end"] or "<br" in found["more"]:
        return None
    title = one_line(html_to_text(found["title"])) or ""
    rest = html[found.end() :]
    follows = _BEGINS_ANEW.match(rest)
    if follows is None or follows["first"] != follows["first"].upper() or not says(rest):
        return None
    title = FRAMED.sub("", title).rstrip(_ENDED)
    if not _is_phrase(title) or len(title) > LONGEST_TITLE:
        return None
    return title, f"<p>{rest.lstrip(_ENDED)}"


def _is_phrase(title: str) -> bool:
    return title.count(" ") >= 2 or (len(title) >= _SHORTEST_SPACELESS and has_spaceless(title))


def says(html: str) -> bool:
    """Whether markup holds a word."""
    return bool(re.search(r"\w", bare(html)))


def bare(html: str) -> str:
    """The text of markup without its tags, quickly; what hides in entities stays hidden."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())
