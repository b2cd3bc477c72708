"""A generated cloud whose monitoring is rendered, and the checks that are to run there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from benchmarks.cloud import GeneratedCloud
from calipso.build import build_topology
from calipso.build.registry import default_registry
from calipso.model.environment import Environment
from calipso.model.targets import MonitoringTarget
from calipso.model.topology import Document, Topology
from calipso.monitoring.render import CHECK, Configuration, render
from calipso.monitoring.surroundings import Surroundings
from calipso.monitoring.templates import chosen, templates

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
REGISTRY = default_registry()
TEMPLATES = templates(REGISTRY)
URL = "https://calipso.example"


def environment(**target: Any) -> Environment:
    """Return the environment `cloud`, with what its section Monitoring says besides the host."""
    return Environment(
        "cloud",
        mechanism_drivers=("OVS",),
        type_drivers=("vxlan",),
        enable_monitoring=True,
        configuration={"Monitoring": {"host": "sensu.example", **target}},
    )


def topology(hosts: int = 3, instances: int = 4) -> Topology:
    """Return a generated cloud of Open vSwitch with hybrid plugs."""
    return build_topology(environment(), GeneratedCloud(hosts, instances).facts(), REGISTRY)


def rendered(
    inventory: Iterable[Document],
    links: Iterable[Document] = (),
    cliques: Iterable[Document] = (),
    **target: Any,
) -> Configuration:
    """Return the configuration of a cloud, from the templates that ship."""
    named = environment(**target)
    section = MonitoringTarget.model_validate({"host": "sensu.example", "calipso_url": URL, **target})
    found = chosen(TEMPLATES, named, section.type)
    return render(named, section, found, Surroundings(inventory, links, cliques))


def checks_of(configuration: Configuration) -> dict[str, Document]:
    """Return the rendered checks: name -> config."""
    return {
        name: document["config"]
        for name, document in configuration.documents.items()
        if document["type"] == CHECK
    }
