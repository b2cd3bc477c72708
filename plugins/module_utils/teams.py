# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Teams: bonds that a program of the host drives, and not the kernel."""

from __future__ import annotations

from typing import Any, Dict, List

from .reader import Reader
from .values import flag, mapping, number, text

_PART = "bonds"
_NOBODY = "00:00:00:00:00:00"


def complete_teams(reader: Reader, bonds: List[Dict[str, Any]], interfaces: List[Dict[str, Any]]) -> None:
    """Fill in, in place, what `teamd` says of the teams among the bonds: mode, active member, partner."""
    teams = {interface["name"] for interface in interfaces if interface["kind"] == "team"}
    for bond in bonds:
        if bond["name"] not in teams:
            continue
        state = reader.json(_PART, ["teamdctl", bond["name"], "state", "dump"], dict)
        bond["mode"] = text(mapping(state.get("setup")).get("runner_name"))
        bond["active_member"] = text(mapping(state.get("runner")).get("active_port"))
        ports = mapping(state.get("ports"))
        for member in bond["member_details"]:
            said = mapping(ports.get(member["name"]))
            runner = mapping(said.get("runner"))
            up = flag(mapping(said.get("link_watches")).get("up"))
            member["link"] = None if up is None else "up" if up else "down"
            member["aggregator"] = number(mapping(runner.get("aggregator")).get("id"))
            if bond["active_member"]:
                member["state"] = "active" if member["name"] == bond["active_member"] else "backup"
            partner = text(mapping(runner.get("partner_lacpdu_info")).get("system"))
            if partner and partner != _NOBODY and not bond["lacp_partner"]:
                bond["lacp_partner"] = partner
