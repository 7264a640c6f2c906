"""A robots.txt that cannot be read: nothing is asked for, and it is read again; 429 is one."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from scrapy import Request
from scrapy.http import Response

from crawler.guard import RefusedError
from crawler.robots import RobotsMiddleware


class Robots(RobotsMiddleware):
    """Reads robots.txt from a list of answers."""

    def __init__(self, *answers: Response) -> None:
        super().__init__(SimpleNamespace(settings={"USER_AGENT": "StopPress/1"}))  # type: ignore[arg-type]
        self.answers = list(answers)

    async def _download(self, request: Request) -> Response:
        return self.answers.pop(0)


def robots(status: int, **headers: str) -> Response:
    return Response(
        "https://a.example/robots.txt", status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


@pytest.mark.parametrize("status", [503, 429])
def test_a_robots_txt_that_could_not_be_read_is_read_again(status: int) -> None:
    middleware = Robots(robots(status), robots(status), robots(200))
    middleware.again = 0.0
    request = Request("https://a.example/live")
    for _ in range(2):
        with pytest.raises(RefusedError, match=f"answered {status}"):
            asyncio.run(middleware.process_request(request))
    asyncio.run(middleware.process_request(request))


def test_a_robots_txt_that_asks_to_wait_is_waited_for() -> None:
    middleware = Robots(robots(429, Retry_After="3600"), robots(200))
    middleware.again = 0.0
    for _ in range(2):
        with pytest.raises(RefusedError, match="answered 429"):
            asyncio.run(middleware.process_request(Request("https://a.example/live")))
    assert len(middleware.answers) == 1
