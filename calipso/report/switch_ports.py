"""Which virtual services hang on which port of a physical switch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..model.topology import Document
from .text import natural

if TYPE_CHECKING:
    from ..store import View

CABLE, CARRIED = "host_pnic-switch_pnic", "host_pnic-network"

_OWNERS = {"instance": "instance_id", "vservice": "vservice_id"}
"""The kinds of what hangs on a port, with the attribute of a vNIC that names it."""

OF = ("switch", "switch_pnic", "host", *_OWNERS)
"""The kinds of objects that ports are told of."""

_VNIC = ("host", "mac_address", "network", "addresses", "subports", *_OWNERS.values())


def switch_ports(view: View, of: Document | None = None, *, skip: int = 0, limit: int | None = None) -> Any:
    """Return the switch ports that hosts hang on, by id: all, or those of an object of one of the kinds `OF`.

    Each is {switch, switch_id, name, id, state, channel, nics, services}; `nics` are ids. Each of `services`
    is {type, id, name, host, nic, network, network_name, segment, mac_address, addresses, group}: an instance
    or service that has a vNIC on a network that the NIC carries; `group` is what a fabric puts its packets
    in: by its address or, in a tunnel, by the NIC's. Of an instance or service, only itself is told.
    Raises ValueError for an object of another kind.
    """
    ports = list(view.objects(_where(view, of), type="switch_pnic", skip=skip, limit=limit))
    cables = view.links({"link_type": CABLE, "target_id": [port["id"] for port in ports]})
    nics: dict[str, list[str]] = defaultdict(list)
    hosts: dict[str, str] = {}
    for cable in cables:
        nics[cable["target_id"]].append(cable["source_id"])
        hosts[cable["source_id"]] = cable["host"]
    macs = {
        nic["id"]: nic.get("mac_address") for nic in view.objects(ids=sorted(hosts), brief=("mac_address",))
    }
    carried: dict[str, dict[str, Document]] = defaultdict(dict)
    for link in view.links({"link_type": CARRIED, "source_id": sorted(hosts)}):
        carried[link["source_id"]][link["target_id"]] = link
    wanted = {_OWNERS[of["type"]]: of["id"]} if of and of["type"] in _OWNERS else {}
    vnics: dict[str, list[Document]] = defaultdict(list)
    for vnic in view.objects({"host": sorted(set(hosts.values())), **wanted}, type="vnic", brief=_VNIC):
        vnics[vnic["host"]].append(vnic)
    owners = {vnic.get(name) for each in vnics.values() for vnic in each for name in _OWNERS.values()}
    switches = {port["switch"] for port in ports}
    names = {
        each["id"]: each["name"]
        for each in view.objects(ids=sorted({*filter(None, owners), *switches}), brief=("name",))
    }
    return [
        {
            "switch": names.get(port["switch"]),
            "switch_id": port["switch"],
            **{name: port.get(name) for name in ("name", "id", "state", "channel")},
            "nics": sorted(nics[port["id"]]),
            "services": sorted(
                (
                    service
                    for nic in nics[port["id"]]
                    for vnic in vnics[hosts[nic]]
                    for service in _services(port, (nic, macs[nic]), vnic, carried[nic], names)
                ),
                key=lambda service: (service["type"], natural(service["name"] or ""), service["id"]),
            ),
        }
        for port in ports
    ]


def _where(view: View, of: Document | None) -> dict[str, Any]:
    kind = of["type"] if of else None
    if of is None:
        return {"role": "hostlink"}
    if kind == "switch":
        return {"role": "hostlink", "switch": of["id"]}
    if kind == "switch_pnic":
        return {"id": of["id"]}
    if kind not in OF:
        raise ValueError(f"a {kind} is told of no switch ports: name a {', '.join(OF)}")
    host = of["id"] if kind == "host" else of["host"]
    cables = view.links({"link_type": CABLE, "host": host}, brief=("target_id",))
    return {"id": sorted({cable["target_id"] for cable in cables})}


def _services(
    port: Document,
    nic: tuple[str, str | None],
    vnic: Document,
    carried: dict[str, Document],
    names: dict[str, str],
) -> Iterator[Document]:
    groups = {point["mac"]: point["group"] for point in port.get("end_points") or ()}
    (nic_id, nic_mac), mac = nic, vnic.get("mac_address")
    own = {"network": vnic.get("network"), "addresses": vnic.get("addresses")}
    for plug in (own, *(vnic.get("subports") or ())):
        link = carried.get(plug["network"] or "")
        for kind, name in _OWNERS.items():
            if link and vnic.get(name):
                own_packets = link["attributes"].get("physical_network") is not None
                yield {
                    "type": kind,
                    "id": vnic[name],
                    "name": names.get(vnic[name]),
                    "host": vnic["host"],
                    "nic": nic_id,
                    "network": plug["network"],
                    "network_name": link["target_label"],
                    "segment": link["link_name"],
                    "mac_address": mac,
                    "addresses": plug.get("addresses") or [],
                    "group": groups.get(str(mac if own_packets else nic_mac).lower()),
                }
