# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the hosts of a cloud from OpenStack itself: what a first scan asks."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.calipso.topology.plugins.module_utils.openstack_cloud import IMPORT_ERROR, CloudError
from ansible_collections.calipso.topology.plugins.module_utils.openstack_collect import Sought, gather
from ansible_collections.calipso.topology.plugins.module_utils.openstack_kinds import LISTINGS
from ansible_collections.calipso.topology.plugins.module_utils.openstack_recording import RecordingError

from .inventory_known import Known, SourceError

KINDS = frozenset({"agent", "aggregate", "compute_service", "hypervisor"})
"""The rows that tell of hosts."""

_WORKERS = 8
_PAGE = 1_000


@dataclass(frozen=True)
class Cloud:
    """Which cloud is read, as module openstack_facts has it. None: as clouds.yaml and the environment say."""

    cloud: str | None
    regions: Sequence[str]
    recording: str | None
    validate_certs: bool | None
    ca_cert: str | None
    timeout: int


def read_cloud(wanted: Cloud, environment: str | None) -> Known:
    """Return the hosts of a cloud. Raises `SourceError`.

    `environment`: what the cloud is called in Calipso; None: the hosts bear no environment.
    """
    if IMPORT_ERROR:
        raise _missing("openstacksdk")
    try:
        from ansible_collections.calipso.topology.calipso.build import build_topology
        from ansible_collections.calipso.topology.calipso.model.environment import Environment
        from ansible_collections.calipso.topology.calipso.model.source import Facts
    except ImportError as problem:
        raise _missing(str(problem.name)) from None
    facts = _gathered(wanted)
    topology = build_topology(Environment(environment or facts["cloud"]), Facts(rows=facts["rows"]))
    found = {
        type_: [
            {**each, "environment": environment or ""} for each in topology.inventory if each["type"] == type_
        ]
        for type_ in ("host", "aggregate")
    }
    gaps = [f"OpenStack did not tell {gap['part']}: {gap['detail']}" for gap in facts["gaps"]]
    if not found["host"]:
        raise SourceError("; ".join(["OpenStack names no hosts", *gaps]))
    return Known(
        environments={environment or "": {"mechanism_drivers": list(topology.drivers["mechanism_drivers"])}},
        hosts=found["host"],
        aggregates=found["aggregate"],
        warnings=gaps,
    )


def _gathered(wanted: Cloud) -> dict:
    options = {
        "cloud": wanted.cloud,
        "auth": None,
        "auth_type": None,
        "regions": list(wanted.regions),
        "interface": None,
        "ca_cert": wanted.ca_cert,
        "validate_certs": wanted.validate_certs,
        "timeout": wanted.timeout,
        "workers": _WORKERS,
        "page_size": _PAGE,
        "record_to": None,
        "recording": wanted.recording,
    }
    before = logging.root.manager.disable
    logging.disable()  # the SDK quotes clouds.yaml, secrets and all, where it cannot read it
    try:
        return gather(options, [Sought(listing) for listing in LISTINGS if listing.kind in KINDS])
    except (CloudError, RecordingError) as error:
        raise SourceError(str(error), unavailable=True) from None
    finally:
        logging.disable(before)


def _missing(package: str) -> SourceError:
    return SourceError(
        f"source: openstack needs the Python package {package} beside Ansible: "
        f"install it with `{sys.executable} -m pip install {package}`"
    )
