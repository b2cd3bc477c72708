"""The hosts of a cloud that TripleO installed, as an inventory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import yaml

from .clouds_file import read_yaml, write_whole
from .overcloudrc import OvercloudError

HOSTS = "calipso_hosts"
"""The group of the hosts that a scan asks."""

OVERCLOUDS = ("allovercloud", "overcloud")
"""TripleO's groups of all hosts of the cloud, the newer name first."""

CONTROL_PLANE = "ctlplane"
"""The undercloud's network in which it reaches the hosts."""

_CONNECTION = (
    "ansible_host",
    "ansible_port",
    "ansible_user",
    "ansible_ssh_user",
    "ansible_ssh_private_key_file",
    "ansible_ssh_common_args",
    "ansible_python_interpreter",
)
"""Variables by which Ansible reaches a host; no password is among them."""

_COMPLAINT = re.compile("with 'yaml' plugin: (.+)")


def write_hosts(
    path: Path, inventory: Mapping[str, Any], *, replace: bool, check: bool = False
) -> tuple[list[str], bool]:
    """Write the cloud's hosts as an inventory; return their names, and whether the file was another.

    `inventory` is what `ansible-inventory --list` prints of TripleO's inventory. Raises OvercloudError: it
    has no hosts, or the file is not one that this wrote and `replace` is false.
    """
    variables = inventory.get("_meta", {}).get("hostvars", {})
    group = next((name for name in OVERCLOUDS if name in inventory), None)
    names = sorted(set(_hosts(inventory, group))) if group else []
    if not names:
        raise OvercloudError(f"the inventory has no host in a group {' or '.join(OVERCLOUDS)}")
    hosts = {
        name: {key: variables.get(name, {})[key] for key in _CONNECTION if key in variables.get(name, {})}
        for name in names
    }
    text = yaml.safe_dump({HOSTS: {"hosts": hosts}}, sort_keys=False)
    before = path.read_text("utf-8", errors="replace") if path.is_file() else None
    if before == text:
        return names, False
    if before and not replace and not _is_ours(before):
        raise OvercloudError(
            f"{path} has more than the hosts of a scan: have it replaced, or choose another file for them"
        )
    if not check:
        write_whole(path, text, mode=0o644)
    return names, True


def listed(path: Path) -> dict[str, Any]:
    """Return what `ansible-inventory --list` prints of TripleO's inventory. Raises OvercloudError.

    The file is what `tripleo-ansible-inventory` writes, or what it prints as a dynamic inventory. It is
    read and never run, whether it is executable or not.
    """
    groups = _static(read_yaml(path))
    with NamedTemporaryFile("w", encoding="utf-8", suffix=".yml") as file:
        yaml.safe_dump(groups, file)
        file.flush()
        command = [sys.executable, "-m", "ansible", "inventory", "-i", file.name, "--list"]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "ANSIBLE_INVENTORY_ENABLED": "yaml", "ANSIBLE_INVENTORY_UNPARSED_FAILED": "1"},
        )
    if done.returncode:
        said = _COMPLAINT.search(done.stderr)
        raise OvercloudError(
            f"{path} is no inventory for Ansible: {said[1] if said else 'it cannot be parsed'}"
        )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def of_undercloud(cloud: Mapping[str, Any], user: str) -> dict[str, Any]:
    """Return the servers of the undercloud's Nova, as `ansible-inventory --list` would list them.

    `cloud` is an entry of clouds.yaml. Raises OvercloudError.
    """
    import openstack
    from keystoneauth1.exceptions import ClientException
    from openstack.exceptions import SDKException

    try:
        with openstack.connect(load_yaml_config=False, load_envvars=False, **cloud) as connection:
            servers = {
                server.name: address["addr"]
                for server in connection.compute.servers()
                for address in (server.addresses or {}).get(CONTROL_PLANE, [])[:1]
            }
    except (ClientException, SDKException) as error:
        raise OvercloudError(
            f"the undercloud's servers cannot be listed: {error}; give the cloud's inventory instead, which "
            "tripleo-ansible-inventory writes"
        ) from None
    if not servers:
        raise OvercloudError(
            f"the undercloud's Nova has no server with an address in network {CONTROL_PLANE}"
        )
    variables = {name: {"ansible_host": address, "ansible_user": user} for name, address in servers.items()}
    return {OVERCLOUDS[0]: {"hosts": list(servers)}, "_meta": {"hostvars": variables}}


def _is_ours(text: str) -> bool:
    """Say whether an inventory has nothing but what `write_hosts` writes."""
    try:
        groups = yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    hosts = groups.get(HOSTS) if isinstance(groups, dict) and len(groups) == 1 else None
    return isinstance(hosts, dict) and list(hosts) == ["hosts"]


def _static(groups: Any) -> Any:
    """Return the groups of a dynamic inventory as a file has them: hosts bear their variables themselves."""
    if not isinstance(groups, dict):
        return groups
    meta = groups.get("_meta") or {}
    variables = (meta.get("hostvars") if isinstance(meta, dict) else None) or {}
    found = {
        name: dict(group) for name, group in groups.items() if isinstance(group, dict) and name != "_meta"
    }
    for group in found.values():
        if isinstance(group.get("hosts"), list):
            group["hosts"] = {host: variables.get(host, {}) for host in group["hosts"]}
        if isinstance(group.get("children"), list):
            group["children"] = {child: {} for child in group["children"]}
    return found


def _hosts(inventory: Mapping[str, Any], group: str) -> Iterator[str]:
    found = inventory.get(group) or {}
    yield from found.get("hosts", ())
    for child in found.get("children", ()):
        yield from _hosts(inventory, child)
