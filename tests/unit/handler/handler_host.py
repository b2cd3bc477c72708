"""A host with the handler, as Sensu's backend runs it: a process for each event, given to it as it stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calipso.model.monitoring import ObjectSubject, check_name

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "sensu_checks" / "handler_calipso.py"
TIMEOUT_S = 60


class HandlerHost:
    """The handler's settings and spool, in a directory."""

    def __init__(self, directory: Path, url: str, token: str) -> None:
        self.directory = directory
        self.spool = directory / "spool"
        self.token_file = directory / "token"
        self.token_file.write_text(f"{token}\n")
        self.set(url=url, token_file=str(self.token_file), spool=str(self.spool))

    @property
    def url(self) -> str:
        """Where Calipso is, as it is told."""
        return str(json.loads(self.config.read_text())["url"])

    @property
    def config(self) -> Path:
        """The file of settings."""
        return self.directory / "handler.json"

    @property
    def variables(self) -> dict[str, str]:
        """What Sensu's configuration of the handler adds to its environment."""
        return {"CALIPSO_HANDLER_CONFIG": str(self.config), "PATH": os.environ["PATH"], "LC_ALL": "C"}

    def set(self, **settings: Any) -> None:
        """Change some settings."""
        known = json.loads(self.config.read_text()) if self.config.exists() else {}
        self.config.write_text(json.dumps({**known, **settings}))

    def start(self, *options: str, **how: Any) -> subprocess.Popen[bytes]:
        """Start a process that waits for its event, or has `options`."""
        command = [sys.executable, str(SCRIPT), *options]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(command, env=self.variables, **pipes, **how)

    def handle(self, event: bytes, *options: str, **how: Any) -> tuple[int, str]:
        """Run it to its end; return its exit status and what it said."""
        with self.start(*options, **how) as process:
            said = process.communicate(event, TIMEOUT_S)[0]
        return process.returncode, said.decode()

    def sync(self, *options: str) -> tuple[int, str]:
        """Run it as Sensu's check does."""
        return self.handle(b"", "--sync", *options)

    def waiting(self) -> list[Path]:
        """Return the events that wait."""
        return sorted((self.spool / "waiting").glob("*"))

    def names(self) -> set[str]:
        """Return the names of the events that wait."""
        return {path.name for path in self.waiting()}

    def refused(self) -> list[str]:
        """Return why events were put aside."""
        return [path.read_text() for path in sorted((self.spool / "refused").glob("*.why"))]


def event(
    found: Mapping[str, Any], status: int, *, output: str = "it says so", at: datetime | None = None
) -> dict[str, Any]:
    """Return what Sensu Go gives to a handler about the object `found`."""
    seconds = int((at or datetime.now(UTC)).timestamp())
    marks = {"calipso_id": found["host"], "calipso_environment": "blue"}
    name = check_name(ObjectSubject(found["type"], found["id"]))
    return {
        "timestamp": seconds,
        "entity": {"entity_class": "agent", "metadata": {"name": found["host"], "annotations": marks}},
        "check": {
            "metadata": {"name": name, "annotations": {**marks, "calipso_id": found["id"]}},
            "status": status,
            "output": output,
            "executed": seconds,
            "occurrences": 1,
        },
    }


def raw(document: Any) -> bytes:
    """Return its JSON."""
    return json.dumps(document).encode()
