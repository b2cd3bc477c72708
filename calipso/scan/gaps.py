"""Which gaps in facts an operator must hear of as an error of the scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..build.switching.ovs import AGENTS

if TYPE_CHECKING:
    from ..build.hosts import Host
    from ..model.facts import Gap

BROKEN = frozenset({"timeout", "failed", "truncated", "unreadable"})
"""Reasons for which a part that is there was not read."""

UNANSWERED = frozenset({"missing", "forbidden"})
"""Reasons for which a host's tool was not run."""


def matters(gap: Gap, host: Host | None) -> bool:
    """Say whether a gap in the facts of `host` (None: of an API) makes the scan incomplete.

    Something that is there and could not be read always does. A tool that is missing, or that only root
    may run, does where OpenStack says that the host needs it: libvirt beside nova-compute, ovs-vsctl
    beside an Open vSwitch agent; VPP is only asked where it runs. What an API's policy forbids or a cloud
    lacks is as it should be.
    """
    if gap["reason"] in BROKEN:
        return True
    if gap["reason"] not in UNANSWERED or host is None:
        return False
    if gap["part"] == "domains":
        return any(service.get("binary") == "nova-compute" for service in host.services)
    if gap["part"] == "ovs":
        return host.agent(*AGENTS) is not None
    return gap["part"] in ("interfaces", "vpp")
