"""What verify, backup, forget and export print: results to stdout, messages to stderr."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import click

from archive.backup import BackedUp
from archive.export import Exported
from archive.forget import Forgotten
from archive.forget_journal import Task
from archive.verify import Verified
from crawler.console import plural, print_json


def verified(found: Verified, *, as_json: bool) -> None:
    counts = {"entries": found.entries, "captures": found.captures, "bodies": found.bodies}
    if as_json:
        print_json({"sound": found.is_sound, "problems": list(found.problems), "notes": list(found.notes), "checked": counts})
        return
    for problem in found.problems:
        click.echo(problem)
    for note in found.notes:
        click.echo(note, err=True)
    checked = [plural(found.entries, "entry", "entries"), plural(found.captures, "capture"), plural(found.bodies, "body", "bodies")]
    state = "all is well" if found.is_sound else f"{plural(len(found.problems), 'fault')} found"
    click.echo(f"{', '.join(checked)} checked: {state}", err=not found.is_sound)


def backed_up(done: BackedUp, *, as_json: bool) -> None:
    if as_json:
        print_json({"path": str(done.path), "entries": done.entries, "captures": done.captures, "bytes": done.bytes})
        return
    captures = "no captures (there is no captures.db)" if done.captures is None else plural(done.captures, "capture")
    click.echo(f"{plural(done.entries, 'entry', 'entries')} and {captures} copied to {done.path}: {done.bytes:,} bytes")


def to_forget(task: Task, *, unfinished: bool) -> None:
    """Say what is about to be removed."""
    if unfinished:
        click.echo(f"forgetting {', '.join(task.names)} was cut short and goes on", err=True)
    click.echo(
        f"to be forgotten: {plural(len(task.keys), 'entry', 'entries')} with {plural(task.wordings, 'wording')}, "
        f"{plural(len(task.urls), 'live blog')}, {plural(len(task.dropped), 'capture')}; "
        f"to be searched for the words: {plural(len(task.searched), 'capture')}",
        err=True,
    )


def forgotten(done: Forgotten, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(done) | {"names": list(done.names)})
        return
    click.echo(
        f"forgotten: {plural(done.entries, 'entry', 'entries')} with {plural(done.wordings, 'wording')}, "
        f"{plural(done.live_blogs, 'live blog')}, {plural(done.captures, 'capture')}; {plural(done.redacted, 'body', 'bodies')} redacted, "
        f"{done.unreadable} dropped whole because the words could not be taken out; {done.bytes:,} bytes. Backups are untouched."
    )


def nothing_left(sentence: str, names: Sequence[str], *, as_json: bool) -> None:
    """Say that what was to be forgotten is."""
    if as_json:
        nothing = Forgotten(names=tuple(names), entries=0, wordings=0, live_blogs=0, captures=0, redacted=0, unreadable=0, bytes=0)
        forgotten(nothing, as_json=True)
    else:
        click.echo(sentence)


def exported(done: Exported, *, as_json: bool) -> None:
    if as_json:
        print_json({"path": str(done.path), "format": done.format, "entries": done.entries, "captures": done.captures, "bytes": done.bytes})
        return
    what = plural(done.captures, "capture") if done.captures is not None else plural(done.entries or 0, "entry", "entries")
    if done.path is None:
        click.echo(what, err=True)
    else:
        click.echo(f"{what} written to {done.path}: {done.bytes or 0:,} bytes")
