"""A Cisco ACI fabric of a hand-made cloud: managed objects, by class, as an APIC lists them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from ansible_collections.calipso.topology.plugins.module_utils.aci_classes import FabricClass

POD = "topology/pod-1"

NOISE = {
    "childAction": "",
    "lcOwn": "local",
    "modTs": "2026-11-23T08:59:01.123+00:00",
    "monPolDn": "uni/fabric/monfab-default",
    "status": "",
    "uid": "0",
}
"""What every object has besides, clocks among it."""


class MadeFabric:
    """Nodes, ports, port channels, cables, LLDP neighbours and end points."""

    def __init__(self) -> None:
        """Begin with the controller itself."""
        self.objects: dict[str, list[dict[str, str]]] = defaultdict(list)
        self._add("fabricNode", f"{POD}/node-1", id="1", name="apic1", role="controller", fabricSt="unknown")

    def node(self, number: int, role: str) -> None:
        """Add a switch."""
        model = "N9K-C93180YC-FX" if role == "leaf" else "N9K-C9336C-FX2"
        dn = f"{POD}/node-{number}"
        self._add(
            "fabricNode",
            dn,
            id=str(number),
            name=f"{role}-{number}",
            role=role,
            model=model,
            serial=f"FDO2026{number:04}",
            vendor="Cisco Systems, Inc",
            version="n9000-15.2(8e)",
            fabricSt="active",
        )
        self._add(
            "topSystem",
            f"{dn}/sys",
            id=str(number),
            oobMgmtAddr=f"10.10.9.{number % 100 + (200 if role == 'spine' else 100)}",
            inbMgmtAddr="0.0.0.0",  # noqa: S104 - what an APIC says for none
            systemUpTime="11:02:03:04.000",
        )

    def port(self, number: int, name: str, usage: str, state: str = "up") -> None:
        """Add a port of a switch."""
        dn = f"{POD}/node-{number}/sys/phys-[{name}]"
        self._add("l1PhysIf", dn, id=name, adminSt="up", descr="", usage=usage, mtu="9000")
        self._add(
            "ethpmPhysIf",
            f"{dn}/phys",
            operSt=state,
            operSpeed="25G" if state == "up" else "unknown",
            operDuplex="full" if state == "up" else "auto",
            backplaneMac=f"70:0F:6A:00:{number % 256:02X}:{int(name.rpartition('/')[2]):02X}",
        )

    def channel(self, number: int, name: str, *members: str) -> None:
        """Make ports of a switch a port channel."""
        dn = f"{POD}/node-{number}/sys"
        for member in members:
            port = f"{dn}/phys-[{member}]"
            self._add(
                "pcRsMbrIfs",
                f"{dn}/aggr-[{name}]/rsmbrIfs-[{port}]",
                parentSKey=name,
                tDn=port,
                tSKey=member,
            )

    def cable(self, one: tuple[int, int], other: tuple[int, int]) -> None:
        """Join two ports of switches, each a node and the number of a port in slot 1."""
        (n1, p1), (n2, p2) = one, other
        name = f"lnk-{n1}-1-{p1}-to-{n2}-1-{p2}"
        told = {"n1": n1, "s1": 1, "p1": p1, "n2": n2, "s2": 1, "p2": p2}
        self._add(
            "fabricLink",
            f"{POD}/lnkcnt-{n2}/{name}",
            linkState="ok",
            **{key: str(value) for key, value in told.items()},
        )

    def hears(self, number: int, name: str, system: str, device: str, mac: str) -> None:
        """Have a switch hear a host by LLDP, which lldpd speaks."""
        self._add(
            "lldpAdjEp",
            f"{POD}/node-{number}/sys/lldp/inst/if-[{name}]/adj-1",
            id="1",
            sysName=system,
            sysDesc="Debian GNU/Linux 12 (bookworm)",
            chassisIdT="mac",
            chassisIdV=mac,
            portIdT="mac",
            portIdV=mac,
            portDesc=device,
        )

    def learns(self, number: int, interface: str, mac: str, vlan: int, group: str) -> None:
        """Have a leaf learn an address at an interface; `group`: tenant/application/EPG."""
        tenant, application, name = group.split("/")
        self._add(
            "epmMacEp",
            f"{POD}/node-{number}/sys/ctx-[vxlan-2097152]/bd-[vxlan-15925{vlan}]/vlan-[vlan-{vlan}]/db-ep/"
            f"mac-{mac.upper()}",
            addr=mac.upper(),
            ifId=interface,
            flags="local,mac,vpc-attached" if interface.startswith("po") else "local,mac",
            createTs="2026-11-23T08:00:00.000+00:00",
        )
        dn = f"uni/tn-{tenant}/ap-{application}/epg-{name}/cep-{mac.upper()}"
        if dn not in {each["dn"] for each in self.objects["fvCEp"]}:
            self._add("fvCEp", dn, mac=mac.upper(), encap=f"vlan-{vlan}")

    def knows_elsewhere(self, number: int, mac: str) -> None:
        """Have a leaf know of an address that another leaf learned."""
        self._add(
            "epmMacEp",
            f"{POD}/node-{number}/sys/ctx-[vxlan-2097152]/bd-[vxlan-15925120]/db-ep/mac-{mac.upper()}",
            addr=mac.upper(),
            ifId="tunnel4",
            flags="",
        )

    def rows(self, table: FabricClass) -> list[dict[str, Any]]:
        """Return the objects of a class as the collector keeps them, by name."""
        told = sorted(self.objects[table.name], key=lambda each: each["dn"])
        kept = (each for each in told if not table.where or "local" in each["flags"])
        return [{name: each[name] for name in table.attributes if name in each} for each in kept]

    def close(self) -> None:
        """Nothing is open."""

    def _add(self, kind: str, dn: str, **attributes: str) -> None:
        self.objects[kind].append({"dn": dn, **NOISE, **attributes})
