"""The signs of a live page in an address, a title, a badge or an element's attributes, and those of what only looks like one. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

# How sure one sign alone makes us. Two independent ones add up to more, see `together`.
_LAYOUT, _ADDRESS, _SLUG, _WEAK, _WORN, _MARK, _TITLE, _CATEGORY = 0.95, 0.8, 0.75, 0.35, 0.7, 0.6, 0.6, 0.6
POSTING = 0.97
_LONGEST = 400  # characters of a title or path that are looked at


@dataclass(frozen=True, kw_only=True)
class Sign:
    """One reason to take a link for a live page: in words, and how sure it alone makes us."""

    why: str
    weight: float
    is_badge: bool = False


# Path segments below which live pages stand, in the languages seen; a page's own name must follow.
_SECTIONS = frozenset(
    "live live-blog live-blogs liveblog liveblogs live-news live-updates live-update live-coverage live-story live-stories live-ticker"
    " liveticker ticker newsticker news-ticker live-report live-reporting minute-by-minute liveupdates"
    " en-direct direct directs le-direct en-vivo envivo directo en-directo minuto-a-minuto ao-vivo aovivo ao-minuto aominuto em-direto"
    " diretta dirette in-diretta direkte direktrapport nyhetsstudio livestudio rechtstreeks livecenter livecentre"
    " relacja relacje na-zywo relacja-na-zywo online-zive zive nazivo elo eloben percrol-percre canli canli-anlatim canli-blog".split()
)
# Words in a page's own name that only live pages have: "/storm-morwenna-live-updates-12345".
_SLUG_WORDS = re.compile(
    r"(?<![a-z])(live-?blog|live-?ticker|news-?ticker|live-updates?|latest-updates|live-coverage|live-reporting|minute-by-minute"
    r"|en-direct|in-diretta|diretta-live|live-diretta|minuto-a-minuto|ao-minuto|ao-vivo|em-direto|minuto-per-minuto|relacja-na-zywo"
    r"|percrol-percre|canli-anlatim|live-latest|latest-live)(?![a-z])"
)
_LIVE_IN_SLUG = re.compile(r"(?<![a-z])live(?![a-z])")
# What else calls itself live: streams, channels, scores, listings, the art of watching it somewhere.
_OTHER_SEGMENTS = frozenset(
    "video videos watch tv live-tv livetv tv-live livestream livestreams live-stream live-streams live-streaming streaming stream streams"
    " player iplayer radio audio sounds listen podcast podcasts webcam webcams fixtures scores scores-fixtures live-scores livescores"
    " livescore live-score scoreboard scorecard schedule schedules standings tickets concerts gigs mediathek tv-guide programme programmes"
    " epg replay antenne direct-tv tv-direct tv-en-direct diretta-tv direct-video en-vivo-tv senal-en-vivo live-video"
    " jobs shop games".split()
)
_OTHER_WORDS = re.compile(
    r"(?<![a-z])(?:watch-live|live-?stream(?:ing|s)?|how-to-watch|where-to-watch|what-channel|tv-channel|which-channel|live-scores?|live-tv"
    r"|live-traffic|tv-guide|come-vedere|dove-vedere|dove-vederla|donde-ver|onde-assistir|quelle-chaine|live-im-tv|live-radio|live-cams?)(?![a-z])"
)
_OTHER_TITLES = re.compile(
    r"^\W*(?:watch|listen|play|video|regardez|regarder|voir|revoir|[ée]couter|guarda|ascolta|ver|vea|mira|escuchar?|assista|ouvir|ou[çc]a|zie|kijk)\b"
    r"|\b(?:watch|listen) live\b|\blive ?(?:tv|stream(?:ing)?|scores?|radio|video|music|session|shows?|tickets?|webcams?|cricket scores?)\b"
    r"|\b(?:how|where) to watch\b|\b(?:what|which|tv) channel\b|\bquelle cha[îi]ne\b|\bcome vedere\b|\bdove vedere\b|\bd[óo]nde ver\b"
    r"|\bonde assistir\b|\bim (?:tv|free-tv|stream)\b|\blivestream\b|\btv[- ](?:guide|en direct|em direto)\b|\bfixtures\b",
    re.I,
)
_SCORE = re.compile(r"(?<![\d:.–-])\d{1,3}\s?[-–:]\s?\d{1,3}(?![\d:.–-])")  # "Town 2-1 Rovers"
_LONGEST_SCORE = 60  # characters of a fixture's link; a headline that names a score is longer
# Coverage that is over says so.
_OVER = re.compile(
    r"\bas it happened\b|\bas-it-happened\b|\bhappened live\b|\blive (?:coverage|blog|reporting) (?:has )?(?:ended|closed|is over)\b", re.I
)

_BADGE_WORDS = "|".join(
    """
    live(?:[- ]?(?:now|updates?|blog|news|ticker|reporting|coverage|text|feed|story))?|liveblog|(?:news|live)[- ]?ticker|ticker
    happening now|(?:le |en |suivre en )?direct|le live|en vivo|(?:en )?directo|minuto a minuto|ao vivo|(?:em )?direto|ao minuto
    (?:in )?diretta(?: live)?|la diretta|live[- ]?blogg?en?|direkt(?:e|en|rapport)?|n[åa] direkte|rechtstreeks|suora|suorana|seuraa
    (?:relacja )?na [żz]ywo|relacja|(?:online )?[žz]iv[ěe]|na[žz]ivo|u[žz]ivo|v [žz]ivo|[ée]l[őo](?:ben)?|percr[őo]l percre
    canl[ıi](?: anlat[ıi]m)?|онлайн|в прямом эфире|прямой эфир|наживо|уживо|ζωντανά|live τώρα
    مباشر|مباشرة|بث مباشر|لحظة بلحظة|زنده|לייב|שידור חי|עדכונים שוטפים|लाइव|লাইভ
    直播|直播中|文字直播|实时|即時|滾動|速報中|ライブ|生中継
    실시간|라이브|생중계|tr[ựu]c ti[ếe]p|langsung|สด|moja kwa moja
    """.strip().split("\n    ")
)
_BADGE = re.compile(rf"[\W_]{{0,4}}(?:{_BADGE_WORDS})[\W_]{{0,4}}", re.I)
# "LIVE Storm closes the port", "Live: ...", "En direct, guerre ...", "DIRETTA | ..."
_PREFIX = re.compile(rf"[\W_]{{0,4}}(?P<badge>{_BADGE_WORDS})\s{{0,3}}(?:[:|•·●!]|\s[-–—]\s|[–—])\s*", re.I)
_COMMA_PREFIX = re.compile(
    r"[\W_]{0,4}(?P<badge>en direct|en directo|en vivo|ao vivo|in diretta|live-?ticker|live-?blog|live updates?)\s{0,3},\s*", re.I
)
_CAPITAL_PREFIX = re.compile(
    r"[\W_]{0,4}(?P<badge>LIVE(?: UPDATES?)?|EN DIRECT|DIRECT|DIRETTA|AO VIVO|EN VIVO|DIRECTO|LIVETICKER|DIREKTE)\s+(?=[^\W\d_])"
)
_SUFFIX = re.compile(
    r"(?:\s[-–—|]\s(?:[\w' ]{0,40}\s)?|[:,]\s)(?P<badge>live(?: updates?| blog| coverage)?"
    r"|en directo?|en vivo|ao vivo|in diretta|diretta live)\W{0,3}$",
    re.I,
)
_PHRASE = re.compile(
    r"\b(live updates|live[- ]?blog|live[- ]?ticker|news[- ]?ticker|minute[- ]by[- ]minute|minuto a minuto|ao minuto"
    r"|minuto per minuto|live coverage|live reporting|relacja na [żz]ywo|percr[őo]l percre|canl[ıi] anlat[ıi]m|文字直播|لحظة بلحظة)(?!\w)",
    re.I,
)
_CLASS = re.compile(
    r"(?<![a-z])(?:is|has)[-_]?live(?![a-z])|(?<![a-z])live[-_]?(?:badge|label|tag|icon|indicator|marker|flag|pill|dot|kicker|now|status|blog|ticker|bug)"
    r"|(?:badge|label|tag|icon|kicker|flag|marker|pill|card|story|teaser|item|article|tone)(?:__\w+)?[-_]+live(?:blog)?(?![a-z])|--live(?:blog)?(?![a-z])"
    r"|(?<![a-z])(?:badge|label|tag|icon)[-_]+(?:direct|diretta|directo|direto|aovivo|ao-vivo|envivo|en-vivo)(?![a-z])",
    re.I,
)
_CLASS_OF_OTHERS = re.compile(r"video|player|stream|radio|audio|live-?tv|score|fixture|match-?(?:card|row|item)|menu|(?<![a-z])nav", re.I)
_FLAG = re.compile(r"data-(?:\w+-)?(?:is-?)?live(?:-?blog)?")
_KIND = re.compile(r"data-(?:[\w-]{0,30}-)?(?:type|kind|format|tone|template|design)")
_KINDS = frozenset("live liveblog live-blog live_blog livestory live-story liveblogposting minutebyminute ticker liveticker".split())
_NAMES = ("aria-label", "title", "alt", "data-label", "data-badge", "data-kicker")


def address_sign(url: str, live_url: re.Pattern[str] | None, *, name: str = "") -> Sign | None:
    """What an address says. `live_url` is how the layout of that publisher, called `name`, knows its live pages by their paths.

    >>> address_sign("https://times.example/news/live/storm-2026", None).why, address_sign("https://times.example/live", None)
    ('the address has /live/', None)
    >>> address_sign("https://times.example/news/olive-oil-alive-12", None) is None
    True
    """
    path = unquote(urlsplit(url).path)[:_LONGEST].lower()
    if live_url and live_url.search(path):
        return Sign(why=f"the address of a live page{f' of {name}' if name else ''}", weight=_LAYOUT)
    segments = [segment for segment in path.split("/") if segment]
    for place, segment in enumerate(segments[:-1]):
        if segment in _SECTIONS and any(_is_own_name(below) for below in segments[place + 1 :]):
            return Sign(why=f"the address has /{segment}/", weight=_ADDRESS)
    slugs = [segment for segment in segments if "-" in segment or "_" in segment]
    for slug in reversed(slugs):
        found = _SLUG_WORDS.search(slug.replace("_", "-"))
        if found and slug.replace("_", "-") not in _SECTIONS:
            return Sign(why=f"the address has {found[1]}", weight=_SLUG)
    if slugs and slugs[-1].count("-") > 1 and _LIVE_IN_SLUG.search(slugs[-1]):
        return Sign(why="the address has the word live", weight=_WEAK)
    return None


def _is_own_name(segment: str) -> bool:
    """Whether a segment can be a page's name: "storm-morwenna", "c7p765ynk9qt", no section's ("football", "2026")."""
    return (
        "-" in segment
        or "_" in segment
        or (not segment.isdigit() and any(c.isdigit() for c in segment))
        or (segment.isdigit() and len(segment) > 4)
    )


def title_sign(title: str | None) -> Sign | None:
    """What a title says: "Live: ...", "... - politics live", "... live updates"."""
    text = (title or "")[:_LONGEST]
    for pattern in (_PREFIX, _COMMA_PREFIX, _CAPITAL_PREFIX):
        found = pattern.match(text)
        if found:
            return Sign(why=f"its title begins with {found['badge'].strip()!r}", weight=_TITLE)
    found = _SUFFIX.search(text)
    if found:
        return Sign(why=f"its title ends in {found['badge']!r}", weight=_TITLE)
    found = _PHRASE.search(text)
    return Sign(why=f"its title has {found[1]!r}", weight=_TITLE) if found else None


def badge_sign(text: str | None) -> Sign | None:
    """What words that stand alone say: "LIVE", "En direct", "直播"."""
    stripped = (text or "").strip()
    if stripped and len(stripped) <= 30 and _BADGE.fullmatch(stripped):
        return Sign(why=f"a live badge ({' '.join(stripped.split())!r})", weight=_WORN, is_badge=True)
    return None


def attribute_sign(attributes: Mapping[str, str]) -> Sign | None:
    """What an element's class, aria and data attributes say. `aria-live` speaks of screen readers, not of the news."""
    classes = attributes.get("class", "")[:_LONGEST]
    found = _CLASS.search(classes) if "live" in classes.lower() or "dire" in classes.lower() or "vivo" in classes.lower() else None
    if found and not _CLASS_OF_OTHERS.search(classes):
        return Sign(why=f"a live badge (class {found[0].strip('-_ ')})", weight=_MARK, is_badge=True)
    for name in _NAMES:
        sign = badge_sign(attributes.get(name))
        if sign:
            return sign
    for name, value in attributes.items():
        if not name.startswith("data-"):
            continue
        word = value[:40].strip().lower()
        if (_FLAG.fullmatch(name) and word in ("true", "1", "yes", "live")) or (_KIND.fullmatch(name) and word in _KINDS):
            return Sign(why=f"a live badge ({name}={word})", weight=_MARK, is_badge=True)
    return None


def category_sign(category: str) -> Sign | None:
    """What a feed's category or a sitemap's keyword says."""
    word = category.strip()
    if badge_sign(word) or word.lower().replace(" ", "-") in _SECTIONS or _PHRASE.fullmatch(word):
        return Sign(why=f"its category is {word[:40]!r}", weight=_CATEGORY)
    return None


def posting_sign() -> Sign:
    return Sign(why="a LiveBlogPosting in the page's data", weight=POSTING)


def other_kind(url: str, title: str | None) -> str | None:
    """What a link that calls itself live is instead of a live blog, or None: a stream, a channel, a score, an explainer."""
    path = unquote(urlsplit(url).path)[:_LONGEST].lower()
    segments = path.strip("/").split("/")
    if _OTHER_SEGMENTS & set(segments):
        return "a stream or a listing by its address"
    if segments[-1] in _SECTIONS:
        return "a section by its address"
    if _OTHER_WORDS.search(path):
        return "a stream or a listing by its address"
    text = (title or "")[:_LONGEST]
    if _OTHER_TITLES.search(text):
        return "a stream or a listing by its title"
    return "a score" if len(text) <= _LONGEST_SCORE and _SCORE.search(text) else None


def is_over(url: str, title: str | None) -> bool:
    """Whether an address or a title says that coverage has ended."""
    return bool(_OVER.search(title or "") or _OVER.search(urlsplit(url).path))


def without_badge(title: str) -> str:
    """Return a title without the badge in front of it.

    >>> without_badge("LIVE: Storm shuts the port"), without_badge("EN DIRECT Le ferry"), without_badge("Live music returns")
    ('Storm shuts the port', 'Le ferry', 'Live music returns')
    """
    for pattern in (_PREFIX, _COMMA_PREFIX, _CAPITAL_PREFIX):
        found = pattern.match(title)
        if found and len(title) > found.end():
            return title[found.end() :].strip()
    return title


def names_page(sign: Sign | None) -> bool:
    """Whether a sign of the address names the page by its path, whatever is asked for behind it (`?page=2`)."""
    return sign is not None and sign.weight >= _SLUG


def together(signs: list[Sign]) -> float:
    """How sure several signs make us, each taken as independent of the others.

    >>> together([Sign(why="a", weight=0.5), Sign(why="b", weight=0.5)])
    0.75
    """
    doubt = 1.0
    for sign in signs:
        doubt *= 1 - sign.weight
    return round(1 - doubt, 3)
