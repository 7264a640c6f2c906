"""Words for scripts that write none: overlapping pairs of characters, so that two-character words are found."""

from __future__ import annotations

import re

# Thai, Lao, Myanmar, Khmer; kana; Han with its extensions and compatibility forms. Hangul writes spaces.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_SPACELESS}]+")


def has_spaceless(text: str) -> bool:
    """Whether any of the text is in a script without spaces."""
    if text.isascii():
        return False
    try:
        text.encode("cp1252")  # Western European letters: nearly free, where looking for a script costs as much as the parse of a page
    except UnicodeEncodeError:
        return _RUN.search(text) is not None
    return False


def pairs(text: str) -> str:
    """Return the overlapping character pairs of each such run, space-separated; a run of one stands alone.

    >>> pairs("\u6771\u4eac\u90fd")
    '\u6771\u4eac \u4eac\u90fd'
    """
    found: list[str] = []
    for run in _RUN.findall(text):
        found += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return " ".join(found)
