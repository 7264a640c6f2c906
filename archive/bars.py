"""Counts as the bars of a small picture that the server draws. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 60  # of the picture, in its own units
STEP = 10  # from one bar to the next, of which 8 are the bar


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar: what it stands for in words, its count, and its rectangle. `part` of the count is marked, from the bottom up."""

    name: str
    count: int
    x: int
    y: int
    height: int
    part: int = 0
    part_height: int = 0


def bars(named: Sequence[tuple[str, int]], *, parts: Sequence[int] = ()) -> tuple[Bar, ...]:
    """Return the bars of counts in order; the tallest fills the picture, and no count above zero is too low to see.

    >>> [(bar.height, bar.x) for bar in bars([("one", 3), ("two", 0), ("three", 6)])]
    [(28, 1), (0, 11), (56, 21)]
    """
    tallest = max((count for _, count in named), default=0)
    marked = list(parts) or [0] * len(named)
    return tuple(
        Bar(
            name=name,
            count=count,
            x=number * STEP + 1,
            y=HEIGHT - _height(count, tallest),
            height=_height(count, tallest),
            part=part,
            part_height=_height(part, tallest),
        )
        for number, ((name, count), part) in enumerate(zip(named, marked, strict=True))
    )


def _height(count: int, tallest: int) -> int:
    return max(2, round(count / tallest * (HEIGHT - 4))) if count > 0 else 0
