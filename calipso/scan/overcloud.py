"""An environment of a cloud that TripleO or Apex installed, from the files that they leave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .clouds_file import add_cloud
from .overcloudrc import cloud_of, read_rc
from .tripleo import HOSTS, listed, of_undercloud, write_hosts

CLOUD = "overcloud"
"""What TripleO itself calls the cloud."""

VERSIONS = {"Apex": "Euphrates"}
"""The version of a distribution, where none is given."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was written: the cloud's entry, and the hosts (None: the inventory was not asked for)."""

    is_new_cloud: bool
    hosts: list[str] | None
    are_new_hosts: bool


@dataclass(frozen=True, slots=True)
class Overcloud:
    """The files: `rc`, the cloud's; `inventory`, TripleO's, or `stackrc`, the undercloud's, for the hosts.

    `clouds` and `hosts` are written; `cloud` is the cloud's name in the first. Another cloud of that name is
    refused unless `replace`, as is a file of hosts with anything else in it. `user` logs in at the hosts,
    where only `stackrc` tells of them.
    """

    rc: Path
    clouds: Path
    hosts: Path
    cloud: str = CLOUD
    replace: bool = False
    inventory: Path | None = None
    stackrc: Path | None = None
    user: str = "heat-admin"

    def write(self, *, check: bool = False) -> Made:
        """Write clouds.yaml and the hosts' inventory, unless `check`. Raises OvercloudError."""
        cloud = cloud_of(read_rc(self.rc))
        found = None
        if self.inventory:
            found = listed(self.inventory)
        elif self.stackrc:
            found = of_undercloud(cloud_of(read_rc(self.stackrc)), self.user)
        names, are_new = None, False
        for only_checks in (True,) if check else (True, False):
            if found:
                names, are_new = write_hosts(self.hosts, found, replace=self.replace, check=only_checks)
            is_new = add_cloud(self.clouds, self.cloud, cloud, replace=self.replace, check=only_checks)
        return Made(is_new, names, are_new)

    def fields(self, distribution: str, version: str | None) -> dict[str, Any]:
        """Return the environment's fields."""
        return {
            "distribution": distribution,
            "distribution_version": version or VERSIONS.get(distribution),
            "configuration": {"OpenStack": {"cloud": self.cloud}, "CLI": {"hosts": HOSTS}},
        }
