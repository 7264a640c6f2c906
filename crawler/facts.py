"""What the head of a page states about it: language, canonical address, meta elements. Pure."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

_ATTRIBUTE = rb"""[ \t\n\r\f]{1,80}([a-zA-Z:_-]{1,60})(?:="([^"<>&]{0,200})"|='([^'<>&]{0,200})')?"""
_OPENING = re.compile(rb"\s{0,80}(?:<!doctype[^<>]{0,200}>\s{0,80})?<html(?P<attributes>(?:%s){0,20})\s{0,80}>" % _ATTRIBUTE, re.I)
_ATTRIBUTES = re.compile(_ATTRIBUTE)


def stated_language(body: bytes) -> str | None:
    """Return the language in the opening tag of a page that begins with it as most do; None where only a parse can tell.

    >>> stated_language(b'<!DOCTYPE html><html class="no-js" lang="en-gb"><head>')
    'en-gb'
    >>> stated_language(b"<!-- <html lang=de> --><html lang=en>")
    """
    opening = _OPENING.match(body)
    for name, quoted, other in _ATTRIBUTES.findall(opening["attributes"]) if opening else ():
        if name.lower() == b"lang":
            return str((quoted or other).decode("ascii", "replace")) or None
    return None


class Facts:
    """What the meta and link elements below a root state, and the language of the page."""

    def __init__(self, root: Any, *, language: str | None) -> None:
        self._root = root
        self.language = language

    @cached_property
    def canonical(self) -> str | None:
        return next((href for link in self._root.iter("link") if (href := _canonical(link)) is not None), None)

    @cached_property
    def meta(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for element in self._root.iter("meta"):
            content = element.get("content")
            if content is not None:
                for name in (element.get("name"), element.get("property")):
                    if name:
                        found.setdefault(name, content)
        return found


def _canonical(link: Any) -> str | None:
    return link.get("href") if link.get("rel") == "canonical" else None
