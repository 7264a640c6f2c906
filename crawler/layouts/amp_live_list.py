"""AMP pages with an `amp-live-list`: each child of `[items]` has a lasting `id` and its `data-sort-time`."""

from __future__ import annotations

import re

from parsel import Selector, SelectorList

from archive.model import Extraction, Update
from archive.normalise import absolute_url, element_text
from crawler.layouts import MOST_READ, Layout, inner_html, read_each, text_of, without
from crawler.page import Page

_ITEMS = "amp-live-list [items] > [data-sort-time]"
_TITLES = "h1, h2, h3, h4, [itemprop=headline]"
_BYLINES = "[itemprop=author], [rel=author], [class*=author-name], [class*=author__name], .byline, .author"
# The words of an update stand between its time, headline, author and buttons.
_FRAME = (
    f"{_BYLINES}, time, amp-timeago, amp-social-share, amp-ad, aside, figcaption, [class*=share], [class*=timestamp], "
    "[class*=post-date], [class*=meta-time], .lb-type, .lb-author"
)
# WordPress calls an item by the second of its last edit, so an edit gives it another name.
_CHANGING_ID = re.compile(r"post\d{9,}")
_OLDER = re.compile(r"older|next|more|previous posts", re.I)


class AmpLiveList(Layout):
    name = "AMP live list"
    checked = False

    def matches(self, page: Page) -> bool:
        return page.format == "html" and page.holds(b"<amp-live-list") and bool(_items(page))

    def extract(self, page: Page) -> Extraction:
        updates, warnings = read_each(_items(page), self._update)
        links = page.css("amp-live-list [pagination] a[href]")
        older = next((a.attrib["href"] for a in links if a.attrib.get("rel") == "next" or _OLDER.search(element_text(a.root))), None)
        return Extraction(
            url=page.canonical_url,
            title=page.title,
            standfirst=page.meta("description"),
            updates=updates,
            complete=not page.css("amp-live-list [pagination] a[href]") and not warnings,
            older_url=absolute_url(older, base=page.url),
            warnings=warnings,
        )

    def _update(self, item: Selector) -> Update | None:
        # A deleted item stays in the list, emptied and hidden.
        if "data-tombstone" in item.attrib:
            return None
        source_id = item.attrib.get("data-post-id") or item.attrib.get("id") or ""
        lasting = bool(source_id) and not _CHANGING_ID.fullmatch(source_id)
        title = item.css(_TITLES)[:1]
        shown = set(item.css("time::attr(datetime), amp-timeago::attr(datetime)").getall())
        published = self.when(shown.pop()) if len(shown) == 1 else self.when(item.attrib["data-sort-time"])
        changed, sorted_by = self.when(item.attrib.get("data-update-time")), self.when(item.attrib["data-sort-time"])
        edited = changed and sorted_by and changed.instant > sorted_by.instant
        html = without(inner_html(item), _FRAME)
        return Update(
            source_id=source_id if lasting else None,
            url=f"#{source_id}" if lasting else None,
            title=text_of(title),
            byline=text_of(item.css(_BYLINES)),
            html=html.replace(title[0].get(), "", 1) if html and title else html,
            published=published,
            updated=changed if edited else None,
        )


def _items(page: Page) -> SelectorList[Selector]:
    # Adverts among the items sort at the first second of 1970.
    return SelectorList([item for item in page.css(_ITEMS)[: MOST_READ + 1] if len(item.attrib["data-sort-time"]) >= 9])
