"""Whatever clouds call their things: every host and instance is in the inventory, under a name of its own."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.calipso.topology.plugins.plugin_utils.inventory_hosts import (
    RESERVED,
    Choice,
    Member,
    members,
)
from ansible_collections.calipso.topology.plugins.plugin_utils.inventory_known import Known
from hypothesis import given
from hypothesis import strategies as st

ENVIRONMENTS = ("a", "a-b", "ünï/€", "")
SOME = st.sampled_from(
    [
        "a",
        "b",
        "a-b",
        "b-c",
        "a-a-b",
        "localhost",
        "all",
        "fresh",
        "calipso_hosts",
        "environment_a",
        "az 1",
        "日本",
    ]
)
NAMES = SOME | st.text(min_size=1, max_size=4)

OBJECTS = st.lists(
    st.tuples(st.sampled_from(["host", "instance"]), st.sampled_from(ENVIRONMENTS), NAMES, NAMES, NAMES),
    unique_by=lambda found: found[1:3],
    max_size=12,
)
"""Type, environment, id, name, zone."""


def document(found: tuple[str, str, str, str, str]) -> dict[str, Any]:
    """Return an object as the API tells of it."""
    type_, environment, key, name, zone = found
    return {
        "type": type_,
        "environment": environment,
        "id": key,
        "name": name,
        "zone": zone,
        "availability_zone": zone,
        "host_type": ["Compute"],
    }


def called(objects: list[tuple[str, str, str, str, str]], *hostnames: str) -> list[Member]:
    """Return the members of an inventory of all that."""
    documents = [document(found) for found in objects]
    known = Known(
        environments={name: {"mechanism_drivers": ["OVS"]} for name in ENVIRONMENTS},
        hosts=[found for found in documents if found["type"] == "host"],
        instances=[found for found in documents if found["type"] == "instance"],
        aggregates=[{"environment": "a", "name": "rack 1/ä", "hosts": ["a", "b"]}],
    )
    return members(known, Choice(hostnames or ("name",), (), {}, {}, ("fixed",), None))


@given(OBJECTS)
def test_all_are_there_under_names_of_their_own(objects: list[tuple[str, str, str, str, str]]) -> None:
    found = called(objects)
    names = [member.name for member in found]
    groups = {group for member in found for group in member.groups}
    assert len(set(names)) == len(names) == len(objects)
    assert {
        (each.variables.get("calipso_environment", ""), each.variables["calipso_id"]) for each in found
    } == {(environment, key) for _type, environment, key, *_rest in objects}
    assert not groups & set(names)
    assert not RESERVED & set(names)
    assert all(re.fullmatch(r"[^\W\d]\w*", group) for group in groups)


@given(OBJECTS)
def test_instances_take_no_name_from_a_host(objects: list[tuple[str, str, str, str, str]]) -> None:
    def names(found: list[Member]) -> dict[tuple[str, str], str]:
        return {
            (each.variables.get("calipso_environment", ""), each.variables["calipso_id"]): each.name
            for each in found
            if each.variables["calipso_type"] == "host"
        }

    everything = called(objects)
    groups = {group for each in everything for group in each.groups}
    if groups.isdisjoint(value for found in objects for value in found):
        assert names(everything) == names(called([found for found in objects if found[0] == "host"]))


def test_a_name_is_the_first_pattern_that_an_object_can_fill() -> None:
    objects = [("host", "a", "h1", "one", "z"), ("instance", "", "i1", "two", "z")]
    names = [member.name for member in called(objects, "{environment}.{name}", "absent", "{zone}:{id}")]
    assert names == ["a.one", "z:i1"]
