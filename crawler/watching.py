"""The commands that keep a crawl going: `watch` says what is polled, `run` polls it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click

from archive.errors import ArchiveError
from archive.folder import Folder
from archive.opening import open_reader
from archive.store import Archive
from crawler import console
from crawler.addresses import listed
from crawler.options import ROLES, archive_option, contact_option, json_option, list_option, queue_option


@click.group()
def watch() -> None:
    """Say which pages are polled; changes take effect while `run` is at work."""


@contextmanager
def _writing(archive_path: Path) -> Iterator[Archive]:
    folder = Folder(archive_path)
    folder.make()
    with closing(Archive(folder.archive)) as archive:
        yield archive


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@watch.command()
@click.argument("urls", nargs=-1, metavar="[URL...]")
@list_option
@click.option("--note", help="A remark of your own.")
@archive_option
@json_option
def add(urls: tuple[str, ...], lists: tuple[TextIO, ...], note: str | None, archive_path: Path, as_json: bool) -> None:
    """Put pages on the watch list, due at once."""
    from archive import watches

    wanted = [*urls, *listed(lists)]
    if not wanted:
        raise click.UsageError("expected an address, found none")
    for url in wanted:
        watches.watched_url(url)  # all or nothing: the tenth address may be wrong
    with _writing(archive_path) as archive, archive.writing() as connection:
        added = watches.add(connection, wanted, at=_now(), note=note)
    known = len({watches.watched_url(url) for url in wanted}) - len(added)
    if as_json:
        console.print_json({"added": added, "known": known})
    else:
        click.echo(f"{console.plural(len(added), 'page')} added{f', {known:,} on the list already' if known else ''}")


def _changing(name: str, done: str, help_: str) -> click.Command:
    @watch.command(name, help=help_)
    @click.argument("urls", nargs=-1, required=True, metavar="URL...")
    @archive_option
    @json_option
    def change(urls: tuple[str, ...], archive_path: Path, as_json: bool) -> None:
        from archive import watches

        changes: dict[str, Callable[..., list[str]]] = {"pause": watches.pause, "remove": watches.remove}
        open_reader(Folder(archive_path).archive).close()
        with _writing(archive_path) as archive, archive.writing() as connection:
            found = watches.resume(connection, urls, at=_now()) if name == "resume" else changes[name](connection, urls)
        missing = [url for url in urls if watches.watched_url(url) not in found]
        if as_json:
            console.print_json({done: found, "missing": missing})
        else:
            click.echo(f"{console.plural(len(found), 'page')} {done}")
        if missing:
            raise ArchiveError(f"expected pages on the watch list, found none at {', '.join(missing)}")

    return change


_changing("pause", "paused", "Stop polling pages until they are resumed.")
_changing("resume", "resumed", "Poll paused pages again, at once.")
_changing("remove", "removed", "Take pages off the watch list; what is on record of them stays.")


@watch.command("list")
@archive_option
@json_option
def list_(archive_path: Path, as_json: bool) -> None:
    """List the watched pages, what is due first comes first."""
    from archive import watches
    from crawler.console_watch import watch_json, watch_table

    with closing(open_reader(Folder(archive_path).archive)) as connection:
        found = watches.everything(connection)
    if as_json:
        console.print_json({"watches": [watch_json(item) for item in found]})
    else:
        watch_table(found, now=_now())


@click.command()
@click.option("--metrics-port", type=click.IntRange(0, 65535), help="Offer Prometheus metrics on this port of 127.0.0.1.")
@click.option("--on-breakage", metavar="COMMAND|URL", help="Run a command, or post to an address, when a page can no longer be read.")
@click.option("--log", "log_path", type=click.Path(path_type=Path, dir_okay=False), help="Append one JSON object a poll to this file.")
@queue_option
@click.option("--role", "roles", type=click.Choice(ROLES), multiple=True, help="With --queue: what this process does. Default: all three.")
@contact_option
@archive_option
@json_option
def run(metrics_port: int | None, on_breakage: str | None, log_path: Path | None, queue: str | None, roles: tuple[str, ...], contact: str,
        archive_path: Path, as_json: bool) -> None:  # fmt: skip
    """Poll whatever is due on the watch list until stopped (Ctrl-C or SIGTERM: what is under way is finished).

    With --json one JSON object a poll goes to standard output, else one line a poll that brought something to standard error.

    With --queue the work is shared with other machines. The scheduler and the recorder are beside the archive, and only one of each is
    at work: others stand by. Fetchers are anywhere, and need no archive.
    """
    from crawler.running import run as run_until_stopped

    if roles and not queue:
        raise click.UsageError("--role goes with --queue, found none")
    roles = tuple(dict.fromkeys(roles)) or ROLES
    folder = Folder(archive_path)
    if not folder.archive.is_file() and not (queue and roles == ("fetcher",)):
        raise ArchiveError(f"expected an archive at {archive_path}, found none; `stoppress watch add URL` makes one")
    run_until_stopped(folder, contact=contact, metrics_port=metrics_port, on_breakage=on_breakage, log_path=log_path, as_json=as_json,
                      queue=queue, roles=roles)  # fmt: skip


COMMANDS = (watch, run)
