"""What changes beside what is told: whom to ask when a port or a floating IP changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ..model.facts import Row
from .known import Data, Known
from .result import Ask

_WIRED = (
    "admin_state_up",
    "binding:host_id",
    "binding:profile",
    "binding:vif_type",
    "device_id",
    "device_owner",
    "mac_address",
    "network_id",
    "trunk_details",
)
"""The attributes of a port by which hosts wire it."""


def hosts_to_ask(known: Known, before: Data, after: Data) -> set[str]:
    """Return the hosts that plug a port in another way, by what it was and is; {}: there was, or is, none.

    Where agents fill each other's forwarding tables, a host that enters or leaves a network changes all the
    others' in it.
    """
    if all(before.get(name) == after.get(name) for name in _WIRED):
        return set()
    places = {(_host_of(port), str(port.get("network_id"))) for port in (before, after)}
    hosts = {host for host, _network in places if host}
    if len(places) > 1:
        hosts |= {
            other for host, network in places if host for other in known.neighbours_by_flooding(network)
        }
    return hosts


def hosts_beyond(known: Known, port: Data) -> set[str]:
    """Return the hosts whose tunnels come and go as a port that is bound goes down and comes up: those of its
    network, where agents fill each other's forwarding tables, and its host has no other port there.
    """
    network, host = port.get("network_id"), _host_of(port)
    here = [other for other in known.where("port", "network_id", network) if _host_of(other) == host]
    return known.neighbours_by_flooding(network) if host and len(here) < 2 else set()


def _host_of(port: Data) -> str | None:
    host = port.get("binding:host_id")
    return host if isinstance(host, str) and host else None


def routers_to_ask(known: Known, *rows: Data) -> tuple[Ask, ...]:
    """Return the questions to the hosts of the routers that translate floating IPs."""
    routers = {str(row["router_id"]) for row in rows if row.get("router_id")}
    if not routers:
        return ()
    hosts = {host for router in routers for host in known.router_hosts(router)}
    return Ask.hosts(hosts | known.logical_hosts)


def gone_perhaps(known: Known, rows: Iterable[Row]) -> Iterator[Ask]:
    """Yield the questions for what is new or different in a network that is not known.

    Of what goes with its network nobody tells; what is told late of it would stay.
    """
    for row in rows:
        if row["kind"] in ("port", "subnet") and not known.row("network", row["data"].get("network_id")):
            yield Ask(row["kind"], "id", row["key"])


def moved_perhaps(known: Known, asks: Iterable[Ask], gone: Collection[tuple[str, str]]) -> set[Ask]:
    """Return the questions for known ports that are gone from an answer for those of a device.

    They may be there, without it.
    """
    if not any(ask.kind == "port" and ask.attribute == "device_id" for ask in asks):
        return set()
    return {Ask(kind, "id", key) for kind, key in gone if kind == "port" and known.row(kind, key)}
