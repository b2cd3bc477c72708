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
