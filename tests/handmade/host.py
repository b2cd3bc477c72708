"""A host of a hand-made cloud: it answers the collectors' commands as the real tools would."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.calipso.topology.plugins.module_utils.runner import Result

SYSFS = "/sys/class/net"
LINK = "lrwxrwxrwx 1 root root 0 Nov 23 09:00"
UP = ["BROADCAST", "MULTICAST", "UP", "LOWER_UP"]


def identifier(*parts: object) -> str:
    """Return a UUID that is always the same for the same parts."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join(map(str, parts))))


@dataclass
class MadeHost:
    """What the host's tools know; `run` makes them speak."""

    name: str
    devices: list[dict[str, Any]] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    """Where hardware is in sysfs: device to path, below /sys/devices."""
    settings: dict[str, dict[str, str]] = field(default_factory=dict)
    """What sysfs says: device to file to value."""
    drivers: dict[str, str] = field(default_factory=dict)
    functions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """SR-IOV: device to its functions as `ip` tells them."""
    function_addresses: dict[str, list[str]] = field(default_factory=dict)
    processes: list[str] = field(default_factory=list)
    domains: dict[str, str] = field(default_factory=dict)
    """Domain UUID to XML."""
    neighbours: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """LLDP: device to switch, its MAC, its port; and what it says of itself and of the port, if it does."""
    bridges: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """Open vSwitch: bridge to port to {tag, bond_mode, lacp, interfaces}; these by name."""
    namespaces: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = field(default_factory=dict)
    """Namespace to devices and routes."""
    teams: dict[str, dict[str, Any]] = field(default_factory=dict)
    vpp: dict[str, str] = field(default_factory=dict)
    """What `vppctl show` is asked, to what it prints."""

    def device(self, name: str, mac: str, kind: str | None = None, **more: Any) -> None:
        """Add a device as `ip -d -j address show` tells it; see `as_told`."""
        self.devices.append(as_told(len(self.devices) + 1, name, mac, kind, **more))

    def nic(self, name: str, mac: str, bus: str, driver: str, speed: int, **more: Any) -> None:
        """Add a physical NIC, at a PCI address."""
        self.device(name, mac, parentbus="pci", parentdev=bus, **more)
        self.places[name] = f"pci0000:00/{bus}/net/{name}"
        self.settings[name] = {"speed": str(speed), "duplex": "full"}
        self.drivers[name] = driver

    def run(self, command: Sequence[str], keep: Callable[[str], str] | None = None) -> Result:
        """Answer a command; what the host has no tool for is missing."""
        words = list(command)
        answer = self._answer(words)
        if answer is None:
            return Result(words, None, "", f"{words[0]} is not installed", "missing")
        text, rc = answer
        return Result(words, rc, keep(text) if keep else text, "")

    def _answer(self, words: list[str]) -> tuple[str, int] | None:
        tools: dict[str, Callable[[list[str]], tuple[str, int] | None]] = {
            "uname": lambda _words: (f"{self.name} 6.1.0-44-amd64 x86_64\n", 0),
            "cat": lambda _words: (
                'PRETTY_NAME="Debian"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
                0,
            ),
            "hostname": lambda _words: (f"{self.name}\n", 0),
            "ip": self._ip,
            "ls": self._ls,
            "grep": self._grep,
            "stat": self._stat,
            "ps": lambda _words: ("".join(f"4026531840 {line}\n" for line in self.processes), 0),
            "ovs-vsctl": self._ovs_vsctl,
            "virsh": self._virsh,
            "lldpctl": self._lldpctl,
            "teamdctl": self._teamdctl,
            "vppctl": self._vppctl,
            "bridge": lambda _words: ("[]\n", 0),
        }
        return tools[words[0]](words) if words[0] in tools else None

    def _ip(self, words: list[str]) -> tuple[str, int]:
        if words[1:] == ["-j", "netns", "list"]:
            return json.dumps([{"name": name, "id": at} for at, name in enumerate(self.namespaces)]), 0
        if words[1] == "-n":
            devices, routes = self.namespaces[words[2]]
            return json.dumps(routes if "route" in words else devices), 0
        if "link" in words:
            name = words[-1]
            (own,) = (device for device in self.devices if device["ifname"] == name)
            return json.dumps([{**own, "vfinfo_list": self.functions[name]}]), 0
        return json.dumps(self.devices), 0

    def _ls(self, words: list[str]) -> tuple[str, int]:
        if words[2:] == [SYSFS]:
            lines = [
                f"{LINK} {name} -> ../../devices/{self.places.get(name, f'virtual/net/{name}')}"
                for name in sorted(device["ifname"] for device in self.devices)
            ]
            return "total 0\n" + "".join(f"{line}\n" for line in lines), 0
        links = {
            f"{SYSFS}/{name}/device/driver": f"bus/pci/drivers/{own}" for name, own in self.drivers.items()
        }
        for name, addresses in self.function_addresses.items():
            links |= {f"{SYSFS}/{name}/device/virtfn{at}": f"../{own}" for at, own in enumerate(addresses)}
        found = [f"{LINK} {file} -> {links[file]}\n" for file in words[2:] if file in links]
        return "".join(found), 0 if len(found) == len(words[2:]) else 2

    def _grep(self, words: list[str]) -> tuple[str, int]:
        found = [
            f"{SYSFS}/{name}/{file}:{value}\n"
            for name, files in self.settings.items()
            for file, value in files.items()
            if f"{SYSFS}/{name}/{file}" in words
        ]
        return "".join(found), 0 if len(found) == len(words) - 4 else 2

    def _stat(self, words: list[str]) -> tuple[str, int]:
        return "".join(f"{4026532000 + at} {name}\n" for at, name in enumerate(words[4:])), 0

    def _virsh(self, words: list[str]) -> tuple[str, int] | None:
        if "list" in words:
            return ("".join(f"{key}\n" for key in self.domains) + "\n", 0) if self.domains else None
        asked = [part.split()[-1] for part in words[-1].split("; ")[::2]]
        return "".join(f"running\n\n{self.domains[key]}\n" for key in asked), 0

    def _lldpctl(self, _words: list[str]) -> tuple[str, int]:
        heard = [
            {
                nic: {
                    "via": "LLDP",
                    "rid": "1",
                    "age": "0 day, 00:10:18",
                    "chassis": {
                        switch: {
                            "id": {"type": "mac", "value": mac},
                            "descr": said[0] if said else "a switch",
                            "capability": [{"type": "Bridge", "enabled": True}],
                        }
                    },
                    "port": {
                        "id": {"type": "ifname", "value": port},
                        "descr": said[1] if said else port,
                        "ttl": "120",
                    },
                }
            }
            for nic, (switch, mac, port, *said) in self.neighbours.items()
        ]
        return json.dumps({"lldp": {"interface": heard}}, indent=2), 0

    def _teamdctl(self, words: list[str]) -> tuple[str, int] | None:
        return (json.dumps(self.teams[words[1]], indent=4), 0) if words[1] in self.teams else None

    def _vppctl(self, words: list[str]) -> tuple[str, int] | None:
        if not self.vpp:
            return None
        what = " ".join(words[2:])
        return self.vpp.get(what, f"show: unknown input `{what}'\n"), 0

    def _ovs_vsctl(self, words: list[str]) -> tuple[str, int] | None:
        if not self.bridges:
            return None
        tables = self._ovsdb()
        printed = ""
        for at, word in enumerate(words):
            if word == "list":
                headings = words[at - 1].removeprefix("--columns=").split(",")
                rows = [[row[heading] for heading in headings] for row in tables[words[at + 1]]]
                printed += json.dumps({"data": rows, "headings": headings}) + "\n"
        return printed, 0

    def _ovsdb(self) -> dict[str, list[dict[str, Any]]]:
        def key(*parts: object) -> list[str]:
            return ["uuid", identifier(self.name, *parts)]

        nothing: list[Any] = ["set", []]
        tables: dict[str, list[dict[str, Any]]] = {"Bridge": [], "Port": [], "Interface": []}
        for bridge, ports in self.bridges.items():
            own = {"interfaces": {bridge: {"type": "internal"}}}
            for port, said in {bridge: own, **ports}.items():
                interfaces = said.get("interfaces") or {port: {}}
                for ofport, (name, more) in enumerate(interfaces.items()):
                    tables["Interface"].append(
                        {
                            "_uuid": key("interface", name),
                            "name": name,
                            "type": more.get("type", ""),
                            "ofport": len(tables["Interface"]) + ofport + 1,
                            "mac_in_use": more.get("mac", "0e:00:00:00:00:01"),
                            "admin_state": "up",
                            "link_state": "up",
                            "mtu": 1500,
                            "options": ["map", [list(pair) for pair in more.get("options", {}).items()]],
                            "external_ids": [
                                "map",
                                [list(pair) for pair in more.get("external_ids", {}).items()],
                            ],
                        }
                    )
                tables["Port"].append(
                    {
                        "_uuid": key("port", bridge, port),
                        "name": port,
                        "tag": nothing if said.get("tag") is None else said["tag"],
                        "trunks": nothing,
                        "vlan_mode": nothing,
                        "bond_mode": said.get("bond_mode", nothing),
                        "lacp": said.get("lacp", nothing),
                        "other_config": ["map", []],
                        "interfaces": ["set", [key("interface", name) for name in interfaces]],
                    }
                )
            tables["Bridge"].append(
                {
                    "_uuid": key("bridge", bridge),
                    "name": bridge,
                    "datapath_type": "system",
                    "fail_mode": "secure",
                    "external_ids": ["map", []],
                    "ports": ["set", [key("port", bridge, port) for port in (bridge, *ports)]],
                }
            )
        tables["Open_vSwitch"] = [
            {
                "_uuid": key("switch"),
                "ovs_version": "3.1.0",
                "external_ids": ["map", [["hostname", self.name], ["system-id", identifier(self.name)]]],
                "bridges": ["set", [row["_uuid"] for row in tables["Bridge"]]],
            }
        ]
        return tables


def as_told(index: int, name: str, mac: str, kind: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a device as iproute2 tells it.

    `info`: its kind's own data; `member`: what its bond says of it; `address`: an IPv4 address with its
    prefix; all else stands as it is.
    """
    linkinfo: dict[str, Any] = {"info_kind": kind} if kind else {}
    if info := more.pop("info", None):
        linkinfo["info_data"] = info
    if member := more.pop("member", None):
        linkinfo |= {"info_slave_kind": "bond", "info_slave_data": member}
    address, _slash, prefix = more.pop("address", "").partition("/")
    own = (
        [{"family": "inet", "local": address, "prefixlen": int(prefix), "scope": "global"}] if address else []
    )
    return {
        "ifindex": index,
        "ifname": name,
        "flags": UP,
        "mtu": 1500,
        "operstate": "UP",
        "link_type": "ether",
        "address": mac,
        **({"linkinfo": linkinfo} if linkinfo else {}),
        "addr_info": own,
        **more,
    }
