"""OTEPs: overlay tunnel end points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud
from ..end_points import EndPoint, device_of, end_points
from .vedge import vedge_id

KIND = Kind(
    type="otep",
    label="OTEP",
    doc="An overlay tunnel end point: a tunnel address of a host, for one type of tunnel.",
    parent="vedge",
    fields=(
        Field("host", "The host that it is in.", hover=True),
        Field("vedge_id", "The vedge that it belongs to."),
        Field("ip_address", "The tunnel address.", search=True, hover=True),
        Field("overlay_type", "vxlan, gre, geneve, ...", hover=True),
        Field("udp_port", "The UDP port that it is heard on; none for gre.", hover=True),
        Field("ports", "Its tunnel ports by name: bridge, the peer's address, and which host that is."),
        Field("vconnector", "The Linux bridge that holds the tunnel address, if one does."),
        Field("device", "The device that holds the tunnel address."),
        Field("bridge", "The OVS bridge that holds the tunnel ports."),
        Field("state", "up or down as the switch reports its tunnels, or unknown."),
    ),
    state="state",
    states={"up": "ok", "down": "error"},
)

UDP_PORTS = {"vxlan": 4789, "geneve": 6081, "stt": 7471, "gtpu": 2152}
"""Open vSwitch's own, where a tunnel's options name none."""


def build(cloud: Cloud) -> Iterator[Document]:
    """Yield the tunnel end points of every host; report tunnels that lead nowhere."""
    points = {host.name: end_points(host) for host in cloud.hosts.values()}
    owners: dict[str, list[str]] = defaultdict(list)
    for name, own in points.items():
        for address in sorted({point.address for point in own}):
            owners[address].append(name)
    for own in points.values():
        for point in own:
            yield _document(cloud, point, owners)


def _document(cloud: Cloud, point: EndPoint, owners: dict[str, list[str]]) -> Document:
    host, device = point.host, device_of(point.host, point.address)
    interface = host.interfaces.get(device) if device else None
    if device is None and host.knows("interfaces"):
        cloud.report(
            "error", f"no device of host {host.name} has tunnel address {point.address}", point.id, "otep"
        )
    bridged = interface and interface["kind"] == "bridge"
    states = {entry["link_state"] for _bridge, entry in point.tunnels.values()}
    udp_ports = {entry["options"].get("dst_port") for _bridge, entry in point.tunnels.values()} - {None}
    return {
        "id": point.id,
        "name": f"{point.type} {point.address}",
        "parent_id": vedge_id(host),
        "source": cloud.source_of(host),
        "host": host.name,
        "vedge_id": vedge_id(host),
        "ip_address": point.address,
        "overlay_type": point.type,
        "udp_port": int(udp_ports.pop() or 0) if len(udp_ports) == 1 else UDP_PORTS.get(point.type),
        "ports": {name: _peer(cloud, point, name, owners) for name in sorted(point.tunnels)},
        "vconnector": f"{host.name}:{device}" if bridged else None,
        "device": device,
        "bridge": next((bridge for bridge, _entry in point.tunnels.values()), None),
        "state": "up" if states == {"up"} else "down" if "down" in states else "unknown",
    }


def _peer(cloud: Cloud, point: EndPoint, name: str, owners: dict[str, list[str]]) -> dict[str, Any]:
    bridge, interface = point.tunnels[name]
    remote = interface["options"].get("remote_ip")
    hosts = owners.get(remote or "", [])
    if not hosts and remote != "flow" and cloud.sources_complete("agent"):
        cloud.report(
            "warn", f"tunnel {name} leads to {remote}, which is no host's tunnel address", point.id, "otep"
        )
    return {
        "bridge": bridge,
        "type": interface["type"],
        "remote_ip": remote,
        "host": hosts[0] if len(hosts) == 1 else None,
    }
