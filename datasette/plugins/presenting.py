"""What our templates may call: times in words, marked words, safe markup, addresses of the site."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, urlencode

from datasette import hookimpl
from jinja2 import Environment
from markupsafe import Markup, escape

from archive import present
from archive.chart import Chart
from archive.diff import Change
from archive.normalise import safe_html
from archive.reading import SHORTENED
from archive.refine import with_filter
from archive.search import MARK_END, MARK_START

_STATIC = Path(__file__).resolve().parent.parent / "static"
_MARKED = re.compile(f"{MARK_START}([^{MARK_START}{MARK_END}]*){MARK_END}")
_EMPTY_LINK = re.compile(r"<a [^>]*>(?:\s|&nbsp;|<br>)*</a>")
# A bar, and behind it one as high as the picture, so that a low one can be hit.
_BAR = (
    '<a href="%s" tabindex="-1"><title>%s: %s</title><rect class="hit" x="%d" y="0" width="10" height="60"/>'
    '<rect class="bar" x="%d" y="%d" width="8" height="%d"/></a>'
)
_ROW = '<tr><th scope="row"><a href="%s">%s</a></th><td class="number">%s</td></tr>'
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    env.filters.update(
        marked=marked,
        stored_html=stored_html,
        paragraphs=paragraphs,
        changes=changes,
        web_address=present.web_address,
        edited=present.edited,
        month=present.month_in_words,
        language=language,
        shortened=shortened,
        beginning=beginning,
        bytes=in_bytes,
    )
    env.globals.update(
        moment=present.moment,
        published_basis=present.published_basis,
        search_path=search_path,
        page_path=page_path,
        bar_links=bar_links,
        asset=asset,
    )


def marked(text: str | None) -> Markup:
    """A title or snippet with the words found in `<mark>`: escaped first, so nothing from the archive is markup."""
    escaped = _MARKED.sub(r"<mark>\1</mark>", str(escape(text or "")))
    return Markup(escaped.replace(MARK_START, "").replace(MARK_END, ""))  # noqa: S704


def stored_html(html: str) -> Markup:
    """An entry's markup, sanitised once more: something else may have written the file. A link without words leads nobody anywhere."""
    return Markup(_EMPTY_LINK.sub("", safe_html(html)))  # noqa: S704


def paragraphs(text: str | None) -> list[list[str]]:
    """Plain text as paragraphs of lines."""
    return [part.strip().split("\n") for part in re.split(r"\n{2,}", text or "") if part.strip()]


def changes(runs: Iterable[Change]) -> Markup:
    """The runs of one side of a comparison, what went in `<del>` and what came in `<ins>`."""
    tags = {"delete": "<del>%s</del>", "insert": "<ins>%s</ins>"}
    return Markup("").join(Markup(tags.get(run.kind, "%s")) % run.text for run in runs)  # noqa: S704


def language(value: str | None) -> str | None:
    """A language for the `lang` attribute, or None if it is no such thing."""
    return value if value and _LANGUAGE.fullmatch(value) else None


def shortened(text: str | None, words: int = 14) -> str:
    parts = (text or "").split(None, words)
    return " ".join(parts[:words])[:160] + (" \u2026" if len(parts) > words else "")


def beginning(text: str, characters: int = SHORTENED) -> str:
    """The beginning of a long text, to the end of a word."""
    return text if len(text) <= characters else text[:characters].rsplit(None, 1)[0] + " \u2026"


def in_bytes(size: float) -> str:
    """A size in the largest unit that leaves a number a person can picture."""
    units = ["bytes", "kB", "MB", "GB", "TB"]
    step = 0
    while size >= 1000 and step < len(units) - 1:
        size, step = size / 1000, step + 1
    return f"{size:,.1f} {units[step]}" if step > 1 and size < 100 else f"{size:,.0f} {units[step]}"


def search_path(q: str, **more: object) -> str:
    """The address of a search; `more` are other parameters, left out if empty."""
    return "/search?" + urlencode({"q": q, **{name: value for name, value in more.items() if value}})


def bar_links(chart: Chart, q: str, base: str = "") -> tuple[Markup, Markup]:
    """The bars of a chart, oldest first, and the rows of the table that says the same, newest first: each leads to the search narrowed to
    its day, month or year. `base` stands before the addresses.

    Made here, in one go: a template takes longer for a hundred bars than the search.
    """
    ending = "since%3A0+until%3A0"
    start = escape(base + search_path(with_filter(with_filter(q, "since", "0"), "until", "0")).removesuffix(ending))
    links = [(bar, f"{start}since%3A{bar.period}+until%3A{bar.period}", f"{bar.count:,}") for bar in chart.filled]
    drawn = [_BAR % (to, bar.name, count, bar.x - 1, bar.x, bar.y, bar.height) for bar, to, count in links]
    rows = [_ROW % (to, bar.name, count) for bar, to, count in reversed(links)]
    return Markup("".join(drawn)), Markup("".join(rows))  # noqa: S704


def page_path(kind: str, slug: str) -> str:
    """The address of an entry, live blog or publisher."""
    return f"/{kind}/{quote(slug, safe='')}"


def asset(name: str) -> str:
    """The address of a file of ours, new whenever its content is."""
    return f"/static/{name}?{hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:8]}"
