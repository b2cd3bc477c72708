"""What checks say, in graphs and trees: it goes before native states, and the worst is seen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from clique_samples import STYLES, hosts_of_one_network, item

from calipso.model.topology import Document
from calipso.report.graph import layered
from calipso.report.svg import svg
from calipso.report.tree import grown, rows

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def told(document: Document, status: str) -> Document:
    """Return an object of which a check says something."""
    return {**document, "status": status, "status_timestamp": AT, "status_text": status}


@pytest.mark.parametrize(
    ("document", "health", "fault"),
    [
        (item("x", "vnic"), "ok", None),
        (item("x", "vnic", health="error"), "error", "error"),
        (item("x", "vnic", health="unknown"), "unknown", None),
        (told(item("x", "vnic", health="error"), "ok"), "ok", None),
        (told(item("x", "vnic"), "unknown"), "unknown", "unknown"),
        (told(item("x", "port", health="warning"), "DOWN"), "warning", "warning"),
        (item("x", "port", status="error"), "ok", None),
    ],
)
def test_what_a_node_is(document: Document, health: str, fault: str | None) -> None:
    node = layered("x", [document], []).focal_point
    assert (node.health, node.fault) == (health, fault)


def test_several_that_are_folded_are_as_their_worst() -> None:
    objects, links = hosts_of_one_network(1, 40)
    objects = [told(each, "unknown") if each["id"] == "host0:vm7" else each for each in objects]
    vms = [told(each, "warning") if each["type"] == "instance" else each for each in objects]
    graph = layered("net", vms, links)
    (folded,) = [node for node in graph.nodes.values() if node.members and node.type == "instance"]
    assert (folded.health, folded.fault) == ("warning", "warning")
    assert ">warning<" in svg(graph, STYLES, "lab")
    assert ">unknown<" not in svg(graph, STYLES, "lab")


def test_of_many_siblings_the_worst_are_drawn() -> None:
    root = item("root", "host")
    states = ["unknown"] * 30 + ["warning"] * 5 + ["error"] * 5
    below = [
        told(item(f"vm{number}", "instance", parent_id="root"), state) for number, state in enumerate(states)
    ]
    drawn = [row.document["status"] for row in rows(grown(root, below, {}), None) if "status" in row.document]
    assert drawn[:10] == ["error"] * 5 + ["warning"] * 5
