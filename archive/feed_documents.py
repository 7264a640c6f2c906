"""A feed as Atom (RFC 4287) and as JSON Feed 1.1. Pure. Every text is a stranger's: escaped, or sanitised markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

from archive.comparison import side_by_side
from archive.feeds import Event, Wording
from archive.normalise import safe_html
from archive.present import moment, published_basis, web_address
from archive.times import from_utc

# An identifier must not change with the address a reader reaches the archive at. Nobody can own a name below `invalid` (RFC 2606).
_TAG = "tag:stoppress.invalid,2025:"
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NEVER = "1970-01-01T00:00:00Z"
_LONGEST = 20_000  # characters of a text or its markup that a feed carries; an update may have sixteen megabytes
_DONE = {"edited": "Edited", "withdrawn": "Withdrawn"}


@dataclass(frozen=True, kw_only=True)
class Feed:
    """Events under a title. `name` is the feed's for ever (`/live/a2b4c6d8e2f4`), `began` is what an empty feed was last updated.

    Addresses are whole: `address` is the feed's own, `page` that of the page it belongs to, `further` that of older events, and
    `site` that of the reading room, without a slash at its end.
    """

    name: str
    title: str
    subtitle: str | None
    site: str
    address: str
    page: str
    further: str | None
    began: str | None
    language: str | None
    events: tuple[Event, ...]

    @property
    def updated(self) -> str:
        """When the newest event was seen, UTC, ISO 8601."""
        return _instant(max((event.at for event in self.events), default=self.began)) or _NEVER


def atom(feed: Feed) -> str:
    """Return a feed as an Atom document."""
    head = [
        f"<id>{_text(_TAG + 'feed' + feed.name)}</id>",
        f"<title>{_text(feed.title)}</title>",
        f"<subtitle>{_text(feed.subtitle)}</subtitle>" if feed.subtitle else "",
        f"<updated>{feed.updated}</updated>",
        f'<link rel="self" type="application/atom+xml" href="{_text(feed.address)}"/>',
        f'<link rel="alternate" type="text/html" href="{_text(feed.page)}"/>',
        f'<link rel="next" type="application/atom+xml" href="{_text(feed.further)}"/>' if feed.further else "",
        "<author><name>Stop Press</name></author>",
        "<generator>Stop Press</generator>",
    ]
    entries = "\n".join(_atom_entry(feed, event) for event in distinct(feed.events))
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"{_lang(feed.language)}>\n'
        + "\n".join(part for part in [*head, entries] if part)
        + "\n</feed>\n"
    )


def _atom_entry(feed: Feed, event: Event) -> str:
    wording = event.wording
    published = _claimed(wording)
    original = web_address(event.url)
    parts = [
        f"<id>{_text(identifier(event))}</id>",
        f"<title>{_text(_title(event))}</title>",
        f"<updated>{_instant(event.at) or _NEVER}</updated>",
        f"<published>{published}</published>" if published else "",
        f'<link rel="alternate" type="text/html" href="{_text(_page(feed, event))}"/>',
        f'<link rel="via" href="{_text(original)}"/>' if original else "",
        f"<author><name>{_text(wording.byline or event.publisher_name)}</name></author>",
        "".join(f'<category term="{_text(tag)}"/>' for tag in _tags(event)),
        f'<content type="html"{_lang(event.language)}>{_text(_content(event))}</content>',
    ]
    return "<entry>" + "".join(parts) + "</entry>"


def json_feed(feed: Feed) -> dict[str, Any]:
    """Return a feed as a JSON Feed 1.1 object."""
    values = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": feed.subtitle,
        "home_page_url": feed.page,
        "feed_url": feed.address,
        "next_url": feed.further,
        "language": _language(feed.language),
        "items": [_json_item(feed, event) for event in distinct(feed.events)],
    }
    cleaned: dict[str, Any] = _clean({name: value for name, value in values.items() if value is not None})
    return cleaned


def _json_item(feed: Feed, event: Event) -> dict[str, Any]:
    wording = event.wording
    values = {
        "id": identifier(event),
        "url": _page(feed, event),
        "external_url": web_address(event.url),
        "title": _title(event),
        "content_html": _content(event),
        "date_published": _claimed(wording),
        "date_modified": _instant(event.at) or _NEVER,
        "authors": [{"name": wording.byline or event.publisher_name}],
        "tags": _tags(event),
        "language": _language(event.language),
        "_stoppress": {
            "event": event.kind,
            "seen_at": event.at,
            "slug": event.slug,
            "key": event.key,
            "wording": wording.number,
            "first_seen": event.first_seen,
            "published_at": wording.published_at,
            "published_precision": wording.published_precision,
            "published_basis": wording.published_basis,
            "publisher": event.publisher,
            "live_blog": event.live_blog_url,
        },
    }
    return {name: value for name, value in values.items() if value is not None}


def identifier(event: Event) -> str:
    """Return the name of an event, the same in every feed, at every address and for ever."""
    name = f"{_TAG}entry/{quote(event.slug)}"
    return name if event.kind == "new" else f"{name}/{event.kind}/{quote(event.at)}"


def distinct(events: tuple[Event, ...]) -> Iterator[Event]:
    """The events without those that have another's name: two edits seen within one second are one."""
    named: set[str] = set()
    for event in events:
        name = identifier(event)
        if name not in named:
            named.add(name)
            yield event


def _title(event: Event) -> str:
    words = (event.wording.title or event.wording.text).split(None, 14)
    title = " ".join(words[:14])[:200] + ("\u2026" if len(words) > 14 and not event.wording.title else "")
    if event.wording.title:
        title = event.wording.title
    title = title or "An update without words"
    return f"{_DONE[event.kind]}: {title}" if event.kind in _DONE else title


def _content(event: Event) -> str:
    """What is to be read, as markup: what happened, the text, and whose word each time is."""
    if max(len(part or "") for part in (event.wording.text, event.wording.html, event.before and event.before.text)) > _LONGEST:
        body = _paragraphs(event.wording.text[:_LONGEST]) + "<p>\u2026</p>"
    elif event.before:
        body = _difference(event.before, event.wording)
    else:
        body = safe_html(_NOT_XML.sub("", event.wording.html)) if event.wording.html else _paragraphs(event.wording.text)
    said = {"new": "", "edited": "<p><strong>Edited.</strong> ", "withdrawn": "<p><strong>Withdrawn.</strong> "}[event.kind]
    if event.kind == "edited":
        said += f"This wording was first seen {_seen(event.at, event.zone)}.</p>"
    elif event.kind == "withdrawn":
        last = f"; it was last seen {_seen(event.last_seen, event.zone)}" if event.last_seen else ""
        said += f"It was missing first at {_seen(event.at, event.zone)}{last}. It had said:</p>"
    return f"{said}{body}<p><small>{_provenance(event)}</small></p>"


def _provenance(event: Event) -> str:
    wording = event.wording
    how = published_basis(wording.published_basis, wording.published_precision, None)
    claim = moment(wording.published_at, zone=event.zone, precision=wording.published_precision)
    stated = f"published {escape(claim.text)} by its own account ({escape(how[:1].lower() + how[1:])})" if claim else escape(how)
    page = f", on \u201c{escape(event.live_blog)}\u201d" if event.live_blog else ""
    return f"{escape(event.publisher_name)}{page}; {stated}; first seen {_seen(event.first_seen, event.zone)}."


def _difference(before: Wording, after: Wording) -> str:
    """What went in <del> and what came in <ins>, in title, byline, stated time and text."""
    parts = []
    for tag, old, new in (
        ("h2", before.title, after.title),
        ("p", before.byline, after.byline),
        ("p", before.published_at, after.published_at),
    ):
        if old != new:
            parts.append(f"<{tag}>{''.join(_runs(old, new))}</{tag}>")
    text = "".join(_runs(before.text, after.text))
    return "".join(parts) + "".join(f"<p>{part}</p>" for part in _split(text))


def _runs(old: str | None, new: str | None) -> Iterator[str]:
    sides = side_by_side(old, new)
    gone, come = list(sides.old), list(sides.new)
    while gone or come:
        if gone and gone[0].kind == "delete":
            yield f"<del>{escape(gone.pop(0).text)}</del>"
        elif come and come[0].kind == "insert":
            yield f"<ins>{escape(come.pop(0).text)}</ins>"
        else:
            yield escape(come.pop(0).text)
            gone.pop(0)


def _split(marked: str) -> list[str]:
    """Marked text in paragraphs; where a change goes over the end of one, it goes on in the next."""
    parts, open_tag = [], ""
    for part in marked.split("\n\n"):
        whole = open_tag + part
        found = re.findall(r"<(/?)(del|ins)>", whole)
        open_tag = f"<{found[-1][1]}>" if found and not found[-1][0] else ""
        parts.append(whole + (f"</{found[-1][1]}>" if open_tag else ""))
    return [part.replace("\n", "<br>") for part in parts if part]


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>".replace("\n", "<br>") for part in text.split("\n\n") if part.strip())


def _tags(event: Event) -> list[str]:
    return [event.kind, event.entry_kind, event.publisher]


def _page(feed: Feed, event: Event) -> str:
    return f"{feed.site}/entry/{quote(event.slug, safe='')}"


def _claimed(wording: Wording) -> str | None:
    """The publisher's time where it is one: a feed cannot say that only the day or hour is known, so then it says nothing."""
    return _instant(wording.published_at) if wording.published_precision in ("second", "minute") else None


def _seen(instant: str | None, zone: str | None) -> str:
    found = moment(instant, zone=zone, seconds=True)
    return escape(found.text) if found else ""


def _instant(value: str | None) -> str | None:
    """An instant as we write it, or None for anything else a file may hold."""
    if not value or not _INSTANT.fullmatch(value):
        return None
    try:
        from_utc(value)
    except ValueError:  # 2025-02-31
        return None
    return value


def _language(value: str | None) -> str | None:
    return value if value and _LANGUAGE.fullmatch(value) else None


def _lang(value: str | None) -> str:
    language = _language(value)
    return f' xml:lang="{language}"' if language else ""


def _text(value: str) -> str:
    """Text for an element or an attribute, without the characters that XML has no way to write."""
    return escape(_NOT_XML.sub("", value))


def _clean(value: Any) -> Any:
    """A JSON value whose texts can be written in UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {name: _clean(item) for name, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
