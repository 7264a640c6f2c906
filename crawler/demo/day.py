"""The script of the sample day: what each live page shows at a moment, read from `stories/*.toml`.

A story file says when an update appears (`at`), the time it claims (`stated`, else `at`), when it is
withdrawn, while when it is pinned, and each edit as the words it turns `from` and `to`. Clock times are
London's. An edit back is written as an edit.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
DAY = date(2026, 3, 3)
OPENS = datetime.combine(DAY, time(6), LONDON)
CLOSES = datetime.combine(DAY, time(22), LONDON)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One update as readers see it at a moment. A quotation's last paragraph is its attribution.

    `posted` is when it was put up, `published` the time it claims, `updated` when its wording last
    changed (None: never).
    """

    id: str
    title: str | None
    byline: str | None
    kind: str
    paragraphs: tuple[str, ...]
    posted: datetime
    published: datetime
    updated: datetime | None = None
    pinned: bool = False

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, kw_only=True)
class Post:
    """One update through the day: each wording with the moment it begins, and when the update leaves."""

    wordings: tuple[tuple[datetime, Shown], ...]
    withdrawn: datetime | None = None
    pinned: tuple[datetime, datetime] | None = None

    def shown(self, now: datetime) -> Shown | None:
        """The update as it stands, or None before it appears and after it is withdrawn."""
        if self.withdrawn and now >= self.withdrawn:
            return None
        standing = [wording for since, wording in self.wordings if since <= now]
        if not standing:
            return None
        return replace(standing[-1], pinned=bool(self.pinned and self.pinned[0] <= now < self.pinned[1]))

    @property
    def moments(self) -> tuple[datetime, ...]:
        """When anything about the update changes."""
        return (*(since for since, _ in self.wordings), *(self.pinned or ()), *([self.withdrawn] if self.withdrawn else ()))


@dataclass(frozen=True, kw_only=True)
class Story:
    """One live page of the day. `ends` is when the page says that coverage is over; None: it never does."""

    publisher: str
    path: str
    title: str
    standfirst: str
    ends: datetime | None
    topic: str | None
    posts: tuple[Post, ...]

    def shown(self, now: datetime) -> tuple[Shown, ...]:
        """The updates on the page, newest claimed time first."""
        standing = [shown for post in self.posts if (shown := post.shown(now))]
        return tuple(sorted(standing, key=lambda shown: shown.published, reverse=True))

    @property
    def starts(self) -> datetime:
        return min(post.wordings[0][0] for post in self.posts)

    def ended(self, now: datetime) -> bool:
        return self.ends is not None and now >= self.ends

    def changed(self, now: datetime) -> datetime:
        """The last moment up to now at which the page changed."""
        moments = [self.ends] if self.ends else []
        moments += [moment for post in self.posts for moment in post.moments]
        return max((moment for moment in moments if moment <= now), default=self.starts)


@dataclass(frozen=True, kw_only=True)
class Article:
    """One ordinary report: a headline and paragraphs."""

    publisher: str
    path: str
    title: str
    byline: str | None
    published: datetime
    paragraphs: tuple[str, ...]


@cache
def stories() -> tuple[Story, ...]:
    """Every live page of the day, by file name."""
    folder = files("crawler.demo") / "stories"
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml") and item.name != "articles.toml")
    return tuple(_story(name, tomllib.loads((folder / name).read_text("utf-8"))) for name in names)


@cache
def articles() -> tuple[Article, ...]:
    """Every ordinary report of the day, in the order of the file."""
    data = tomllib.loads((files("crawler.demo") / "stories" / "articles.toml").read_text("utf-8"))
    return tuple(
        Article(
            publisher=item["publisher"],
            path=item["path"],
            title=item["title"],
            byline=item.get("byline"),
            published=_moment(item["at"]),
            paragraphs=_paragraphs(item["text"]),
        )
        for item in data["article"]
    )


def _story(name: str, data: dict[str, Any]) -> Story:
    return Story(
        publisher=data["publisher"],
        path=data["path"],
        title=data["title"],
        standfirst=data["standfirst"],
        ends=_moment(data["ends"]) if "ends" in data else None,
        topic=data.get("topic"),
        posts=tuple(_post(f"{name}: {item['id']}", item) for item in data["update"]),
    )


def _post(where: str, item: dict[str, Any]) -> Post:
    appears = _moment(item["at"])
    first = Shown(
        id=item["id"],
        title=item.get("title"),
        byline=item.get("byline"),
        kind=item.get("kind", "post"),
        paragraphs=_paragraphs(item["text"]) + ((f"\u2013 {item['by']}",) if "by" in item else ()),
        posted=appears,
        published=_moment(item.get("stated", item["at"])),
    )
    wordings = [(appears, first)]
    for edit in item.get("edit", ()):
        since = _moment(edit["at"])
        wordings.append((since, _edited(where, wordings[-1][1], edit, since)))
    return Post(
        wordings=tuple(wordings),
        withdrawn=_moment(item["withdrawn"]) if "withdrawn" in item else None,
        pinned=(_moment(item["pinned"][0]), _moment(item["pinned"][1])) if "pinned" in item else None,
    )


def _edited(where: str, shown: Shown, edit: dict[str, str], since: datetime) -> Shown:
    """The next wording. Raises ValueError if the words an edit replaces do not stand there exactly once."""
    if "stated" in edit:
        return replace(shown, published=_moment(edit["stated"]), updated=since)
    old, new = edit["from"], edit["to"]
    parts = (shown.title or "", *shown.paragraphs)
    if sum(part.count(old) for part in parts) != 1:
        raise ValueError(f"{where}: expected {old!r} once in the wording before {edit['at']}, found {parts!r}")
    title, *paragraphs = (part.replace(old, new) for part in parts)
    return replace(shown, title=title or None, paragraphs=tuple(paragraphs), updated=since)


def _moment(clock: str) -> datetime:
    return datetime.combine(DAY, time.fromisoformat(clock), LONDON)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())
