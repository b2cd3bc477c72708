#!/usr/bin/python
# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: openstack_facts
short_description: Collects what the APIs of an OpenStack cloud say about its virtual networking
version_added: "0.1.0"
author: Contributors to the Calipso project (@calipso)
description:
  - Reads Keystone, Nova and Neutron in every region, for all projects, and changes nothing.
  - Facts hold no clock, no counters and no secrets, so two collections of an unchanged cloud are equal.
  - What a policy forbids, what the cloud lacks and what fails is reported in RV(gaps); the rest goes on.
  - A user who is not an administrator gets what that user may see, and gaps that say so.
options:
  cloud:
    description:
      - Name of a cloud in C(clouds.yaml).
      - Without it and without O(auth), the environment decides as it does for every OpenStack client,
        by E(OS_CLOUD) or by E(OS_AUTH_URL) and the like.
    type: str
  auth:
    description:
      - What the authentication plugin O(auth_type) needs, such as C(auth_url), C(username), C(password),
        C(project_name), C(user_domain_name) and C(project_domain_name).
      - With O(cloud), it is laid over that cloud's own; without, C(clouds.yaml) and the environment are
        not read.
    type: dict
  auth_type:
    description:
      - Name of the authentication plugin; V(password) unless the cloud's configuration says otherwise.
    type: str
  regions:
    description: Read these regions only. Otherwise all that have a compute or a network service.
    type: list
    elements: str
    default: []
    aliases: [region_name]
  interface:
    description:
      - Which of a service's endpoints to use; V(public) unless the cloud's configuration says otherwise.
    type: str
    choices: [public, internal, admin]
  ca_cert:
    description: Path of the certificate of the authority that signs the cloud's.
    type: path
  validate_certs:
    description:
      - Whether to check the cloud's certificates; yes unless the cloud's configuration says otherwise.
    type: bool
  timeout:
    description: Seconds that a service may take to answer one request.
    type: int
    default: 60
  workers:
    description: How many requests are made at once.
    type: int
    default: 8
  select:
    description:
      - Read only this of the cloud, such as the ports of one router. Otherwise all is read.
    type: list
    elements: dict
    suboptions:
      kind:
        description: The kind of rows.
        type: str
        required: true
      attribute:
        description:
          - Read those of the kind whose attribute of this name has one of O(select[].values); otherwise all.
          - What Neutron has can be asked for by any attribute, a server by its C(id).
        type: str
      values:
        description: The values of O(select[].attribute).
        type: list
        elements: str
  page_size:
    description: How many things to ask for in one request, where the service pages.
    type: int
    default: 1000
  record_to:
    description:
      - Folder into which to record, under C(openstack), each response, less its secrets.
      - An earlier recording there is replaced.
    type: path
  recording:
    description: Folder of a recording to read instead of a cloud. No network and no credentials are used.
    type: path
extends_documentation_fragment:
  - calipso.topology.staging
requirements:
  - openstacksdk >= 4.0.0
notes:
  - Runs where the APIs can be reached; usually on the controller, delegated to C(localhost).
attributes:
  check_mode:
    support: full
    description: The module changes nothing.
"""

EXAMPLES = r"""
- name: Collect the facts of a cloud of clouds.yaml
  calipso.topology.openstack_facts:
    cloud: production
  delegate_to: localhost
  register: openstack

- name: Collect one region, and keep a recording
  calipso.topology.openstack_facts:
    auth:
      auth_url: https://keystone.example.com:5000/v3
      username: scanner
      password: "{{ vault_scanner_password }}"
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
    regions: [RegionOne]
    record_to: recordings/today
  delegate_to: localhost
  register: openstack

- name: Collect the ports of a router, and all aggregates
  calipso.topology.openstack_facts:
    cloud: production
    select:
      - kind: port
        attribute: device_id
        values: [d7294fae-a7c8-4513-8001-27dede49a1fa]
      - kind: aggregate
  delegate_to: localhost
  register: openstack

- name: Collect from the recording
  calipso.topology.openstack_facts:
    recording: recordings/today
  delegate_to: localhost
  register: openstack
"""

RETURN = r"""
rows:
  description:
    - One row for each thing that the APIs know, sorted by kind and key.
    - C(key) is the API's id. What has none, or has a number that each region counts for itself, is
      C(region:name) or C(region:number); a network availability zone is C(region:resource:name).
    - C(data) has the API's own attribute names, and C(region), which is null for what Keystone holds for
      all regions.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: network
      key: 434c17de-853b-4003-886a-6856b4a4512c
      data:
        id: 434c17de-853b-4003-886a-6856b4a4512c
        name: green-lan
        provider:network_type: vxlan
        provider:segmentation_id: 1713
        region: RegionOne
kinds:
  description:
    - The kinds of rows that were read wholly, by region. Only of these it is certain that what is not in
      RV(rows) is not in the cloud.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: project
      region:
    - kind: network
      region: RegionOne
sought:
  description:
    - What of O(select) was read wholly, in every region. Only of this it is certain that what is not in
      RV(rows) is not in the cloud.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: port
      attribute: device_id
      values: [d7294fae-a7c8-4513-8001-27dede49a1fa]
gaps:
  description:
    - What was not read, or only in part, and why. RV(gaps.reason) is one of V(forbidden), V(unsupported),
      V(failed), V(timeout), V(truncated), V(unreadable).
  returned: success
  type: list
  elements: dict
  contains:
    part:
      description: The kind of rows.
      type: str
      returned: always
    reason:
      description: Why.
      type: str
      returned: always
    command:
      description: The request.
      type: str
      returned: always
    detail:
      description: The region, and what the service said.
      type: str
      returned: always
  sample:
    - part: segment
      reason: unsupported
      command: GET /v2.0/segments
      detail: "RegionOne: HTTP 404: The resource could not be found."
cloud:
  description: The cloud's name in C(clouds.yaml), or the host of its Keystone where it has none.
  returned: success
  type: str
  sample: production
regions:
  description: The regions that were read.
  returned: success
  type: list
  elements: str
  sample: [RegionOne]
"""

import json
import logging

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.calipso.topology.plugins.module_utils.openstack_cloud import IMPORT_ERROR, CloudError
from ansible_collections.calipso.topology.plugins.module_utils.openstack_collect import chosen, gather
from ansible_collections.calipso.topology.plugins.module_utils.openstack_recording import RecordingError
from ansible_collections.calipso.topology.plugins.module_utils.scrubbing import is_secret_name
from ansible_collections.calipso.topology.plugins.module_utils.staging import staging_arguments


def main():
    module = AnsibleModule(
        argument_spec={
            "cloud": {"type": "str"},
            "auth": {"type": "dict", "no_log": True},
            "auth_type": {"type": "str"},
            "regions": {"type": "list", "elements": "str", "default": [], "aliases": ["region_name"]},
            "interface": {"type": "str", "choices": ["public", "internal", "admin"]},
            "ca_cert": {"type": "path"},
            "validate_certs": {"type": "bool"},
            "timeout": {"type": "int", "default": 60},
            "workers": {"type": "int", "default": 8},
            "select": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "kind": {"type": "str", "required": True},
                    "attribute": {"type": "str"},
                    "values": {"type": "list", "elements": "str"},
                },
            },
            "page_size": {"type": "int", "default": 1000},
            "record_to": {"type": "path"},
            "recording": {"type": "path"},
            **staging_arguments(),
        },
        mutually_exclusive=[("recording", name) for name in ("cloud", "auth", "record_to")],
        supports_check_mode=True,
    )
    _uncensor_names(module)
    if IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("openstacksdk >= 4.0.0"), exception=IMPORT_ERROR)
    for name in ("timeout", "workers", "page_size"):
        if module.params[name] < 1:
            module.fail_json(msg=f"`{name}` is {module.params[name]}, and must be at least 1.")
    logging.disable()  # the SDK quotes clouds.yaml, secrets and all, where it cannot read it
    try:
        select = module.params["select"]
        facts = gather(module.params) if select is None else gather(module.params, chosen(select))
    except ValueError as error:
        module.fail_json(msg=f"`select`: {error}.")
    except (CloudError, RecordingError) as error:
        module.fail_json(msg=str(error))
    text = json.dumps(facts, ensure_ascii=False) if module.no_log_values else ""
    if any(secret in text for secret in module.no_log_values):
        module.fail_json(
            msg="A secret of `auth` is also a name, or part of one, in the cloud, and Ansible would censor it"
            " in the facts. Keep the credentials in clouds.yaml, and name them with `cloud`."
        )
    module.exit_json(changed=False, **facts)


def _uncensor_names(module):
    """Let Ansible censor only the secrets of `auth`: names of users, projects and domains are facts too."""
    auth = module.params["auth"] or {}
    secrets = {str(value) for name, value in auth.items() if is_secret_name(name)}
    module.no_log_values.difference_update({str(value) for value in auth.values()} - secrets)


if __name__ == "__main__":
    main()
