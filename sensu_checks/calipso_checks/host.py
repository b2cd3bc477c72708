"""The state of the host that checks run on, read once, and only what is asked for."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from .result import CannotTellError, NoAnswerError

TIMEOUT_S = 10
"""For which a command may run."""

PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))
_NAMESPACES = Path("/run/netns")
_INTERPRETER = re.compile(r"python[\d.]*")


class Device(NamedTuple):
    """A network device. `master`: the bridge, bond or switch that it is in; `counters`: by `ip`'s names."""

    name: str
    kind: Optional[str]
    is_up: bool
    has_carrier: bool
    master: Optional[str]
    addresses: Tuple[str, ...]
    counters: Dict[str, int]


class Port(NamedTuple):
    """An interface of an Open vSwitch. `error`: why it does not work, as the switch says."""

    name: str
    bridge: str
    type: str
    error: Optional[str]
    counters: Dict[str, int]


class Switch(NamedTuple):
    """An Open vSwitch: its bridges, and its interfaces by name."""

    bridges: Set[str]
    ports: Dict[str, Port]


class Host:
    """This host. What cannot be read raises CannotTellError, each time that it is asked for."""

    def __init__(self) -> None:
        self._known: Dict[Any, Any] = {}

    def devices(self, namespace: Optional[str] = None) -> Dict[str, Device]:
        """Return the devices of a namespace (None: of the host itself) by name."""
        return self._once(("devices", namespace), lambda: _devices(namespace))

    def namespaces(self) -> Set[str]:
        """Return the names of the network namespaces."""
        return self._once("namespaces", _namespaces)

    def processes(self, namespace: str) -> Set[str]:
        """Return the names of the programs that run in a network namespace other than the host's own."""
        return self._once("processes", _processes).get(_identity(namespace), set())

    def switch(self) -> Switch:
        """Return the Open vSwitch, as its database has it."""
        return self._once("switch", _switch)

    def domains(self) -> Dict[str, str]:
        """Return the states of libvirt's domains by name, in virsh's words."""
        return self._once("domains", _domains)

    def answer(self, *command: str) -> str:
        """Return what a command prints."""
        return self._once(command, lambda: run(command))

    def _once(self, key: Any, read: Callable[[], Any]) -> Any:
        if key not in self._known:
            try:
                self._known[key] = read()
            except CannotTellError as reason:
                self._known[key] = reason
        found = self._known[key]
        if isinstance(found, CannotTellError):
            raise found
        return found


def run(command: Sequence[str], timeout: float = TIMEOUT_S) -> str:
    """Return what `command` prints; CannotTellError, and where it could be run NoAnswerError."""
    program = command[0]
    environment = dict(os.environ, PATH=PATH, LC_ALL="C")
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        raise CannotTellError(f"{program} is not installed") from None
    except subprocess.TimeoutExpired:
        raise NoAnswerError(f"{program} does not answer within {timeout:g} seconds") from None
    except (OSError, ValueError) as problem:
        raise CannotTellError(f"{program} cannot be run: {problem}") from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        reason = said[-1] if said else f"status {done.returncode}"
        kind = CannotTellError if "ermission denied" in reason else NoAnswerError
        raise kind(f"{program} failed: {reason}")
    return done.stdout.decode("utf-8", "surrogateescape")


def read_devices(text: str) -> Dict[str, Device]:
    """Return the devices that `ip -json -details -statistics address` told of; CannotTellError."""
    try:
        return {device.name: device for device in (_device(row) for row in json.loads(text or "[]") if row)}
    except (ValueError, LookupError, TypeError, AttributeError):
        raise CannotTellError("ip says what cannot be understood") from None


def _device(row: Dict[str, Any]) -> Device:
    flags = row.get("flags") or ()
    statistics = row.get("stats64") or row.get("stats") or {}
    counters = {
        f"{way}_{name}": int(value)
        for way in ("rx", "tx")
        for name, value in (statistics.get(way) or {}).items()
        if name in ("bytes", "packets", "errors", "dropped")
    }
    addresses = [
        f"{address['local']}/{address.get('prefixlen', '')}"
        for address in row.get("addr_info") or ()
        if "local" in address
    ]
    return Device(
        name=row["ifname"],
        kind=(row.get("linkinfo") or {}).get("info_kind"),
        is_up="UP" in flags,
        has_carrier="LOWER_UP" in flags,
        master=row.get("master"),
        addresses=tuple(addresses),
        counters=counters,
    )


def _devices(namespace: Optional[str]) -> Dict[str, Device]:
    place = [] if namespace is None else ["-netns", namespace]
    return read_devices(run(["ip", *place, "-json", "-details", "-statistics", "address"]))


def _namespaces() -> Set[str]:
    try:
        return {path.name for path in _NAMESPACES.iterdir()}
    except FileNotFoundError:
        return set()
    except OSError as problem:
        raise CannotTellError(f"{_NAMESPACES} cannot be read: {problem.strerror}") from None


def _identity(namespace: str) -> Tuple[int, int]:
    try:
        found = (_NAMESPACES / namespace).stat()
    except (OSError, ValueError) as problem:
        raise CannotTellError(f"namespace {namespace} cannot be looked at: {problem}") from None
    return found.st_dev, found.st_ino


def _processes() -> Dict[Tuple[int, int], Set[str]]:
    if os.geteuid() != 0:
        raise CannotTellError("only root may see in which namespaces processes are")
    own = Path("/proc/self/ns/net").stat()
    found: Dict[Tuple[int, int], Set[str]] = {}
    for process in (path for path in Path("/proc").iterdir() if path.name.isdigit()):
        try:
            namespace = (process / "ns" / "net").stat()
            if (namespace.st_dev, namespace.st_ino) == (own.st_dev, own.st_ino):
                continue
            program = read_program((process / "cmdline").read_bytes())
        except OSError:  # it is gone by now, or of a container whose user namespace hides it
            continue
        found.setdefault((namespace.st_dev, namespace.st_ino), set()).add(program)
    return found


def read_program(command_line: bytes) -> str:
    """Return the name of the program that a process runs, or that it gives itself; `/proc`'s text of it."""
    words = [word for word in command_line.decode(errors="replace").split("\0") if word.strip()]
    name = words[0].split()[0].rstrip(":").rpartition("/")[2] if words else ""
    if _INTERPRETER.fullmatch(name):
        return next((word for word in words[1:] if not word.startswith("-")), name).rpartition("/")[2]
    return name


_TABLES = (
    ("Bridge", "name,ports"),
    ("Port", "_uuid,interfaces"),
    ("Interface", "_uuid,name,type,error,statistics"),
)


def _switch() -> Switch:
    command = ["ovs-vsctl", "--timeout=5", "--format=json"]
    for table, columns in _TABLES:
        command += ["--", f"--columns={columns}", "list", table]
    return read_switch(run(command))


def read_switch(text: str) -> Switch:
    """Return the switch that ovs-vsctl's three tables, JSON one after the other, tell of; CannotTellError."""
    decoder = json.JSONDecoder()
    tables: List[List[Dict[str, Any]]] = []
    rest = text.strip()
    try:
        while rest:
            table, end = decoder.raw_decode(rest)
            tables.append([dict(zip(table["headings"], map(_value, row))) for row in table["data"]])
            rest = rest[end:].lstrip()
        bridges, ports, interfaces = tables
        bridge_of_port = {port: bridge["name"] for bridge in bridges for port in _several(bridge["ports"])}
        bridge_of = {
            interface: bridge_of_port.get(port["_uuid"], "")
            for port in ports
            for interface in _several(port["interfaces"])
        }
        found = {
            each["name"]: Port(
                name=each["name"],
                bridge=bridge_of.get(each["_uuid"], ""),
                type=each["type"],
                error=each["error"] if isinstance(each["error"], str) else None,
                counters={name: int(value) for name, value in each["statistics"].items()},
            )
            for each in interfaces
        }
        return Switch({bridge["name"] for bridge in bridges}, found)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise CannotTellError("ovs-vsctl says what cannot be understood") from None


def _value(value: Any) -> Any:
    """Return OVSDB's JSON as Python has it: uuids as text, sets as tuples, maps as dictionaries."""
    if not isinstance(value, list):
        return value
    kind, content = value
    if kind == "set":
        return tuple(_value(each) for each in content)
    if kind == "map":
        return {_value(name): _value(each) for name, each in content}
    return str(content)


def _several(value: Any) -> Tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


_STATES = {
    "0": "no state",
    "1": "running",
    "2": "blocked",
    "3": "paused",
    "4": "in shutdown",
    "5": "shut off",
    "6": "crashed",
    "7": "suspended",
}


def _domains() -> Dict[str, str]:
    return read_domains(run(["virsh", "--connect", "qemu:///system", "--readonly", "domstats", "--state"]))


def read_domains(text: str) -> Dict[str, str]:
    """Return the states of the domains that `virsh domstats --state` told of, by name."""
    found: Dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("Domain: '"):
            name = line[len("Domain: '") :].rstrip()[:-1]
        elif line.strip().startswith("state.state="):
            found[name] = _STATES.get(line.strip().rpartition("=")[2], "unknown")
    return found
