"""OTEPs: overlay tunnel end points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from ...model.facts import HOST
from ...model.kind import Field, Kind
from ...model.topology import Document
from ..cloud import Cloud
from ..derived import gathered, of_host
from ..hosts import Host
from ..switching import EndPoint, end_points, overlay_networks

KIND = Kind(
    type="otep",
    label="OTEP",
    doc="An overlay tunnel end point: a tunnel address of a host for one type of tunnel, or a tunnel device.",
    parent="vedge",
    fields=(
        Field("host", "The host that it is in.", hover=True),
        Field("vedge_id", "The vedge that it belongs to; none where it is a device in a Linux bridge."),
        Field("ip_address", "The tunnel address.", search=True, hover=True),
        Field("overlay_type", "vxlan, gre, geneve, ...", hover=True),
        Field("udp_port", "The UDP port that it is heard on; none for gre.", hover=True),
        Field(
            "ports",
            "Its tunnels: bridge, the peer's address, and which host that is; by port, of a device by peer.",
        ),
        Field("network", "The network that it carries, where it is a device in that network's bridge."),
        Field("vconnector", "The bridge that holds the tunnel address, if one does."),
        Field("device", "The device that holds the tunnel address."),
        Field("pnic", "The physical NICs that the tunnel address stands on."),
        Field("bridge", "The bridge that holds the tunnel ports, or the device."),
        Field("state", "up or down as the switch reports its tunnels, or unknown."),
    ),
    state="state",
    states={"up": "ok", "down": "error"},
)

UDP_PORTS = {"vxlan": 4789, "geneve": 6081, "stt": 7471, "gtpu": 2152}
"""The usual ones, where a tunnel's options name none."""


EACH = HOST


def build(cloud: Cloud, host: Host) -> Iterator[Document]:
    """Yield the tunnel end points of a host; report tunnels that lead nowhere, and those that lack."""
    for point in end_points(cloud, host):
        yield _document(cloud, host, point)
        _report_lacking(cloud, host, point)


@gathered
def _owners(cloud: Cloud, host: Host) -> Iterator[tuple[str, None]]:
    """Yield the tunnel addresses that are a host's."""
    for address in sorted({point.address for point in end_points(cloud, host)}):
        yield address, None


@gathered
def _carriers(cloud: Cloud, host: Host) -> Iterator[tuple[tuple[str, str], frozenset[str]]]:
    """Yield what end points of a host carry: type and network, with the addresses that lead to it."""
    points = end_points(cloud, host)
    for kind in sorted({point.type for point in points}):
        own = [point for point in points if point.type == kind]
        addresses = frozenset(point.address for point in own)
        for network in sorted({network for point in own for network in _carried(cloud, host, point)}):
            yield (kind, network), addresses


@of_host
def _active_networks(cloud: Cloud, host: Host) -> set[str]:
    """Return the networks that have an active port on a host."""
    ports = cloud.rows_by("port", "binding:host_id", host.name)
    return {
        str(port["network_id"]) for port in ports if port.get("status") == "ACTIVE" and port.get("network_id")
    }


def _carried(cloud: Cloud, host: Host, point: EndPoint) -> list[str]:
    """Return the networks of an end point that have an active port on its host."""
    if host.stale:
        return []
    networks = overlay_networks(cloud, host, point.type).keys() & _active_networks(cloud, host)
    return sorted(networks if point.networks is None else networks & point.networks)


def _document(cloud: Cloud, host: Host, point: EndPoint) -> Document:
    parent, parent_type = point.parent
    if point.device is None and host.knows("interfaces"):
        cloud.report(
            "error", f"no device of host {host.name} has tunnel address {point.address}", point.id, "otep"
        )
    states = {tunnel.state for tunnel in point.tunnels.values()}
    udp_ports = {tunnel.port for tunnel in point.tunnels.values()} - {None}
    return {
        "id": point.id,
        "name": point.name or f"{point.type} {point.address}",
        "parent_id": parent,
        "parent_type": parent_type,
        "source": cloud.source_of(host),
        "host": host.name,
        "vedge_id": parent if parent_type == "vedge" else None,
        "ip_address": point.address,
        "overlay_type": point.type,
        "udp_port": udp_ports.pop() if len(udp_ports) == 1 else _usual_port(cloud, host, point),
        "ports": {name: _peer(cloud, point, name) for name in sorted(point.tunnels)},
        "network": next(iter(point.networks), None) if point.networks else None,
        "vconnector": point.connector,
        "device": point.device,
        "pnic": point.nics,
        "bridge": next((tunnel.bridge for tunnel in point.tunnels.values()), None),
        "state": point.state or ("up" if states == {"up"} else "down" if "down" in states else "unknown"),
    }


def _report_lacking(cloud: Cloud, host: Host, point: EndPoint) -> None:
    """Report an end point without a tunnel to a host that has an active port in a network of its own."""
    remotes = {tunnel.remote for tunnel in point.tunnels.values()}
    if any(map(_anybody, remotes)):
        return
    lacking: dict[str, list[str]] = defaultdict(list)
    for network in _carried(cloud, host, point):
        for name, addresses in _carriers(cloud, (point.type, network)).items():
            if name != host.name and remotes.isdisjoint(addresses):
                lacking[name].append(cloud.name_of("network", network) or network)
    for name, names in sorted(lacking.items()):
        text = f"no tunnel leads to host {name}, which has {', '.join(sorted(names))}, too"
        cloud.report("error", text, point.id, "otep")


def _usual_port(cloud: Cloud, host: Host, point: EndPoint) -> int | None:
    """Return the UDP port that Neutron keeps of an end point, else the one of its type."""
    for row in cloud.rows_by("tunnel_endpoint", "host", host.name):
        if (row.get("type"), row.get("ip_address")) == (point.type, point.address) and row.get("udp_port"):
            return int(row["udp_port"])
    return UDP_PORTS.get(point.type)


def _anybody(remote: str | None) -> bool:
    """Say whether a tunnel leads to no one host: flows say to which, or all of a multicast group hear."""
    try:
        return remote == "flow" or ip_address(remote or "").is_multicast
    except ValueError:
        return False


def _peer(cloud: Cloud, point: EndPoint, name: str) -> dict[str, Any]:
    tunnel = point.tunnels[name]
    remote = tunnel.remote
    hosts = sorted(_owners(cloud, remote or ""))
    if not hosts and not _anybody(remote) and cloud.sources_complete("agent"):
        cloud.report(
            "warn", f"tunnel {name} leads to {remote}, which is no host's tunnel address", point.id, "otep"
        )
    return {
        "bridge": tunnel.bridge,
        "type": point.type,
        "remote_ip": remote,
        "host": hosts[0] if len(hosts) == 1 else None,
    }
