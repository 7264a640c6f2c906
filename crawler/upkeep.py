"""The commands that keep an archive in good order: verify, backup, forget, export."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive.errors import ArchiveError, ForgottenError
from archive.folder import Folder
from crawler import console, console_upkeep
from crawler.options import archive_option, json_option


@click.command()
@archive_option
@json_option
def verify(archive_path: Path, as_json: bool) -> None:
    """Check both databases, the index and every stored body; exit 1 and a list if something is wrong."""
    from archive.verify import verify as check

    with console.interruptible("nothing was changed, and not everything was checked"):
        found = check(Folder(archive_path), bar=console.progress)
    console_upkeep.verified(found, as_json=as_json)
    if not found.is_sound:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@archive_option
@json_option
def backup(out: Path, archive_path: Path, as_json: bool) -> None:
    """Copy the archive to the new folder OUT, while it is crawled and served: archive.db first, then captures.db."""
    from archive.backup import backup as copy

    with console.interruptible(f"no copy was left at {out}, and the archive is as it was"):
        done = copy(Folder(archive_path), out, bar=console.progress)
    console_upkeep.backed_up(done, as_json=as_json)


@click.command()
@click.argument("names", nargs=-1, metavar="URL|ENTRY...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@archive_option
@json_option
def forget(names: tuple[str, ...], yes: bool, archive_path: Path, as_json: bool) -> None:
    """Remove entries (by slug, key or URL) or live blogs (by URL) for good, from the record, the index and the evidence.

    They do not come back by a crawl, an import or a replay. Backups are not touched. Without a name: finish what a kill left over.
    """
    from archive.forget import forget as remove
    from archive.forget import prepare
    from archive.opening import open_reader

    folder = Folder(archive_path)
    open_reader(folder.archive).close()  # before the lock, which would make the folder
    with folder.crawling("stoppress forget"):
        try:
            task = prepare(folder, names)
        except ForgottenError as error:  # as it was to be
            console_upkeep.nothing_left(str(error), names, as_json=as_json)
            return
        unfinished = bool(set(task.names) ^ set(names))
        if unfinished and names:
            raise ArchiveError(
                f"expected no unfinished work, found that {', '.join(task.names)} was being forgotten when it was cut short;"
                " run `stoppress forget` without a name first"
            )
        console_upkeep.to_forget(task, unfinished=unfinished)
        if not yes:
            if not sys.stdin.isatty():
                raise ArchiveError("expected --yes, found nobody to ask: forgetting cannot be undone")
            click.confirm("This cannot be undone. Forget it?", abort=True, err=True)
        with console.interruptible("some of it may be gone already; `stoppress forget` without a name finishes it"):
            done = remove(folder, task, bar=console.progress)
    console_upkeep.forgotten(done, as_json=as_json)


@click.command()
@click.argument("out", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--format", "format_", type=click.Choice(["csv", "ndjson", "parquet", "warc", "sqlite"]), help="Default: by the ending of OUT."
)
@click.option("--query", multiple=True, metavar="Q", help="Only entries that this finds, as `search` does; several narrow each other.")
@click.option("--history", is_flag=True, help="With every wording of each entry (ndjson and parquet).")
@click.option("--force", is_flag=True, help="Replace a file at OUT.")
@archive_option
@json_option
def export(out: Path, format_: str | None, query: tuple[str, ...], history: bool, force: bool, archive_path: Path, as_json: bool) -> None:
    """Write entries to the file OUT, newest first.

    The format is that of OUT's ending: .csv, .ndjson or .jsonl, .parquet, a smaller archive (.sqlite, .db), or the captures
    of the live pages they stood on (.warc, .warc.gz). OUT may be - for csv and ndjson on stdout.
    """
    from archive.export import FORMATS, export_to_stream, format_of
    from archive.export import export as write
    from archive.query import parse

    is_stream = str(out) == "-"
    chosen = format_ or format_of(out)
    if chosen is None:
        raise click.UsageError(f"expected --format, or a file that ends in one of {', '.join(FORMATS)}, found {str(out)!r}")
    if is_stream and (chosen not in ("csv", "ndjson") or as_json):
        raise click.UsageError("only csv and ndjson go to stdout, and there without --json")
    if history and chosen not in ("ndjson", "parquet"):
        raise click.UsageError(f"--history goes with ndjson and parquet, found {chosen}; a sqlite export has every wording anyway")
    asked = parse(" ".join(query))
    if asked.ignored:  # a search shows what it did not use; an export would silently hold more than was asked for
        raise click.UsageError(f"expected a query that can be used as a whole, found {'; '.join(asked.ignored)}")
    folder = Folder(archive_path)
    if is_stream:
        with console.interruptible("what was written so far is not all there is; the same command begins again"):
            written = export_to_stream(folder, sys.stdout.buffer, asked, format=chosen, history=history)
    else:
        with console.interruptible(f"nothing was left at {out} but what was there before; the same command begins again"):
            written = write(folder, out, asked, format=chosen, history=history, force=force, bar=console.progress)
    console_upkeep.exported(written, as_json=as_json)


COMMANDS = (verify, backup, forget, export)
