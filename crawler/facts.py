"""What the head of a page states about it: language, canonical address, meta elements. Pure."""

from __future__ import annotations

from typing import Any


class Facts:
    """What the meta and link elements below a root state, and the language of the page."""

    def __init__(self, root: Any, *, language: str | None) -> None:
        self.language = language
        self.canonical: str | None = next((href for link in root.iter("link") if (href := _canonical(link)) is not None), None)
        self.meta: dict[str, str] = {}
        for element in root.iter("meta"):
            content = element.get("content")
            if content is not None:
                for name in (element.get("name"), element.get("property")):
                    if name:
                        self.meta.setdefault(name, content)


def _canonical(link: Any) -> str | None:
    return link.get("href") if link.get("rel") == "canonical" else None
