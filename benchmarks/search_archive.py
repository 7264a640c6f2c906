"""A large archive to search in: made by `Archive.record` from pages of invented updates, so that it is what a crawl leaves.

Live blogs of 100 updates at 24 publishers over ten years, oldest first. Words come from the corpus as often as they are said there
(benchmarks/ingest_text.py); each live blog has eight names of its own in a third of its updates, and each update one name of a long tail:
so there are words in every tenth update, in every hundredth, and in three of a million. Every live blog is polled twice; between the
polls one update in twelve is edited and one in a hundred withdrawn. The index is merged as a crawler does, but for the last few polls. The
same number gives the same archive. One of several millions is that of a million several times over, each copy some seconds later than the
one before.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from archive.model import Capture, Extraction, Update  # noqa: E402
from archive.store import Archive  # noqa: E402
from archive.times import from_epoch  # noqa: E402
from benchmarks.ingest_text import LENGTH, PARAGRAPH, said  # noqa: E402
from crawler.merging import merge_some  # noqa: E402

UPDATES = 100  # a live blog
PUBLISHERS = 24
FIRST = datetime(2015, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=3650)
LATEST = 6  # live blogs of which the two polls are not merged into the rest of the index: a minute of a busy crawler
MILLION = 1_000_000
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


def build(folder: Path, entries: int) -> Path:
    """Return the file of the archive of so many entries, below a folder; it is made now if it is not there."""
    path = folder / str(entries) / "archive.db"
    if path.exists():
        as_a_crawler_leaves_it(path, entries)
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    for old in path.parent.glob(unfinished.name + "*"):
        old.unlink()
    if entries > MILLION:
        copies(build(folder, MILLION), unfinished, entries // MILLION)
    else:
        recorded(unfinished, max(1, entries // UPDATES))
    as_a_crawler_leaves_it(unfinished, entries)
    unfinished.rename(path)
    return path


def as_a_crawler_leaves_it(path: Path, entries: int) -> None:
    """Merge the indexes of an archive as a crawler does at quiet moments (crawler/merging.py), then record a few polls more, which are not
    merged yet. Once: an archive that has them stays as it is."""
    count = max(1, min(entries, MILLION) // UPDATES)
    with closing(Archive(path)) as archive:
        last = str(live_blog(count + LATEST - 1, count).url)
        if archive.connection.execute("SELECT 1 FROM live_blogs WHERE url = ?", (last,)).fetchone():
            return
        while merge_some(archive):
            pass
        for number in range(count, count + LATEST):
            record(archive, number, count)
        archive.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def record(archive: Archive, number: int, count: int) -> None:
    """Record two polls of a live blog."""
    page = live_blog(number, count)
    at = FIRST + SPAN * (number / count) + timedelta(hours=9)
    for poll, shown in enumerate((page, later(page, number))):
        capture = Capture(id=2 * number + poll + 1, url=str(page.url), body=b"", fetched_at=at + timedelta(minutes=poll))
        archive.record(shown, capture)


def recorded(path: Path, count: int) -> None:
    """Make an archive of so many live blogs by recording them."""
    started = time.monotonic()
    with closing(Archive(path)) as archive:
        for number in range(count):
            record(archive, number, count)
            if number % 500 == 499:
                tell(f"{(number + 1) * UPDATES:,} of {count * UPDATES:,} entries", started)
        archive.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def copies(source: Path, path: Path, times: int) -> None:
    """Make an archive that holds another so many times over, oldest first, indexed as recording would."""
    started = time.monotonic()
    with closing(Archive(path)) as archive:
        run = archive.connection.execute
        for pragma in ("foreign_keys = OFF", "cache_size = -800000", "synchronous = OFF"):
            run(f"PRAGMA {pragma}")
        run("ATTACH ? AS old", (str(source),))
        run("INSERT INTO publishers SELECT * FROM old.publishers")
        blogs = run("SELECT max(id) FROM old.live_blogs").fetchone()[0]
        for copy in range(times):
            _insert(run, "live_blogs", {"id": f"id + {copy * blogs}", "slug": f"slug || '{copy}'", "url": f"url || '/{copy}'"}, "TRUE")
        first, last = run("SELECT min(id), max(id) FROM old.entries").fetchone()
        step = (last - first) // 400 + 1
        for number, start in enumerate(range(first, last + 1, step)):
            run("BEGIN IMMEDIATE")
            for copy in range(times):
                id_, entry_id, blog = f"id + {61 * copy}", f"entry_id + {61 * copy}", f"live_blog_id + {copy * blogs}"
                changed = {"id": id_, "slug": f"slug || '{copy}'", "key": f"key || '/{copy}'", "live_blog_id": blog, "capture_id": "NULL"}
                _insert(run, "entries", changed, f"id >= {start} AND id < {start + step}")
                of = f"entry_id >= {start} AND entry_id < {start + step} ORDER BY entry_id"
                _insert(run, "placements", {"live_blog_id": blog, "entry_id": entry_id}, of)
                _insert(run, "revisions", {"entry_id": entry_id, "capture_id": "NULL"}, of)
            # Two entries of one second: the later copy's is left out, and what belongs to it stays with the other.
            run(
                "INSERT INTO entries_fts (rowid, text, title, byline, tag) SELECT id, text, title, byline, tag FROM entries_index"
                " WHERE id > coalesce((SELECT max(id) FROM entries_fts_docsize), -1) AND id < ?",
                (start + step,),
            )
            run("COMMIT")
            if number % 20 == 19:
                tell(f"{number + 1} of 400 parts", started)
        run(
            "INSERT INTO entries_fts (rowid, text, title, byline, tag) SELECT id, text, title, byline, tag FROM entries_index"
            " WHERE id > (SELECT max(id) FROM entries_fts_docsize)"
        )
        run("DELETE FROM revisions WHERE entry_id NOT IN (SELECT id FROM entries)")
        run("INSERT INTO revisions_fts (revisions_fts) VALUES ('rebuild')")
        run("INSERT INTO entries_titles (entries_titles) VALUES ('rebuild')")
        run("INSERT INTO rollups SELECT publisher_id, substr(day, 1, 7), count(*) FROM entries GROUP BY 1, 2")
        run("PRAGMA wal_checkpoint(TRUNCATE)")


def _insert(run: Callable[..., Any], table: str, changed: Mapping[str, str], where: str) -> None:
    """Copy rows of a table with some columns changed; what is there already stays."""
    names = [row["name"] for row in run(f"PRAGMA main.table_info({table})")]
    values = ", ".join(changed.get(name, name) for name in names)
    run(f"INSERT OR IGNORE INTO main.{table} ({', '.join(names)}) SELECT {values} FROM old.{table} WHERE {where}")


def tell(done: str, started: float) -> None:
    click.echo(f"{done} in {time.monotonic() - started:.0f} s", err=True)
