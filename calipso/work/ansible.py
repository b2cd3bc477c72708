"""Running a playbook of ours, by ansible-runner, in a directory of its own."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..phases import COLLECTION

IDENT = "run"

_LONGEST_LINE = 1000
_POLLED_S = 1.0


def run_playbook(
    name: str,
    place: Path,
    *,
    inventories: Sequence[str],
    variables: Mapping[str, Any],
    extra: Sequence[str] = (),
    event_handler: Callable[[Mapping[str, Any]], bool],
    must_stop: Callable[[], bool],
) -> tuple[str, int]:
    """Run a playbook to its end; return ansible-runner's status, and Ansible's exit status.

    `place`: the directory of this run. `extra`: what `ansible-playbook -e` takes besides.
    """
    import ansible_runner

    project, playbook = _playbook(name)
    options = [word for each in extra for word in ("-e", each)]
    done = ansible_runner.run(
        private_data_dir=str(place),
        project_dir=str(project or place),
        playbook=playbook,
        inventory=list(inventories),
        extravars=dict(variables),
        cmdline=shlex.join(options) or None,
        envvars={"ANSIBLE_HOST_KEY_CHECKING": "True", **_ansible(), "PATH": _path()},
        settings={"pexpect_timeout": _POLLED_S},
        ident=IDENT,
        quiet=True,
        event_handler=event_handler,
        cancel_callback=must_stop,
    )
    _without_environment(place / "artifacts" / IDENT / "command")
    return done.status, done.rc


def forget_old(home: Path, kept: int) -> None:
    """Drop the directories of all runs but the newest."""
    runs = sorted((path for path in home.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for path in runs[:-kept]:
        shutil.rmtree(path, ignore_errors=True)


def _playbook(name: str) -> tuple[Path | None, str]:
    """Return where a playbook of ours is: the checkout that this is part of, or the collection."""
    root = Path(__file__).resolve().parents[2]
    if (root / "galaxy.yml").is_file() or (root / "MANIFEST.json").is_file():
        return root, f"playbooks/{name}.yml"
    return None, f"{COLLECTION}{name}"


def _ansible() -> dict[str, str]:
    """Return the worker's own settings of Ansible, which count where ansible-runner would have others.

    Unless it is told otherwise, ansible-runner has Ansible talk to hosts whose keys it does not know.
    """
    own = {name: value for name, value in os.environ.items() if name.startswith("ANSIBLE_")}
    return {**own, "ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"}


def _path() -> str:
    """Return the path on which this Python's own Ansible comes first."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def _without_environment(command: Path) -> None:
    """Drop from a run's files the worker's environment, which may hold passwords."""
    try:
        known = json.loads(command.read_text())
    except (OSError, ValueError):
        return
    command.write_text(json.dumps({name: value for name, value in known.items() if name != "env"}))


def last_lines(place: Path, most: int = 5) -> tuple[str, ...]:
    """Return the end of what a run printed, for one that failed before any task."""
    output = place / "artifacts" / IDENT / "stdout"
    try:
        lines = [line.strip() for line in output.read_text(errors="replace").splitlines()]
    except OSError:
        lines = []
    said = " ".join([line for line in lines if line][-most:])
    return (said[-_LONGEST_LINE:] or "the playbook ended without a word",)
