"""What whoever records for long does as it goes, a little at a time between two pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Chore(Protocol):
    """Work in short steps; `wait` says in how many seconds the next one is due, and a step that is not due does nothing."""

    @property
    def wait(self) -> float: ...

    def step(self) -> None: ...


@contextmanager
def beside(*chores: Chore) -> Iterator[None]:
    """While the block lasts, take the steps as they become due. Needs a running event loop."""
    tasks = [asyncio.ensure_future(_now_and_then(chore)) for chore in chores]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


async def _now_and_then(chore: Chore) -> None:
    while True:
        await asyncio.sleep(chore.wait)
        chore.step()
