"""Tickaroo: the embed's JSON. Its `html` holds `initialData`, escaped JSON, whose `schemaOrg` is a LiveBlogPosting
as a string. The updates have no ids there."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import escape, unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archive.errors import ExtractionError
from archive.model import Extraction, Update
from archive.normalise import html_to_text, one_line
from crawler.answers import mapping
from crawler.layouts import Layout
from crawler.page import Page
from crawler.structured import read_posting

_DATA = re.compile(r"""initialData\s*=\s*(?:"([^"]*)"|'([^']*)')""")


class Tickaroo(Layout):
    name = "Tickaroo"
    checked = False

    def matches(self, page: Page) -> bool:
        return page.holds(b"liveBlogUpdate") and b"initialData" in page.body and b"schemaOrg" in page.body and _posting(page) is not None

    def extract(self, page: Page) -> Extraction:
        posting = _posting(page)
        if posting is None:
            raise ExtractionError(f"expected a LiveBlogPosting in the initialData of {page.url}, found none")
        found = read_posting(page, posting, zone=self.zone)
        named = parse_qs(urlsplit(page.url).query).get("liveblogId")
        updates = tuple(_without_title(update) for update in found.updates)
        return replace(found, updates=updates, live_blog_key=named[0] if named else None)


def _posting(page: Page) -> dict[str, Any] | None:
    """The LiveBlogPosting of the embed; None where the markup holds other data under that name."""
    if page.format == "json":
        held = mapping(page.json).get("html")
    else:
        held = page.text if page.format == "html" else None
    found = _DATA.search(held) if isinstance(held, str) else None
    try:
        stated = json.loads(unescape(found[1] or found[2]), strict=False)["schemaOrg"] if found else None
        posting = json.loads(stated, strict=False) if isinstance(stated, str) else stated
    except (ValueError, KeyError, TypeError):
        return None
    return posting if isinstance(posting, dict) and posting.get("liveBlogUpdate") else None


def _without_title(update: Update) -> Update:
    """The update without the copy of its headline that its body begins with."""
    title = one_line(update.title)
    text = html_to_text(update.html) if update.html else update.text or ""
    if not title or not text.startswith(title) or len(text) == len(title):
        return update
    if update.html is None:
        return replace(update, text=text.removeprefix(title).strip())
    marked = re.compile(rf"^\s*(?:<[^>]+>\s*)*{re.escape(escape(title, quote=False))}\s*(?:</[^>]+>\s*)*(?:<br[^>]*>\s*)*")
    return replace(update, html=marked.sub("", update.html, count=1))
