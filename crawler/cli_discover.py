"""The `discover` command: what fronts lead to, what of it is new on the watch list, and what left it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.folder import Folder
from archive.times import to_utc
from crawler import console
from crawler.options import archive_option, contact_option, json_option

if TYPE_CHECKING:  # they bring Scrapy along, which most commands do without
    from crawler.discovering import Discovered
    from crawler.fronts import Asked


@click.command()
@click.argument("sources", nargs=-1, metavar="[PUBLISHER|URL...]")
@click.option("--dry-run", is_flag=True, help="Show what would be found; change nothing.")
@contact_option
@archive_option
@json_option
def discover(sources: tuple[str, ...], dry_run: bool, contact: str, archive_path: Path, as_json: bool) -> None:
    """Find live pages on section fronts, in feeds and news sitemaps, and put them on the watch list.

    PUBLISHER is a slug of `stoppress layouts`, URL a front, feed or sitemap; `run` asks these again every five minutes. Without
    any: the fronts on the list and those of every publisher on record. Pages whose coverage is over leave the list.
    """
    from crawler.discovering import discover as ask

    found = ask(sources, Folder(archive_path), contact=contact, dry_run=dry_run, asked=_asked, wait=console.waiting)
    if as_json:
        console.print_json(_as_json(found, dry_run=dry_run))
    else:
        _printed(found, dry_run=dry_run)
    if not any(answer.is_read for answer in found.asked):
        raise click.exceptions.Exit(1)


def _asked(answer: Asked) -> None:
    if not answer.is_read:
        click.echo(answer.message if answer.url in answer.message else f"{answer.url}: {answer.message}", err=True)
    elif answer.sitemaps:
        click.echo(f"{answer.url}: {console.plural(len(answer.sitemaps), 'sitemap')}", err=True)
    else:
        click.echo(f"{answer.url}: {console.plural(len(answer.found), 'live page')}", err=True)


def _printed(found: Discovered, *, dry_run: bool) -> None:
    pages = found.found
    for url in found.added:
        page, _ = pages[url]
        click.secho(f"new  {page.title or 'no title'}", bold=True)
        click.echo(f"     {url}\n     {page.why} ({page.certainty:.0%} sure)")
    for url, why in found.left.items():
        click.echo(f"left {url}: {why}")
    passed = len(pages) - len(found.added) - len(found.listed)
    words = [
        f"{console.plural(len(pages), 'live page')} found",
        f"{len(found.added)} new on the watch list",
        f"{len(found.listed)} on it already",
        *([f"{passed} passed over"] if passed else []),
        f"{len(found.left)} left it",
    ]
    click.echo(", ".join(words) + (" (nothing was changed)" if dry_run else ""))


def _as_json(found: Discovered, *, dry_run: bool) -> dict[str, Any]:
    states = {**dict.fromkeys(found.listed, "listed"), **dict.fromkeys(found.added, "new")}
    return {
        "asked": [
            {"url": answer.url, "outcome": answer.outcome, "message": answer.message or None, "found": len(answer.found)}
            for answer in found.asked
        ],
        "found": [
            {
                "url": url,
                "title": page.title,
                "why": page.why,
                "certainty": page.certainty,
                "published": to_utc(page.published.instant) if page.published else None,
                "front": front,
                "state": states.get(url, "passed_over"),
            }
            for url, (page, front) in found.found.items()
        ],
        "added": list(found.added),
        "left": [{"url": url, "why": why} for url, why in found.left.items()],
        "dry_run": dry_run,
    }


COMMANDS = (discover,)
