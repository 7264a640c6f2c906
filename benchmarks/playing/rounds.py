"""Playing histories: each is recorded poll by poll in an archive of its own, with ids and without, and judged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace

from archive.model import Capture, Extraction, Update
from archive.store import Archive
from benchmarks.histories import history
from benchmarks.playing.judging import Count, Judge, Mistake, Verdict, happenings, rows
from benchmarks.playing.labels import KINDS, Wordings
from benchmarks.playing.polls import History, Poll
from benchmarks.playing.profiles import Profile
from benchmarks.playing.rewording import text_of

WORDS = {True: "with ids", False: "without ids"}
BATCH = 5  # histories a process plays before it reports
CHALLENGE = "no live updates found in {url} (5,120 bytes, title 'Just a moment...')"


@dataclass(frozen=True, kw_only=True)
class Task:
    """Some histories of one page."""

    name: str
    page: Extraction
    others: tuple[Extraction, ...]
    seed: int
    numbers: tuple[int, ...]
    profile: Profile
    explain: bool


@dataclass(kw_only=True)
class Outcome:
    """What came of the histories of one page: counts by (with ids, kind), and the edits that were made."""

    name: str
    counts: dict[tuple[bool, str], Count] = field(default_factory=lambda: {(ids, kind): Count() for ids in WORDS for kind in KINDS})
    edits: Counter[str] = field(default_factory=Counter)
    histories: int = 0
    polls: int = 0
    mistakes: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        for key, count in other.counts.items():
            self.counts[key].add(count)
        self.edits += other.edits
        self.histories += other.histories
        self.polls += other.polls
        self.mistakes += other.mistakes


def play(found: History, page: Extraction, *, ids: bool) -> Verdict:
    """Record a history poll by poll in an archive of its own, and judge it after each."""
    archive = Archive()
    try:
        judge = Judge(found, Wordings(page))
        for number, poll in enumerate(found.polls):
            record(archive, poll, page, number=number, ids=ids)
            judge.see(number, rows(archive.connection))
        return judge.end()
    finally:
        archive.close()


def record(archive: Archive, poll: Poll, page: Extraction, *, number: int, ids: bool) -> None:
    """Hand one poll to the archive as the crawler does."""
    url = str(page.url)
    capture = Capture(id=number + 1, url=url, body=str(number).encode(), fetched_at=poll.at)
    if poll.kind in ("empty", "challenge"):
        message = CHALLENGE.format(url=url)
        archive.record_failure(url, at=poll.at, outcome="no_updates", message=message, status=200, capture=capture)
        return
    updates = tuple(one.update if ids else _without_id(one.update) for one in poll.shown)
    shown = replace(
        page,
        title=poll.title,
        updates=updates,
        declared_count=poll.declared_count,
        complete=poll.complete,
        older_url=page.older_url if poll.has_older else None,
        ended=None,
        warnings=(),
    )
    archive.record(shown, capture)


def _without_id(update: Update) -> Update:
    return replace(update, source_id=None, url=None)


def run(task: Task) -> Outcome:
    outcome = Outcome(name=task.name)
    for number in task.numbers:
        found = history(task.page, task.others, seed=f"{task.seed}/{task.profile.name}/{task.name}/{number}", profile=task.profile)
        outcome.edits += Counter(found.edits)
        outcome.histories += 1
        outcome.polls += len(found.polls)
        for ids in WORDS:
            verdict = play(found, task.page, ids=ids)
            for kind, count in verdict.counts.items():
                outcome.counts[ids, kind].add(count)
            if task.explain:
                where = f"{task.name}, history {number}, {WORDS[ids]}"
                outcome.mistakes += [in_words(group, found, where) for group in grouped(verdict.mistakes)]
    return outcome


def grouped(mistakes: Sequence[Mistake]) -> list[list[Mistake]]:
    """Mistakes in the order of the polls, those of one poll and kind together."""
    groups: dict[tuple[int, str, bool], list[Mistake]] = {}
    for mistake in sorted(mistakes, key=lambda mistake: mistake.number):
        groups.setdefault((mistake.number, mistake.kind, mistake.false), []).append(mistake)
    return list(groups.values())


def in_words(group: Sequence[Mistake], found: History, where: str) -> str:
    """Mistakes of one kind with the poll they were made at, what happened before it, and to the update ever before."""
    first = group[0]
    poll = found.polls[first.number]
    complete = ", complete" if poll.complete else ""
    more = "" if len(group) == 1 else f", and {len(group) - 1} more"
    before = f"before this poll: {happenings(poll)}{_earlier(first, found)}"
    return (
        f"{where}, poll {first.number} of {len(found.polls)} ({poll.kind}, {len(poll.shown)} shown{complete}): "
        f"{'false' if first.false else 'missed'} {first.kind}: {first.words}{more}.\n    {before}"
    )


def _earlier(mistake: Mistake, found: History) -> str:
    named = set(re.findall(r"#\d+", mistake.words))
    lines = []
    for number, poll in enumerate(found.polls[: mistake.number]):
        told = [event for event in poll.events if named & set(re.findall(r"#\d+", event)) or event.startswith("the page")]
        if told or poll.kind != "good":
            lines.append(f"poll {number}{'' if poll.kind == 'good' else f' ({poll.kind})'}: {'; '.join(told)}")
    return f"\n    earlier: {' / '.join(lines)}" if lines else ""


def measure(tasks: Sequence[Task], processes: int) -> Iterator[Outcome]:
    """The outcome of each task, in their order whatever the number of processes."""
    if processes < 2:
        yield from map(run, tasks)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(run, tasks)


def texts(page: Extraction) -> set[str]:
    """What a page's updates say; two saved pages that share a text are one page, or one coverage."""
    return {text for update in page.updates for text in (update.title, text_of(update)) if text}


def tasks_of(found: Mapping[str, Extraction], *, only: str | None, count: int, seed: int, profile: Profile, explain: bool) -> list[Task]:
    made = []
    for name, page in found.items():
        if only and only not in name:
            continue
        own = texts(page)
        others = tuple(other for other in found.values() if not own & texts(other))
        for first in range(0, count, BATCH):
            numbers = tuple(range(first, min(first + BATCH, count)))
            made.append(Task(name=name, page=page, others=others, seed=seed, numbers=numbers, profile=profile, explain=explain))
    return made


def totals(outcomes: Sequence[Outcome]) -> Outcome:
    whole = Outcome(name="in all")
    for outcome in outcomes:
        whole.add(outcome)
    return whole
