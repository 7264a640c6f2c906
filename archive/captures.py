"""What was received, kept as evidence in `captures.db`: a body once, every poll as a sighting."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from archive.errors import ArchiveError
from archive.model import Capture
from archive.opening import open_database, read_only
from archive.schema import capture_migrations
from archive.times import from_utc, to_utc

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LEVEL = 9  # of a body that stands alone: a tenth smaller than at level 3, which takes a fifth of the time
_QUICK = 1  # of a difference: as small as at level 3, in two thirds of the time
_SMALL = 0.05  # a difference of this share of the whole is worth no new keyframe
_LARGE = 0.25  # and one of this share is worth a beginning of its own, from which a chain can go on
_DEEPEST = 16
_SURELY = 1.1  # times that share: one that is to be expected so large is not made to find out; with less, chains grow longer
_LOOKED_AT = 20  # sightings of a page, for the two bodies it had last
_LARGEST_WINDOW = 27  # 128 MiB: a keyframe and a page together, at the most
_SHORTEST_PREFIX = 8  # bytes
_REMEMBERED = 64 * 1024 * 1024  # bytes of bodies; three of the largest there are
# A circle of keyframes is damage, which reading finds.
_BENEATH = """
WITH RECURSIVE chain (keyframe, size, length, depth) AS (
    SELECT keyframe, size, length(data), 0 FROM bodies WHERE digest = ?
    UNION ALL
    SELECT b.keyframe, b.size, length(b.data), c.depth + 1 FROM chain c JOIN bodies b ON b.digest = c.keyframe WHERE c.depth < 1000
)
SELECT size, length, depth FROM chain ORDER BY depth DESC LIMIT 1
"""


class Captures:
    """The evidence of one archive. Bodies are never edited; one that differs little from its page's keyframe is kept as the difference."""

    def __init__(self, path: Path | str) -> None:
        # FULL: the archive can be rebuilt from the captures, the captures from nothing.
        self.connection: sqlite3.Connection = open_database(path, capture_migrations, synchronous="FULL")
        self._recent: OrderedDict[str, bytes] | None = None
        self._recent_size = 0
        self._most_recent = 0

    @classmethod
    def reading(cls, path: Path) -> Captures:
        """Open the evidence read-only, for reading much of it. Raises ArchiveError if there is none, or it is none."""
        made = cls.__new__(cls)
        if not path.is_file():
            raise ArchiveError(f"expected the evidence at {path}, found none")
        made.connection = read_only(path, capture_migrations, "the evidence of an archive")
        made.remember()
        return made

    def remember(self, most: int = _REMEMBERED) -> None:
        """Keep the bodies read last at hand, up to so many bytes: whoever reads one after another reads keyframes again and again."""
        self._recent = OrderedDict()
        self._recent_size = 0
        self._most_recent = most

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction, on disk when it ends. Within one it is part of that."""
        is_part = self.connection.in_transaction
        if is_part:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    def add(self, capture: Capture) -> Capture:
        """Store one response and return it with its id; the same response received again keeps its id."""
        digest = body_digest(capture.body)
        sighting = (capture.url, to_utc(capture.fetched_at), digest)
        with self.writing():
            row = self.connection.execute("SELECT id FROM captures WHERE url = ? AND fetched_at = ? AND digest = ?", sighting).fetchone()
            if row is None:
                self._add_body(digest, capture)
                row = self.connection.execute(
                    "INSERT INTO captures (url, final_url, fetched_at, status, headers, digest) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                    (capture.url, capture.final_url, sighting[1], capture.status, json.dumps(dict(capture.headers)), digest),
                ).fetchone()
        return replace(capture, id=row[0])

    def add_sighting(self, capture: Capture) -> Capture | None:
        """Store that a page was still what it was (304), as a sighting of the last body; None if there is none of this address."""
        last = self.connection.execute(
            "SELECT digest FROM captures WHERE url = ? AND fetched_at <= ? ORDER BY fetched_at DESC, id DESC LIMIT 1",
            (capture.url, to_utc(capture.fetched_at)),
        ).fetchone()
        if last is None:
            return None
        row = self.connection.execute(
            "INSERT INTO captures (url, final_url, fetched_at, status, headers, digest) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (url, fetched_at, digest) DO UPDATE SET status = status RETURNING id",
            (capture.url, capture.final_url, to_utc(capture.fetched_at), capture.status, json.dumps(dict(capture.headers)), last["digest"]),
        ).fetchone()
        return replace(capture, id=row[0])

    def _add_body(self, digest: str, capture: Capture) -> None:
        if self.connection.execute("SELECT 1 FROM bodies WHERE digest = ?", (digest,)).fetchone():
            return
        data, keyframe = self._smallest(digest, capture)
        self.connection.execute(
            "INSERT INTO bodies (digest, keyframe, size, data) VALUES (?, ?, ?, ?)", (digest, keyframe, len(capture.body), data)
        )

    def _smallest(self, digest: str, capture: Capture) -> tuple[bytes, str | None]:
        """The body compressed, and the digest of the body it is a difference to (None: it stands alone).

        A difference to the page's keyframe while that stays small; then to the page's last body, which so
        becomes the next keyframe. A chain of keyframes has an end, so that reading one body stays cheap.
        """
        last, before = self._last_two(capture.url)
        if last is None:
            return _compress(capture.body, _LEVEL), None
        depth, share = self._beneath(last["digest"])
        small = share * len(capture.body) * _SMALL
        keyframe = last["keyframe"] or last["digest"]
        difference = b""  # none is made that would be too large
        if depth >= _DEEPEST or last["keyframe"] is None or not _outgrows(last["length"], _to_same(before, last["keyframe"]), small):
            difference = _compress_against(self.body(keyframe, is_keyframe=True), capture.body)
        if depth < _DEEPEST and not 0 < len(difference) <= small:
            depth, keyframe = depth + 1, last["digest"]
            difference = _compress_against(self.body(keyframe, is_keyframe=True), capture.body)
        if depth < _DEEPEST and _outgrows(len(difference), _to_same(last, keyframe), small):
            self._keep_in_mind(digest, capture.body, instead_of=keyframe)  # the next one will rest on it
        return (difference, keyframe) if len(difference) < small / _SMALL * _LARGE else (_compress(capture.body, _LEVEL), None)

    def _last_two(self, url: str) -> tuple[sqlite3.Row | None, sqlite3.Row | None]:
        """The last body a page had, and the one before it that was another."""
        last: sqlite3.Row | None = None
        for row in self.connection.execute(
            "SELECT b.digest, b.keyframe, length(b.data) AS length FROM captures c JOIN bodies b ON b.digest = c.digest"
            " WHERE c.url = ? ORDER BY c.fetched_at DESC LIMIT ?",
            (url, _LOOKED_AT),
        ):
            if last is not None and row["digest"] != last["digest"]:
                return last, row
            last = last or row
        return last, None

    def _beneath(self, digest: str) -> tuple[int, float]:
        """How many keyframes a body rests on, and the share of its size that the lowest of them took alone: a page of the
        same address takes much the same, and need not be compressed to know it."""
        row = self.connection.execute(_BENEATH, (digest,)).fetchone()
        return row["depth"], row["length"] / max(row["size"], 1)

    def _keyframe(self, digest: str) -> str | None:
        row = self.connection.execute("SELECT keyframe FROM bodies WHERE digest = ?", (digest,)).fetchone()
        return row[0] if row else None

    def body(self, digest: str, *, is_keyframe: bool = False) -> bytes:
        """Return a body as received. Raises ArchiveError if it is missing or no longer what it was.

        `is_keyframe`: others will rest on it, and nobody will ask for what it rests on itself.
        """
        below: list[tuple[str, sqlite3.Row]] = []  # the body itself first, then the keyframe it rests on, and so on
        body: bytes | None = None
        name: str | None = digest
        while name is not None and (body := self._remembered(name)) is None:
            row = self.connection.execute("SELECT keyframe, size, data FROM bodies WHERE digest = ?", (name,)).fetchone()
            if row is None:
                raise ArchiveError(f"expected a body with digest {name} in captures.db, found none")
            if name in {earlier for earlier, _ in below}:
                raise ArchiveError(f"the body with digest {digest} in captures.db is damaged: its keyframes go in a circle")
            below.append((name, row))
            name = row["keyframe"]
        for place, (name, row) in reversed(list(enumerate(below))):
            try:
                body = _decompress(row["data"], row["size"], body if row["keyframe"] else None)
            except (zstd.ZstdError, TypeError, ValueError, OverflowError) as error:
                raise ArchiveError(f"the body with digest {name} in captures.db is damaged: {error}") from error
            if place > 1 or (place == 1 and (is_keyframe or self._recent is None)):
                # The body asked for holds what it rests on: a fault below it is one of its own.
                continue
            # What the next one of its page may rest on is kept in mind, and checked itself.
            if (found := body_digest(body)) != name:
                raise ArchiveError(f"expected digest {name} in captures.db, found {found}: the body was changed")
            self._keep_in_mind(name, body)
        assert body is not None
        return body

    def _remembered(self, digest: str) -> bytes | None:
        if self._recent is None or digest not in self._recent:
            return None
        self._recent.move_to_end(digest)
        return self._recent[digest]

    def _keep_in_mind(self, digest: str, body: bytes, *, instead_of: str = "") -> None:
        if self._recent is None:
            return
        self._recent_size -= len(self._recent.pop(instead_of, b"")) + len(self._recent.pop(digest, b""))
        self._recent[digest] = body
        self._recent_size += len(body)
        while self._recent_size > self._most_recent and len(self._recent) > 1:
            self._recent_size -= len(self._recent.popitem(last=False)[1])

    def add_body(self, body: bytes, *, near: str | None = None) -> str:
        """Store a body by itself, inside the caller's transaction, and return its digest. `near`: one it may be much like."""
        digest = body_digest(body)
        if self.connection.execute("SELECT 1 FROM bodies WHERE digest = ?", (digest,)).fetchone() is None:
            data, keyframe = self._smallest_beside(body, near)
            self.connection.execute(
                "INSERT INTO bodies (digest, keyframe, size, data) VALUES (?, ?, ?, ?)", (digest, keyframe, len(body), data)
            )
        return digest

    def rest_on(self, digest: str, *, near: str | None) -> None:
        """Store a body anew, as the difference to one that is much like it or to none; what it holds stays the same."""
        data, keyframe = self._smallest_beside(self.body(digest), near)
        self.connection.execute("UPDATE bodies SET keyframe = ?, data = ? WHERE digest = ?", (keyframe, data, digest))

    def _smallest_beside(self, body: bytes, near: str | None) -> tuple[bytes, str | None]:
        alone = _compress(body, _LEVEL)
        if near is None:
            return alone, None
        keyframe = self._keyframe(near) or near
        difference = _compress_against(self.body(keyframe), body)
        return (difference, keyframe) if len(difference) < len(alone) / 2 else (alone, None)

    def get(self, capture_id: int) -> Capture | None:
        row = self.connection.execute("SELECT * FROM captures WHERE id = ?", (capture_id,)).fetchone()
        return self._capture(row) if row else None

    def ids(self) -> list[int]:
        """Every capture's id in the order of receipt: by time, then id."""
        return [row[0] for row in self.connection.execute("SELECT id FROM captures ORDER BY fetched_at, id")]

    def digest_of(self, capture: Capture) -> str:
        """The digest on record for a stored capture."""
        found: str = self.connection.execute("SELECT digest FROM captures WHERE id = ?", (capture.id,)).fetchone()[0]
        return found

    def in_order(self, ids: set[int]) -> list[int]:
        """Those of the captures that there are, in the order of receipt."""
        sql = "SELECT id FROM captures WHERE id IN (SELECT value FROM json_each(?)) ORDER BY fetched_at, id"
        return [row[0] for row in self.connection.execute(sql, (json.dumps(sorted(ids)),))]

    def _capture(self, row: sqlite3.Row) -> Capture:
        return Capture(
            id=row["id"],
            url=row["url"],
            final_url=row["final_url"],
            body=self.body(row["digest"]),
            fetched_at=from_utc(row["fetched_at"]),
            status=row["status"],
            headers=json.loads(row["headers"]),
        )


def _to_same(body: sqlite3.Row | None, keyframe: str | None) -> int:
    """How long a body's difference is, if it is one to this keyframe."""
    return body["length"] if body is not None and body["keyframe"] == keyframe else 0


def _outgrows(length: int, before: int, small: float) -> bool:
    """Whether a page that grows on as it did last, from one difference to the next, grows too far from its keyframe."""
    return 2 * length - before > small * _SURELY


def body_digest(body: bytes) -> str:
    """Return a body's digest: `sha256:` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def _window(*lengths: int) -> int:
    return max(10, min(_LARGEST_WINDOW, sum(lengths).bit_length()))


def _compress(body: bytes, level: int) -> bytes:
    return zstd.compress(body, level)


def _compress_against(keyframe: bytes, body: bytes) -> bytes:
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: _QUICK,
        zstd.CompressionParameter.window_log: _window(len(keyframe), len(body)),
        # Of a prefix, unlike a dictionary, one place in three is looked up: the table has room for them. With the few places of this level
        # a difference may be a hundred times as long. No search for distant repeats (LDM): over pages of this size it hides near ones.
        zstd.CompressionParameter.hash_log: max(12, len(keyframe).bit_length() - 2),
    }
    return zstd.compress(body, options=options, zstd_dict=_prefix(keyframe))


def _prefix(keyframe: bytes | None) -> Any:
    """What a body is a difference to, as the library takes it; zstd leaves shorter ones out."""
    return zstd.ZstdDict(keyframe, is_raw=True).as_prefix if keyframe and len(keyframe) >= _SHORTEST_PREFIX else None


def _decompress(data: bytes, size: int, keyframe: bytes | None) -> bytes:
    if not size:
        return b""
    decompressor = zstd.ZstdDecompressor(zstd_dict=_prefix(keyframe), options={zstd.DecompressionParameter.window_log_max: _LARGEST_WINDOW})
    body = decompressor.decompress(data, max_length=size)
    if not decompressor.eof:
        raise ValueError(f"expected {size:,} bytes, found more, or an end before")
    return body
