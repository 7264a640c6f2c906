"""The values of schema.org data as publishers fill them in: text with stray escapes, names, types, languages. Pure."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from archive.errors import ExtractionError
from archive.model import When
from archive.normalise import html_to_text, one_line
from archive.times import from_epoch, from_iso

_MARKUP = re.compile(r"<(?:/?[a-z][a-z0-9]*\b|br)[^<>]{0,2000}>", re.I)
# Where the page puts an embed: [[ge:local:example:419430007]], [embed:12].
# Or a picture with its caption: [[(Example.Image2014v1) The pier]].
_PLACEHOLDER = re.compile(
    r"\[\[[\w.-]{1,40}:[\w:./ -]{1,120}\]\]|\[\[\([\w.-]{1,60}\)[^\[\]]{0,600}\]\]|\[(?:embed|image|video|gallery|tweet):[^\[\]]{1,120}\]",
    re.I,
)
# Markup taken away without a trace: "later this year.The flight", "of Amazon , the retailer".
# Each begins with the sign itself, not with what stands before it: so it is found ten times as fast.
_GLUED = re.compile(r"[.?!](?<=[a-z]{3}[.?!])(?:(?=[A-Z][a-z]{1,14} )|[\u201d\"](?=[\u201cA-Z][a-zA-Z]))")
_SPACED = re.compile(r" (?<=\w )(?=[,.](?:\s|$))")
_LONGEST = 500_000  # characters of one body


def types(item: dict[str, Any]) -> tuple[str, ...]:
    """The schema.org types of an object, without their address."""
    stated = item.get("@type")
    names = stated if isinstance(stated, list) else [stated]
    return tuple(str(name).rstrip("/").rsplit("/", 1)[-1].removeprefix("schema:") for name in names if name)


def body_of(item: dict[str, Any]) -> str | None:
    """The body of an update as found, without the marks where embeds stand; None if it is no text, as `{"@type": "Text"}`."""
    for key in ("articleBody", "text", "description"):
        value = item.get(key)
        if isinstance(value, dict):
            value = value.get("@value") or value.get("text") or value.get("value")
        if isinstance(value, list):
            value = "\n\n".join(part for part in value if isinstance(part, str))
        if isinstance(value, str) and value.strip():
            return _PLACEHOLDER.sub("", value[:_LONGEST])
    return None


def markup(raw: str | None) -> str | None:
    """The body as HTML if it holds markup, also escaped markup (`&lt;p&gt;`), else None."""
    if not raw:
        return None
    if _MARKUP.search(raw):
        return raw
    unescaped = unescape(raw)
    return unescaped if unescaped != raw and _MARKUP.search(unescaped) else None


def body_text(raw: str | None) -> str | None:
    """A body without markup, its lines as paragraphs; of a body in one line, those whose ends can still be seen."""
    if not raw or not raw.strip():
        return None
    lines = [line.strip() for line in unescaped(raw).replace("\r", "\n").split("\n")]
    lines = [_SPACED.sub("", line) if " ," in line or " ." in line else line for line in lines if line]
    return "\n\n".join(lines) if len(lines) != 1 else _GLUED.sub(r"\g<0>\n\n", lines[0])


def unescaped(text: str) -> str:
    """Text without HTML escapes."""
    # JSON needs no HTML escapes, yet some publishers escape once and others twice.
    for _ in range(2):
        if "&" not in text:
            break
        text = unescape(text)
    return text


def plain_text(value: Any) -> str | None:
    """A short text field without escapes and markup."""
    text = text_value(value)
    if text is None:
        return None
    text = unescaped(text)
    return html_to_text(text) if _MARKUP.search(text) else text


def text_value(value: Any) -> str | None:
    """A value as text: of a list the first, of an object its value or address; None for nothing."""
    if isinstance(value, str):
        return value if value and not value.isspace() else None
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("@value") or value.get("@id") or value.get("url")
    return str(value) if isinstance(value, (str, int, float)) and str(value).strip() else None


def byline(author: Any) -> str | None:
    """The credited people, comma-separated; an organisation stands where there is no byline and is none."""
    names: list[str] = []
    for item in author if isinstance(author, list) else [author]:
        if isinstance(item, dict):
            if "Organization" in types(item) or "NewsMediaOrganization" in types(item):
                continue
            name = item.get("name")
            item = ", ".join(str(n) for n in name) if isinstance(name, list) else name
        if isinstance(item, str) and item.strip() and "://" not in item:
            names.append(one_line(unescaped(item)) or "")
    return ", ".join(dict.fromkeys(name for name in names if name)) or None


def language(value: Any) -> str | None:
    """A language as a lower-case code of two or three letters."""
    text = text_value(value if not isinstance(value, dict) else value.get("alternateName") or value.get("name"))
    code = (text or "").strip().replace("_", "-").split("-")[0].lower()
    return code if code.isalpha() and len(code) in (2, 3) else None


def when(value: Any, zone: str | None) -> When | None:
    """A stated time: ISO in its shapes or Unix time, the publisher's zone where no offset is stated. None for nothing.

    Raises ExtractionError for anything else.
    """
    text = text_value(value)
    if text is None:
        return None
    if re.fullmatch(r"\d{10}(?:\d{3})?(?:\.\d+)?", text):
        return from_epoch(text)
    return from_iso(text, zone=zone)


def when_or_none(value: Any, zone: str | None) -> When | None:
    """As `when`, None for what is no time: the update matters more than its time."""
    try:
        return when(value, zone)
    except ExtractionError:
        return None
