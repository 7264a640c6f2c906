"""What markup and JSON would cost to read, told from their characters before anything is built of them. Pure."""

from __future__ import annotations

import re
from itertools import islice

# libxml2 spends some 200 bytes on an element and its text, and 16 MiB of the densest real page hold 305,000 opening brackets.
_MOST_TAGS = 350_000
_MOST_ATTRIBUTES = 1_000_000  # counted high, by what parts them
# It compares each attribute of an element with all before it: 40,000 take 18 seconds. The most in the corpus is 29.
_MOST_OF_ONE = 100
_SHORT = 2000  # bytes; below it no element costs a millisecond
_LONG = 2_000_000  # bytes; below it there is no room for too many attributes
_BARE_TAG = 8  # bytes; there is no room for attributes that would matter
_LONG_TAG = 2 * _MOST_OF_ONE  # an attribute and what parts it from the next take two bytes at least
# What is read as an opening tag, with quoted values in whole; what follows `<` in a script may look like one.
_VALUE = rb"""(?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>"'][^\s>]*+|))?+"""
_ATTRIBUTE = re.compile(rb"[\s/]*+[^\s/>][^\s/>=]*+" + _VALUE)
_TAG = re.compile(rb"<([a-zA-Z][^\s/>]*+)(?:[\s/]*+[^\s/>][^\s/>=]*+" + _VALUE + rb")*+")
_WHOLE_TAG = re.compile(rb"<[a-zA-Z][^\s/>]*+(?:[\s/]*+[^\s/>][^\s/>=]*+" + _VALUE + rb")*+")
_RAW = (b"script", b"style")  # tags in these are none; what holds JSON may look like ten thousand attributes

# Python spends some 200 bytes on an object or list of one value, and 60 on a short value.
_CONTAINER, _VALUE_BYTES = 200, 60
MOST_JSON = 75_000_000  # bytes of memory; a state of 16 MiB with 150,000 records needs 66 million
_SHORT_JSON = 200_000  # characters; below it no JSON is large


def too_heavy(body: bytes) -> str | None:
    """Return why markup is not to be parsed, in words that follow "expected", or None if it can be.

    >>> too_heavy(b"<p>" * 1_000_000)
    'at most 350,000 tags, found 1,000,000'
    """
    if len(body) < _SHORT:
        return None
    many = too_many_tags(body)
    if many:
        return many
    if len(body) <= _LONG and not any(_has_many(tag) for tag in _WHOLE_TAG.findall(body) if len(tag) > _LONG_TAG):
        return None  # nearly every page; the way below asks the same of each tag, at a third of what a parse costs
    total = 0
    raw_until = -1
    for tag in _TAG.finditer(body):
        if tag.start() < raw_until:
            continue
        name = tag[1].lower()
        if name in _RAW:
            raw_until = body.find(b"</" + name, tag.end())
            raw_until = len(body) if raw_until < 0 else raw_until
        length = tag.end() - tag.start()
        if length > _LONG_TAG:
            count = sum(1 for _ in islice(_ATTRIBUTE.finditer(body, tag.end(1), tag.end()), _MOST_OF_ONE + 1))
            total += count
            if count > _MOST_OF_ONE:
                return f"at most {_MOST_OF_ONE} attributes of one element, found more"
        elif length > _BARE_TAG and len(body) > _LONG:
            text = tag[0]
            total += text.count(b" ") + text.count(b"/") + text.count(b"\n") + text.count(b"\t")
        if total > _MOST_ATTRIBUTES:
            return f"at most {_MOST_ATTRIBUTES:,} attributes, found more"
    return None


def _has_many(tag: bytes) -> bool:
    return sum(1 for _ in islice(_ATTRIBUTE.finditer(tag, 1), _MOST_OF_ONE + 2)) > _MOST_OF_ONE


def too_many_tags(body: bytes) -> str | None:
    """Return the same for markup of any format, also escaped in JSON, counted without looking closer."""
    if len(body) < _MOST_TAGS:
        return None
    tags = sum(body.count(sign) for sign in (b"<", b"\\u003c", b"\\u003C", b"&lt;"))
    return f"at most {_MOST_TAGS:,} tags, found {tags:,}" if tags > _MOST_TAGS else None


def json_weight(text: str) -> int:
    """Return about how many bytes of memory a JSON text takes once it is read, counted high; 0 for a short one."""
    if len(text) < _SHORT_JSON:
        return 0
    return _CONTAINER * (text.count("{") + text.count("[")) + _VALUE_BYTES * text.count(",")
