"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

DEFAULT_ARCHIVE = "stoppress-archive"
ROLES = ("scheduler", "fetcher", "recorder")

archive_option = click.option(
    "--archive",
    "archive_path",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="STOPPRESS_ARCHIVE",
    default=DEFAULT_ARCHIVE,
    show_default=True,
    help="The archive's folder.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
contact_option = click.option(
    "--contact",
    envvar="STOPPRESS_CONTACT",
    default="",
    help="An e-mail or web address publishers can reach you at; part of the user agent.",
)
list_option = click.option(
    "--from",
    "lists",
    type=click.File("r", encoding="utf-8"),
    multiple=True,
    metavar="FILE",
    help="A file with one address a line, or in the first column of a table (- for standard input).",
)
queue_option = click.option(
    "--queue",
    envvar="STOPPRESS_QUEUE",
    metavar="URL",
    help="Redis, where machines share the work: redis://:PASSWORD@host:6379/0, or rediss:// for TLS.",
)
