"""What the pages of the sample site have in common as HTML: the frame, the look, escaped paragraphs and dates."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from html import escape
from string import Template
from typing import Any

from crawler.demo.press import Newspaper

_FRAME = Template("""<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title | $name</title>
<style>
:root { --ink: #1b1b1b; --mark: $colour; }
body { margin: 0; color: var(--ink); background: #fbfaf7; font: 1.05rem/1.55 $font; }
.masthead { border-top: 6px solid var(--mark); border-bottom: 1px solid #ccc; padding: 1rem; text-align: center; }
.masthead a { color: var(--mark); font-size: 2rem; font-weight: bold; text-decoration: none; }
.masthead div { color: #666; font-size: .85rem; }
main { max-width: 42rem; margin: 0 auto; padding: 1rem; }
h1 { line-height: 1.2; }
h2 { margin: 1.6rem 0 .3rem; line-height: 1.3; font-size: 1.25rem; }
a { color: var(--mark); }
article { border-top: 1px solid #ddd; padding-top: .6rem; margin-top: 1.2rem; }
.pinned { background: #f1ede2; border: 1px solid #ddd; padding: .6rem 1rem; }
.standfirst { font-size: 1.15rem; color: #444; }
.byline, .label, time, footer { color: #666; font-size: .85rem; }
blockquote { margin: .6rem 0; padding-left: 1rem; border-left: 4px solid var(--mark); }
.advertisement { margin: 1.2rem 0; padding: 1.2rem; text-align: center; background: #eee; color: #888; font-size: .75rem; }
</style>
$head
</head>
<body>
<header class="masthead"><a href="/">$name</a><div>$motto</div></header>
<main>
$body
</main>
</body>
</html>
""")


def document(newspaper: Newspaper, *, title: str, body: str, head: str = "") -> str:
    """Return a whole page in the newspaper's look. `body` and `head` are markup, the rest is text."""
    return _FRAME.substitute(
        language=newspaper.language,
        title=escape(title),
        name=escape(newspaper.name),
        motto=escape(newspaper.motto),
        colour=newspaper.colour,
        font=newspaper.font,
        head=head,
        body=body,
    )


def paragraphs(texts: Iterable[str]) -> str:
    return "\n".join(f"<p>{escape(text, quote=False)}</p>" for text in texts)


def canonical(url: str) -> str:
    return f'<link rel="canonical" href="{escape(url)}">'


def json_ld(value: dict[str, Any]) -> str:
    """Return a structured-data script. `</` is written `<\\/`, so that no text can end the script."""
    text = json.dumps(value, ensure_ascii=False, indent=1).replace("</", "<\\/")
    return f'<script type="application/ld+json">\n{text}\n</script>'


def clock(instant: datetime, newspaper: Newspaper, mark: str = ":") -> str:
    """Return the time of day as the newspaper prints it: `20:15`, or `20.15` with a full stop for a mark."""
    return instant.astimezone(newspaper.zone).strftime(f"%H{mark}%M")


def long_date(instant: datetime) -> str:
    """Return a day in English words: `Tuesday 3 March 2026`."""
    return f"{instant:%A} {instant.day} {instant:%B} {instant.year}"
