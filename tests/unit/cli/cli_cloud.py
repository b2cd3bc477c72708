"""A small cloud, made by hand, and the command line as users run it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from calipso.cli import main
from calipso.model.environment import Environment
from calipso.model.topology import Document, Message, Topology, stable_id
from calipso.store import Store

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

SEARCH_FIELDS = ("mac_address", "addresses", "ip_address", "provider:segmentation_id")

HOSTILE = "\x1b[31mred\x07\n[bold]bold[/bold]\u202e\x9b31m" + "x" * 200


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON that it printed."""
        return json.loads(self.out)

    def lines(self) -> list[str]:
        """Return the lines that it printed, with single spaces."""
        return [" ".join(line.split()) for line in self.out.splitlines() if line.strip()]


@dataclass(frozen=True)
class Calipso:
    """The command line, with a database and a home."""

    uri: str | None
    home: Path

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CALIPSO_")}
        uri = {"CALIPSO_MONGO_URI": self.uri} if self.uri else {}
        return kept | uri | {"CALIPSO_HOME": str(self.home), "PYTHONPATH": str(ROOT)}

    def __call__(self, *words: str, **variables: str) -> Ran:
        """Run a command here, without a terminal."""
        unset = {name: None for name in os.environ if name.startswith("CALIPSO_")}
        ran = CliRunner().invoke(main, words, prog_name="calipso", env=unset | self.variables | variables)
        return Ran(ran.exit_code, ran.stdout, ran.stderr)

    def store(self) -> Store:
        """Open the database."""
        return Store.open(self.uri)

    def command(self, *words: str) -> list[str]:
        """Return a command that runs in a process of its own, with these `variables`."""
        return [sys.executable, "-c", "from calipso.cli import main; main(prog_name='calipso')", *words]

    def in_terminal(self, *words: str, status: int = 0) -> str:
        """Run it in a terminal, and return what that was sent."""
        command, variables = (
            self.command(*words),
            self.variables | {"TERM": "xterm-256color", "COLUMNS": "100"},
        )
        ours, theirs = pty.openpty()
        with subprocess.Popen(command, env=variables, stdin=theirs, stdout=theirs, stderr=theirs) as running:
            os.close(theirs)
            sent = b""
            while part := _read(ours):
                sent += part
            os.close(ours)
            assert running.wait(120) == status
        return sent.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # what Linux says at the end of a terminal
        return b""


class Cloud:
    """A topology in the making."""

    def __init__(self, environment: str) -> None:
        self.environment = environment
        self.objects: dict[str, Document] = {}
        self.links: dict[str, Document] = {}

    def add(self, key: str, kind: str, parent: str | None = None, **attributes: Any) -> str:
        """Add an object below another."""
        above = self.objects.get(parent or "")
        name = attributes.pop("name", key)
        self.objects[key] = {
            "environment": self.environment,
            "id": key,
            "type": kind,
            "name": name,
            "object_name": name,
            "parent_id": parent or self.environment,
            "parent_type": above["type"] if above else "environment",
            "id_path": f"{above['id_path'] if above else f'/{self.environment}'}/{key}",
            "name_path": f"{above['name_path'] if above else f'/{self.environment}'}/{name}",
            "show_in_tree": True,
            "source": "openstack",
            "health": "ok",
            **attributes,
        }
        return key

    def link(self, source: str, target: str, name: str = "", state: str = "up") -> None:
        """Link two objects."""
        kinds = self.objects[source]["type"], self.objects[target]["type"]
        key = stable_id(source, target)
        self.links[key] = {
            "environment": self.environment,
            "id": key,
            "link_type": "-".join(kinds),
            "source_id": source,
            "source_type": kinds[0],
            "source_label": self.objects[source]["name"],
            "target_id": target,
            "target_type": kinds[1],
            "target_label": self.objects[target]["name"],
            "link_name": name,
            "state": state,
            "implicit": False,
            "attributes": {},
        }

    def topology(self, focal_point: str) -> Topology:
        """Return it, with one clique, of all links."""
        clique = {
            "environment": self.environment,
            "id": stable_id(focal_point),
            "focal_point": focal_point,
            "focal_point_type": self.objects[focal_point]["type"],
            "clique_type": "all",
            "constraints": {},
            "links": list(self.links),
        }
        return Topology(list(self.objects.values()), list(self.links.values()), [clique])


def sample(environment: str = "lab", instances: int = 3) -> Topology:
    """Return a cloud of one host, with a network's clique."""
    cloud = Cloud(environment)
    cloud.add("zone", "availability_zone", name="nova")
    cloud.add("cmp1", "host", "zone", host="cmp1", ip_address="192.0.2.11")
    cloud.add("net", "network", name="blue", **{"provider:segmentation_id": 1884})
    cloud.add("cmp1::instances", "instances_folder", "cmp1", name="Instances")
    cloud.add("cmp1:eth1", "host_pnic", "cmp1", host="cmp1", name="eth1", mac_address="52:54:00:00:15:01")
    cloud.add("cmp1::ovs", "vedge", "cmp1", host="cmp1", name="cmp1-OVS", health="error")
    cloud.link("cmp1::ovs", "cmp1:eth1", "cmp1-OVS-eth1")
    cloud.link("cmp1:eth1", "net", "vxlan-1884", "unknown")
    for number in range(instances):
        server, vnic = f"uuid-{number}", f"cmp1:tap{number}"
        cloud.add(server, "instance", "cmp1::instances", host="cmp1", name=f"web-{number}")
        cloud.add(vnic, "vnic", server, host="cmp1", name=f"tap{number}", addresses=[f"10.1.1.{number + 5}"])
        cloud.link(server, vnic, "blue")
        cloud.link(vnic, "cmp1::ovs", "blue", "down" if number == 1 else "up")
    cloud.objects["uuid-2"] |= {"name": HOSTILE, "object_name": HOSTILE, "network_info": [{"a": HOSTILE}]}
    cloud.add("twin-1", "instance", "cmp1::instances", host="cmp1", name="twin")
    cloud.add("twin-2", "instance", "cmp1::instances", host="cmp1", name="twin")
    return cloud.topology("net")


def fill(store: Store, environment: str = "lab") -> None:
    """Publish two generations of the cloud (the first has but its host), messages and a scan."""
    topology = sample(environment)
    store.create_environment(Environment(name=environment, last_scanned=NOW, mechanism_drivers=("OVS",)))
    first = Topology(topology.inventory[:2])
    store.publish(environment, first, scan_id="scan-1", at=NOW, search_fields=SEARCH_FIELDS)
    store.publish(environment, topology, scan_id="scan-2", at=NOW, search_fields=SEARCH_FIELDS)
    messages = [
        Message("error", f"broken: {HOSTILE}", "cmp1::ovs", "vedge"),
        Message("info", "well"),
        Message("warn", "old bridge"),
    ]
    store.add_messages(environment, messages, scan_id="scan-2", at=NOW)
    scan = f"scan of {environment}"
    store.start_scan(environment, scan_id=scan, options={}, at=NOW)
    errors = [f"cmp2: {HOSTILE}"]
    store.end_scan(scan, status="completed_with_errors", counts={}, errors=errors, at=NOW)
