"""A person's query -> terms and filters. Nothing a person types is ever a syntax error. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date

from archive.model import KINDS
from archive.pairs import has_spaceless, pairs

TOKEN = re.compile(
    r"""(?P<minus>-)?(?:(?P<field>[A-Za-z]+):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))""",
)
FIELDS = ("publisher", "since", "until", "byline", "live", "language", "kind", "is", "in")
_EXAMPLES = {
    "publisher": "echo", "since": "2026-03", "until": "2026-03", "byline": "vell", "live": "a2b4c6d8e2f4", "language": "en",
    "kind": "key_event", "is": "edited", "in": "history",
}  # fmt: skip
_DATE = re.compile(r"\d{4}(?:-\d{1,2}(?:-\d{1,2})?)?")
_PUNCTUATION = re.compile(r"[^\w*]+")
# Each word is looked up in every part of the index, so that a search of thousands would take seconds.
MOST_WORDS = 40
_LONGEST = 400  # characters of one word, and of one text without spaces


@dataclass(frozen=True, kw_only=True)
class Query:
    """What a person asked for.

    `groups` are ANDed; each is a tuple of alternatives (ORed) in FTS5 syntax, made of quoted strings alone.
    `excluded` are FTS5 strings that may not occur. `since` and `until` are inclusive prefixes of a
    date: 2013, 2013-02 or 2013-02-26. `in_history`: superseded wordings are searched, too. `ignored` are the parts
    that could not be used, with a reason each.
    """

    text: str = ""
    groups: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[str, ...] = ()
    publisher: str | None = None
    since: str | None = None
    until: str | None = None
    byline: tuple[str, ...] = ()
    live: str | None = None
    language: str | None = None
    kind: str | None = None
    edited: bool = False
    withdrawn: bool = False
    in_history: bool = False
    spaceless: str | None = None
    ignored: tuple[str, ...] = field(default=())

    @property
    def is_words_alone(self) -> bool:
        """Whether single words and dates are all there is to it."""
        others = replace(self, text="", groups=(), since=None, until=None, ignored=())
        return others == Query() and not any(" " in term for group in self.groups for term in group)

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows the search: then the latest entries are the answer."""
        return replace(self, text="", ignored=()) == Query()


def parse(text: str) -> Query:
    """Read a query: words are ANDed, "a phrase", OR, -not, word*, and field:value.

    >>> parse('harbour OR quay -"dry dock" publisher:echo since:2026-03').groups
    (('"harbour"', '"quay"'),)
    >>> parse('"unclosed AND (').groups
    (('"unclosed AND"',),)
    """
    groups: list[list[str]] = []
    excluded: list[str] = []
    filters: dict[str, object] = {}
    bylines: list[str] = []
    ignored: list[str] = []
    spaceless: list[str] = []
    joining = negating = False
    words = left_out = 0
    for found in TOKEN.finditer(text):
        name = (found["field"] or "").lower()
        value = found["phrase"] if found["phrase"] is not None else found["word"] or ""
        if name and name not in FIELDS:
            value, name = f"{found['field']}:{value}", ""
        if not name and value.endswith(":") and value[:-1].lower() in FIELDS:
            ignored.append(f"{value} (a filter's value follows the colon at once, as in {value.lower()}{_EXAMPLES[value[:-1].lower()]})")
            continue
        if name:
            _filter(name, value, filters, bylines, ignored, negated=bool(found["minus"]))
            continue
        if found["word"] == "OR" and not found["minus"]:
            joining = bool(groups)
            continue
        if found["word"] == "AND" and not found["minus"]:
            continue
        if found["word"] == "NOT" and not found["minus"]:
            negating = True
            continue
        if len(value) > _LONGEST and found["phrase"] is None:
            left_out += 1
            continue
        if has_spaceless(value) and not found["minus"]:
            if sum(map(len, spaceless)) + len(value) > _LONGEST:
                left_out += 1
                continue
            spaceless.append(pairs(value))
            value = re.sub(r"\s+", " ", _without_spaceless(value)).strip()
        term = _term(value, is_phrase=found["phrase"] is not None)
        if term is None:
            joining = False
            continue
        words += term.count(" ") + 1
        if words > MOST_WORDS:
            words -= term.count(" ") + 1
            left_out += 1
            continue
        if found["minus"] or negating:
            negating = False
            excluded.append(term)
        elif joining:
            groups[-1].append(term)
        else:
            groups.append([term])
        joining = False
    if left_out:
        ignored.append(f"{left_out:,} of its words and phrases (a search looks for {MOST_WORDS} words at most)")
    return Query(
        text=text.strip(),
        groups=tuple(tuple(group) for group in groups),
        excluded=tuple(excluded),
        byline=tuple(bylines[:MOST_WORDS]),
        spaceless=" ".join(f'"{part}"' for part in spaceless) or None,
        ignored=tuple(ignored),
        **filters,  # type: ignore[arg-type]
    )


def match_groups(query: Query) -> list[str]:
    """Return the FTS5 expressions of the typed words and of the byline, all of which must hold, in the order typed."""
    return [" OR ".join(_typed(term) for term in group) for group in query.groups] + [f"byline : {name}" for name in query.byline]


def weighed_groups(query: Query) -> list[str]:
    """Return those of them by which hits are weighed in a large archive: all but phrases. An entry seldom has one twice, and
    FTS5 goes through all places of its words to learn how rare it is.

    >>> weighed_groups(parse('"ferry quay" storm OR gale'))
    ['"storm" OR "gale"']
    """
    return [whole for whole in match_groups(query) if " " not in "".join(whole.split('"')[1::2])]


def title_expression(query: Query) -> str | None:
    """Return the FTS5 expression for the index of titles, or None if there are not two words to look for at least.

    That index does not know where a word stands: of a phrase it is asked for the words.

    >>> title_expression(parse('"ferry quay" storm OR gale since:2013'))
    '("ferry") AND ("quay") AND ("storm" OR "gale")'
    """
    groups: list[tuple[str, ...]] = []
    for group in query.groups:
        words = group[0][1:-1].split() if len(group) == 1 else []
        groups += [(f'"{word}"',) for word in words] if len(words) > 1 else [group]
    if len(groups) < 2 or not all(_is_one_token(term) for group in groups for term in group):
        return None
    return " AND ".join(f"({' OR '.join(group)})" for group in groups)


def _is_one_token(term: str) -> bool:
    """Whether FTS5 is certain to take a quoted word as one: its letters and digits are of an older Unicode than Python's."""
    return all(unicodedata.ucd_3_2_0.category(char)[0] in "LN" for char in term[1:-1])


def match_expression(query: Query) -> str | None:
    """Return the FTS5 expression for the typed words and the byline, or None if there are none.

    >>> match_expression(parse("ferry OR quay storm"))
    '("ferry" OR "quay") AND ("storm")'
    """
    return " AND ".join(f"({group})" for group in match_groups(query)) or None


def exclusion(query: Query) -> str | None:
    """Return the FTS5 expression of what may not occur, or None."""
    return " OR ".join(_typed(term) for term in query.excluded) or None


def _typed(term: str) -> str:
    """A typed word searches title, text and byline only, never the opaque terms in `tag`.

    All of those begin with an x, so a word without one need not be told where to look: reading the columns of each place a word stands at
    takes half as long again.
    """
    return f"{{title text byline}} : {term}" if "x" in unicodedata.normalize("NFKD", term).lower() else term


def _term(value: str, *, is_phrase: bool) -> str | None:
    """A word or phrase as one quoted FTS5 string, its punctuation gone; None if nothing is left."""
    prefix = not is_phrase and value.endswith("*")
    words = " ".join(_PUNCTUATION.sub(" ", value.replace("*", " ").replace("\x00", " ")).split())
    if not words or not re.search(r"\w", words.replace("_", "")):
        return None
    return f'"{words}"*' if prefix else f'"{words}"'


def _without_spaceless(value: str) -> str:
    return "".join(" " if has_spaceless(char) else char for char in value)


def _filter(name: str, value: str, filters: dict[str, object], bylines: list[str], ignored: list[str], *, negated: bool) -> None:
    value = value.strip()
    if negated or not value:
        ignored.append(f"{'-' if negated else ''}{name}:{value} (a filter needs a value and cannot be turned round)")
    elif name in ("since", "until"):
        if _DATE.fullmatch(value) and _is_month_and_day(value):
            year, *rest = value.split("-")
            filters[name] = "-".join([year, *(part.zfill(2) for part in rest)])
        else:
            ignored.append(f"{name}:{value} (expected a date such as 2013, 2013-02 or 2013-02-26)")
    elif name == "byline":
        term = _term(value, is_phrase=True)
        if term:
            bylines.append(term)
        else:
            ignored.append(f"byline:{value} (expected a name)")
    elif name == "is":
        if value.lower() in ("edited", "withdrawn"):
            filters[value.lower()] = True
        else:
            ignored.append(f"is:{value} (expected is:edited or is:withdrawn)")
    elif name == "in":
        if value.lower() == "history":
            filters["in_history"] = True
        else:
            ignored.append(f"in:{value} (expected in:history)")
    elif name == "kind" and value.lower().replace("-", "_") not in KINDS:
        ignored.append(f"kind:{value} (expected one of {', '.join(KINDS)})")
    else:
        filters[name] = value.lower() if name in ("language", "kind", "publisher") else value


def _is_month_and_day(value: str) -> bool:
    year, month, day = [*(int(part) for part in value.split("-")), 1, 1][:3]
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def with_filters(query: Query, **filters: str | None) -> Query:
    """Return the query narrowed by filters given apart from it, read as the same words in it would be.

    >>> with_filters(parse("storm"), publisher="echo", since=None).publisher
    'echo'
    """
    values: dict[str, object] = {}
    ignored: list[str] = []
    for name, value in filters.items():
        if value:
            _filter(name, value, values, [], ignored, negated=False)
    return replace(query, ignored=query.ignored + tuple(ignored), **values)  # type: ignore[arg-type]
