"""What the head of a page states about it: language, canonical address, meta elements. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import Any


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
