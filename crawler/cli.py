"""The `stoppress` command: one group, one short function a command. Results to stdout, messages to stderr."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path
from typing import Any, TextIO

import click

from archive.errors import AddressError, ArchiveError
from archive.folder import Folder
from crawler import cli_alert, cli_discover, cli_reading, console, upkeep, watching
from crawler.options import archive_option, contact_option, json_option, list_option
from crawler.settings import VERSION

DEMO_ARCHIVE = "stoppress-demo"

browser_option = click.option("--browser", is_flag=True, help="Read pages as Chromium shows them (needs the extra [browser]).")


class Group(click.Group):
    """A group whose commands end with exit code 1 and one sentence when they could not do their work."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            raise click.ClickException("interrupted: what was recorded before is safe, and the same command begins again") from None
        except AddressError as error:
            raise click.UsageError(str(error)) from error
        except ArchiveError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            # `stoppress search ... | head`: the reader has seen enough.
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
            raise click.exceptions.Exit(0) from None
        except sqlite3.DatabaseError as error:
            message = f"the archive could not be used: {error}; `stoppress verify` says what is damaged, a backup brings it back"
            raise click.ClickException(message) from error
        except UnicodeDecodeError as error:
            raise click.ClickException(f"expected text in UTF-8, found other bytes: {error}") from error
        except OSError as error:
            raise click.ClickException(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}") from error


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="stoppress")
def main() -> None:
    """Stop Press keeps the news as it happened: every update of a live page, each edit, each withdrawal."""


@main.command()
@click.option("--once", is_flag=True, help="Crawl through the whole sample day at once, print a summary, exit.")
@click.option("--port", type=click.IntRange(0, 65535), default=8001, show_default=True, help="Where to serve the archive.")
@click.option("--archive", "archive_path", type=click.Path(path_type=Path, file_okay=False), default=DEMO_ARCHIVE, show_default=True,
              help="The demo's own archive folder; begun anew each time.")  # fmt: skip
@json_option
def demo(once: bool, port: int, archive_path: Path, as_json: bool) -> None:
    """Crawl the sample site, whose pages change while you watch, and serve what comes of it."""
    from crawler.demo import run as sample
    from crawler.serving import listening_socket, serve_in_background

    if once:
        folder = sample.fresh_folder(archive_path)
        with console.progress("the sample day", sample.rounds()) as advance:
            summary = sample.crawl_day(folder, on_round=lambda now: advance(f"{now:%H:%M}"))
        console.demo_summary(summary, folder, as_json=as_json)
        if summary.problems:
            raise click.ClickException(f"{len(summary.problems)} polls of the sample site failed, the first: {summary.problems[0]}")
        return
    listener = listening_socket("127.0.0.1", port)  # before the folder is begun anew: a refusal touches nothing
    folder = sample.fresh_folder(archive_path)
    serve_in_background(folder, listener)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    click.echo(f"The reading room is at {address} - the sample day goes on until Ctrl-C.", err=True)
    if not sample.crawl_and_watch(folder, on_round=console.demo_round):
        return
    click.echo(f"The sample day is over. The archive stays at {address} until Ctrl-C.", err=True)
    console.wait_for_interrupt()


@main.command()
@click.argument("source")
@click.option("--url", help="The address to read a file as; needed where neither the file nor an index says.")
@click.option("--generic", is_flag=True, help="Use no layouts, as for a publisher nobody described.")
@browser_option
@contact_option
@json_option
def extract(source: str, url: str | None, generic: bool, browser: bool, contact: str, as_json: bool) -> None:
    """Read one page, a saved FILE or a URL, and archive nothing."""
    from crawler.extraction import as_json as in_json
    from crawler.extraction import extract as read
    from crawler.source import page_from

    found = read(page_from(source, url=url, contact=contact, browser=browser), layouts=not generic)
    if as_json:
        console.print_json(in_json(found))
    else:
        console.extraction(found)


@main.command()
@click.argument("urls", nargs=-1, metavar="[URL...]")
@list_option
@click.option("--older", is_flag=True, help="Follow the links to older pages to the end, from where an earlier run stopped.")
@browser_option
@contact_option
@archive_option
@json_option
def crawl(urls: tuple[str, ...], lists: tuple[TextIO, ...], older: bool, browser: bool, contact: str, archive_path: Path,
          as_json: bool) -> None:  # fmt: skip
    """Poll each URL once and record what it shows; of a list those first that were never asked for, or the longest ago."""
    from crawler.addresses import listed
    from crawler.crawling import asked_longest_ago, crawl, unfinished
    from crawler.recorder import Polled

    folder = Folder(archive_path)
    wanted = list(dict.fromkeys([*urls, *asked_longest_ago(listed(lists), folder)]))
    if not wanted:
        raise click.UsageError("expected an address, found none")
    outcomes: list[Polled] = []

    def polled(outcome: Polled) -> None:
        outcomes.append(outcome)
        console.polled(outcome)

    crawl(wanted, folder, contact=contact, older=older, browser=browser, polled=polled, wait=console.waiting)
    asked = {outcome.url for outcome in outcomes}
    missing = [url for url in wanted if url not in asked]
    more = unfinished(wanted, folder) if older else []
    console.crawl_summary(outcomes, missing, more, as_json=as_json)
    if missing or more or not all(outcome.is_read for outcome in outcomes):
        raise click.exceptions.Exit(1)


@main.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--url", help="The address the page came from (one file only, no WARC).")
@archive_option
@json_option
def import_(paths: tuple[Path, ...], url: str | None, archive_path: Path, as_json: bool) -> None:
    """Record saved pages (.html, .txt, .json), WARCs (.warc, .warc.gz, .warc.zst) and folders of them.

    A saved page is recorded at the time its file was last modified, what a WARC holds at the dates it states.
    """
    from crawler.console_import import ImportReport, reading, stopping_between_steps
    from crawler.importing import files_in, given, importing, is_warc
    from crawler.recorder import recording

    found = files_in(paths)
    files = found.pages
    if url:
        given(url)
    if url and len(files) != 1:
        raise click.UsageError(f"--url goes with one file, found {len(files)}")
    if url and is_warc(files[0]):
        raise click.UsageError(f"--url goes with a saved page, found a WARC: it states the addresses of what it holds ({files[0]})")
    report = ImportReport(found)
    interrupted = ""
    with recording(Folder(archive_path)) as recorder, importing(files, recorder, url=url) as run, stopping_between_steps() as check:
        report.recorded_first(recorder)
        try:
            with reading(files, after_each=check) as advance:
                for left_out in run.store(advance):
                    report.left_out(left_out)
            with console.progress("captures", run.captures) as recorded:
                for outcome in run.record():
                    report.polled(outcome)
                    recorded()
                    check()
        except KeyboardInterrupt:
            stored = f"{report.captures:,} of {run.captures:,} captures" if run.is_stored else "a part of the files was read"
            interrupted = f"interrupted after {stored}"
    report.summary(run.counts, as_json=as_json)
    if interrupted:
        # What is stored is evidence already.
        raise click.ClickException(f"{interrupted}; import again to go on: what is stored already is recorded first")
    if not report.read:
        raise click.exceptions.Exit(1)


@main.command()
@click.option("--apply", is_flag=True, help="Replace the archive by what the captures say today.")
@archive_option
@json_option
def replay(apply: bool, archive_path: Path, as_json: bool) -> None:
    """Read every capture again with today's layouts, and show what would change."""
    from crawler.console_replay import replayed
    from crawler.replaying import replay as read_again

    with console.interruptible("the archive is as it was; `stoppress replay` begins again from the captures"):
        found = read_again(Folder(archive_path), apply=apply, bar=console.progress)
    replayed(found, applied=apply, as_json=as_json)


@main.command()
@json_option
def layouts(as_json: bool) -> None:
    """List what can be read, and whether it was checked against a real page or only built from a description."""
    from crawler.layouts import layouts as known

    rows = [
        {
            "layout": item.layout,
            "publisher": item.publisher or None,
            "name": item.name,
            "domains": list(item.domains),
            "checked": item.checked,
        }
        for item in known()
    ]
    if as_json:
        console.print_json({"layouts": rows})
    else:
        console.layouts(rows)


for _command in (*upkeep.COMMANDS, *watching.COMMANDS, *cli_discover.COMMANDS, *cli_alert.COMMANDS, *cli_reading.COMMANDS):
    main.add_command(_command)

if __name__ == "__main__":
    main()
