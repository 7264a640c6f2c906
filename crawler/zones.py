"""The time zone of a page nobody described, from what it says itself: its country, its language, the offsets it prints. Pure."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from crawler.page import Page

_LOOKED_AT = 2_000_000  # bytes; far more than any page keeps its dates in
# A day, a clock and an offset that is not zero: Z says how a machine counts, not where the newsroom is.
_STAMP = re.compile(rb"(20\d\d-[01]\d-[0-3]\d)[T ]([0-2]\d:[0-5]\d)(?::[0-5]\d(?:[.,]\d{1,9})?)?\s?([+-])([01]\d):?([0-5]\d)(?!\d)")

# Country -> its zones, the one most of its newsrooms keep first. Domains sold to everyone (.tv, .co, .io, .me) name no country.
_COUNTRIES = {
    "uk": "Europe/London", "gb": "Europe/London", "ie": "Europe/Dublin", "de": "Europe/Berlin", "at": "Europe/Vienna",
    "ch": "Europe/Zurich", "fr": "Europe/Paris", "be": "Europe/Brussels", "nl": "Europe/Amsterdam", "lu": "Europe/Luxembourg",
    "es": "Europe/Madrid", "cat": "Europe/Madrid", "pt": "Europe/Lisbon", "it": "Europe/Rome", "gr": "Europe/Athens",
    "cy": "Asia/Nicosia",
    "mt": "Europe/Malta", "dk": "Europe/Copenhagen", "se": "Europe/Stockholm", "no": "Europe/Oslo", "fi": "Europe/Helsinki",
    "is": "Atlantic/Reykjavik", "ee": "Europe/Tallinn", "lv": "Europe/Riga", "lt": "Europe/Vilnius", "pl": "Europe/Warsaw",
    "cz": "Europe/Prague", "sk": "Europe/Bratislava", "hu": "Europe/Budapest", "ro": "Europe/Bucharest", "bg": "Europe/Sofia",
    "si": "Europe/Ljubljana", "hr": "Europe/Zagreb", "rs": "Europe/Belgrade", "ba": "Europe/Sarajevo", "mk": "Europe/Skopje",
    "al": "Europe/Tirane", "ua": "Europe/Kyiv", "by": "Europe/Minsk", "tr": "Europe/Istanbul", "il": "Asia/Jerusalem",
    "in": "Asia/Kolkata", "pk": "Asia/Karachi", "bd": "Asia/Dhaka", "lk": "Asia/Colombo", "np": "Asia/Kathmandu", "cn": "Asia/Shanghai",
    "hk": "Asia/Hong_Kong", "tw": "Asia/Taipei", "jp": "Asia/Tokyo", "kr": "Asia/Seoul", "sg": "Asia/Singapore",
    "my": "Asia/Kuala_Lumpur",
    "ph": "Asia/Manila", "th": "Asia/Bangkok", "vn": "Asia/Ho_Chi_Minh", "ir": "Asia/Tehran", "sa": "Asia/Riyadh", "ae": "Asia/Dubai",
    "qa": "Asia/Qatar", "eg": "Africa/Cairo", "ma": "Africa/Casablanca", "tn": "Africa/Tunis", "dz": "Africa/Algiers",
    "za": "Africa/Johannesburg",
    "ng": "Africa/Lagos", "gh": "Africa/Accra", "ke": "Africa/Nairobi", "nz": "Pacific/Auckland",
    "ar": "America/Argentina/Buenos_Aires",
    "cl": "America/Santiago", "pe": "America/Lima", "uy": "America/Montevideo", "py": "America/Asuncion", "ve": "America/Caracas",
    "ec": "America/Guayaquil", "bo": "America/La_Paz", "cr": "America/Costa_Rica", "gt": "America/Guatemala", "cu": "America/Havana",
    "us": "America/New_York America/Chicago America/Denver America/Los_Angeles America/Anchorage Pacific/Honolulu America/Phoenix",
    "ca": "America/Toronto America/Winnipeg America/Edmonton America/Regina America/Vancouver America/Halifax America/St_Johns",
    "au": "Australia/Sydney Australia/Brisbane Australia/Adelaide Australia/Darwin Australia/Perth",
    "br": "America/Sao_Paulo America/Manaus America/Rio_Branco", "mx": "America/Mexico_City America/Tijuana America/Cancun",
    "ru": "Europe/Moscow Europe/Samara Asia/Yekaterinburg Asia/Novosibirsk Asia/Krasnoyarsk Asia/Irkutsk Asia/Vladivostok",
    "id": "Asia/Jakarta Asia/Makassar Asia/Jayapura", "kz": "Asia/Almaty",
}  # fmt: skip
# Countries whose papers keep the capital's clock even where the country has several zones.
_ONE_CLOCK = frozenset(("ru", "id", "mx", "br"))
# Languages of (nearly) one zone: the country is clear without a domain.
_LANGUAGES = {
    "da": "dk", "sv": "se", "no": "no", "nb": "no", "nn": "no", "fi": "fi", "is": "is", "et": "ee", "lv": "lv", "lt": "lt", "pl": "pl",
    "cs": "cz", "sk": "sk", "hu": "hu", "ro": "ro", "bg": "bg", "sl": "si", "hr": "hr", "sr": "rs", "sq": "al", "el": "gr", "tr": "tr",
    "uk": "ua", "he": "il", "it": "it", "ja": "jp", "ko": "kr", "th": "th", "vi": "vn", "hi": "in", "bn": "bd", "ta": "in", "te": "in",
    "mr": "in", "gu": "in", "kn": "in", "ml": "in", "ur": "pk", "ca": "es", "eu": "es", "gl": "es", "ka": "ge", "de": "de", "nl": "nl",
}  # fmt: skip
# Languages of several zones, for a page that prints an offset: where it is most likely written.
_SPOKEN = {
    "en": ("uk", "us", "in", "au", "nz", "za", "ie", "pk", "sg"), "fr": ("fr", "ca"), "es": ("es", "mx", "ar", "cl", "pe"),
    "pt": ("pt", "br"), "de": ("de",), "nl": ("nl",), "ru": ("ru", "ua"), "zh": ("cn",), "ar": ("sa", "eg", "ae"), "fa": ("ir",),
}  # fmt: skip


def page_zone(page: Page) -> str | None:
    """Return the zone a page's clocks most likely keep, as a name `ZoneInfo` takes, or None if the page does not say.

    That of a known publisher stands. The country is that of the domain, else of the language's region (`de-AT`), else the language's own.
    An offset printed on the page confirms it; where all offsets contradict the country, nothing is
    determined. A country of several zones needs an offset. Without a country, an offset that every stamp
    of the page agrees on stands by itself (`Etc/GMT-2` is two hours ahead): right for a page of some days,
    and where its language points to a zone with that offset then, that zone, which knows summer time.
    """
    return page.publisher_zone or page.once(_own_zone)


def _own_zone(page: Page) -> str | None:
    stamps = _stamps(page)
    country = _domain_country(page) or _region(page)
    language = page.language
    names: list[str] = []
    if country in _COUNTRIES:
        names = _COUNTRIES[country].split()
    elif language in _LANGUAGES and _LANGUAGES[language] in _COUNTRIES:
        names = _COUNTRIES[_LANGUAGES[language]].split()
    if not stamps:
        return names[0] if len(names) == 1 or (names and country in _ONE_CLOCK) else None
    shares = {name: _share(name, stamps) for name in names}
    likeliest = max(shares, key=lambda name: shares[name], default=None)
    if likeliest and shares[likeliest] > 0:
        return likeliest
    return None if country in _COUNTRIES else _by_offset(language, stamps)


def _stamps(page: Page) -> Counter[tuple[datetime, timedelta]]:
    """The local times with an offset that a page prints, and how often."""
    found: Counter[tuple[datetime, timedelta]] = Counter()
    for parts, count in Counter(_STAMP.findall(page.body[:_LOOKED_AT])).items():
        stamp = _stamp(*parts)
        if stamp is not None:
            found[stamp] += count
    return found


@lru_cache(maxsize=8192)
def _stamp(day: bytes, clock: bytes, sign: bytes, hours: bytes, minutes: bytes) -> tuple[datetime, timedelta] | None:
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == b"-" else 1)
    if not offset or abs(offset) > timedelta(hours=14):
        return None
    try:
        return datetime.fromisoformat(f"{day.decode()}T{clock.decode()}"), offset
    except ValueError:
        return None


def _share(zone: str, stamps: Counter[tuple[datetime, timedelta]]) -> float:
    """How many of the stamps a zone's clock would have printed so."""
    where = ZoneInfo(zone)
    agreeing = sum(count for (local, offset), count in stamps.items() if local.replace(tzinfo=where).utcoffset() == offset)
    return agreeing / stamps.total()


def _domain_country(page: Page) -> str | None:
    ending = page.domain.rsplit(".", 1)[-1].split(":")[0]
    return ending if ending in _COUNTRIES else None


def _region(page: Page) -> str | None:
    """The country in `lang="de-AT"` or `og:locale` `en_GB`. American English is what templates say by default."""
    if page.format != "html":
        return None
    for stated in (page.selector.xpath("//html/@lang").get(), page.meta("og:locale")):
        found = re.fullmatch(r"\s*([A-Za-z]{2,3})[-_]([A-Za-z]{2})\s*", stated or "")
        if found and (found[1].lower(), found[2].lower()) != ("en", "us"):
            return found[2].lower()
    return None


def _by_offset(language: str | None, stamps: Counter[tuple[datetime, timedelta]]) -> str | None:
    """The zone of a page without a country, from offsets alone."""
    for country in _SPOKEN.get(language or "", ()):
        for name in _COUNTRIES[country].split():
            if _share(name, stamps) == 1:
                return name
    offsets = {offset for _, offset in stamps}
    if len(offsets) != 1:
        return None
    seconds = int(offsets.pop().total_seconds())
    if seconds % 3600:
        return next((name for line in _COUNTRIES.values() for name in line.split() if _share(name, stamps) == 1), None)
    hours = seconds // 3600
    return f"Etc/GMT{'-' if hours > 0 else '+'}{abs(hours)}"
