"""What whoever records for long does as it goes, a little at a time between two pages."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager


class Chore(ABC):
    """Work in short steps; `wait` says in how many seconds the next one is due."""

    def __init__(self, *, first: float) -> None:
        self.due_at = time.monotonic() + first

    @property
    def wait(self) -> float:
        return max(0.0, self.due_at - time.monotonic())

    def step(self) -> None:
        """Take the next step if it is due."""
        if not self.wait:
            pause = self.work()
            self.due_at = time.monotonic() + pause

    @abstractmethod
    def work(self) -> float:
        """Do a little, and return in how many seconds there is more to do."""


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
