"""Discovery at work: which fronts are asked, and what of that they lead to goes on the watch list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from archive import discoveries
from archive.errors import AddressError, ArchiveError, LockedError
from archive.folder import Folder
from archive.opening import open_reader
from archive.store import Archive
from archive.watches import watched_url
from crawler.crawling import checked, crawl_settings, run
from crawler.discovery import Found, fronts_of, publishers
from crawler.domains import registrable_domain
from crawler.fronts import Asked, note_front
from crawler.layouts import layouts
from crawler.spiders.discover import DiscoverSpider


@dataclass(frozen=True, kw_only=True)
class Discovered:
    """What a round of discovery came to. `added` and `left` are addresses on the watch list; `left` says why."""

    asked: tuple[Asked, ...] = ()
    added: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    left: dict[str, str]

    @property
    def found(self) -> dict[str, tuple[Found, str]]:
        """What was found, each page once and as the surest front has it, with that front's address."""
        best: dict[str, tuple[Found, str]] = {}
        for asked in self.asked:
            for found in asked.found:
                if found.url not in best or found.certainty > best[found.url][0].certainty:
                    best[found.url] = (found, asked.url)
        return best


def fronts(names: Iterable[str], folder: Folder) -> tuple[str, ...]:
    """Return the fronts to ask for publishers (by slug) and addresses; without any, those of everything on record or on the list.

    A publisher without fronts of its own is asked for the home pages of the hosts on record. Raises AddressError for a name that
    is neither, ArchiveError if there is nothing to ask.
    """
    sites: dict[str, str | None] = {}
    kept: list[str] = []
    if folder.archive.exists():
        with closing(open_reader(folder.archive)) as connection:
            sites, kept = discoveries.sites(connection), discoveries.fronts(connection)
    found: list[str] = []
    for name in names:
        found += [watched_url(name)] if "://" in name else _of_publisher(name, sites)
    if not found:
        found = [*kept, *(front for home, slug in sites.items() for front in (fronts_of(slug or _publisher_at(home)) or (home,)))]
    if not found:
        raise ArchiveError(f"expected a publisher or an address, found none, and nothing is on the watch list of {folder.path}")
    return tuple(dict.fromkeys(found))


def _of_publisher(name: str, sites: dict[str, str | None]) -> list[str]:
    named = list(fronts_of(name))
    if named:
        return named
    homes = [home for home, slug in sites.items() if (slug or _publisher_at(home)) == name]
    if homes:
        return homes
    if name in publishers():
        raise ArchiveError(f"expected fronts of {name}, found none in its layout and none of its pages on record; give an address")
    known = ", ".join(sorted(slug for slug in publishers() if fronts_of(slug)))
    raise AddressError(f"expected an http or https address or one of {known}, found {name!r}")


def _publisher_at(home: str) -> str:
    domain = registrable_domain(home)
    return next((layout.publisher for layout in layouts() if domain in layout.domains), domain)


def discover(
    names: Iterable[str],
    folder: Folder,
    *,
    contact: str = "",
    dry_run: bool = False,
    asked: Callable[[Asked], None] = lambda answer: None,
    wait: Callable[[str, float], None] = lambda url, seconds: None,
) -> Discovered:
    """Ask the fronts once, put new live pages on the watch list and take off what is over; with `dry_run` write nothing.

    The fronts themselves stay on the list, so that `run` asks them again. Raises ArchiveError as `fronts` and `checked` do, and
    LockedError if another crawler is at work: then the fronts are due at once, and it will ask them.
    """
    urls = checked(fronts(names, folder), contact=contact)
    try:
        with folder.crawling("stoppress discover"):
            answers: list[Asked] = []

            def answered(answer: Asked) -> None:
                answers.append(answer)
                asked(answer)

            run(DiscoverSpider, crawl_settings(folder, contact=contact, ITEM_PIPELINES={}), polled=answered, wait=wait, urls=urls)
            return _judged(answers, folder) if dry_run else _written(answers, urls, folder)
    except LockedError as error:
        if dry_run:
            raise
        with closing(Archive(folder.archive)) as archive, archive.writing() as connection:
            for url in urls:
                discoveries.keep_front(connection, url, at=_now())
        raise LockedError(f"{error}: the fronts are on the watch list, and it asks them when they are due") from error


def _written(answers: list[Asked], urls: tuple[str, ...], folder: Folder) -> Discovered:
    with closing(Archive(folder.archive)) as archive:
        before: list[str] = []
        added: list[str] = []
        for answer in answers:
            with archive.writing() as connection:
                if answer.url in urls and answer.is_read:
                    discoveries.keep_front(connection, answer.url, at=answer.at)
                before += [found.url for found in answer.found if discoveries.is_listed(connection, found.url)]
                added += note_front(archive, answer)
        with archive.writing() as connection:
            left = discoveries.over(connection, at=_now())
            discoveries.take_off(connection, left)
    return Discovered(asked=tuple(answers), added=tuple(added), listed=tuple(dict.fromkeys(set(before) - set(added))), left=left)


def _judged(answers: list[Asked], folder: Folder) -> Discovered:
    """What would be written."""
    if not folder.archive.exists():
        every = Discovered(asked=tuple(answers), left={})
        return Discovered(asked=every.asked, added=tuple(every.found), left={})
    with closing(open_reader(folder.archive)) as connection:
        every = Discovered(asked=tuple(answers), left=discoveries.over(connection, at=_now()))
        wanted = tuple(url for url in every.found if discoveries.is_wanted(connection, url, at=_now()))
        listed = tuple(url for url in every.found if discoveries.is_listed(connection, url))
    return Discovered(asked=every.asked, added=wanted, listed=listed, left=every.left)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
