"""When a page is due again, and why: pure functions of the times of its posts.

A poll shows within a minute what was posted in the minute before it, so it is worth its cost where a post in that minute is likely:
`pace` says how likely, from what live blogs have done before. docs/polling.md has the reasons and the figures.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.pace import TABLE, Pace

GAP: Final = 10.0  # seconds between two polls of a page, at least
QUICK: Final = 60.0  # seconds: the shortest wait; a shorter one brings no post into the first minute that this one leaves out
STEADY: Final = 300.0  # seconds: the longest wait while coverage lives
RARE: Final = 900.0  # seconds: the wait in a pause at an hour when hardly anything is posted
WORTH: Final = 0.0525  # posts a minute from which a poll is worth its cost; less buys more posts within a minute, for more polls
HUSH: Final = 0.0002  # posts a minute below which a pause is slept through: one in 83 hours
_HOUR, _DAY = 3600.0, 86400.0
PAUSE: Final = 3 * _HOUR  # silence from which coverage may be over, or asleep
# A page that fell silent without a word: the wait from each length of silence, and the silence of the last look.
FADING: Final = ((3 * _DAY, 6 * _HOUR), (7 * _DAY, 2 * _DAY))
LAST_LOOK: Final = 28 * _DAY
# A page that says it has ended: looks for late edits, so long after the end.
AFTER_THE_END: Final = (_HOUR / 4, _HOUR, 3 * _HOUR, _DAY, 7 * _DAY, LAST_LOOK)
FIRST_RETRY, LONGEST_RETRY, LONGEST_ORDER, RETRIES_AT_THE_END = 60.0, 6 * _HOUR, _DAY, 8
TRACES_ZONE: Final = "Europe/London"  # of the newsrooms the table was learnt from

PACE: Final = Pace(json.loads(TABLE.read_text(encoding="utf-8")))


@dataclass(frozen=True, kw_only=True)
class Due:
    """When a page is to be polled next, None for never again, and the reason in one sentence."""

    at: datetime | None
    reason: str


def next_poll(
    posts: Sequence[float],
    *,
    now: datetime,
    polled: datetime | None,
    first_polled: datetime | None = None,
    ended: datetime | None = None,
    failures: int = 0,
    retry_after: float | None = None,
    zone: str | None = None,
    url: str = "",
    worth: float = WORTH,
) -> Due:
    """When to poll a page next. Never before `now`, nor within ten seconds of the poll before.

    `posts` are the posting times known, Unix seconds, ascending; what lies after `polled` is left out. `polled` and `first_polled` are the
    last and the first poll, `ended` when the page was first seen to say that its coverage is over (a post after that moves the end to it).
    `failures` counts the polls in a row, up to the last, that brought no page; `retry_after` is the answer's Retry-After in seconds.
    `zone` is the publisher's IANA zone; without one the hour of the day plays no part. `worth` is the trade: the posts a minute that make
    a poll worth its cost. `url` spreads waits of an hour and more, so that pages watched from one moment do not come due together.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> next_poll([], now=noon, polled=None)
    Due(at=datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.timezone.utc), reason='never polled: now')
    >>> due = next_poll([noon.timestamp() - ago for ago in (900, 480, 260, 100)], now=noon, polled=noon, zone="Europe/London")
    >>> due.at.isoformat(), due.reason
    ('2026-03-01T12:01:00+00:00', '3 posts in the last 10 minutes: every 60 s')
    """
    if polled is None:
        return Due(at=now, reason="never polled: now")
    at = polled.timestamp()
    known = bisect_right(posts, at)
    wait: float | None
    if ended is not None:
        wait, reason = _after_the_end(at, max(ended.timestamp(), posts[known - 1] if known else -math.inf))
    else:
        begun = (first_polled or polled).timestamp()
        wait, reason = _while_live(posts[:known] or [min(begun, at)], at, zone, worth, posts=known)
    if wait is not None and wait >= _HOUR:
        wait *= 1 + crc32(url.encode()) / 2**32 / 20
    if failures > 0:
        wait, reason = _after_failures(wait, failures, reason)
    if wait is None:
        return Due(at=None, reason=reason)
    if retry_after is not None and retry_after > wait:
        wait = max(wait, min(retry_after, LONGEST_ORDER))
        reason = f"the site asks to be left alone for {in_words(retry_after)}: in {in_words(wait)}"
    return Due(at=max(now, polled + timedelta(seconds=max(wait, GAP))), reason=reason)


def next_interval(seen: Sequence[float], started: float, now: float) -> float:
    """Seconds from the poll just made to the next, or infinity: the policy alone, for a live blog of a London newsroom.

    `seen` are the posting times known, Unix seconds, ascending; `started` is when the page was first polled.
    """
    return interval(seen or [started], now, hour=_hour(now, TRACES_ZONE))


def interval(
    seen: Sequence[float],
    now: float,
    *,
    hour: float | None,
    pace: Pace = PACE,
    worth: float = WORTH,
    hush: float = HUSH,
    rare: float = RARE,
) -> float:
    """Seconds to the next poll of a page that has not said it ended; infinity after the last look.

    `seen` holds at least one time, `hour` is that of the day in the publisher's zone. Waits between QUICK and STEADY are for moments when a
    post is likelier soon than now, as right after one.
    """
    known = max(bisect_right(seen, now), 1)
    silence = max(now - seen[known - 1], 0.0)
    if silence >= FADING[0][0]:
        return _fading(silence)
    expected = pace.expected(seen, known, now, hour=hour)
    if expected >= worth:
        return QUICK
    if silence >= PAUSE:
        # Without a zone it may be noon there: a whole day of silence speaks for itself.
        return rare if expected < hush and (hour is not None or silence >= _DAY) else STEADY
    for later in (60.0, 120.0, 180.0):
        if pace.expected(seen, known, now + later, hour=None if hour is None else (hour + later / _HOUR) % 24) >= worth:
            return later + QUICK
    return STEADY


def in_words(seconds: float) -> str:
    """A length of time for a person: `45 s`, `5 minutes`, `3 hours`, `28 days`."""
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (60.0, "minute")):
        # 119 s would be "2 minutes" to a person who sees every second of it.
        if seconds >= (unit if unit > 60 else 120):
            count = round(seconds / unit)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{round(seconds)} s"


def _fading(silence: float) -> float:
    """The wait in a silence of days: the last look falls on four weeks."""
    if silence >= LAST_LOOK:
        return math.inf
    wait = [wait for start, wait in FADING if silence >= start][-1]
    return min(wait, LAST_LOOK - silence) if LAST_LOOK - silence > _HOUR else _HOUR


def _while_live(seen: Sequence[float], at: float, zone: str | None, worth: float, *, posts: int) -> tuple[float | None, str]:
    hour = _hour(at, zone) if zone else None
    wait = interval(seen, at, hour=hour, worth=worth)
    silence = max(at - seen[-1], 0.0)
    quiet = f"nothing for {in_words(silence)}" if posts else f"nothing in the {in_words(silence)} since the first poll"
    if wait == math.inf:
        return None, f"{quiet}: the last look is done"
    if silence >= FADING[0][0]:
        return wait, f"{quiet}: again in {in_words(wait)}"
    recent = len(seen) - bisect_left(seen, at - 600) if posts else 0
    if recent:
        lately = f"{recent} post{'' if recent == 1 else 's'} in the last 10 minutes"
    elif wait == RARE:
        clock = "" if hour is None else f" and it is {int(hour):02}:{int(hour * 60) % 60:02} there"
        return wait, f"{quiet}{clock}: every {in_words(wait)}"
    else:
        lately = f"{quiet}, but a post is likely at this stage" if wait == QUICK else quiet
    return wait, f"{lately}: {'every' if wait in (QUICK, STEADY) else 'again in'} {in_words(wait)}"


def _after_the_end(at: float, end: float) -> tuple[float | None, str]:
    # A look nearer than the first step is left out: the one just made serves for it.
    for step in AFTER_THE_END:
        if end + step >= at + (AFTER_THE_END[0] if step < LAST_LOOK else GAP):
            return end + step - at, f"ended: a look for late edits {in_words(step)} after the end"
    return None, f"ended: the last look, {in_words(LAST_LOOK)} after the end, is done"


def _after_failures(wait: float | None, failures: int, reason: str) -> tuple[float | None, str]:
    retry = min(FIRST_RETRY * 2.0 ** min(failures - 1, 20), LONGEST_RETRY)
    polls = f"{failures} failed poll{'' if failures == 1 else 's'} in a row"
    if wait is None:
        # The last look failed, so there was none: it is tried again, though not for ever.
        return (None, f"{polls}, {reason}") if failures > RETRIES_AT_THE_END else (retry, f"{polls}: again in {in_words(retry)}")
    if wait >= retry:
        return wait, f"{polls}; {reason}"
    return retry, f"{polls}: again in {in_words(retry)}"


def _hour(at: float, zone: str) -> float | None:
    """The hour of the day at `zone`, with its fraction; None if the zone is unknown here."""
    place = _place(zone)
    if place is None:
        return None
    local = datetime.fromtimestamp(at, place)
    return local.hour + local.minute / 60


@lru_cache(maxsize=256)
def _place(zone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None
