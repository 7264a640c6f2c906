"""What `stoppress replay` prints."""

from __future__ import annotations

from dataclasses import asdict

import click

from archive.differences import Differences
from crawler.console import plural, print_json


def replayed(found: Differences, *, applied: bool, as_json: bool) -> None:
    """Print what the captures, read again, say otherwise than the archive."""
    if as_json:
        print_json({**asdict(found), "is_equal": found.is_equal, "applied": applied})
        return
    click.echo(
        ", ".join(f"{plural(new, table[:-1].replace('_', ' '), table.replace('_', ' '))}" for table, (_, new) in found.counts.items())
    )
    if found.waiting:
        click.echo(f"{plural(found.waiting, 'capture')} not recorded yet; the next command that writes records them", err=True)
    if found.is_equal and not found.captures:
        click.echo(f"Read again, the captures give the same archive: nothing {'was' if applied else 'would be'} changed.")
        return
    click.echo(f"{plural(found.new, 'entry', 'entries')} new, {found.gone:,} gone, {found.changed:,} changed;"
               f" {plural(found.wordings, 'earlier wording')} and {plural(found.live_blogs, 'live blog')} different")  # fmt: skip
    for name, count in found.fields.most_common():
        click.echo(f"  {name}: {plural(count, 'entry', 'entries')}")
    for change, count in found.captures.most_common():
        click.echo(f"  read as {change}: {plural(count, 'capture')}")
    for table, (old, new) in found.counts.items():
        if old != new:
            click.echo(f"  {table.replace('_', ' ')}: {old:,} -> {new:,}")
    for example in found.examples:
        click.echo(f"  {example.key} {example.field}: {example.old!r} -> {example.new!r}")
    click.echo("The archive was replaced by this." if applied else "Nothing was changed; `stoppress replay --apply` takes it over.")
