"""What a block of markup says by itself, kept in mind: of a page that is polled again nearly all blocks are what they were.

To tell a block from others takes about as long as to ask it once, so that nothing is kept of a page that is read for the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from lxml import etree

from archive.remembering import Known, digest

Value = TypeVar("Value")

_MOST = 16  # facts of one block: a few of its own, and those that depend on the address of its page
_KNOWN: Known[dict[Hashable, Any]] = Known(most=16_384)
_POLLED: Known[bool] = Known(most=16_384)  # addresses of pages that were read before


class BlockFacts:
    """The blocks of the page at an address, each told by its markup from all others."""

    def __init__(self, url: str) -> None:
        self._is_polled = _POLLED.get(url.encode()) is not None
        _POLLED.keep(url.encode(), True)
        self._digests: dict[tuple[Any, ...], bytes | None] = {}
        self._facts: dict[tuple[Any, ...], dict[Hashable, Any]] = {}

    def digest(self, block: tuple[Any, ...]) -> bytes | None:
        """Return what tells a block from others, from the first element to the text behind the last; None for a long one."""
        if block not in self._digests:
            self._digests[block] = digest([item if isinstance(item, str) else etree.tostring(item, encoding="utf-8") for item in block])
        return self._digests[block]

    def of(self, block: tuple[Any, ...], name: Hashable, tell: Callable[[], Value]) -> Value:
        """Return what `tell` says of a block; under the same name the same markup is not asked again, on whatever page.

        So it may ask nothing but the block and what is in `name`, and must return no element.
        """
        if not self._is_polled:
            return tell()
        facts = self._facts.get(block)
        if facts is None:
            facts = self._facts[block] = self._as_before(block)
        if name not in facts:
            if len(facts) >= _MOST:
                facts.clear()
            facts[name] = tell()
        found: Value = facts[name]
        return found

    def _as_before(self, block: tuple[Any, ...]) -> dict[Hashable, Any]:
        key = self.digest(block)
        if key is None:
            return {}
        facts = _KNOWN.get(key)
        if facts is None:
            facts = {}
            _KNOWN.keep(key, facts)
        return facts
