# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""All that one host says of itself, in one document."""

from __future__ import annotations

from typing import Any, Dict

from .forwarding import complete_forwarding
from .hardware import complete
from .libvirt import read_domains
from .links import bonds, bridges, interfaces, read_links
from .lldp import read_neighbours
from .namespaces import read_inodes, read_names, read_namespaces
from .ovn import is_of_ovn, read_ovn
from .ovs import read_ovs
from .processes import read_processes
from .reader import Reader
from .runner import Runner
from .system import read_system
from .teams import complete_teams
from .vpp import read_vpp

FACTS_VERSION = 1

_OVS_SIGNS = {"ovs-vswitchd", "ovsdb-server", "ovn-controller", "neutron-openvswitch-agent"}
_LIBVIRT_SIGNS = {"libvirtd", "virtqemud", "nova-compute"}
_VPP_SIGNS = {"vpp", "vpp_main"}


def collect(runner: Runner) -> Dict[str, Any]:
    """Return the host's facts (the model's `HostFacts`), read through `runner`.

    Never raises: what cannot be read is empty or None, and a gap in `gaps` says why.
    """
    reader = Reader(runner)
    facts: Dict[str, Any] = {"version": FACTS_VERSION, **read_system(reader)}
    links = read_links(reader, "interfaces")
    facts["interfaces"] = interfaces(links)
    complete(reader, facts["interfaces"])
    complete_forwarding(reader, facts["interfaces"])
    facts["bonds"] = bonds(links)
    complete_teams(reader, facts["bonds"], facts["interfaces"])
    facts["bridges"] = bridges(links)
    namespaces = read_names(reader)
    processes = read_processes(reader, read_inodes(reader, namespaces))
    names = processes.names
    facts["processes"] = processes.networking
    switching = [each["name"] for each in processes.networking if not is_of_ovn(each)]
    facts["ovs"] = read_ovs(reader, runs=not _OVS_SIGNS.isdisjoint(switching))
    facts["ovn"] = read_ovn(reader, processes.networking)
    facts["vpp"] = read_vpp(reader) if names & _VPP_SIGNS else None
    facts["domains"] = read_domains(reader, runs=bool(names & _LIBVIRT_SIGNS))
    facts["lldp"] = read_neighbours(reader, runs="lldpd" in names)
    facts["namespaces"] = read_namespaces(reader, namespaces)
    facts["gaps"] = reader.gaps
    return facts
