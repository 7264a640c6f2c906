"""A page's state written in another way than plain JSON: a flat list whose numbers are places in it (Nuxt 3, React Router), values that
stand behind the number of their kind (Astro). Pure."""

from __future__ import annotations

from typing import Any

_MOST_VALUES = 400_000
_DEEPEST = 60
_WRAPPERS = frozenset(("Reactive", "ShallowReactive", "Ref", "ShallowRef", "Island"))
_EMPTY = frozenset(("EmptyRef", "EmptyShallowRef", "NuxtError", "RegExp", "URLSearchParams"))


def revived(flat: Any) -> Any:
    """Return the value a flat list stands for, None for anything else. What refers to itself is None there.

    >>> revived([["ShallowReactive", 1], {"posts": 2}, [3], {"title": 4, "at": 5}, "Rain", ["Date", "2026-03-03T21:47:00Z"]])
    {'posts': [{'title': 'Rain', 'at': '2026-03-03T21:47:00Z'}]}
    """
    if not isinstance(flat, list) or not 1 < len(flat) <= _MOST_VALUES:
        return None
    try:
        return _Reader(flat).value(0, 0)
    except (RecursionError, ValueError):
        return None


class _Reader:
    def __init__(self, flat: list[Any]) -> None:
        self.flat = flat
        self.known: dict[int, Any] = {}
        self.sizes: dict[int, int] = {}
        self.open: set[int] = set()
        self.count = 0  # values written out so far: what is referred to twice is two, as for those who go through the result

    def value(self, place: Any, depth: int) -> Any:
        """The value at a place; a negative one is undefined, a hole or no number. Lists of lists of the same may stand for more values
        than anyone can read: what is past `_MOST_VALUES` is None."""
        if type(place) is not int or not 0 <= place < len(self.flat) or place in self.open or depth > _DEEPEST:
            return None
        if place in self.known:
            if self.count + self.sizes[place] > _MOST_VALUES:
                return None
            self.count += self.sizes[place]
            return self.known[place]
        before = self.count
        self.count += 1
        self.open.add(place)
        self.known[place] = self._read(self.flat[place], depth + 1)
        self.open.discard(place)
        self.sizes[place] = self.count - before
        return self.known[place]

    def _name(self, name: str) -> str:
        """A name, or where it stands: `_3`."""
        place = int(name[1:]) if name[:1] == "_" and name[1:].isdigit() else len(self.flat)
        stated = self.flat[place] if place < len(self.flat) else None
        return stated if isinstance(stated, str) else name

    def _read(self, stated: Any, depth: int) -> Any:
        if isinstance(stated, dict):
            return {self._name(name): self.value(inner, depth) for name, inner in stated.items()}
        if not isinstance(stated, list):
            return stated
        kind = stated[0] if stated and isinstance(stated[0], str) else None
        if kind is None:
            return [self.value(inner, depth) for inner in stated]
        if kind in _EMPTY or len(stated) < 2:
            return None
        if kind == "D":  # React Router: milliseconds
            return stated[1]
        if kind in _WRAPPERS:
            return self.value(stated[1], depth)
        if kind in ("Set", "Map"):
            inner = [self.value(item, depth) for item in stated[1:]]
            return inner if kind == "Set" else {str(name): item for name, item in zip(inner[::2], inner[1::2], strict=False)}
        if kind == "null":  # an object without a prototype
            return {str(name): self.value(item, depth) for name, item in zip(stated[1::2], stated[2::2], strict=False)}
        return stated[1] if not isinstance(stated[1], int) else self.value(stated[1], depth)


def unpacked(value: Any, depth: int = 0) -> Any:
    """Return the values behind the numbers of their kinds, None for an object that is not written so.

    >>> unpacked({"blog": [0, {"posts": [1, [[0, {"title": [0, "Rain"], "at": [3, "2026-03-03T21:47:00Z"]}]]]}]})
    {'blog': {'posts': [{'title': 'Rain', 'at': '2026-03-03T21:47:00Z'}]}}
    """
    if not isinstance(value, dict) or not value or not all(map(_is_packed, value.values())):
        return None
    return _unpacked([0, value], depth)


def _unpacked(packed: Any, depth: int) -> Any:
    if not _is_packed(packed) or depth > _DEEPEST:
        return None
    kind, inner = packed[0], packed[1] if len(packed) > 1 else None
    if kind in (1, 5) and isinstance(inner, list):
        return [_unpacked(item, depth + 1) for item in inner]
    if kind == 0 and isinstance(inner, dict):
        return {name: _unpacked(item, depth + 1) for name, item in inner.items()}
    return inner


def _is_packed(value: Any) -> bool:
    return isinstance(value, list) and 1 <= len(value) <= 2 and type(value[0]) is int and 0 <= value[0] <= 11
