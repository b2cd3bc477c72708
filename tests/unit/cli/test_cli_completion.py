"""Shells complete commands, environments, types and objects."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from cli_cloud import Calipso


def offered(calipso: Calipso, line: str) -> list[str]:
    """Return what bash is offered at the end of a line."""
    ran = calipso(
        _CALIPSO_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(line.split(" ")) - 1)
    )
    return [word.partition(",")[2] for word in ran.out.splitlines() if word]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("calipso cli", ["clique"]),
        ("calipso db st", ["start", "stop"]),
        ("calipso tree --env l", ["lab"]),
        ("calipso tree --type inst", ["instance"]),
        ("calipso show web", ["web-0", "web-1"]),
        ("calipso show --env lab cmp1:e", ["cmp1:eth1"]),
        ("calipso show --env nope cmp1:e", []),
        ("calipso clique xyz", []),
        ("calipso completion z", ["zsh"]),
    ],
)
def test_words_are_offered(calipso: Calipso, line: str, words: list[str]) -> None:
    assert offered(calipso, line) == words


def test_names_of_states_are_offered(own: Calipso) -> None:
    own("snapshot", "as-designed", "--generation", "1")
    own("snapshot", "before-4711")
    assert offered(own, "calipso compare as") == ["as-designed"]
    assert offered(own, "calipso compare as-designed --env lab b") == ["before-4711"]
    assert offered(own, "calipso tree --generation l") == ["latest"]
    assert offered(own, "calipso snapshot --remove ") == ["as-designed", "before-4711"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_are_printed_and_sound(calipso: Calipso, shell: str) -> None:
    script = calipso("completion", shell)
    assert (script.status, script.err) == (0, "")
    assert "_CALIPSO_COMPLETE" in script.out
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=script.out, check=True, text=True)
