"""What a page shows of the updates its data lists: the site's own ids, the true times, headlines and texts cut short. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from lxml import etree

from archive.clocks import read_clock
from archive.model import Update, When
from archive.normalise import element_text, html_to_text, one_line
from archive.reading_times import read_time
from archive.remembering import remembered
from archive.times import against_shown
from crawler.counterparts import SHORTEST, Element, counterparts, folded
from crawler.own_ids import bare_ids, is_positional
from crawler.own_text import is_bare_address, markup_without, noise
from crawler.page import Page

# JSON-LD of some publishers ends after some 95 characters in the middle of a sentence, and says so by nothing.
_ENDINGS = tuple(".!?;\u2026\u3002\"'\u201d\u2019)]\u00bb")
_CUT_SIGNS = ("\u2026", "...")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5")
_PARAGRAPHS = frozenset(("p", "ul", "ol", "blockquote", "table", "h2", "h3", "h4", "h5", "h6", "pre"))
_TIMES = ".//time | .//amp-timeago | .//*[@data-timestamp]"
_EDITED = re.compile(
    r"updat|edit|modif|aktualis|geändert|mis à jour|actuali|aggiorn|atualiz|bijgewerkt|uppdater|oppdater|"
    r"opdater|päivitet",
    re.I,
)


def shown(
    updates: tuple[Update, ...],
    page: Page,
    *,
    titles: bool = False,
    zone: str | None = None,
    elements: Sequence[Element] = (),
) -> tuple[Update, ...]:
    """Return the updates of a page's data, completed by what its markup ties to each of them.

    The markup is asked only where the data has a defect: no id, no time of its own, no text, or a text or
    headline that breaks off. `titles`: also for headlines, because the data repeats the page's.
    `elements` are those of the updates, in their order, where the data says which they are (microdata).
    """
    defective = any(_is_defective(update, titles) for update in updates)
    if not updates or not (defective or b"data-source-id" in page.markup):
        return updates
    found = dict(enumerate(elements)) if len(elements) == len(updates) else counterparts(updates, page)
    cut = [not words or _is_cut(words) for words in map(_words, updates)] if defective else []
    # One headline without a full stop is no sign; where many texts break off, lists are missing in the others too.
    often = sum(cut) * 10 > len(cut)
    ids = _shown_ids(updates, found)
    result = []
    for place, update in enumerate(updates):
        element = found.get(place)
        if element is not None:
            update = _completed(update, element, page, titles=titles, zone=zone, texts=often or cut[place]) if defective else update
        result.append(replace(update, source_id=ids[place]) if ids[place] else update)
    return tuple(reversed(result) if _runs_up(found, len(updates)) else result)


def _runs_up(found: dict[int, Element], count: int) -> bool:
    """Whether the page shows all updates the other way round than its data lists them."""
    if count < 3 or len(found) < count:
        return False
    parent, first, last = found[0].getparent(), found[0], found[count - 1]
    if parent is None or next((child for child in parent if child is first or child is last), first) is first:
        return False
    if any(element.getparent() is not parent for element in found.values()):
        return False
    place_of = {child: place for place, child in enumerate(parent)}
    return all(place_of[found[place]] > place_of[found[place + 1]] for place in range(count - 1))


def _is_defective(update: Update, titles: bool) -> bool:
    if update.source_id is None or update.published is None or (titles and update.title is None):
        return True
    return _lacks_words(update.text or update.html or "", not update.text) or bool(update.title and update.title.endswith(_CUT_SIGNS))


@remembered(most=16_384, longest=4000)
def _lacks_words(body: str, is_markup: bool) -> bool:
    """Whether the text of an update is empty or breaks off."""
    words = folded(html_to_text(body) if is_markup else body)
    return not words or _is_cut(words)


def _words(update: Update) -> str:
    return folded(update.text or html_to_text(update.html or ""))


def _is_cut(words: str) -> bool:
    """Whether a text, on one line, breaks off."""
    return words.endswith(_CUT_SIGNS) or (len(words) >= SHORTEST and not words.endswith(_ENDINGS))


def _shown_ids(updates: Sequence[Update], found: dict[int, Element]) -> list[str | None]:
    """The site's own id of each update where the markup has one and the data none, or only the fragment of an address."""
    result: list[str | None] = [None] * len(updates)
    own: list[str | None] = [None] * len(updates)
    for place, element in found.items():
        result[place] = element.get("data-source-id") or next(
            (above.get("data-source-id") for above in element.iterancestors() if above.get("data-source-id")), None
        )
        if updates[place].source_id is None:
            own[place] = element.get("data-post-id") or element.get("data-id") or element.get("id")
    counts = Counter(value for value in result if value)
    result = [value if value and counts[value] == 1 else None for value in result]
    stated = [value for value in own if value]
    if len(set(stated)) < len(stated) or is_positional(stated):
        return result
    return [value or other for value, other in zip(result, bare_ids(own), strict=True)]


def _completed(update: Update, element: Element, page: Page, *, titles: bool, zone: str | None, texts: bool) -> Update:
    heading = own_heading(element)
    changes: dict[str, Any] = {}
    if update.published is None:
        published, updated = _times(element, page, zone)
        changes |= {"published": published, "updated": updated}
    title = one_line(element_text(heading)) if heading is not None else None
    if title and update.title is None and titles and title != one_line(page.title):
        changes["title"] = title
    cut = update.title if update.title and update.title.endswith(_CUT_SIGNS) else None
    if cut:
        changes["title"] = _whole_title(cut, element, has_body=bool(_words(update)))
    body = _fuller_body(update, element, changes.get("title", update.title), heading) if texts else None
    if body:
        changes |= {"html": body, "text": None}
    return replace(update, **changes)


def own_heading(element: Element) -> Element | None:
    """The update's own heading: before its first paragraph and not in the link of a card."""
    for inner in element.iter("p", *_HEADINGS):
        if inner.tag == "p" and (inner.text or len(inner)):
            return None
        if inner.tag in _HEADINGS and element_text(inner) and not any(above.tag in ("a", "aside") for above in inner.iterancestors()):
            return inner
    return None


def _whole_title(cut: str, element: Element, *, has_body: bool) -> str | None:
    """The line of the update that begins with what is left of a headline; None if that is a sentence of a text the data lacks."""
    beginning = folded(re.sub(r"&\w*$", "", cut.rstrip("\u2026. ")))
    for inner in element.iter("p", *_HEADINGS):
        line = one_line(element_text(inner))
        if line and line.startswith(beginning) and inner.tag == "p" and not has_body and line.endswith(_ENDINGS):
            return None
        if line and line.startswith(beginning) and len(line) < 3 * len(beginning) + 40:
            return line
    return cut


def _times(element: Element, page: Page, zone: str | None) -> tuple[When | None, When | None]:
    """The time an update's markup states for it, and that of its last edit."""
    published: When | None = None
    updated: When | None = None
    for node in element.xpath(_TIMES):
        label = one_line(element_text(node)) or ""
        raw = node.get("datetime") or node.get("data-timestamp") or label
        when = read_time(raw, fetched_at=page.fetched_at, zone=zone, language=page.language)
        if when is None:
            continue
        if _EDITED.search(label) or _EDITED.search(node.get("class") or ""):
            updated = updated or when
        elif published is None:
            clock = read_clock(label)
            published = against_shown(when, clock if clock and clock.is_whole else None, zone=zone)
    if published and updated and updated.instant == published.instant:
        updated = None
    return published, updated


def _fuller_body(update: Update, element: Element, title: str | None, heading: Element | None) -> str | None:
    """The body as shown where the data has none, breaks off, or leaves something out in the middle; else None."""
    mine = _words(update)
    markup = body_markup(element, title, heading)
    theirs = folded(html_to_text(markup))
    if not theirs or len(theirs) <= len(mine) or is_bare_address(theirs):
        return None
    if not mine:
        return markup
    if not theirs.startswith(mine[:SHORTEST]):
        return None
    # Beyond a proper ending stands what is no longer the update: a pointer, a card.
    return markup if _is_cut(mine) or theirs.endswith(mine[-SHORTEST:]) else None


def body_markup(element: Element, title: str | None, heading: Element | None) -> str:
    """The paragraphs of an update as markup, without its headline, time, share links and captions."""
    dropped = noise((element,)) | set(_cards(element, heading))
    parts: list[str] = []
    stack = list(reversed(element)) if element.tag not in _PARAGRAPHS else [element]
    while stack:
        inner = stack.pop()
        if not isinstance(inner.tag, str) or inner in dropped or inner is heading or inner.tag in ("time", "amp-timeago"):
            continue
        if inner.tag in _PARAGRAPHS:
            clean = not any(below in dropped for below in inner.iter())
            markup = (
                etree.tostring(inner, encoding="unicode", method="html", with_tail=False) if clean else markup_without((inner,), dropped)
            )
            if not parts and title and folded(html_to_text(markup)) == folded(title):
                title = None
                continue
            parts.append(markup)
        else:
            stack.extend(reversed(inner))
    return "".join(parts)


def _cards(element: Element, heading: Element | None) -> Iterator[Element]:
    """The boxes of an update that point to other stories: around a heading that is nothing but a link, or a link around one."""
    for inner in element.iter(*_HEADINGS):
        if inner is heading:
            continue
        link = next((above for above in inner.iterancestors() if above.tag == "a" or above is element), None)
        if link is not None and link is not element:
            yield link
            continue
        text = folded("".join(inner.itertext()))
        if text and any(folded("".join(link.itertext())) == text for link in inner.iter("a")):
            box = inner.getparent()
            yield inner if box is element or (heading is not None and heading in box.iter()) else box
