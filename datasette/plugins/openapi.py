"""`/-/openapi.json`: what the site answers as JSON, feeds and tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml
from datasette import Response, hookimpl
from datasette.app import Datasette
from datasette.utils.asgi import Request

from archive import answering, documents
from archive.openapi import described

_DOCUMENT = Path(__file__).resolve().parent.parent / "openapi.yaml"


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    return [(r"^/-/openapi\.json$", openapi)]


async def openapi(datasette: Datasette, request: Request) -> Response:
    metadata = datasette.metadata("databases")[answering.DATABASE]
    site = documents.site_address(datasette, request)
    return Response.json(described(_document(), metadata, server=site, version=_version(), database=answering.DATABASE))


@cache
def _document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_DOCUMENT.read_text(encoding="utf-8"))
    return found


def _version() -> str:
    try:
        return version("stoppress")
    except PackageNotFoundError:  # a checkout that was never installed
        return "0"
