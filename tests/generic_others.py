# ruff: noqa: E501  (markup in one line, as sites send it)
"""Ordinary pages of our own after real ones on which something repeats with a time on each, and is no live coverage."""

from __future__ import annotations

from collections.abc import Callable

from tests.generic_pages import _LAST, Case, _list, _times, headline, sentence


def small_ads() -> Case:
    """Advertisements on a front page, each of them shown by the front page's address with a number in it."""
    items = "".join(
        f'<div class="item"><p><span class="date">{at:%d.%m.%Y} ({at:%H:%M})</span></p><h3><a href="/?show=ad&amp;ID={2127 + n}">{headline(n)}</a></h3><p>{sentence(n, 20)}</p></div>'
        for n, at in enumerate(_times(6, last=_LAST))
    )
    return _list(f"<div>{items}</div>", url="https://boats.example/", name="small-ads", title="Boats and sails")


NEGATIVE_OTHERS: tuple[Callable[[], Case], ...] = (small_ads,)
