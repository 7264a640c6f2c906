"""The description of the site's JSON, put together of what is written down once: the paths, the columns, the canned questions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def described(document: Mapping[str, Any], metadata: Mapping[str, Any], *, server: str, version: str, database: str) -> dict[str, Any]:
    """Return an OpenAPI document complete with the descriptions of columns and a path for each canned question.

    `document` is openapi.yaml as read, `metadata` the part of metadata.yaml on `database`, `server` the address of the site.
    """
    tables: Mapping[str, Any] = metadata.get("tables", {})
    filled = _filled(document, tables)
    questions = {f"/{database}/{name}.json": _question(name, query) for name, query in metadata.get("queries", {}).items()}
    info = {**filled["info"], "version": version}
    return {**filled, "info": info, "servers": [{"url": server}], "paths": {**filled["paths"], **questions}}


def _question(name: str, query: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in query.get("params", [])]
    shape = {"name": "_shape", "in": "query", "required": True, "schema": {"type": "string", "enum": ["array"]}}
    rows = {"description": "Rows", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Rows"}}}}
    return {
        "get": {
            "operationId": name,
            "summary": query["title"],
            "description": " ".join(query["description"].split()),
            "parameters": [*parameters, shape],
            "responses": {"200": rows},
        }
    }


def _filled(value: Any, tables: Mapping[str, Any]) -> Any:
    """The document with the columns' descriptions in the schemas that name a table (`x-table`), and without that name."""
    if isinstance(value, list):
        return [_filled(item, tables) for item in value]
    if not isinstance(value, Mapping):
        return value
    found = {name: _filled(item, tables) for name, item in value.items() if name != "x-table"}
    columns = tables.get(value.get("x-table", ""), {}).get("columns", {})
    for name, schema in found.get("properties", {}).items() if columns else ():
        if "description" not in schema and name in columns:
            found["properties"][name] = {**schema, "description": columns[name]}
    return found
