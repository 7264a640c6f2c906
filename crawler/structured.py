"""schema.org LiveBlogPosting in JSON-LD, read with the defects it is known to have. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from archive.errors import ExtractionError
from archive.model import Extraction, Update, When
from archive.normalise import canonical_url, html_to_text, one_line
from archive.times import from_iso
from crawler.layouts import read_each
from crawler.page import Page
from crawler.shown import shown

_CLOCK_PREFIX = re.compile(r"^\s*\d{1,2}[:.]\d\d(?:\s*\(?[A-Z]{2,4}\)?)?[\s:,|-]*")  # "19:02 (IST): TOSS ..."
_POSITIONAL = re.compile(r"(?:post|item|entry|update|liveblog)?[-_]?(\d{1,4})", re.I)  # #post1, numbered from the newest
_MARKUP = re.compile(r"<(?:/?[a-z][a-z0-9]*\b|br)[^>]*>", re.I)
# Two entries of a theme's author, shipped as data with a well-known AMP theme.
_SAMPLE_HOSTS = ("ampbyexample.com", "amp.dev")


def live_blog_posting(page: Page) -> dict[str, Any] | None:
    """Return the page's LiveBlogPosting with the most updates, or None if it has none with updates."""
    found = [item for item in _nested(page.json_ld) if "LiveBlogPosting" in _types(item) and _update_items(item)]
    return max(found, key=lambda item: len(_update_items(item)), default=None)


def read_posting(page: Page, posting: dict[str, Any], *, zone: str | None = None) -> Extraction:
    """Return what a LiveBlogPosting states, updates in its order.

    Removed as defects: a page's headline or time repeated on every update, a headline that is only the
    clock and the first words of the body, positional or shared fragments as ids, an organisation for a
    byline, sample entries. `zone` is used for times without an offset.
    """
    page_headline = one_line(_plain(posting.get("headline") or posting.get("name")))
    items = [item for item in _update_items(posting) if not _is_sample(item)]
    ids = _source_ids(items, page)
    page_times = {_text(posting.get(key)) for key in ("datePublished", "dateModified")}
    repeated = _repeated_time(items, page_times)

    def read(numbered: tuple[dict[str, Any], str | None]) -> Update | None:
        item, source_id = numbered
        return _update(item, source_id=source_id, page=page, page_headline=page_headline, repeated=repeated, zone=zone)

    updates, warnings = read_each(list(zip(items, ids, strict=True)), read)
    updates, alike = _without_repeats(updates)
    if alike:
        warnings += (f"JSON-LD lists {alike} updates twice; each was read once",)
    if page.broken_json_ld:
        warnings += (f"{page.broken_json_ld} of the page's ld+json blocks could not be read as JSON",)
    url = _text(posting.get("url") or posting.get("@id") or posting.get("mainEntityOfPage"))
    full = urljoin(page.url, url) if url else None
    return Extraction(
        url=canonical_url(full) if full and page.is_own(full) else None,
        title=page_headline,
        standfirst=one_line(_plain(posting.get("description"))),
        language=_language(posting.get("inLanguage")),
        updates=updates,
        coverage_start=_when(posting.get("coverageStartTime"), zone),
        coverage_end=_when(posting.get("coverageEndTime"), zone),
        method="json-ld",
        warnings=warnings,
        zone=zone,
    )


def union(first: tuple[Update, ...], second: tuple[Update, ...], fields: tuple[str, ...] = ()) -> tuple[Update, ...]:
    """Return two readings of one page as one: matched by id, `first` leading.

    A field of `first` that is None is filled from `second`; the `fields` named are taken from `second`
    wherever it has them. Updates only one side has are kept, those of `second` at their place in its
    order; if the two share no id, `first` stands alone.
    """
    if not first or not second:
        return first or second
    others = {update.source_id: update for update in second if update.source_id}
    merged = {update.source_id or id(update): _merge(update, others.get(update.source_id or ""), fields) for update in first}
    if not any(update.source_id in others for update in first):
        return first
    result = list(merged.values())
    position = -1
    for update in second:
        if update.source_id in merged:
            position = next(i for i, kept in enumerate(result) if kept.source_id == update.source_id)
        elif update.source_id:
            position += 1
            result.insert(position, update)
    return tuple(result)


def _merge(update: Update, other: Update | None, fields: tuple[str, ...]) -> Update:
    if other is None:
        return update
    changes: dict[str, Any] = {}
    for name in ("url", "title", "byline", "html", "text", "published", "updated"):
        mine, theirs = getattr(update, name), getattr(other, name)
        if theirs is not None and (name in fields or mine is None):
            changes[name] = theirs
    if update.html is not None or "html" in changes:
        changes.pop("text", None)
    return replace(update, **changes)


def _types(item: dict[str, Any]) -> tuple[str, ...]:
    stated = item.get("@type")
    names = stated if isinstance(stated, list) else [stated]
    return tuple(str(name).rsplit("/", 1)[-1].removeprefix("schema:") for name in names if name)


def _nested(objects: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    """The objects and those one level below them, where a LiveBlogPosting may hang as `mainEntity`."""
    found = list(objects)
    for item in objects:
        for key in ("mainEntity", "mainEntityOfPage", "subjectOf", "hasPart"):
            value = item.get(key)
            found += [inner for inner in (value if isinstance(value, list) else [value]) if isinstance(inner, dict)]
    return found


def _update_items(posting: dict[str, Any]) -> list[dict[str, Any]]:
    value = posting.get("liveBlogUpdate") or posting.get("liveBlogUpdates") or []
    items = value if isinstance(value, list) else [value]
    flat: list[dict[str, Any]] = []
    for item in items:
        flat += [inner for inner in item if isinstance(inner, dict)] if isinstance(item, list) else []
        if isinstance(item, dict):
            flat.append(item)
    return flat


def _is_sample(item: dict[str, Any]) -> bool:
    url = _text(item.get("url")) or ""
    return (urlsplit(url).hostname or "").removeprefix("www.") in _SAMPLE_HOSTS


def _source_ids(items: list[dict[str, Any]], page: Page) -> list[str | None]:
    """Each item's own id from the fragment or path of its address, None where it does not name one update."""
    ids = [_own_id(item, page) for item in items]
    counts = Counter(found for found in ids if found)
    ids = [found if found and counts[found] == 1 else None for found in ids]
    numbers = [_POSITIONAL.fullmatch(found or "") for found in ids]
    if ids and all(numbers):
        # #post1 .. #postN counted over the page move when an update arrives: they name a place, not an update.
        places = sorted(int(found[1]) for found in numbers if found)
        if places[0] in (0, 1) and places == list(range(places[0], places[0] + len(places))):
            return [None] * len(ids)
    return ids


def _own_id(item: dict[str, Any], page: Page) -> str | None:
    identifier = item.get("identifier")
    if isinstance(identifier, dict):
        identifier = identifier.get("value")
    if isinstance(identifier, (str, int)) and str(identifier).strip() and "://" not in str(identifier):
        return str(identifier).strip()
    for key in ("url", "@id", "mainEntityOfPage"):
        url = _text(item.get(key))
        if not url:
            continue
        try:
            full = urljoin(page.url, url)
            parts = urlsplit(full)
        except ValueError:
            continue
        if parts.fragment:
            return parts.fragment
        if page.is_own(full) and canonical_url(full) not in (canonical_url(page.url), page.canonical_url):
            return parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
    return None


def _repeated_time(items: list[dict[str, Any]], page_times: set[str | None]) -> str | None:
    """The one time that stands on all of several updates because it is the page's, or None."""
    times = {_text(item.get("datePublished")) for item in items}
    only = next(iter(times)) if len(times) == 1 else None
    return only if only and len(items) > 1 and (only in page_times or len(items) > 3) else None


def _update(
    item: dict[str, Any], *, source_id: str | None, page: Page, page_headline: str | None, repeated: str | None, zone: str | None
) -> Update | None:
    body = item.get("articleBody") or item.get("text") or item.get("description")
    raw = body if isinstance(body, str) else None
    html = _markup(raw)
    text = None if html else _body_text(raw)
    plain = html_to_text(html) if html else (text or "")
    title = _own_title(one_line(_plain(item.get("headline") or item.get("name"))), plain, page_headline)
    if title and not html and text and text.startswith(title + "\n"):
        text = text[len(title) :].strip()  # the body begins with a copy of the headline
    published_raw = _text(item.get("datePublished") or item.get("dateCreated"))
    published = None if published_raw == repeated else _when(published_raw, zone)
    updated = None if published_raw == repeated else _when(_text(item.get("dateModified")), zone)
    url = _text(item.get("url") or item.get("@id"))
    if not (title or plain or item.get("image") or item.get("video") or source_id):
        return None
    return Update(
        source_id=source_id,
        url=urljoin(page.url, url) if url and source_id else None,
        title=title,
        byline=_byline(item.get("author")),
        html=html,
        text=text,
        published=published,
        updated=updated if updated and published and updated.instant != published.instant else None,
        kind="post",
    )


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


def _without_repeats(updates: tuple[Update, ...]) -> tuple[tuple[Update, ...], int]:
    """Updates without exact repeats, and how many there were (some pages list a pinned update twice)."""
    kept = tuple(dict.fromkeys(updates))
    return kept, len(updates) - len(kept)


def _markup(raw: str | None) -> str | None:
    """The body as HTML if it holds markup, also escaped markup (`&lt;p&gt;`), else None."""
    if not raw:
        return None
    if _MARKUP.search(raw):
        return raw
    unescaped = unescape(raw)
    return unescaped if unescaped != raw and _MARKUP.search(unescaped) else None


def _body_text(raw: str | None) -> str | None:
    if not raw or not raw.strip():
        return None
    lines = [line.strip() for line in _unescaped(raw).replace("\r", "\n").split("\n")]
    return "\n\n".join(line for line in lines if line)


def _unescaped(text: str) -> str:
    # JSON needs no HTML escapes, yet some publishers escape once and others twice.
    for _ in range(2):
        if "&" not in text:
            break
        text = unescape(text)
    return text


def _plain(value: Any) -> str | None:
    """A short text field without escapes and markup."""
    text = _text(value)
    if text is None:
        return None
    text = _unescaped(text)
    return html_to_text(text) if _MARKUP.search(text) else text


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value") or value.get("@id") or value.get("url")
    return str(value) if isinstance(value, (str, int, float)) and str(value).strip() else None


def _byline(author: Any) -> str | None:
    """The credited people, comma-separated; an organisation stands where there is no byline and is none."""
    names: list[str] = []
    for item in author if isinstance(author, list) else [author]:
        if isinstance(item, dict):
            if "Organization" in _types(item) or "NewsMediaOrganization" in _types(item):
                continue
            name = item.get("name")
            item = ", ".join(str(n) for n in name) if isinstance(name, list) else name
        if isinstance(item, str) and item.strip() and "://" not in item:
            names.append(one_line(_unescaped(item)) or "")
    return ", ".join(dict.fromkeys(name for name in names if name)) or None


def _when(value: Any, zone: str | None) -> When | None:
    text = _text(value)
    return from_iso(text, zone=zone) if text else None


def _language(value: Any) -> str | None:
    text = _text(value if not isinstance(value, dict) else value.get("alternateName") or value.get("name"))
    code = (text or "").strip().replace("_", "-").split("-")[0].lower()
    return code if code.isalpha() and len(code) in (2, 3) else None


def extract_structured(page: Page) -> Extraction | None:
    """Return the reading of a page nobody described from its JSON-LD, checked against what it shows, or None."""
    posting = live_blog_posting(page)
    if posting is None:
        return None
    read = read_posting(page, posting)
    if not read.updates:
        return None
    return replace(read, updates=shown(read.updates, page))


__all__ = ["ExtractionError", "extract_structured", "live_blog_posting", "read_posting", "union"]
