"""What markup and JSON would cost to read, told from their characters before anything is built of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

# libxml2 spends some 200 bytes on an element and its text, and 16 MiB of the densest real page hold 305,000 opening brackets.
_MOST_TAGS = 350_000
_MOST_ATTRIBUTES = 1_000_000  # counted high, by what parts them
# It compares each attribute of an element with all before it: 40,000 take 18 seconds. The most in the corpus is 29.
_MOST_OF_ONE = 100
_SHORTEST_TAG = 2  # bytes: <p
_ESCAPED = (b"\\u003c", b"\\u003C", b"&lt;")
_SHORTEST_ESCAPED = 4
_SHORT = 2000  # bytes; below it no element costs a millisecond
_LONG = 2_000_000  # bytes; below it there is no room for too many attributes
_BARE_TAG = 8  # bytes; there is no room for attributes that would matter
_LONG_TAG = 2 * _MOST_OF_ONE  # an attribute and what parts it from the next take two bytes at least
# What is read as an opening tag, with quoted values in whole; what follows `<` in a script may look like one. The space of
# HTML is written out: with the class for it, each character would be asked one by one, and a vertical tab would be space.
_SPACE = rb" \t\n\r\f"
_VALUE = rb"""(?:[%(s)b]*+=[%(s)b]*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^%(s)b>"'][^%(s)b>]*+|))?+""" % {b"s": _SPACE}
_ONE = rb"[%(s)b/]*+[^%(s)b/>][^%(s)b/>=]*+%(value)b" % {b"s": _SPACE, b"value": _VALUE}
_NAME = rb"[a-zA-Z][^%(s)b/>]*+" % {b"s": _SPACE}
_ATTRIBUTE = re.compile(_ONE)
_TAG = re.compile(rb"<%(name)b(?:%(one)b)*+" % {b"name": _NAME, b"one": _ONE})
_BEGINNING = re.compile(rb"<(%(name)b)(?:%(one)b){0,%(most)d}+(%(one)b)?" % {b"name": _NAME, b"one": _ONE, b"most": _MOST_OF_ONE})
# What may begin such a tag: all but those that are seen to end with few attributes, all of them as they are usually written. A
# value is read to its quote, so that a `>` in it ends nothing; one that is long and may be JSON is a reason to look at the tag.
_LONG_VALUE = 600  # bytes
_USUAL_NAME = rb"[^%(s)b/><=]{1,40}+" % {b"s": _SPACE}
_QUOTED = rb"""="(?:[^"]{0,%(long)d}+"|(?![%(s)b]{0,99}[\[{])[^"]*+")|='[^']{0,%(long)d}+'""" % {b"s": _SPACE, b"long": _LONG_VALUE}
_USUAL_VALUE = rb"""%(quoted)b|=[^%(s)b>'"<][^%(s)b><]{0,400}+""" % {b"s": _SPACE, b"quoted": _QUOTED}
_USUAL = rb"(?:[%(s)b]{1,40}+%(name)b(?:%(value)b)?+){0,16}+" % {b"s": _SPACE, b"name": _USUAL_NAME, b"value": _USUAL_VALUE}
# Most attributes are ` name="value"`: those are passed at two thirds of what it costs to ask for all that may be written.
_PLAINEST = rb"""(?: [a-z-]{1,40}+="[^"]{0,%(long)d}+"){0,16}+""" % {b"long": _LONG_VALUE}
_SUSPECT = re.compile(
    rb"<[a-zA-Z](?!(?:%(name)b)?+%(plainest)b(?:>|%(usual)b[%(s)b]{0,40}+/?>))"
    % {b"name": _USUAL_NAME, b"plainest": _PLAINEST, b"usual": _USUAL, b"s": _SPACE}
)
_LONG_JSON = re.compile(rb"""=\s{0,3}(?:"\s{0,99}[\[{][^"]{600}|'\s{0,99}[\[{][^']{600})""")
_READ_AGAIN = 10  # times the length of a body that its tags are read for attributes; tags in tags are an attack
_SWALLOWED = 10_000  # bytes of a tag; a quote that a script leaves open may hold all tags behind it
MANY_OF_ONE = f"at most {_MOST_OF_ONE} attributes of one element, found more"
# Stands for `<` where a script holds what looks like a tag: `for(i=0;i<n && ...`. From the private use area, which no script uses.
DEFUSED = "\uf8f3"
_OPENING = re.compile(rb"<(?=[a-zA-Z])")

# Python spends some 200 bytes on an object or list of one value, and 60 on a short value.
_CONTAINER, _VALUE_BYTES = 200, 60
MOST_JSON = 75_000_000  # bytes of memory; a state of 16 MiB with 150,000 records needs 66 million
_SHORT_JSON = 200_000  # characters; below it no JSON is large


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """Where tags of too many attributes stand in a page, and whether an attribute of any may hold JSON of some length."""

    crowded: tuple[tuple[int, int], ...] = ()
    holds_json: bool = False


def too_heavy(body: bytes) -> str | None:
    """Return why markup is not to be parsed, in words that follow "expected", or None if it can be.

    >>> too_heavy(b"<p>" * 1_000_000)
    'at most 350,000 tags, found 1,000,000'
    """
    return too_many(body) or (MANY_OF_ONE if crowded(body) else None)


def crowded(body: bytes) -> list[tuple[int, int]]:
    """Return where what reads as a tag of too many attributes stands: an attack, or the `<` of a comparison in a script."""
    return list(weighed(body).crowded)


def weighed(body: bytes) -> Weighed:
    """Return what the tags of a page are found to be by one look at the beginning of each."""
    if len(body) < _SHORT:
        return Weighed(holds_json=len(body) > _LONG_VALUE)
    places: list[tuple[int, int]] = []
    holds_json = False
    left = _READ_AGAIN * len(body)
    known = 0  # up to here there is nothing new to find: what is read, or the name of a tag
    for suspect in _SUSPECT.finditer(body):
        start = suspect.start()
        if start < known:
            continue
        tag = _BEGINNING.match(body, start)
        assert tag
        known = tag.end(1)
        end = tag.end()
        left -= end - start
        if left < 0:
            return Weighed(crowded=((0, len(body)),), holds_json=True)
        if tag[2] is not None:
            whole = _TAG.match(body, start)
            assert whole
            places.append(whole.span())
            known = whole.end()
        elif end - start > _LONG_VALUE and not holds_json:
            holds_json = _LONG_JSON.search(body, start, end) is not None
    return Weighed(crowded=tuple(places), holds_json=holds_json or bool(places))


def too_many(body: bytes) -> str | None:
    """Return why markup is not to be parsed for its tags and attributes in all."""
    many = too_many_tags(body)
    if many or len(body) <= _LONG:
        return many
    total = 0
    left = _READ_AGAIN * len(body)
    tag = _TAG.search(body)
    while tag:
        length = tag.end() - tag.start()
        if length > _BARE_TAG:
            total += sum(tag[0].count(sign) for sign in (b" ", b"/", b"\n", b"\t")) if length <= _LONG_TAG else _count(tag[0])
        left -= length
        if total > _MOST_ATTRIBUTES or left < 0:
            return f"at most {_MOST_ATTRIBUTES:,} attributes, found more"
        tag = _TAG.search(body, tag.end() if length <= _SWALLOWED else tag.start() + _SHORTEST_TAG)
    return None


def defused(body: bytes, places: Sequence[tuple[int, int]]) -> bytes:
    """Return a body in which the tags found by `crowded` are none: a sign of the private use area stands for their `<`."""
    parts: list[bytes] = []
    done = 0
    for start, end in places:
        parts += (body[done:start], _OPENING.sub(DEFUSED.encode(), body[start:end]))
        done = end
    return b"".join((*parts, body[done:]))


def _count(tag: bytes) -> int:
    return sum(1 for _ in islice(_ATTRIBUTE.finditer(tag, 1), _MOST_OF_ONE + 2)) - 1  # the first is the rest of its name


def too_many_tags(body: bytes) -> str | None:
    """Return the same for markup of any format, also escaped in JSON, counted without looking closer."""
    if len(body) < _SHORTEST_TAG * _MOST_TAGS:
        return None
    tags = body.count(b"<")
    if tags + len(body) // _SHORTEST_ESCAPED > _MOST_TAGS:  # else there is no room for so many
        tags += sum(body.count(sign) for sign in _ESCAPED)
    return f"at most {_MOST_TAGS:,} tags, found {tags:,}" if tags > _MOST_TAGS else None


def json_weight(text: str) -> int:
    """Return about how many bytes of memory a JSON text takes once it is read, counted high; 0 for a short one."""
    if len(text) < _SHORT_JSON:
        return 0
    return _CONTAINER * (text.count("{") + text.count("[")) + _VALUE_BYTES * text.count(",")
