#!/usr/bin/python
# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: openstack_db_facts
short_description: Collects what only the database of an OpenStack cloud says about its virtual networking
version_added: "0.1.0"
author: Contributors to the Calipso project (@calipso)
description:
  - Reads a few tables of Neutron and Nova in MariaDB or MySQL, in one read-only transaction.
  - It tells what the APIs tell nobody, such as tunnel end points, allocated tunnel numbers and the levels of
    port bindings; and what they tell only administrators, such as agents, provider attributes and instances'
    hosts.
  - Where M(calipso.topology.openstack_facts) tells the same, the API is believed.
  - Facts hold no clock and no secrets, so two collections of an unchanged cloud are equal.
options:
  host:
    description: Name or address of the database's server.
    type: str
  port:
    description: Its port.
    type: int
    default: 3306
  user:
    description: Who reads. It needs no more than the right to C(SELECT).
    type: str
  password:
    description: That user's password.
    type: str
  secret_in:
    description:
      - Where the password lives, in place of O(password), as an environment's configuration says it.
      - Exactly one of C(environment_variable), C(ansible_variable), C(cloud) and C(awx_credential).
      - The controller looks it up. An AWX credential gives it as variable C(calipso_mysql_password).
    type: dict
  tls:
    description: Whether to speak TLS, and check the server's certificate.
    type: bool
    default: true
  ca_cert:
    description: Path of the certificate of the authority that signs the server's.
    type: path
  timeout:
    description: Seconds that the server may take for one answer.
    type: int
    default: 60
  databases:
    description:
      - What the databases C(neutron), C(nova) and C(nova_api) are called, where they are called otherwise.
    type: dict
    default: {}
  record_to:
    description:
      - Folder into which to record, under C(openstack_db), each table as it was read.
      - An earlier recording there is replaced.
    type: path
  recording:
    description: Folder of a recording to read instead of a database. No network and no credentials are used.
    type: path
extends_documentation_fragment:
  - calipso.topology.staging
requirements:
  - PyMySQL >= 1.2.0, which never goes on without TLS where that is wanted
notes:
  - Runs where the database can be reached; usually on the controller, delegated to C(localhost).
attributes:
  check_mode:
    support: full
    description: The module changes nothing.
"""

EXAMPLES = r"""
- name: Collect what the database says
  calipso.topology.openstack_db_facts:
    host: db.example.com
    user: calipso
    password: "{{ vault_calipso_password }}"
  delegate_to: localhost
  register: database

- name: Collect it into Calipso's database, with the password from the environment
  calipso.topology.openstack_db_facts:
    host: db.example.com
    user: calipso
    secret_in:
      environment_variable: CALIPSO_MYSQL_PASSWORD
    environment: production
  delegate_to: localhost
"""

RETURN = r"""
rows:
  description:
    - One row for each thing, sorted by kind and key, with the API's attribute names where the API has such
      rows.
    - Kinds of the database alone are C(tunnel_endpoint), C(tunnel_allocation), C(binding_level) and
      C(dynamic_segment).
  returned: success
  type: list
  elements: dict
  sample:
    - kind: tunnel_endpoint
      key: vxlan:cmp1:10.20.0.21
      data:
        id: vxlan:cmp1:10.20.0.21
        type: vxlan
        host: cmp1
        ip_address: 10.20.0.21
        udp_port: 4789
        region:
kinds:
  description: The kinds of rows that were read wholly; a database knows no region.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: tunnel_endpoint
      region:
gaps:
  description: What was not read, or only in part, and why.
  returned: success
  type: list
  elements: dict
  sample:
    - part: server
      reason: forbidden
      command: SELECT FROM nova.instances
      detail: "db:3306: SELECT command denied to user 'calipso'@'localhost' for table `nova`.`instances`"
"""

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.calipso.topology.plugins.module_utils.openstack_db import IMPORT_ERROR, DatabaseError
from ansible_collections.calipso.topology.plugins.module_utils.openstack_db_collect import gather
from ansible_collections.calipso.topology.plugins.module_utils.openstack_db_tables import DATABASES
from ansible_collections.calipso.topology.plugins.module_utils.recording import RecordingError
from ansible_collections.calipso.topology.plugins.module_utils.staging import (
    SECRET_SOURCE_RULES,
    secret_source_arguments,
)


def main():
    module = AnsibleModule(
        argument_spec={
            "tls": {"type": "bool", "default": True},
            "databases": {"type": "dict", "default": {}},
            **secret_source_arguments(3306),
        },
        supports_check_mode=True,
        **SECRET_SOURCE_RULES,
    )
    if module.params["timeout"] < 1:
        module.fail_json(msg=f"`timeout` is {module.params['timeout']}, and must be at least 1.")
    unknown = sorted(set(module.params["databases"]) - set(DATABASES))
    if unknown:
        module.fail_json(msg=f"`databases` names {', '.join(unknown)}: it may name {', '.join(DATABASES)}.")
    if IMPORT_ERROR and not module.params["recording"]:
        module.fail_json(msg=missing_required_lib("PyMySQL >= 1.2.0"), exception=IMPORT_ERROR)
    names = {name: str(module.params["databases"].get(name, name)) for name in DATABASES}
    if any("`" in name for name in names.values()):
        module.fail_json(msg="`databases` holds a name with a backquote, which no database of OpenStack has.")
    try:
        facts = gather({**module.params, "databases": names})
    except (DatabaseError, RecordingError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **facts)


if __name__ == "__main__":
    main()
