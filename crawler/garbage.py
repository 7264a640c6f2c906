"""Python's collector of reference cycles, in processes that run for weeks."""

from __future__ import annotations

import gc

_NEW = 10_000  # objects made since the last look at the youngest; a page that is read makes some thousands, nearly all of them for a moment


def keep_what_is_loaded() -> None:
    """Take modules, settings and all else that is there for good out of the collector's sight: it goes through them again and again
    in vain, a tenth of a second each time. And let it look less often: what a page is read into would be looked at before it is let go."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW, *gc.get_threshold()[1:])
