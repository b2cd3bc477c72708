"""Made-up cliques: small ones by hand, others at random."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from calipso.model.kind import Kind
from calipso.model.topology import Document
from calipso.report.style import Styles

TYPES = ("network", "host_pnic", "vedge", "vnic", "instance")

STYLES = Styles(
    [
        Kind(type="network", label="Network", doc="", parent=None, folder="Networks"),
        Kind(type="host_pnic", label="pNIC", doc="", parent=None, folder="pNICs"),
        Kind(type="vedge", label="vEdge", doc="", parent=None),
        Kind(type="vnic", label="vNIC", doc="", parent=None, folder="vNICs"),
        Kind(type="instance", label="Instance", doc="", parent=None, folder="Instances"),
        *(Kind(type=f"other{number}", label=f"Other {number}", doc="", parent=None) for number in range(20)),
    ]
)

HOSTILE = (
    "\x1b[31mred\x07",
    "two\nlines\r\tand a tab",
    "[bold red]markup[/bold red]",
    "\u202eturned round\u2066",
    "x" * 200,
    "<script>alert(1)</script> & \"quotes\" 'and' `more`",
    "\ud800 half a pair \x9b31m \x00",
    "שלום 名前 é",
    "1. list $$x^2$$ #35; \\n end",
    " ",
)


def item(key: str, kind: str, **attributes: Any) -> Document:
    """Return an object."""
    return {"id": key, "type": kind, "name": key, "health": "ok", "host": None, **attributes}


def link(source: Document, target: Document, **attributes: Any) -> Document:
    """Return a link."""
    return {
        "id": f"{source['id']}--{target['id']}--{attributes.get('link_name')}",
        "link_type": f"{source['type']}-{target['type']}",
        "source_id": source["id"],
        "source_type": source["type"],
        "target_id": target["id"],
        "target_type": target["type"],
        "state": "up",
        "implicit": False,
        **attributes,
    }


def hosts_of_one_network(hosts: int, instances: int) -> tuple[list[Document], list[Document]]:
    """Return a network's clique: on each host a NIC, a switch, and instances with a vNIC each."""
    network = item("net", "network", name="blue")
    objects, links = [network], []
    for number in range(hosts):
        host = f"host{number}"
        nic, edge = item(f"{host}:eth1", "host_pnic", host=host), item(f"{host}:ovs", "vedge", host=host)
        objects += [nic, edge]
        links += [link(nic, network, link_name="vxlan-7"), link(edge, nic)]
        for index in range(instances):
            vnic = item(f"{host}:tap{index}", "vnic", host=host)
            server = item(f"{host}:vm{index}", "instance", host=host)
            objects += [vnic, server]
            links += [link(server, vnic, link_name="blue"), link(vnic, edge, link_name="blue")]
    return objects, links


@st.composite
def cliques(draw: st.DrawFn) -> tuple[str, list[Document], list[Document]]:
    """Draw a focal point, objects and links: any graph at all, with dangling ends and awkward names."""
    names = st.sampled_from(HOSTILE) | st.text(max_size=20)
    keys = draw(st.lists(st.sampled_from([f"o{number}" for number in range(40)]), min_size=1, unique=True))
    objects = [
        item(
            key,
            draw(st.sampled_from([*TYPES, "unheard_of"])),
            name=draw(names),
            host=draw(st.sampled_from([None, "h1", "h2", "h10"])),
            health=draw(st.sampled_from(["ok", "warning", "error", "unknown", "never heard of"])),
            stale=draw(st.booleans()),
        )
        for key in keys
    ]
    ends = st.sampled_from([*objects, item("gone", "vnic")])
    links = [
        link(
            source,
            target,
            link_name=draw(names),
            state=draw(st.sampled_from(["up", "down", "unknown", None])),
        )
        for source, target in draw(st.lists(st.tuples(ends, ends), max_size=60))
    ]
    return draw(st.sampled_from(keys)), objects, links
