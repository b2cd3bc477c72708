"""Pictures of cliques: well formed and legible, whatever the names are."""

from __future__ import annotations

import io
import re
from itertools import combinations
from xml.etree import ElementTree as ET

from clique_samples import HOSTILE, STYLES, cliques, hosts_of_one_network, item, link
from hypothesis import given
from rich.console import Console

from calipso.model.topology import Document
from calipso.report.graph import Graph, layered
from calipso.report.mermaid import mermaid
from calipso.report.svg import svg
from calipso.report.svg_style import advance
from calipso.report.terminal import layers
from calipso.report.text import visible

SVG = "{http://www.w3.org/2000/svg}"
Clique = tuple[str, list[Document], list[Document]]


def terminal(graph: Graph, width: int = 100_000) -> str:
    """Return what a terminal shows, less colours."""
    output = io.StringIO()
    Console(file=output, width=width, color_system=None).print(
        layers(graph, STYLES, "Environment \x1b[1mlab")
    )
    return output.getvalue()


def boxes(picture: str) -> list[tuple[float, float, float, float]]:
    """Return left, top, right and bottom of each node."""
    found = []
    for group in ET.fromstring(picture).iter(f"{SVG}g"):  # noqa: S314 - our own
        if "node" in group.get("class", "").split() and group.find(f"{SVG}title") is not None:
            box = group.findall(f"{SVG}rect")[-1]
            left, top, wide, high = (float(box.get(name, "")) for name in ("x", "y", "width", "height"))
            found.append((left, top, left + wide, top + high))
    return found


@given(cliques())
def test_svg_is_xml_that_shows_every_node_apart_and_inside(clique: Clique) -> None:
    graph = layered(*clique)
    picture = svg(graph, STYLES, "Environment \x1b[1mlab\n, generation 1")
    root = ET.fromstring(picture)  # noqa: S314 - our own
    found = boxes(picture)
    assert len(found) == len(graph.nodes)
    for one, other in combinations(found, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    wide, high = (float(root.get(name, "")) for name in ("width", "height"))
    assert all(left > 0 and right < wide and top > 0 and bottom < high for left, top, right, bottom in found)
    shown = "".join(text or "" for element in root.iter() for text in (element.text, element.tail))
    assert shown.replace("\n", "").isprintable()


@given(cliques())
def test_svg_texts_fit_their_boxes_and_tooltips_have_whole_names(clique: Clique) -> None:
    graph = layered(*clique, fold=None)
    root = ET.fromstring(svg(graph, STYLES, "lab"))  # noqa: S314 - our own
    groups = [each for each in root.iter(f"{SVG}g") if "node" in each.get("class", "").split()]
    nodes = iter(graph.nodes.values())
    for group in groups:
        title = group.find(f"{SVG}title")
        if title is None:
            continue
        node, box = next(nodes), group.findall(f"{SVG}rect")[-1]
        assert visible(node.name) in (title.text or "")
        for text, size in zip(group.findall(f"{SVG}text"), (13, 10.5), strict=True):
            room = float(box.get("width", "")) - (float(text.get("x", "")) - float(box.get("x", "")))
            assert advance(text.text or "", size) <= room


def test_svg_tells_screen_readers_what_it_shows() -> None:
    objects, links = hosts_of_one_network(hosts=2, instances=1)
    root = ET.fromstring(svg(layered("net", objects, links), STYLES, "lab"))  # noqa: S314 - our own
    described = {each.get("id"): each.text for each in (root[0], root[1])}
    assert root.get("role") == "img"
    assert list(described) == root.get("aria-labelledby", "").split()
    assert list(described.values()) == [
        "Clique of Network blue",
        "9 objects, 8 links (8 up). From the focal point outwards: layer 0: blue; layer 1: host0:eth1, "
        "host1:eth1; layer 2: host0:ovs, host1:ovs; layer 3: host0:tap0, host1:tap0; layer 4: host0:vm0, "
        "host1:vm0.",
    ]


def test_kinds_look_different() -> None:
    looks = {(STYLES[kind].fill, STYLES[kind].shape) for kind in [f"other{number}" for number in range(19)]}
    assert len(looks) == 19


@given(cliques())
def test_mermaid_holds_nothing_that_mermaid_could_misread(clique: Clique) -> None:
    graph = layered(*clique)
    lines = mermaid(graph, STYLES).splitlines()
    assert lines[0] == "flowchart LR"
    label = r'"(?:[\w /:@,-]|#\d+;|<br/>)*"'
    forms = (
        rf"    n\d+(?:\({label}\)|\[{label}\]|\(\[{label}\]\)):::k\d+",
        rf"  n\d+ (?:---|-\.-|===)(?:\|{label}\|)? n\d+",
        rf"  subgraph h\d+\[{label}\]",
        r"  end",
        r"  (?:linkStyle \d+|classDef k\d+|style n\d+) [a-z0-9:#,\- ]+",
    )
    for line in lines[1:]:
        assert any(re.fullmatch(form, line) for form in forms), line
    assert sum(":::" in line for line in lines) == len(graph.nodes)
    assert sum(bool(re.fullmatch(forms[1], line)) for line in lines) == len(graph.edges)


@given(cliques())
def test_terminal_text_is_plain(clique: Clique) -> None:
    assert terminal(layered(*clique)).replace("\n", "").isprintable()


def test_terminal_shows_hostile_names_as_they_are() -> None:
    focal = item("focal", "instance", host="h")
    others = [item(f"o{number}", "vnic", name=name, host="h") for number, name in enumerate(HOSTILE)]
    links = [link(focal, other, link_name="[blink]net") for other in others]
    shown = terminal(layered("focal", [focal, *others], links))
    assert "[bold red]markup[/bold red]" in shown
    assert r"\x1b[31mred\x07" in shown
    assert "[blink]net" in shown
    assert "x" * 200 in shown


def test_terminal_text_says_what_hangs_on_what() -> None:
    objects, links = hosts_of_one_network(hosts=2, instances=1)
    links[0]["state"] = "down"
    objects[-1]["health"] = "error"
    shown = [line.rstrip() for line in terminal(layered("net", objects, links)).splitlines()]
    assert shown == [
        "Clique of Network blue",
        r"Environment \x1b[1mlab: 9 objects, 8 links (7 up, 1 down)",
        "",
        "0  Network   blue",
        "",
        "1  pNIC      host0:eth1       host0  ✗✗ vxlan-7 (down) ✗✗ blue",
        "             host1:eth1       host1  ── vxlan-7 ── blue",
        "",
        "2  vEdge     host0:ovs        host0  ── host0:eth1",
        "             host1:ovs        host1  ── host1:eth1",
        "",
        "3  vNIC      host0:tap0       host0  ── blue ── host0:ovs",
        "             host1:tap0       host1  ── blue ── host1:ovs",
        "",
        "4  Instance  host0:vm0        host0  ── blue ── host0:tap0",
        "             host1:vm0 error  host1  ── blue ── host1:tap0",
        "",
    ]
