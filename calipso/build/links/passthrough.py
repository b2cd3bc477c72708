"""Hops from instances' NICs to the host's, past its bridges: SR-IOV, and macvtap devices.

Where a NIC's own switch does the work of Open vSwitch, a virtual function has a port in that, too.
"""

from __future__ import annotations

from ...model.facts import HOST
from ...model.link import LinkType
from ...model.topology import Document
from ..cloud import Cloud
from ..devices import device_state
from ..graph import Graph, up_down
from ..hosts import Host
from ..kinds.host_pnic import pnic_id
from ..plugs import function_of, nics_of
from ..switching.ovs import vedge_id

NIC_SWITCH = "hw_veb"
"""The plug of a port that the NIC's own switch serves by itself."""

LINK_TYPES = (
    LinkType(
        "vnic", "host_pnic", "The vNIC is a virtual function of the NIC, or sits on it as a macvtap device."
    ),
)


EACH = HOST


def find(cloud: Cloud, graph: Graph, host: Host) -> None:
    """Link every vNIC that passes by a host's switches with the NIC that it is on."""
    for vnic in graph.at(host.name, "vnic"):
        kind, mac = vnic["interface_type"], vnic["mac_address"]
        for nic in nics_of(host, kind, vnic["source_bridge"], vnic["target"], mac):
            if pnic := graph.objects.get(pnic_id(host.name, nic)):
                graph.link(
                    vnic,
                    pnic,
                    state=up_down(vnic["state"], pnic["state"]),
                    name=vnic["network_name"],
                    attributes={"network": vnic["network"]} if vnic["network"] else None,
                    labels=(vnic["source_bridge"], nic),
                )
        if kind == "hostdev":
            _to_vedge(graph, host, vnic)
            _check_vlan(cloud, graph, host, vnic)


def _to_vedge(graph: Graph, host: Host, vnic: Document) -> None:
    """Link a virtual function with the Open vSwitch that its NIC works for, by its port there."""
    vedge = graph.objects.get(vedge_id(host))
    for name, (_bridge, _port, interface) in host.ovs_ports.items():
        if vedge and vnic["port"] and interface["external_ids"].get("iface-id") == vnic["port"]:
            graph.link(
                vnic,
                vedge,
                state=up_down(vnic["state"], device_state(host, name)),
                name=vnic["network_name"],
                attributes={"network": vnic["network"]} if vnic["network"] else None,
                labels=(vnic["source_bridge"], name),
            )


def _check_vlan(cloud: Cloud, graph: Graph, host: Host, vnic: Document) -> None:
    """Report a virtual function that does not tag as its network is tagged, where the NIC is to do that."""
    port = graph.objects.get(vnic["port"] or "", {})
    found = function_of(host, vnic["source_bridge"], vnic["mac_address"])
    network = graph.objects.get(vnic["network"] or "")
    if found is None or network is None or port.get("binding:vif_type") != NIC_SWITCH:
        return
    nic, function = found
    vlans = {each["segmentation_id"] for each in network["segments"] if each["network_type"] == "vlan"}
    if vlans and function.get("vlan") not in vlans:
        text = f"virtual function {function.get('index')} of {nic} tags with VLAN {function.get('vlan')}"
        text += f", and its network has VLAN {', '.join(map(str, sorted(vlans, key=str)))}"
        cloud.report("error", text, vnic["id"], "vnic")
