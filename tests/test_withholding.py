"""A page that shows forgotten words again is kept without them, and a forgotten page is not kept at all."""

from __future__ import annotations

from archive.folder import Folder
from archive.forget import forget, prepare
from archive.verify import verify
from tests.test_forget import STORM, bytes_that_hold, entry_named, polled
from tests.test_tombstones import AGAIN, ELSEWHERE, folder  # noqa: F401 - a fixture


def test_the_words_of_an_entry_stay_out_of_the_evidence(folder: Folder) -> None:  # noqa: F811
    forget(folder, prepare(folder, [entry_named(folder, "b2")]))
    polled(folder, (STORM, AGAIN), ("https://times.example/topic/storms", ELSEWHERE), hour=13)
    assert bytes_that_hold(folder, "Quillfeather", "coroner") == []
    assert verify(folder).problems == ()


def test_a_forgotten_page_is_not_stored_under_another_address(folder: Folder) -> None:  # noqa: F811
    forget(folder, prepare(folder, [STORM]))
    polled(folder, (STORM, AGAIN), ("https://times.example/short", AGAIN), hour=13)
    assert bytes_that_hold(folder, "Quillfeather", "northern") == []
