"""The text of one JSON record: a string, markup, or blocks within blocks, without the pictures, embeds and adverts among them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape, unescape
from typing import Any

from archive.normalise import html_to_text
from crawler.own_text import cleaned_markup

Record = Mapping[str, Any]

_BODIES = (
    re.compile(r"^(body|content|text|post|article|message)html$|^html(body|content|text)$"),
    re.compile(r"^(article|post|entry|update|item|live)?(body|content|text|message)(text|rendered|raw|plain)?$"),
    re.compile(r"^(body|content|text)?(blocks|elements|groups|components|paragraphs|parts|nodes)$|^contents$"),
    re.compile(r"^html$|^render(ed)?$|^(texto|texte|testo|tekst|inhalt|contenido|contenu|contenuto|conteudo|cuerpo|corpo|corps|текст)$"),
    re.compile(r"^(description|summary|comment)$"),
    re.compile(r"^(caption|lead|teaser|excerpt|standfirst|intro|abstract)$"),
)
_ANNOUNCING = re.compile(r"^(summary|teaser|excerpt|standfirst|intro|abstract)")
# Parts of a body that are not the update's own words, by the type their record names.
_MEDIA_TYPE = re.compile(
    r"tweet|twitter|youtube|vimeo|video|image|photo|picture|gallery|embed|instagram|facebook|tiktok|rich-?_?link|advert|\bads?\b"
    r"|interstitial|oembed|raw_?html|link_?list|related|newsletter|audio|map|poll|promo|caption|thumbnail|iframe|media|interactive",
    re.I,
)
_TYPE_NAMES = ("_type", "type", "item_type", "__typename", "kind", "blockType")
_TEXT_NAMES = ("html", "text", "rendered", "value", "content", "body", "raw", "#text", "markdown", "articleBody")
_CHILDREN = ("children", "content", "blocks", "nodes")
_INLINE_TEXT = ("text", "value", "content", "data")
_INLINE = re.compile(r"^(?:text|span|link|hyperlink|url-?_?link|bold|italic|strong|em|mark|fragment|inline|leaf|underline|code)\b", re.I)
_MARKUP = re.compile(r"<(?:/?[a-z][a-z0-9]*\b|br)[^<>]{0,2000}>", re.I)
# Parts of a record that speak of something else: whoever wrote it, the picture, the blog it belongs to.
ELSEWHERE = re.compile(
    r"author|creator|editor|user|contributor|byline|person|publisher|media|image|photo|picture|video|thumb|avatar|blog$|parent"
    r"|related|location|source|section|tag|links?$|settings|permission|flags|genre|comments|author|theme|analytics|tracking"
)
_DEEPEST_BODY = 12  # nested blocks of a body; the World Service's page data goes seven down
_MOST_PIECES = 2000


@dataclass(frozen=True, kw_only=True)
class Body:
    """The text of a record: `html` if it has markup, else `text`. `announces`: it stands in a field named as words about another text."""

    html: str | None = None
    text: str | None = None
    announces: bool = False

    @property
    def plain(self) -> str:
        return html_to_text(self.html) if self.html else (self.text or "")


def body(record: Record) -> Body:
    """Return the text of a record: the field named most like a body that is not empty."""
    named = sorted((rank, name) for name in record for rank, pattern in enumerate(_BODIES) if pattern.search(folded(name)))
    for _, name in named:
        found = _body_of(record[name])
        if found.html or found.text:
            return replace(found, announces=True) if _ANNOUNCING.search(folded(name)) else found
    # Platforms that wrap it once more: {"content": {"model": {"blocks": [...]}}} is read above, {"post": {"body": ...}} here.
    for name, value in record.items():
        if isinstance(value, dict) and not ELSEWHERE.search(folded(name)):
            for inner in sorted(value, key=_body_rank):
                if _body_rank(inner) < len(_BODIES):
                    found = _body_of(value[inner])
                    if found.html or found.text:
                        return found
    return Body()


def says_only_the_beginning(record: Record) -> bool:
    """Whether what a record says is named as what leads to a text, and the text is not in it."""
    return min(map(_body_rank, record), default=len(_BODIES)) == len(_BODIES) - 1


def _body_rank(name: str) -> int:
    return next((rank for rank, pattern in enumerate(_BODIES) if pattern.search(folded(name))), len(_BODIES))


def _body_of(value: Any) -> Body:
    if isinstance(value, str):
        return _read_text(value)
    pieces = [_read_text(piece) for piece in _pieces(value, words_only=True)] or [
        _read_text(piece) for piece in _pieces(value, words_only=False)
    ]
    pieces = [piece for piece in pieces if piece.html or piece.text]
    if not pieces:
        return Body()
    html = "".join(piece.html or f"<p>{escape(piece.text or '', quote=False)}</p>" for piece in pieces)
    return Body(html=html)


def _read_text(raw: str) -> Body:
    text = unescape(raw) if "&lt;" in raw and not _MARKUP.search(raw) else raw
    if _MARKUP.search(text):
        html = cleaned_markup(text)
        return Body(html=html) if html_to_text(html).strip() else Body()
    text = unescape(text) if "&" in text else text
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n")]
    return Body(text="\n\n".join(line for line in lines if line) or None)


def _pieces(value: Any, *, words_only: bool) -> Iterator[str]:
    """Yield the texts of nested blocks in order; `words_only` leaves out pictures, embeds, adverts and the like."""
    stack: list[tuple[Any, int]] = [(value, 0)]
    seen = 0
    while stack and seen < _MOST_PIECES:
        item, depth = stack.pop()
        seen += 1
        if depth > _DEEPEST_BODY:
            continue
        if isinstance(item, list):
            stack.extend((inner, depth + 1) for inner in reversed(item) if isinstance(inner, (dict, list, str)))
        elif isinstance(item, str):
            if len(item.split()) > 1 or _MARKUP.search(item):
                yield item
        elif isinstance(item, dict):
            kind = " ".join(str(item[name]) for name in _TYPE_NAMES if isinstance(item.get(name), str))
            if words_only and _MEDIA_TYPE.search(kind):
                continue
            text = next((item[name] for name in _TEXT_NAMES if isinstance(item.get(name), str) and item[name].strip()), None)
            if text is None:
                text = _run_of_text(item) or (item["data"] if kind == "text" and isinstance(item.get("data"), str) else None)
            if text is not None:
                yield text
                continue
            stack.extend(
                (inner, depth + 1)
                for name, inner in reversed(item.items())
                if isinstance(inner, (dict, list)) and not ELSEWHERE.search(folded(name))
            )


def _run_of_text(item: Mapping[str, Any]) -> str | None:
    """The text of a paragraph that editors keep as a run of marked pieces, links among them (Contentful, ProseMirror, Portable Text)."""
    children = next((item[name] for name in _CHILDREN if isinstance(item.get(name), list) and len(item[name]) > 1), None)
    if children is None or any(not _is_inline(child) for child in children):
        return None
    return "".join(_inline_text(child) for child in children).strip() or None


def _is_inline(child: Any) -> bool:
    """Whether a node is text, or a mark or link around text."""
    if not isinstance(child, dict):
        return False
    kind = " ".join(str(child[name]) for name in (*_TYPE_NAMES, "nodeType", "name") if isinstance(child.get(name), str))
    if not _INLINE.search(kind):
        return False
    inner = next((child[name] for name in _CHILDREN if isinstance(child.get(name), list)), ())
    return all(_is_inline(below) for below in inner)


def _inline_text(child: Mapping[str, Any]) -> str:
    own = next((child[name] for name in _INLINE_TEXT if isinstance(child.get(name), str)), None)
    inner = next((child[name] for name in _CHILDREN if isinstance(child.get(name), list)), ())
    return own if own is not None and not inner else "".join(_inline_text(below) for below in inner)


def pieces_text(value: Any) -> Iterator[str]:
    for piece in _pieces([value] if isinstance(value, dict) else value, words_only=True):
        yield html_to_text(piece) if _MARKUP.search(piece) else piece


def plain(text: str) -> str:
    text = unescape(text) if "&" in text else text
    return html_to_text(text) if _MARKUP.search(text) else text


@lru_cache(maxsize=8192)
def folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
