"""What was made of the same words before: pages are polled again and again, and most of what they show is what it was.

Only pure functions are remembered, only for inputs of a length that pages have, and so many results that memory has an end.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from hashlib import blake2b
from typing import Any, Generic, TypeVar, cast

Value = TypeVar("Value")
Function = TypeVar("Function", bound=Callable[..., Any])

_FORGETTING: list[Callable[[], None]] = []
_LONGEST = 8000  # bytes of a value that is remembered; an update in JSON-LD has 1,500
_PLAIN = 2  # the version of marshal in which what is equal is written alike, wherever it came from


def remembered(*, most: int, longest: int) -> Callable[[Function], Function]:
    """Remember what a function made of its last `most` texts of at most `longest` characters; what it raises is not remembered."""

    def of(function: Function) -> Function:
        known = lru_cache(maxsize=most)(function)
        _FORGETTING.append(known.cache_clear)

        @wraps(function)
        def ask(text: str, *others: Any, **named: Any) -> Any:
            return known(text, *others, **named) if len(text) <= longest else function(text, *others, **named)

        return cast(Function, ask)

    return of


class Known(Generic[Value]):
    """Values by what they were made of, or its digest; of `most` values the half that was asked for last stays."""

    def __init__(self, *, most: int) -> None:
        self._half = most // 2
        self._new: dict[Hashable, Value] = {}
        self._old: dict[Hashable, Value] = {}
        _FORGETTING.append(self.forget)

    def get(self, key: Hashable) -> Value | None:
        found = self._new.get(key)
        if found is None and (found := self._old.get(key)) is not None:
            self.keep(key, found)
        return found

    def keep(self, key: Hashable, value: Value) -> None:
        self._new[key] = value
        if len(self._new) > self._half:
            self._old, self._new = self._new, {}

    def forget(self) -> None:
        self._new, self._old = {}, {}


def digest(value: Any) -> bytes | None:
    """Return what tells a value of plain types (as JSON has them) from all others; None for what is too long or too deep to be remembered.

    >>> digest({"a": [1, "b"]}) == digest({"a": [1, "b"]}) != digest({"a": [1, "c"]})
    True
    """
    try:
        written = marshal.dumps(value, _PLAIN)
    except ValueError:
        return None
    return blake2b(written, digest_size=16).digest() if len(written) <= _LONGEST else None


def forget_all() -> None:
    """Forget everything: for measuring what a first reading costs."""
    for forget in _FORGETTING:
        forget()
