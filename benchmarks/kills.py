"""`stoppress run` killed again and again at random moments: is everything on record that the site showed, and was no page asked too often?

    python benchmarks/kills.py [--quick] [--json] [--kills N] [--pages N] [--seed N]

A site on 50 addresses of loopback has 200 live pages, each with a post every 10 to 90 seconds and an edit with every third. Everything is
due at every start. After the last kill it runs until each page was polled once more, and is stopped by SIGTERM. Then the archive is held
against the server's log: every post, and every wording, that a page showed in an answer must be on record. Left out, and counted, is what
only answers of the last three seconds before a kill showed: they may not have arrived, or not been stored, when it came.
"""

from __future__ import annotations

import math
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.claims import Claim, claim, show  # noqa: E402
from benchmarks.loopback import Served, serving  # noqa: E402
from benchmarks.news_site import NewsSite, post_of  # noqa: E402
from benchmarks.run_process import make_due, manners, running, watch  # noqa: E402

_ON_ITS_WAY = 3.0  # seconds before a kill in which an answer may not have been stored: 50 arrive at once, on a busy machine
_PATIENCE = 120.0


def kill_and_compare(pages: int, hosts: int, kills: int, *, seed: int, folder: Path) -> list[Claim]:
    chance = random.Random(seed)
    site = NewsSite(pages, every=(10, 90), wait=0.05, edits=0.3, seed=seed)
    killed = []
    with serving(site.answer, hosts) as server:
        urls = [server.url(number, f"/live/{number}") for number in range(pages)]
        watch(folder, urls)
        for _ in range(kills):
            with running(folder, folder / "polls.jsonl") as process:
                time.sleep(chance.uniform(1, 25))
                died = process.poll()
                process.kill()
                killed.append(time.monotonic())
            if died is not None:
                raise click.ClickException(f"it ended by itself with {died}: {(folder / 'polls.err').read_text()[-2000:]}")
            make_due(folder, urls)
        last = killed[-1]
        with running(folder, folder / "polls.jsonl") as process:
            until(
                lambda: len({served.request.path for served in list(server.log) if served.request.at > last + 1} - {"/robots.txt"}) == pages
            )
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
        log = list(server.log)
    texts = on_record(folder)
    lost = missing(log, killed, texts)
    verified = subprocess.run(
        [sys.executable, "-m", "crawler.cli", "verify", "--archive", str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    surely = [words for words, before in lost.items() if before > _ON_ITS_WAY]
    recorded = set(map(post_of, texts))
    shown = [words for served in log for words in served.note or ()]
    return [
        claim("kills", kills),
        claim("answers with a page", sum(served.status == 200 and served.note is not None for served in log)),
        claim("posts shown", len(set(map(post_of, shown)))),
        claim("wordings shown", len(set(shown))),
        claim("posts shown that are not on record", len(set(map(post_of, surely)) - recorded), goal=0),
        claim("wordings shown that are not on record", len(surely), goal=0),
        claim("wordings not on record that only answers just before a kill showed", len(lost) - len(surely)),
        claim("longest before a kill that such an answer was sent", max(lost.values(), default=0), "s"),
        claim("exit code of the last run", code, goal=0),
        claim("faults that verify finds (exit code)", verified.returncode, goal=0),
        *manners(log),
    ]


def missing(log: Sequence[Served], killed: Sequence[float], texts: set[str]) -> dict[str, float]:
    """The wordings shown that are not on record, each with the longest time in seconds from an answer that showed it to the next kill."""
    found: dict[str, float] = {}
    for served in log:
        before = min((at - served.ended for at in killed if at > served.request.at), default=math.inf)
        for words in served.note or ():
            if words not in texts:
                found[words] = max(found.get(words, -math.inf), before)
    return found


def on_record(folder: Path) -> set[str]:
    """Every wording in an archive."""
    connection = sqlite3.connect(f"file:{folder / 'archive.db'}?mode=ro", uri=True)
    try:
        return {row[0] for row in connection.execute("SELECT text FROM entries UNION SELECT text FROM revisions")}
    finally:
        connection.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition. Raises ClickException if it takes too long."""
    end = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise click.ClickException(f"expected every page to be polled within {_PATIENCE:.0f} s after the last kill")
        time.sleep(0.2)


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within a minute.")
@click.option("--kills", default=20, show_default=True)
@click.option("--pages", default=200, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(quick: bool, kills: int, pages: int, seed: int, as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if quick:
            found = kill_and_compare(30, 15, 2, seed=seed, folder=Path(folder))
        else:
            found = kill_and_compare(pages, 50, kills, seed=seed, folder=Path(folder))
    show(found, as_json=as_json)


if __name__ == "__main__":
    main()
