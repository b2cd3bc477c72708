"""Nova of a simulated cloud: instances as it shows them and tells of them, and their domains and ports."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from simulated_hosts import Domain
from simulated_routing import Routing
from simulated_world import CONTROLLER, PROJECT, USER, Item

HOST, NODE = "OS-EXT-SRV-ATTR:host", "OS-EXT-SRV-ATTR:hypervisor_hostname"
ZONE = "OS-EXT-AZ:availability_zone"
STATE, TASK, POWER = "OS-EXT-STS:vm_state", "OS-EXT-STS:task_state", "OS-EXT-STS:power_state"

POWERS = {0: "pending", 1: "running", 3: "paused", 4: "shutdown"}
"""Nova's power states by number, as versioned notifications name them."""

FLAVORS = {"m1.nano": (1, 64), "m1.micro": (1, 96), "m1.tiny": (1, 512)}
"""Flavor to its CPUs and its memory in MB."""

IMAGE = "9203f908-4fc3-4434-b6fe-f7883cd86d6b"

_STATUS = {
    "building": "BUILD",
    "stopped": "SHUTOFF",
    "resized": "VERIFY_RESIZE",
    "rescued": "RESCUE",
    "shelved": "SHELVED",
}
_STATUS_OF_TASK = {
    ("active", "rebooting"): "REBOOT",
    ("active", "reboot_pending"): "REBOOT",
    ("active", "reboot_started"): "REBOOT",
    ("active", "rebooting_hard"): "HARD_REBOOT",
    ("active", "reboot_pending_hard"): "HARD_REBOOT",
    ("active", "reboot_started_hard"): "HARD_REBOOT",
    ("active", "migrating"): "MIGRATING",
    ("paused", "migrating"): "MIGRATING",
    ("resized", "resize_reverting"): "REVERT_RESIZE",
    **{
        (state, task): status
        for state in ("active", "stopped")
        for status, tasks in (
            ("RESIZE", ("resize_prep", "resize_migrating", "resize_migrated", "resize_finish")),
            ("REBUILD", ("rebuilding", "rebuild_block_device_mapping", "rebuild_spawning")),
        )
        for task in tasks
    },
}


class Compute(Routing):
    """Instances as Nova shows them, and what it tells of them, once without versions and once with."""

    before_resize: dict[str, tuple[str, dict[str, Any], str]]
    """By instance: the host, flavor and state that it had before it was resized."""

    def zone_of(self, host: str) -> str:
        """Return the availability zone of a compute host."""
        aggregates = [item for item in self.items["aggregate"].values() if host in item["hosts"]]
        return next((item["availability_zone"] for item in aggregates if item["availability_zone"]), "nova")

    def pick_server(self, *states: str) -> Item | None:
        """Hold an instance in one of these states, and of its ports all that nobody is busy with."""
        found = self.pick(
            key
            for key, server in self.items["server"].items()
            if (not states or server[STATE] in states)
            and server[STATE] != "building"
            and all(port["id"] not in self.held for port in self.of("port", device_id=key))
        )
        return self.items["server"][found] if found else None

    def other_host(self, server: Item) -> str | None:
        """Return another host that takes instances; None: there is none."""
        enabled = {
            each["host"] for each in self.of("compute_service", binary="nova-compute", status="enabled")
        } - {server[HOST]}
        return self.random.choice(sorted(enabled)) if enabled else None

    def flavor(self) -> dict[str, Any]:
        """Return a flavor, as it is shown within an instance."""
        name = self.random.choice(sorted(FLAVORS))
        cpus, memory = FLAVORS[name]
        return {"original_name": name, "vcpus": cpus, "ram": memory, "disk": 1, "ephemeral": 0, "swap": 0}

    def new_server(self) -> Item:
        """Add an instance that is still to be built."""
        key = self.id()
        self.items["server"][key] = {
            "id": key,
            "name": self.name("vm"),
            "description": None,
            "tenant_id": PROJECT,
            "user_id": USER,
            "status": "BUILD",
            "created": self.stamp,
            "flavor": self.flavor(),
            "image": {"id": IMAGE, "links": []},
            HOST: None,
            NODE: None,
            ZONE: "nova",
            "OS-EXT-SRV-ATTR:instance_name": f"instance-{self.number():08x}",
            STATE: "building",
            TASK: None,
            POWER: 0,
        }
        return self.items["server"][key]

    def set_state(self, server: Item, state: str, *, power: int) -> None:
        """Have an instance in a state, with nothing going on."""
        server |= {STATE: state, POWER: power}
        self.set_task(server, None)

    def set_task(self, server: Item, task: str | None) -> None:
        """Have Nova do something with an instance, or nothing."""
        state = server[STATE]
        server[TASK] = task
        server["status"] = _STATUS_OF_TASK.get((state, task or ""), _STATUS.get(state, state.upper()))

    def place(self, server: Item, host: str) -> None:
        """Put an instance on a host."""
        server |= {HOST: host, NODE: host, ZONE: self.zone_of(host)}

    def new_nic(self, server: Item, network: str) -> Iterator[str]:
        """Make a port, and plug it into an instance."""
        port = self.new_port(network, device=server["id"])
        yield self.neutron("port.create.end", "port", port)
        yield from self.take_port(server, port)

    def take_port(self, server: Item, port: Item) -> Iterator[str]:
        """Plug a port into an instance, where that is."""
        port |= {"device_owner": "compute:nova", "device_id": server["id"]}
        self.bind(port, server[HOST])
        self.plug(port, server[HOST])
        self.wire_later(server[HOST], port["id"])
        yield self.neutron("port.update.end", "port", port)

    def drop_port(self, port: Item) -> str:
        """Delete a port of an instance; one that was there before the instance is only given back."""
        if not port["name"]:
            self.remove_port(port)
            return self.neutron("port.delete.end", "port", port, gone=True)
        port |= {"device_id": "", "device_owner": "", "status": "DOWN"}
        port |= {"binding:host_id": "", "binding:vif_type": "unbound", "binding:vif_details": {}}
        self.changed(port)
        return self.neutron("port.update.end", "port", port)

    def start(self, server: Item) -> None:
        """Make an instance's domain."""
        self.hosts[server[HOST]].domains[server["id"]] = Domain(
            server["id"],
            server["OS-EXT-SRV-ATTR:instance_name"],
            server["name"],
            ports=[port["id"] for port in self.of("port", device_id=server["id"])],
        )

    def replug(self, server: Item) -> None:
        """Unplug an instance's ports and plug them again: that they are down for a moment is not told."""
        for port in self.of("port", device_id=server["id"]):
            self.plug(port, server[HOST])
            port["status"] = "DOWN"
            self.wire_later(server[HOST], port["id"])

    def switch(
        self,
        server: Item,
        task: str,
        state: str,
        domain_state: str,
        power: int,
        event: str,
        *,
        anew: bool = False,
    ) -> Iterator[str]:
        """Have an instance and its domain in another state."""
        self.set_task(server, task)
        yield from self.update(server)
        self.pass_time(self.random.uniform(0.1, 2))
        self.hosts[server[HOST]].domains[server["id"]].state = domain_state
        if anew:
            self.replug(server)
        self.set_state(server, state, power=power)
        yield from self.update(server)
        yield from self.nova(event, event, server)

    def move(self, server: Item, target: str, event: str, versioned: str | None) -> Iterator[str]:
        """Move an instance that is off; that its ports are bound elsewhere is told."""
        source = server[HOST]
        del self.hosts[source].domains[server["id"]]
        ports = self.of("port", device_id=server["id"])
        for port in ports:
            self.hosts[source].unplug(port["id"])
        self.place(server, target)
        if server[TASK] == "resize_migrating":
            self.set_task(server, "resize_migrated")
        yield from self.update(server)
        yield from self.nova(event, versioned, server, source)
        for port in ports:
            self.bind(port, target)
            self.plug(port, target)
            self.wire_later(target, port["id"])
            yield self.neutron("port.update.end", "port", port)

    def update(self, server: Item, publisher: str = CONTROLLER) -> Iterator[str]:
        """Yield that an instance was updated."""
        yield from self.nova("update", "update", server, publisher)

    def nova(
        self, event: str, versioned: str | None, server: Item, publisher: str | None = None
    ) -> Iterator[str]:
        """Yield what Nova tells of an instance, once without versions and once with."""
        said = deepcopy(server)
        at = publisher or str(said[HOST])
        yield self._unversioned(event, said, at)
        if versioned is not None:
            yield self.versioned(versioned, said, at)

    def _unversioned(self, event: str, server: Item, publisher: str) -> str:
        flavor = server["flavor"]
        payload = {
            "tenant_id": server["tenant_id"],
            "user_id": server["user_id"],
            "instance_id": server["id"],
            "display_name": server["name"],
            "instance_type": flavor["original_name"],
            "memory_mb": flavor["ram"],
            "vcpus": flavor["vcpus"],
            "host": server[HOST],
            "node": server[NODE],
            "availability_zone": "nova",
            "created_at": server["created"].replace("T", " ").replace("Z", "+00:00"),
            "state": server[STATE],
            "state_description": server[TASK] or "",
            "fixed_ips": [],
        }
        event_type = f"compute.instance.{event}"
        return self.tell(
            event_type,
            f"compute.{publisher}",
            payload,
            pattern=_PATTERNS.get(event_type),
            within_s=0.04,
        )

    def versioned(self, event: str, server: Item, publisher: str) -> str:
        """Return what Nova tells of an instance, with versions."""
        flavor = server["flavor"]
        payload = {
            "tenant_id": server["tenant_id"],
            "user_id": server["user_id"],
            "uuid": server["id"],
            "instance_name": server["OS-EXT-SRV-ATTR:instance_name"],
            "display_name": server["name"],
            "flavor": {
                "name": flavor["original_name"],
                "memory_mb": flavor["ram"],
                "vcpus": flavor["vcpus"],
            },
            "image_uuid": server["image"]["id"],
            "host": server[HOST],
            "node": server[NODE],
            "availability_zone": "nova",
            "created_at": server["created"],
            "state": server[STATE],
            "task_state": server[TASK],
            "power_state": POWERS[server[POWER]],
            "ip_addresses": [],
        }
        event_type = f"instance.{event}"
        return self.tell(
            event_type,
            f"nova-compute:{publisher}",
            payload,
            pattern=_PATTERNS.get(event_type),
            within_s=0.04,
        )


_PATTERNS = {
    "compute.instance.rescue.end": "compute.instance.power_on.end",
    "compute.instance.unrescue.end": "compute.instance.power_on.end",
    "compute.instance.resize.revert.end": "compute.instance.resize.confirm.end",
    "compute.instance.finish_revert_resize.end": "compute.instance.finish_resize.end",
    "instance.rescue.end": "instance.power_on.end",
    "instance.unrescue.end": "instance.power_on.end",
    "instance.resize_revert.end": "instance.resize_confirm.end",
}
"""Which recorded message has the form of one that was not recorded."""
