"""forget: rows, index, evidence and the files' very bytes; what is left is sound; a kill is mended; nothing else is touched."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import archive.forget
from archive.captures import Captures
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.forget import Forgotten, forget, prepare
from archive.forget_journal import journal_of
from archive.model import Capture
from archive.opening import open_reader
from archive.query import parse
from archive.search import search
from archive.times import from_utc
from archive.verify import verify
from crawler.cli import main
from crawler.extraction import extract
from crawler.page import Page
from crawler.recorder import recording

STORM, MARKET = "https://times.example/live/storm", "https://times.example/live/market"
SECRET = ("Witness named at the inquest", "Zebediah Quillfeather told the coroner that he saw the lorry leave the bridge at four.")
EDITED = ("Witness heard at the inquest", "Zebediah Quillfeather told the coroner that he had seen nothing at all that night.")
BRIDGE = ("Bridge shut to lorries", "The harbour bridge is shut to lorries until the wind drops, the port said.")
FERRY = ("Ferry runs late tonight", "An extra boat leaves every twenty minutes from the northern pier.")


def live_page(updates: Sequence[tuple[str, tuple[str, str]]], *, url: str = STORM, title: str = "Storm", filler: int = 0) -> bytes:
    """A page that says each update twice: for machines and for people."""
    data = {
        "@context": "https://schema.org", "@type": "LiveBlogPosting", "headline": title, "url": url,
        "liveBlogUpdate": [
            {"@type": "BlogPosting", "@id": f"#{name}", "url": f"{url}#{name}", "headline": said[0], "articleBody": said[1],
             "datePublished": f"2026-03-01T11:{10 + number:02}:00Z"}
            for number, (name, said) in enumerate(updates)
        ],
    }  # fmt: skip
    articles = "".join(
        f"<article id={name}><h2>{said[0]}</h2><p>{said[1].replace('the', '<b>the</b>')}</p></article>" for name, said in updates
    )
    noise = "".join(f"<!-- {random.Random(filler).getrandbits(64 * 40):x} -->" for _ in range(1))
    return f"""<html><head><title>{title}</title><link rel="canonical" href="{url}">
<script type="application/ld+json">{json.dumps(data)}</script></head><body>{articles}{noise}{"<p></p>" * 400}</body></html>""".encode()


def polled(folder: Folder, *bodies: tuple[str, bytes], hour: int = 12) -> None:
    with recording(folder) as recorder:
        for minute, (url, body) in enumerate(bodies):
            recorder.receive(Capture(url=url, body=body, fetched_at=from_utc(f"2026-03-01T{hour}:{minute:02}:00Z")))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Two live blogs, five polls: the secret is edited once, and stands on the storm page only."""
    made = Folder(tmp_path / "archive")
    polled(
        made,
        (STORM, live_page([("b1", BRIDGE)])),
        (STORM, live_page([("b1", BRIDGE), ("b2", SECRET)])),
        (STORM, live_page([("b1", BRIDGE), ("b2", EDITED)])),
        (STORM, live_page([("b1", BRIDGE), ("b2", EDITED), ("b3", FERRY)])),
        (MARKET, live_page([("m1", ("Shares fall", "The index lost a tenth of its value before noon."))], url=MARKET, title="Market")),
    )
    return made


def stoppress(*arguments: str | Path, input: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=input)


def entry_named(folder: Folder, source: str) -> str:
    with closing(open_reader(folder.archive)) as connection:
        return str(connection.execute("SELECT slug FROM entries WHERE key LIKE '%' || ?", (source,)).fetchone()[0])


def titles(folder: Folder) -> list[str]:
    with closing(open_reader(folder.archive)) as connection:
        return [row[0] for row in connection.execute("SELECT title FROM entries ORDER BY id")]


def forgotten(folder: Folder, *names: str) -> Forgotten:
    return forget(folder, prepare(folder, names))


def bytes_that_hold(folder: Folder, *words: str) -> list[str]:
    """Every place in the folder's files, raw and as what they hold, where one of the words can still be read."""
    found = []
    for path in sorted(folder.path.iterdir()):
        data = path.read_bytes().lower()
        found += [
            f"{path.name} holds {word!r}" for word in words if word.lower().encode() in data or word.lower().encode("utf-16-le") in data
        ]
    with closing(Captures.reading(folder.captures)) as captures:
        for row in captures.connection.execute("SELECT digest FROM bodies"):
            body = captures.body(row["digest"]).lower()
            found += [f"body {row['digest']} holds {word!r}" for word in words if word.lower().encode() in body]
    with closing(sqlite3.connect(folder.archive)) as connection:
        for name in ("entries_fts", "entries_titles", "entries_pairs", "revisions_fts", "revisions_pairs"):
            connection.execute(f"CREATE VIRTUAL TABLE temp.v_{name} USING fts5vocab(main, {name}, row)")
            terms = {row[0] for row in connection.execute(f"SELECT term FROM temp.v_{name}")}
            found += [f"{name} has {word!r}" for word in words if any(term.startswith(word.lower()[:7]) for term in terms)]
    return found


class TestAnEntry:
    def test_it_is_gone_and_nothing_else(self, folder: Folder) -> None:
        done = forgotten(folder, entry_named(folder, "b2"))
        assert (done.entries, done.wordings, done.live_blogs, done.captures, done.redacted, done.unreadable) == (1, 2, 0, 0, 3, 0)
        assert titles(folder) == [BRIDGE[0], "Shares fall", FERRY[0]] or sorted(titles(folder)) == sorted(
            [BRIDGE[0], "Shares fall", FERRY[0]]
        )
        assert verify(folder).problems == ()
        assert not journal_of(folder).exists()

    def test_its_bytes_are_gone(self, folder: Folder) -> None:
        assert bytes_that_hold(folder, "Quillfeather")
        forgotten(folder, entry_named(folder, "b2"))
        assert bytes_that_hold(folder, "Quillfeather", "Zebediah", "coroner", "inquest") == []

    def test_the_captures_read_again_give_the_others_unchanged(self, folder: Folder) -> None:
        forgotten(folder, entry_named(folder, "b2"))
        with closing(Captures.reading(folder.captures)) as captures:
            pages = [captures.get(number) for number in captures.ids()]
        read = [
            [(u.title, u.text) for u in extract(Page.from_capture(page)).updates if "redacted" not in (u.text or "")]
            for page in pages
            if page
        ]
        assert read[:4] == [[BRIDGE], [BRIDGE], [BRIDGE], [BRIDGE, FERRY]]
        assert [dict(page.headers).get("X-Stoppress-Redacted") for page in pages if page] == [None, "words", "words", "words", None]

    @pytest.mark.parametrize("name", ["slug", "key", "url"])
    def test_by_any_name(self, folder: Folder, name: str) -> None:
        with closing(open_reader(folder.archive)) as connection:
            value = connection.execute(f"SELECT {name} FROM entries WHERE key LIKE '%b2'").fetchone()[0]
        assert forgotten(folder, value).entries == 1

    def test_the_search_finds_the_others(self, folder: Folder) -> None:
        forgotten(folder, entry_named(folder, "b2"))
        with closing(open_reader(folder.archive)) as connection:
            assert search(connection, parse("coroner")).hits == ()
            assert len(search(connection, parse("harbour")).hits) == 1
            assert connection.execute("SELECT sum(count) FROM rollups").fetchone()[0] == 3

    def test_what_another_entry_says_too_stays_there(self, tmp_path: Path) -> None:
        made = Folder(tmp_path / "a")
        quoting = ("Recap", "Earlier: Zebediah Quillfeather told the coroner that he saw the lorry.")
        polled(made, (STORM, live_page([("b1", SECRET), ("b2", quoting)])))
        forgotten(made, entry_named(made, "b1"))
        with closing(Captures.reading(made.captures)) as captures:
            page = captures.get(1)
        assert page is not None
        assert quoting in [(u.title, u.text) for u in extract(Page.from_capture(page)).updates]
        assert verify(made).problems == ()

    def test_a_message_that_quotes_it(self, folder: Folder) -> None:
        with closing(sqlite3.connect(folder.archive)) as connection, connection:
            connection.execute("UPDATE polls SET message = ? WHERE id = 2", (f"entry appears twice: {SECRET[1]}",))
            connection.execute("UPDATE polls SET message = 'something else' WHERE id = 3")
        forgotten(folder, entry_named(folder, "b2"))
        with closing(open_reader(folder.archive)) as connection:
            assert [row[0] for row in connection.execute("SELECT message FROM polls WHERE id IN (2, 3)")] == ["redacted", "something else"]

    def test_a_capture_that_was_not_recorded_yet_is_redacted_too(self, folder: Folder) -> None:
        with closing(Captures(folder.captures)) as captures:
            body = live_page([("b1", BRIDGE), ("b2", SECRET)], filler=9)
            captures.add(Capture(url=STORM, body=body, fetched_at=from_utc("2026-03-01T14:00:00Z")))
        assert forgotten(folder, entry_named(folder, "b2")).redacted == 4
        assert bytes_that_hold(folder, "Quillfeather") == []

    def test_a_body_that_cannot_be_rid_of_the_words_is_dropped(self, folder: Folder) -> None:
        with closing(Captures(folder.captures)) as captures:
            body = b"<p>" + SECRET[1].replace("Zebediah", "Zeb&Eacutediah").replace("told", "t&oacuteld").encode() + b"</p>"
            captures.add(Capture(url=STORM, body=body, fetched_at=from_utc("2026-03-01T14:00:00Z")))
        done = forgotten(folder, entry_named(folder, "b2"))
        assert (done.redacted, done.unreadable) == (3, 1)
        assert bytes_that_hold(folder, "Quillfeather", "coroner") == []
        assert verify(folder).problems == ()


class TestALiveBlog:
    def test_it_goes_with_its_captures(self, folder: Folder) -> None:
        done = forgotten(folder, STORM)
        assert (done.entries, done.live_blogs, done.captures, done.redacted) == (3, 1, 4, 0)
        assert titles(folder) == ["Shares fall"]
        assert bytes_that_hold(folder, "Quillfeather", "harbour", "northern pier", "live/storm") == []
        assert verify(folder).problems == ()
        with closing(open_reader(folder.archive)) as connection:
            assert connection.execute("SELECT count(*) FROM polls").fetchone()[0] == 1

    def test_an_entry_that_stands_elsewhere_stays(self, folder: Folder) -> None:
        with closing(sqlite3.connect(folder.archive)) as connection, connection:
            connection.execute(
                "INSERT INTO placements SELECT (SELECT id FROM live_blogs WHERE url = ?), entry_id, position, pinned, content_hash,"
                " first_seen, '2026-03-01T12:30:00Z' FROM placements"
                " WHERE entry_id = (SELECT id FROM entries WHERE key LIKE '%b1')",
                (MARKET,),
            )
            connection.execute("INSERT INTO entries_fts (entries_fts) VALUES ('rebuild')")
        done = forgotten(folder, STORM)
        assert done.entries == 2
        assert sorted(titles(folder)) == sorted([BRIDGE[0], "Shares fall"])
        assert verify(folder).problems == ()
        with closing(open_reader(folder.archive)) as connection:
            row = connection.execute("SELECT capture_id, last_seen FROM entries WHERE key LIKE '%b1'").fetchone()
            assert tuple(row) == (None, "2026-03-01T12:30:00Z"), "its evidence went with the page it was read from"

    def test_bodies_that_rest_on_one_that_goes_are_kept(self, tmp_path: Path) -> None:
        made = Folder(tmp_path / "a")
        with recording(made) as recorder:
            same = live_page([("b1", BRIDGE)], url=MARKET, title="Market")
            # One address that led to the storm first and to the market later: the later bodies rest on the first.
            for minute, body in enumerate((live_page([("b1", BRIDGE)]), same, same + b"\n", same + b"\n\n")):
                recorder.receive(Capture(url="https://times.example/live", final_url=STORM if not minute else MARKET, body=body,
                                         fetched_at=from_utc(f"2026-03-01T12:{minute:02}:00Z")))  # fmt: skip
        with closing(Captures.reading(made.captures)) as captures:
            assert captures.connection.execute("SELECT count(*) FROM bodies WHERE keyframe IS NOT NULL").fetchone()[0] == 3
        done = forgotten(made, STORM)
        assert done.captures == 1
        assert verify(made).problems == ()
        with closing(Captures.reading(made.captures)) as captures:
            assert [len(captures.get(number).body) - len(same) for number in captures.ids()] == [0, 1, 2]  # type: ignore[union-attr]


class TestTheCommand:
    def test_nobody_to_ask_is_refused(self, folder: Folder) -> None:
        run = stoppress("forget", STORM, "--archive", folder.path)
        assert (run.exit_code, "expected --yes, found nobody to ask" in run.stderr) == (1, True)
        assert len(titles(folder)) == 4
        assert not journal_of(folder).exists()

    def test_it_says_what_it_removed(self, folder: Folder) -> None:
        run = stoppress("forget", entry_named(folder, "b2"), "--yes", "--archive", folder.path)
        assert run.exit_code == 0, run.stderr
        assert run.stdout.startswith("forgotten: 1 entry with 2 wordings, 0 live blogs, 0 captures; 3 bodies redacted, 0 dropped whole")
        assert run.stdout.endswith("Backups are untouched.\n")
        found = json.loads(stoppress("forget", STORM, "--yes", "--json", "--archive", folder.path).stdout)
        assert (found["entries"], found["live_blogs"], found["captures"]) == (2, 1, 4)

    def test_a_name_that_names_nothing(self, folder: Folder) -> None:
        run = stoppress("forget", "https://elsewhere.example/x", "--yes", "--archive", folder.path)
        assert run.exit_code == 1
        assert "expected the slug, key or URL of an entry or the URL of a live blog, found 'https://elsewhere.example/x'" in run.stderr

    def test_what_was_forgotten_before_is_said_and_is_well(self, folder: Folder) -> None:
        with closing(open_reader(folder.archive)) as connection:
            entry = connection.execute("SELECT slug, key, url FROM entries WHERE source_id = 'b2'").fetchone()
            slug = connection.execute("SELECT slug FROM live_blogs WHERE url = ?", (STORM,)).fetchone()[0]
        assert stoppress("forget", entry["slug"], "--yes", "--archive", folder.path).exit_code == 0
        for name in (*entry, f"{STORM}#b2"):
            run = stoppress("forget", name, "--archive", folder.path)
            assert (run.exit_code, run.stdout) == (0, f"{name}: forgotten here before; nothing of it is left\n"), name
        assert stoppress("forget", STORM, entry["slug"], "--yes", "--archive", folder.path).exit_code == 0, "the rest is forgotten"
        for name in (STORM, STORM + "?utm_source=x", slug, entry["key"]):
            run = stoppress("forget", name, "--json", "--archive", folder.path)
            assert (run.exit_code, json.loads(run.stdout)["live_blogs"]) == (0, 0), name
        run = stoppress("forget", STORM, "nonsense", "--yes", "--archive", folder.path)
        assert (run.exit_code, "found 'nonsense'" in run.stderr) == (1, True)
        assert len(titles(folder)) == 1, "what stands on another page stays"

    def test_an_archive_that_is_not_there(self, tmp_path: Path) -> None:
        run = stoppress("forget", STORM, "--yes", "--archive", tmp_path / "none")
        assert (run.exit_code, (tmp_path / "none").exists()) == (1, False)

    def test_without_a_name_there_must_be_something_left(self, folder: Folder) -> None:
        assert stoppress("forget", "--yes", "--archive", folder.path).exit_code == 1

    def test_not_beside_a_crawler(self, folder: Folder) -> None:
        with folder.crawling("a crawl"):
            run = stoppress("forget", STORM, "--yes", "--archive", folder.path)
        assert (run.exit_code, "expected no other crawler at work" in run.stderr) == (1, True)

    def test_a_reader_that_holds_on(self, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archive.forget, "_PATIENCE", 0)
        with closing(open_reader(folder.archive)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM entries").fetchone()
            run = stoppress("forget", STORM, "--yes", "--archive", folder.path)
        assert (run.exit_code, "somebody is reading the archive as it was" in run.stderr) == (1, True)
        assert stoppress("forget", "--yes", "--archive", folder.path).exit_code == 0
        assert bytes_that_hold(folder, "Quillfeather", "harbour") == []


STEPS = ["_remove_rows", "rewrite", "_follow", "_wipe", "erase_journal"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", ["b2", STORM])
def test_cut_short_at_any_step_it_is_finished_later(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, step: str, after: bool, name: str
) -> None:
    name = name if name == STORM else entry_named(folder, name)
    real = getattr(archive.forget, step)

    def cut(*arguments: object, **more: object) -> object:
        if after:
            real(*arguments, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(archive.forget, step, cut)
        with pytest.raises(KeyboardInterrupt):
            forgotten(folder, name)
    if step == "erase_journal" and after:
        return
    assert journal_of(folder).exists()
    assert any("forgetting was cut short" in problem for problem in verify(folder).problems)
    other = stoppress("forget", MARKET, "--yes", "--archive", folder.path)
    assert (other.exit_code, "run `stoppress forget` without a name first" in other.stderr) == (1, True)
    run = stoppress("forget", "--yes", "--archive", folder.path)
    assert (run.exit_code, "was cut short and goes on" in run.stderr) == (0, True)
    assert bytes_that_hold(folder, "Quillfeather", "coroner") == []
    assert verify(folder).problems == ()
    done = stoppress("forget", "--yes", "--archive", folder.path)
    assert (done.exit_code, "nothing is left to finish" in done.stdout) == (0, True)


def test_a_note_of_which_only_the_name_is_left_is_no_work_to_do(folder: Folder) -> None:
    slug = entry_named(folder, "b2")
    forgotten(folder, slug)
    journal_of(folder).write_bytes(b"\0" * 300)  # as a kill leaves it between the two steps of taking it away
    done = stoppress("forget", "--yes", "--archive", folder.path)
    assert (done.exit_code, "nothing is left to finish" in done.stdout, journal_of(folder).exists()) == (0, True, False)
    assert verify(folder).problems == ()


def test_killed_at_any_moment(folder: Folder) -> None:
    polled(folder, *((STORM, live_page([("b1", BRIDGE), ("b2", SECRET)], filler=number)) for number in range(40)), hour=13)
    slug = entry_named(folder, "b2")
    command = [sys.executable, "-m", "crawler.cli", "forget", "--yes", "--archive", str(folder.path)]
    names: list[str] = [slug]
    for milliseconds in (350, 420, 490, 560, 630, 700):
        process = subprocess.Popen([*command, *names], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for path in (folder.archive, folder.captures):
            with closing(sqlite3.connect(path)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
                assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        if journal_of(folder).exists():
            names = []
        elif "Quillfeather" not in str(bytes_that_hold(folder, "Quillfeather")):
            break
    else:
        subprocess.run([*command, *names], check=True, capture_output=True)
    assert bytes_that_hold(folder, "Quillfeather", "coroner") == []
    assert verify(folder).problems == ()


def test_a_note_that_cannot_be_read(folder: Folder) -> None:
    journal_of(folder).write_text("{")
    with pytest.raises(ArchiveError, match="a note of what is being forgotten"):
        prepare(folder, [STORM])
