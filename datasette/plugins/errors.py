"""Keeps an address that leads nowhere out of the server's log."""

from __future__ import annotations

import datasette.handle_exception
from datasette import hookimpl


@hookimpl
def startup() -> None:
    # With rich installed, 0.65 prints a traceback with every local value for each 404. Without it, an error
    # of the server still prints its traceback.
    datasette.handle_exception.rich = None
