"""What the fields of one JSON record mean: which is the time, the id, the body, told by name and by the shape of the value. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from archive.errors import ExtractionError
from archive.model import When
from archive.normalise import one_line
from archive.times import from_epoch, from_iso
from crawler.record_bodies import ELSEWHERE, Record, folded, pieces_text, plain

# Names are compared in lower case without separators: `blockFirstPublished` and `first_published` are one.
_PUBLISHED = (
    re.compile(r"firstpublish|publish(ed)?(at|on|date|time|utc|gmt)?$|^publi|datepublished|pubdate|entrytime|posted|^dategmt$"),
    re.compile(r"created(?!by)|create(?:time|date|at|on)|creation|dateadded|addedat|addtime|firstcreated|^ctime$"),
    re.compile(
        r"^(display|sort|post|local|unix)?(timestamp|time|date|datetime|ts|when|clock)(utc|gmt|iso|unix|ms|sec)?$|^isotime|^curated$"
        r"|^(datum|fecha|zeit|zeitstempel|zeitpunkt)$"
    ),
)
# `content_updated_date` moves with the wording alone, `_updated` also with pins and order (Superdesk).
_UPDATED = (
    re.compile(r"contentupdat|contentmodif"),
    re.compile(r"modif|edited"),
    re.compile(r"updat|lastupd|changed"),
)
_NO_TIME = re.compile(
    r"delet|expir|start|end(s|ed|time|date)?$|embargo|schedul|until|clos|versioncreated|sync|fetch|last(seen|post|comment)|dateline"
)
_IDS = (
    re.compile(r"^id$|^databaseid$"),
    re.compile(r"^(guid|uuid|urn|identifier|uid)$"),
    re.compile(
        r"^(post|entry|update|block|item|message|bulletin|event|asset|content|news|live\w*|nid|ms|article|story|card)id$|^nid$|^(permalink|anchor)$"
    ),
    re.compile(r"^(slug|key|name|hash|locator)$"),
    re.compile(
        r"^(?!author|user|creator|editor|parent|section|categor|image|media|photo|video|tag|topic|account|site|page|type)[a-z]{3,14}id$"
    ),
)
_TITLES = re.compile(
    r"^(post|entry|update|item|block|display|main|news)?(title|headlines?|heading|header|subject)(text|html|plain)?$"
    r"|^(titel|titulo|título|titre|titolo|überschrift|ueberschrift|titulek|tytuł|rubrik|заголовок)$"
)
_CLOCK_NAMES = ("time", "clock", "hour", "uhrzeit", "zeit", "hora", "heure", "ora", "tid", "tijd", "godzina")
_HIDES_TITLE = re.compile(r"^hide(title|headline)$")
_SHOWS_TITLE = re.compile(r"^(should)?(display|show)(title|headline)$")
_AUTHORS = re.compile(r"^(authors?|byline|creator|writtenby|by|contributors?|reporters?|journalists?|writers?|authorname|username|editor)$")
_NAMES = ("name", "display_name", "displayName", "fullName", "full_name", "Name", "byline", "title", "username")
_URLS = re.compile(r"^(url|websiteurl|link|permalink|sharelink|shareurl|weburl|canonicalurl|href|pageurl|articleurl)$")
_GONE = re.compile(r"^(is)?(deleted|removed|hidden|draft|unpublished|trashed|spam|tombstone)$")
_APPROVED = re.compile(r"^(is)?(approved|visible|published)$")
_GONE_WORDS = frozenset("deleted delete removed draft trash trashed submitted hidden pending unpublished spam archived_deleted".split())
_STATUS = re.compile(r"^(post|entry|pub)?(status|state)$|^(type|operation|action)$")
_PINNED = re.compile(r"^(is)?(pinned|sticky|stuck)$")
_KEY_EVENT = re.compile(r"^(is)?(key(event|moment|post)|highlight(ed)?|lbhighlight|essential|important|breaking)$")
_STRICKEN = re.compile(r"^(is)?(stricken|struck|retracted)$")
_SUMMARY = re.compile(r"^(is)?summary$")
_ISO_START = re.compile(r"\d{4}-\d\d-\d\d(?:$|[T ]\d\d:\d\d)")
_RFC = re.compile(r"[A-Z][a-z]{2,8}, \d{1,2} [A-Z][a-z]{2,8} \d{4} \d\d:\d\d")  # Fri, 25 Sep 2020 20:06:15 GMT
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(20\d\d)(?:[\sT,]{1,3}(\d{1,2}:[0-5]\d(?::[0-5]\d)?))?")
_KEPT = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d(?::\d\d)?")
_DOTNET = re.compile(r"/Date\(-?\d+(?:[+-]\d{4})?\)/")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?")
# Numbers that can be the time of an update: 2000 to 2100, in seconds or milliseconds.
_SECONDS = (946_684_800, 4_102_444_800)
_ENVELOPES = dict.fromkeys(("data", "node", "attributes", "post", "item", "entry", "update", "fields", "liveblogPost"))
_MOST_INNER = 40  # fields of an object in a record that count as its own
_LONGEST_TITLE = 300  # characters; the longest headline of the corpus has some 150


def unwrapped(record: Record) -> Record:
    """Return a record without the envelope some lists put around each: `{kind, data: {...}}`, `{id, attributes: {...}}`."""
    if len(record) > 6 or _ENVELOPES.keys().isdisjoint(record):
        return record
    for key in _ENVELOPES:
        inner = record.get(key)
        if isinstance(inner, dict) and len(inner) >= 2 and not _has_time(record):
            outer = {name: value for name, value in record.items() if name != key and name not in inner}
            return {**outer, **inner}
    return record


def _has_time(record: Record) -> bool:
    return any(_PUBLISHED[0].search(folded(name)) and instant(value) for name, value in record.items())


def flat(record: Record) -> dict[str, Any]:
    """Return the fields of a record by folded name, those of one inner object (`dates`, `attributes`) beside its own."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        found.setdefault(folded(name), value)
    for name, value in record.items():
        if isinstance(value, dict) and len(value) <= _MOST_INNER and not ELSEWHERE.search(folded(name)):
            for inner, deep in value.items():
                if not isinstance(deep, (dict, list)) or (isinstance(deep, dict) and _time_names(folded(inner))):
                    found.setdefault(folded(inner), deep)
    return found


@lru_cache(maxsize=8192)
def _time_names(name: str) -> tuple[bool, ...]:
    """Which of the kinds of times a folded name may stand for: the three of publishing, then the three of changes."""
    if _NO_TIME.search(name):
        return ()
    found = tuple(bool(pattern.search(name)) for pattern in (*_PUBLISHED, *_UPDATED))
    return found if any(found) else ()


@lru_cache(maxsize=8192)
def says_published(name: str) -> bool:
    """Whether a field of this name may be the time of publication."""
    return any(_time_names(folded(name))[: len(_PUBLISHED)])


def may_state_time(record: Record) -> bool:
    """Whether a record, or an object in it, has a field with the name of a time of publication."""
    return any(map(says_published, record)) or any(
        isinstance(value, dict) and len(value) <= _MOST_INNER and any(map(says_published, value)) for value in record.values()
    )


def published(fields: Mapping[str, Any], *, zone: str | None = None) -> When | None:
    """Return when the record says it was published: the field that says so, else created, else a bare time or date."""
    when = _first_time(fields, range(len(_PUBLISHED)), zone)
    if when is None or when.precision != "day":
        return when
    # {"date": "2023-09-25", "time": "07:15:08"}
    clock = next((v for k, v in fields.items() if k in _CLOCK_NAMES and isinstance(v, str) and _CLOCK.fullmatch(v.strip())), None)
    return instant(f"{when.instant.date().isoformat()}T{clock.strip().zfill(5)}", zone=zone) if clock else when


def updated(fields: Mapping[str, Any], *, zone: str | None = None) -> When | None:
    """Return when the record says it was last changed."""
    return _first_time(fields, range(len(_PUBLISHED), len(_PUBLISHED) + len(_UPDATED)), zone)


def _first_time(fields: Mapping[str, Any], kinds: range, zone: str | None) -> When | None:
    known = [(name, of) for name in fields if (of := _time_names(name))]
    for kind in kinds:
        named = [name for name, of in known if of[kind]]
        # Of `created` and `created_utc` the first can be hours off (Reddit).
        for name in sorted(named, key=lambda name: (not name.endswith(("utc", "gmt")), "first" not in name)):
            when = instant(fields[name], zone="UTC" if name.endswith(("utc", "gmt")) else zone)
            if when:
                return when
    return None


def instant(value: Any, *, zone: str | None = None) -> When | None:
    """Return a value read as a time if it has the shape of one, else None.

    >>> instant(1695622508).instant.isoformat(), instant(42), instant("soon")
    ('2023-09-25T06:15:08+00:00', None, None)
    """
    if isinstance(value, dict):
        return next(
            (when for inner in list(value.values())[:6] if not isinstance(inner, (dict, list)) and (when := instant(inner, zone=zone))),
            None,
        )
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    text = str(value).strip() if isinstance(value, str) else None
    try:
        if text is None or re.fullmatch(r"\d{10}(\d{3})?(\.\d+)?", text):
            number = float(value)
            seconds = number / 1000 if number >= 1e11 else number
            return from_epoch(number) if _SECONDS[0] <= seconds < _SECONDS[1] else None
        if _DOTNET.fullmatch(text):
            return from_epoch(text)
        if _ISO_START.match(text) or _RFC.match(text):
            return from_iso(text, zone=zone)
        if found := _DAY_FIRST.fullmatch(text):  # 03.03.2026 21:47
            day, month, year, clock = found.groups()
            return from_iso(f"{year}-{month.zfill(2)}-{day.zfill(2)}{f'T{clock.zfill(5)}' if clock else ''}", zone=zone)
    except (ExtractionError, ValueError, OverflowError):
        return None
    return None


def is_printed(value: Any) -> bool:
    """Whether a value is a day as readers are shown it, 03.03.2026, or a time as a newsroom's database keeps it: 2026-03-03 21:47:00."""
    return isinstance(value, str) and bool(_DAY_FIRST.fullmatch(value) or _KEPT.fullmatch(value))


def id_names(fields: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield (rank, name) of the fields that may hold the record's own id, rank 0 the likeliest."""
    for name, value in fields.items():
        if isinstance(value, (str, int)) and not isinstance(value, bool) and 0 < len(str(value)) <= 200 and " " not in str(value):
            for rank, pattern in enumerate(_IDS):
                if pattern.search(name):
                    yield rank, name
                    break


def title(record: Record, fields: Mapping[str, Any]) -> str | None:
    """Return the record's headline on one line, unless the record says that it is not shown."""
    for name, value in fields.items():
        if (_SHOWS_TITLE.match(name) and value is False) or (_HIDES_TITLE.match(name) and value is True):
            return None
    named = [(folded(name), value) for name, value in record.items()]
    named += [(name, value) for name, value in fields.items() if isinstance(value, str)]  # also {"message": {"title": ...}}
    for name, value in named:
        if _TITLES.match(name):
            if isinstance(value, dict) and isinstance(value.get("basic"), str):
                value = value["basic"]  # Arc: {"headlines": {"basic": ..., "mobile": ...}}
            text = value if isinstance(value, str) else next(pieces_text(value), "")
            text = one_line(plain(text)) or ""
            if 1 < len(text) <= _LONGEST_TITLE:
                return text
    return None


def byline(record: Record) -> str | None:
    """Return the names credited, comma-separated."""
    for name, value in record.items():
        if _AUTHORS.match(folded(name)):
            names = [one_line(plain(found)) for found in _person_names(value)]
            kept = [found for found in names if found and "://" not in found and len(found) <= 120 and re.search(r"[^\W\d_]", found)]
            if kept:
                return ", ".join(dict.fromkeys(kept))
    return None


def _person_names(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        # An account's id is no name: "58bfe91915720af1a27e11d2".
        if not re.fullmatch(r"[0-9a-f-]{16,}|\d+", value):
            yield value
    elif isinstance(value, list):
        for item in value[:20]:
            yield from _person_names(item)
    elif isinstance(value, dict):
        found = next((value[name] for name in _NAMES if isinstance(value.get(name), str) and value[name].strip()), None)
        if found:
            yield found


def address(fields: Mapping[str, Any], *, shared: bool = True) -> str | None:
    """Return the address the record names for itself; without `shared` none that is only there to be passed on."""
    for name, value in fields.items():
        if (
            _URLS.match(name)
            and (shared or not name.startswith("share"))
            and isinstance(value, str)
            and re.match(r"https?://|/|#|\?", value)
        ):
            return value
    return None


def gone(all_fields: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Return, for each record of a list, whether it says that it is deleted, struck out, hidden or a draft.

    A word that all of them have says nothing about one (`state: draft` on every post of a published blog).
    """
    states = [
        {name: value.lower() for name, value in fields.items() if isinstance(value, str) and _says_gone(name)[2]} for fields in all_fields
    ]
    common = {name for name in states[0] if all(state.get(name) in _GONE_WORDS for state in states)} if len(states) > 1 else set()
    return [
        any(
            (gone and _true(fields[name])) or (approved and _false(fields[name]))
            for name in fields
            for gone, approved, _ in (_says_gone(name),)
        )
        or any(name not in common and word in _GONE_WORDS for name, word in state.items())
        for fields, state in zip(all_fields, states, strict=True)
    ]


@lru_cache(maxsize=8192)
def _says_gone(name: str) -> tuple[bool, bool, bool]:
    """Whether a folded name says that a record is gone, that it is approved, or in which state it is."""
    return bool(_GONE.match(name)), bool(_APPROVED.match(name)), bool(_STATUS.match(name))


def is_pinned(fields: Mapping[str, Any]) -> bool:
    return any(_PINNED.match(name) and _true(value) for name, value in fields.items())


def kind(fields: Mapping[str, Any]) -> str:
    """Return `summary`, `key_event` or `retraction` (shown struck through) where the record is marked as one, else `post`."""
    if any(_STRICKEN.match(name) and _true(value) for name, value in fields.items()):
        return "retraction"
    if any(_SUMMARY.match(name) and value is True for name, value in fields.items()):
        return "summary"
    return "key_event" if any(_KEY_EVENT.match(name) and value is True for name, value in fields.items()) else "post"


def _true(value: Any) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.lower() in ("true", "1", "yes"))


def _false(value: Any) -> bool:
    return value is False or (isinstance(value, int) and value == 0)
