"""What a page shows of the updates its JSON-LD lists: the site's own id, and the text JSON-LD cuts short. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from archive.model import Update
from archive.normalise import element_text, html_to_text
from crawler.page import Page

# JSON-LD of some publishers ends after some 95 characters in the middle of a sentence, and says so by nothing.
_SHORTEST_CUT = 40
_ENDINGS = tuple(".!?:;\u2026\u3002\"'\u201d\u2019)]")
_TEXT_PARTS = frozenset(("p", "ul", "ol", "blockquote", "h3", "h4", "b", "strong", "i", "em", "a", "br", "span"))


def shown(updates: tuple[Update, ...], page: Page) -> tuple[Update, ...]:
    """Return the updates of a page's JSON-LD, completed by what its markup ties to each of them."""
    cut = [(update, _cut_text(update)) for update in updates]
    nodes = _text_nodes(page) if any(text for _, text in cut) else {}
    return tuple(_with_shown_text(_with_shown_id(update, page), text, nodes) for update, text in cut)


def _with_shown_id(update: Update, page: Page) -> Update:
    """The update with the site's own id where the markup ties one to the fragment of its address."""
    if not update.source_id:
        return update
    for node in page.selector.xpath("//*[@id=$id]/ancestor-or-self::*[@data-source-id][1]", id=update.source_id)[:1]:
        return replace(update, source_id=node.attrib["data-source-id"])
    return update


def _cut_text(update: Update) -> str | None:
    """The text of an update that breaks off, on one line, or None if it ends like a text."""
    words = _folded(update.text or html_to_text(update.html or ""))
    return words if len(words) >= _SHORTEST_CUT and not words.endswith(_ENDINGS) else None


def _with_shown_text(update: Update, cut: str | None, nodes: dict[str, list[Any]]) -> Update:
    for element in nodes.get(cut[:_SHORTEST_CUT], []) if cut else []:
        while element is not None and len(_folded(element_text(element))) < len(cut or "") and element.getparent() is not None:
            element = element.getparent()
        full = element_text(element)
        if not _folded(full).startswith(cut or ""):
            continue
        # A body of several paragraphs: as far up as it still begins with these words and holds nothing but text.
        parent = element.getparent()
        while parent is not None and all(child.tag in _TEXT_PARTS for child in parent):
            wider = element_text(parent)
            if not _folded(wider).startswith(cut or ""):
                break
            full, parent = wider, parent.getparent()
        return replace(update, text=full, html=None) if len(_folded(full)) > len(cut or "") else update
    return update


def _text_nodes(page: Page) -> dict[str, list[Any]]:
    """The elements that hold running text, by the first characters of what they begin with."""
    found: dict[str, list[Any]] = {}
    for node in page.selector.root.iterfind(".//body//*"):
        if isinstance(node.tag, str) and node.tag not in ("script", "style", "noscript", "template") and node.text:
            words = _folded(node.text)
            if len(words) >= _SHORTEST_CUT:
                found.setdefault(words[:_SHORTEST_CUT], []).append(node)
    return found


def _folded(text: str) -> str:
    return " ".join(text.replace("\u200b", "").split())
