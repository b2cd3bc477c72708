"""vEdges: the edge switch of a host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...model.facts import HOST, OvsInterface, OvsPort
from ...model.kind import Field, Kind
from ...model.link import LinkType
from ...model.topology import Document
from .. import vpp
from ..cloud import Cloud, Data
from ..devices import bridge_nics, patched
from ..hosts import Host
from ..ovn import runs_ovn
from ..switching.ovs import AGENTS, TUNNELS, bridge_mappings, integration_bridge, vedge_id

KIND = Kind(
    type="vedge",
    label="vEdge",
    doc="The edge switch of a host: Open vSwitch with all its bridges, or VPP.",
    parent="host",
    folder="vEdges",
    fields=(
        Field("host", "The host that it is in.", hover=True),
        Field("vedge_type", "OVS or VPP.", hover=True),
        Field("agent_type", "The type of the agent that programs it.", hover=True),
        Field("agent_id", "That agent's id."),
        Field("configurations", "What the agent says of itself: bridge mappings, tunnel address and types."),
        Field("version", "The switch's version.", hover=True),
        Field("bridges", "Its bridges, or bridge domains, with their datapath and fail mode."),
        Field("ports", "Its ports by name: id, bridge, VLAN tag, type, internal or not, Neutron port, bond."),
        Field("tunnel_ports", "Those of them that are tunnels: type, local and remote address."),
        Field("pnic", "The physical NICs that are ports of it."),
        Field("state", "up or down as the agent reports it, or unknown."),
    ),
    state="state",
    states={"up": "ok", "down": "error"},
)

LINK_TYPES = (LinkType("host", "vedge", "The switch runs on the host.", attribute="host"),)


def port_document(bridge: str, port: OvsPort, interface: OvsInterface) -> dict[str, Any]:
    """Return what a vedge says of a port; the members of a bond are ports that name their bond."""
    return {
        "id": interface["ofport"],
        "bridge": bridge,
        "tag": port["tag"],
        "type": interface["type"] or "system",
        "internal": interface["type"] == "internal",
        "mac_address": interface["mac"],
        "port": interface["external_ids"].get("iface-id"),
        "peer": interface["options"].get("peer"),
        **(_bond(port) if len(port["interfaces"]) > 1 else {}),
    }


def _bond(port: OvsPort) -> dict[str, Any]:
    return {"bond": port["name"], "bond_mode": port["bond_mode"] or "active-backup", "lacp": port["lacp"]}


EACH = HOST


def build(cloud: Cloud, host: Host) -> Iterator[Document]:
    """Yield the switches of a host, or what an agent of one tells of it."""
    yield from _of_vpp(cloud, host)
    agent = host.agent(*AGENTS)
    ovs = host.facts["ovs"] if host.facts else None
    if agent is None and not (ovs and ovs["bridges"]):
        return
    if agent and ovs is None and host.knows("ovs"):
        cloud.report("error", f"has an {agent.get('agent_type')}, but no Open vSwitch", host.name, "host")
    _check_mappings(cloud, host)
    bridges = ovs["bridges"] if ovs else []
    yield {
        "id": vedge_id(host),
        "name": f"{host.name}-OVS",
        "parent_id": host.name,
        "source": cloud.source_of(host),
        "host": host.name,
        "vedge_type": "OVS",
        "agent_type": agent.get("agent_type") if agent else None,
        "agent_id": str(agent["id"]) if agent else None,
        "configurations": (agent.get("configurations") if agent else None) or {},
        "version": ovs["version"] if ovs else None,
        "bridges": {
            bridge["name"]: {"datapath_type": bridge["datapath_type"], "fail_mode": bridge["fail_mode"]}
            for bridge in bridges
        },
        "ports": {name: port_document(*entry) for name, entry in sorted(host.ovs_ports.items())},
        "tunnel_ports": {
            name: {
                "type": interface["type"],
                "bridge": bridge,
                "local_ip": interface["options"].get("local_ip"),
                "remote_ip": interface["options"].get("remote_ip"),
            }
            for name, (bridge, _port, interface) in sorted(host.ovs_ports.items())
            if interface["type"] in TUNNELS
        },
        "pnic": sorted({nic for bridge in bridges for nic in bridge_nics(host, bridge["name"])}),
        "state": _state(agent),
    }


def _of_vpp(cloud: Cloud, host: Host) -> Iterator[Document]:
    switch = host.facts["vpp"] if host.facts else None
    agent = next((agent for agent in host.agents if agent.get("agent_type") == vpp.AGENT), None)
    if agent is None and switch is None:
        return
    if switch is None and host.knows("vpp"):
        cloud.report("error", f"has a {vpp.AGENT}, but no VPP", host.name, "host")
    own = vpp.interfaces(host)
    nics = {nic for name, found in own.items() if vpp.is_uplink(found) for nic in vpp.nics_below(host, name)}
    yield {
        "id": vpp.vedge_id(host),
        "name": f"{host.name}-VPP",
        "parent_id": host.name,
        "source": cloud.source_of(host),
        "host": host.name,
        "vedge_type": "VPP",
        "agent_type": agent.get("agent_type") if agent else None,
        "agent_id": str(agent["id"]) if agent else None,
        "configurations": (agent.get("configurations") if agent else None) or {},
        "version": switch["version"] if switch else None,
        "bridges": {
            domain.name: {"datapath_type": "vpp", "fail_mode": None}
            for domain in vpp.bridge_domains(cloud, host)
        },
        "ports": {name: vpp.port_document(cloud, host, found) for name, found in sorted(own.items())},
        "tunnel_ports": {
            name: {
                "type": tunnel["kind"],
                "bridge": vpp.domain_name(found["bridge_domain"]),
                "local_ip": tunnel["local"],
                "remote_ip": tunnel["remote"],
            }
            for name, found in sorted(own.items())
            if (tunnel := found["tunnel"])
        },
        "pnic": sorted(nics),
        "state": _state(agent) if agent else "up" if host.knows("vpp") else "unknown",
    }


def _state(agent: Data | None) -> str:
    if agent is None or agent.get("alive") is None:
        return "unknown"
    return "up" if agent["alive"] else "down"


def _check_mappings(cloud: Cloud, host: Host) -> None:
    """Report bridge mappings that lead nowhere; OVN joins bridges only when they are needed."""
    if not host.knows("ovs") or not host.facts or not host.facts["ovs"]:
        return
    joined = patched(host)
    for network, bridge in bridge_mappings(host).items():
        if bridge not in joined:
            fault = "which Open vSwitch does not have"
        elif bridge not in joined.get(integration_bridge(host), ()) and not runs_ovn(host):
            fault = f"which no patch ports join to {integration_bridge(host)}"
        else:
            continue
        text = f"physical network {network} is mapped to bridge {bridge}, {fault}"
        cloud.report("error", text, vedge_id(host), "vedge")
