"""Pages nobody described: the repeated dated blocks of a page read as updates, with how sure that is. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from archive.model import Extraction, Update, When
from archive.normalise import one_line
from crawler.beside_days import with_days
from crawler.block_ids import block_ids
from crawler.block_parts import Parts, take_apart
from crawler.block_times import Timed, Times, read_times, timed
from crawler.candidates import Candidate, candidates
from crawler.contained import contained
from crawler.judging import Case, certainty
from crawler.own_text import label
from crawler.page import Page
from crawler.zones import page_zone

Element = Any

THRESHOLD = 0.5  # as likely as not; below it nothing is said
# A page that states no times can be told by names alone; that is never more than likely.
_SURE_WITHOUT_TIMES = 0.6
_AS_SURE = 0.08  # lists this close in certainty are told apart by how much they say; readers' comments often say more than the updates
_FAR_LESS = 12  # a list with a twelfth of the text of another is a box beside it
_MORE = re.compile(r"older|load-?more|show-?more|pagination[-_\w]*next|next-?page", re.I)
_MOST_LINKS = 3000
_JUDGED = 30  # blocks of a list looked at to judge it: the rest looks like them
_TIMED = 100  # blocks of a list whose times are all read to judge it
_MOST_JUDGED = 8  # lists judged, those with the most text first


@dataclass(frozen=True, kw_only=True, eq=False)
class _Judged:
    candidate: Candidate
    certainty: float
    weight: float
    times: Sequence[Timed] | None  # of each block, where all were read


def extract_generic(page: Page) -> Extraction | None:
    """Return the updates found in the markup of a page, or None if no list on it is likelier than not to be live updates."""
    found = page.surveyed
    title = one_line(page.title)
    times = Times(found.markers)
    judged = _likely(candidates(found, page.block_facts), page, title, times) or _likely(contained(found), page, title, times)
    surest = max((item.certainty for item in judged), default=0.0)
    best = max((item for item in judged if item.certainty > surest - _AS_SURE), key=lambda item: item.weight, default=None)
    if best is None:
        return None
    return _read(best, with_days(best.times or timed(best.candidate, times), language=page.language), page, title)


def _likely(found: Sequence[Candidate], page: Page, title: str | None, times: Times) -> list[_Judged]:
    """The lists that are likelier than not to be updates."""
    judged: list[_Judged] = []
    ranked = sorted(found, key=lambda candidate: candidate.weight, reverse=True)
    for candidate in ranked[:_MOST_JUDGED]:
        if judged and candidate.weight * _FAR_LESS < judged[0].weight:
            break
        sample = replace(candidate, blocks=candidate.blocks[:_JUDGED])
        # Of a list of some length the times of all blocks are read at once: if it is the one, they are needed again.
        asked = candidate if len(candidate.blocks) <= _TIMED else sample
        case = Case(candidate=sample, page=page, title=title or "", times_of=partial(timed, asked, times))
        sure, _ = certainty(case, asked=THRESHOLD)
        if sure < THRESHOLD:
            continue
        if not any(item.published or item.updated for item in case.times):
            sure = min(sure, _SURE_WITHOUT_TIMES)
        known = case.timed if asked is candidate else None
        judged.append(_Judged(candidate=candidate, certainty=sure, weight=candidate.weight * sure, times=known))
    return judged


def _read(best: _Judged, own_times: Sequence[Timed], page: Page, title: str | None) -> Extraction:
    zone = page_zone(page)
    parts = take_apart(best.candidate, own_times, page.block_facts)
    copies, pinned = _copied(parts, own_times)
    # What stands above the list out of its turn would move the days of those below it.
    candidate, own_times, parts = _without(copies, best.candidate, own_times, parts) if copies else (best.candidate, own_times, parts)
    times = read_times(candidate, own_times, page, zone=zone)
    ids, addresses = block_ids(candidate.blocks, page)
    updates = tuple(
        _update(part, when, own_id, address, pinned=place in pinned)
        for place, part, when, own_id, address in zip(_places(best.candidate, copies), parts, times, ids, addresses, strict=True)
        if part.title or part.html or own_id
    )
    updates = _once(_without_page_title(updates, title))
    untimed = sum(update.published is None for update in updates)
    warnings = [f"read from the markup of a page nobody described; certainty {best.certainty:.2f}"]
    if untimed:
        warnings.append(f"{untimed} of {len(updates)} updates state no time that could be read")
    return Extraction(title=title, updates=updates, older_url=_older(page), method="generic", warnings=tuple(warnings), zone=zone)


def _older(page: Page) -> str | None:
    """The next older page of the live blog: the one the page calls next, or a link for more to this page with other parameters."""
    stated = page.link("link[rel~=next]") or page.link("a[rel~=next]")
    if stated:
        return stated
    own_path = urlsplit(page.url).path
    for link in islice(page.selector.root.iter("a"), _MOST_LINKS):
        href = str(link.get("href") or "").strip()
        if "?" not in href or not _MORE.search(label(link)):
            continue
        try:
            full = urljoin(page.url, href)
            if page.is_own(full) and urlsplit(full).path == own_path:
                return full
        except ValueError:  # http://[broken
            continue
    return None


def _update(part: Parts, when: tuple[When | None, When | None], own_id: str | None, address: str | None, *, pinned: bool) -> Update:
    published, updated = when
    if updated is not None and published is not None and updated.instant <= published.instant:
        updated = None
    return Update(
        source_id=own_id,
        url=address,
        title=part.title,
        byline=part.byline,
        html=part.html + part.media or None,
        published=published,
        updated=updated,
        pinned=pinned,
    )


def _places(candidate: Candidate, copies: set[int]) -> list[int]:
    return [place for place in range(len(candidate.blocks)) if place not in copies]


def _without(
    copies: set[int], candidate: Candidate, times: Sequence[Timed], parts: list[Parts]
) -> tuple[Candidate, Sequence[Timed], list[Parts]]:
    kept = _places(candidate, copies)
    blocks = tuple(candidate.blocks[place] for place in kept)
    return replace(candidate, blocks=blocks), [times[place] for place in kept], [parts[place] for place in kept]


def _without_page_title(updates: tuple[Update, ...], title: str | None) -> tuple[Update, ...]:
    return tuple(replace(update, title=None) if update.title and update.title == title else update for update in updates)


def _once(updates: tuple[Update, ...]) -> tuple[Update, ...]:
    """Updates without repeats: of a pinned one, told by its id or its words and time, the place in the list is kept.

    Different words under one id are two updates, and the id names neither.
    """
    places: dict[object, list[int]] = {}
    for place, update in enumerate(updates):
        places.setdefault(update.source_id or (update.title, update.html, update.published and update.published.instant), []).append(place)
    kept: dict[int, Update] = {}
    for found in places.values():
        same = len({(updates[place].title or updates[place].html) for place in found}) == 1
        if len(found) == 1 or same:
            last = updates[found[-1]]
            kept[found[-1]] = replace(last, pinned=True) if len(found) > 1 else last
        else:
            kept.update({place: replace(updates[place], source_id=None, url=None) for place in found})
    return tuple(kept[place] for place in sorted(kept))


def _copied(parts: Sequence[Parts], times: Sequence[Timed]) -> tuple[set[int], set[int]]:
    """The places of copies, and of what they are copies of: a later block with the same words and the same time, which is pinned."""
    told = [
        (part.title, part.html, item.published.raw) if part.html and item.published else None
        for part, item in zip(parts, times, strict=True)
    ]
    last = {words: place for place, words in enumerate(told) if words is not None}
    copies = {place for place, words in enumerate(told) if words is not None and last[words] != place}
    return copies, {last[words] for place in copies if (words := told[place]) is not None}
