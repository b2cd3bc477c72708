"""VPP: a network is a bridge domain, with VXLAN tunnels in it, or with NICs or VLANs on them."""

from __future__ import annotations

from collections import defaultdict

from .. import vpp
from ..cloud import Cloud
from ..hosts import Host
from .end_point import EndPoint, Tunnel, address_id
from .segments import Carried, segments


def end_points(_cloud: Cloud, host: Host) -> list[EndPoint]:
    """Return the tunnel end points of a host's VPP: the addresses that its tunnels begin at."""
    found: dict[tuple[str, str], EndPoint] = {}
    for name, interface in sorted(vpp.interfaces(host).items()):
        tunnel = interface["tunnel"]
        if not tunnel or not tunnel["local"]:
            continue
        key = str(tunnel["kind"]), str(tunnel["local"])
        if key not in found:
            found[key] = _end_point(host, *key)
        bridge = vpp.domain_name(interface["bridge_domain"])
        state = "up" if interface["up"] else "down"
        found[key].tunnels[name] = Tunnel(tunnel["remote"], bridge, state, tunnel["port"])
    return [found[key] for key in sorted(found)]


def _end_point(host: Host, kind: str, address: str) -> EndPoint:
    own = vpp.interfaces(host)
    device = vpp.holder(host, address)
    domain = vpp.domain_name(own[device]["bridge_domain"]) if device else None
    return EndPoint(
        kind,
        address,
        address_id(host, kind, address),
        (vpp.vedge_id(host), "vedge"),
        device,
        f"{host.name}:{domain}" if domain else None,
        vpp.nics_below(host, device) if device else [],
    )


def plugged(cloud: Cloud, host: Host) -> set[str]:
    """Return the networks that have a port in a bridge domain."""
    return {network for domain in vpp.bridge_domains(cloud, host) for network in domain.networks}


def carried(cloud: Cloud, host: Host) -> Carried:
    """Return the VLAN and flat networks that each NIC carries, with their segments."""
    found: Carried = defaultdict(dict)
    for domain in vpp.bridge_domains(cloud, host):
        for interface in domain.interfaces:
            if interface["tunnel"] or interface.get("bvi"):
                continue
            nics = vpp.nics_below(host, interface["name"])
            for network in domain.networks if nics else ():
                for segment in segments(cloud, network):
                    tagged = segment["network_type"] == "vlan"
                    vlan = segment["segmentation_id"] if tagged else None
                    if segment["network_type"] in ("vlan", "flat") and vlan == interface.get("vlan"):
                        for nic in nics:
                            found[nic][network] = segment
    return found
