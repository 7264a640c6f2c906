"""Which stored body a WARC's revisit is a sighting of. What has to be known for that is kept in a temporary file, not in memory."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace

from archive.captures import Captures
from archive.model import Capture
from archive.times import from_utc, to_utc
from archive.warc_captures import Received, Revisit

_TABLES = """
CREATE TABLE digests (digest TEXT PRIMARY KEY, capture_id INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE records (record_id TEXT PRIMARY KEY, address TEXT NOT NULL, capture_id INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE revisits (id INTEGER PRIMARY KEY, fetched_at TEXT NOT NULL, source TEXT NOT NULL, fields TEXT NOT NULL);
"""


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One revisit: the capture it stands for, or None if nothing we have is the page it refers to. `source` is its file."""

    source: str
    capture: Capture | None


class Revisits:
    """The revisits of one import, held back until every body of it is stored: files come in any order."""

    def __init__(self, captures: Captures) -> None:
        self._captures = captures
        self._index = sqlite3.connect("", isolation_level=None)  # a temporary file of SQLite's own, gone when closed
        self._index.executescript(_TABLES)
        self._index.execute("BEGIN")

    def close(self) -> None:
        self._index.close()

    def add(self, received: Received, capture_id: int) -> None:
        """Note under which names a stored body may be referred to."""
        for digest in received.digests:
            self._index.execute("INSERT OR IGNORE INTO digests VALUES (?, ?)", (digest, capture_id))
        if received.record_id:
            self._index.execute(
                "INSERT OR IGNORE INTO records VALUES (?, ?, ?)", (received.record_id, received.capture.address, capture_id)
            )

    def hold(self, revisit: Revisit, source: str) -> None:
        self._index.execute(
            "INSERT INTO revisits (fetched_at, source, fields) VALUES (?, ?, ?)", (to_utc(revisit.fetched_at), source, _to_json(revisit))
        )

    def __len__(self) -> int:
        return int(self._index.execute("SELECT count(*) FROM revisits").fetchone()[0])

    def sightings(self) -> Iterator[Sighting]:
        """Yield what each held revisit stands for, oldest first."""
        for source, fields in self._index.execute("SELECT source, fields FROM revisits ORDER BY fetched_at, id"):
            yield Sighting(source=source, capture=self._resolve(_from_json(fields)))

    def _resolve(self, revisit: Revisit) -> Capture | None:
        found = self._referred(revisit)
        seen = self._captures.get(found) if found is not None else None
        if seen is None:
            return None
        is_full = any(name.lower() == "content-type" for name in revisit.headers)
        return replace(
            seen,
            id=None,
            url=revisit.url,
            final_url=revisit.final_url,
            fetched_at=revisit.fetched_at,
            status=seen.status if revisit.status is None else revisit.status,
            headers=revisit.headers if is_full else seen.headers,
        )

    def _referred(self, revisit: Revisit) -> int | None:
        """The id of the capture whose body it was: by digest, by record, else by address and time among all captures."""
        addresses = (revisit.address, revisit.url, revisit.refers_url or revisit.url)
        return (
            self._one("SELECT capture_id FROM digests WHERE digest = ?", revisit.digest)
            # A name is believed for the addresses the revisit speaks of only.
            or self._one("SELECT capture_id FROM records WHERE record_id = ? AND address IN (?, ?, ?)", revisit.refers_to, *addresses)
            or self._stored("digest = ?", addresses, revisit.digest)
            or self._stored("fetched_at = ?", addresses, to_utc(revisit.refers_at) if revisit.refers_at else None)
            # Not modified since: it is what stood there last.
            or self._stored(
                "fetched_at <= ? AND status BETWEEN 200 AND 299", addresses, to_utc(revisit.fetched_at) if revisit.is_unmodified else None
            )
        )

    def _one(self, sql: str, key: str | None, *rest: str) -> int | None:
        row = self._index.execute(sql, (key, *rest)).fetchone() if key else None
        return int(row[0]) if row else None

    def _stored(self, condition: str, addresses: tuple[str, str, str], value: str | None) -> int | None:
        if value is None:
            return None
        row = self._captures.connection.execute(
            f"SELECT id FROM captures WHERE url IN (?, ?, ?) AND {condition} ORDER BY fetched_at DESC, id LIMIT 1",
            (*addresses, value),
        ).fetchone()
        return int(row[0]) if row else None


def _to_json(revisit: Revisit) -> str:
    times = {
        "fetched_at": to_utc(revisit.fetched_at),
        "refers_at": to_utc(revisit.refers_at) if revisit.refers_at else None,
    }
    return json.dumps(vars(revisit) | {"headers": dict(revisit.headers)} | times)


def _from_json(text: str) -> Revisit:
    fields = json.loads(text)
    refers_at = from_utc(fields["refers_at"]) if fields["refers_at"] else None
    return Revisit(**fields | {"fetched_at": from_utc(fields["fetched_at"]), "refers_at": refers_at})
