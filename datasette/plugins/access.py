"""Our own pages are for those who may see the instance, as Datasette's are: a password, or whatever a plugin asks for, holds for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

from datasette import Forbidden, hookimpl
from datasette.app import Datasette
from datasette.utils import async_call_with_supported_arguments
from datasette.utils.asgi import Request, Response

_HERE = Path(__file__).resolve().parent
_OPEN = (r"^/robots\.txt$",)
Route = tuple[str, Callable[..., Any]]


@hookimpl(hookwrapper=True)
def register_routes() -> Iterator[None]:
    found = yield
    if found is not None:
        routes: list[list[Route]] = found.get_result()
        found.force_result([[_guarded(pattern, view) for pattern, view in some] for some in routes])


def _guarded(pattern: str, view: Callable[..., Any]) -> Route:
    """The route, for those who may see the instance if it is one of ours; other plugins look after theirs."""
    if pattern in _OPEN or Path(view.__code__.co_filename).resolve().parent != _HERE:
        return pattern, view

    @wraps(view)
    async def for_those_who_may(datasette: Datasette, request: Request, scope: Any, send: Any, receive: Any) -> Response:
        if not await datasette.permission_allowed(request.actor, "view-instance", default=True):
            raise Forbidden("This archive is not open to everybody.")
        return await async_call_with_supported_arguments(
            view, datasette=datasette, request=request, scope=scope, send=send, receive=receive
        )

    # Datasette looks at a view's own parameters to know what to hand it.
    del for_those_who_may.__wrapped__
    return pattern, for_those_who_may
