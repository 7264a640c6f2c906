"""Python's collector of reference cycles, in processes that run for weeks."""

from __future__ import annotations

import gc


def keep_what_is_loaded() -> None:
    """Take modules, settings and all else that is there for good out of the collector's sight: it goes through them again and again
    in vain, a tenth of a second each time."""
    gc.collect()
    gc.freeze()
