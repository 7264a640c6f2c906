"""The `stoppress` commands that read the archive: search, history, status, serve."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from archive.errors import ArchiveError
from archive.folder import Folder
from archive.opening import open_reader
from crawler import console
from crawler.options import archive_option, json_option, queue_option


@contextmanager
def reading(archive_path: Path) -> Iterator[sqlite3.Connection]:
    """Open an archive read-only for one command."""
    with closing(open_reader(Folder(archive_path).archive)) as connection:
        yield connection


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1, type=click.UNPROCESSED)
@click.option("--publisher", help="Only this publisher, by slug or name.")
@click.option("--since", help="From this day, month or year on: 2013-02-26, 2013-02, 2013.")
@click.option("--until", help="To this day, month or year, included.")
@click.option("--sort", type=click.Choice(["newest", "best"]), default="newest", show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True)
@archive_option
@json_option
def search(query: tuple[str, ...], publisher: str | None, since: str | None, until: str | None, sort: str, limit: int,
           archive_path: Path, as_json: bool) -> None:  # fmt: skip
    """Find updates. Words are ANDed; "a phrase", OR, -not, word*, publisher:, since:, until:, byline:, is:edited."""
    from archive.query import parse, with_filters
    from archive.search import search as find

    asked = with_filters(parse(" ".join(query)), publisher=publisher, since=since, until=until)
    with reading(archive_path) as connection:
        results = find(connection, asked, sort=sort, limit=limit)
    console.search_results(results, as_json=as_json)


@click.command()
@click.argument("entry")
@archive_option
@json_option
def history(entry: str, archive_path: Path, as_json: bool) -> None:
    """Show every wording of one ENTRY (a slug, key or URL), oldest first, with what changed."""
    from archive.history import history as read

    with reading(archive_path) as connection:
        found = read(connection, entry)
    if as_json:
        console.print_json(found)
    else:
        console.history(found)


@click.command()
@queue_option
@archive_option
@json_option
def status(queue: str | None, archive_path: Path, as_json: bool) -> None:
    """Show each live page's last poll, entries, lag and failures, when it is due again and why; with --queue what is under way."""
    from archive.status import status as read

    with reading(archive_path) as connection:
        found = read(connection)
    if queue:
        from crawler.queue.state import state

        try:
            found["queue"] = state(queue)
        except ArchiveError as error:  # the archive's own state is the answer to why
            click.echo(f"Error: {error}", err=True)
    if as_json:
        console.print_json(found)
    else:
        console.status(found, now=datetime.now(UTC))


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback unless told: the site has no password of its own.")
@click.option("--url", metavar="URL", help="The address readers reach it at, behind a proxy: https://news.example/archive/")
@click.option(
    "--metadata",
    "metadata_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A file of Datasette's metadata to lay over ours: who may read, what plugins need.",
)
@click.option(
    "--snippets",
    metavar="WORDS",
    type=click.IntRange(40, 10_000),
    help="Show only so many words of each text, and none of Datasette's own pages.",
)
@click.option(
    "--processes", type=click.IntRange(1, 64), default=1, show_default=True, help="Answer in so many processes: one for each core."
)
@archive_option
def serve(
    port: int, host: str, url: str | None, metadata_path: Path | None, snippets: int | None, processes: int, archive_path: Path
) -> None:
    """Serve the archive: search, live pages, entries with their wordings, and Datasette's own pages."""
    from crawler.serving import Site, is_open, listening_socket
    from crawler.serving import serve as serve_archive

    folder = Folder(archive_path)
    with reading(archive_path):
        pass
    listener = listening_socket(host, port)
    if is_open(host):
        click.echo(f"Whoever can reach {host} can read the archive: the site has no password of its own (docs/access.md).", err=True)
    click.echo(f"The reading room is at {url or f'http://{host}:{listener.getsockname()[1]}'} until Ctrl-C.", err=True)
    with suppress(KeyboardInterrupt):
        serve_archive(folder, listener, Site(url=url, metadata=metadata_path, snippets=snippets), processes=processes)


COMMANDS = (search, history, status, serve)
