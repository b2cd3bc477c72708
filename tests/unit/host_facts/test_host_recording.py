"""Recordings on disk: any host's name, any output."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from ansible_collections.calipso.topology.plugins.module_utils.recording import (
    host_directory,
    read_host,
    to_entry,
    write_host,
)
from ansible_collections.calipso.topology.plugins.module_utils.runner import Result
from hypothesis import given
from hypothesis import strategies as st

HOST_NAMES = st.one_of(
    st.text(min_size=1, max_size=60),
    st.text(min_size=190, max_size=260),
    st.sampled_from([".", "..", "a/b", "../up", "rack 1/host", "~", "%", "Zürich-ホスト", "é" * 200]),
)
ENDED = st.builds(
    Result, st.lists(st.text(), min_size=1), st.integers(0, 255), st.text(), st.text(), st.none()
)
UNANSWERED = st.builds(
    Result,
    st.lists(st.text(), min_size=1),
    st.none(),
    st.just(""),
    st.text(),
    st.sampled_from(["missing", "forbidden", "failed", "timeout", "truncated"]),
)


@given(HOST_NAMES, HOST_NAMES)
def test_each_host_has_a_folder_of_its_own(first: str, second: str) -> None:
    root = Path("recording")
    folder = host_directory(root, first)
    assert folder.parent == root / "hosts"
    assert folder.name not in ("", ".", "..")
    assert len(folder.name.encode()) <= 200
    assert (folder == host_directory(root, second)) == (first == second)


@given(HOST_NAMES, st.lists(st.one_of(ENDED, UNANSWERED), min_size=1, max_size=12))
def test_what_is_written_is_read(host: str, results: list[Result]) -> None:
    with TemporaryDirectory() as root:
        write_host(root, host, [to_entry(Result(["earlier"], 0, "", ""))] * 13)
        folder = write_host(root, host, [to_entry(result) for result in results])
        assert read_host(folder) == results
        assert list(folder.parent.iterdir()) == [folder]
