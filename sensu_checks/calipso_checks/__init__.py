"""What Calipso checks on hosts: functions that look at a host's state, for scripts and for the batch check.

It needs the standard library only, of Python 3.8 or later.
"""

from __future__ import annotations

from typing import Dict

from .check import Check
from .devices import HOST_PNIC, LINK_VCONNECTOR_VEDGE, LINK_VNIC_VCONNECTOR, VCONNECTOR, VNIC
from .services import INSTANCE, VSERVICE
from .switches import VEDGE_OVS, VEDGE_VPP
from .tunnels import OTEP

CHECKS: Dict[str, Check] = {
    "host_pnic": HOST_PNIC,
    "instance": INSTANCE,
    "link_vconnector_vedge": LINK_VCONNECTOR_VEDGE,
    "link_vnic_vconnector": LINK_VNIC_VCONNECTOR,
    "otep": OTEP,
    "vconnector": VCONNECTOR,
    "vedge_ovs": VEDGE_OVS,
    "vedge_vpp": VEDGE_VPP,
    "vnic": VNIC,
    "vservice": VSERVICE,
}
"""Every check, by the name that its script has after check_."""
