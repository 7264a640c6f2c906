"""Telling what is new for saved searches: found, told, and only then moved on. A kill in between repeats it, and loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive import alerts
from archive.alerts import Alert, Due
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.store import Archive
from archive.times import to_utc
from crawler.telling import tell

_AT_ONCE = 200  # events in one message; more are told in several


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came of one alert, looked at `at`. `problem` says why it was not told, None if it was or nothing was due."""

    alert: Alert
    due: Due
    at: datetime
    problem: str | None = None


def run(
    folder: Folder,
    names: Sequence[str],
    *,
    now: Callable[[], datetime],
    dry: bool = False,
    done: Callable[[Told], None] = lambda told: None,
) -> list[Told]:
    """Tell what is new for the alerts with the names (all for no name), and return what came of each; `done` is called after each.

    What has no action is for the caller to print, and then to `settle`. `dry` tells and changes nothing. Raises ArchiveError for an
    unknown name.
    """
    found: list[Told] = []
    with closing(Archive(folder.archive)) as archive:
        for alert in alerts.named(archive.connection, names):
            at = now()  # before looking: what is recorded while we tell is seen after it
            told = _run(archive, alert, folder, at=at, dry=dry)
            found.append(told)
            done(told)
    return found


def settle(folder: Folder, found: Sequence[Told]) -> None:
    """Move on the alerts without an action, once what is due has been printed."""
    printed = [told for told in found if told.alert.action is None]
    if printed:
        with closing(Archive(folder.archive)) as archive, archive.writing() as connection:
            for told in printed:
                alerts.move_on(connection, told.alert, told.due, at=told.at)


def _run(archive: Archive, alert: Alert, folder: Folder, *, at: datetime, dry: bool) -> Told:
    connection = archive.connection
    connection.execute("BEGIN")  # one view of what is recorded and of how far that goes
    try:
        due = alerts.due(connection, alert)
    finally:
        connection.execute("COMMIT")
    if dry or alert.action is None:
        return Told(alert=alert, due=due, at=at)
    problem = _tell(alert, due, folder, at=at)
    if problem is None:
        with archive.writing():
            alerts.move_on(connection, alert, due, at=at)
    return Told(alert=alert, due=due, at=at, problem=problem)


def _tell(alert: Alert, due: Due, folder: Folder, *, at: datetime) -> str | None:
    parts = [due.events[start : start + _AT_ONCE] for start in range(0, len(due.events), _AT_ONCE)]
    for number, part in enumerate(parts, 1):
        message: dict[str, Any] = {
            "alert": alert.name,
            "query": alert.query,
            "at": to_utc(at),
            "archive": str(folder.path),
            "part": number,
            "parts": len(parts),
            "events": [alerts.event_json(event) for event in part],
        }
        problem = tell(alert.action or "", json.dumps(message, ensure_ascii=False).encode("utf-8", "replace"))
        if problem:
            return problem
    return None


def checked_action(command: str | None, webhook: str | None) -> str | None:
    """Return what is stored as an alert's action. Raises ArchiveError for both, an address that is none, or a command that is one."""
    from archive.present import web_address
    from crawler.breakage import command_of

    if command is not None and webhook is not None:
        raise ArchiveError("expected --command or --webhook, found both")
    if webhook is not None:
        if not web_address(webhook):
            raise ArchiveError(f"expected an http or https address for --webhook, found {webhook!r}")
        return webhook
    if command is not None:
        try:
            words = command_of(command)
        except ValueError as error:
            raise ArchiveError(f"expected a command, found {command!r} ({error})") from error
        if not command.strip() or not words or command.startswith(("http://", "https://")):
            raise ArchiveError(f"expected a command for --command, found {command!r}; an address goes with --webhook")
        return command
    return None
