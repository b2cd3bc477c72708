"""Floating IPs of distributed routers: translated where they should be, or reported if all tell."""

from __future__ import annotations

import copy
from collections.abc import Collection

from recorded_cloud import build, recorded_facts

from calipso.model.facts import HOST, Row
from calipso.model.source import Facts

FACTS = recorded_facts("ovs-dvr")
FLOATING = [row["data"] for row in FACTS.rows if row["kind"] == "floating_ip"]
AT_INSTANCE = next(ip["floating_ip_address"] for ip in FLOATING if ip["port_id"])
FORWARDED = next(ip["floating_ip_address"] for ip in FLOATING if ip["port_forwardings"])


def untranslated(facts: Facts) -> dict[str, str]:
    """Return what is said of floating IPs that are not translated, by address."""
    said = [m.text for m in build(facts).messages if m.text.startswith("floating IP ")]
    return {text.split()[2]: text.partition("not translated on ")[2] for text in said}


def changed(*, without: Collection[str] = (), forgetting: Collection[str] = (), mode: str = "dvr") -> Facts:
    """Return the facts, with another mode of the agents on computes.

    without: hosts that do not answer
    forgetting: addresses that are not translated
    """
    rows = copy.deepcopy([row for row in FACTS.rows if row["kind"] != HOST or row["key"] not in without])
    for row in rows:
        _change(row, forgetting, mode)
    return Facts(FACTS.sources, rows)


def _change(row: Row, forgetting: Collection[str], mode: str) -> None:
    data = row["data"]
    if row["kind"] == "agent" and data["configurations"].get("agent_mode") == "dvr":
        data["configurations"]["agent_mode"] = mode
    if row["kind"] == HOST:
        for namespace in data["namespaces"]:
            namespace["nat"] = [pair for pair in namespace["nat"] if pair["floating_ip"] not in forgetting]


def test_all_are_translated() -> None:
    assert untranslated(changed()) == {}


def test_the_instances_host_is_asked() -> None:
    assert untranslated(changed(forgetting=[AT_INSTANCE])) == {AT_INSTANCE: "cmp1"}


def test_a_host_that_does_not_answer_is_not_accused_by_others() -> None:
    assert untranslated(changed(without=["cmp1"])) == {}


def test_a_host_without_a_way_out_leaves_it_to_the_snat_namespace() -> None:
    facts = changed(forgetting=[AT_INSTANCE], mode="dvr_no_external")
    assert untranslated(facts) == {AT_INSTANCE: "net1"}


def test_forwarded_ports_are_translated_by_the_router() -> None:
    assert untranslated(changed(forgetting=[FORWARDED])) == {FORWARDED: "net1"}
