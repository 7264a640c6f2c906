"""What markup would cost, told from its characters: nothing that the parser finds to be too much passes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from archive.parsing import html_parser
from archive.weighing import weighed

LONG = "x" * 700
USUAL = (
    ' class="x"', ' id="a b"', f' title="{LONG}"', f' imageSet="{LONG}"', f' data-a="  {{{LONG}"', f" data-b='[{LONG}'", " async",
    " width=1", ' alt="a > b"', "\n",
)  # fmt: skip
ODD = (" ", "/", '"', "'", "=", '="', "='", ">", "<", "<p", "</p>", "=b", "b", '"x>y"', " y='", ' ="', " y=' \">", "-->", '<b c="')
MANY = "".join(f" a{number}" for number in range(101))
JSON = etree.XPath("//@*[string-length(.) > 600 and (starts-with(normalize-space(.), '{') or starts-with(normalize-space(.), '['))]")
few = st.lists(st.sampled_from(USUAL), max_size=3).map("".join)
odd = st.lists(st.sampled_from(ODD), max_size=3).map("".join)


@settings(max_examples=1000, deadline=None)
@given(few, odd, few, st.sampled_from([MANY, ""]), odd)
def test_what_the_parser_would_find_is_told_before(before: str, between: str, behind: str, many: str, last: str) -> None:
    body = f"<html><body><p{before}{between}{behind}{many}{last}>{' ' * 2000}".encode()
    root = etree.fromstring(body, html_parser("utf-8"))
    found = weighed(body)
    if max((len(element.keys()) for element in root.iter(etree.Element)), default=0) > 100:
        assert found.crowded
    if JSON(root):
        assert found.holds_json
