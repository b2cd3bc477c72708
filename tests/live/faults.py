"""Breaks one thing of the lab after the other, mends it, and sees that Calipso says exactly that, in time.

usage: python faults.py ENVIRONMENT INTERVAL   (of the checks, in seconds)

A fault must show as exactly the statuses that it names, within two intervals (a host's silence within three
signs of life), with a message; and all must be ok again after it was mended.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LAB = Path(__file__).parents[1] / "lab"
HANDING_ON_S = 6
"""What Sensu, its handler and Calipso may take beside the checks' intervals, on two busy cores."""

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """`on`: the host (or switch) that is broken, with the command that does it; `shows`: id -> status."""

    name: str
    on: str
    broken_by: str
    mended_by: str
    shows: Mapping[str, str]
    within_s: float | None = None


def calipso(*arguments: str) -> Any:
    """Return what the command line says, from JSON."""
    done = subprocess.run(["calipso", *arguments, "--json"], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def execute(host: str, command: str) -> None:
    """Run a shell command on a host of the lab."""
    subprocess.run([LAB / "exec", host, "sh", "-c", command], check=True)


class Cloud:
    """What Calipso knows of an environment: its objects and links, and what checks say of them."""

    def __init__(self, environment: str) -> None:
        self.environment = environment
        exported = subprocess.run(
            ["calipso", "export", "--env", environment], stdout=subprocess.PIPE, check=True
        )
        documents = [json.loads(line) for line in exported.stdout.splitlines()]
        self.objects = [each for each in documents if each["collection"] == "inventory"]
        self.links = [each for each in documents if each["collection"] == "links"]

    def one(self, type_: str, **attributes: Any) -> Document:
        """Return the first object of a type with these attributes."""
        return next(
            each
            for each in self.objects
            if each["type"] == type_ and all(each.get(name) == value for name, value in attributes.items())
        )

    def linking(self, id_: str, link_type: str) -> list[Document]:
        """Return the links of a type that an object has."""
        return [
            each
            for each in self.links
            if each["link_type"] == link_type and id_ in (each["source_id"], each["target_id"])
        ]

    def plugged(self, host: str) -> tuple[Document, Document]:
        """Return the first vNIC of an instance in a host that is in a bridge, and its link to that."""
        return next(
            (each, link)
            for each in self.objects
            if each["type"] == "vnic" and each["host"] == host and each["instance_id"]
            for link in self.linking(each["id"], "vnic-vconnector")
        )

    def statuses(self) -> dict[str, str]:
        """Return what checks say: id -> status."""
        found = calipso("status", "--env", self.environment, "--limit", "10000")
        return {each["id"]: each["status"] for each in found}

    def not_ok(self) -> dict[str, str]:
        """Return what is not ok: id -> status."""
        return {key: status for key, status in self.statuses().items() if status != "ok"}

    def messages(self, since: datetime) -> Collection[str]:
        """Return what messages of Sensu since a time are about: ids."""
        found = calipso("messages", "--env", self.environment, "--limit", "1000")
        return {
            each["related_object"]
            for each in found
            if each["source_system"] == "Sensu" and datetime.fromisoformat(each["last_seen"]) >= since
        }


def faults(cloud: Cloud) -> list[Fault]:
    """Return the faults, each with what it must show."""
    host = "cmp1"
    tap, plug = cloud.plugged(host)
    bridge = next(each for each in cloud.objects if each["id"] == plug["target_id"])
    [riser] = cloud.linking(bridge["id"], "vconnector-vedge")
    name, qbr = tap["target"], bridge["name"]
    qvo = riser["target_label"]
    switch = cloud.one("vedge", host=host)
    otep = cloud.one("otep", host=host)
    dhcp = cloud.one("vservice", service_type="dhcp")
    instance = cloud.one("instance", id=cloud.plugged("cmp2")[0]["instance_id"])
    nic = cloud.one("host_pnic", host="net1", name="eth2")
    peer = next(
        each
        for each in cloud.links
        if each["link_type"] == "host_pnic-switch_pnic"
        and nic["id"] in (each["source_id"], each["target_id"])
    )
    port = next(
        each
        for each in cloud.objects
        if each["type"] == "switch_pnic" and each["id"] in (peer["source_id"], peer["target_id"])
    )
    switch_of = {each["id"]: each["name"] for each in cloud.objects if each["type"] == "switch"}
    other = cloud.one("otep", host="cmp2")
    lost = [instance["id"]]  # and its taps, which are libvirt's, with what they were plugged into
    for each in cloud.objects:
        if each["type"] == "vnic" and each["instance_id"] == instance["id"]:
            for link in cloud.linking(each["id"], "vnic-vconnector"):
                lost += [link["id"], link["source_id"], link["target_id"]]
    oteps = [
        each["id"] for each in cloud.objects if each["type"] == "otep"
    ]  # OVS forwards in user space here
    on_silent = {
        each["id"]: "unknown"
        for each in calipso("status", "--env", cloud.environment, "--limit", "10000")
        if each["host"] == "cmp2"
    }
    unplugged = {tap["id"]: "error", bridge["id"]: "error", plug["id"]: "error"}
    return [
        Fault(
            "a tap is out of its bridge",
            host,
            f"ip link set {name} nomaster",
            f"ip link set {name} master {qbr}",
            unplugged,
        ),
        Fault(
            "a tap is switched off",
            host,
            f"ip link set {name} down",
            f"ip link set {name} up",
            {tap["id"]: "error", plug["id"]: "error"},
        ),
        Fault(
            "a bridge is switched off",
            host,
            f"ip link set {qbr} down",
            f"ip link set {qbr} up",
            {bridge["id"]: "error"},
        ),
        Fault(
            "a port is gone from Open vSwitch",
            host,
            f"ovs-vsctl get Port {qvo} tag > /tmp/tag; ovs-vsctl del-port br-int {qvo}",
            f"ovs-vsctl add-port br-int {qvo} tag=$(cat /tmp/tag)",
            {riser["id"]: "error"},
        ),
        Fault(
            "dnsmasq is dead",
            dhcp["host"],
            f"ip netns pids {dhcp['local_service_id']} | while read p; do "
            "grep -q ^dnsmasq /proc/$p/comm && tr '\\0' '\\n' < /proc/$p/cmdline > /tmp/dnsmasq && "
            "kill $p; done; test -s /tmp/dnsmasq",
            f'set --; while IFS= read -r w; do set -- "$@" "$w"; done < /tmp/dnsmasq; '
            f'ip netns exec {dhcp["local_service_id"]} "$@" || true',  # neutron's agent may have been faster
            {dhcp["id"]: "error"},
        ),
        Fault(
            "the tunnel is filtered",
            host,
            f"iptables -I INPUT -s {other['ip_address']} -p icmp -j DROP",
            f"iptables -D INPUT -s {other['ip_address']} -p icmp -j DROP",
            {otep["id"]: "error", other["id"]: "error"},
        ),
        Fault(
            "a NIC is unplugged",
            switch_of[port["switch"]],
            f"ip link set {port['name']} down",
            f"ip link set {port['name']} up",
            {nic["id"]: "error"},
        ),
        Fault(
            "an instance is destroyed",
            "cmp2",
            # Nova would see it, and keep it switched off.
            f"kill -STOP $(pgrep --oldest --full nova-compute); virsh destroy {instance['local_name']}",
            f"virsh start {instance['local_name']}; kill -CONT $(pgrep --oldest --full nova-compute)",
            dict.fromkeys(lost, "error"),
        ),
        Fault(
            "ovs-vswitchd is stopped",
            host,
            "kill -STOP $(cat /var/run/openvswitch/ovs-vswitchd.pid)",
            "kill -CONT $(cat /var/run/openvswitch/ovs-vswitchd.pid)",
            dict.fromkeys([switch["id"], *oteps], "error"),
        ),
        Fault(
            "a host is silent", "cmp2", "service sensu-agent stop", "service sensu-agent start", on_silent, 25
        ),
    ]


def wait(answers: Callable[[], bool], within_s: float) -> float | None:
    """Return after how many seconds `answers` was true; None: it was not within `within_s`."""
    began = time.monotonic()
    while time.monotonic() - began < within_s:
        if answers():
            return time.monotonic() - began
        time.sleep(0.5)
    return None


def main(environment: str, interval: float) -> int:
    """Return how many faults did not show as they must."""
    cloud = Cloud(environment)
    if wait(lambda: bool(cloud.statuses()) and not cloud.not_ok(), 120) is None:
        print(f"before any fault not all is ok: {cloud.not_ok()}; {len(cloud.statuses())} statuses")
        return 1
    print(f"{len(cloud.statuses())} objects and links are ok", flush=True)
    failed = 0
    for fault in faults(cloud):
        since = datetime.now(UTC)
        allowed = (fault.within_s or 2 * interval) + HANDING_ON_S
        execute(fault.on, fault.broken_by)
        shown = wait(lambda fault=fault: cloud.not_ok() == dict(fault.shows), allowed)
        found = cloud.not_ok()
        told = cloud.messages(since)
        execute(fault.on, fault.mended_by)
        mended = wait(lambda: not cloud.not_ok(), allowed + interval)
        if shown is None:
            print(f"FAILED {fault.name}: {found}, and not {dict(fault.shows)}")
        elif mended is None:
            print(f"FAILED {fault.name}: mended, and not ok again: {cloud.not_ok()}")
        elif untold := (set(fault.shows) if fault.within_s is None else {fault.on}) - set(told):
            print(f"FAILED {fault.name}: no message tells of {sorted(untold)}")
        else:
            print(
                f"ok {fault.name}: {len(fault.shows)} after {shown:.1f} s, mended after {mended:.1f} s",
                flush=True,
            )
            continue
        failed += 1
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1], float(sys.argv[2])) else 0)
