"""What deploy/ and its guide say can be run: every command and option is the program's own."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from crawler.cli import main
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TEXTS = [*UNITS, DEPLOY / "Dockerfile", *(ROOT / "docs" / f"{name}.md" for name in ("deploying", "access", "several-machines"))]
SEVERAL = yaml.safe_load((DEPLOY / "compose.several.yaml").read_text(encoding="utf-8"))["services"]
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
_NAMED = re.compile(r"(?:`|/bin/|^|-- )stoppress ((?:[a-z-]+)(?:[^`\n;|\\]*))", re.M)


def check(arguments: list[str]) -> None:
    """Fail if the program knows no such command or option."""
    command: click.Command = main
    while isinstance(command, click.Group):
        assert arguments, command.name
        name, *arguments = arguments
        assert name in command.commands, f"there is no command {name!r}"
        command = command.commands[name]
    command.make_context(command.name, [*arguments])


def named(text: str) -> list[list[str]]:
    # The name of an instance of a unit stands where its port does.
    return [shlex.split(found.replace("%i", "9471")) for found in _NAMED.findall(text)]


@pytest.mark.parametrize("line", ["stoppress crawll URL", "stoppress run --metric 1", "stoppress watch", "stoppress run --metrics-port x"])
def test_what_does_not_exist_is_noticed(line: str) -> None:
    with pytest.raises((click.UsageError, AssertionError)):
        check(shlex.split(line)[1:])


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_commands_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for arguments in named(text):
        check(arguments)
    if path.suffix == ".service":
        assert named(text), "a unit that runs nothing of ours"


def test_commands_of_the_image() -> None:
    found = re.search(r"^CMD (\[.*\])$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.M)
    assert found
    check(yaml.safe_load(found[1]))


@pytest.mark.parametrize("name", [name for name, service in COMPOSE["services"].items() if "command" in service])
def test_commands_of_the_containers(name: str) -> None:
    check(COMPOSE["services"][name]["command"])


def test_commands_given_to_containers() -> None:
    text = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    given = re.findall(r"compose.yaml run --rm (\w+) (.+)", text)
    assert given
    for service, arguments in given:
        assert service in COMPOSE["services"]
        check(shlex.split(arguments))


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_containers_are_locked(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert "archive:/archive" in service["volumes"], "a living archive is never mounted read-only"


@pytest.mark.parametrize("name", [name for name in SEVERAL if name != "redis"])
def test_containers_of_several_machines(name: str) -> None:
    service = SEVERAL[name]
    check(service["command"])
    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert service["mem_limit"]
    assert ("archive:/archive" in service.get("volumes", ())) == (name != "fetcher"), "a fetcher needs no archive"
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    if name != "site":
        assert "STOPPRESS_QUEUE" in service["environment"]


def test_the_roles_of_several_machines() -> None:
    named_roles = {name: service["command"][2] for name, service in SEVERAL.items() if "--role" in service["command"]}
    assert named_roles == {"scheduler": "scheduler", "fetcher": "fetcher", "recorder": "recorder", "stand-by": "recorder"}
    assert SEVERAL["fetcher"]["deploy"]["replicas"] == 3
    kept = SEVERAL["redis"]
    assert "ports" not in kept, "Redis is for our own containers"
    assert all(word in " ".join(kept["command"]) for word in ("--appendonly yes", "--maxmemory-policy noeviction", "--requirepass"))


def test_what_runs_in_the_image_is_nobody_special() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]
    assert lines.index("USER 10001:10001") < next(number for number, line in enumerate(lines) if line.startswith("ENTRYPOINT"))
    copied = {line.split()[1] for line in lines if line.startswith("COPY ") and len(line.split()) == 3}
    assert copied == {"archive", "crawler", "datasette"}
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    assert all(f"!{name}\n" in kept for name in copied | {"pyproject.toml", "constraints.txt", "README.md", "LICENSE"})


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_units_are_locked(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in ("User=stoppress", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "SystemCallFilter=@system-service"):
        assert line in lines
    assert any(line.startswith("MemoryMax=") for line in lines)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_units_are_understood(tmp_path: Path) -> None:
    for unit in [*UNITS, *(DEPLOY / "systemd").glob("*.timer")]:
        program = re.sub(r"/opt/stoppress/bin/stoppress", "/bin/true", unit.read_text(encoding="utf-8"))
        (tmp_path / unit.name).write_text(program, encoding="utf-8")
    run = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.iterdir())], capture_output=True, text=True, timeout=60
    )
    assert "stoppress" not in run.stderr, run.stderr
