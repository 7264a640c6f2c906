"""Which responses can hold updates: HTML, JSON, XML and text can, pictures, scripts, styles, fonts and video can't."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_UNSTATED = ("", "application/octet-stream", "binary/octet-stream", "application/unknown", "application/x-unknown", "unknown/unknown")
_TEXT_WITHOUT_UPDATES = ("css", "javascript", "ecmascript", "x-javascript", "jscript", "vtt", "calendar", "vcard", "x-vcard")
_READABLE = re.compile(r"application/(?:[\w.-]+\+)?(?:json|xml|xhtml|html|x-json)")
# /img/a.png, /static/app.min.js: an error page in the place of one of these is no poll of a live page.
_ASSET = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|svg|ico|css|m?js|map|woff2?|ttf|otf|eot|mp[34]|m4[av]|webm|m3u8|ts|ogg|pdf|zip)\Z", re.I)
# The bytes that text has not, by the rules browsers sniff with.
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def may_hold_updates(address: str, content_type: str, body: bytes, *, status: int = 200) -> bool:
    """Return whether a response is worth keeping, by its stated type, else by its first bytes.

    >>> may_hold_updates("https://times.example/live/storm", "text/html; charset=utf-8", b"<p>")
    True
    >>> may_hold_updates("https://times.example/app.js", "application/javascript", b"go()")
    False
    >>> may_hold_updates("https://times.example/logo", "", b"\\x89PNG")
    False
    """
    path = urlsplit(address).path
    if path == "/robots.txt" or (status >= 400 and _ASSET.search(path, max(len(path) - 6, 0))):
        return False
    stated = content_type.split(";")[0].strip().lower()
    if stated in _UNSTATED:
        return media_type(body) != "application/octet-stream"
    main, _, sub = stated.partition("/")
    return (main == "text" and sub not in _TEXT_WITHOUT_UPDATES) or bool(_READABLE.fullmatch(stated))


def media_type(body: bytes) -> str:
    """Return what a body without a stated type is, told from its first bytes.

    >>> media_type(b"<!doctype html>"), media_type(b' {"a": 1}'), media_type(b"Noon: rain."), media_type(b"\\x89PNG")
    ('text/html', 'application/json', 'text/plain', 'application/octet-stream')
    """
    start = body[:2048]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        start = start.decode("utf-16", "ignore").encode("utf-8", "ignore")
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if _BINARY.search(start) or start.startswith((b"%pdf-", b"\x89png", b"gif8", b"\xff\xd8\xff", b"\x1f\x8b")):
        return "application/octet-stream"
    if start.startswith((b"{", b"[")):
        return "application/json"
    if start.startswith(b"<?xml") and b"<html" not in start:
        return "application/xml"
    return "text/html" if start.startswith(b"<") or b"<html" in start or b"<body" in start else "text/plain"
