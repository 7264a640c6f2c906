"""Wrong use is exit code 2 and one sentence, before anything is made; a search alone takes whatever is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.folder import Folder
from archive.store import Archive
from crawler.cli import main
from tests.conftest import page, update


def stoppress(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    "command",
    [
        ["crawl", "ftp://times.example/live"],
        ["crawl", "https://times.example/live", "http://[bad"],
        ["crawl"],
        ["crawl", "--older", "times.example"],
        ["watch", "add", "javascript:alert(1)"],
        ["watch", "add"],
        ["discover", "nonsense"],
        ["extract", "file:///etc/passwd"],
    ],
    ids=" ".join,
)
def test_what_is_no_address(tmp_path: Path, command: list[str]) -> None:
    folder = tmp_path / "a"
    options: list[str | Path] = [] if command[0] == "extract" else ["--archive", folder]
    options += [] if command[0] == "watch" else ["--contact", "desk@times.example"]
    run = stoppress(*command, *options)
    assert run.exit_code == 2, run.output
    assert "expected an" in run.stderr.splitlines()[-1]
    assert not folder.exists()


@pytest.fixture
def folder(tmp_path: Path, capture) -> Folder:
    made = Folder(tmp_path)
    archive = Archive(made.archive)
    archive.record(page(update("a", "Bridge shut", "The bridge is shut.")), capture())
    archive.close()
    return made


def test_a_search_says_what_it_did_not_use_and_an_export_refuses(folder: Folder) -> None:
    query = ["bridge", "since:soon", "is:odd"]
    found = stoppress("search", *query, "--archive", folder.path)
    assert found.exit_code == 0
    assert "Bridge shut" in found.stdout
    assert found.stderr.splitlines()[0].startswith("not used: since:soon (expected a date such as 2013, 2013-02 or 2013-02-26); is:odd")
    out = folder.path / "out.csv"
    refused = stoppress("export", out, "--query", " ".join(query), "--archive", folder.path)
    assert (refused.exit_code, out.exists()) == (2, False)
    assert "expected a query that can be used as a whole, found since:soon" in refused.stderr
