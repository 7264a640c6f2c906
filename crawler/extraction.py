"""extract(page) -> Extraction: picks the layout or the structured data, and knows which absences are errors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from archive.errors import ExtractionError, NoUpdatesError
from archive.model import Extraction, Update, When
from archive.normalise import normalise, one_line
from archive.times import from_url
from crawler.combining import extract_undescribed
from crawler.layouts import Layout, layout_for
from crawler.page import Page
from crawler.records import extract_json


def extract(page: Page, *, layouts: bool = True) -> Extraction:
    """Return what a page states, complete and checked.

    `layouts=False` leaves the layouts out, as for a publisher nobody described.
    Raises NoUpdatesError if it shows no live updates, ExtractionError if it cannot be read at all.
    """
    if page.format == "binary":
        raise ExtractionError(f"expected HTML, JSON or text in {page.url}, found binary data ({len(page.body):,} bytes)")
    if not page.body.strip():
        raise ExtractionError(f"expected a page at {page.url}, found an empty answer")
    layout = layout_for(page) if layouts else None
    found = layout.extract(page) if layout else _undescribed(page)
    if found is None or not found.updates:
        where = f"{layout.layout}: " if layout else ""
        problems = f"; {found.warnings[0]}" if found and found.warnings else ""
        raise NoUpdatesError(f"{where}no live updates found in {page.url} ({len(page.body):,} bytes{_called(page)}){problems}")
    return _checked(_completed(found, page, layout), page)


def _undescribed(page: Page) -> Extraction | None:
    """The reading of a page no layout describes: by its structured data, its state or its markup, or as the JSON it is."""
    if page.format == "json":
        return extract_json(page)
    return extract_undescribed(page) if page.format == "html" else None


def _called(page: Page) -> str:
    title = one_line(page.title) if page.format == "html" else None
    return f", title {title[:80]!r}" if title else ""


def _completed(found: Extraction, page: Page, layout: Layout | None) -> Extraction:
    """Fill in what the layout's class or the address says."""
    url = found.url if found.url and page.is_own(found.url) else page.canonical_url
    older = urljoin(page.url, found.older_url) if found.older_url else None
    key = layout.live_blog_key(url) if layout else Layout().live_blog_key(url)
    bound = layout is not None and bool(layout.domains)
    return replace(
        found,
        url=url,
        publisher=layout.publisher if layout and bound else page.domain,
        publisher_name=(layout.name if layout and bound else found.publisher_name) or page.domain,
        language=found.language or page.language or (layout.language if layout else None),
        title=one_line(found.title) or (one_line(page.title) if page.format == "html" else None),
        standfirst=one_line(found.standfirst),
        older_url=older if older and page.is_own(older) else None,
        method=(layout.layout if layout else found.method),
        zone=found.zone or (layout.zone if layout else None),
        live_blog_key=found.live_blog_key or key,
        ids_are_global=found.ids_are_global or bool(layout and layout.ids_are_global),
        updates=tuple(_completed_update(update, found, page, layout) for update in found.updates),
    )


def _completed_update(update: Update, found: Extraction, page: Page, layout: Layout | None) -> Update:
    """Drop a foreign address and an edit time that only repeats the time of publication; let the day in an
    address stand where the page states no time."""
    url = urljoin(page.url, update.url) if update.url else None
    if url and not page.is_own(url):
        url = None
    published = update.published
    if published is None:
        zone = found.zone or (layout.zone if layout else None)
        published = from_url(urlsplit(url).path if url else None, zone=zone)
        published = published or from_url(urlsplit(found.url or page.url).path, zone=zone)
    updated = update.updated
    if updated and published and updated.instant == published.instant:
        updated = None
    return replace(update, url=url, published=published, updated=updated)


def _checked(found: Extraction, page: Page) -> Extraction:
    """Remove page titles that stand in for update titles, and warn where claim and count differ."""
    updates = found.updates
    if found.kind != "update" and len(updates) > 1:
        updates = tuple(replace(u, title=None) if u.title and one_line(u.title) == found.title else u for u in updates)
    warnings = found.warnings
    if found.declared_count is not None and found.declared_count != len(updates) and not found.older_url:
        warnings += (f"the page declares {found.declared_count} updates, {len(updates)} were found",)
    return replace(found, updates=updates, warnings=warnings)


def as_json(found: Extraction) -> dict[str, Any]:
    """Return an extraction in the documented JSON shape, entries in page order."""
    return {
        "url": found.url,
        "publisher": found.publisher,
        "title": found.title,
        "standfirst": found.standfirst,
        "language": found.language,
        "kind": found.kind,
        "declared_count": found.declared_count,
        "complete": found.complete,
        "ended": found.ended,
        "older_url": found.older_url,
        "method": found.method,
        "warnings": list(found.warnings),
        "entries": [_entry_json(update, found) for update in found.updates],
    }


def _entry_json(update: Update, found: Extraction) -> dict[str, Any]:
    entry = normalise(update, found)
    return {
        "id": entry.source_id,
        "url": entry.url,
        "title": entry.title,
        "headline": entry.title,
        "byline": entry.byline,
        "text": entry.text,
        "html": entry.html,
        "kind": entry.kind,
        "pinned": entry.pinned,
        "published": _stated(entry.published),
        "published_precision": entry.published.precision if entry.published else None,
        "published_basis": entry.published.basis if entry.published else None,
        "published_raw": entry.published.raw if entry.published else None,
        "updated": _stated(entry.updated),
    }


def _stated(when: When | None) -> str | None:
    return when.instant.isoformat() if when else None
