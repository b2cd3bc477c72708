"""SR-IOV: the switch inside a NIC, with virtual functions and macvtap devices plugged into it."""

from __future__ import annotations

from collections import defaultdict

from ..cloud import Cloud
from ..hosts import Host
from ..plugs import RUNS_NOT, nics_of, physical_network, port_of
from .segments import Carried, segments


def mapped_networks(host: Host) -> dict[str, set[str]]:
    """Return the physical networks that the host's agents map to its NICs themselves, and not to bridges."""
    found: dict[str, set[str]] = defaultdict(set)
    for agent in host.agents:
        configuration = agent.get("configurations") or {}
        for key in ("device_mappings", "interface_mappings"):
            mappings = configuration.get(key)
            for network, names in mappings.items() if isinstance(mappings, dict) else ():
                for name in names if isinstance(names, list) else [names]:
                    found[str(name)].add(str(network))
    return found


def carried(cloud: Cloud, host: Host) -> Carried:
    """Return the networks whose ports are plugged into each NIC itself, with their segments.

    Of several segments it is the one of the physical network that the port's function was taken of.
    """
    found: Carried = defaultdict(dict)
    mapped = mapped_networks(host)
    for domain in host.facts["domains"] if host.facts else []:
        for interface in domain["interfaces"] if domain["state"] not in RUNS_NOT else []:
            nics = nics_of(
                host, interface["type"], interface["source"], interface["target"], interface["mac"]
            )
            port = port_of(cloud, host, interface) if nics else None
            if port is None or not port.get("network_id"):
                continue
            asked, network = physical_network(port), str(port["network_id"])
            for nic in nics:
                known = {asked} if asked else mapped.get(nic)
                for segment in segments(cloud, network):
                    physical = segment["network_type"] in ("vlan", "flat")
                    if physical and (not known or segment["physical_network"] in known):
                        found[nic][network] = segment
    return found
