"""What in the markup of an update is its own words: not the share labels, captions, adverts, cards and embeds around them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import islice
from typing import Any

import lxml.html
from lxml import etree

from archive.media import media_of

Element = Any  # lxml has no types of its own

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# Nothing in these is an update's own text, as in `normalise`, and what stands beside it.
_NOISE_TAGS = frozenset(
    "script style noscript template svg iframe figure figcaption picture video audio object form button select textarea input canvas"
    " nav aside amp-img amp-ad amp-iframe amp-twitter amp-instagram amp-facebook amp-youtube amp-social-share amp-embed amp-video"
    " link meta title head".split()
)
_NOISE = re.compile(
    r"shar(?:e|ing)(?![a-z])|social|advert|(?<![a-z0-9])ads?(?![a-z0-9])|ad-?(?:slot|container|wrapper|unit)|taboola|outbrain|promo|related|recirc|recommend|newsletter|caption|credit"
    r"|copyright|bild(?:unterschrift|text|nachweis|quelle)|bijschrift|didascalia|pie-?(?:de-)?foto|(?<![a-z])l[eé]gende(?![a-z])"
    r"|read-?(?:more|also)|also-?(?:see|read)|see-?also|tweet|twitter|instagram|facebook-|fb-post|tiktok|(?<![a-z])embed|gallery|slideshow|toolbar|copy-?link|permalink"
    r"|sr-only|visually-?hidden|screen-?reader|u-hidden|comment-?(?:count|link)|reaction|avatar|tooltip|popup|factbox|rich-?link|linked-?card|teaser|card-?link|tag-?list|cookie",
    re.I,
)
# Labels of share links, the same in every language.
_SERVICES = re.compile(
    r"(?:facebook|twitter|x|whats ?app|telegram|linked ?in|e-?mail|mail|messenger|pinterest|reddit|bluesky|threads"
    r"|copy(?: link)?|share|link|\W)+",
    re.I,
)
_SERVICE_START = re.compile(r"[ftxwlemprbcs\W]", re.I)
_LONGEST_SERVICE = 9  # characters of "messenger": of a text as long, no name of a service goes on in the next
_MOST_PIECES = 200  # of a text that is to be short
# A block that the page keeps but does not show.
_HIDDEN = re.compile(r"(?<![a-z])(?:draft|deleted|tombstone|is-hidden|hide-item|unpublished)(?![a-z])", re.I)
_BARE_ADDRESS = re.compile(r"(?:https?://|www\.|pic\.twitter\.com/)\S+")
_LAYOUT = frozenset("div section article header main span li ul ol table tbody tr td amp-list".split())
_FRAGMENT_NOISE = re.compile(
    r"<(?:figure|aside|blockquote[^>]+(?:twitter|instagram|tiktok)|figcaption)|class=[\"'][^\"']*(?:caption|share|tweet|promo|related|embed)",
    re.I,
)
NAMES = ("class", "id", "data-testid", "data-test-id", "data-component", "itemprop", "role")
_SAYS_WITH = re.compile(r"(?:^|[-_])(?:with|without|has|no|hide|show|enable[sd]?)[-_]", re.I)
LONGEST_NAME = 400  # characters; utility classes of some sites reach 300
_MOST_NODES = 20_000  # of one update; a longer one is cut there


def classes(element: Element) -> str:
    """The class names of an element, a hostile length of them cut."""
    name: str = element.get("class") or ""
    return name[:LONGEST_NAME]


def label(element: Element) -> str:
    """What an element calls itself: class, id, role, test id and itemprop in one string."""
    values = [element.get(name) for name in NAMES]
    return " ".join([value[:LONGEST_NAME] for value in values if value])


def own_words(name: str) -> str:
    """Return a name without the parts that say what else is there: "has-comments", "content-with-sidebar"."""
    return " ".join(token for token in name.split() if not _SAYS_WITH.search(token))


@lru_cache(maxsize=8192)
def _names_noise(name: str) -> bool:
    # The names on a page repeat: asked once each.
    return bool(_NOISE.search(own_words(name)))


def is_noise(element: Element) -> bool:
    """Whether an element stands beside an update's own words."""
    tag = element.tag
    if not isinstance(tag, str) or tag in _NOISE_TAGS:
        return True
    if tag == "footer":
        parent = element.getparent()
        return parent is None or parent.tag not in ("blockquote", "q")
    if element.get("aria-hidden") == "true" or element.get("hidden") is not None:
        return tag not in ("div", "section", "article")
    if _names_noise(label(element)):
        return True
    if tag == "a" and element.get("role") == "button":
        return True
    return tag in _LABELS and _only_services(element)


_LABELS = frozenset(("ul", "div", "p", "span", "a", "li", "small"))


def _only_services(element: Element) -> bool:
    text = element.text
    if text and (len(text) > 2 and not text.isspace() and not _SERVICES.match(text.strip())):
        return False
    # Most boxes begin with other words: one piece of text tells.
    first = next((words for piece in islice(element.itertext(), _MOST_PIECES) if (words := piece.strip())), "")
    if first and not (_SERVICES if len(first) >= _LONGEST_SERVICE else _SERVICE_START).match(first):
        return False
    text = short_text(element, 120)
    return text is not None and bool(text) and bool(_SERVICES.fullmatch(text))


def short_text(element: Element, limit: int) -> str | None:
    """The text of an element on one line, None if it is longer than `limit`: reading stops there."""
    if not len(element) and isinstance(element.tag, str):
        text = element.text or ""
        return None if len(text) > limit and len(text.strip()) > limit else " ".join(text.split())
    parts: list[str] = []
    length = 0
    for count, piece in enumerate(element.itertext()):
        length += len(piece.strip())
        if length > limit or count > _MOST_PIECES:
            return None
        parts.append(piece)
    return " ".join(" ".join(parts).split())


@lru_cache(maxsize=8192)
def _names_hidden(name: str) -> bool:
    return bool(_HIDDEN.search(name))


def is_hidden(element: Element) -> bool:
    """Whether a block is kept in the markup but not shown: a draft, a deleted one."""
    return element.get("data-tombstone") is not None or element.get("hidden") is not None or _names_hidden(classes(element))


def noise(roots: Sequence[Element]) -> set[Element]:
    """Return the outermost elements below `roots` that are noise, unless nearly all of the text stands in one of them."""
    found: set[Element] = set()
    for root in roots:
        found |= _noise_below(root)
    whole = sum(own_length(root) for root in roots)
    for element in list(found):
        # "post__embed" around everything, "media-body" around the text: a name that says too little.
        if element.tag in _LAYOUT and not _TWEET.search(label(element)) and whole >= 30 and own_length(element) * 10 > whole * 8:
            found.discard(element)
            found |= _noise_below(element)
    return found


def _noise_below(root: Element) -> set[Element]:
    found: set[Element] = set()
    for element in _walk(root, found.__contains__):
        if element is not root and is_noise(element):
            found.add(element)
    return found


_TWEET = re.compile(r"tweet|twitter|instagram|share|social|advert|caption", re.I)


def _walk(root: Element, skip: Callable[[Element], bool]) -> Iterator[Element]:
    """The elements below and with `root` in document order, without what lies below one that `skip` holds for once it was yielded."""
    stack = [root]
    seen = 0
    while stack and seen < _MOST_NODES:
        element = stack.pop()
        seen += 1
        yield element
        if not skip(element):
            stack.extend(child for child in reversed(element) if isinstance(child.tag, str))


_TEXTS = etree.XPath("descendant-or-self::*[not(self::script or self::style or self::noscript)]/text()", smart_strings=False)
_ALL_TEXTS = etree.XPath("descendant::text()", smart_strings=False)  # cheaper, where nothing is to be left out
_UNSHOWN = frozenset(("script", "style", "noscript"))


def own_length(element: Element) -> int:
    """How many characters of text an element holds, scripts and styles left out."""
    if not isinstance(element.tag, str):
        return 0
    if not len(element):
        return len((element.text or "").strip()) if element.tag not in _UNSHOWN else 0
    texts = _ALL_TEXTS if element.tag not in _UNSHOWN and next(element.iter(*_UNSHOWN), None) is None else _TEXTS
    return sum(map(len, map(str.strip, texts(element))))


class Lengths(dict[Element, int]):
    """The `own_length` of elements, counted once: asked for one, it knows all below it. Of elements that do
    not lie in each other, `of` counts one alone: cheaper, where what is in it is not asked for; `counted` may know it."""

    def __init__(self, counted: Callable[[Element], int] = own_length) -> None:
        super().__init__()
        self._counted = counted

    def of(self, element: Element) -> int:
        known = self.get(element)
        if known is None:
            known = self[element] = self._counted(element)
        return known

    def __missing__(self, element: Element) -> int:
        if not isinstance(element.tag, str):
            return 0
        if not len(element):
            self[element] = length = own_length(element)
            return length
        below = list(element.iter())
        sums = dict.fromkeys(below, 0)
        # From the end on, what lies in an element has been counted before it.
        for inner in reversed(below):
            tag = inner.tag
            if isinstance(tag, str) and tag not in _UNSHOWN and (text := inner.text):
                sums[inner] += len(text.strip())
            if inner is not element:
                above = inner.getparent()
                sums[above] += sums[inner]
                if (text := inner.tail) and above.tag not in _UNSHOWN:
                    sums[above] += len(text.strip())
        self.update(sums)
        return sums[element]


_OTHERS = re.compile(
    r"related|recirc|recommend|promo|advert|(?<![a-z0-9])ads?(?![a-z0-9])|taboola|outbrain|newsletter|read-?(?:more|also)|also-?(?:see|read)|see-?also"
    r"|teaser|card|rich-?link|avatar|author|byline|social|share|factbox|comment|logo|cookie|sponsor",
    re.I,
)


def own_media(roots: Sequence[Element], dropped: set[Element]) -> str:
    """Return the markup of the pictures and embeds among what was dropped, in document order, without those of other stories."""
    parts: list[str] = []
    for root in roots:
        for element in _walk(root, dropped.__contains__):
            if element in dropped and element.tag not in ("aside", "nav", "footer", "a") and not _OTHERS.search(own_words(label(element))):
                # A picture in a box with a linked heading is another story's.
                card = element.tag != "figure" and element.find(".//a") is not None and any(True for _ in element.iter(*HEADINGS))
                parts.append("" if card else media_of(element))
    return "".join(parts)


def markup_without(roots: Sequence[Element], dropped: set[Element]) -> str:
    """Return the markup of `roots` without the elements dropped; wrappers that held one are opened."""
    tainted: set[Element] = set()
    for element in dropped:
        above = element if element in roots else element.getparent()
        while above is not None and above not in tainted:
            tainted.add(above)
            above = None if above in roots else above.getparent()
    parts: list[str] = []
    for root in roots:
        if root in dropped:
            continue
        if root in tainted or root.tag in _LAYOUT:
            _opened(root, dropped, tainted, parts)
        else:
            parts.append(_serialised(root))
    return "".join(parts).strip()


def _opened(root: Element, dropped: set[Element], tainted: set[Element], parts: list[str]) -> None:
    # An explicit stack: hostile pages nest deeper than Python recurses. A string on it is written as it is.
    stack: list[Any] = [root]
    seen = 0
    while stack and seen < _MOST_NODES:
        item = stack.pop()
        seen += 1
        if isinstance(item, str):
            parts.append(item)
            continue
        keeps = isinstance(item.tag, str) and item.tag not in _LAYOUT
        opening, closing = (f"<{item.tag}>", f"</{item.tag}>") if keeps else ("<div>", "</div>") if item.tag != "span" else ("", "")
        below: list[Any] = [opening, escape(item.text or "", quote=False)]
        for child in item:
            if child not in dropped and isinstance(child.tag, str):
                below.append(child if child in tainted else _serialised(child))
            below.append(escape(child.tail or "", quote=False))
        below.append(closing)
        stack.extend(reversed([piece for piece in below if not isinstance(piece, str) or piece]))


def _serialised(element: Element) -> str:
    return str(etree.tostring(element, encoding="unicode", method="html", with_tail=False))


def cleaned_markup(html: str) -> str:
    """Return a body in markup without captions, embeds, share labels and adverts, unless nothing else is in it.

    >>> cleaned_markup('<p>Rain.</p><blockquote class="twitter-tweet"><p>So wet</p></blockquote>')
    '<p>Rain.</p>'
    """
    if not _FRAGMENT_NOISE.search(html):
        return html
    try:
        root = lxml.html.fragment_fromstring(html, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return html
    dropped = {element for element in _walk(root, is_noise) if element is not root and is_noise(element)}
    kept = markup_without((root,), dropped).removeprefix("<div>").removesuffix("</div>") + own_media((root,), dropped)
    return kept if re.search(r"\w", re.sub(r"<[^<>]*>", "", kept)) else html


def is_bare_address(text: str) -> bool:
    """Whether a text is nothing but an address: what is left of an embed."""
    return bool(_BARE_ADDRESS.fullmatch(text.strip()))
