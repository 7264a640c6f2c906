"""Live pages that go on while they are polled, at a pace of their own: what `stoppress run` is measured with over many hosts.

What each page showed in each answer stands in the server's log, so that an archive can be held against it.
"""

from __future__ import annotations

import math
import random
import time
import zlib
from dataclasses import dataclass, field

from benchmarks.live_pages import Shown, live_page
from benchmarks.loopback import Answer, Request

_SHOWN = 30  # updates a page shows
_WORDS = (
    "river bridge storm police council road school train rain flood power wind coast harbour minister vote market report station "
    "closed open late early morning evening north south residents firefighters warning expected remains"
).split()


@dataclass
class Page:
    """One live blog: its updates, newest first. `every` is the mean time between two posts in seconds."""

    path: str
    every: float
    chance: random.Random
    updates: list[Shown] = field(default_factory=list)
    next_at: float = 0.0
    number: int = 0

    def advance(self, now: float, *, edits: float) -> None:
        """Post what was posted until `now`; a share `edits` of the posts comes with an edit of an earlier one."""
        while self.next_at <= now:
            self.number += 1
            self.updates.insert(
                0, Shown(name=f"p{self.number}", at=self.next_at, title=None, html=self.text(f"Post {self.path[6:]}/{self.number}:"))
            )
            del self.updates[_SHOWN:]
            if self.chance.random() < edits:
                place = self.chance.randrange(len(self.updates))
                old = self.updates[place]
                self.updates[place] = Shown(name=old.name, at=old.at, title=None, html=self.text(f"Post {self.path[6:]}/{old.name[1:]}:"))
            self.next_at += self.chance.expovariate(1 / self.every)

    def text(self, beginning: str) -> str:
        words = " ".join(self.chance.choices(_WORDS, k=60))
        return f"<p>{beginning} {words}, {self.chance.getrandbits(40):x}.</p>"


class NewsSite:
    """`/live/<number>` on every host. `wait`: how long an answer takes, seconds, the median; `edits` as in `Page.advance`;
    `instead`: what a page, or a host's robots.txt (as `host/robots.txt`), answers instead.
    """

    def __init__(self, pages: int, *, every: tuple[float, float], wait: float = 0.05, edits: float = 0.1, seed: int = 1) -> None:
        self.chance = random.Random(seed)
        self.wait = wait
        self.edits = edits
        self.pages: dict[str, Page] = {}
        self.instead: dict[str, Answer] = {}
        self.robots = b""
        now = time.time()
        for number in range(pages):
            # Most pages are quiet, a few post often: the logarithm of the mean gap is spread evenly.
            pace = math.exp(self.chance.uniform(math.log(every[0]), math.log(every[1])))
            page = Page(path=f"/live/{number}", every=pace, chance=random.Random(f"{seed}/{number}"))
            page.next_at = now - 20 * pace
            page.advance(now, edits=0)
            self.pages[page.path] = page

    def answer(self, request: Request) -> Answer:
        wait = self.wait * math.exp(self.chance.gauss(0, 0.5))
        instead = self.instead.get(request.path) or self.instead.get(request.host + request.path)
        if instead is not None:
            return instead
        if request.path == "/robots.txt":
            return Answer(body=self.robots, headers={"Content-Type": "text/plain"}, wait=wait)
        page = self.pages.get(request.path)
        if page is None:
            return Answer(status=404, wait=wait)
        page.advance(time.time(), edits=self.edits)
        body = live_page(f"http://{request.headers['host']}{page.path}", f"Story {page.path}", page.updates, markup=False)
        tag = f'"{zlib.crc32(body):x}"'
        if request.headers.get("if-none-match") == tag:
            return Answer(status=304, headers={"ETag": tag}, wait=wait)
        return Answer(body=body, headers={"ETag": tag}, wait=wait, note=tuple(map(words_of, page.updates)))


def words_of(update: Shown) -> str:
    """What an archive must have of an update: its words without markup."""
    return update.html.removeprefix("<p>").removesuffix("</p>")


def post_of(words: str) -> str:
    """The post a wording is of, by its beginning: `12/34`, the page and the number."""
    return words.split(":", 1)[0].removeprefix("Post ")
