"""What a benchmark found, as claims: a table for a person, or one JSON object."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

Claim = dict[str, Any]


def claim(name: str, value: float, unit: str = "", *, goal: float | None = None, more: bool = False) -> Claim:
    """One claim; `more`: the goal is the least, else the most. Without a goal it neither holds nor fails.

    >>> claim("lag", 1.25, "s", goal=2)
    {'name': 'lag', 'value': 1.25, 'unit': 's', 'goal': 2, 'holds': True}
    """
    holds = None if goal is None else value >= goal if more else value <= goal
    return {"name": name, "value": round(value, 4), "unit": unit, "goal": goal, "holds": holds}


def show(claims: Sequence[Claim], *, as_json: bool) -> None:
    """Print claims to standard output."""
    if as_json:
        json.dump({"claims": claims}, sys.stdout, indent=1)
        print()
        return
    for found in claims:
        wanted = "" if found["goal"] is None else f"   goal {found['goal']:,} {'holds' if found['holds'] else 'missed'}"
        print(f"{found['name']:60} {found['value']:12,.3f} {found['unit']}{wanted}")
