"""The list of updates in JSON nobody described: a page that is JSON, or the state a page carries for its scripts. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from urllib.parse import urljoin, urlsplit

from archive.model import Extraction, Update
from archive.normalise import canonical_url, html_to_text, one_line
from crawler import fields as fields_of
from crawler.judging_text import density
from crawler.layouts import read_each
from crawler.own_ids import bare_ids
from crawler.page import Page
from crawler.record_bodies import Body, Record, body, says_only_the_beginning
from crawler.record_lists import RecordList, lists
from crawler.signs import LIVE_WORDS, how_sure
from crawler.zones import page_zone

# A list is judged by its first records: the rest looks like them.
_TYPES = ("type", "_type", "__typename", "kind")
_JUDGED = 40
_THRESHOLD = 0.5  # as likely as not

_UPDATE_NAMES = re.compile(
    r"posts?$|updates?$|entr(y|ies)$|blocks$|bulletins?$|telegraph|flash|notes$|roll(_?(data|list))?$|broadcast|messages?$|liveblog|live_?blog|_items$|ticker|timeline$|stream|feed|news$|children$|results?$|moments?$",
    re.I,
)
_OTHER_NAMES = re.compile(
    r"comment|repl(y|ies)|related|recommend|popular|trending|most|key_?events?$|key_?moments?|highlight|pinned|tags?$|authors?$|contributors|image|media|video"
    r"|advert|menu|nav|teaser|sidebar|links?$|promo|section|product|review|offer|schedule|programme|fixture|match(es)?$|episodes?$|articles?$|stor(y|ies)$|jobs?$|stock|quote"
    r"|keywords|(?<!content_)elements$|linkedData|^more|^latest|^recent|^also",
    re.I,
)
_OTHERS_OF = re.compile(
    r"(latest|recent|related|more|other|popular|top|similar|recommended|suggested)_?(posts?|stor(y|ies)|articles?|news)$", re.I
)
_TOTALS = ("NumPosts", "totalCount", "total_count", "total", "totalResults", "total_results", "postCount", "updateCount", "numberOfItems")
_OLDER = ("older", "next", "older_url", "olderUrl", "next_page", "nextPage", "next_page_url")


_HEADED = re.compile(r"\s*<(h[1-5])\b[^<>]*>((?:(?!</?h[1-6]\b).){2,400}?)</\1>", re.I | re.S)  # markup that begins with its headline


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A list and how sure it is that its records are updates, 0 to 1."""

    found: RecordList
    certainty: float
    weight: float


def extract_json(page: Page) -> Extraction | None:
    """Return the reading of a page that is JSON, or None if no list in it looks like live updates."""
    value = page.json
    best = best_list([value], page=page)
    if best is None:
        return None
    return read_records(best, page, zone=printed_zone(best, page))


def printed_zone(judged: Judged, page: Page) -> str | None:
    """The zone of times without an offset: what is printed for readers keeps the country's clock, what machines write is mostly UTC."""
    printed = any(fields_of.is_printed(own) for record in judged.found.records[:_JUDGED] for own in record.values())
    return page_zone(page) if printed else None


def best_list(values: Sequence[Any], *, page: Page) -> Judged | None:
    """Return the list of records that most likely are updates, or None if none is likelier than not."""
    judged = [judge(found, page=page) for value in values for found in lists(value)]
    likely = [item for item in judged if item.certainty >= _THRESHOLD]
    return max(likely, key=lambda item: item.weight, default=None)


def judge(found: RecordList, *, page: Page) -> Judged:
    """Return how sure it is that the records of a list are updates, and how much they say."""
    sample = found.records[:_JUDGED]
    nothing = Judged(found=found, certainty=0.0, weight=0.0)
    if not any(map(fields_of.may_state_time, sample)):
        return nothing
    kept = _kept(sample)
    timed = [(record, flat, when) for record, flat in kept if (when := fields_of.published(flat)) is not None]
    if not timed or len(timed) * 2 < len(kept):
        return nothing
    bodies = [body(record) for record, _, _ in timed]
    titles = [fields_of.title(record, flat) for record, flat, _ in timed]
    said = [len(own.plain) or len(title or "") for own, title in zip(bodies, titles, strict=True)]
    if sum(length > 0 for length in said) * 2 < len(said):
        return nothing
    own_ids = _ids([flat for _, flat, _ in timed])
    certainty = how_sure(_signs(found, page, timed, bodies, titles, own_ids))
    total = sum(min(length, 600) + 50 for length in said) * len(found.records) / len(sample)
    # One instant on all of them is the page's, not theirs (JSON-LD inside a state).
    distinct = len({when.instant for _, _, when in timed}) / len(timed)
    return Judged(found=found, certainty=certainty, weight=total * certainty * (0.5 + distinct) * (1.3 if all(own_ids) else 1.0))


def _kept(records: Sequence[Record]) -> list[tuple[Record, dict[str, Any]]]:
    """Records with their fields, without those that are deleted, hidden or drafts."""
    flats = [fields_of.flat(record) for record in records]
    return [(record, flat) for record, flat, gone in zip(records, flats, fields_of.gone(flats), strict=True) if not gone]


def _of_a_kind(kept: list[tuple[Record, dict[str, Any]]]) -> list[tuple[Record, dict[str, Any]]]:
    """Records without those that state no time and are of a type that no record with a time is: an introduction above the updates."""
    types = [next((str(record[name]) for name in _TYPES if isinstance(record.get(name), str)), None) for record, _ in kept]
    timed = [fields_of.published(flat) is not None for _, flat in kept]
    known = {kind for kind, has_time in zip(types, timed, strict=True) if has_time}
    if sum(timed) < 2 or None in known:
        return kept
    return [item for item, kind, has_time in zip(kept, types, timed, strict=True) if has_time or kind in known]


def _signs(
    found: RecordList, page: Page, timed: list[Any], bodies: list[Body], titles: list[str | None], own_ids: list[str | None]
) -> dict[str, float]:
    """The signs for and against updates, each with its weight in units where 1 is a strong one."""
    count = len(timed)
    instants = [when.instant for _, _, when in timed]
    gaps = sorted(abs((a - b).total_seconds()) for a, b in pairwise(instants))
    pages = [_other_page(fields_of.address(flat, shared=False), page) for _, flat, _ in timed]
    slugs = sum(isinstance(flat.get("slug"), str) and says_only_the_beginning(record) for record, flat, _ in timed)
    dense = density([bodies[0].plain])
    lengths = sorted(round(len(own.plain) * dense) for own in bodies)
    middle = lengths[count // 2]
    path = found.path
    titled = (page.title or "")[:200] if page.format == "html" else ""
    words = " ".join(
        (*path[-2:], page.url, titled, *(str(above.get("title") or above.get("headline") or "")[:200] for above in found.above[-2:]))
    )
    return {
        "records with a time of their own": 0.8 if count >= 3 and all(when.precision != "day" for _, _, when in timed) else 0.2,
        "an id each": 0.5 if all(own_ids) else 0.2 if any(own_ids) else -0.5,
        "a page of data": 0.4 if page.format == "json" else 0.0,
        "text of their own": 1.0 if middle >= 60 else 0.3 if middle >= 15 else -0.8 if not any(titles) else -0.5,
        "a list named like updates": 0.6 if path and _UPDATE_NAMES.search(path[-1]) else 0.0,
        "a list named like something else": -1.6 if path and _is_other(path[-1]) else 0.0,
        "inside something else": -0.8 if any(_OTHER_NAMES.search(name) and not _UPDATE_NAMES.search(name) for name in path[:-1]) else 0.0,
        "words of live coverage": (live := 0.8 if LIVE_WORDS.search(words) else 0.0),
        "words about another text": -1.0 if not live and all(own.announces for own in bodies if own.plain) else 0.0,
        # Updates of one event follow each other within hours; articles of a feed or episodes within days.
        "hours between them": 0.4 if gaps and gaps[len(gaps) // 2] <= 12 * 3600 else -0.6 if gaps else 0.0,
        "only days, no clock": -1.2 if all(when.precision == "day" for _, _, when in timed) else 0.0,
        "each on a page of its own": -1.5 if count >= 2 and len(set(filter(None, pages))) * 10 >= count * 8 else 0.0,
        "teasers": -0.8 if count >= 2 and middle < 300 and len(set(filter(None, pages))) * 10 >= count * 8 else 0.0,
        # The latest stories, which a page keeps beside its own: a slug and a lead each.
        "announced only": -1.2 if page.format != "json" and slugs * 10 >= count * 8 else 0.0,
        # The first update of a live blog, where an answer says what it lists; elsewhere one record is anything.
        "one alone": 0.0 if count > 1 else -0.3 if page.format == "json" and path and _UPDATE_NAMES.search(path[-1]) else -0.8,
    }


def _is_other(name: str) -> bool:
    """Whether a list's name says that it holds something else: `latestPosts` does, `LiveArticle` does not."""
    if _OTHERS_OF.match(name):
        return True
    return bool(_OTHER_NAMES.search(name)) and not _UPDATE_NAMES.search(name) and not name.lower().startswith("live")


def _address(flat: dict[str, Any]) -> str | None:
    """The address of a record; a slug of several parts is one (`world/20220724/cyclist-wins`)."""
    slug = flat.get("slug")
    return fields_of.address(flat) or (f"/{slug.strip('/')}" if isinstance(slug, str) and "/" in slug.strip("/") else None)


def _other_page(url: str | None, page: Page) -> str | None:
    """The address of a record if it is another page than the one read, without fragment."""
    if not url or url.startswith(("#", "?")):
        return None
    try:
        full = canonical_url(urljoin(page.url, url))
        own = urlsplit(canonical_url(page.url))
        return None if urlsplit(full).path.rstrip("/") == own.path.rstrip("/") or urlsplit(full).query else full
    except ValueError:
        return None


def _ids(all_fields: list[dict[str, Any]]) -> list[str | None]:
    """Each record's own id: the field named most like one whose values all differ."""
    counts: Counter[tuple[int, str]] = Counter(named for flat in all_fields for named in fields_of.id_names(flat))
    for (_, name), count in sorted(counts.items(), key=lambda item: item[0][0]):
        values = [str(flat[name]) if flat.get(name) not in (None, "") else None for flat in all_fields]
        stated = [value for value in values if value]
        if count * 10 >= len(all_fields) * 6 and len(set(stated)) * 10 >= len(stated) * 8:
            return bare_ids(values)
    return [None] * len(all_fields)


def read_records(judged: Judged, page: Page, *, zone: str | None = None) -> Extraction:
    """Return the updates of a list, in its order; what is deleted, hidden or a draft is left out."""
    found = judged.found
    kept = _of_a_kind(_kept(found.records))
    ids = _ids([flat for _, flat in kept])
    updates, warnings = read_each(
        [(record, flat, own_id) for (record, flat), own_id in zip(kept, ids, strict=True)],
        lambda item: _update(*item, zone=zone),
    )
    updates = _once(_without_repeated(updates))
    info = _about(found)
    total = next((above[name] for above in reversed(_around(found)) for name in _TOTALS if type(above.get(name)) is int), None)
    older = next((value for above in reversed(_around(found)) for name in _OLDER if (value := _link(above.get(name)))), None)
    live = next(
        (
            above[name]
            for above in reversed(found.above)
            for name in ("IsLive", "isLive", "is_live", "live")
            if isinstance(above.get(name), (bool, int))
        ),
        None,
    )
    return Extraction(
        title=info.get("title"),
        standfirst=info.get("standfirst"),
        language=info.get("language"),
        updates=updates,
        declared_count=total if total is not None and total >= len(updates) else None,
        complete=total == len(updates) and not older and not warnings,
        ended=None if live is None else not live,
        older_url=older,
        method="records",
        warnings=(*warnings, f"read from a list of records nobody described; certainty {judged.certainty:.2f}"),
        zone=zone,
    )


def _update(record: Record, flat: dict[str, Any], own_id: str | None, *, zone: str | None) -> Update | None:
    own = body(record)
    title = fields_of.title(record, flat)
    published, updated = fields_of.published(flat, zone=zone), fields_of.updated(flat, zone=zone)
    if not (title or own.html or own.text or own_id):
        return None
    if title and own.plain == title:
        title = None
    if title is None and own.html and (found := _HEADED.match(own.html)):
        headline, rest = one_line(html_to_text(found[2])), own.html[found.end() :]
        if headline and html_to_text(rest).strip():
            title, own = headline, Body(html=rest)
    return Update(
        source_id=own_id,
        url=fields_of.address(flat),
        title=title,
        byline=fields_of.byline(record),
        html=own.html,
        text=own.text,
        published=published,
        updated=updated if updated and published and updated.instant != published.instant else None,
        kind=fields_of.kind(flat),
        pinned=fields_of.is_pinned(flat),
    )


def _without_repeated(updates: tuple[Update, ...]) -> tuple[Update, ...]:
    """Updates without a title, address or time that stands on each of several: it is the page's."""
    if len(updates) < 3:
        return updates
    titles, urls = Counter(update.title for update in updates), Counter(update.url for update in updates)
    cleaned = tuple(
        replace(
            update,
            title=None if titles[update.title] * 2 > len(updates) else update.title,
            url=None if urls[update.url] * 2 > len(updates) else update.url,
        )
        for update in updates
    )
    if len(updates) > 3 and len({update.published.instant for update in updates if update.published}) == 1:
        return tuple(replace(update, published=None, updated=None) for update in cleaned)
    return cleaned


def _once(updates: tuple[Update, ...]) -> tuple[Update, ...]:
    """Updates without those whose id was seen before: a pinned one repeats."""
    kept: dict[object, Update] = {}
    for update in updates:
        kept.setdefault(update.source_id or id(update), update)
    return tuple(kept.values())


def _around(found: RecordList) -> list[Record]:
    """The objects above a list and those one level inside them (`_meta`, `pagination`)."""
    around: list[Record] = []
    for above in found.above:
        around += [
            value
            for name, value in above.items()
            if isinstance(value, dict) and name in ("_meta", "meta", "pagination", "page", "paging", "_links")
        ]
        around.append(above)
    return around


def _link(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("href")
    return value if isinstance(value, str) and value.startswith(("http://", "https://", "?", "/")) else None


def _about(found: RecordList) -> dict[str, str]:
    """Title, standfirst and language as the objects above the list state them."""
    info: dict[str, str] = {}
    for above in reversed(found.above):
        for key, names in (
            ("title", ("title", "Title", "headline", "name", "webTitle")),
            ("standfirst", ("standfirst", "description", "Description", "summary")),
            ("language", ("language", "Language", "lang", "locale")),
        ):
            value = next((above[name] for name in names if isinstance(above.get(name), str) and above[name].strip()), None)
            if value:
                info.setdefault(key, one_line(re.sub(r"<[^<>]*>", " ", value)) or "")
    language = re.split(r"[-_]", info.pop("language", ""))[0].lower()
    return {**info, **({"language": language} if re.fullmatch(r"[a-z]{2}", language) else {})}
