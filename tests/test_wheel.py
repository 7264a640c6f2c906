"""The wheel: it must not overwrite Datasette's own files, and must work from anywhere."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    (built,) = out.glob("*.whl")
    return built


def test_it_holds_nothing_under_datasette(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"archive", "crawler"}
    assert "crawler/_datasette/metadata.yaml" in names
    assert any(name.startswith("crawler/_datasette/templates/") for name in names)
    assert any(name.startswith("crawler/demo/stories/") for name in names)


def test_installed_by_itself_it_crawls_and_serves(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True, timeout=120)
    python = tmp_path / "env" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--constraint", str(ROOT / "constraints.txt")]
    library = subprocess.run([*install, "datasette"], capture_output=True, text=True, timeout=400)
    if library.returncode and not os.environ.get("CI"):
        pytest.skip("no package index answers, so nothing can be installed into an empty environment")
    before = templates(python)
    subprocess.run([*install, str(wheel)], check=True, capture_output=True, timeout=400)
    assert templates(python) == before, "Datasette's own templates are untouched"

    command = tmp_path / "env" / "bin" / "stoppress"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    run = subprocess.run([command, "demo", "--once", "--json"], cwd=elsewhere, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["new"] == 88
    port = free_port()
    served = subprocess.Popen([command, "serve", "--archive", "stoppress-demo", "--port", str(port)], cwd=elsewhere, stderr=subprocess.PIPE)
    try:
        assert "Northmouth Echo" in answer(f"http://127.0.0.1:{port}/")
        assert "--accent" in answer(f"http://127.0.0.1:{port}/static/stoppress.css")
        assert "<mark>" in answer(f"http://127.0.0.1:{port}/search?q=harbour")
    finally:
        served.terminate()
        served.communicate(timeout=20)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(url: str) -> str:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return str(response.read().decode())
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError):
                raise
            time.sleep(0.2)
    raise AssertionError(f"{url} did not answer within 20 s")


def templates(python: Path) -> dict[str, str]:
    code = "import datasette, pathlib; print(pathlib.Path(datasette.__file__).parent)"
    where = Path(subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True, cwd=python.parent).stdout.strip())
    return {str(path.relative_to(where)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(where.rglob("*.html"))}
