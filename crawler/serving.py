"""The site: Datasette over `archive.db`, read-only, with our templates, plugins and styles."""

from __future__ import annotations

import asyncio
import importlib.resources
import ipaddress
import os
import secrets
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
import yaml
from datasette.app import Datasette

from archive.documents import is_web_address
from archive.errors import ArchiveError
from archive.folder import Folder
from archive.opening import upgrade
from crawler.garbage import keep_what_is_loaded
from crawler.workers import beside_each_other

SETTINGS = {
    "suggest_facets": False,  # a guess at facets reads the whole table: seconds at a million entries
    "default_page_size": 20,
    "facet_time_limit_ms": 100,
    "sql_time_limit_ms": 1000,
    "num_sql_threads": 4,
    "allow_download": False,
}


@dataclass(frozen=True, kw_only=True)
class Site:
    """How an archive is served.

    `url` is the address readers reach it at, if that is not the one it listens at. `metadata` is a file of Datasette's metadata (YAML or
    JSON) laid over ours, such as who may read. `snippets` is how many words of each text are shown, None for all.
    """

    url: str | None = None
    metadata: Path | None = None
    snippets: int | None = None


def configuration() -> Path:
    """Return the folder with metadata, templates, plugins and styles: the checkout's if there, else the wheel's."""
    checkout = Path(__file__).resolve().parent.parent / "datasette"
    if (checkout / "metadata.yaml").is_file():
        return checkout
    return Path(str(importlib.resources.files("crawler"))) / "_datasette"


def datasette_for(folder: Folder, site: Site = Site()) -> Datasette:
    """Return Datasette over an archive. Raises ArchiveError if there is none, or the site cannot be as it is to be.

    An archive made by an older version is upgraded first: Datasette itself never writes.
    """
    upgrade(folder.archive)
    where = configuration()
    settled = not os.access(folder.path, os.W_OK)
    return Datasette(
        files=[] if settled else [str(folder.archive)],
        immutables=[str(folder.archive)] if settled else [],
        metadata=_metadata(where, site),
        secret=os.environ.get("DATASETTE_SECRET") or None,  # what cookies are signed with; without it, a new one at each start
        template_dir=str(where / "templates"),
        plugins_dir=str(where / "plugins"),
        static_mounts=[("static", str(where / "static"))],
        settings=SETTINGS | ({"base_url": urlsplit(site.url).path.rstrip("/") + "/"} if site.url else {}),
    )


def _metadata(where: Path, site: Site) -> dict[str, Any]:
    """Our metadata, with the operator's laid over it and what our plugins must know."""
    ours: dict[str, Any] = yaml.safe_load((where / "metadata.yaml").read_text(encoding="utf-8"))
    if site.url is not None and not is_web_address(site.url):
        raise ArchiveError(f"expected the http or https address of the site for --url, found {site.url!r}")
    if site.metadata is not None:
        try:
            theirs = yaml.safe_load(site.metadata.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ArchiveError(f"expected YAML or JSON in {site.metadata}, found something else: {' '.join(str(error).split())}") from error
        if not isinstance(theirs, Mapping):
            raise ArchiveError(f"expected Datasette's metadata in {site.metadata}, such as `allow:` and `plugins:`, found no names at all")
        ours = _laid_over(ours, theirs)
    told = {name: value for name, value in (("url", site.url), ("snippets", site.snippets)) if value is not None}
    return _laid_over(ours, {"plugins": {"stoppress": told}})


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One mapping laid over another, name by name."""
    found = dict(below)
    for name, value in above.items():
        known = found.get(name)
        found[name] = _laid_over(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return found


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


def is_open(host: str) -> bool:
    """Whether a site at a host can be reached from other machines.

    >>> [is_open(host) for host in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "192.168.1.5", "press.example")]
    [False, False, False, True, True, True]
    """
    if host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def serve(folder: Folder, listener: socket.socket, site: Site = Site(), *, processes: int = 1) -> None:
    """Serve an archive until SIGINT or SIGTERM. A page keeps one core busy: several processes answer at the same address.

    Raises ArchiveError if one of them ends by itself.
    """
    if processes > 1:
        os.environ.setdefault("DATASETTE_SECRET", secrets.token_hex(32))  # what one of them has signed the others must know
        _metadata(configuration(), site)  # what is wrong with it is said once
        beside_each_other(processes, lambda: serve(folder, listener, site))
    else:
        server = _server(folder, site)
        keep_what_is_loaded()
        asyncio.run(server.serve(sockets=[listener]))


def serve_in_background(folder: Folder, listener: socket.socket) -> threading.Thread:
    """Serve an archive from a thread of its own, for as long as the process lives."""
    server = _server(folder)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True, name="reading-room")
    thread.start()
    return thread


def _server(folder: Folder, site: Site = Site()) -> uvicorn.Server:
    app: Any = datasette_for(folder, site).app()
    return uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
