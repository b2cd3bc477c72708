"""The OpenStack APIs: Keystone lets us in, and each service that a scan asks answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...model.targets import OpenStackTarget
from .clouds import cloud_region
from .network import TIMEOUT_S, Server, reach, speaks_tls, trust, wants_tls
from .result import Step, StepError, Trial
from .secret import Means

if TYPE_CHECKING:
    from openstack.config.cloud_region import CloudRegion

_QUESTIONS = {
    "identity": "/regions",
    "compute": "/servers/detail?all_tenants=1&limit=1",
    "network": "/networks?limit=1",
}
"""The services that a scan asks, and a small question of those that it asks."""

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 401, 403, 404
_SERVERS_FAULT = 500

_MALFORMED = (AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What openstacksdk raises on JSON that no OpenStack would send."""


def try_openstack(section: OpenStackTarget, environment: str, means: Means, trial: Trial) -> None:
    """Try a cloud; every endpoint is tried, also where another one fails. Raises StepError."""
    del environment
    with trial.step("settings") as say:
        region = cloud_region(section.cloud, means.variables)
        auth = region.config.get("auth") or {}
        url = str(auth.get("auth_url") or "")
        server = _server(url, region)
        if trial.hide(str(auth.get("password") or auth.get("application_credential_secret") or "")) == "":
            raise StepError(
                f"cloud {section.cloud!r} of clouds.yaml has no password and no application credential",
                f"write the credentials of cloud {section.cloud} into clouds.yaml",
            )
        say(f"cloud {section.cloud} of clouds.yaml, Keystone at {url}")
    reach(server, trial).close()
    with trial.step("login") as say:
        try:
            catalogue = _log_in(region, url)
        except StepError:
            if server.tls is None and speaks_tls(server):
                raise wants_tls(server) from None
            raise
        say(f"Keystone at {url} lets {auth.get('username') or 'the application credential'} in")
    _try_endpoints(region, catalogue, trial)


def _server(url: str, region: CloudRegion) -> Server:
    """Return where a URL leads to, and how its certificate is checked."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StepError(
            f"{url!r} is no URL of a service", "it must be like https://keystone.example.org:5000/v3: mend it"
        )
    if parts.scheme == "http":
        return Server(parts.hostname, port, setting=None)
    verify, _certificates = region.get_requests_verify_args()
    authorities = verify if isinstance(verify, str) else None
    return Server(parts.hostname, port, trust(authorities, verify=bool(verify)), None)


def _log_in(region: CloudRegion, url: str) -> Any:
    """Return the catalogue of the services."""
    from keystoneauth1 import exceptions
    from keystoneauth1.identity.base import BaseIdentityPlugin

    session = region.get_session()
    session.timeout = TIMEOUT_S
    if not isinstance(session.auth, BaseIdentityPlugin):
        raise StepError(
            f"auth_type {region.config.get('auth_type')!r} does not ask Keystone",
            "the cloud's services are told by Keystone: use credentials of Keystone in clouds.yaml",
        )
    try:
        access = session.auth.get_access(session)
    except exceptions.Unauthorized:
        raise StepError(
            f"Keystone at {url} refuses these credentials (HTTP 401)",
            "wrong password, user, project or one of their domains in clouds.yaml; Keystone does not tell "
            "which",
        ) from None
    except exceptions.HttpError as error:
        raise StepError(
            f"Keystone at {url} answers with HTTP {error.http_status}: {error.message}",
            "Keystone itself is in trouble: see its log"
            if error.http_status >= _SERVERS_FAULT
            else f"check auth_url in clouds.yaml (it is {url}), and project and domains",
        ) from None
    except (exceptions.ClientException, *_MALFORMED) as error:
        raise StepError(
            f"what answers at {url} does not speak as Keystone does: {error}",
            f"no Keystone answers at {url}: check auth_url in clouds.yaml, its port and its path (/v3)",
        ) from None
    if not access.has_service_catalog():
        raise StepError(
            "the credentials are not scoped to a project",
            "Keystone names no services to who is in no project: add project_name and project_domain_name to "
            "the cloud in clouds.yaml",
        )
    return access.service_catalog


def _try_endpoints(region: CloudRegion, catalogue: Any, trial: Trial) -> None:
    from openstack.config.cloud_region import CloudRegion

    causes = []
    for service in _QUESTIONS:
        found = catalogue.get_endpoints_data(
            service_type=service,
            interface=region.get_interface(service),
            region_name=region.config.get("region_name") or None,
        )
        endpoints = [endpoint for each in found.values() for endpoint in each]
        if not endpoints:
            causes.append(f"Keystone's catalogue has no endpoint of {service} for this cloud's settings")
            trial.steps.append(Step(service, False, "the catalogue has no endpoint of it"))
        for endpoint in endpoints:
            place = CloudRegion(
                name=region.name,
                region_name=endpoint.region_name,
                config=region.config,
                session=region.get_session(),
            )
            try:
                _try_endpoint(service, endpoint.url, place, trial)
            except StepError as fault:
                causes.append(f"{service} in {endpoint.region_name}: {fault.cause}")
    if causes:
        raise StepError(f"{len(causes)} services do not work", "; ".join(causes))


def _try_endpoint(service: str, url: str, region: CloudRegion, trial: Trial) -> None:
    """Ask a service something, over a way that is tried step by step if it does not answer."""
    from keystoneauth1 import exceptions
    from openstack.connection import Connection
    from openstack.exceptions import SDKException

    where = f"{service} in {region.region_name}"
    with trial.step(where) as say:
        _probe(_server(url, region), url)
        try:
            answer = getattr(Connection(config=region), service).get(_QUESTIONS[service])
            status = int(answer.status_code)
        except exceptions.HttpError as error:
            status = error.http_status
        except (exceptions.ClientException, SDKException, *_MALFORMED) as error:
            raise StepError(
                f"{url} does not answer as {service} does: {error}",
                f"what answers at {url} is no {service}: check its endpoint in Keystone's catalogue",
            ) from None
        if status in (_UNAUTHORIZED, _FORBIDDEN):
            raise StepError(
                f"{url} does not allow GET {_QUESTIONS[service]} (HTTP {status})",
                "the user may not see all that a scan asks for: give it the role admin, or reader where the "
                "cloud's policy lets it list everything"
                if status == _FORBIDDEN
                else f"{service} does not take Keystone's tokens: see its log (keystone_authtoken, clocks)",
            )
        if status >= _NOT_FOUND:
            raise StepError(
                f"{url} answers GET {_QUESTIONS[service]} with HTTP {status}",
                f"{service} itself is in trouble: see its log"
                if status >= _SERVERS_FAULT
                else f"check the endpoint of {service} in Keystone's catalogue: it is {url}",
            )
        say(f"{url} answers GET {_QUESTIONS[service]}")


def _probe(server: Server, url: str) -> None:
    """Raise the fault of the first thing that is wrong on the way to an endpoint."""
    way = Trial()
    try:
        reach(server, way).close()
    except StepError as fault:
        raise StepError(
            f"{url}: {way.steps[-1].step}: {fault.text}",
            f"{fault.cause}. The address comes from Keystone's catalogue: {url}",
        ) from None
