"""Redis as the roles see it: where it is, what stands in it, and patience while it is away."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from archive.errors import ArchiveError

try:
    import redis
    import redis.asyncio
    from redis import exceptions
    from redis.asyncio.retry import Retry as AsyncRetry
    from redis.backoff import NoBackoff
    from redis.retry import Retry
except ImportError as error:
    raise ArchiveError("expected the extra [queue] for --queue, found no redis; pip install 'stoppress[queue]'") from error

PREFIX = "stoppress:"
DUE = PREFIX + "due"  # stream: polls to make, from the scheduler to the fetchers
FOUND = PREFIX + "found"  # stream: what came of them, from the fetchers to the recorder
DEAD = PREFIX + "dead"  # stream: what nobody could make or record, for a person to look at
SENT = PREFIX + "sent"  # hash: polls that are not recorded yet, by their names
TRIES = PREFIX + "tries"  # hash: how often the recorder has begun a message that it did not end
ARCHIVE = PREFIX + "archive"  # the name of the one archive these belong to
FETCHERS = "fetchers"
RECORDERS = "recorders"

RedisError = exceptions.RedisError
_T = TypeVar("_T")
_LONGEST_WAIT = 5.0
# Redis is away, starting, full, or not the one that takes writes: all of this passes.
_AWAY = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.ReadOnlyError,
    exceptions.OutOfMemoryError,
    exceptions.MasterDownError,
    exceptions.TryAgainError,
    OSError,
)
_KNOWN_SCHEMES = ("redis", "rediss", "unix")


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What Redis may hold at most, and how long what is under way may rest before somebody else takes it.

    `due` are polls sent and not made, `found` are messages and `found_bytes` their memory in Redis. While either is reached no poll
    is sent, none is taken and no answer is added; so beyond it goes, at the most, one answer of each fetcher and 1 MiB of others.
    `claim_after` is in seconds; a fetcher at work renews what it holds six times as often. `deliveries` of one poll, or tries to record
    one message, are the most before it is given up.
    """

    due: int = 2000
    found: int = 2000
    found_bytes: int = 64 * 1024 * 1024
    dead: int = 100
    claim_after: float = 60.0
    deliveries: int = 5


class StoppedError(Exception):
    """The role was told to end while it waited for Redis."""


def shown(url: str) -> str:
    """An address of Redis without its name and password.

    >>> shown("rediss://user:secret@cache.example:6380/1")
    'rediss://cache.example:6380/1'
    """
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


def checked(url: str) -> str:
    """Return an address of Redis if there is one that lets us in. Raises ArchiveError."""
    client = connect(url)
    try:
        client.ping()
        make_groups(client)
    except exceptions.AuthenticationError as error:
        raise ArchiveError(f"expected to be let in by Redis at {shown(url)}, found: {_why(error)}") from error
    except (exceptions.RedisError, OSError) as error:
        raise ArchiveError(f"expected Redis 6.2 or newer at {shown(url)}, found: {_why(error)}") from error
    finally:
        client.close()
    return url


def client_name(who: str) -> str:
    """The name a role's connections have in Redis, the same for all of one process."""
    return f"{PREFIX}{who}:{socket.gethostname()}:{os.getpid()}"


def connect(url: str, who: str = "visitor") -> Any:
    """A client. Raises ArchiveError if the address is none."""
    try:
        if urlsplit(url).scheme not in _KNOWN_SCHEMES:
            raise ValueError("the scheme is none of redis, rediss and unix")
        return redis.Redis.from_url(
            url, protocol=2, socket_timeout=30, socket_connect_timeout=10, retry=Retry(NoBackoff(), 0), client_name=client_name(who)
        )
    except (ValueError, TypeError) as error:
        raise ArchiveError(f"expected an address such as redis://:PASSWORD@host:6379/0, found {shown(url)!r} ({error})") from error


def make_groups(client: Any) -> None:
    """Make the streams with their groups where they are missing."""
    for stream, group in ((DUE, FETCHERS), (FOUND, RECORDERS)):
        try:
            client.xgroup_create(stream, group, id="0", mkstream=True)
        except exceptions.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise


@dataclass
class Trouble:
    """Says once that Redis is away, and once that it is back."""

    url: str
    who: str
    say: Callable[[str], None] = field(default=lambda line: click.echo(line, err=True))
    wait: float = 0.0

    def met(self, error: Exception) -> float:
        """Seconds to wait before the next try."""
        if not self.wait:
            self.say(f"{self.who}: Redis at {shown(self.url)} is away ({_why(error)}); everything waits until it is back")
        self.wait = min(max(2 * self.wait, 0.1), _LONGEST_WAIT)
        return self.wait

    def over(self) -> None:
        if self.wait:
            self.wait = 0.0
            self.say(f"{self.who}: Redis at {shown(self.url)} is back")


class Link:
    """A connection that waits for Redis where it is away, until `stopping` is set."""

    def __init__(self, url: str, who: str, stopping: threading.Event) -> None:
        self.client = connect(url, who)
        self.stopping = stopping
        self.trouble = Trouble(url, who)

    def do(self, work: Callable[[Any], _T]) -> _T:
        """What `work` returns, given the client; it is called again until Redis has answered. Raises StoppedError."""
        while True:
            try:
                found = work(self.client)
            except exceptions.ResponseError as error:
                if not isinstance(error, _AWAY) and not is_without_group(error):
                    raise
                if is_without_group(error):  # Redis has lost its data
                    self.do(make_groups)
                elif self.stopping.wait(self.trouble.met(error)):
                    raise StoppedError from error
            except _AWAY as error:
                if self.stopping.wait(self.trouble.met(error)):
                    raise StoppedError from error
            else:
                self.trouble.over()
                return found

    def close(self) -> None:
        self.client.close()


class AsyncLink:
    """The same for a fetcher, which waits in its event loop."""

    def __init__(self, url: str, who: str) -> None:
        self.client: Any = redis.asyncio.Redis.from_url(
            url, protocol=2, socket_timeout=30, socket_connect_timeout=10, retry=AsyncRetry(NoBackoff(), 0), client_name=client_name(who)
        )
        self.trouble = Trouble(url, who)
        self.url = url

    async def do(self, work: Callable[[Any], Awaitable[_T]], *, patient: Callable[[], bool] = lambda: True) -> _T:
        """What `work` returns; it is called again until Redis has answered or `patient` says no. Raises StoppedError."""
        while True:
            try:
                found = await work(self.client)
            except exceptions.ResponseError as error:
                if not isinstance(error, _AWAY) and not is_without_group(error):
                    raise
                await self._wait(error, patient)
            except _AWAY as error:
                await self._wait(error, patient)
            else:
                self.trouble.over()
                return found

    async def _wait(self, error: Exception, patient: Callable[[], bool]) -> None:
        if is_without_group(error):
            client = connect(self.url)
            try:
                make_groups(client)
                return
            except _AWAY as again:
                error = again
            finally:
                client.close()
        if not patient():
            raise StoppedError from error
        await asyncio.sleep(self.trouble.met(error))

    async def close(self) -> None:
        await self.client.aclose()


def is_without_group(error: Exception) -> bool:
    return "NOGROUP" in str(error) or "no such key" in str(error)


def number(message_id: str | bytes) -> tuple[int, int]:
    """A message's place in its stream.

    >>> number(b"1700000000000-2") > number("1700000000000-1")
    True
    """
    text = message_id.decode() if isinstance(message_id, bytes) else message_id
    milliseconds, _, sequence = text.partition("-")
    return int(milliseconds), int(sequence or 0)


def _why(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
