# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""An OpenStack cloud that is open for reading: its regions, their services, one session for all."""

from __future__ import annotations

import re
import traceback
from typing import Any, Iterable

from .openstack_kinds import COMPUTE, COMPUTE_MICROVERSION, IDENTITY, NETWORK
from .openstack_recording import Replayer
from .patient_http import http_session
from .scrubbing import scrub

try:
    from openstack import utils
    from openstack.config.cloud_region import CloudRegion, from_session
    from openstack.connection import Connection

    IMPORT_ERROR = None
except ImportError:
    IMPORT_ERROR = traceback.format_exc()

MALFORMED = (AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What the SDK raises on JSON that no OpenStack would send."""

_SERVICE_SETTING = re.compile(r"(^|_)(interface|api_version|endpoint_override|service_type|service_name)$")


class CloudError(Exception):
    """A cloud that cannot be read at all; the text says why and what to do, and holds no secret."""


class Cloud:
    """An authenticated session, with the regions that it is to read.

    name: what people call it
    config: the SDK's `CloudRegion`, whose session and settings all regions share
    access: what Keystone said about the token
    regions: those wanted; none for all that have a compute or a network endpoint
    """

    def __init__(
        self, name: str, config: Any, access: Any, regions: list[str], page_size: int, replayed: bool
    ) -> None:
        self.name = name
        self._config = config
        self.page_size = page_size
        self.replayed = replayed
        self.project = access.project_name or access.project_id
        self.regions = _chosen(regions, self._regions_with(access, COMPUTE, NETWORK), config.get_interface())
        self._home = next(iter(sorted(self._regions_with(access, IDENTITY))), None)
        self._connections = {
            region: Connection(
                config=CloudRegion(
                    name=config.name, region_name=region, config=config.config, session=config.get_session()
                )
            )
            for region in {self._home, *self.regions}
        }
        self._microversions: dict[str | None, str] = {}

    def _regions_with(self, access: Any, *services: str) -> set[str]:
        """The regions in which the catalogue has an endpoint of one of `services`."""
        endpoints: Iterable[Any] = (
            endpoint
            for service in services
            for found in access.service_catalog.get_endpoints_data(
                service_type=service, interface=self._config.get_interface()
            ).values()
            for endpoint in found
        )
        return {endpoint.region_name for endpoint in endpoints if isinstance(endpoint.region_name, str)}

    def find(self, service: str, region: str | None) -> None:
        """Find `service`, so that those who ask it at once need not; raise what the SDK raises."""
        proxy = self._proxy(service, region)
        if service == COMPUTE:
            version = utils.maximum_supported_microversion(proxy, COMPUTE_MICROVERSION)
            self._microversions[region] = version or COMPUTE_MICROVERSION

    def get(self, service: str, region: str | None, path: str, **query: Any) -> Any:
        """Return the response to a GET of `path`, or raise what the SDK raises where there is none.

        `region` is None for Keystone.
        """
        version = self._microversions.get(region, COMPUTE_MICROVERSION) if service == COMPUTE else None
        return self._proxy(service, region).get(path, params=query, microversion=version, skip_cache=True)

    def _proxy(self, service: str, region: str | None) -> Any:
        return getattr(self._connections[region or self._home], service)

    def settings(self) -> dict:
        """What requests depend on besides the cloud; kept in a recording: its replay asks the same."""
        config = {
            name: value
            for name, value in self._config.config.items()
            if _SERVICE_SETTING.search(name) and isinstance(value, (str, int, list))
        }
        config["identity_endpoint_override"] = self._config.get_endpoint(IDENTITY)
        return scrub(
            {"name": self.name, "config": config, "page_size": self.page_size, "regions": self.regions}
        )


def _chosen(wanted: list[str], present: set[str], interface: Any) -> list[str]:
    if not present:
        raise CloudError(
            "The cloud's catalogue has no region with a compute or a network endpoint of interface"
            f" {interface!r}: check `interface`, and that the credentials are scoped to a project."
        )
    unknown = sorted(set(wanted) - present)
    if unknown:
        raise CloudError(
            f"The cloud has no region {', '.join(unknown)}: choose from {', '.join(sorted(present))}."
        )
    return sorted(set(wanted) or present)


def open_recording(replayer: Replayer, regions: list[str]) -> Cloud:
    """Return the cloud that `replayer` recorded, restricted to `regions` if there are any."""
    from keystoneauth1 import access
    from keystoneauth1.identity.access import AccessInfoPlugin
    from keystoneauth1.session import Session

    try:
        token = access.create(body=replayer.token, auth_token="recording")  # noqa: S106
        session = Session(auth=AccessInfoPlugin(token), session=http_session(replayer))
        settings = replayer.cloud
        config = from_session(session, name="recording", **settings["config"])
        wanted = regions or settings["regions"]
        return Cloud(settings["name"], config, token, wanted, int(settings["page_size"]), replayed=True)
    except MALFORMED as error:
        raise CloudError(
            f"The recording of an OpenStack cloud is damaged ({type(error).__name__}): record it again."
        ) from error
