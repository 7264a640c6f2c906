"""Lists of addresses as people keep them."""

from __future__ import annotations

import io

import pytest

from archive.errors import AddressError
from crawler.addresses import listed

A, B = "https://times.example/a", "https://times.example/0,1518,b,00.html"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.txt", f"{A}\n{B}\n"),
        ("list.txt", f"\ufeff# mine\n\n  {A}  what it is about\r\n{B}\r\n{A}\n"),
        ("<stdin>", f"{A}\n{B}"),
        ("list.txt", f"{A}\tStorm\n{B}\tFlood\n"),
        ("list.csv", f'{A},Storm\n"{B}","Flood, the first day"\n'),
        ("<stdin>", f'URL;Titel\n{A};Sturm\n"{B}";"Flut; Tag 1"\n'),
        ("list.tsv", f"address\ttitle\n{A}\tStorm\n{B}\tFlood\n"),
        ("list.csv", f'\ufeff"url","title"\n"{A}","Storm\nin two lines"\n"{B}",\n'),
        ("list.csv", f'url\n{A}\n"{B}"\n'),
    ],
)
def test_one_a_line_or_the_first_column(name: str, text: str) -> None:
    file = io.StringIO(text)
    file.name = name
    assert listed([file]) == [A, B]


def test_the_line_that_is_wrong_is_named() -> None:
    file = io.StringIO(f'url,title\n{A},"Storm\nin two lines"\ntimes.example/b,Flood\n')
    file.name = "list.csv"
    with pytest.raises(AddressError, match=r"^list\.csv, line 4: expected an http or https address, found 'times\.example/b'$"):
        listed([file])


def test_a_table_that_cannot_be_read_is_said() -> None:
    file = io.StringIO(f'url,title\n{A},"{"x" * 200_000}"\n')
    file.name = "list.csv"
    with pytest.raises(AddressError, match=r"^list\.csv, line 2: expected a row of a table, found one that cannot be read"):
        listed([file])
