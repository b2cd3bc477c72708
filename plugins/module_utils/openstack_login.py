# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Logs in to an OpenStack cloud, and says in one sentence why it cannot."""

from __future__ import annotations

import functools
from typing import Any
from urllib.parse import urlsplit

from .openstack_cloud import MALFORMED, Cloud, CloudError
from .patient_http import http_session, network_cause
from .scrubbing import scrub_text


def open_cloud(options: dict, transport: Any) -> Cloud:
    """Log in over `transport`, as the module's `options` say, and return the cloud, or raise `CloudError`."""
    config = _configuration(options, transport)
    auth_url = scrub_text(str(config.config.get("auth", {}).get("auth_url")))
    access = _access(config, auth_url)
    try:
        if not access.has_service_catalog():
            raise CloudError(
                "The credentials are not scoped to a project, so Keystone names no services:"
                " add project_name (with project_domain_name) or project_id."
            )
        unnamed = config.name in ("defaults", "envvars")
        name = (urlsplit(auth_url).hostname or auth_url) if unnamed else config.name
        return Cloud(name, config, access, options["regions"], options["page_size"], replayed=False)
    except MALFORMED as error:
        raise CloudError(_no_keystone(auth_url)) from error


def _configuration(options: dict, transport: Any) -> Any:
    """The SDK's configuration of the cloud that the options, the environment and clouds.yaml name."""
    from keystoneauth1 import exceptions
    from keystoneauth1.session import Session
    from openstack.config.loader import OpenStackConfig
    from openstack.exceptions import ConfigException
    from yaml import YAMLError

    auth = {name: value for name, value in (options["auth"] or {}).items() if value is not None}
    own = bool(auth) and not options["cloud"]
    try:
        loader = OpenStackConfig(
            session_constructor=functools.partial(Session, session=http_session(transport)),
            app_name="calipso",
            load_yaml_config=not own,
            load_envvars=not own,
        )
        if not own:
            _check_known(options["cloud"], loader)
        return loader.get_one(
            cloud=options["cloud"],
            auth=auth or None,
            auth_type=options["auth_type"],
            interface=options["interface"],
            verify=options["validate_certs"],
            cacert=options["ca_cert"],
            api_timeout=options["timeout"],
        )
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{mark.name}, line {mark.line + 1}," if mark else "clouds.yaml"
        raise CloudError(f"{where} is not YAML: mend it.") from None
    except exceptions.MissingRequiredOptions as error:
        missing = ", ".join(option.dest for option in error.options)
        raise CloudError(f"{_whose(options)} lack {missing}: add it.") from error
    except (ConfigException, exceptions.AuthPluginException) as error:
        raise CloudError(f"{_whose(options)} cannot be used: {scrub_text(str(error))}") from error
    except (*MALFORMED, OSError) as error:
        raise CloudError(
            f"{_whose(options)} cannot be used ({type(error).__name__}): clouds.yaml or `auth` does not"
            " have the form that openstacksdk documents."
        ) from error


def _whose(options: dict) -> str:
    return f"The settings of cloud {options['cloud']!r}" if options["cloud"] else "The settings of the cloud"


def _check_known(cloud: str | None, loader: Any) -> None:
    name = cloud or loader.default_cloud
    known = sorted(set(loader.get_cloud_names()) - {"defaults"})
    if name in known:
        return
    if not known:
        raise CloudError(
            "There is no clouds.yaml that can be read: put one, in good YAML, into the current directory,"
            " ~/.config/openstack or /etc/openstack, or name it in OS_CLIENT_CONFIG_FILE; or set OS_AUTH_URL"
            " and so on, or `auth`."
        )
    choice = f"choose from {', '.join(known)}"
    if name is None:
        raise CloudError(f"No cloud is named: set `cloud` or OS_CLOUD, and {choice}.")
    raise CloudError(
        f"Cloud {name!r} is not known: {choice} (of {loader.config_filename or 'the environment'})."
    )


def _access(config: Any, auth_url: str) -> Any:
    from keystoneauth1 import exceptions
    from keystoneauth1.identity.base import BaseIdentityPlugin

    session = config.get_session()
    if not isinstance(session.auth, BaseIdentityPlugin):
        raise CloudError(
            f"auth_type {config.config.get('auth_type')!r} does not ask Keystone, so the cloud's services are"
            " not known: use credentials of Keystone."
        )
    try:
        return session.auth.get_access(session)
    except exceptions.Unauthorized as error:
        raise CloudError(
            f"Keystone at {auth_url} refuses these credentials (HTTP 401): check user, password, project and"
            " their domains."
        ) from error
    except (exceptions.ConnectionError, exceptions.DiscoveryFailure, exceptions.NotFound, OSError) as error:
        raise CloudError(_unreachable(auth_url, str(error))) from error
    except exceptions.HttpError as error:
        raise CloudError(
            f"Keystone at {auth_url} answered: {scrub_text(str(error.message))}. Check project and domains of"
            " the credentials, and Keystone's log."
        ) from error
    except (exceptions.InvalidResponse, *MALFORMED) as error:
        raise CloudError(_no_keystone(auth_url)) from error
    except exceptions.ClientException as error:
        raise CloudError(
            f"Cannot log in at {auth_url}: {scrub_text(str(error))} Check the credentials."
        ) from error


def _no_keystone(auth_url: str) -> str:
    return f"What answers at {auth_url} does not speak as Keystone does: check auth_url."


def _unreachable(auth_url: str, text: str) -> str:
    cause = network_cause(text)
    if cause is None:
        return _no_keystone(auth_url)
    if "SSL" in text or "TLS" in text:
        return (
            f"TLS with Keystone at {auth_url} failed ({cause}): check auth_url, and set ca_cert (`cacert` in"
            " clouds.yaml) to the certificate of the authority that signs the cloud's."
        )
    return f"Keystone at {auth_url} cannot be reached ({cause}): check auth_url, names and network."
