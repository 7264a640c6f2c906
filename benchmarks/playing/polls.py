"""What a history is: its polls, and what each showed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from archive.model import Update

NOBODY = -1  # the identity of another page's updates
BROKEN = ("empty", "challenge", "cut", "teasers", "foreign")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One update as a poll showed it. `identity` is the generator's secret; `whole` is it uncut, where a teaser was shown."""

    identity: int
    update: Update
    whole: Update


@dataclass(frozen=True, kw_only=True)
class Poll:
    """One poll. `kind` is `good` or one of BROKEN; `shown` in page order.

    `order` is every update posted so far, the oldest place first, those withdrawn at the place they had; `gone` are the
    latter and `pinned` those pinned now. `events` says what happened since the poll before.
    """

    kind: str
    at: datetime
    title: str | None
    shown: tuple[Shown, ...]
    complete: bool
    declared_count: int | None
    has_older: bool
    order: tuple[int, ...]
    gone: frozenset[int]
    pinned: frozenset[int]
    events: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class History:
    """The polls of one live blog, and how many edits of each kind were made."""

    polls: tuple[Poll, ...]
    edits: Mapping[str, int]
