"""A clique becomes layers by distance; nothing is lost, however much is folded."""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque

from clique_samples import cliques, hosts_of_one_network, item, link
from hypothesis import given

from calipso.model.topology import Document
from calipso.report.graph import FOLD, Graph, layered
from calipso.report.order import crossings


def distances(focal_point: str, links: list[Document]) -> dict[str, int]:
    """Return how many links each object is away from the focal point."""
    near: dict[str, set[str]] = defaultdict(set)
    for each in links:
        near[each["source_id"]].add(each["target_id"])
        near[each["target_id"]].add(each["source_id"])
    found, waiting = {focal_point: 0}, deque([focal_point])
    while waiting:
        here = waiting.popleft()
        for other in near[here] - found.keys():
            found[other] = found[here] + 1
            waiting.append(other)
    return found


def members(graph: Graph) -> dict[str, int]:
    """Return the layer of each object, folded ones too."""
    return {
        key: number
        for number, layer in enumerate(graph.layers)
        for node in layer
        for key in node.members or (node.id,)
    }


@given(cliques())
def test_every_object_is_in_the_layer_of_its_distance(
    clique: tuple[str, list[Document], list[Document]],
) -> None:
    focal_point, objects, links = clique
    expected = distances(focal_point, links)
    ends = {each[end] for each in links for end in ("source_id", "target_id")}
    everything = {each["id"] for each in objects} | ends
    for fold in (None, 2, FOLD):
        graph = layered(focal_point, objects, links, fold=fold)
        found = members(graph)
        assert found.keys() == everything
        assert sum(len(node.members) or 1 for node in graph.nodes.values()) == len(everything)
        apart = max(expected.values()) + 1
        assert found == {key: expected.get(key, apart) for key in everything}
        assert graph.layers[0] == (graph.focal_point,)


@given(cliques())
def test_edges_hold_every_link_and_join_adjacent_layers(
    clique: tuple[str, list[Document], list[Document]],
) -> None:
    focal_point, objects, links = clique
    graph = layered(focal_point, objects, links, fold=None)
    joined = Counter(
        frozenset((each["source_id"], each["target_id"]))
        for each in links
        if each["source_id"] != each["target_id"]
    )
    assert {frozenset((edge.source, edge.target)): edge.count for edge in graph.edges} == joined
    folded = layered(focal_point, objects, links, fold=2)
    for each in (graph, folded):
        place = {node.id: number for number, layer in enumerate(each.layers) for node in layer}
        assert all(0 <= place[edge.target] - place[edge.source] <= 1 for edge in each.edges)


@given(cliques())
def test_the_order_of_documents_does_not_matter(clique: tuple[str, list[Document], list[Document]]) -> None:
    focal_point, objects, links = clique
    graph = layered(focal_point, objects, links, fold=3)
    other = random.Random(7)  # noqa: S311 - shuffles, guards nothing
    other.shuffle(objects)
    other.shuffle(links)
    assert layered(focal_point, objects, links, fold=3) == graph


@given(cliques())
def test_each_hosts_nodes_stand_together(clique: tuple[str, list[Document], list[Document]]) -> None:
    focal_point, objects, links = clique
    graph = layered(focal_point, objects, links)
    order = [*graph.hosts, None]
    for layer in graph.layers:
        places = [order.index(node.host) for node in layer]
        assert places == sorted(places)


def test_many_equal_siblings_are_folded_with_all_that_hangs_on_them() -> None:
    objects, links = hosts_of_one_network(hosts=1, instances=40)
    graph = layered("net", objects, links)
    folds = {node.type: len(node.members) for node in graph.nodes.values() if node.members}
    assert folds == {"vnic": 32, "instance": 32}
    assert len(graph.nodes) == 3 + 2 * 8 + 2
    assert sorted(edge.count for edge in graph.edges if edge.count > 1) == [32, 32]


def test_what_has_a_fault_is_never_folded_while_the_sound_are_shown() -> None:
    objects, links = hosts_of_one_network(hosts=30, instances=30)
    broken = "host23:vm17"
    next(each for each in objects if each["id"] == broken)["health"] = "error"
    down = next(each for each in links if each["source_id"] == "host29:tap5")
    down["state"] = "down"
    graph = layered("net", objects, links)
    assert {broken, "host23:tap17", "host29:tap5", "host29:vm5"} <= graph.nodes.keys()
    assert len(graph.nodes) < 250
    assert sum(edge.states.get("down", 0) for edge in graph.edges) == 1


def test_layers_are_ordered_so_that_links_need_not_cross() -> None:
    objects, links = hosts_of_one_network(hosts=5, instances=5)
    random.Random(3).shuffle(links)  # noqa: S311 - shuffles, guards nothing
    graph = layered("net", objects, links)
    neighbours: dict[str, set[str]] = {key: set() for key in graph.nodes}
    for edge in graph.edges:
        neighbours[edge.source].add(edge.target)
        neighbours[edge.target].add(edge.source)
    assert crossings([[node.id for node in layer] for layer in graph.layers], neighbours) == 0


def test_linked_nodes_of_one_layer_stand_side_by_side() -> None:
    edge = item("ovs", "vedge", host="h")
    ends = [item(key, "host_pnic", host="h") for key in ("eth0", "eth1", "eth2", "vxlan")]
    links = [*(link(edge, end) for end in ends), link(ends[0], ends[3])]
    order = [node.id for node in layered("ovs", [edge, *ends], links).layers[1]]
    assert abs(order.index("eth0") - order.index("vxlan")) == 1


def test_a_links_name_that_only_repeats_its_ends_is_left_out() -> None:
    one, other = item("1", "vedge", name="ovs"), item("2", "host_pnic", name="eth0")
    own, repeated = link(one, other, link_name="blue"), link(one, other, link_name="ovs-eth0")
    assert layered("1", [one, other], [repeated]).edges[0].name == ""
    assert layered("1", [one, other], [repeated, own]).edges[0].name == "blue"
