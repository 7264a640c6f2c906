"""Lists of addresses as people keep them: one a line, or the first column of a table."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TextIO

from archive.errors import AddressError
from archive.watches import watched_url

_HEADINGS = ("url", "urls", "address", "addresses", "link", "links")
_SEPARATORS = ",;\t"


def listed(files: Iterable[TextIO]) -> list[str]:
    """Return the addresses in text files, as written there and each once.

    One a line, what follows a space is left out; or the first column of a table (a file named .csv or .tsv, or any whose first line begins
    with a heading such as `url,`). Empty lines and those that begin with # are no addresses.

    Raises AddressError for the first line that has none, with the file and its number.
    """
    found: dict[str, None] = {}
    for file in files:
        for number, address in _first_cells(file):
            try:
                watched_url(address)
            except AddressError as error:
                raise AddressError(f"{file.name}, line {number}: {error}") from error
            found[address] = None
    return list(found)


def _first_cells(file: TextIO) -> Iterator[tuple[int, str]]:
    first = file.readline().removeprefix("\ufeff")
    separator = _separator(first, file.name)
    lines = chain([first], file)
    cells: Iterable[tuple[int, str]]
    if separator:
        cells = _rows(lines, separator, file.name)
    else:
        cells = ((number, line.split(maxsplit=1)[0] if line.strip() else "") for number, line in enumerate(lines, start=1))
    for number, cell in cells:
        address = cell.strip()
        if address and not address.startswith("#") and not (number == 1 and address.lower() in _HEADINGS):
            yield number, address


def _rows(lines: Iterable[str], separator: str, name: str) -> Iterator[tuple[int, str]]:
    rows = csv.reader(lines, delimiter=separator)
    try:
        for row in rows:
            yield rows.line_num, row[0] if row else ""
    except csv.Error as error:
        raise AddressError(f"{name}, line {rows.line_num}: expected a row of a table, found one that cannot be read ({error})") from error


def _separator(line: str, name: str) -> str | None:
    """What stands between the columns; None for a plain list, whose addresses may have commas in them."""
    heading = line.strip().lower().split("\t")[0].split(",")[0].split(";")[0].strip(' "')
    if heading not in _HEADINGS and not name.lower().endswith((".csv", ".tsv")):
        return None
    return min((mark for mark in _SEPARATORS if mark in line), key=line.index, default=",")
