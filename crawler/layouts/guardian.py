"""The Guardian: server HTML of today, HTML of the older frontend templates (2013-2022), page JSON (`blocks[]`), and
answers to polls of a running page (`numNewBlocks`, `html`).

JSON-LD is never read here: it repeats the page's headline and time for every update.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from parsel import Selector, SelectorList

from archive.errors import ExtractionError
from archive.media import embed, media_of, picture
from archive.model import Extraction, Update, When
from archive.normalise import absolute_url, element_text, html_to_text
from archive.times import from_clock, from_epoch
from crawler.answers import mapping, mappings, switch, words
from crawler.layouts import Layout, read_each
from crawler.page import Page

_BLOCK_ID = re.compile(r"block-([0-9a-f]{24})(-pinned)?")  # block-646219928f08e408b758af95
_IS_LIVE = re.compile(rb'"isLive"\s*:\s*(true|false)')  # in the page's configuration
_CLOCK = re.compile(r"\d{1,2}[.:]\d\d")  # 12.34 BST
# Beside a block's own words: its times and share buttons, pictures, embeds, recommended links.
_EMBEDS = ("header", "footer", "figure", "aside", "gu-island", "iframe", "script")
# Pictures and embeds in markup and in data; rich links, newsletters and the like are other stories'.
_MEDIA = re.compile(r"image|tweet|youtube|vimeo|video|instagram|embed|audio|soundcloud|spotify|map|document|interactive", re.I)
_OTHERS = re.compile(r"rich-?link|newsletter|callout|advert|membership", re.I)
# Elements of page JSON that are the block's own words; tweets and other embeds also carry `html`.
_TEXTS = ("TextBlockElement", "SubheadingBlockElement", "BlockquoteBlockElement", "ListBlockElement", "TableBlockElement")


class Guardian(Layout):
    publisher = "guardian"
    name = "The Guardian"
    # Running pages are polled at api.nextgen.guardianapps.co.uk.
    domains: ClassVar[tuple[str, ...]] = ("theguardian.com", "guardian.co.uk", "guardianapps.co.uk")
    zone = "Europe/London"
    language = "en"
    fronts = ("https://www.theguardian.com/tone/minutebyminute", "https://www.theguardian.com/sitemaps/news.xml")
    live_url = re.compile(r"/live/\d{4}/[a-z]{3}/\d{1,2}/.")  # /science/live/2021/feb/19/mars-landing
    ids_are_global = True

    def matches(self, page: Page) -> bool:
        if page.format == "json":
            blocks = mappings(mapping(page.json).get("blocks"))
            return any("blockCreatedOn" in block for block in blocks) or _new_blocks(page) is not None
        return page.format == "html" and b"block-" in page.body and any(_feed(page))

    def extract(self, page: Page) -> Extraction:
        if page.format != "json":
            return self._from_html(page)
        new_blocks = _new_blocks(page)
        if new_blocks is None:
            return self._from_data(page, page.json)
        # An answer to a poll holds the blocks newer than `lastUpdate` and nothing about the page.
        found = self._from_html(new_blocks)
        return replace(found, title=None, standfirst=None, live_blog_key=self.live_blog_key(new_blocks.url))

    def _from_html(self, page: Page) -> Extraction:
        marks = _key_events(page)
        updates, warnings = read_each(_feed(page), lambda block: self._html_block(block, page, marks))
        copies, copy_warnings = read_each(_pinned_copies(page), lambda block: self._html_block(block, page, marks))
        live = _IS_LIVE.search(page.body)
        return Extraction(
            url=page.canonical_url,
            title=page.title,
            standfirst=_text(page.xpath("//p[ancestor::*[@data-gu-name = 'standfirst']]")) or page.meta("description"),
            updates=_with_pinned(updates, copies),
            ended=live[1] == b"false" if live else None,
            older_url=_older(page),
            warnings=warnings + copy_warnings,
        )

    def _html_block(self, block: Selector, page: Page, marks: dict[str, Any]) -> Update:
        link = block.xpath("./header//a[contains(@href, 'block-')]/@href").get("")
        found = _BLOCK_ID.search(block.attrib.get("id", link))
        if not found:
            raise ExtractionError(f"expected a block id such as block-646219928f08e408b758af95, found {link!r}")
        classes = block.attrib.get("class", "")
        update = Update(
            source_id=found[1],
            url=_block_url(page.canonical_url, found[1]),
            title=_text(block.xpath("./header//h2 | ./h2[contains(@class, 'block-title')]")),
            byline=_byline(block),
            html=_body(block),
            published=self._published(block, found[1]),
            updated=self.when(block.xpath("./footer//time/@datetime | .//*[contains(@class, 'updated-time')]//time/@datetime").get()),
            kind="summary" if "is-summary" in classes else "key_event" if "is-key-event" in classes else "post",
        )
        return replace(update, **_marks(marks.get(found[1])))

    def _published(self, block: Selector, block_id: str) -> When | None:
        """The time a block shows. A pinned copy shows the clock only: its day is the one its id was made on."""
        stated = self.when(block.xpath("./header//time/@datetime | .//*[contains(@class, 'published-time')]//time/@datetime").get())
        if stated or "data-sort-time" in block.attrib:
            return stated or from_epoch(block.attrib["data-sort-time"])
        clock = next((text for text in block.xpath("./header//text()").getall() if _CLOCK.match(text.strip())), None)
        # Block ids are ObjectIds: the first eight digits are the Unix second the editor opened the block.
        made = datetime.fromtimestamp(int(block_id[:8], 16), UTC).astimezone(ZoneInfo(self.zone))
        return from_clock(clock, day=made.date(), zone=self.zone) if clock else None

    def _from_data(self, page: Page, data: dict[str, Any]) -> Extraction:
        url = words(data.get("webURL")) or words(data.get("canonicalUrl")) or page.canonical_url
        updates, warnings = read_each(data["blocks"], lambda block: _data_block(block, url))
        copies, copy_warnings = read_each(filter(None, [data.get("pinnedPost")]), lambda block: _data_block(block, url))
        pages, live = mapping(data.get("pagination")), switch(mapping(data.get("config")).get("isLive"))
        older = words(pages.get("older"))
        everything = pages.get("totalPages") == 1 and "filterKeyEvents=true" not in page.url
        return Extraction(
            url=url,
            title=words(data.get("headline")) or words(data.get("webTitle")),
            # The list below a standfirst holds links to other stories.
            standfirst=html_to_text((words(data.get("standfirst")) or "").split("<ul")[0]) or None,
            updates=_with_pinned(updates, copies),
            complete=everything and not warnings,
            ended=None if live is None else not live,
            older_url=absolute_url(older, base=url),
            warnings=warnings + copy_warnings,
        )


def _new_blocks(page: Page) -> Page | None:
    """The blocks of an answer to a poll, as a page at the address of the live blog."""
    data = page.json
    if not isinstance(data, dict) or "numNewBlocks" not in data or not isinstance(data.get("html"), str):
        return None
    return Page(
        url=urljoin(page.url, urlsplit(page.url).path.removesuffix(".json")), body=data["html"].encode(), fetched_at=page.fetched_at
    )


def _data_block(block: Any, url: str) -> Update:
    if not isinstance(block, dict) or not block.get("id"):
        raise ExtractionError(f"expected a block with an id, found {str(block)[:60]!r}")
    block_id = str(block["id"]).removeprefix("block-")
    first, created, last = (block.get(key) for key in ("blockFirstPublished", "blockCreatedOn", "blockLastUpdated"))
    # The second an editor opened a block is near the publication, but is not it.
    published = from_epoch(first) if first else from_epoch(created, basis="inferred") if created else None
    parts = [_data_part(part) for part in mappings(block.get("elements"))]
    names = [words(person.get("name")) for person in mappings(block.get("contributors"))]
    return Update(
        source_id=block_id,
        url=_block_url(url, block_id),
        title=words(block.get("title")),
        byline=", ".join(filter(None, names)) or None,
        html="".join(parts) or None,
        published=published,
        updated=from_epoch(last) if last else None,
        **_marks(block.get("attributes")),
    )


def _data_part(part: dict[str, Any]) -> str:
    kind = str(part.get("_type")).rpartition(".")[2]
    if kind in _TEXTS:
        return words(part.get("html")) or ""
    if _OTHERS.search(kind) or not _MEDIA.search(kind):
        return ""
    if kind != "ImageBlockElement":
        return _embed(part)
    said = mapping(part.get("data"))
    images = mappings(mapping(part.get("media")).get("allImages"))
    address = next((url for image in images if (url := words(image.get("url")))), None)
    caption, credit = (html_to_text(words(said.get(name)) or "") for name in ("caption", "credit"))
    between = " " if caption.endswith((".", "!", "?")) else ", "
    return picture(address, alt=words(said.get("alt")), caption=between.join(filter(None, (caption, credit))) or None)


def _marks(attributes: Any) -> dict[str, Any]:
    """What an editor's marks on a block say about its kind; nothing for a block without marks."""
    marks = attributes if isinstance(attributes, dict) else {}
    kind = "summary" if marks.get("summary") else "key_event" if marks.get("keyEvent") else None
    return ({"kind": kind} if kind else {}) | ({"pinned": True} if marks.get("pinned") else {})


def _with_pinned(updates: tuple[Update, ...], copies: tuple[Update, ...]) -> tuple[Update, ...]:
    """The feed, its pinned updates marked, below those whose only copy on this page is the pinned one."""
    pinned = {copy.source_id for copy in copies}
    feed = {update.source_id: update for update in reversed(updates)}
    alone = tuple(replace(copy, pinned=True) for copy in copies if copy.source_id not in feed)
    return alone + tuple(replace(u, pinned=u.pinned or u.source_id in pinned) for u in updates if feed[u.source_id] is u)


def _feed(page: Page) -> Iterator[Selector]:
    for block in page.css("article[id^=block-], div[id^=block-]"):
        found = _BLOCK_ID.fullmatch(block.attrib["id"])
        if found and not found[2]:
            yield block


def _pinned_copies(page: Page) -> SelectorList[Selector]:
    """Copies above the feed: without an id since 2022, before that with an id that ends in -pinned."""
    return page.css("article.block:not([id]), div[id^=block-][id$=-pinned]")


def _block_url(url: str, block_id: str) -> str:
    return f"{url}?page=with:block-{block_id}#block-{block_id}"


def _key_events(page: Page) -> dict[str, Any]:
    """Editors' marks by block id, from the data of the key-event carousel."""
    with suppress(ValueError, AttributeError, TypeError, KeyError):  # a carousel that can't be read leaves the updates as they are
        islands = page.selector.root.iter("gu-island")
        listed = json.loads(next((x.get("props") for x in islands if x.get("name") == "KeyEventsCarousel"), None) or "{}")["keyEvents"]
        return {str(event["id"]): event.get("attributes") for event in listed}
    return {}


def _byline(block: Selector) -> str | None:
    """The contributors named beside a block; most blocks name none."""
    spans = "./header//span[not(ancestor::a) and not(ancestor::h2) and not(*)]/text()"
    names = block.xpath(f"{spans} | ./*[contains(@class, 'block-byline')]//p/text()").getall()
    named = [name for name in names if name.strip() and not _CLOCK.match(name.strip())] or block.xpath(
        "./header//img/@alt | ./*[contains(@class, 'block-byline')]//img/@alt"
    ).getall()
    return ", ".join(dict.fromkeys(name.strip() for name in named if name.strip())) or None


def _body(block: Selector) -> str | None:
    parts = block.xpath("./*[contains(@class, 'block-elements')]/*") or block.xpath("./*[not(contains(@class, 'block-'))]")
    return "".join(_own(part) for part in parts) or None


def _own(part: Selector) -> str:
    """A part of a block as it stands; of a picture or embed only that; nothing of what belongs to other stories."""
    named = part.attrib.get("data-spacefinder-type", "") or part.attrib.get("class", "")
    if part.root.tag not in _EMBEDS and "element-" not in part.attrib.get("class", ""):
        return str(part.get())
    if part.root.tag != "figure" or _OTHERS.search(named) or not _MEDIA.search(named.rpartition(".")[2]):
        return ""
    return _framed(part) or media_of(part.root)


def _framed(figure: Selector) -> str:
    """The embed of a figure that a script fills from the properties of its island."""
    with suppress(ValueError, AttributeError, TypeError):  # an island that can't be read leaves what stands in the figure
        props = mapping(json.loads(figure.css("gu-island::attr(props)").get() or "{}"))
        return _embed(mapping(props.get("element")) or props)
    return ""


def _embed(element: dict[str, Any]) -> str:
    """The post, film or frame an element of page data stands for."""
    film = words(element.get("assetId"))
    stated = next((url for name in ("url", "originalUrl", "embedUrl", "iframeUrl") if (url := words(element.get(name)))), None)
    return embed(stated or (f"https://www.youtube.com/watch?v={film}" if film else None))


def _older(page: Page) -> str | None:
    """The next older page, which the pagination calls Older or Next; Oldest and Newer stand beside it."""
    if b"liveblog-navigation" not in page.body:
        return None
    links = page.xpath("//nav[@id='liveblog-navigation']//a[contains(@href, 'with:block-')]") or page.css(".liveblog-navigation__older a")
    older = next((a.attrib.get("href") for a in links if re.match("Next|Older", element_text(a.root))), None)
    return absolute_url(older, base=page.url)


def _text(found: SelectorList[Selector]) -> str | None:
    return element_text(found[0].root) or None if found else None
