"""The rules of the house that a machine can check: who may import whom, and what stands where."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

ARCHIVE = sorted((ROOT / "archive").glob("*.py"))
PLUGINS = sorted((ROOT / "datasette").rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", ARCHIVE, ids=lambda path: path.name)
def test_the_archive_knows_nothing_of_the_crawler(path: Path) -> None:
    assert not {"crawler", "scrapy", "twisted"} & set(imported(path))


@pytest.mark.parametrize("path", PLUGINS, ids=lambda path: path.name)
def test_the_site_knows_nothing_of_the_crawler(path: Path) -> None:
    assert not {"crawler", "scrapy", "twisted"} & set(imported(path))


@pytest.mark.parametrize("path", [*ARCHIVE, *sorted((ROOT / "crawler").rglob("*.py"))], ids=lambda path: path.name)
def test_no_query_asks_for_the_ids_that_are_not_collected(path: Path) -> None:
    """`id('x')` in an XPath finds nothing in silence: `archive/parsing.py` leaves out the table it asks."""
    assert not re.search(r"""["'(| ]id\(\\?['"$@]""", path.read_text(encoding="utf-8"))


def test_our_folder_does_not_shadow_the_library() -> None:
    assert not list((ROOT / "datasette").rglob("__init__.py"))
    import datasette

    assert ROOT not in Path(str(datasette.__file__)).parents or ".venv" in Path(str(datasette.__file__)).parts


def test_no_file_without_a_subject() -> None:
    assert not [
        path
        for name in ("utils", "helpers", "common")
        for path in ROOT.glob(f"*/**/{name}.py")
        if not {".venv", ".bench"} & set(path.parts)
    ]
