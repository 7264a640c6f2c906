"""Citing one wording of an entry: plain text, BibTeX, CSL-JSON. Pure; what the archive holds is never markup of any of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from archive.present import Moment

# What LaTeX would read as its own, as text. BibTeX counts braces whether or not a backslash stands before them, so a brace
# in a title must not stay one.
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
}  # fmt: skip
# In an address these would end the field, begin a comment or be a command; percent-encoded they mean the same.
_NOT_IN_ADDRESSES = re.compile(r"[\x00-\x20\x7f\\{}\"<>^`|]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
# Characters that turn the direction of what follows could make a citation read as another.
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, kw_only=True)
class Source:
    """One wording of an entry as it is cited. `page` is the live blog's title, `url` the update's own address or its page's.

    `published` is the publisher's claim, `seen` when we first saw this wording.
    """

    publisher: str
    title: str | None
    byline: str | None
    page: str | None
    published: Moment | None
    wording: int
    seen: Moment | None
    slug: str
    url: str | None
    language: str | None
    digest: str | None

    @property
    def name(self) -> str:
        """What the citation is called in a bibliography: letters, digits and hyphens."""
        return f"stoppress-{re.sub(r'[^A-Za-z0-9]', '', self.slug)}-{self.wording}"


def as_text(source: Source) -> str:
    """Return a citation as one line of plain text.

    >>> as_text(Source(publisher="Echo", title="Bridge shut", byline=None, page=None, published=None, wording=2, seen=None,
    ...     slug="7d1c09ab33fe", url=None, language=None, digest=None))
    'Echo, “Bridge shut”, update without a time, wording 2; Stop Press, entry 7d1c09ab33fe.'
    """
    claim = f"update of {source.published.text}" if source.published else "update without a time"
    named = f"\u201c{_line(source.title)}\u201d, {claim}" if source.title else claim
    seen = f", wording {source.wording} as seen {source.seen.text}" if source.seen else f", wording {source.wording}"
    address = f", {_line(source.url)}" if source.url else ""
    return f"{_line(source.publisher)}, {named}{seen}{address}; Stop Press, entry {_line(source.slug)}."


def as_bibtex(source: Source) -> str:
    """Return a citation as one BibTeX entry: `@misc`, which every style knows, with names and titles kept as they are written."""
    fields = {
        "author": _whole(source.byline or source.publisher),
        "title": _whole(_named(source)),
        "howpublished": _latex(source.page) if source.page else None,
        "organization": _latex(source.publisher),
        **_bibtex_date(source.published),
        "url": _bibtex_address(source.url),
        "urldate": source.seen.machine[:10] if source.seen else None,
        "langid": source.language if source.language and re.fullmatch(r"[A-Za-z-]+", source.language) else None,
        "note": _latex(_note(source)),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{source.name},", *lines, "}", ""])


def as_csl_json(source: Source) -> str:
    """Return a citation as CSL-JSON, an array of one item, for Zotero, pandoc and the like.

    The publisher's claim is `issued`, our sighting of the wording `accessed`.
    """
    item: dict[str, Any] = {
        "id": source.name,
        "type": "post-weblog",
        "title": _named(source),
        "author": [{"literal": _line(source.byline or source.publisher)}],
        "container-title": _line(source.page),
        "publisher": _line(source.publisher),
        "issued": _date(source.published),
        "accessed": _date(source.seen),
        "URL": _line(source.url),
        "language": _line(source.language),
        "archive": "Stop Press",
        "archive_location": _line(source.slug),
        "version": str(source.wording),
        "note": _note(source),
    }
    return json.dumps([{name: value for name, value in item.items() if value}], ensure_ascii=False, indent=2) + "\n"


def _named(source: Source) -> str:
    return _line(source.title) or (f"Update of {source.published.text}" if source.published else "Update without a time")


def _note(source: Source) -> str:
    seen = f" as seen {source.seen.machine}" if source.seen else ""
    evidence = f", capture {source.digest}" if source.digest else ""
    return f"Wording {source.wording}{seen}; Stop Press, entry {_line(source.slug)}{evidence}"


def _date(moment: Moment | None) -> dict[str, Any] | None:
    """The day in the zone the moment is told in."""
    if moment is None or moment.local is None:
        return None
    return {"date-parts": [[moment.local.year, moment.local.month, moment.local.day]]}


def _bibtex_date(moment: Moment | None) -> dict[str, str]:
    if moment is None or moment.local is None:
        return {}
    return {"date": moment.local.date().isoformat(), "year": f"{moment.local.year:04d}", "month": str(moment.local.month)}


def _bibtex_address(url: str | None) -> str | None:
    return _NOT_IN_ADDRESSES.sub(lambda found: quote(found[0], safe=""), _line(url)) if url else None


def _whole(text: str) -> str:
    """Text that BibTeX neither splits at "and" nor sets in another case."""
    return f"{{{_latex(text)}}}"


def _latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in _line(text))


def _line(text: str | None) -> str:
    return _TURNS.sub("", _CONTROLS.sub(" ", text or "")).strip()
