"""One message to a command (as JSON on its standard input) or to an address (posted, under the guard of a crawl)."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from crawler.breakage import command_of

SECONDS = 60.0  # a command or address that takes longer has failed
_STDERR = 2  # whatever sys.stderr is, a process can write to the file itself
WAITS = (1.0, 4.0)  # seconds before an address that may take it later is asked again


def tell(action: str, body: bytes, *, wait: Callable[[float], None] = time.sleep) -> str | None:
    """Return None once the message was taken (exit code 0, or an answer 2xx), else the sentence that says why it was not.

    A command is tried once, an address three times if it may take it later (no answer, 408, 425, 429, 5xx). No shell is involved:
    nothing in the message is ever part of a command.
    """
    try:
        command = command_of(action)
    except ValueError as error:  # an unclosed quote
        return f"{action!r} is no command: {error}"
    is_address = action.startswith(("http://", "https://"))
    for pause in (*WAITS, None) if is_address else (None,):
        code, said = _run(command, body, catch=is_address)
        if code == 0:
            return None
        if code != os.EX_TEMPFAIL or pause is None:
            break
        wait(pause)
    return said or f"{action!r} ended with exit code {code}"


def _run(command: Sequence[str], body: bytes, *, catch: bool) -> tuple[int | None, str]:
    """Run a command with the message on its standard input and return its exit code, and what is to be said of it.

    Its output goes to standard error: ours is for results. With `catch` its last line is what is said.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator's own
            command, stdin=subprocess.PIPE, stdout=_STDERR, stderr=subprocess.PIPE if catch else None, start_new_session=True
        )
    except (OSError, ValueError, IndexError) as error:
        return None, f"{' '.join(command)!r} could not be run: {getattr(error, 'strerror', None) or error}"
    try:
        _, errors = process.communicate(body, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None, f"{' '.join(command)!r} took longer than {SECONDS:.0f} s and was ended"
    finally:
        if process.poll() is None:  # too slow, or we were interrupted
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    lines = (errors or b"").decode("utf-8", "replace").strip().splitlines()
    return process.returncode, lines[-1] if lines else ""
