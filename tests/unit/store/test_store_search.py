"""Search finds what begins with a text, in values or in later words of names, and nothing else."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import MongoClient

from calipso.model.search import Query, parse
from calipso.model.topology import Document, Topology
from calipso.store import Store, View

FIELDS = ("mac_address", "addresses", "vlan")
ATTRIBUTES = {"type": (), "name": (), "state": ("instance", "port"), "vlan": ("network",), "up": ("port",)}

MAC, SERVER, NETWORK = (
    "fa:16:3e:aa:bb:cc",
    "fa163eaa-97f1-4d33-a9a2-1f0f83a7c6a1",
    "5e0ffab1-0000-4000-8000-0123456789ab",
)

OBJECTS: list[Document] = [
    {"id": SERVER, "type": "instance", "name": "Blue-Web-1", "object_name": "Blue-Web-1", "state": "ERROR"},
    {"id": "p1", "type": "port", "name": "web", "mac_address": MAC, "state": "ERROR", "up": True},
    {"id": "p2", "type": "port", "name": "web 10", "addresses": ["10.1.1.5", "2001:db8::5"], "state": "DOWN"},
    {"id": NETWORK, "type": "network", "name": "web_net", "vlan": 1884},
    {"id": "cmp1::vms", "type": "instances_folder", "name": "web servers"},
    {"id": "long", "type": "host", "name": "x" * 300 + "-y"},
]


@pytest.fixture(scope="module")
def view(mongo_server: str) -> Iterator[View]:
    """A view of a small generation, beside another environment."""
    with Store.open(f"{mongo_server.rpartition('/')[0]}/search") as store:
        store.prepare()
        store.publish("lab", Topology(inventory=OBJECTS), search_fields=FIELDS)
        store.publish("other", Topology(inventory=[{"id": "web", "name": "web"}]), search_fields=FIELDS)
        yield store.view("lab")


def ids(found: list[Document]) -> list[str]:
    """Return the documents' ids."""
    return [document["id"] for document in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("web", ["p1", "p2", NETWORK, SERVER]),
        ("  WEB ", ["p1", "p2", NETWORK, SERVER]),
        ("web  10", ["p2"]),
        ("blue-web-1", [SERVER]),
        ("eb", []),
        ("net", [NETWORK]),
        (MAC, ["p1"]),
        ("FA-16-3E-AA", ["p1"]),
        ("fa163eaabbcc", ["p1"]),
        ("fa16.3eaa.b", ["p1"]),
        ("fa163eaa", [SERVER, "p1"]),
        ("fa163eaa-97f1", [SERVER]),
        ("97f1", []),
        ("10.1.1", ["p2"]),
        ("2001:DB8:0:0::5", ["p2"]),
        ("2001:db8:", ["p2"]),
        ("1884", [NETWORK]),
        ("x" * 299, ["long"]),
        ("servers", []),
        (".*", []),
        ("^0", []),
        ("\\", []),
        ("$gt", []),
        ("", []),
        ("\0", []),
        ("type:instance", [SERVER]),
        ("type:port web", ["p1", "p2"]),
        ("web type:port state:DOWN", ["p2"]),
        ("state:ERROR", [SERVER, "p1"]),
        ("state:ERROR up:true", ["p1"]),
        ("vlan:1884", [NETWORK]),
        ('name:"web 10"', ["p2"]),
        ('"web 10"', ["p2"]),
        ("state:$ne", []),
        ('type:{"$gt":""}', []),
        ("other:web", []),
        ("vlan:1884 up:true", []),
    ],
)
def test_search_understands_what_people_type(view: View, text: str, found: list[str]) -> None:
    query = parse(text, ATTRIBUTES)
    assert ids(view.search(query)) == found
    assert ids(view.search(query, limit=1)) == found[:1]
    for document in view.search(query):
        assert document == view.object(document["id"])


words = st.text(st.sampled_from("aAbB1-_ :.ßé"), min_size=1, max_size=8)
macs = st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":"))
addresses = st.ip_addresses().map(str)
objects = st.fixed_dictionaries(
    {"id": words | st.uuids().map(str), "type": st.sampled_from(["instance", "port", "ports_folder"])},
    optional={
        "name": words | macs,
        "object_name": words,
        "mac_address": macs | st.none(),
        "addresses": st.lists(addresses | words, max_size=2),
        "vlan": st.integers(0, 12) | st.booleans(),
        "other": words,
    },
)


def plain(text: str) -> str:
    """Return a text without case, with single blanks."""
    return " ".join(text.casefold().split())


def model(document: Document) -> set[str]:
    """Return the texts that an object is found by the beginnings of."""
    if document["type"] == "ports_folder":
        return set()
    found = set()
    for name in ("id", "name", "object_name", *FIELDS):
        value = document.get(name)
        texts = {
            plain(str(each))
            for each in (value if isinstance(value, list) else [value])
            if each is not None and not isinstance(each, bool)
        }
        found |= texts
        if name in ("name", "object_name"):
            for text in texts - {
                text for text in texts if re.fullmatch(r"[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*", text)
            }:
                starts = [match.start() for match in re.finditer(r"(?<![^\W_])[^\W_]", text)]
                found |= {text[start:] for start in starts if 0 < start <= len(text) - 3}
    return found - {""}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    listed=st.lists(objects, max_size=8, unique_by=lambda each: each["id"]),
    data=st.data(),
)
def test_every_beginning_finds_what_has_it_and_nothing_else(
    store: Store, listed: list[dict[str, Any]], data: st.DataObject
) -> None:
    environment = uuid.uuid4().hex
    store.publish(environment, Topology(inventory=listed), search_fields=FIELDS)
    view = store.view(environment)
    begun = [text[:length] for each in listed for text in model(each) for length in range(1, len(text) + 1)]
    text = data.draw(words | st.sampled_from(begun) if begun else words)
    notations = {plain(text)}
    if re.fullmatch("[0-9a-f]{6,12}", plain(text)):
        digits = plain(text)
        notations.add(":".join(digits[start : start + 2] for start in range(0, len(digits), 2)))
    wanted = {
        each["id"]
        for each in listed
        if any(has.startswith(start) for has in model(each) for start in notations if start)
    }
    found = ids(view.search(Query(text)))
    assert (set(found), len(found)) == (wanted, len(wanted))
    for document in listed:
        for value in model(document):
            assert document["id"] in ids(view.search(Query(value)))


def test_rows_of_before_are_found_after_the_next_publication(store: Store, mongo_uri: str) -> None:
    first = Topology(inventory=[*OBJECTS, {"id": "gone", "name": "web-gone"}])
    store.publish("lab", first, search_fields=FIELDS)
    store.publish("lab", Topology(inventory=OBJECTS), search_fields=FIELDS)
    with MongoClient(mongo_uri) as client:
        database = client.get_default_database()
        database["inventory"].update_many({}, {"$unset": {"_terms": ""}})
        database["pointers"].update_many({}, {"$unset": {"terms": ""}})
    assert store.view("lab").search(Query("web")) == []
    before = store.view("lab").revision
    publication = store.publish("lab", Topology(inventory=OBJECTS), search_fields=FIELDS)
    assert (publication.generation, publication.changed) == (2, False)
    assert ids(store.view("lab").search(Query("web"))) == ["p1", "p2", NETWORK, SERVER]
    assert "gone" in ids(store.view("lab", 1).search(Query("web")))
    assert store.view("lab").revision != before
    changes = store.changes("lab", 1, 2)
    assert [(change.before or {})["id"] for change in changes] == ["gone"]
    assert "_terms" not in (changes[0].before or {})
    store.publish("lab", Topology(inventory=OBJECTS), search_fields=())
    assert store.view("lab").search(Query("1884")) == []
