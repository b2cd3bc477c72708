"""What is printed is safe wherever it goes: terminals, pipes, other encodings."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from cli_cloud import HOSTILE, Calipso

SHOWN = (("tree",), ("show", "uuid-2"), ("find", "31mxxx"), ("clique", "net"), ("messages",), ("scans",))
OTHERS = (
    ("show", "cmp1::ovs"),
    ("clique", "net", "--mermaid"),
    ("clique", "net", "--svg", "-"),
    ("generations",),
    ("environments",),
)

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
ESCAPED = r"\x1b[31mred\x07\n[bold]bold[/bold]\u202e\x9b31mxxx"


@pytest.mark.parametrize("words", [*SHOWN, *OTHERS], ids=" ".join)
def test_hostile_names_cannot_steer_what_reads_a_pipe(calipso: Calipso, words: tuple[str, ...]) -> None:
    piped = calipso(*words)
    assert (piped.status, piped.err) == (0, "")
    assert piped.out.replace("\n", "").isprintable()
    assert not any(line != line.rstrip() for line in piped.out.splitlines())


@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_hostile_names_cannot_steer_a_terminal(calipso: Calipso, words: tuple[str, ...]) -> None:
    sent = calipso.in_terminal(*words)
    assert COLOURS.sub("", sent).replace("\r\n", "").isprintable()


@pytest.mark.parametrize(
    "words", [("show", "uuid-2"), ("find", "31mxxx"), ("tree",), ("messages",), ("scans",)]
)
def test_hostile_names_are_told_whole(calipso: Calipso, words: tuple[str, ...]) -> None:
    assert ESCAPED + "x" * 197 in calipso(*words).out


def test_json_is_safe_on_a_terminal_and_says_the_very_name(calipso: Calipso) -> None:
    for words in (("show", "uuid-2", "--json"), ("export",)):
        printed = calipso(*words).out
        assert printed.replace("\n", "").isprintable()
    assert calipso("show", "uuid-2", "--json").json["object"]["name"] == HOSTILE


def test_colours_are_for_terminals_only(calipso: Calipso) -> None:
    assert "\x1b" in calipso.in_terminal("show", "cmp1::ovs")
    assert "\x1b" not in calipso("show", "cmp1::ovs", FORCE_COLOR="1", TERM="xterm-256color").out


@pytest.mark.parametrize("words", [("tree",), ("clique", "net"), ("environments",)], ids=" ".join)
def test_other_encodings_than_utf8_are_spoken(calipso: Calipso, words: tuple[str, ...]) -> None:
    variables = calipso.variables | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(calipso.command(*words), env=variables, capture_output=True, check=True)
    assert done.stderr == b""
    assert done.stdout.isascii()
    assert b"\\u25" not in done.stdout


def test_export_is_utf8_in_any_locale(calipso: Calipso) -> None:
    variables = calipso.variables | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = subprocess.run(calipso.command("export"), env=variables, capture_output=True, check=True)
    assert all(json.loads(line.decode())["collection"] for line in done.stdout.splitlines())


@pytest.mark.parametrize("words", [("export",), ("tree",), ("tree", "--json")], ids=" ".join)
def test_a_full_disk_is_told_on_one_line(calipso: Calipso, words: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - it is no file
        done = subprocess.run(
            calipso.command(*words),
            env=calipso.variables,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.decode() == "Error: this cannot be done: No space left on device\n"


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; from calipso.cli import main; main(['--help'], standalone_mode=False); "
        "print(sorted({'rich', 'pymongo', 'pydantic', 'yaml'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stderr == "[]\n"
