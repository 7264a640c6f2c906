"""Telling the operator that a page can no longer be read, or can be again: by a command or a webhook, once each time."""

from __future__ import annotations

import json
import logging
import shlex
import subprocess
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from archive.folder import Folder
from archive.times import to_utc
from crawler.recorder import Polled

_log = logging.getLogger(__name__)
_IN_A_ROW = 3  # polls that failed before it is said: one is no breakage
_SECONDS = 30


class Alarm:
    """Calls a command (the JSON on its standard input) or posts to an address when a page breaks and when it is well again."""

    def __init__(self, folder: Folder, action: str) -> None:
        self.folder = folder
        self.action = action
        self.failures: dict[str, int] = {}
        self.told: set[str] = set()
        self.running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self.running:
            try:
                process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def polled(self, outcome: Polled) -> None:
        """Count a poll, and tell if it is the one that makes or ends a breakage."""
        if outcome.is_read:
            self.failures.pop(outcome.url, None)
            if outcome.url in self.told:
                self.told.discard(outcome.url)
                self.tell(outcome, "well again")
            return
        self.failures[outcome.url] = self.failures.get(outcome.url, 0) + 1
        if self.failures[outcome.url] == _IN_A_ROW:
            self.told.add(outcome.url)
            self.tell(outcome, "broken")

    def tell(self, outcome: Polled, state: str) -> None:
        message: dict[str, Any] = {
            "at": to_utc(datetime.now(UTC)),
            "state": state,
            "url": outcome.url,
            "outcome": outcome.outcome,
            "message": outcome.message,
            "archive": str(self.folder.path),
        }
        self.running = [process for process in self.running if process.poll() is None]
        try:
            # A process of its own: neither a slow command nor a slow address may hold up the polls.
            process = subprocess.Popen(command_of(self.action), stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - the operator's own
            assert process.stdin is not None
            process.stdin.write(json.dumps(message, ensure_ascii=False).encode())
            process.stdin.close()
            self.running.append(process)
        except (OSError, ValueError) as error:
            _log.error("%s could not be told of %s: %s", self.action, outcome.url, error)


def command_of(action: str) -> list[str]:
    """Return what is run: the command's words, or for an address our own poster, which passes the same guard as a crawl."""
    import sys

    if action.startswith(("http://", "https://")):
        return [sys.executable, "-m", "crawler.posting", action]
    return shlex.split(action)
