"""trafilatura: one text a page, with its title and date."""

from __future__ import annotations

from typing import Any

import trafilatura


def read(body: bytes, url: str) -> Any:
    return trafilatura.bare_extraction(body, url=url, with_metadata=True)


def shape(found: Any) -> dict[str, Any]:
    entry = {"id": None, "headline": found.title, "text": found.text, "published": found.date}
    return {"title": found.title, "entries": [entry] if found.text else []}
