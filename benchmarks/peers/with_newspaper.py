"""newspaper4k: one text a page, with its title and date."""

from __future__ import annotations

from typing import Any

import newspaper


def read(body: bytes, url: str) -> Any:
    article = newspaper.Article(url, fetch_images=False)
    article.download(input_html=body.decode("utf-8", "replace"))
    article.parse()
    return article


def shape(found: Any) -> dict[str, Any]:
    date = found.publish_date.isoformat() if found.publish_date else None
    entry = {"id": None, "headline": found.title, "text": found.text, "published": date}
    return {"title": found.title, "entries": [entry] if found.text else []}
