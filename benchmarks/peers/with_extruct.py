"""extruct: JSON-LD and microdata LiveBlogPosting, mapped straight."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import extruct


def read(body: bytes, url: str) -> Any:
    text = body.decode("utf-8", "replace")
    return extruct.extract(text, base_url=url, syntaxes=["json-ld", "microdata"], uniform=True, errors="ignore")


def shape(found: Any) -> dict[str, Any]:
    for syntax in ("json-ld", "microdata"):
        for item in _objects(found.get(syntax) or []):
            updates = item.get("liveBlogUpdate")
            if "LiveBlogPosting" in str(item.get("@type")) and updates:
                listed = updates if isinstance(updates, list) else [updates]
                return {"title": item.get("headline"), "entries": [_entry(update) for update in listed if isinstance(update, dict)]}
    return {"entries": []}


def _objects(items: Any) -> Iterator[dict[str, Any]]:
    for item in items if isinstance(items, list) else [items]:
        if isinstance(item, dict):
            yield item
            yield from _objects(item.get("@graph") or [])


def _entry(update: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": urlsplit(str(update.get("url") or update.get("@id") or "")).fragment or None,
        "headline": _words(update.get("headline")),
        "text": _words(update.get("articleBody")),
        "published": _words(update.get("datePublished")),
    }


def _words(value: Any) -> str | None:
    return value if isinstance(value, str) else None
