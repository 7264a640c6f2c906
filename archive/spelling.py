"""The words of an archive that a word nobody wrote may have meant. Reads only, within a time that is given."""

from __future__ import annotations

import re
import sqlite3
import time
import unicodedata
from collections.abc import Iterator

from archive.small_index import tokens

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_TERMS = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.entries_terms USING fts5vocab(main, entries_fts, instance)"
_ENOUGH = 1000  # a word as common as this is not told from a more common one


def alike(connection: sqlite3.Connection, word: str, *, until: float, limit: int = 3) -> list[str]:
    """Return words of the archive that are one or two slips from a word, the nearest first, then the commonest.

    `until` is when to stop looking, by `time.thread_time`: what was found by then is returned. A slip is a letter more, less or other,
    or two in each other's place; a word of fewer than six letters is allowed one.
    """
    word = _folded(word)
    stems = tokens(word)
    if len(stems) != 1 or not 3 <= len(word) <= 40:
        return []
    slips = 1 if len(word) < 6 else 2
    found: dict[str, tuple[int, str]] = {}  # by what the index makes of it: how many slips, and the word as written
    for one in _shortened_and_swapped(word):
        if time.thread_time() < until and one.isalpha() and _count(connection, one, 1):
            found.setdefault(tokens(one)[0], (1, one))
    for term in _beginning_with(connection, word[: 2 if len(word) < 5 else 3], until):
        apart = distance(term, stems[0], most=slips)
        if apart <= slips and (term not in found or apart < found[term][0]):
            found[term] = (apart, "")
    for one in _lengthened_and_changed(word, places=3):
        if time.thread_time() >= until or len(found) >= limit:
            break
        if _count(connection, one, 1):
            found.setdefault(tokens(one)[0], (1, one))
    near = sorted(found.items(), key=lambda item: item[1][0])[: 4 * limit]
    written = [(apart, _as_written(connection, term, one)) for term, (apart, one) in near]
    ranked = sorted((apart, -_count(connection, one, _ENOUGH), one) for apart, one in written if one)
    return [one for _, count, one in ranked if count][:limit]


def distance(one: str, other: str, *, most: int) -> int:
    """Return how many slips two words are apart, counting no further than one more than `most`.

    >>> distance("harbuor", "harbour", most=2), distance("storm", "stork", most=2), distance("ferry", "bridge", most=2)
    (1, 1, 3)
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, above = above, row
    return min(above[-1], most + 1)


def _folded(word: str) -> str:
    """Lower case without accents, as the index has it."""
    return "".join(char for char in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(char))


def _shortened_and_swapped(word: str) -> Iterator[str]:
    for place in range(len(word) - 1):
        yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]


def _lengthened_and_changed(word: str, *, places: int) -> Iterator[str]:
    """With another letter, or one more, among the first: slips there are not seen by looking at the words that begin alike."""
    for place in range(places):
        for letter in _LETTERS:
            yield word[:place] + letter + word[place + 1 :]
            yield word[:place] + letter + word[place:]


def _beginning_with(connection: sqlite3.Connection, beginning: str, until: float) -> Iterator[str]:
    """The words of the index with a beginning, each looked up behind the one before: to read their places would take seconds."""
    connection.execute(_TERMS)
    at = beginning
    while time.thread_time() < until:
        row = connection.execute("SELECT term FROM temp.entries_terms WHERE term >= ? LIMIT 1", (at,)).fetchone()
        if row is None or not row[0].startswith(beginning):
            return
        yield row[0]
        at = row[0] + "\x01"


def _as_written(connection: sqlite3.Connection, term: str, known: str) -> str:
    """A word that the index keeps as `term`, as somebody wrote it: the index keeps Réouverts as reouvert. `known` is one without accents,
    or empty."""
    connection.execute(_TERMS)
    row = connection.execute("SELECT doc, col FROM temp.entries_terms WHERE term = ? LIMIT 1", (term,)).fetchone()
    if row is None or row[1] not in ("text", "title", "byline"):
        return known
    said = connection.execute(f"SELECT {row[1]} FROM entries WHERE id = ?", (row[0],)).fetchone()
    for word in re.findall(r"[^\W_]+", (said[0] if said else None) or ""):
        if _folded(word) == known if known else _folded(word)[:2] == term[:2] and tokens(word) == [term]:
            return str(word).lower()
    return known


def _count(connection: sqlite3.Connection, word: str, most: int) -> int:
    found = "SELECT count(*) FROM (SELECT 1 FROM entries_fts WHERE entries_fts MATCH ? LIMIT ?)"
    return int(connection.execute(found, (f'{{title text byline}} : "{word}"', most)).fetchone()[0])
