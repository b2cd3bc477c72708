"""The phases of a scan, as those who follow its playbook name them."""

from __future__ import annotations

COLLECTION = "calipso.topology."
HOSTS = "asking the hosts"
BEGINNING = "beginning"
BUILDING = "building and publishing"

_PHASES = {
    ("openstack_facts", None): "asking the OpenStack APIs",
    ("host_facts", None): HOSTS,
    ("topology", "started"): BEGINNING,
    ("topology", "published"): BUILDING,
}


def phase_of(module: str, state: object = None) -> str | None:
    """Return the phase that a task of the collection's `module` is, with what its `state` asks for."""
    return _PHASES.get((module, None)) or _PHASES.get((module, str(state)))
