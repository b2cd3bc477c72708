"""What views of a generation give: filters, pages, times of sources, and what may have changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from pymongo.monitoring import CommandListener, CommandStartedEvent, register

from calipso.model.topology import Document, Topology
from calipso.store import Store, View

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

OBJECTS: list[Document] = [
    {"id": "r", "type": "region", "id_path": "lab/r", "name": "R", "mac_address": "fa:16:3e:00:00:01"},
    {"id": "r/1", "type": "host", "parent_id": "r", "id_path": "lab/r/1", "name": "cmp.1", "tags": ["x"]},
    {"id": "r2", "type": "region", "id_path": "lab/r2", "name": "cmpx1", "nets": [{"ip": "10.0.0.1"}]},
    {"id": "r.", "type": "region", "id_path": "lab/r.", "name": "CMP.1 old", "vlan": 7},
    {"id": "é", "type": "region", "id_path": "lab/é", "name": "my cmp.1", "host": {"$gt": ""}},
]
LINKS: list[Document] = [
    {"id": "ab", "source_id": "a", "target_id": "b", "link_type": "x-y", "attributes": {"network": "n"}},
    {"id": "bc", "source_id": "b", "target_id": "c", "link_type": "y-z", "attributes": {"network": "m"}},
    {"id": "ca", "source_id": "c", "target_id": "a", "link_type": "z-x", "attributes": {}},
]
CLIQUES: list[Document] = [
    {"id": "1", "focal_point": "a", "links": ["ab"]},
    {"id": "2", "focal_point": "b", "links": ["ab", "bc"]},
]

OPERATORS: list[Any] = [
    {"$ne": None},
    {"$gt": ""},
    {"$regex": ".*"},
    {"$exists": True},
    "$where",
    "$ne",
    {"$in": ["r"]},
    ".*",
    "^",
]

commands: list[str] = []


class Listener(CommandListener):
    """Notes what is asked of the database."""

    def started(self, event: CommandStartedEvent) -> None:
        """Note a command."""
        commands.append(f"{event.command_name} {event.command.get(event.command_name)}")

    def succeeded(self, _event: object) -> None:
        """Do nothing."""

    def failed(self, _event: object) -> None:
        """Do nothing."""


register(Listener())


@pytest.fixture
def view(store: Store) -> View:
    """A view of a small generation."""
    store.publish("lab", Topology(inventory=OBJECTS, links=LINKS, cliques=CLIQUES), at=NOW)
    store.publish("other", Topology(inventory=[{"id": "r", "type": "host"}]))
    return store.view("lab")


def ids(found: Iterable[Document]) -> list[str]:
    """Return the documents' ids."""
    return [document["id"] for document in found]


def test_objects_are_filtered(view: View) -> None:
    assert ids(view.objects()) == ["r", "r.", "r/1", "r2", "é"]
    assert ids(view.objects(type="host")) == ["r/1"]
    assert ids(view.objects(parent_id="r")) == ["r/1"]
    assert ids(view.objects(ids=["r2", "gone", "r"])) == ["r", "r2"]
    assert ids(view.objects(under="lab/r")) == ["r", "r/1"]
    assert ids(view.objects(below="lab/r")) == ["r/1"]
    assert ids(view.objects(under="lab", type="region")) == ["r", "r.", "r2", "é"]
    assert ids(view.objects({"tags": "x"})) == ["r/1"]
    assert ids(view.objects({"host": {"$gt": ""}})) == ["é"]
    assert ids(view.objects({"id": ["r", "r2"], "name": "R"})) == ["r"]
    assert ids(view.objects({"nets.ip": "10.0.0.1"})) == ["r2"]
    assert ids(view.objects({"vlan": [7.0, "7"]})) == ["r."]
    assert view.object("r/1") == {"environment": "lab", "last_scanned": view.published_at, **OBJECTS[1]}
    assert view.object("gone") is None
    assert view.count_by_type() == {"host": 1, "region": 4}


def test_links_and_cliques_are_filtered(view: View) -> None:
    assert ids(view.links(object_id="b")) == ["ab", "bc"]
    assert ids(view.links({"link_type": "y-z"}, object_id="b")) == ["bc"]
    assert ids(view.links(ids=["ab"])) == ["ab"]
    assert ids(view.links({"attributes.network": "m"})) == ["bc"]
    assert ids(view.cliques(focal_point="b")) == ["2"]
    assert ids(view.cliques(link_id="ab")) == ["1", "2"]
    assert ids(view.cliques(link_type="y-z")) == ids(view.cliques(link_type=["y-z", "z-x"])) == ["2"]
    assert (
        ids(view.cliques({"focal_point": "a"}, link_type="y-z")) == ids(view.cliques(link_type="z-x")) == []
    )


def test_lists_are_cut_and_brief(view: View) -> None:
    assert ids(view.objects(skip=1, limit=2)) == ["r.", "r/1"]
    assert ids(view.objects(skip=5)) == ids(view.objects(skip=10**13, limit=10**4)) == []
    assert ids(view.objects(limit=0)) == ids(view.links(limit=0)) == []
    assert len(ids(view.objects(limit=10**9))) == 5
    assert list(view.objects(brief=["type"], limit=1)) == [{"id": "r", "type": "region"}]
    assert list(view.objects(brief=["last_scanned"], limit=1)) == [{"id": "r", "last_scanned": NOW}]
    assert list(view.links(brief=["attributes.network"], limit=1)) == [
        {"id": "ab", "attributes": {"network": "n"}}
    ]
    assert list(view.cliques(brief=[])) == [{"id": "1"}, {"id": "2"}]


def test_everything_is_exported(view: View) -> None:
    assert [(found["collection"], found["id"]) for found in view.export()][4:] == [
        ("inventory", "é"),
        ("links", "ab"),
        ("links", "bc"),
        ("links", "ca"),
        ("cliques", "1"),
        ("cliques", "2"),
    ]
    assert all(name[0] != "_" for document in view.export() for name in document)


@pytest.mark.parametrize("value", OPERATORS, ids=repr)
def test_values_are_never_operators(view: View, value: Any) -> None:
    for names in (["id"], ["type"], ["name", "tags"]):
        assert ids(view.objects(dict.fromkeys(names, value))) == []
        assert ids(view.objects({name: [value] for name in names})) == []
    text = str(value)
    assert view.object(text) is None
    assert ids(view.objects(under=text)) == ids(view.objects(below=text)) == []
    assert ids(view.links(object_id=text)) == ids(view.links(ids=[text])) == []
    assert ids(view.cliques(link_id=text)) == ids(view.cliques(link_type=text)) == []


@pytest.mark.parametrize(
    "name", ["$where", "$ne", "a.$gt", "", ".", "a.", ".a", "a..b", "a\0b", "_from", "_terms", "_id.x"]
)
def test_names_of_operators_are_refused(view: View, name: str) -> None:
    for read in (view.objects, view.links, view.cliques):
        with pytest.raises(ValueError, match="no attribute is called"):
            read({name: "x"})
        with pytest.raises(ValueError, match="no attribute is called"):
            read(brief=[name])


def test_texts_that_no_database_holds_match_nothing(view: View) -> None:
    assert ids(view.objects({"id": "\udc80"})) == ids(view.objects(under="\udc80")) == []
    assert ids(view.links(object_id="a\0")) == []


def test_times_are_read_for_the_documents_that_are_returned(store: Store, mongo_uri: str) -> None:
    hosts = [f"host:{number:04}" for number in range(1200)]
    store.publish("lab", Topology(inventory=[{"id": name, "source": name} for name in hosts]), at=NOW)
    with MongoClient(mongo_uri) as client:
        client.get_default_database()["sources"].insert_many(
            {"environment": "lab", "source": name, "collected_at": NOW + timedelta(minutes=number)}
            for number, name in enumerate(hosts)
        )
    commands.clear()
    view = store.view("lab")
    assert commands == ["find pointers"]
    assert view.object(hosts[7]) == {
        "environment": "lab",
        "id": hosts[7],
        "source": hosts[7],
        "last_scanned": NOW + timedelta(minutes=7),
    }
    assert commands[1:] == ["find inventory", "find sources"]
    commands.clear()
    assert [document["last_scanned"] for document in view.objects()] == [
        NOW + timedelta(minutes=number) for number in range(1200)
    ]
    assert commands.count("find sources") == 3
    commands.clear()
    assert len(list(view.objects(brief=["id"]))) == 1200
    assert "find sources" not in commands


def test_a_revision_tells_that_reads_may_differ(store: Store) -> None:
    def stage(at: datetime) -> None:
        store.stage("lab", "host:a", [], fetched=[("host", None)], collected_at=at, collector="test")

    later = NOW + timedelta(minutes=1)
    topology = Topology(inventory=[{"id": "a", "source": "host:a"}])
    store.publish("lab", topology, at=NOW)
    seen = [store.view("lab").revision]
    assert store.view("lab", 1).revision == seen[0]
    steps = (
        lambda: stage(NOW),
        lambda: stage(later),
        lambda: store.source_failed("lab", "host:a", "gone", at=later + timedelta(minutes=1)),
        lambda: store.publish("lab", Topology(inventory=[{"id": "b"}]), at=later),
        lambda: store.publish("lab", topology, at=later),
        lambda: store.forget_sources("lab", []),
    )
    for step in steps:
        step()
        seen.append(store.view("lab").revision)
    assert len(set(seen)) == len(seen)
    old = store.view("lab", 1).revision
    assert old not in seen
    stage(later + timedelta(hours=1))
    assert store.view("lab", 1).revision == old
    store.publish("prod", topology, at=NOW)
    assert store.view("prod").revision not in (*seen, old)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sizes=st.tuples(st.integers(0, 40), st.integers(1, 45)),
    kinds=st.lists(st.sampled_from("ab"), max_size=40),
)
def test_pages_together_are_the_list(store: Store, sizes: tuple[int, int], kinds: list[str]) -> None:
    _skip, size = sizes
    environment = f"lab {len(kinds)} {''.join(kinds)}"
    documents = [{"id": f"{number:02}", "type": kind} for number, kind in enumerate(kinds)]
    store.publish(environment, Topology(inventory=documents))
    view = store.view(environment)
    pages = [ids(view.objects({"type": "a"}, skip=skip, limit=size)) for skip in range(0, 41, size)]
    assert [key for page in pages for key in page] == ids(each for each in documents if each["type"] == "a")
