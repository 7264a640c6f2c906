"""One file per publisher layout or platform. The folder is the registry: a new file is found by itself."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit

from archive.errors import ExtractionError
from archive.model import Extraction, Update, When
from archive.times import from_iso
from crawler.page import Page

Item = TypeVar("Item")


class Layout:
    """One page structure of one publisher, or of a platform that many publishers use.

    `publisher` is the slug entries are kept under and `name` what people call it. `domains` are the
    registrable domains (or hosts with port) it applies to; a platform has none and takes the host as
    publisher. `zone` is the IANA zone of times printed without an offset. `ids_are_global`: an update's
    id alone names it at this publisher. `live_blog_number` finds, in the path of an address, the stable
    number of the live blog where the words around it change. `checked` says whether the layout was
    checked against a real page, or only built from a description.
    """

    publisher: ClassVar[str] = ""
    name: ClassVar[str] = ""
    domains: ClassVar[tuple[str, ...]] = ()
    zone: ClassVar[str | None] = None
    language: ClassVar[str | None] = None
    ids_are_global: ClassVar[bool] = False
    live_blog_number: ClassVar[re.Pattern[str] | None] = None
    checked: ClassVar[bool] = True

    @property
    def layout(self) -> str:
        """The file's name: what `extract` reports as its method and `tests/pages` calls the folder."""
        return type(self).__module__.rsplit(".", 1)[-1]

    def applies(self, page: Page) -> bool:
        """Whether the page comes from a host this layout may speak for."""
        return not self.domains or page.domain in self.domains

    def matches(self, page: Page) -> bool:
        """Whether this structure is on the page. Told from the page, never from a date."""
        raise NotImplementedError

    def extract(self, page: Page) -> Extraction:
        """Return what the page states. Uses its argument only."""
        raise NotImplementedError

    def live_blog_key(self, url: str) -> str:
        """Return what names the live blog inside the publisher: a stable number, else the address's path."""
        path = urlsplit(url).path
        found = self.live_blog_number.search(path) if self.live_blog_number else None
        return found[1] if found else path.strip("/") or "home"

    def when(self, raw: str | None) -> When | None:
        """Return a stated ISO time, read in the publisher's zone if it has no offset; None for nothing."""
        return from_iso(raw, zone=self.zone) if raw and raw.strip() else None


def read_each(items: Iterable[Item], read: Callable[[Item], Update | None]) -> tuple[tuple[Update, ...], tuple[str, ...]]:
    """Return the updates `read` makes of items, and a warning for each it could not read.

    One bad update fails that update, not the page; None from `read` means "no update", silently.
    """
    updates: list[Update] = []
    warnings: list[str] = []
    for number, item in enumerate(items, start=1):
        try:
            update = read(item)
        except ExtractionError as error:
            warnings.append(f"update {number} on the page was left out: {error}")
            continue
        if update is not None:
            updates.append(update)
    return tuple(updates), tuple(warnings)


@cache
def layouts() -> tuple[Layout, ...]:
    """Every layout in this folder, those bound to a domain first, by file name."""
    found: list[Layout] = []
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Layout) and value.__module__ == module.__name__:
                found.append(value())
    return tuple(sorted(found, key=lambda layout: (not layout.domains, layout.layout)))


def layout_for(page: Page) -> Layout | None:
    """Return the first layout whose structure is on the page, or None."""
    return next((layout for layout in layouts() if layout.applies(page) and layout.matches(page)), None)
