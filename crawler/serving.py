"""The site: Datasette over `archive.db`, read-only, with our templates, plugins and styles."""

from __future__ import annotations

import asyncio
import importlib.resources
import os
import socket
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from datasette.app import Datasette
from sqlite_utils import Database

from archive.errors import ArchiveError
from archive.folder import Folder
from archive.schema import applied, archive_migrations, open_reader
from archive.store import Archive

SETTINGS = {
    "suggest_facets": False,  # a guess at facets reads the whole table: seconds at a million entries
    "default_page_size": 20,
    "facet_time_limit_ms": 100,
    "sql_time_limit_ms": 1000,
    "num_sql_threads": 4,
    "allow_download": False,
}


def configuration() -> Path:
    """Return the folder with metadata, templates, plugins and styles: the checkout's if there, else the wheel's."""
    checkout = Path(__file__).resolve().parent.parent / "datasette"
    if (checkout / "metadata.yaml").is_file():
        return checkout
    return Path(str(importlib.resources.files("crawler"))) / "_datasette"


def datasette_for(folder: Folder) -> Datasette:
    """Return Datasette over an archive. Raises ArchiveError if there is none.

    An archive made by an older version is upgraded first: Datasette itself never writes.
    """
    with closing(open_reader(folder.archive)) as connection:
        behind = len(applied(connection, archive_migrations)) < len(archive_migrations.pending(Database(memory=True)))
    if behind:
        Archive(folder.archive).close()
    where = configuration()
    settled = not os.access(folder.path, os.W_OK)
    return Datasette(
        files=[] if settled else [str(folder.archive)],
        immutables=[str(folder.archive)] if settled else [],
        metadata=yaml.safe_load((where / "metadata.yaml").read_text(encoding="utf-8")),
        template_dir=str(where / "templates"),
        plugins_dir=str(where / "plugins"),
        static_mounts=[("static", str(where / "static"))],
        settings=SETTINGS,
    )


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address. Raises ArchiveError if it is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, so that asyncio sends at once what it has: else each answer waits 40 ms for the reader's acknowledgement of its head.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ArchiveError(
            f"expected to serve at {host} port {port}, found: {error.strerror or error}; choose another with --port"
        ) from error
    return listener


def serve(folder: Folder, listener: socket.socket) -> None:
    """Serve an archive until SIGINT or SIGTERM."""
    asyncio.run(_server(folder).serve(sockets=[listener]))


def serve_in_background(folder: Folder, listener: socket.socket) -> threading.Thread:
    """Serve an archive from a thread of its own, for as long as the process lives."""
    server = _server(folder)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True, name="reading-room")
    thread.start()
    return thread


def _server(folder: Folder) -> uvicorn.Server:
    app: Any = datasette_for(folder).app()
    return uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
