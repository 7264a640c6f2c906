"""Norkon Live Center: answers of the bulletin feed, `Initial` or `Earlier`, 20 bulletins each, newest first."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from archive.errors import ExtractionError
from archive.model import Extraction, Update
from crawler.answers import mapping, mappings, words
from crawler.layouts import Layout, read_each
from crawler.page import Page

_FEED = re.compile(r"/BulletinFeed/([^/]+)/(\d+)/")  # /BulletinFeed/lapresse/60404/Initial/


class Norkon(Layout):
    name = "Norkon Live Center"
    checked = False

    def matches(self, page: Page) -> bool:
        return page.format == "json" and b'"bulletins"' in page.body and bool(_bulletins(page.json))

    def extract(self, page: Page) -> Extraction:
        bulletins = _bulletins(page.json)
        updates, warnings = read_each(bulletins, self._update)
        path = urlsplit(page.url).path
        feed, more = _FEED.search(path), bool(page.json["result"].get("hasMore"))
        ids = [bulletin["id"] for bulletin in bulletins if isinstance(bulletin.get("id"), int)]
        return Extraction(
            url=urljoin(page.url, f"{feed[0]}Initial/") if feed else None,
            updates=updates,
            complete="/Initial" in path and not more and not warnings,
            older_url=urljoin(page.url, f"{feed[0]}EarlierObj/{min(ids)}/") if feed and more and ids else None,
            warnings=warnings,
            live_blog_key=f"{feed[1]}/{feed[2]}" if feed else None,
        )

    def _update(self, bulletin: dict[str, Any]) -> Update:
        source_id = words(bulletin.get("id"))
        if source_id is None:
            raise ExtractionError(f"expected a bulletin with an id, found {str(bulletin)[:60]!r}")
        return Update(
            source_id=source_id,
            title=words(bulletin.get("title")),
            byline=words(bulletin.get("authorName")),
            html=words(mapping(bulletin.get("content")).get("html")),
            published=self.when(bulletin.get("created")),
        )


def _bulletins(data: Any) -> list[dict[str, Any]]:
    return mappings(mapping(mapping(data).get("result")).get("bulletins"))
