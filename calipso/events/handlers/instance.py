"""Events of instances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..changes import MalformedEventError, gone, put
from ..known import Known
from ..notification import Notification
from ..result import Ask, EventResult
from ..wiring import hosts_beyond

HOST = "OS-EXT-SRV-ATTR:host"

_POWER = {"pending": 0, "running": 1, "paused": 3, "shutdown": 4, "crashed": 6, "suspended": 7}
"""Nova's numbers of its power states."""

_POWER_OF = {"building": 0, "active": 1, "rescued": 1, "paused": 3, "suspended": 4, "stopped": 4}
"""The power state that goes with a state of an instance, where the event does not tell it."""

_STATUS = {
    "active": "ACTIVE",
    "building": "BUILD",
    "stopped": "SHUTOFF",
    "resized": "VERIFY_RESIZE",
    "paused": "PAUSED",
    "suspended": "SUSPENDED",
    "rescued": "RESCUE",
    "error": "ERROR",
    "deleted": "DELETED",
    "soft-delete": "SOFT_DELETED",
    "shelved": "SHELVED",
    "shelved_offloaded": "SHELVED_OFFLOADED",
}
"""The status that the API shows of a state."""

_RESIZING = dict.fromkeys(("resize_prep", "resize_migrating", "resize_migrated", "resize_finish"), "RESIZE")
_REBUILDING = dict.fromkeys(("rebuilding", "rebuild_block_device_mapping", "rebuild_spawning"), "REBUILD")
_STATUS_WHILE: Mapping[str, Mapping[str, str]] = {
    "active": {
        **dict.fromkeys(("rebooting", "reboot_pending", "reboot_started"), "REBOOT"),
        **dict.fromkeys(("rebooting_hard", "reboot_pending_hard", "reboot_started_hard"), "HARD_REBOOT"),
        "updating_password": "PASSWORD",
        "migrating": "MIGRATING",
        **_REBUILDING,
        **_RESIZING,
    },
    "paused": {"migrating": "MIGRATING"},
    "stopped": {**_REBUILDING, **_RESIZING},
    "resized": {"resize_reverting": "REVERT_RESIZE"},
    "error": {**_REBUILDING},
}
"""The status of a state while Nova is doing something with the instance."""


def updated(event: Notification, known: Known) -> EventResult:
    """Take what it is now; where that is on another host, ask both."""
    key = _key(event)
    if event.payload.get("state") == "deleted":
        return deleted(event, known)
    before, server = known.row("server", key), _server(event.payload, known)
    moved = before.get(HOST) != server[HOST]
    return EventResult(
        changes=(put(event, known, "server", {**server, "id": key}),),
        ask=(*_of(key), *Ask.hosts([before.get(HOST), server[HOST]])) if moved else (),
        related_object=key,
        related_object_type="instance",
    )


def plugged(event: Notification, known: Known) -> EventResult:
    """Take what it is now, and ask what is plugged on its host, the one before, and the one that tells it."""
    key = _key(event)
    before, server = known.row("server", key), _server(event.payload, known)
    hosts = [before.get(HOST), server[HOST], _teller(event, known), *_bound(known, key)]
    beyond = {host for port in known.where("port", "device_id", key) for host in hosts_beyond(known, port)}
    return EventResult(
        changes=(put(event, known, "server", {**server, "id": key}),),
        ask=(*_of(key), *Ask.hosts([*hosts, *beyond])),
        related_object=key,
        related_object_type="instance",
    )


stopped = plugged
"""What it was plugged into on its host changes just so."""


def left(event: Notification, known: Known) -> EventResult:
    """Ask where it is: a host that it has left tells what it knew before."""
    key = _key(event)
    hosts = [_teller(event, known), event.payload.get("host"), known.row("server", key).get(HOST)]
    hosts += _bound(known, key)
    return EventResult(ask=(*_of(key), *Ask.hosts(hosts)), related_object=key, related_object_type="instance")


def deleted(event: Notification, known: Known) -> EventResult:
    """Take that it is gone, and ask what it leaves."""
    key = _key(event)
    hosts = [_teller(event, known), known.row("server", key).get(HOST), event.payload.get("host")]
    hosts += _bound(known, key)
    return EventResult(
        changes=(gone(event, known, "server", key),),
        ask=(Ask("port", "device_id", key), *Ask.hosts(hosts)),
        related_object=key,
        related_object_type="instance",
    )


def _key(event: Notification) -> str:
    found = event.payload.get("instance_id") or event.payload.get("uuid")
    if not isinstance(found, str) or not found:
        raise MalformedEventError("its payload names no instance")
    return found


def _teller(event: Notification, known: Known) -> str | None:
    """Return the compute host that tells it: one that an instance has left cleans up only then."""
    return event.host if known.zone_of(event.host) is not None else None


def _of(key: str) -> tuple[Ask, ...]:
    return Ask("server", "id", key), Ask("port", "device_id", key)


def _bound(known: Known, key: str) -> list[str | None]:
    return [port.get("binding:host_id") for port in known.where("port", "device_id", key)]


def _server(payload: Mapping[str, Any], known: Known) -> dict[str, Any]:
    """Return the attributes that the API shows of an instance, of a payload with or without versions."""
    state, task, host = payload.get("state"), _task(payload), payload.get("host")
    if not isinstance(state, str) or state not in _STATUS:
        raise MalformedEventError(f"its payload has no state of an instance, but {state!r}")
    server = {
        "name": payload.get("display_name"),
        "tenant_id": payload.get("tenant_id"),
        "user_id": payload.get("user_id"),
        HOST: host,
        "OS-EXT-SRV-ATTR:hypervisor_hostname": payload.get("node"),
        "OS-EXT-AZ:availability_zone": known.zone_of(host) or payload.get("availability_zone") or "",
        "OS-EXT-STS:vm_state": state,
        "OS-EXT-STS:task_state": task,
        "status": _STATUS_WHILE.get(state, {}).get(task or "", _STATUS[state]),
        "created": str(payload.get("created_at")).replace(" ", "T").replace("+00:00", "Z"),
        "image": _image(payload),
        "flavor": _flavor(payload),
    }
    power = payload.get("power_state")
    number = _POWER.get(str(power)) if power is not None else _POWER_OF.get(state)
    if number is not None:
        server["OS-EXT-STS:power_state"] = number
    if isinstance(payload.get("instance_name"), str):
        server["OS-EXT-SRV-ATTR:instance_name"] = payload["instance_name"]
    return server


def _task(payload: Mapping[str, Any]) -> str | None:
    """Return what Nova is doing with it; a payload without versions says so with an empty text."""
    found = payload["task_state"] if "task_state" in payload else payload.get("state_description")
    return str(found) if found else None


def _image(payload: Mapping[str, Any]) -> dict[str, str] | str:
    key = payload.get("image_uuid") or str(payload.get("image_ref_url") or "").rpartition("/images/")[2]
    return {"id": str(key)} if key else ""


def _flavor(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flavor; the name stands in its own object, or beside what it amounts to."""
    own = payload.get("flavor")
    if isinstance(own, Mapping):
        return {"original_name": own.get("name"), "vcpus": own.get("vcpus"), "ram": own.get("memory_mb")}
    return {
        "original_name": payload.get("instance_type"),
        "vcpus": payload.get("vcpus"),
        "ram": payload.get("memory_mb"),
    }
