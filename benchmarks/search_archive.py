"""A large archive to search in: made by `Archive.record` from pages of invented updates, so that it is what a crawl leaves.

    python benchmarks/search_archive.py FOLDER [--entries N]

Live blogs of 100 updates at 24 publishers over ten years, oldest first. Words come from the corpus as often as they are said there
(benchmarks/ingest_text.py); each live blog has eight names of its own in a third of its updates, and each update one name of a long tail:
so there are words in every tenth update, in every hundredth, and in three of a million. Every live blog is polled twice; between the
polls one update in twelve is edited and one in a hundred withdrawn. The same number gives the same archive.
"""

from __future__ import annotations

import random
import sys
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from archive.model import Capture, Extraction, Update  # noqa: E402
from archive.store import Archive  # noqa: E402
from archive.times import from_epoch  # noqa: E402
from benchmarks.ingest_text import LENGTH, PARAGRAPH, said  # noqa: E402

UPDATES = 100  # a live blog
PUBLISHERS = 24
FIRST = datetime(2015, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=3650)
LANGUAGES = ("en", "en", "en", "de", "fr", "it")
KINDS = ("post",) * 16 + ("key_event", "key_event", "summary", "quote")
TAIL = 300_000  # names; how often one is drawn falls with its number
_SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu zan bel cor dun fen gar hol jor kel lam mor nor pol".split()


def name(number: int) -> str:
    """An invented name, another for each number.

    >>> name(7), name(123_456)
    ('Kice', 'Forosufo')
    """
    number += len(_SYLLABLES)  # two syllables at least
    parts = []
    while number:
        number, rest = divmod(number, len(_SYLLABLES))
        parts.append(_SYLLABLES[rest])
    return "".join(parts).capitalize()


def a_name(chance: random.Random) -> str:
    return name(int(TAIL * chance.random() ** 3))


def live_blog(number: int, count: int) -> Extraction:
    """The live blog of a number among `count`, as it was first polled; newest update first."""
    chance = random.Random(f"live blog {number}")
    start = FIRST + SPAN * (number / count)
    publisher = min(int(PUBLISHERS * chance.random() ** 1.5), PUBLISHERS - 1)
    site, topic = f"paper{publisher}.example", [a_name(chance) for _ in range(8)]
    language = LANGUAGES[publisher % len(LANGUAGES)]

    def update(place: int) -> Update:
        words = [said(chance, PARAGRAPH), said(chance, LENGTH - PARAGRAPH)]
        names = [a_name(chance), *(chance.sample(topic, 2) if place % 3 == 0 else [])]
        title = said(chance, 40) + " " + names[-1] if place % 2 else None
        return Update(
            source_id=f"u{place}",
            url=f"https://{site}/live/{number}#u{place}",
            title=title,
            byline=f"{name(publisher * 40 + place % 5)} {name(900 + place % 17)}" if place % 4 == 0 else None,
            html=f"<p>{words[0]} {' '.join(names)}</p><p>{words[1]}</p>",
            kind=chance.choice(KINDS),
            published=from_epoch(start.timestamp() + place * 290 + chance.randrange(200)),
        )

    return Extraction(
        url=f"https://{site}/live/{number}",
        publisher=f"paper{publisher}",
        publisher_name=f"The Paper of {name(publisher + 40)}",
        live_blog_key=f"live/{number}",
        title=f"{said(chance, 30)} {topic[0]}",
        language=language,
        zone="Europe/London",
        updates=tuple(reversed([update(place) for place in range(UPDATES)])),
        method="benchmark",
    )


def later(page: Extraction, number: int) -> Extraction:
    """The same live blog at the second poll: some updates edited, some gone."""
    chance = random.Random(f"later {number}")
    shown = []
    for place, update in enumerate(page.updates):
        if 0 < place < UPDATES - 1 and chance.random() < 0.01:
            continue
        edited = chance.random() < 1 / 12
        shown.append(replace(update, html=f"{update.html}<p>Correction: {said(chance, 80)} {a_name(chance)}</p>") if edited else update)
    return replace(page, updates=tuple(shown))


def build(folder: Path, entries: int, *, bar: bool = True) -> Path:
    """Return the file of the archive of so many entries, below a folder; it is made now if it is not there."""
    path = folder / str(entries) / "archive.db"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    for old in path.parent.glob(unfinished.name + "*"):
        old.unlink()
    count = max(1, entries // UPDATES)
    started = time.monotonic()
    with closing(Archive(unfinished)) as archive:
        for number in range(count):
            page = live_blog(number, count)
            at = FIRST + SPAN * (number / count) + timedelta(hours=9)
            for poll, shown in enumerate((page, later(page, number))):
                capture = Capture(id=2 * number + poll + 1, url=str(page.url), body=b"", fetched_at=at + timedelta(minutes=poll))
                archive.record(shown, capture)
            if bar and number % 500 == 499:
                done = time.monotonic() - started
                click.echo(f"{(number + 1) * UPDATES:,} of {entries:,} entries in {done:.0f} s", err=True)
        archive.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    unfinished.rename(path)
    return path


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--entries", default=1_000_000, show_default=True)
def main(folder: Path, entries: int) -> None:
    click.echo(build(folder, entries))


if __name__ == "__main__":
    main()
