# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Which classes of an APIC's object model are read, and which of their attributes: no clock, no counter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple


@dataclass(frozen=True)
class FabricClass:
    """A class of managed objects. `where`: the filter that the APIC applies, in its own language."""

    name: str
    attributes: Tuple[str, ...]
    where: str = ""

    @property
    def key(self) -> str:
        """Its name."""
        return self.name


def _class(name: str, attributes: str, where: str = "") -> FabricClass:
    return FabricClass(name, ("dn", *attributes.split()), where)


CLASSES = {
    known.name: known
    for known in (
        _class("fabricNode", "id name role model serial vendor version fabricSt"),
        _class("topSystem", "id oobMgmtAddr inbMgmtAddr"),
        _class("l1PhysIf", "id adminSt descr usage mtu"),
        _class("ethpmPhysIf", "operSt operSpeed operDuplex backplaneMac"),
        _class("pcRsMbrIfs", "parentSKey tDn tSKey"),
        _class("fabricLink", "n1 s1 p1 n2 s2 p2"),
        _class("lldpAdjEp", "sysName sysDesc chassisIdT chassisIdV portIdT portIdV portDesc"),
        _class("epmMacEp", "addr ifId flags", 'wcard(epmMacEp.flags,"local")'),
        _class("fvCEp", "mac encap"),
    )
}
