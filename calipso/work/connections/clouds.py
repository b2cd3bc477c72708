"""clouds.yaml: the clouds that openstacksdk is told of there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .result import StepError

if TYPE_CHECKING:
    from openstack.config.cloud_region import CloudRegion

_INSTEAD = (
    "put clouds.yaml where the worker is started, into ~/.config/openstack or /etc/openstack, or name it in "
    "OS_CLIENT_CONFIG_FILE"
)


def cloud_region(cloud: str, variables: Mapping[str, str]) -> CloudRegion:
    """Return a cloud's settings, by what clouds.yaml says and no environment variables. Raises StepError."""
    from keystoneauth1.exceptions import ClientException
    from openstack.config import loader
    from openstack.exceptions import ConfigException
    from yaml import YAMLError

    named = variables.get("OS_CLIENT_CONFIG_FILE")
    secure = variables.get("OS_CLIENT_SECURE_FILE")
    try:
        known = loader.OpenStackConfig(
            config_files=[*([named] if named else []), *loader.CONFIG_FILES],
            secure_files=[*([secure] if secure else []), *loader.SECURE_FILES],
            load_envvars=False,
            app_name="calipso",
        )
        names = sorted(set(known.get_cloud_names()) - {"defaults"})
        if cloud in names:
            return known.get_one(cloud=cloud)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise StepError(f"clouds.yaml{where} is no YAML", "mend clouds.yaml: it cannot be read") from None
    except (ConfigException, ClientException, OSError) as error:
        raise StepError(
            f"the settings of cloud {cloud!r} cannot be used: {error}",
            "clouds.yaml lacks something, or has what openstacksdk does not know: mend it",
        ) from None
    instead = f"name one that {known.config_filename} has: {', '.join(names)}"
    nothing = f"there is no clouds.yaml that is YAML and has clouds in it: {_INSTEAD}"
    raise StepError(f"clouds.yaml has no cloud {cloud!r}", instead if names else nothing)


def password_of(cloud: str, variables: Mapping[str, str]) -> str:
    """Return the password of a cloud of clouds.yaml. Raises StepError."""
    found = cloud_region(cloud, variables).config.get("auth", {}).get("password")
    if not found:
        raise StepError(
            f"cloud {cloud!r} of clouds.yaml has no password",
            f"write the password into clouds.yaml, or have secret_in name another place than cloud {cloud}",
        )
    return str(found)
