"""export: what a query finds, in five formats, each read back by a reader of that format; hostile values harm nobody; all or nothing."""

from __future__ import annotations

import csv
import gzip
import io
import json
import resource
import subprocess
import sys
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result
from warcio.archiveiterator import ArchiveIterator

import archive.export
from archive.captures import Captures
from archive.export import format_of
from archive.export_rows import COLUMNS
from archive.folder import Folder
from archive.model import Capture
from archive.opening import open_reader
from archive.query import parse
from archive.search import count_all, newest_ids, search
from archive.store import Archive
from archive.times import from_utc
from archive.verify import verify
from crawler.cli import main
from tests.conftest import page, update

STORM, MARKET = "https://times.example/live/storm", "https://times.example/live/market"
HOSTILE = '=HYPERLINK("http://evil.example","x")\n"quoted", and a comma\r\nand <b>markup</b> \u2028 \U0001f32a'
BRIDGE = update("b1", "Bridge shut", "The harbour bridge is shut to lorries.", "2026-03-01T11:00:00Z")
OPEN = update("b1", "Bridge open", "The harbour bridge is open again.", "2026-03-01T11:00:00Z")
TOKYO = update(
    "b2",
    "\u6771\u4eac\u3067\u5927\u96ea",
    "\u6771\u4eac\u90fd\u5fc3\u3067\u5927\u96ea\u306b\u306a\u3063\u305f\u3002",
    "2026-03-01T11:30:00Z",
)
FORMULA = update("b3", "@SUM(A1)", HOSTILE, "2026-03-01T11:40:00Z", byline="-2+3")
SHARES = update("m1", "Shares fall", "The index lost a tenth of its value.", "2026-02-01T09:00:00Z")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "archive")
    made.make()
    with closing(Archive(made.archive)) as archive, closing(Captures(made.captures)) as captures:
        polls = [
            (STORM, page(FORMULA, TOKYO, BRIDGE)),
            (STORM, page(FORMULA, TOKYO, OPEN)),
            (MARKET, page(SHARES, url=MARKET, live_blog_key="live/market", title="Market", language="de")),
        ]
        for minute, (url, found) in enumerate(polls):
            body = f"<html>page {minute} at {url}</html>".encode()
            at = from_utc(f"2026-03-01T12:{minute:02}:00Z")
            archive.record(found, captures.add(Capture(url=url, body=body, fetched_at=at)))
    return made


def stoppress(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def exported(folder: Folder, out: Path, *more: str) -> Result:
    run = stoppress("export", out, "--archive", folder.path, *more)
    assert run.exit_code == 0, run.output
    return run


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


class TestCsv:
    def test_every_column_of_every_entry(self, folder: Folder, tmp_path: Path) -> None:
        run = exported(folder, tmp_path / "all.csv")
        assert run.stdout.startswith(f"4 entries written to {tmp_path / 'all.csv'}: ")
        rows = read_csv((tmp_path / "all.csv").read_bytes())
        assert tuple(rows[0]) == COLUMNS
        assert [row["key"].rpartition("/")[2] for row in rows] == ["b3", "b2", "b1", "m1"], "newest first"
        bridge = rows[2]
        assert (bridge["title"], bridge["published_at"], bridge["revision"], bridge["last_seen"]) == (
            "Bridge open",
            "2026-03-01T11:00:00Z",
            "2",
            "",
        )
        assert (bridge["publisher"], bridge["live_blog"], bridge["capture_id"]) == ("times", STORM, "2")
        assert rows[1]["text"] == TOKYO.text

    def test_formulas_are_defused_and_text_kept(self, folder: Folder, tmp_path: Path) -> None:
        exported(folder, tmp_path / "all.csv")
        row = read_csv((tmp_path / "all.csv").read_bytes())[0]
        assert (row["title"], row["byline"]) == ("'@SUM(A1)", "'-2+3")
        with closing(open_reader(folder.archive)) as connection:
            text = connection.execute("SELECT text FROM entries WHERE source_id = 'b3'").fetchone()[0]
        assert row["text"] == "'" + text
        assert not [
            value for line in read_csv((tmp_path / "all.csv").read_bytes()) for value in line.values() if value[:1] in tuple("=+-@\t\r")
        ]

    def test_to_stdout(self, folder: Folder) -> None:
        run = stoppress("export", "-", "--format", "csv", "--archive", folder.path)
        assert (run.exit_code, run.stderr) == (0, "4 entries\n")
        assert run.stdout_bytes.startswith(b"slug,key,publisher")
        assert len(read_csv(run.stdout_bytes)) == 4


class TestNdjson:
    def test_an_object_a_line(self, folder: Folder, tmp_path: Path) -> None:
        exported(folder, tmp_path / "all.jsonl")
        items = [json.loads(line) for line in (tmp_path / "all.jsonl").read_bytes().split(b"\n")[:-1]]
        assert [tuple(item) for item in items] == [COLUMNS] * 4
        assert items[0]["title"] == "@SUM(A1)", "only a spreadsheet needs the apostrophe"
        assert (items[2]["revision"], items[2]["last_seen"]) == (2, None)

    def test_history(self, folder: Folder, tmp_path: Path) -> None:
        exported(folder, tmp_path / "all.ndjson", "--history", "--query", "harbour")
        (item,) = [json.loads(line) for line in (tmp_path / "all.ndjson").read_text(encoding="utf-8").splitlines()]
        assert [wording["title"] for wording in item["wordings"]] == ["Bridge shut", "Bridge open"]
        assert item["wordings"][0]["capture"]["url"] == STORM


class TestParquet:
    def test_types(self, folder: Folder, tmp_path: Path) -> None:
        exported(folder, tmp_path / "all.parquet", "--history")
        table = pyarrow.parquet.read_table(tmp_path / "all.parquet")
        assert table.column_names == [*COLUMNS, "wordings"]
        bridge = table.to_pylist()[2]
        assert bridge["published_at"] == datetime(2026, 3, 1, 11, tzinfo=UTC)
        assert (bridge["day"], bridge["revision"], bridge["last_seen"]) == (date(2026, 3, 1), 2, None)
        assert [wording["seen_at"] for wording in bridge["wordings"]] == [datetime(2026, 3, 1, 12, minute, tzinfo=UTC) for minute in (0, 1)]
        assert str(table.schema.field("published_at").type).startswith("timestamp[")
        assert table.schema.field("published_at").type.tz == "UTC"

    def test_nothing_found_is_an_empty_table(self, folder: Folder, tmp_path: Path) -> None:
        exported(folder, tmp_path / "none.parquet", "--query", "nowhere")
        assert pyarrow.parquet.read_table(tmp_path / "none.parquet").num_rows == 0

    def test_without_pyarrow_is_a_sentence(self, folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        run = stoppress("export", tmp_path / "all.parquet", "--archive", folder.path)
        assert (run.exit_code, "pip install 'stoppress[parquet]'" in run.stderr) == (1, True)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["archive"]

    def test_a_time_that_is_none(self, folder: Folder, tmp_path: Path) -> None:
        with closing(Archive(folder.archive)) as archive:
            archive.connection.execute("UPDATE entries SET updated_at = 'yesterday'")
        assert "expected times such as" in stoppress("export", tmp_path / "all.parquet", "--archive", folder.path).stderr


class TestAnArchive:
    def test_a_smaller_one_that_is_sound(self, folder: Folder, tmp_path: Path) -> None:
        small = Folder(tmp_path / "small")
        exported(folder, small.archive, "--query", "live:" + STORM)
        found = verify(small)
        assert found.problems == ()
        assert "there is no evidence here" in found.notes[0]
        assert [path.name for path in small.path.iterdir()] == ["archive.db"]
        run = json.loads(stoppress("search", "--json", "--archive", small.path).stdout)
        assert run["total"] == 3
        history = json.loads(stoppress("history", "--json", "--archive", small.path, run["results"][2]["slug"]).stdout)
        assert [wording["title"] for wording in history["wordings"]] == ["Bridge shut", "Bridge open"]
        assert history["wordings"][0]["capture"]["digest"].startswith("sha256:")
        with closing(open_reader(small.archive)) as connection:
            assert [row[0] for row in connection.execute("SELECT url FROM live_blogs")] == [STORM]
            assert len(search(connection, parse("\u5927\u96ea")).hits) == 1
            assert len(search(connection, parse("is:edited harbour")).hits) == 1

    def test_all_of_it_holds_the_same_rows(self, folder: Folder, tmp_path: Path) -> None:
        exported(folder, tmp_path / "all.db")
        with closing(open_reader(folder.archive)) as one, closing(open_reader(tmp_path / "all.db")) as other:
            for table in ("publishers", "live_blogs", "entries", "placements", "revisions", "entry_aliases", "captures", "rollups"):
                rows = [[tuple(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")] for connection in (one, other)]
                assert rows[0] == rows[1], table

    def test_by_many_chunks(self, folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(archive.export, "_CHUNK", 1)
        exported(folder, tmp_path / "all.db")
        assert verify(_as_folder(tmp_path)).problems == ()


def _as_folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "made")
    made.make()
    (tmp_path / "all.db").rename(made.archive)
    return made


class TestWarc:
    @pytest.mark.parametrize("name", ["all.warc", "all.warc.gz"])
    def test_the_captures(self, folder: Folder, tmp_path: Path, name: str) -> None:
        run = exported(folder, tmp_path / name)
        assert run.stdout.startswith("3 captures written to")
        with (tmp_path / name).open("rb") as file:
            records = [
                record.rec_headers.get_header("WARC-Target-URI") for record in ArchiveIterator(file) if record.rec_type == "response"
            ]
        assert records == [STORM, STORM, MARKET]
        packed = (tmp_path / name).read_bytes()[:2] == b"\x1f\x8b"
        assert packed == name.endswith(".gz")
        assert b"page 0" in (gzip.decompress((tmp_path / name).read_bytes()) if packed else (tmp_path / name).read_bytes())

    def test_of_the_live_blogs_of_what_is_found(self, folder: Folder, tmp_path: Path) -> None:
        run = exported(folder, tmp_path / "some.warc", "--query", "shares", "--json")
        assert json.loads(run.stdout)["captures"] == 1


class TestTheQuery:
    @pytest.mark.parametrize(
        ("query", "number"),
        [((), 4), (("harbour",), 1), (("since:2026-03",), 3), (("since:2026-03", "-harbour"), 2), (("language:de",), 1),
         (("publisher:none",), 0), (("bridge OR shares",), 2), (("is:edited",), 1), (("\u5927\u96ea",), 1)],
    )  # fmt: skip
    def test_the_same_as_search(self, folder: Folder, tmp_path: Path, query: tuple[str, ...], number: int) -> None:
        options = [part for text in query for part in ("--query", text)]
        found = json.loads(exported(folder, tmp_path / "some.csv", *options, "--json").stdout)
        assert found["entries"] == number
        assert len(read_csv((tmp_path / "some.csv").read_bytes())) == number
        with closing(open_reader(folder.archive)) as connection:
            asked = parse(" ".join(query))
            assert count_all(connection, asked) == number == search(connection, asked).total
            assert len(newest_ids(connection, asked, limit=10)) == number

    def test_one_that_cannot_be_used_as_a_whole_is_refused(self, folder: Folder, tmp_path: Path) -> None:
        run = stoppress("export", tmp_path / "x.csv", "--query", "since:march", "--archive", folder.path)
        assert (run.exit_code, "since:march (expected a date" in run.stderr) == (2, True)


class TestTheFile:
    def test_formats_by_ending(self) -> None:
        names = ["a.csv", "a.ndjson", "a.jsonl", "a.parquet", "a.warc", "a.WARC.GZ", "a.sqlite", "a.db", "a.txt", "a"]
        assert [format_of(Path(name)) for name in names] == [
            "csv", "ndjson", "ndjson", "parquet", "warc", "warc", "sqlite", "sqlite", None, None
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "arguments",
        [
            ("x.txt",),
            ("-",),
            ("-", "--format", "parquet"),
            ("-", "--format", "csv", "--json"),
            ("x.csv", "--history"),
            ("x.csv", "--format", "xml"),
        ],
    )
    def test_wrong_use(self, folder: Folder, arguments: tuple[str, ...]) -> None:
        assert stoppress("export", *arguments, "--archive", folder.path).exit_code == 2

    def test_nothing_is_overwritten_unless_told(self, folder: Folder, tmp_path: Path) -> None:
        (tmp_path / "all.csv").write_text("mine")
        run = stoppress("export", tmp_path / "all.csv", "--archive", folder.path)
        assert (run.exit_code, "--force replaces it" in run.stderr, (tmp_path / "all.csv").read_text()) == (1, True, "mine")
        exported(folder, tmp_path / "all.csv", "--force")
        assert len(read_csv((tmp_path / "all.csv").read_bytes())) == 4

    @pytest.mark.parametrize("name", ["archive.db", "captures.db"])
    def test_never_the_archive_itself(self, folder: Folder, name: str) -> None:
        before = (folder.path / name).read_bytes()
        run = stoppress("export", folder.path / name, "--force", "--archive", folder.path)
        assert (run.exit_code, "a database in use" in run.stderr) == (1, True)
        assert (folder.path / name).read_bytes() == before

    @pytest.mark.parametrize("name", ["all.csv", "all.ndjson", "all.parquet", "all.db", "all.warc"])
    def test_interrupted_it_leaves_what_was_there(self, folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        (tmp_path / name).write_text("mine")

        def interrupt(*arguments: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("os.fsync", interrupt)
        run = stoppress("export", tmp_path / name, "--force", "--archive", folder.path)
        assert run.exit_code == 1
        assert (tmp_path / name).read_text() == "mine"
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "archive"])

    @pytest.mark.parametrize("name", ["all.csv", "all.ndjson", "all.parquet", "all.db", "all.warc"])
    def test_a_disk_that_fills_up_leaves_nothing(self, folder: Folder, tmp_path: Path, name: str) -> None:
        run = subprocess.run(
            [sys.executable, "-m", "crawler.cli", "export", str(tmp_path / name), "--archive", str(folder.path)],
            capture_output=True, text=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300)),
        )  # fmt: skip
        assert run.returncode == 1
        assert len(run.stderr.splitlines()) == 1, run.stderr
        assert sorted(path.name for path in tmp_path.iterdir()) == ["archive"]

    def test_while_a_crawler_writes(self, folder: Folder, tmp_path: Path) -> None:
        with closing(Archive(folder.archive)) as writer, writer.writing():
            exported(folder, tmp_path / "all.csv")

    def test_no_archive(self, tmp_path: Path) -> None:
        run = stoppress("export", tmp_path / "all.csv", "--archive", tmp_path / "none")
        assert (run.exit_code, list(tmp_path.iterdir())) == (1, [])
