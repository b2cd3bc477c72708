"""The recording of a cloud as one who is no administrator would have made it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

FORBIDDEN = (
    "/os-aggregates",
    "/os-availability-zone/detail",
    "/os-hypervisors/detail",
    "/os-services",
    "/v2.0/quotas",
)
"""What is refused."""

EMPTY = ("/v2.0/agents", "/v2.0/availability_zones")
"""What comes without any item."""

HIDDEN = ("provider:", "binding:", "OS-EXT-SRV-ATTR:")
"""How attributes begin that only administrators see."""


def limited(recording: Path, to: Path) -> Path:
    """Copy a recording, less what the policies of Nova and Neutron hide from its user; return the copy.

    The servers of all projects are those of the one's own, which is kinder than any cloud.
    """
    shutil.copytree(recording, to)
    for path in (to / "openstack").glob("[0-9]*.json"):
        answer = json.loads(path.read_text("utf-8"))
        url = answer["url"].split("?")[0]
        if url.endswith(FORBIDDEN):
            answer["status"], answer["body"] = 403, {"forbidden": {"message": "Policy doesn't allow it."}}
        elif url.endswith(EMPTY):
            answer["body"] = {name: [] for name in answer["body"]}
        answer["body"] = _seen(answer["body"])
        path.write_text(json.dumps(answer), "utf-8")
    return to


def _seen(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _seen(part) for name, part in value.items() if not name.startswith(HIDDEN)}
    return [_seen(part) for part in value] if isinstance(value, list) else value
