"""The manners of `stoppress run`, by the log of the servers it asks: one request at a time, gaps, Retry-After, robots.txt.

    python benchmarks/manners.py [--quick] [--json] [--minutes N]

60 live pages at 20 addresses of loopback, an answer in some 0.3 s. All pages are made due again every three seconds, so that nothing but
the gaps holds requests back. Meanwhile some hosts ask to be left alone: one page answers 429 or 503 once, with Retry-After in seconds or as
a date, and no page of that host may be asked before. One robots.txt forbids some pages, one answers 503, one 429 with an hour to wait.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.claims import Claim, claim, show  # noqa: E402
from benchmarks.loopback import Answer, Request, Server, serving  # noqa: E402
from benchmarks.news_site import NewsSite  # noqa: E402
from benchmarks.run_process import make_due, manners, running, watch  # noqa: E402

_HOSTS, _PAGES = 20, 60
_FORBIDDEN = b"User-agent: *\nDisallow: /live/7\n\nUser-agent: StopPress\nDisallow: /live/8\nDisallow: /live/*8$\n"
_LEAVES = {0: (429, False), 1: (429, True), 2: (503, False), 3: (503, True)}  # host: status, Retry-After as a date


class Site(NewsSite):
    """`asked_to_leave` are the hosts that asked to be left alone: when they said so, and until when."""

    def __init__(self, wait: float) -> None:
        super().__init__(_PAGES, every=(5, 60), wait=0.3)
        self.hosts: list[str] = []
        self.leave_after = wait
        self.asked_to_leave: dict[str, float] = {}

    def answer(self, request: Request) -> Answer:
        number = self.hosts.index(request.host)
        if number in _LEAVES and request.path != "/robots.txt" and request.host not in self.asked_to_leave:
            status, is_date = _LEAVES[number]
            # A date has no fractions: what it names is a whole second.
            until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=self.leave_after)
            self.asked_to_leave[request.host] = until.timestamp() if is_date else time.time() + self.leave_after
            value = format_datetime(until, usegmt=True) if is_date else f"{self.leave_after:.0f}"
            return Answer(status=status, headers={"Retry-After": value}, wait=0.3)
        return super().answer(request)


def behave(minutes: float, *, leave_after: float, folder: Path) -> list[Claim]:
    site = Site(leave_after)
    with serving(site.answer, _HOSTS) as server:
        site.hosts = list(server.addresses)
        site.robots = _FORBIDDEN
        refused = [f"{server.addresses[host]}/robots.txt" for host in (10, 11)]
        site.instead = {refused[0]: Answer(status=503), refused[1]: Answer(status=429, headers={"Retry-After": "3600"})}
        urls = [server.url(number, f"/live/{number}") for number in range(_PAGES)]
        watch(folder, urls)
        end = time.monotonic() + minutes * 60
        clocks = time.time() - time.monotonic()
        with running(folder, folder / "polls.jsonl") as process:
            while time.monotonic() < end and process.poll() is None:
                time.sleep(3)
                # A page taken up again by hand is asked at once: those of hosts that asked to be left alone are not.
                make_due(folder, [url for number, url in enumerate(urls) if number % _HOSTS not in _LEAVES])
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
        return [claim("exit code", code, goal=0), *left_alone(server, site, clocks), *forbidden(server), *manners(list(server.log))]


def left_alone(server: Server, site: Site, clocks: float) -> list[Claim]:
    """How long after the moment each host named its next request came."""
    late = []
    for host, until in site.asked_to_leave.items():
        times = sorted(served.request.at + clocks for served in server.log if served.request.host == host)
        told = max(at for at in times if at <= until - site.leave_after + 1)
        late += [at - until for at in times if at > told][:1]
    return [
        claim("hosts that asked to be left alone, and were asked again", len(late), goal=len(_LEAVES), more=True),
        claim("soonest request after the moment named", min(late, default=-999), "s", goal=0, more=True),
        claim("latest request after the moment named", max(late, default=999), "s", goal=3),
    ]


def forbidden(server: Server) -> list[Claim]:
    """The requests for pages that a robots.txt forbids, or could not be read to allow."""
    log = [served.request for served in list(server.log) if served.request.path != "/robots.txt"]
    shut = {server.addresses[host] for host in (10, 11)}
    return [
        claim("requests for pages that robots.txt forbids", sum(request.path.endswith("8") for request in log), goal=0),
        claim("requests to hosts whose robots.txt answers 503 or 429", sum(request.host in shut for request in log), goal=0),
        # What another crawler may not do, we may.
        claim("requests for a page that only others may not have", sum(request.path == "/live/7" for request in log), goal=1, more=True),
    ]


@click.command(help=__doc__)
@click.option("--quick", is_flag=True, help="End within a minute.")
@click.option("--minutes", default=3.0, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(quick: bool, minutes: float, as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = behave(0.75 if quick else minutes, leave_after=20 if quick else 75, folder=Path(folder))
    show(found, as_json=as_json)


if __name__ == "__main__":
    main()
