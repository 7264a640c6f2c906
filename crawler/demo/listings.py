"""The pages that lead to others: front pages, feeds, news sitemaps, robots.txt; and the ordinary reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import escape

from crawler.demo.day import Article, Story, articles, stories
from crawler.demo.markup import canonical, document, json_ld, long_date, paragraphs
from crawler.demo.press import NEWSPAPERS, Newspaper

# Makes a path of a newspaper an address with the port the request came on.
Address = Callable[[Newspaper, str], str]

_LIVE = {"en": "Live", "fr": "En direct"}
# The bare host is nobody's newspaper, but it has a look.
KIOSK = Newspaper(label="", name="The Kiosk", motto="Today's papers of the Vale coast", colour="#333333")


def stories_of(newspaper: Newspaper, now: datetime) -> tuple[Story, ...]:
    """The live pages a newspaper has put up."""
    return tuple(story for story in stories() if story.publisher == newspaper.label and story.starts <= now)


def articles_of(newspaper: Newspaper, now: datetime) -> tuple[Article, ...]:
    return tuple(article for article in articles() if article.publisher == newspaper.label and article.published <= now)


def front_page(newspaper: Newspaper, address: Address, now: datetime) -> str:
    """Return a newspaper's front page: what is live, then the day's reports."""
    feed = f'<link rel="alternate" type="application/atom+xml" href="{address(newspaper, "/feed.xml")}">'
    body = f'<p class="label">{long_date(now)}</p>\n{_contents(newspaper, address, now)}'
    return document(newspaper, title=newspaper.name, body=body, head=feed)


def kiosk(address: Address, now: datetime) -> str:
    """Return the page of the bare host, which leads to every newspaper."""
    parts = [f'<p class="label">{long_date(now)}</p>']
    for newspaper in NEWSPAPERS:
        parts.append(f'<h2><a href="{address(newspaper, "/")}">{escape(newspaper.name)}</a></h2>')
        parts.append(_contents(newspaper, address, now))
    return document(KIOSK, title="Today's papers", body="\n".join(parts))


def _contents(newspaper: Newspaper, address: Address, now: datetime) -> str:
    live = _LIVE[newspaper.language]
    items = [
        f'<li><strong class="label">{live}</strong> <a href="{escape(address(newspaper, story.path))}">{escape(story.title)}</a></li>'
        for story in stories_of(newspaper, now)
    ]
    items += [
        f'<li><a href="{escape(address(newspaper, article.path))}">{escape(article.title)}</a></li>'
        for article in articles_of(newspaper, now)
    ]
    return "<ul>\n" + "\n".join(items) + "\n</ul>"


def article_page(article: Article, newspaper: Newspaper, url: str) -> str:
    """Return an ordinary report, with the structured data of one."""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "url": url,
        "headline": article.title,
        "datePublished": article.published.astimezone(newspaper.zone).isoformat(),
    }
    byline = f'<p class="byline">{escape(article.byline)}</p>\n' if article.byline else ""
    body = f"<h1>{escape(article.title)}</h1>\n{byline}{paragraphs(article.paragraphs)}"
    return document(newspaper, title=article.title, body=body, head=canonical(url) + "\n" + json_ld(data))


def feed(newspaper: Newspaper, address: Address, now: datetime) -> str:
    """Return an Atom feed of the newspaper's live pages and reports."""
    entries = [(f"{_LIVE[newspaper.language]}: {s.title}", s.path, s.changed(now), s.standfirst) for s in stories_of(newspaper, now)]
    entries += [(a.title, a.path, a.published, a.paragraphs[0]) for a in articles_of(newspaper, now)]
    updated = max((changed for _, _, changed, _ in entries), default=now)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{newspaper.language}">',
        f"<title>{escape(newspaper.name)}</title>",
        f"<id>{escape(address(newspaper, '/'))}</id>",
        f"<author><name>{escape(newspaper.name)}</name></author>",
        f"<updated>{updated.isoformat()}</updated>",
    ]
    for title, path, changed, summary in entries:
        url = escape(address(newspaper, path))
        lines.append(
            f'<entry><title>{escape(title)}</title><link href="{url}"/><id>{url}</id>'
            f"<updated>{changed.isoformat()}</updated><summary>{escape(summary)}</summary></entry>"
        )
    return "\n".join([*lines, "</feed>", ""])


def sitemap(newspaper: Newspaper, address: Address, now: datetime) -> str:
    """Return a news sitemap of the same pages."""
    entries = [(s.title, s.path, s.starts, s.changed(now)) for s in stories_of(newspaper, now)]
    entries += [(a.title, a.path, a.published, a.published) for a in articles_of(newspaper, now)]
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">',
    ]
    for title, path, published, changed in entries:
        lines.append(
            f"<url><loc>{escape(address(newspaper, path))}</loc><lastmod>{changed.isoformat()}</lastmod><news:news><news:publication>"
            f"<news:name>{escape(newspaper.name)}</news:name><news:language>{newspaper.language}</news:language></news:publication>"
            f"<news:publication_date>{published.isoformat()}</news:publication_date><news:title>{escape(title)}</news:title>"
            f"</news:news></url>"
        )
    return "\n".join([*lines, "</urlset>", ""])


def robots(newspaper: Newspaper, address: Address) -> str:
    return f"User-agent: *\nDisallow: /letters/\n\nSitemap: {address(newspaper, '/sitemap-news.xml')}\n"


def missing_page(newspaper: Newspaper) -> str:
    return document(newspaper, title="Not here", body='<h1>Not here</h1>\n<p>There is no such page. <a href="/">Front page</a></p>')
