"""Read pages with one reader and print what it found and what it cost.

    python benchmarks/peers/run.py READER PAGE --url URL                  one page: the scorer's JSON
    python benchmarks/peers/run.py READER --list PAGES.json --repeats 9   many: results, CPU seconds, cost of the import

READER is a file in this folder: `read(body, url)` is what is timed, `shape(found)` makes the scorer's JSON of it. It
runs in an environment of its own, which needs nothing of ours. Each reading is timed between two parses of the same page
by lxml, since a noisy machine is noisy for both; the collector of garbage rests meanwhile, as in `timeit`.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import lxml.html

Read = Callable[[bytes, str], Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader")
    parser.add_argument("page", nargs="?", type=Path)
    parser.add_argument("--url", default="https://unknown.example/live")
    parser.add_argument("--list", type=Path, help='[{"path", "url", "timed"}, ...]')
    parser.add_argument("--repeats", type=int, default=9)
    args = parser.parse_args()
    started = time.process_time()
    reader = importlib.import_module(args.reader)
    imported = time.process_time() - started
    if args.page:
        found: Any = _shaped(reader, args.page.read_bytes(), args.url)
    else:
        found = {"import": imported, "pages": [_measured(reader, page, args.repeats) for page in json.loads(args.list.read_text())]}
    json.dump(found, sys.stdout)


def _tried(read: Read, body: bytes, url: str) -> Any:
    try:
        return read(body, url)
    except Exception:  # a reader of others may fail in any way
        return None


def _shaped(reader: ModuleType, body: bytes, url: str) -> dict[str, Any]:
    found = _tried(reader.read, body, url)
    return {"entries": []} if found is None else reader.shape(found)  # type: ignore[no-any-return]


def _measured(reader: ModuleType, page: dict[str, Any], repeats: int) -> dict[str, Any]:
    body = Path(page["path"]).read_bytes()
    found: dict[str, Any] = {"result": _shaped(reader, body, page["url"]), "parse": [], "read": []}
    for _ in range(repeats if page["timed"] else 0):
        getattr(reader, "forget", lambda: None)()  # what it keeps in mind of the reading before
        gc.collect()
        gc.disable()
        started = time.process_time()
        lxml.html.document_fromstring(body)
        parsed = time.process_time()
        _tried(reader.read, body, page["url"])
        ended = time.process_time()
        lxml.html.document_fromstring(body)
        found["read"].append(ended - parsed)
        found["parse"].append(((parsed - started) + (time.process_time() - ended)) / 2)
        gc.enable()
    return found


if __name__ == "__main__":
    main()
