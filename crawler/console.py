"""What the commands print: results to stdout, progress and messages to stderr."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from archive.backfills import MOST_IN_ALL, Backfill
from archive.diff import word_diff
from archive.folder import Folder
from archive.model import Extraction
from archive.reading import search_json
from archive.search import Results, unmarked
from archive.times import from_utc
from crawler.recorder import Polled

if TYPE_CHECKING:  # the sample site brings Scrapy along, which most commands do without
    from crawler.demo.run import Summary

stderr = Console(stderr=True)
_MOST_NAMED = 10


def print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[..., None]]:
    """A progress bar on a terminal, nothing elsewhere. Yields a function to call after each step, with a note if there is one."""
    if not sys.stderr.isatty() or total < 2:
        yield lambda note="": None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr, transient=True) as bar:
        task = bar.add_task(what, total=total)

        def advance(note: str = "") -> None:
            bar.update(task, advance=1, description=f"{what} {note}".strip())

        yield advance


@contextmanager
def interruptible(sentence: str) -> Iterator[None]:
    """End at Ctrl-C with exit code 1 and a sentence that says what is left and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        raise click.ClickException(f"interrupted: {sentence}") from None


def plural(number: int, noun: str, nouns: str | None = None) -> str:
    """Return "1 entry", "2 entries"."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def waiting(url: str, seconds: float) -> None:
    click.echo(f"waiting {seconds:.0f} s: {url} was asked for a moment ago", err=True)


def polled(outcome: Polled) -> None:
    if outcome.is_read:
        found = outcome.recorded
        click.echo(f"{outcome.url}: {found.new} new, {found.edited} edited, {found.unchanged} unchanged", err=True)
    else:
        click.echo(why(outcome), err=True)
    for warning in outcome.warnings:
        click.echo(f"  {warning}", err=True)


def why(outcome: Polled) -> str:
    """Return the sentence that says why a poll brought nothing, with its address."""
    return outcome.message if outcome.url in outcome.message else f"{outcome.url}: {outcome.message}"


def crawl_summary(outcomes: Sequence[Polled], missing: Sequence[str], more: Sequence[Backfill], *, as_json: bool) -> None:
    """Print what a crawl did; `missing` are the addresses it was stopped before, `more` the pages with older ones still to be asked for."""
    if missing:
        rest = f" and {len(missing) - _MOST_NAMED:,} more" if len(missing) > _MOST_NAMED else ""
        click.echo(f"stopped before {plural(len(missing), 'page')} was polled: {', '.join(missing[:_MOST_NAMED])}{rest}", err=True)
    for page in more:
        read_so_far = f"{page.url}: {plural(page.pages, 'older page')} read, the next is {page.next_url}"
        is_last = page.pages >= MOST_IN_ALL
        click.echo(f"{read_so_far}; {'no more are followed' if is_last else 'run it again to go on there'}", err=True)
    read = [outcome for outcome in outcomes if outcome.is_read]
    totals: dict[str, int] = {
        name: sum(getattr(outcome.recorded, name) for outcome in read) for name in ("new", "edited", "unchanged", "withdrawn")
    }
    if as_json:
        polls = [{"url": o.url, "outcome": o.outcome, "message": o.message or None, "new": o.recorded.new, "edited": o.recorded.edited}
                 for o in outcomes]  # fmt: skip
        pages = {"pages": len(outcomes) + len(missing), "read": len(read)}
        older = [{"url": page.url, "next_url": page.next_url, "pages": page.pages} for page in more]
        print_json({"polls": polls, "totals": pages | totals, "unfinished": older})
    else:
        click.echo(
            f"{plural(len(read), 'page')} of {len(outcomes) + len(missing)} read: {totals['new']} new, {totals['edited']} edited, "
            f"{totals['withdrawn']} withdrawn, {totals['unchanged']} unchanged"
        )


def note(message: str) -> None:
    """Print a message to stderr, above the progress bar if one is shown."""
    stderr.print(message, markup=False, highlight=False, soft_wrap=True)


def extraction(found: Extraction) -> None:
    click.echo(f"{found.title or 'no title'} - {found.publisher} - {plural(len(found.updates), 'update')}, read by {found.method}")
    for update in found.updates:
        when = update.published
        stated = (
            "no time" if when is None else f"{when.instant:%Y-%m-%d}" + (f" {when.instant:%H:%M %Z}" if when.precision != "day" else "")
        )
        click.echo(f"{stated:24} {update.title or '-'}")
    for warning in found.warnings:
        click.echo(f"warning: {warning}", err=True)


def search_results(results: Results, *, as_json: bool) -> None:
    if results.query.ignored:
        click.echo(f"not used: {'; '.join(results.query.ignored)}; the rest was searched for", err=True)
    if as_json:
        print_json(search_json(results))
        return
    for hit in results.hits:
        marks = "".join(f" [{word}]" for word, wanted in (("edited", hit.revision > 1), ("withdrawn", hit.withdrawn_at)) if wanted)
        stated = hit.published_at or f"first seen {hit.first_seen}"
        if hit.published_precision == "day":
            stated = hit.day
        click.secho(f"{hit.slug}  {stated}  {hit.publisher_name}{marks}", fg="bright_black")
        click.secho(unmarked(hit.title) or "(no title)", bold=True)
        click.echo(f"{unmarked(hit.snippet)}\n")
    cut = f"{len(results.hits):,} of " if len(results.hits) < results.total else ""
    more = "; --limit shows more" if cut else ""
    click.echo(f"{cut}{results.total_text} {'update' if results.total == 1 else 'updates'}{more}", err=True)


def history(found: dict[str, Any]) -> None:
    entry, wordings = found["entry"], found["wordings"]
    click.secho(f"{entry['slug']}  {entry['publisher_name']}  {entry['key']}", fg="bright_black")
    before: dict[str, Any] | None = None
    for wording in wordings:
        ended = f" to {wording['superseded_at']}" if wording["superseded_at"] else ""
        click.secho(f"\nwording {wording['number']}, seen from {wording['seen_at']}{ended}", bold=True)
        if before is None:
            click.echo("\n".join(part for part in (wording["title"], wording["text"]) if part))
        else:
            for name in ("title", "byline", "published_at", "text"):
                if before[name] != wording[name]:
                    click.echo(f"{name}: {_marked(before[name] or '', wording[name] or '')}")
        capture = wording["capture"]
        if capture:
            kind = "saved file, capture" if wording["is_saved_file"] else "capture"
            click.secho(f"{kind} {capture['id']} of {capture['fetched_at']}, {capture['digest'][:19]}...", fg="bright_black")
        before = wording
    if found["withdrawn_at"]:
        click.echo(f"\nwithdrawn, noticed at {found['withdrawn_at']}")


def _marked(old: str, new: str) -> str:
    """The change from one text to the other: [-gone-] {+come+}, coloured on a terminal."""
    parts: list[str] = []
    for change in word_diff(old, new):
        if change.kind == "delete":
            parts.append(click.style(f"[-{change.text}-]", fg="red"))
        elif change.kind == "insert":
            parts.append(click.style(f"{{+{change.text}+}}", fg="green"))
        else:
            parts.append(change.text)
    return "".join(parts)


def status(found: dict[str, Any], *, now: datetime) -> None:
    for row in found["live_blogs"]:
        lag = f", lag {row['lag_p95_s']} s (95th percentile)" if row["lag_p95_s"] is not None else ""
        declared = f" of {row['declared']} declared" if row["declared"] is not None else ""
        click.secho(row["url"], bold=True)
        click.echo(
            f"  {row['publisher']}, {row['state']}: {row['entries']} entries{declared}, {row['edited']} edited, "
            f"{row['withdrawn']} withdrawn; last poll {row['last_poll']} {row['last_outcome']}{lag}"
        )
        _next_poll(row, now)
        if row["failures"]:
            click.secho(f"  {plural(row['failures'], 'failure')} since: {row['last_message']}", fg="red")
    for row in found["fronts"]:
        click.secho(row["url"], bold=True)
        last = f"last asked {row['last_poll']}: {row['last_message'] or row['last_outcome']}" if row["last_poll"] else "not asked yet"
        click.secho(f"  {last}", fg="red" if row["failures"] else None)
        _next_poll(row, now)
    for row in found["unread"]:
        click.secho(row["url"], bold=True)
        if row["last_poll"]:
            click.secho(f"  never read: {row['last_outcome']} at {row['last_poll']}: {row['last_message']}", fg="red")
        _next_poll(row, now)
    totals = found["totals"]
    click.echo(f"{plural(totals['live_blogs'], 'live page')} of {plural(totals['publishers'], 'publisher')}, "
               f"{plural(totals['entries'], 'entry', 'entries')}, {plural(totals['revisions'], 'earlier wording')}, "
               f"{plural(totals['polls'], 'poll')}")  # fmt: skip
    if given_up := totals["outcomes"].get("gave_up"):
        click.secho(f"{plural(given_up, 'poll')} given up: fetchers or the recorder ended again and again at them", fg="red")
    if "queue" in found:
        queue = found["queue"]
        click.echo(f"queue: {plural(queue['due'], 'poll')} to make, {plural(queue['found'], 'answer')} to record, "
                   f"{queue['bytes'] / 1024**2:.1f} MiB in Redis; connected: {plural(queue['schedulers'], 'scheduler')}, "
                   f"{plural(queue['fetchers'], 'fetcher')}, {plural(queue['recorders'], 'recorder')}")  # fmt: skip
        for letter in queue["dead_letters"]:
            click.secho(f"  dead letter: {letter}", fg="red")


def _next_poll(row: dict[str, Any], now: datetime) -> None:
    """When a page is polled next and why then; nothing for a page that is on no watch list."""
    from crawler.console_watch import when

    reason, due = row["next_poll_reason"], row["next_poll_at"]
    if reason:
        click.echo(f"  next poll {when(from_utc(due), now)}: {reason}" if due else f"  no next poll: {reason}")


def layouts(rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        checked = "checked against a real page" if row["checked"] else "built from a description"
        if row["domains"] and all(domain.endswith(".localhost") for domain in row["domains"]):
            checked = "the sample site's own"
        click.echo(f"{row['layout']:20} {row['name']:28} {', '.join(row['domains']) or 'any host':32} {checked}")


def demo_round(now: datetime, summary: Summary) -> None:
    click.echo(
        f"{now:%H:%M} on the sample day: {plural(summary.new, 'update')}, {plural(summary.edited, 'edit')} after {summary.polls} polls",
        err=True,
    )


def demo_summary(summary: Summary, folder: Folder, *, as_json: bool) -> None:
    if as_json:
        counts = {"polls": summary.polls, "new": summary.new, "edited": summary.edited, "withdrawn": summary.withdrawn}
        print_json({"archive": str(folder.path)} | counts | {"outcomes": dict(sorted(summary.outcomes.items()))})
    else:
        click.echo(f"{summary.polls} polls of the sample site: {plural(summary.new, 'update')}, {plural(summary.edited, 'edit')}, "
                   f"{plural(summary.withdrawn, 'withdrawal')}, {plural(len(summary.problems), 'failure')}. The archive is {folder.path}; "
                   f"look at it with: stoppress serve --archive {folder.path}")  # fmt: skip


def wait_for_interrupt() -> None:
    """Return at SIGINT or SIGTERM."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.default_int_handler)
    try:
        signal.pause()
    except KeyboardInterrupt:
        click.echo("", err=True)
