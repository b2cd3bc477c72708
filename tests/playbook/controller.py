"""The playbooks as users run them: real ansible-playbook, real MongoDB, a recording of a real cloud."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from calipso.store import Store

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "playbooks" / "files" / "recordings" / "ovs-vxlan"
HOSTS = ["cmp1", "cmp2", "ctl1", "net1"]

REFUSING = {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}
"""Variables of a host that refuses connections."""

UNREACHED = re.compile(r"Connection refused|Make sure this host can be reached over SSH")
"""What Ansible says of it: ssh's reason, or its own when writing fails before ssh has ended."""


class Controller:
    """Somebody's machine with Ansible, a database of its own, and a directory to work in."""

    def __init__(self, uri: str, directory: Path) -> None:
        self.uri = uri
        self.directory = directory
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
        self.environment |= {
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
            "ANSIBLE_NOCOLOR": "1",
            "CALIPSO_MONGO_URI": self.uri,
            "OS_CLIENT_CONFIG_FILE": str(directory / "clouds.yaml"),
        }

    def play(
        self, book: str = "playbooks/scan.yml", *options: str, cwd: Path = ROOT, **variables: Any
    ) -> Played:
        """Run a playbook with extra variables."""
        extra = json.dumps({f"calipso_{name}": value for name, value in variables.items()})
        done = subprocess.run(
            [sys.executable, "-m", "ansible", "playbook", book, "-e", extra, *options],
            cwd=cwd,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Played(done.returncode, done.stdout, done.stderr)

    def store(self, inventory: str = "inventory") -> Store:
        """Open the database."""
        return Store.open(self.uri, inventory)

    def export(self, environment: str) -> list[dict[str, Any]]:
        """Return all that is published, less the times of the sources."""
        with self.store() as store:
            return [
                {name: value for name, value in document.items() if name != "last_scanned"}
                for document in store.view(environment).export()
            ]


class Played:
    """How a playbook went."""

    def __init__(self, status: int, output: str, errors: str) -> None:
        self.status, self.output, self.errors = status, output, errors

    def succeeded(self) -> Played:
        """Return this, or fail with what was printed."""
        assert self.status == 0, self.output + self.errors
        assert "Traceback" not in self.output + self.errors
        return self

    @property
    def summary(self) -> list[str]:
        """What the playbook says at its end."""
        text = self.output.split("TASK [Say how it went]")[1].split("PLAY RECAP")[0]
        lines: list[str] = json.loads("{" + text.split("=> {", 1)[1])["msg"]
        return lines

    @property
    def changed(self) -> int:
        """How many tasks changed anything."""
        return sum(map(int, re.findall(r"changed=(\d+)", self.output)))

    @property
    def message(self) -> str:
        """The one message of a playbook that failed."""
        assert self.status == 2, self.output + self.errors
        assert "Traceback" not in self.output + self.errors
        (found,) = re.findall(r"^fatal: \[localhost\]: FAILED! => (.*)$", self.output, re.MULTILINE)
        text: str = json.loads(found)["msg"]
        return text
