"""Words for scripts that write none: overlapping pairs of characters, so that two-character words are found."""

from __future__ import annotations

import re

# Thai, Lao, Myanmar, Khmer; kana; Han with its extensions and compatibility forms. Hangul writes spaces.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_SPACELESS}]+")


# What such characters begin with in UTF-8. Other scripts share some of these bytes.
_BEGINNINGS = (0xE0, 0xE1, *range(0xE3, 0xEA), 0xEF, 0xF0)


def has_spaceless(text: str) -> bool:
    """Whether any of the text is in a script without spaces."""
    if text.isascii():
        return False
    # A look for a byte is nearly free, where looking for a script costs as much as the parse of a page.
    encoded = text.encode("utf-8", "replace")
    return any(byte in encoded for byte in _BEGINNINGS) and _RUN.search(text) is not None


def pairs(text: str) -> str:
    """Return the overlapping character pairs of each such run, space-separated; a run of one stands alone.

    >>> pairs("\u6771\u4eac\u90fd")
    '\u6771\u4eac \u4eac\u90fd'
    """
    found: list[str] = []
    for run in _RUN.findall(text):
        found += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return " ".join(found)
