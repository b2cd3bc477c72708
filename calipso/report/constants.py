"""The words that there are, by what they are for: all taken from where they are declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, get_args

from ..model.configuration import EnvironmentType, EnvType
from ..model.kind import folder_type
from ..model.monitoring import Provision
from ..model.requests import FREQUENCIES, LOG_LEVELS, SCAN_STATUSES, TEST_STATUSES
from ..model.targets import TARGETS, MonitoringType
from ..model.topology import Level
from .graph import STATES

if TYPE_CHECKING:
    from ..build.registry import Registry

OPERATIONAL = ("stopped", "running", "error")
SIDES = ("client", "server")
SOURCE_SYSTEMS = ("OpenStack", "Calipso", "Sensu")


def constants(registry: Registry) -> dict[str, Mapping[str, str]]:
    """Return each list of words by its name: word to label."""
    kinds = {kind.type: kind.label for kind in registry.kinds.values()}
    folders = {
        folder_type(label): label
        for kind in registry.kinds.values()
        for label in filter(None, (kind.folder, *kind.subfolders.values()))
    }
    linked = {end for each in registry.link_types.values() for end in (each.source, each.target)}
    return {
        "configuration_targets": _same(TARGETS),
        "connection_test_statuses": _same(TEST_STATUSES),
        "distribution_versions": _same(
            version for row in registry.supported for version in row.distribution_version
        ),
        "distributions": _same(row.distribution for row in registry.supported),
        "env_types": _same(get_args(EnvType)),
        "environment_monitoring_types": _same(get_args(MonitoringType)),
        "environment_operational_status": _same(OPERATIONAL),
        "environment_provision_types": _same(get_args(Provision)),
        "environment_types": _same(get_args(EnvironmentType)),
        "link_states": _same(STATES),
        "link_types": _same(registry.link_types),
        "log_levels": _same(LOG_LEVELS),
        "mechanism_drivers": _same(driver for row in registry.supported for driver in row.mechanism_drivers),
        "message_source_systems": _same(SOURCE_SYSTEMS),
        "messages_severity": _same(get_args(Level)),
        "monitoring_sides": _same(SIDES),
        "object_types": kinds | folders,
        "object_types_for_links": {name: label for name, label in kinds.items() if name in linked},
        "scan_object_types": kinds,
        "scans_statuses": _same(SCAN_STATUSES),
        "schedule_frequencies": _same(FREQUENCIES),
        "type_drivers": _same(driver for row in registry.supported for driver in row.type_drivers),
    }


def _same(words: Iterable[str]) -> dict[str, str]:
    return {word: word for word in words}
