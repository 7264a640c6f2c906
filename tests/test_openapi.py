"""What /-/openapi.json says is what the site does: every path answers, with the fields and types it says and no others."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any

import httpx
import pytest
import yaml
from datasette.app import Datasette

from archive import watches
from archive.folder import Folder
from archive.identity import slug_of
from archive.store import Archive
from crawler.serving import configuration, datasette_for
from tests.rooms import NOON, STORM, get, made

METADATA = yaml.safe_load((configuration() / "metadata.yaml").read_text(encoding="utf-8"))["databases"]["archive"]
PATHS = [*yaml.safe_load((configuration() / "openapi.yaml").read_text(encoding="utf-8"))["paths"]]
PATHS += [f"/archive/{name}.json" for name in METADATA["queries"]]
_TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The storm of tests.rooms, and a watched page that could not be read."""
    folder = made(tmp_path_factory.mktemp("archive"))
    with closing(Archive(folder.archive)) as archive, archive.writing() as connection:
        watches.add(connection, [f"{STORM}/2"], at=NOON, note="new")
    with closing(Archive(folder.archive)) as archive:
        archive.record_failure(f"{STORM}/2", at=NOON + timedelta(minutes=160), outcome="http_503", message="answered 503", status=503)
    return folder


@pytest.fixture(scope="module")
def room(folder: Folder) -> Datasette:
    return datasette_for(folder)


@pytest.fixture(scope="module")
def document(room: Datasette) -> dict[str, Any]:
    found: dict[str, Any] = get(room, "/-/openapi.json").json()
    return found


def faults(value: Any, schema: dict[str, Any], document: dict[str, Any], at: str = "$") -> list[str]:
    """Where a value is not as its schema says; a field nobody described is a fault, too."""
    if "$ref" in schema:
        found = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return faults(value, found, document, at)
    if "oneOf" in schema:
        return [] if any(not faults(value, one, document, at) for one in schema["oneOf"]) else [f"{at}: none of {schema['oneOf']}"]
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if not any(isinstance(value, _TYPES[kind]) and (kind == "boolean") == isinstance(value, bool) for kind in kinds):
        return [f"{at}: {value!r} is not {kinds}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} is not among {schema['enum']}"]
    if isinstance(value, list):
        return [fault for n, item in enumerate(value) for fault in faults(item, schema["items"], document, f"{at}[{n}]")]
    if not isinstance(value, dict):
        return []
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    found = [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value]
    for name, item in value.items():
        known = properties.get(name) or others
        found += faults(item, known, document, f"{at}.{name}") if known else [f"{at}: {name} is not described"] if properties else []
    return found


def slugs(folder: Folder, path: str) -> list[str]:
    """Handles to put into a path: of every row there is, hostile ones, too."""
    with closing(sqlite3.connect(folder.archive)) as connection:
        table = {"live": "live_blogs", "entry": "entries", "publisher": "publishers"}[path.split("/")[1]]
        return [row[0] for row in connection.execute(f"SELECT slug FROM {table}")]


def answers(room: Datasette, folder: Folder, path: str) -> list[httpx.Response]:
    if "{slug}" in path:
        return [get(room, path.replace("{slug}", slug)) for slug in slugs(folder, path)]
    parameters = {"phrase": "harbour", "live_blog": slug_of(STORM), "_shape": "array"} if path.startswith("/archive/") else {}
    return [get(room, path, **parameters), get(room, path, **parameters, q="harbour")]


def test_every_path_is_there(document: dict[str, Any]) -> None:
    assert list(document["paths"]) == PATHS
    assert document["openapi"] == "3.1.0"
    assert document["servers"] == [{"url": "http://localhost"}]
    names = [path["get"]["operationId"] for path in document["paths"].values()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", PATHS)
def test_answers_are_as_described(room: Datasette, folder: Folder, document: dict[str, Any], path: str) -> None:
    described = document["paths"][path]["get"]
    ((kind, content),) = described["responses"]["200"]["content"].items()
    given = answers(room, folder, path)
    assert given
    for answer in given:
        assert answer.status_code == 200
        assert answer.headers["content-type"].split(";")[0] == kind
        if kind.endswith("json"):
            assert faults(answer.json(), content["schema"], document) == []


def test_parameters_are_described(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        parameters = [
            document["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]] if "$ref" in parameter else parameter
            for parameter in item["get"].get("parameters", [])
        ]
        assert ("{slug}" in path) == ("slug" in {parameter["name"] for parameter in parameters})
        assert all(parameter["schema"] for parameter in parameters)


def test_every_field_is_described(document: dict[str, Any]) -> None:
    plain = {
        "Problem",
        "Health",
        "Feed",
        "FeedItem",
        "Results",
        "Home",
        "LivePage",
        "History",
        "Publishers",
        "PublisherPage",
        "Rows",
        "Citation",
    }
    for name, schema in document["components"]["schemas"].items():
        if name not in plain:
            missing = [field for field, value in schema["properties"].items() if not value.get("description") and "items" not in value]
            assert missing == [], name
    assert "x-table" not in str(document)
    known = {"type", "description", "enum", "items", "properties", "required", "additionalProperties", "oneOf", "$ref"}
    for name, schema in document["components"]["schemas"].items():
        for field, value in schema.get("properties", {}).items():
            assert value.keys() <= known, f"{name}.{field}: a comma in a description wants quotes"


def test_unknown_handles_are_answered_as_described(room: Datasette, document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["Problem"]
    for path in ("/live/nope.json", "/entry/nope.json", "/publisher/nope.json"):
        answer = get(room, path)
        assert answer.status_code == 404
        assert faults(answer.json(), schema, document) == []


def test_the_comparison_can_fail(document: dict[str, Any]) -> None:
    hit = document["components"]["schemas"]["Hit"]
    sound = {
        "slug": "a",
        "key": "a",
        "title": None,
        "snippet": "",
        "published_at": None,
        "publisher": "p",
        "live_blog": None,
        "url": None,
        "wording": None,
    }
    assert faults(sound, hit, document) == []
    for broken in (sound | {"slug": None}, sound | {"new": 1}, {name: value for name, value in sound.items() if name != "key"}, []):
        assert faults(broken, hit, document)
