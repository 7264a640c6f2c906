"""How long work says how far it is, without knowing who looks on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

# What is counted and how many of it there are -> a function to call after each.
Bar = Callable[[str, int], AbstractContextManager[Callable[..., None]]]


@contextmanager
def silent(what: str, total: int) -> Iterator[Callable[..., None]]:
    """A bar that shows nothing."""
    yield lambda note="": None
