"""What drivers, tools and rights hid from a scan that went well otherwise, and what is missing for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from ..build.precedence import complete
from ..model.facts import Gap
from ..model.source import OPENSTACK, Facts
from ..model.topology import Message
from .gaps import BROKEN

Asked = Mapping[str, str | None]

_OF_API = {
    "agent": "bridge mappings, tunnel addresses and agents that hosts do not tell of by themselves",
    "availability_zone": "which hosts an availability zone has",
    "aggregate": "host aggregates",
    "compute_service": "hosts that neither agents, instances nor themselves tell of",
    "hypervisor": "hypervisors' types, versions and addresses",
    "network": "networks of other projects, and what carries a network",
    "port": "ports of other projects, and where a port is bound",
    "project": "other projects",
    "router": "routers of other projects",
    "server": "instances of other projects, and which host an instance is on",
    "subnet": "subnets of other projects",
}
"""What is missing where the API hides a kind of rows from who scans."""

_OF_HOST = {
    "lldp": "which ports of physical switches NICs are cabled to",
    "namespaces": "DHCP servers, routers and their interfaces",
}
"""What is missing where a host's tool is missing, or only root may use it."""

_NAMED = 5
"""Hosts that are named."""


def withheld(facts: Facts, asked: Asked, heard: Collection[str]) -> Iterator[Message]:
    """Yield what those that answered could not tell for want of rights or a tool, with what is missing so.

    What the database tells in the API's place is not missing. What `matters` is no business of this.
    """
    source = facts.sources.get(OPENSTACK)
    if source is not None and OPENSTACK in heard:
        for kind, gap in {gap["part"]: gap for gap in reversed(source.gaps)}.items():
            if gap["reason"] == "forbidden" and kind in _OF_API and not complete(facts.sources, kind):
                yield Message("warn", f"the OpenStack API {_told(gap)}; missing may be {_OF_API[kind]}")
    hosts: dict[str, dict[str, Gap]] = defaultdict(dict)
    for name, host in asked.items():
        if host and name in heard:
            for gap in facts.sources[name].gaps:
                if gap["part"] in _OF_HOST and gap["reason"] not in BROKEN:
                    hosts[gap["part"]][host] = gap
    for part, gaps in sorted(hosts.items()):
        told = _told(gaps[min(gaps)])
        text = f"{_listed(sorted(gaps))} {told}; missing is {_OF_HOST[part]}"
        yield Message("notice" if part == "lldp" else "warn", text)


def _told(gap: Gap) -> str:
    return f"told no {gap['part']}, or not all ({gap['reason']}: {gap['detail']})"


def _listed(hosts: list[str]) -> str:
    more = len(hosts) - _NAMED
    names = ", ".join(hosts[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{'host' if len(hosts) == 1 else 'hosts'} {names}"
