# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""The options by which a module's facts go into Calipso's database.

The action plugin of the module's name acts on them on the controller; a module never gets them.
"""

from __future__ import annotations

from typing import Any, Dict


def staging_arguments() -> Dict[str, Dict[str, Any]]:
    """Return the specification of these options; documentation fragment `staging` describes them."""
    return {
        "environment": {"type": "str"},
        "scan_id": {"type": "str"},
        "inventory_set": {"type": "str", "default": "inventory"},
        "mongo_uri": {"type": "str", "no_log": True},
    }


def secret_source_arguments(port: int) -> Dict[str, Dict[str, Any]]:
    """Return the specification of a module's options whose source is a server with a password.

    They are those of where it is, of recordings, and of staging.
    """
    return {
        "host": {"type": "str"},
        "port": {"type": "int", "default": port},
        "user": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        "secret_in": {"type": "dict", "no_log": False},
        "ca_cert": {"type": "path"},
        "timeout": {"type": "int", "default": 60},
        "record_to": {"type": "path"},
        "recording": {"type": "path"},
        **staging_arguments(),
    }


SECRET_SOURCE_RULES: Dict[str, Any] = {
    "mutually_exclusive": [("recording", "record_to"), ("password", "secret_in")],
    "required_one_of": [("host", "recording")],
    "required_by": {"host": ("user",)},
}
"""Which of these options go together, as AnsibleModule takes it."""
