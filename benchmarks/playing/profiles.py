"""How busy the editors of a history are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How busy the editors are: chances an interval between two polls, where nothing else is said."""

    name: str
    polls: tuple[int, int] = (14, 24)
    quiet: float = 0.12  # nothing happens
    most_edits: tuple[float, ...] = (0.35, 0.35, 0.2, 0.1)  # of 0, 1, 2, 3 edits
    kinds: tuple[tuple[str, float], ...] = (
        ("word", 0.2),
        ("sentence added", 0.16),
        ("sentence removed", 0.08),
        ("half", 0.08),
        ("whole", 0.18),
        ("title", 0.1),
        ("time", 0.12),
        ("byline", 0.08),
    )
    edited_twice: float = 0.08  # an edited update is edited in another way as well
    move: float = 0.1
    withdrawal: float = 0.16
    most_withdrawn: int = 1
    share_withdrawn: float = 0.2  # of what the last good poll showed
    returns: float = 0.12  # each one withdrawn
    edited_return: float = 0.4
    pin: float = 0.08
    unpin: float = 0.25
    late: float = 0.06  # each one arriving is held back, and posted below others
    broken: float = 0.11
    retitled: float = 0.08
    noise: float = 0.1


ORDINARY = Profile(name="ordinary")
HARSH = Profile(
    name="harsh",
    polls=(8, 16),
    quiet=0.04,
    most_edits=(0.1, 0.2, 0.3, 0.2, 0.1, 0.1),
    kinds=(
        ("word", 0.12),
        ("sentence added", 0.1),
        ("sentence removed", 0.1),
        ("half", 0.12),
        ("whole", 0.28),
        ("title", 0.12),
        ("time", 0.1),
        ("byline", 0.06),
    ),
    edited_twice=0.25,
    move=0.3,
    withdrawal=0.35,
    most_withdrawn=3,
    share_withdrawn=0.3,
    returns=0.2,
    pin=0.2,
    late=0.12,
    broken=0.2,
    retitled=0.2,
    noise=0.2,
)
