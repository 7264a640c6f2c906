"""Stopping: one Ctrl-C ends the demo and the server, tidily."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.test_wheel import answer, free_port


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_the_demo(tmp_path: Path, stop: signal.Signals) -> None:
    port = free_port()
    command = [sys.executable, "-m", "crawler.cli", "demo", "--port", str(port), "--archive", str(tmp_path / "demo")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert "Stop" in answer(f"http://127.0.0.1:{port}/")
            time.sleep(1)
            process.send_signal(stop)
            _, messages = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 0, messages
    assert "Traceback" not in messages
