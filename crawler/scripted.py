"""Pages whose entries a browser would fill in: told from what is empty on them, for the sentence that says so. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any
from urllib.parse import quote, urlsplit

from lxml import etree
from parsel import Selector

from crawler.page import Page
from crawler.schema_values import types

RENDERED_HEADER = "x-stoppress-rendered"  # of a capture whose body is what a browser made of the page

_LOADING = 80  # characters: "Loading the live blog...", "Your browser does not support iframes."
_SHELL = 300  # characters on the whole page: a name, a menu, a cookie notice
_ARTICLE = 600  # characters in paragraphs; a page with more is there to be read as it is
_MOST_PIECES = 100
_LONGEST_ADDRESS = 300
_ASKS_FOR_SCRIPT = re.compile(r"java\s?script", re.I)
_LIVE = re.compile(r"\b(?:live|liveblog|liveticker|ticker|livestream|en-direct|direct|en-vivo|ao-vivo|minute-by-minute)\b", re.I)
_FRAME = re.compile(r"/frame/([^/?#]+)/([^/?#]+)")  # https://livecenter.norkon.net/frame/lapresse/60404/default


@dataclass(frozen=True, kw_only=True)
class Scripted:
    """What stands empty on a page, and the address its entries come from where that can be told."""

    what: str
    address: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Platform:
    what: str
    css: str
    address: Callable[[Selector], str | None] = lambda box: None


def _norkon(box: Selector) -> str | None:
    found = _FRAME.search(box.attrib.get("data-src") or "")
    return f"https://livecentercdn.norkon.net/BulletinFeed/{found[1]}/{found[2]}/Initial/" if found else None


def _tickaroo(box: Selector) -> str | None:
    blog, client = box.attrib.get("liveblogid"), box.attrib.get("clientid")
    query = f"client_id={quote(client, safe='')}&liveblogId={quote(blog, safe='')}" if blog and client else None
    return f"https://cdn.tickaroo.com/api/embed/v4/prefetch/liveblog.json?{query}" if query else None


def _live24(box: Selector) -> str | None:
    event = box.attrib.get("data-eid") or ""
    return f"https://data.24liveplus.com/v1/retrieve_server/x/event/{event}/news/" if re.fullmatch(r"\d{1,30}", event) else None


# What the platforms have their customers put into a page. Scripts do not count: many sites load them on every article.
_PLATFORMS = (
    _Platform(what="Easy Liveblogs list", css="div.elb-liveblog[data-endpoint]", address=lambda box: box.attrib["data-endpoint"]),
    _Platform(what="Norkon embed", css="div.live-center-embed[data-src]", address=_norkon),
    _Platform(what="Tickaroo embed", css="tickaroo-liveblog, #tickaroo-liveblog-container, .tickaroo-liveblog", address=_tickaroo),
    _Platform(what="24liveblog embed", css="#LB24_LIVE_CONTENT, #LB24", address=_live24),
    _Platform(what="Arena embed", css=".arena-liveblog[data-event], #arena-live"),
    _Platform(what="ScribbleLive embed", css=".scrbbl-embed[data-src]"),
    _Platform(
        what="Sourcefabric embed",
        css="iframe#liveblog-iframe, iframe.liveblog-iframe, #livedesk-root, .lb-timeline",
        address=lambda box: box.attrib.get("src"),
    ),
    _Platform(what="WordPress live blog", css="#wpcom-liveblog-container"),
    _Platform(what="empty amp-live-list", css="amp-live-list"),
)
_UNSHOWN = frozenset(("script", "style", "noscript", "template"))
_LONGEST = 5_000_000  # bytes; the frame of a page that a script fills has 800,000 with its state
_ROOTS = etree.XPath("//*[@id='root' or @id='app' or @id='__next' or @id='__nuxt' or @id='react-root' or @id='app-root'] | //app-root")

# A word of each of them but those that `signs.FILLED_WORDS` names: without any there is no such box, and the page need not be
# searched for it.
_SIGNS = (
    *(b"elb-liveblog", b"live-center-embed", b"tickaroo-liveblog", b"arena-live", b"liveblog-iframe"),
    *(b"livedesk-root", b"wpcom-liveblog-container", b"amp-live-list"),
)

# What a reader waits for: the boxes above with something in them.
CONTAINERS = ", ".join(platform.css for platform in _PLATFORMS)


def scripted(page: Page) -> Scripted | None:
    """Return what on a page without updates shows that a script fills them in, None if nothing does.

    An empty box of a known platform; an empty root of an application; a page about something live, with
    hardly a text, that asks for JavaScript. An article that only loads such scripts is none of these.
    """
    if page.format != "html" or len(page.body) > _LONGEST:
        return None
    return _platform(page) or _application(page) or _asking(page)


def scripted_words(page: Page) -> str:
    """Return the half-sentence about it, empty if nothing shows it: what stands empty, and what can be done."""
    found = scripted(page)
    if found is None:
        return ""
    where = f" at {found.address}" if found.address else ""
    words = f": its entries are filled in by script ({found.what}{where})"
    if any(name.lower() == RENDERED_HEADER for name in page.headers):
        return f"{words}, and the browser waited for them in vain" + ("; poll that address" if found.address else "")
    return f"{words}; {'poll that address, or ' if found.address else ''}crawl with --browser"


def _platform(page: Page) -> Scripted | None:
    if not any(map(page.holds, _SIGNS)) and not page.surveyed.filled:
        return None
    for platform in _PLATFORMS:
        for box in page.css(platform.css):
            if _holds_at_most(_LOADING, box.root):
                return Scripted(what=platform.what, address=_fit(page.join(platform.address(box))))
    return None


def _application(page: Page) -> Scripted | None:
    """The empty root of a page that is an application."""
    top = page.selector.root
    body = next(top.iterchildren("body"), None)
    # Most pages have more text than that in their first paragraphs.
    if body is None or not _holds_at_most(_SHELL, body) or not page.css("script[src], script[type=module]"):
        return None
    root = next((box for box in _ROOTS(top) if _holds_at_most(_LOADING, box)), None)
    if root is None:
        return None
    name = f"#{root.get('id')}" if root.get("id") else f"<{root.tag}>"
    return Scripted(what=f"the page is an application in an empty {name}")


def _asking(page: Page) -> Scripted | None:
    """A page about something live that asks for JavaScript in the place of its text."""
    if not any(_ASKS_FOR_SCRIPT.search(" ".join(box.itertext())) for box in page.selector.root.iter("noscript")):
        return None
    posting = any("LiveBlogPosting" in types(item) for item in page.json_ld)
    if not posting and not _LIVE.search(f"{urlsplit(page.url).path} {page.title or ''}"):
        return None
    return Scripted(what="the page asks for JavaScript") if _holds_at_most(_ARTICLE, *page.selector.root.iter("p")) else None


def _holds_at_most(limit: int, *roots: Any) -> bool:
    """Whether the text shown in elements has so many characters at most: reading stops where there are more."""
    # An article has its paragraphs, and any page links: some of them say what a walk through all that stands before them would.
    hidden: set[Any] = set()  # scripts and styles hold no elements
    for box in chain.from_iterable(root.iter("noscript", "template") for root in roots):
        if box not in hidden:
            hidden.update(box.iter(etree.Element))
    said = 0
    for tag in ("p", "a"):
        for element in islice(chain.from_iterable(root.iter(tag) for root in roots), _MOST_PIECES):
            text = element.text
            if text and not text.isspace() and element not in hidden:
                said += len("".join(text.split()))
                if said > limit:
                    return False
    length = -1
    for root in roots:
        unshown: set[Any] = set()
        for element in root.iter():
            if element.tag in _UNSHOWN and element not in unshown:
                unshown.update(element.iter(etree.Element))
            words, behind = element.text if isinstance(element.tag, str) and element not in unshown else None, element.tail
            if words and not words.isspace():
                length += sum(len(word) + 1 for word in words.split())
            # What stands before the tail is asked last: most elements have none.
            if behind and not behind.isspace() and element is not root and element.getparent() not in unshown:
                length += sum(len(word) + 1 for word in behind.split())
            if length > limit:
                return False
    return True


def _fit(url: str | None) -> str | None:
    """An address fit to be named in a sentence."""
    return url if url and len(url) <= _LONGEST_ADDRESS and url.isprintable() and urlsplit(url).scheme in ("http", "https") else None
