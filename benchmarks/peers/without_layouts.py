"""Stop Press as it reads a publisher nobody described."""

from __future__ import annotations

import with_layouts

shape = with_layouts.shape
forget = with_layouts.forget


def read(body: bytes, url: str) -> with_layouts.Found:
    return with_layouts.read(body, url, layouts=False)
