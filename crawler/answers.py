"""JSON of others, read without trusting its shape: what is not of the kind described counts as not said. Pure."""

from __future__ import annotations

from typing import Any


def mapping(value: Any) -> dict[str, Any]:
    """Return an object, empty where the value is none."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """Return a list, empty where the value is none."""
    return value if isinstance(value, list) else []


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, whatever else is in it."""
    return [item for item in listed(value) if isinstance(item, dict)]


def words(value: Any) -> str | None:
    """Return text that says something, or a number as text; None for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.strip() else None


def count(value: Any) -> int | None:
    """Return a whole number that can count something, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def switch(value: Any) -> bool | None:
    """Return what a flag says, also one written as 0 or 1; None where it says nothing."""
    return bool(value) if isinstance(value, bool) or value in (0, 1) else None
