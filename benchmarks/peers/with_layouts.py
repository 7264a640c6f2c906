"""Stop Press with its layouts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from archive.errors import ArchiveError
from archive.model import Extraction
from archive.remembering import forget_all
from crawler.extraction import as_json, extract
from crawler.page import Page

Found = tuple[Extraction | None, Page]
forget = forget_all


def read(body: bytes, url: str, *, layouts: bool = True) -> Found:
    page = Page(url=url, body=body)
    try:
        return extract(page, layouts=layouts), page
    except ArchiveError:
        return None, page


def shape(found: Found) -> dict[str, Any]:
    """The scorer's JSON, and whether it was read from JSON-LD without parsing more than the page's head."""
    extraction, page = found
    if extraction is None:
        return {"entries": []}
    return as_json(extraction) | {"alone": extraction.method == "json-ld" and "selector" not in vars(page)}
