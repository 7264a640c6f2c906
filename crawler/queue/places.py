"""Who belongs to whom: one archive for one queue, one scheduler and one recorder at a time; a second stands by."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from uuid import uuid4

import click

from archive import positions
from archive.errors import ArchiveError, LockedError
from archive.folder import Before, Folder
from archive.store import Archive
from crawler.queue.link import ARCHIVE, PREFIX, Link, StoppedError, shown

_LOOK_EVERY = 0.5  # seconds a stand-by waits between two looks


@contextmanager
def standing_by(hold: Callable[[], AbstractContextManager[Before]], stopping: threading.Event) -> Iterator[None]:
    """Hold a place, once it is free. Raises StoppedError if told to stop before."""
    said = False
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(hold())
                break
            except LockedError as error:
                if not said:
                    click.echo(f"standing by: {error}", err=True)
                    said = True
            if stopping.wait(_LOOK_EVERY):
                raise StoppedError
        if said:
            click.echo("taking over", err=True)
        yield


def bound(archive: Archive, link: Link) -> str:
    """Return the name of this archive's queue; an empty one becomes this archive's.

    Messages are recorded once because the archive notes how far it has read, so two archives cannot share a queue. Raises ArchiveError
    if it is another's.
    """
    fresh = uuid4().hex
    name = link.do(lambda client: client.get(ARCHIVE))
    if name is None:
        with archive.writing() as connection:
            positions.begin(connection, fresh)
        link.do(lambda client: client.set(ARCHIVE, fresh, nx=True))
        name = link.do(lambda client: client.get(ARCHIVE))
    return belonging(archive.connection, name, link)


def bound_again(folder: Folder, link: Link) -> str:
    """The same for who only reads the archive otherwise."""
    archive = Archive(folder.archive)
    try:
        return bound(archive, link)
    finally:
        archive.close()


def belonging(connection: Any, name: bytes | None, link: Link) -> str:
    """Return the queue's name if it is this archive's. Raises ArchiveError."""
    found = (name or b"").decode("utf-8", "replace")
    if positions.last(connection, found) is None:
        raise ArchiveError(
            f"expected a queue of this archive in Redis at {shown(link.trouble.url)}, found that of another one; "
            f"give each archive a database of its own (/0, /1, ...), or remove the keys {PREFIX}* if the other is gone"
        )
    return found
