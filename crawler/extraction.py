"""extract(page) -> Extraction: picks the layout or the structured data, and knows which absences are errors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from archive.errors import ExtractionError, NoUpdatesError
from archive.model import Extraction, Update, When
from archive.normalise import canonical_url, normalise, one_line
from archive.times import from_url, to_utc
from archive.weighing import too_many_tags
from crawler.combining import extract_json_page, extract_undescribed
from crawler.headed import extract_headed
from crawler.language import detected
from crawler.layouts import MOST_READ, Layout, layout_for, publisher_at
from crawler.page import Page
from crawler.schema_values import language
from crawler.scripted import scripted_words
from crawler.timed_lines import extract_timed_lines
from crawler.zones import page_zone


def extract(page: Page, *, layouts: bool = True) -> Extraction:
    """Return what a page states, complete and checked.

    `layouts=False` leaves the layouts out, as for a publisher nobody described.
    Raises NoUpdatesError if it shows no live updates, ExtractionError if it cannot be read at all, and nothing else.
    """
    if page.format == "binary":
        raise ExtractionError(f"expected HTML, JSON or text in {page.url}, found binary data ({len(page.body):,} bytes)")
    if not page.body or page.body.isspace():
        raise ExtractionError(f"expected a page at {page.url}, found an empty answer")
    heavy = too_many_tags(page.body)
    if heavy:
        raise ExtractionError(f"{page.url}: expected {heavy} ({len(page.body):,} bytes)")
    try:
        return _read(page, layouts=layouts)
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError, SyntaxError, AssertionError) as error:
        # Foreign data of a shape nobody foresaw fails where it is used, in any of these ways.
        problem = f"{type(error).__name__}: {str(error)[:200]}"
        raise ExtractionError(f"{page.url} could not be read ({len(page.body):,} bytes): {problem}") from error


def _read(page: Page, *, layouts: bool) -> Extraction:
    layout = layout_for(page) if layouts else None
    publisher = publisher_at(page.domain) if layouts else None
    if publisher and not (layout and layout.domains):
        page.keep_zone(publisher.zone)
    found = layout.extract(page) if layout else _undescribed(page)
    if found is None or not found.updates:
        where = f"{layout.layout}: " if layout else ""
        problems = f"; {found.warnings[0]}" if found and found.warnings else ""
        raise NoUpdatesError(
            f"{where}no live updates found in {page.url} ({len(page.body):,} bytes{_called(page)}){problems}{scripted_words(page)}"
        )
    return _checked(_completed(found, page, layout, publisher), page)


def _undescribed(page: Page) -> Extraction | None:
    """The reading of a page no layout describes: by its structured data, its state or its markup, or as the JSON it is."""
    if page.format == "json":
        return extract_json_page(page)
    if page.format == "html":
        return extract_undescribed(page)
    return extract_timed_lines(page, zone=page_zone(page)) or extract_headed(page)


def _called(page: Page) -> str:
    title = one_line(page.title) if page.format == "html" else None
    return f", title {title[:80]!r}" if title else ""


def _completed(found: Extraction, page: Page, layout: Layout | None, publisher: Layout | None) -> Extraction:
    """Fill in what the layout's class or the address says.

    `publisher`: a layout that is bound to the domain. A page that lost its structure, or shows a platform's, is still that publisher's.
    """
    own = page.own_address(found.url)
    url = canonical_url(own) if own else page.canonical_url
    bound = layout if layout and layout.domains else publisher
    zone = found.zone or (layout.zone if layout else None) or (bound.zone if bound else None)
    return replace(
        found,
        url=url,
        publisher=bound.publisher if bound else page.domain,
        publisher_name=(bound.name if bound else found.publisher_name) or page.domain,
        language=found.language or page.language or _language(found, page, layout),
        title=one_line(found.title) or (one_line(page.title) if page.format == "html" else None),
        standfirst=one_line(found.standfirst),
        older_url=page.own_address(found.older_url),
        method=(layout.layout if layout else found.method),
        zone=zone,
        live_blog_key=found.live_blog_key or (layout or publisher or Layout()).live_blog_key(url),
        ids_are_global=found.ids_are_global or bool(layout and layout.ids_are_global),
        coverage_start=_possible(found.coverage_start),
        coverage_end=_possible(found.coverage_end),
        updates=tuple(_completed_update(update, found, page, zone) for update in found.updates),
    )


def _language(found: Extraction, page: Page, layout: Layout | None) -> str | None:
    """The language where neither the reader nor the mark-up states one: JSON-LD's, the layout's, else that of the words."""
    stated = (language(item.get("inLanguage")) for item in (page.json_ld if page.format == "html" else ()))
    known = next(filter(None, stated), None) or (layout.language if layout else None)
    return known or detected(text for update in found.updates for text in (update.title, update.html or update.text) if text)


def _completed_update(update: Update, found: Extraction, page: Page, zone: str | None) -> Update:
    """Drop a foreign address and an edit time that only repeats the time of publication; let the day in an
    address stand where the page states no time."""
    url = page.own_address(update.url)
    published = _possible(update.published)
    if published is None:
        published = from_url(urlsplit(url).path if url else None, zone=zone)
        published = published or from_url(urlsplit(found.url or page.url).path, zone=zone)
    updated = _possible(update.updated)
    if updated and published and updated.instant == published.instant:
        updated = None
    if url == update.url and published is update.published and updated is update.updated:
        return update
    # As `replace` does, which asks for every field by name.
    return Update(**(vars(update) | {"url": url, "published": published, "updated": updated}))


def _possible(when: When | None) -> When | None:
    """A time that has a place in UTC; the first and last hours of the calendar have none, nor offsets past a day."""
    if when is None or 1 < when.instant.year < 9999:
        return when
    try:
        return when if to_utc(when.instant) else None
    except (ValueError, OverflowError):
        return None


def _checked(found: Extraction, page: Page) -> Extraction:
    """Remove page titles that stand in for update titles, and warn where claim and count differ."""
    updates, warnings = found.updates, found.warnings
    if len(updates) > MOST_READ:
        warnings += (f"the page lists {len(updates):,} updates, the first {MOST_READ:,} were read",)
        updates = updates[:MOST_READ]
    if found.kind != "update" and len(updates) > 1:
        updates = tuple(replace(u, title=None) if u.title and one_line(u.title) == found.title else u for u in updates)
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
