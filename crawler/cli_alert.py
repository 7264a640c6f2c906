"""`stoppress alert`: saved searches, and telling what is new for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from archive.errors import ArchiveError
from archive.folder import Folder
from archive.opening import open_reader
from archive.store import Archive
from crawler import console, console_alert
from crawler.options import archive_option, json_option


@click.group()
def alert() -> None:
    """Saved searches that tell a command or an address what is new, at least once."""


@contextmanager
def _writing(archive_path: Path) -> Iterator[Archive]:
    folder = Folder(archive_path)
    open_reader(folder.archive).close()  # a search of an archive that is not there would make one
    with closing(Archive(folder.archive)) as archive:
        yield archive


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@alert.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("query", type=click.UNPROCESSED)
@click.option("--command", metavar="CMD", help="Run this with the JSON on its standard input; no shell is involved.")
@click.option("--webhook", metavar="URL", help="Post the JSON to this address; a private one is refused unless STOPPRESS_ALLOW_PRIVATE=1.")
@click.option("--edits", is_flag=True, help="Tell of edits and withdrawals, too.")
@click.option("--backfilled", is_flag=True, help="Tell of what is older than a day when it arrives, too.")
@archive_option
@json_option
def add(name: str, query: str, command: str | None, webhook: str | None, edits: bool, backfilled: bool, archive_path: Path,
        as_json: bool) -> None:  # fmt: skip
    """Save the search QUERY as NAME; what arrives from now on is told by `alert run`.

    Without --command or --webhook, `alert run` prints it.
    """
    from archive import alerts
    from crawler.alerting import checked_action

    action = checked_action(command, webhook)
    with _writing(archive_path) as archive, archive.writing() as connection:
        added = alerts.add(connection, name, query, action=action, edits=edits, backfilled=backfilled)
    if as_json:
        console.print_json(console_alert.alert_json(added))
    else:
        click.echo(f"{added.name} saved; `stoppress alert run` tells what arrives from now on")


@alert.command("list")
@archive_option
@json_option
def list_(archive_path: Path, as_json: bool) -> None:
    """List the saved searches, what each tells whom, and when it last did."""
    from archive import alerts

    with _writing(archive_path) as archive:
        found = alerts.everything(archive.connection)
    if as_json:
        console.print_json({"alerts": [console_alert.alert_json(item) for item in found]})
    else:
        console_alert.alert_table(found)


@alert.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@archive_option
@json_option
def remove(names: tuple[str, ...], archive_path: Path, as_json: bool) -> None:
    """Remove saved searches; nothing in the archive changes."""
    from archive import alerts

    with _writing(archive_path) as archive, archive.writing() as connection:
        alerts.remove(connection, names)
    if as_json:
        console.print_json({"removed": list(names)})
    else:
        click.echo(f"{console.plural(len(names), 'alert')} removed")


@alert.command()
@click.argument("names", nargs=-1, metavar="[NAME...]")
@click.option("--dry-run", is_flag=True, help="Print what would be told; nobody is told, and nothing counts as told.")
@archive_option
@json_option
def run(names: tuple[str, ...], dry_run: bool, archive_path: Path, as_json: bool) -> None:
    """Tell what is new since each last run, for all saved searches or those named.

    A search moves on only after its command ended with 0 or its address answered 2xx; otherwise the same is told again next time, and
    this command ends with exit code 1.
    """
    from archive import alerts
    from crawler import alerting

    folder = Folder(archive_path)
    with _writing(archive_path) as archive:
        count = len(alerts.named(archive.connection, names))
    if not count and not as_json:
        click.echo("There are no alerts; `stoppress alert add NAME QUERY` saves one.", err=True)
    with console.progress("alerts", count) as advance:

        def done(told: alerting.Told) -> None:
            if not as_json:
                console_alert.told(told, dry=dry_run)
            advance(told.alert.name)

        found = alerting.run(folder, names, now=_now, dry=dry_run, done=done)
    if as_json:
        console.print_json({"alerts": [console_alert.told_json(told, dry=dry_run) for told in found]})
    if not dry_run:
        alerting.settle(folder, found)  # after it was printed: a broken pipe loses nothing
    failed = [told.alert.name for told in found if told.problem]
    if failed:
        raise ArchiveError(f"{', '.join(failed)} could not be told and will be again at the next run")


COMMANDS = (alert,)
