# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: calipso
short_description: The hosts of OpenStack clouds, and their instances, as Calipso knows them
version_added: 0.1.0
author: Contributors to the Calipso project (@calipso)
description:
  - Asks Calipso's API for the hosts of environments, with all that is known of them as variables, in groups.
    Instances may be hosts of the inventory, too.
  - What a change of some object touches is a group of its own, with O(affected_by).
  - Before a first scan it asks OpenStack itself for the hosts, with O(source=openstack).
  - Its configuration is a file whose name ends with C(calipso.yml), C(calipso.yaml), C(openstack.yml) or
    C(openstack.yaml).
  - Hosts are in group C(calipso_hosts), which is what scans ask; instances are in C(calipso_instances). Both
    are in C(environment_NAME), C(region_NAME), C(zone_NAME), C(status_ok), C(status_warning),
    C(status_error) or C(status_unknown), and C(fresh) or C(stale). Hosts are also in C(aggregate_NAME),
    C(host_type_NAME) and C(mechanism_driver_NAME). What is no letter, digit or underscore in a name becomes
    an underscore.
  - Variables are the attributes of objects, with C(calipso_) before their names, and C(ansible_host) where an
    address is known.
  - If several objects have the same name, each of them gets its environment before its name, and what still
    has not a name of its own gets its id instead. An instance never takes a host's name, or a group's.
extends_documentation_fragment:
  - constructed
  - inventory_cache
options:
  plugin:
    description: This plugin's name.
    type: str
    required: true
    choices: [calipso.topology.calipso]
  source:
    description:
      - V(calipso) is Calipso's API, and knows what was scanned.
      - V(openstack) is an OpenStack cloud, and knows which hosts there are; it needs C(openstacksdk).
    type: str
    choices: [calipso, openstack]
    default: calipso
  url:
    description: Where Calipso's API answers. It alone decides which set of collections is read.
    type: str
    default: http://127.0.0.1:8000
    env:
      - name: CALIPSO_URL
  token:
    description: A token of Calipso's. C(calipso user token) makes one that lasts.
    type: str
    env:
      - name: CALIPSO_TOKEN
  user:
    description: Who logs in, where there is no token.
    type: str
    env:
      - name: CALIPSO_USER
  password:
    description: That user's password.
    type: str
    env:
      - name: CALIPSO_PASSWORD
  validate_certs:
    description:
      - Whether to check the certificate of the API or the cloud. Without it the API's is checked, and the
        cloud's as C(clouds.yaml) says.
    type: bool
    env:
      - name: CALIPSO_VALIDATE_CERTS
  ca_cert:
    description: Path of the certificate of the authority that signs it.
    type: path
    env:
      - name: CALIPSO_CA_CERT
  timeout:
    description: Seconds that a request may take.
    type: int
    default: 60
  environments:
    description:
      - The environments that are read; none means all that one may see.
      - With O(source=openstack), what the cloud is called in Calipso, if it has a name there; at most one.
    type: list
    elements: str
    default: []
    env:
      - name: CALIPSO_ENVIRONMENTS
  generation:
    description:
      - Read this state, given by a generation's number or a snapshot's name, and not the newest one.
    type: str
  hostnames:
    description:
      - How hosts and instances are called. Each is an attribute, or a text with attributes in braces, such as
        C({environment}-{name}). The first counts for which an object has a value.
    type: list
    elements: str
    default: [inventory_hostname, name]
  host_types:
    description: Only hosts of these types, such as V(Compute), V(Network) and V(Controller); none means all.
    type: list
    elements: str
    default: []
  filters:
    description:
      - Only hosts whose attributes have these values. An attribute that is a list contains it; of a list of
        values one is enough. C(OS.name) is an attribute within another.
    type: dict
    default: {}
  instances:
    description:
      - Whether instances are in the inventory, too. Those that O(affected_by) finds are, in any case.
    type: bool
    default: false
  instance_filters:
    description: Only instances whose attributes have these values, as with O(filters).
    type: dict
    default: {}
  instance_addresses:
    description: Which sort of address is C(ansible_host) of an instance, the preferred one first.
    type: list
    elements: str
    choices: [floating, fixed]
    default: [floating, fixed]
  instance_network:
    description: Only addresses in networks with such names count, which is a shell pattern such as V(mgmt-*).
    type: str
  affected_by:
    description:
      - Ids of objects, or C(ENVIRONMENT:ID). For each there is a group C(affected_by_ID) of all hosts and
        instances in the cliques around it.
    type: list
    elements: str
    default: []
    env:
      - name: CALIPSO_AFFECTED_BY
  use_stale_cache:
    description:
      - If the source does not answer, take what the cache has, however old it is, with a warning.
      - Needs O(cache), and a cache plugin that keeps what has expired, such as C(ansible.builtin.jsonfile).
    type: bool
    default: false
  cloud:
    description:
      - Name of the cloud in C(clouds.yaml), with O(source=openstack).
      - Otherwise E(OS_CLOUD) decides, and the like.
    type: str
  regions:
    description: Only these regions, with O(source=openstack).
    type: list
    elements: str
    default: []
  recording:
    description: Folder of a recording to read instead of a cloud, with O(source=openstack).
    type: path
notes:
  - Options of this plugin may be templates, such as lookups of passwords.
  - By default Ansible goes on without an inventory that failed. E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED)
    makes that an error.
seealso:
  - module: calipso.topology.openstack_facts
"""

EXAMPLES = r"""
# All hosts that you may see: calipso.yml, with CALIPSO_URL and CALIPSO_TOKEN
plugin: calipso.topology.calipso

---
# Compute hosts of one environment and its project's instances, by their floating addresses; an hour's cache
plugin: calipso.topology.calipso
url: https://calipso.example.com
token: "{{ lookup('ansible.builtin.file', '~/.config/calipso/token') }}"
environments: [production]
host_types: [Compute]
instances: true
instance_filters:
  project: blue
  state: ACTIVE
instance_addresses: [floating]
keyed_groups:
  - key: calipso_project
    prefix: project
compose:
  ansible_user: "'debian' if calipso_type == 'instance' else 'root'"
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/calipso
use_stale_cache: true

---
# What a change of this switch touches: ansible-playbook -i calipso.yml -e switch=leaf-1 drain.yml
plugin: calipso.topology.calipso
environments: [production]
affected_by: ["{{ switch }}"]

---
# The hosts to scan for the first time: openstack.yml
plugin: calipso.topology.calipso
source: openstack
cloud: production
"""

import hashlib
import json

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable, get_cache_plugin
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.calipso.topology.plugins.plugin_utils.inventory_api import (
    Access,
    Wanted,
    read_topology,
)
from ansible_collections.calipso.topology.plugins.plugin_utils.inventory_hosts import (
    Choice,
    ChoiceError,
    Member,
    members,
)
from ansible_collections.calipso.topology.plugins.plugin_utils.inventory_known import Known, SourceError

FILES = tuple(f"{name}.{suffix}" for name in ("calipso", "openstack") for suffix in ("yml", "yaml"))

OF_CALIPSO = ("generation", "instances", "affected_by")
"""Options that only Calipso can answer."""

OF_SOURCE = ("source", "url", "user", "environments", "cloud", "regions", "recording", *OF_CALIPSO)
"""Options on which depends what is read, and so what a cache may answer."""


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Fills an inventory from Calipso, or from OpenStack."""

    NAME = "calipso.topology.calipso"

    def verify_file(self, path):
        """Say whether a file may be this plugin's configuration, by its name."""
        return super().verify_file(path) and path.endswith(FILES)

    def parse(self, inventory, loader, path, cache=True):
        """Fill `inventory`. Raises AnsibleError, and then has added no host: half a group would mislead."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        self.templar.available_variables = self._vars
        try:
            known = self._known(path, cache)
            found = members(known, self._choice())
        except (ChoiceError, SourceError) as error:
            raise AnsibleParserError(str(error)) from None
        for warning in known.warnings:
            self.display.warning(warning)
        before = set(inventory.hosts)
        try:
            for member in found:
                self._add(member)
        except AnsibleError:
            for name in {member.name for member in found} & inventory.hosts.keys() - before:
                inventory.remove_host(inventory.hosts[name])
            raise

    def _option(self, name):
        """Return an option, with its templates filled in."""
        return self.templar.template(self.get_option(name))

    def _known(self, path: str, cache: bool) -> Known:
        """Return what the cache has, or the source tells."""
        if not self.get_option("cache"):
            if self.get_option("use_stale_cache"):
                raise ChoiceError("use_stale_cache needs cache: true, and a cache plugin that keeps files")
            return self._read()
        key = f"{self.get_cache_key(path)}_{self._digest()}"
        if cache and (kept := self._cache.get(key)):
            return Known.of_json(kept)
        try:
            known = self._read()
        except SourceError as error:
            kept = self._expired(key) if error.unavailable and self.get_option("use_stale_cache") else None
            if kept is None:
                raise
            self.display.warning(f"{error}. This inventory is what was read at {kept['read_at']}")
            return Known.of_json(kept)
        self._cache[key] = known.as_json()
        return known

    def _digest(self) -> str:
        wanted = json.dumps([self._option(name) for name in OF_SOURCE])
        return hashlib.blake2b(wanted.encode(), digest_size=6).hexdigest()

    def _expired(self, key: str):
        """Return what the cache has, however old it is."""
        options = {
            own: self.get_option(name)
            for own, name in (("_uri", "cache_connection"), ("_prefix", "cache_prefix"))
            if self.get_option(name) is not None
        }
        return get_cache_plugin(self.get_option("cache_plugin"), _timeout=0, **options).get(key)

    def _read(self) -> Known:
        if self._option("source") == "openstack":
            return self._read_openstack()
        access = Access(
            url=self._option("url"),
            token=self._option("token"),
            user=self._option("user"),
            password=self._option("password"),
            validate_certs=self._option("validate_certs") is not False,
            ca_cert=self._option("ca_cert"),
            timeout=self._option("timeout"),
        )
        wanted = Wanted(
            environments=self._option("environments"),
            generation=self._option("generation"),
            instances=self._option("instances"),
            affected_by=self._option("affected_by"),
        )
        return read_topology(access, wanted)

    def _read_openstack(self) -> Known:
        # Who asks Calipso need not have, nor wait for, openstacksdk.
        from ansible_collections.calipso.topology.plugins.plugin_utils.inventory_openstack import (
            Cloud,
            read_cloud,
        )

        for name in OF_CALIPSO:
            if self._option(name):
                raise ChoiceError(f"{name} is nothing that OpenStack knows: it goes with source: calipso")
        environments = self._option("environments")
        if len(environments) > 1:
            raise ChoiceError("environments has more than one name, and source: openstack is one cloud")
        cloud = Cloud(
            cloud=self._option("cloud"),
            regions=self._option("regions"),
            recording=self._option("recording"),
            validate_certs=self._option("validate_certs"),
            ca_cert=self._option("ca_cert"),
            timeout=self._option("timeout"),
        )
        return read_cloud(cloud, environments[0] if environments else None)

    def _choice(self) -> Choice:
        return Choice(
            hostnames=self._option("hostnames"),
            host_types=self._option("host_types"),
            filters=self._option("filters"),
            instance_filters=self._option("instance_filters"),
            addresses=self._option("instance_addresses"),
            network=self._option("instance_network"),
        )

    def _add(self, member: Member) -> None:
        name, variables = wrap_var(member.name), wrap_var(member.variables)
        for group in member.groups:
            self.inventory.add_group(group)
            self.inventory.add_host(name, group=group)
        for variable, value in variables.items():
            self.inventory.set_variable(name, variable, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)
