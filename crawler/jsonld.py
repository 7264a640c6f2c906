"""schema.org LiveBlogPosting in JSON-LD, read with the defects it is known to have. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from archive.model import Extraction, Update
from archive.normalise import canonical_url, html_to_text, one_line
from archive.remembering import remembered
from crawler.layouts import read_each
from crawler.page import Page
from crawler.posting_items import Item, items_of, source_ids, update_items
from crawler.schema_values import body_of, body_text, byline, language, markup, plain_text, text_value, types, when_or_none

_CLOCK_PREFIX = re.compile(r"^\s*\d{1,2}[:.]\d\d(?:\s*\(?[A-Z]{2,4}\)?)?[\s:,|-]*")  # "19:02 (IST): TOSS ..."
_NEW_SENTENCE = re.compile(r"\s*[.:\u2013\u2014-]?\s+[\"'\u201c\u2018\u00ab(]?[^\W\d_a-z]")
_SHORTEST_REST = 40  # characters of a body beside the headline
_BEGINNING = 200  # characters of a body by which two items are told apart
_MOST_WAYS = 4  # in which one item is kept as read: a page is read with its zone and without


def live_blog_posting(page: Page) -> dict[str, Any] | None:
    """Return the page's LiveBlogPosting with the most updates, those of others of the same live blog with it; None if it has none."""
    found = [item for item in _nested(page.json_ld) if "LiveBlogPosting" in types(item)] if page.names_live_blog else None
    if not found:
        return None
    known = {str(item["@id"]): item for item in page.json_ld if item.get("@id") and len(item) > 2}
    resolved = [dict(item, liveBlogUpdate=update_items(item, known)) for item in found]
    best = max((item for item in resolved if item["liveBlogUpdate"]), key=lambda item: len(item["liveBlogUpdate"]), default=None)
    return _with_parts(best, resolved) if best is not None and len(resolved) > 1 else best


def _with_parts(best: dict[str, Any], found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A posting with the updates of the others that bear its headline: some pages list a live blog in several scripts."""
    headline = _line(best.get("headline") or best.get("name"))
    parts = [item for item in found if item is best or (headline and _line(item.get("headline") or item.get("name")) == headline)]
    told: dict[tuple[str | None, ...], dict[str, Any]] = {}
    for update in (update for part in parts for update in part["liveBlogUpdate"]):
        named = text_value(update.get("url") or update.get("@id"))
        words = str(update.get("articleBody") or "")[:_BEGINNING]
        key = (named, _line(update.get("headline") or update.get("name")), text_value(update.get("datePublished")), words)
        told.setdefault(key, update)
    whole = list(told.values())
    return dict(best, liveBlogUpdate=whole) if len(whole) > len(best["liveBlogUpdate"]) else best


def repeats_headline(posting: dict[str, Any]) -> bool:
    """Whether the headlines of the updates are the page's, or are not stated at all: only the page's markup has them."""
    page_headline = _line(posting.get("headline") or posting.get("name"))
    headlines = [_line(item.get("headline") or item.get("name")) for item in update_items(posting)]
    stated = [headline for headline in headlines if headline]
    return not stated or sum(headline == page_headline for headline in stated) * 2 > len(stated)


def read_about(page: Page, posting: dict[str, Any] | None, *, zone: str | None = None) -> Extraction:
    """Return what a LiveBlogPosting states of the page as a whole, without its updates; nothing where there is none."""
    return read_posting(page, posting | {"liveBlogUpdate": []}, zone=zone) if posting else Extraction()


def read_posting(page: Page, posting: dict[str, Any], *, zone: str | None = None, shown: Collection[str | None] = ()) -> Extraction:
    """Return what a LiveBlogPosting states, updates in its order.

    Of those whose ids are among `shown` only id and byline are read: the page's markup says the rest, and says it better.

    Removed as defects: a page's headline or time repeated on every update, a headline that is only the
    clock and the first words of the body, positional or shared fragments as ids, an organisation for a
    byline, sample entries. `zone` is used for times without an offset.
    """
    page_headline = _line(posting.get("headline") or posting.get("name"))
    items = items_of(posting, page)
    page_times = {text_value(posting.get(key)) for key in ("datePublished", "dateModified")}
    repeated = _repeated_time(items, page_times)
    edits = {stated.modified for _, stated in items}
    page_edit = edits.pop() if len(items) > 2 and len(edits) == 1 else None

    def read(numbered: tuple[Item, str | None]) -> Update | None:
        (item, stated), source_id = numbered
        if source_id and source_id in shown:
            return Update(source_id=source_id, byline=byline(item.get("author")))
        # Under the same circumstances the same words are not read again.
        circumstances = (source_id, page_headline, repeated, page_edit, zone)
        found = stated.read.get(circumstances)
        if found is None:
            found = _update(item, source_id=source_id, page=page, page_headline=page_headline, repeated={repeated, page_edit}, zone=zone)
            if found is not None:
                if len(stated.read) >= _MOST_WAYS:
                    stated.read.clear()
                stated.read[circumstances] = found
        return found

    updates, warnings = read_each(list(zip(items, source_ids(items, page), strict=True)), read)
    updates, alike = _without_repeats(_without_headlines(updates))
    if alike:
        warnings += (f"JSON-LD lists {alike} updates twice; each was read once",)
    if page.broken_json_ld:
        warnings += (f"{page.broken_json_ld} of the page's ld+json blocks could not be read as JSON",)
    url = text_value(posting.get("url") or posting.get("@id") or posting.get("mainEntityOfPage"))
    full = page.join(url)
    return Extraction(
        url=canonical_url(full) if full and page.is_own(full) else None,
        title=page_headline,
        standfirst=_line(posting.get("description")),
        language=language(posting.get("inLanguage")),
        updates=updates,
        coverage_start=when_or_none(posting.get("coverageStartTime"), zone),
        coverage_end=when_or_none(posting.get("coverageEndTime"), zone),
        method="json-ld",
        warnings=warnings,
        zone=zone,
    )


def _nested(objects: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    """The objects and those one level below them, where a LiveBlogPosting may hang as `mainEntity`."""
    found = list(objects)
    for item in objects:
        for key in ("mainEntity", "mainEntityOfPage", "subjectOf", "hasPart"):
            value = item.get(key)
            found += [inner for inner in (value if isinstance(value, list) else [value]) if isinstance(inner, dict)]
    return found


def _repeated_time(items: Sequence[Item], page_times: set[str | None]) -> str | None:
    """The one time that stands on all of several updates because it is the page's, or None."""
    times = {stated.published for _, stated in items}
    only = next(iter(times)) if len(times) == 1 else None
    return only if only and len(items) > 1 and (only in page_times or len(items) > 3) else None


def _update(
    item: dict[str, Any], *, source_id: str | None, page: Page, page_headline: str | None, repeated: set[str | None], zone: str | None
) -> Update | None:
    raw = body_of(item)
    html = markup(raw)
    text = None if html else body_text(raw)
    plain = html_to_text(html) if html else (text or "")
    title = _own_title(_line(item.get("headline") or item.get("name")), plain, page_headline)
    if title and not html and text and text.startswith(title + "\n"):
        text = text[len(title) :].strip()  # the body begins with a copy of the headline
    published_raw = text_value(item.get("datePublished") or item.get("dateCreated"))
    updated_raw = text_value(item.get("dateModified"))
    published = None if published_raw in repeated else when_or_none(published_raw, zone)
    updated = None if updated_raw in repeated else when_or_none(updated_raw, zone)
    url = text_value(item.get("url") or item.get("@id"))
    if not (title or plain or item.get("image") or item.get("video") or source_id):
        return None
    return Update(
        source_id=source_id,
        url=page.join(url) if source_id else None,
        title=title,
        byline=byline(item.get("author")),
        html=html,
        text=text,
        published=published,
        updated=updated if updated and published and updated.instant != published.instant else None,
        kind="post",
    )


def _line(value: Any) -> str | None:
    text = text_value(value)
    return _read_line(text) if text else None


@remembered(most=16_384, longest=300)
def _read_line(text: str) -> str | None:
    return one_line(plain_text(text))


def _own_title(title: str | None, body: str, page_headline: str | None) -> str | None:
    """The update's headline, or None if it only repeats the page's, the clock, or the first words of the body."""
    if not title or title == page_headline:
        return None
    line = one_line(body) or ""
    bare = _CLOCK_PREFIX.sub("", title).rstrip(".\u2026 ")
    if bare != title.rstrip(".\u2026 ") and (not bare or line.startswith(bare) or bare.startswith(line)):
        return None
    if title.endswith(("...", "\u2026")) and line.startswith(bare):
        return None
    return title


def _without_headlines(updates: tuple[Update, ...]) -> tuple[Update, ...]:
    """Updates without the copy of their headlines that the bodies begin with, where nearly all of those with a headline do so.

    A headline made of the first words of the body is no copy: there the sentence goes on.
    """
    titled = [update for update in updates if update.title and update.text]
    copied = [update for update in titled if _begins_with_headline(update)]
    if len(copied) < 3 or len(copied) * 10 < len(titled) * 9:
        return updates
    return tuple(
        replace(update, text=(update.text or "")[len(update.title or "") :].lstrip(" .:\u2013\u2014-\n"))
        if update.title and update.text and _begins_with_headline(update)
        else update
        for update in updates
    )


def _begins_with_headline(update: Update) -> bool:
    text, title = update.text or "", update.title or ""
    if not text.startswith(title):
        return False
    rest = text[len(title) :]
    return bool(_NEW_SENTENCE.match(rest)) and len(rest) > _SHORTEST_REST


def _without_repeats(updates: tuple[Update, ...]) -> tuple[tuple[Update, ...], int]:
    """Updates without exact repeats, and how many there were (some pages list a pinned update twice)."""
    if len({(update.source_id, update.title, update.html, update.text) for update in updates}) == len(updates):
        return updates, 0
    kept = tuple(dict.fromkeys(updates))
    return kept, len(updates) - len(kept)
