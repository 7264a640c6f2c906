"""Pictures, players and posts of other sites in an update's markup, as links: what is kept fetches nothing. Pure.

A picture becomes `<figure><a href="...">its alt text</a><figcaption>caption and credit</figcaption></figure>`,
an embed `<p><a href="...">Embedded post at twitter.com</a></p>`. None of it is text: `normalise` leaves both out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from itertools import islice

from lxml import etree

from archive.embeds import EMBEDS, Address, Element, is_quoted, is_scripted_post, resolved, shown_in, stated_address
from archive.parsing import fragment_parser

_PICTURES = frozenset(("img", "amp-img"))
# HTML's own `embed` has no end, and the parser takes what follows for its content.
_ENDLESS = re.compile(r"(<embed\b[^<>]*>)(?!</embed)", re.I)
# The parser reads these characters, written as they are or as &#11;, and refuses to write them.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x0*([0-9a-f]{1,6})|0*([0-9]{1,7}));?", re.I)
_MEDIA = re.compile(
    r"<(?:fig|img|picture|iframe|video|audio|object|embed|amp-"
    r"|(?:div|blockquote)\b[^<>]{0,400}(?:tweet|instagram-media|tiktok-embed|fb-post|fb-video|bluesky-embed))",
    re.I,
)
_SOURCES = ("src", "data-src", "data-original", "data-lazy-src", "itemid")
# Faces, signs and counters; no picture of an update is smaller than 40 pixels.
_SMALL = re.compile(r"avatar|emoji|smiley|icon|logo|pixel|spacer|byline|author", re.I)
_SMALLEST = 40
_UNSEEN = re.compile(r"visually-?hidden|sr-only|screen-?reader|u-hidden", re.I)
_CLOSED = frozenset("script style noscript template svg form button select head title".split())
_INLINE = frozenset("a span strong em b i p h1 h2 h3 h4 h5 h6 u s small center font picture sub sup code pre del ins".split())
_LONGEST_LABEL = 500  # characters of a caption or alt text
_MOST_MEDIA = 200  # of one update; the rest is left out
_MOST_CLIMBED = 20  # inline elements around a picture
_MOST_NODES = 50_000  # of one update, looked at


def holds_media(html: str) -> bool:
    """Whether there may be a picture or an embed in a piece of markup: a look at the letters, not a parse."""
    return _MEDIA.search(html) is not None


def holds_table(figure: Element) -> bool:
    """Whether a figure is the frame of a table, as WordPress writes them."""
    # Asked of every picture: most hold no table at any depth.
    return next(figure.iter("table"), None) is not None and (figure.find("table") is not None or figure.find("*/table") is not None)


def picture(address: str | None, *, alt: str | None = None, caption: str | None = None) -> str:
    """Return markup for a picture that a page describes in data; `caption` is plain text."""
    if not address and not caption:
        return ""
    shown = f'<img src="{escape(address)}" alt="{escape(alt or "")}">' if address else ""
    return f"<figure>{shown}{f'<figcaption>{escape(caption)}</figcaption>' if caption else ''}</figure>"


def embed(address: str | None) -> str:
    """Return markup for a post, player or page of another site that a page describes in data."""
    return f'<iframe src="{escape(address)}"></iframe>' if address else ""


def media_of(element: Element) -> str:
    """Return the markup of the pictures and embeds in an element, without anything else that stands there.

    Of a quoted post that is where it stands: its words are left out.
    """
    parts = []
    for found in _media(element, quoted=True):
        if found.tag == "figure" or found.tag in _PICTURES:
            parts.append(str(etree.tostring(found, encoding="unicode", method="html", with_tail=False)))
        else:
            parts.append(embed(stated_address(found)))
    return "".join(parts)


def linked_media(html: str, address: Address) -> str:
    """Return a fragment of markup with links in the place of its pictures and embeds.

    `address` makes an address of the page absolute, or None of it if it is no http(s) one.
    """
    html = _ENDLESS.sub(r"\1</embed>", _REFERENCE.sub(_writable, _UNWRITABLE.sub("", html)))
    try:
        root = etree.fromstring(f"<html><body><div>{html}</div></body></html>", fragment_parser())
    except (etree.XMLSyntaxError, ValueError):
        return html
    body = None if root is None else root.find("body")
    if body is None:
        return html
    last: dict[Element, Element] = {}  # what was put behind which paragraph
    made = set()
    for element in list(_media(body)):
        links = _as_links(element, address)
        made.add(links)
        _put(element, links, last)
    for figure in [figure for figure in body.iter("figure") if figure not in made]:
        _open(figure, keep=holds_table(figure) or not _holds_one(figure))
    for caption in body.xpath(".//figcaption[not(parent::figure)]"):
        _cut(caption)
    parts = [escape(body.text or "", quote=False)]
    parts += [str(etree.tostring(child, encoding="unicode", method="html")) for child in body]
    return "".join(parts)


def _writable(reference: re.Match[str]) -> str:
    """A reference to a character, or nothing for one that cannot be written."""
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    return "" if number < 0x110000 and _UNWRITABLE.match(chr(number)) else reference[0]


def _open(figure: Element, *, keep: bool) -> None:
    """Leave what a figure frames without the frame, its caption in one of its own."""
    if not keep:
        _cut(figure)
        return
    figure.tag = "div"
    for caption in figure.findall("figcaption"):
        alone = _figure([], _line(_words(caption)))
        if alone is not None:
            alone.tail, caption.tail = caption.tail, None
            figure.replace(caption, alone)


def _media(root: Element, *, quoted: bool = False) -> Iterator[Element]:
    """The outermost pictures and embeds below and with an element, in document order; a figure around figures or a table is opened."""
    stack = [root]
    seen = count = 0
    while stack and seen < _MOST_NODES and count < _MOST_MEDIA:
        element = stack.pop()
        seen += 1
        tag = element.tag
        if not isinstance(tag, str) or tag in _CLOSED:
            continue
        if (tag == "figure" and not holds_table(element) and _holds_one(element)) or _is_medium(element, quoted):
            count += 1
            yield element
        else:
            stack.extend(reversed(element))


def _holds_one(figure: Element) -> bool:
    """Whether a figure is the only one in it."""
    return next(islice(figure.iter("figure"), 1, None), None) is None


def _is_medium(element: Element, quoted: bool) -> bool:
    if element.tag in EMBEDS or element.tag in _PICTURES or is_scripted_post(element):
        return True
    # A post quoted with its words stays a quotation, which has its link already.
    return is_quoted(element) and (quoted or not _says(element))


def _says(element: Element) -> bool:
    return any(piece.strip() for paragraph in element.iter("p") for piece in paragraph.itertext())


def _as_links(element: Element, address: Address) -> Element | None:
    if element.tag in _PICTURES:
        link = _picture_link(element, address)
        return _figure([link], "") if link is not None else None
    if element.tag == "figure":
        return _linked_figure(element, address)
    link = _embed_link(element, address)
    if link is None:
        return None
    paragraph = etree.Element("p")
    paragraph.append(link)
    return paragraph


def _embed_link(element: Element, address: Address) -> Element | None:
    shown = shown_in(element, address)
    return _link(*shown) if shown else None


def _linked_figure(figure: Element, address: Address) -> Element | None:
    links: dict[str, Element] = {}
    alt = ""
    caption = _caption(figure)
    for inner in figure.iter():
        if not isinstance(inner.tag, str) or len(links) >= _MOST_CLIMBED:
            continue
        link = None
        if inner.tag in _PICTURES:
            link = _picture_link(inner, address)
            alt = alt or _alt(inner)
        elif inner is not figure and (inner.tag in EMBEDS or is_scripted_post(inner) or is_quoted(inner)):
            link = _embed_link(inner, address)
        if link is not None:
            links.setdefault(str(link.get("href")), link)
    if not links:
        for stated in figure.findall("a"):  # our own, cleaned before
            href = address(stated.get("href") or "")
            if href:
                links.setdefault(href, _link(href, _line(" ".join(stated.itertext())) or "Picture"))
    for link in links.values():
        if caption.startswith(link.text):  # said once is enough
            link.text = "Picture"
    return _figure(list(links.values()), caption or ("" if links else alt))


def _figure(links: list[Element], caption: str) -> Element | None:
    if not links and not caption:
        return None
    figure = etree.Element("figure")
    figure.extend(links)
    if caption:
        etree.SubElement(figure, "figcaption").text = caption
    return figure


def _link(href: str, label: str) -> Element:
    link = etree.Element("a", href=href)
    link.text = label
    return link


def _picture_link(image: Element, address: Address) -> Element | None:
    names = f"{image.get('class') or ''} {image.get('role') or ''}"[:400]
    sizes = [image.get(side) or "" for side in ("width", "height")]
    if _SMALL.search(names) or any(size.isascii() and size.isdigit() and len(size) < 9 and int(size) < _SMALLEST for size in sizes):
        return None
    raws = [image.get(name) or "" for name in _SOURCES]
    raws += [(image.get(name) or "").strip().split(" ")[0] for name in ("srcset", "data-srcset")]
    href = next((found for raw in raws if (found := resolved(raw, address))), None)
    return _link(href, _alt(image) or "Picture") if href else None


def _alt(image: Element) -> str:
    return _line(unescape(image.get("alt") or ""))  # some sites escape it twice


def _caption(figure: Element) -> str:
    """Caption and credit of a figure on one line, as printed."""
    return _line(" ".join(_words(caption) for caption in figure.iter("figcaption")))


def _words(element: Element) -> str:
    if not isinstance(element.tag, str) or element.tag in _CLOSED or _UNSEEN.search((element.get("class") or "")[:400]):
        return ""
    # Caption and credit are elements side by side, with nothing between them.
    apart = len(element) > 1 and not (element.text or "").strip() and not any((child.tail or "").strip() for child in element)
    if apart:
        return " ".join("".join(child.itertext()) for child in element if _words_of(child))
    return "".join([element.text or "", *(_words_of(child) + (child.tail or "") for child in element)])


def _words_of(child: Element) -> str:
    hidden = not isinstance(child.tag, str) or child.tag in _CLOSED or _UNSEEN.search((child.get("class") or "")[:400])
    return "" if hidden else "".join(child.itertext())


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LABEL else line[: _LONGEST_LABEL - 1] + "\u2026"


def _put(element: Element, links: Element | None, last: dict[Element, Element]) -> None:
    """Put links in the place of an element, behind the paragraph or the link if it stands in one."""
    holder = None
    for above in islice(element.iterancestors(), _MOST_CLIMBED):
        if above.tag in _INLINE and (above.tag == "a" or above is (element if holder is None else holder).getparent()):
            holder = above
    if links is not None:
        if holder is None:
            links.tail, element.tail = element.tail, None
            element.getparent().replace(element, links)
            return
        before = last.get(holder, holder)
        links.tail, before.tail = before.tail, None
        before.addnext(links)
        last[holder] = links
    _cut(element)


def _cut(element: Element) -> None:
    """Remove an element, its tail left where it is, and what was only its wrapping."""
    for _ in range(_MOST_CLIMBED):
        parent = element.getparent()
        if parent is None:
            return
        before = element.getprevious()
        if element.tail and before is not None:
            before.tail = (before.tail or "") + element.tail
        elif element.tail:
            parent.text = (parent.text or "") + element.tail
        element.tail = None
        parent.remove(element)
        if parent.tag not in _INLINE or len(parent) or (parent.text or "").strip():
            return
        element = parent
