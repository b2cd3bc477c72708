"""What the API tells of environments, held against the topology that was published."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api_server import AT, Api, cloud
from prometheus_client.parser import text_string_to_metric_families

from calipso.model.topology import Document, Message, Topology
from calipso.store import Store

BLUE = {"env_name": "blue"}


@pytest.fixture(scope="module")
def blue() -> Topology:
    """What was published of environment blue."""
    return cloud("blue")


@pytest.fixture
def ask(api: Api, tokens: dict[str, str]) -> Callable[..., Any]:
    """Return a function that asks about environment blue, as a viewer."""
    return lambda path, **query: api.get(path, tokens["viewer"], **BLUE, **query)


def ids(documents: list[Document]) -> list[str]:
    """Return their ids."""
    return [document["id"] for document in documents]


def of_type(topology: Topology, kind: str) -> list[Document]:
    """Return the objects of a type."""
    return [found for found in topology.inventory if found["type"] == kind]


def test_objects_come_in_pages_and_whole(ask: Callable[..., Any], blue: Topology) -> None:
    whole = ask("/inventory", page_size=10_000)["objects"]
    assert ids(whole) == sorted(ids(blue.inventory))
    pages = [
        found
        for page in range(len(whole) // 7 + 2)
        for found in ask("/inventory", page=page, page_size=7)["objects"]
    ]
    assert pages == whole
    for document in blue.inventory[::5]:
        told = ask("/inventory", id=document["id"])
        assert {name: told[name] for name in document} == json.loads(json.dumps(document))
        assert told["last_scanned"] == "2026-01-02T03:04:05.000Z"


def test_objects_by_each_filter(ask: Callable[..., Any], blue: Topology) -> None:
    host = of_type(blue, "host")[0]
    path = host["id_path"]

    def found(**query: Any) -> list[str]:
        return ids(ask("/inventory", page_size=10_000, **query)["objects"])

    def wanted(admits: Callable[[Document], bool]) -> list[str]:
        return sorted(document["id"] for document in blue.inventory if admits(document))

    assert found(id_path=path) == [host["id"]]
    assert found(type="vnic") == wanted(lambda each: each["type"] == "vnic")
    children = wanted(lambda each: each["parent_id"] == host["id"])
    assert found(parent_id=host["id"]) == found(parent_path=path) == children
    assert found(parent_path="/blue") == wanted(lambda each: each["parent_id"] == "blue")
    below = wanted(lambda each: each["id_path"].startswith(f"{path}/"))
    assert found(parent_path=path, sub_tree=True) == below
    assert len(below) > len(children) > 0
    assert found(parent_path=path, parent_id=host["id"]) == children
    assert found(parent_path=path, parent_id="another") == []
    assert found(parent_path=f"/elsewhere/{host['id']}") == []
    assert found(parent_path=path, sub_tree=True, type="vnic") == sorted(
        each["id"] for each in of_type(blue, "vnic") if each["id"] in below
    )


def test_links_by_each_filter(ask: Callable[..., Any], blue: Topology) -> None:
    def found(**query: Any) -> list[str]:
        return ids(ask("/links", page_size=10_000, **query)["links"])

    def wanted(admits: Callable[[Document], bool]) -> list[str]:
        return sorted(link["id"] for link in blue.links if admits(link))

    one = next(link for link in blue.links if link["link_type"] == "vnic-vconnector")
    assert found() == wanted(lambda _link: True)
    for name in ("host", "link_type", "link_name", "source_id", "target_id", "state"):
        value = one[name]
        like = wanted(lambda link, n=name, v=value: link.get(n) == v)
        assert one["id"] in like
        assert found(**{name: value}) == like
    network = one["attributes"]["network"]
    bearing = wanted(lambda link: link["attributes"].get("network") == network)
    assert found(**{"attributes:network": network}) == bearing != []
    assert found(link_type="vconnector-vnic") == found(link_type="vnic-vconnector")
    both = wanted(lambda link: link["link_type"] in ("vnic-vconnector", "instance-vnic"))
    assert found(link_type=["vnic-vconnector", "vnic-instance"]) == both
    assert ask("/links", id=one["id"]) == json.loads(json.dumps(one))


def test_cliques_by_each_filter(ask: Callable[..., Any], blue: Topology) -> None:
    def found(**query: Any) -> list[str]:
        return ids(ask("/cliques", page_size=10_000, **query)["cliques"])

    def wanted(admits: Callable[[Document], bool]) -> list[str]:
        return sorted(clique["id"] for clique in blue.cliques if admits(clique))

    one = next(clique for clique in blue.cliques if clique["focal_point_type"] == "instance")
    types = {link["id"]: link["link_type"] for link in blue.links}
    assert found() == wanted(lambda _clique: True)
    assert found(focal_point=one["focal_point"]) == [one["id"]]
    assert found(focal_point_type="instance") == wanted(lambda each: each["focal_point_type"] == "instance")
    assert found(link_id=one["links"][0]) == wanted(lambda each: one["links"][0] in each["links"])
    holding = wanted(lambda each: any(types[link] == "vedge-otep" for link in each["links"]))
    assert found(link_type="vedge-otep") == found(link_type="otep-vedge") == holding != []
    told = ask("/cliques", id=one["id"])
    assert told["links"] == one["links"]
    assert sorted(ids(told["links_detailed"])) == sorted(one["links"])


def test_an_object_comes_with_all_that_is_around_it(ask: Callable[..., Any], blue: Topology) -> None:
    host = of_type(blue, "host")[0]
    told = ask("/objects", id=host["id"])
    assert told["object"]["id"] == host["id"]
    assert told["generation"] == 2
    assert told["status"] == {
        "health": host["health"],
        "state": host.get("state"),
        "stale": False,
        "last_scanned": "2026-01-02T03:04:05.000Z",
    }
    assert [each["type"] for each in told["parents"]] == ["region", "availability_zone"]
    assert Counter(each["type"] for each in told["children"])["instance"] == 4
    assert not any(each["type"].endswith("_folder") for each in told["children"])
    touching = [link for link in blue.links if host["id"] in (link["source_id"], link["target_id"])]
    assert sorted(ids(told["links"])) == sorted(ids(touching))
    assert {each["other_end"]["type"] for each in told["links"]} == {"host_pnic", "vedge"}
    assert [each["message"] for each in told["messages"]] == ["an old kernel"]


@pytest.mark.parametrize("kind", ["instance", "host", "network", "vnic", "switch_pnic", "port"])
def test_the_clique_of_any_object(ask: Callable[..., Any], blue: Topology, kind: str) -> None:
    """Built with the generation, walked when asked for (vnic), or alone (port): a graph in layers."""
    focal = of_type(blue, kind)[0]
    told = ask("/clique", id=focal["id"])
    built = [each for each in blue.cliques if each["focal_point"] == focal["id"]]
    links = [link["id"] for link in told["links"]]
    assert links == told["clique"]["links"]
    if built:
        assert links == built[0]["links"]
    assert bool(built) == (kind not in ("vnic", "port"))
    assert bool(links) == (kind != "port")
    ends = {link[end] for link in told["links"] for end in ("source_id", "target_id")}
    assert set(ids(told["objects"])) == ends | {focal["id"]}
    layers = told["layers"]
    assert layers[0] == [focal["id"]]
    assert sorted(key for layer in layers for key in layer) == sorted(ids(told["objects"]))
    places = {key: number for number, layer in enumerate(layers) for key in layer}
    assert all(abs(places[link["source_id"]] - places[link["target_id"]]) <= 1 for link in told["links"])


def test_a_walked_clique_is_that_of_its_instance(ask: Callable[..., Any], blue: Topology) -> None:
    """What hangs below an instance with one vNIC is what hangs below that vNIC."""
    instance = of_type(blue, "instance")[0]
    vnic = next(each for each in of_type(blue, "vnic") if each.get("instance_id") == instance["id"])
    walked, built = ask("/clique", id=vnic["id"]), ask("/clique", id=instance["id"])
    assert set(ids(walked["links"])) == set(ids(built["links"]))


def test_search_ranks_and_filters(
    ask: Callable[..., Any], blue: Topology, api: Api, tokens: dict[str, str]
) -> None:
    instance = next(each for each in of_type(blue, "instance") if each["name"] == "vm-1-1")

    def found(text: str, **query: Any) -> list[Document]:
        listed: list[Document] = ask("/search", q=text, **query)["objects"]
        return listed

    for text in ("vm-1-1", "VM-1-1", instance["id"], instance["id"][:9], instance["mac_address"]):
        assert instance["id"] in ids(found(text))
    assert found("vm-1-1")[0]["id"] == instance["id"]
    assert instance["id"] in ids(found(instance["mac_address"].replace(":", "")))
    assert {each["type"] for each in found("type:instance")} == {"instance"}
    assert ids(found("type:instance vm-1-1")) == [instance["id"]]
    assert found("no such thing") == []
    assert len(found("vm", limit=3)) == 3
    everywhere = api.get("/search", tokens["root"], q="vm-1-1")["objects"]
    assert {each["environment"] for each in everywhere} == {"blue", "red"}


def test_every_read_can_ask_for_an_older_state(ask: Callable[..., Any], blue: Topology) -> None:
    """The first generation has ten objects, and neither links nor cliques."""
    first = {found["id"]: found for found in blue.inventory[:10]}
    key = next(iter(first))
    later = (AT + timedelta(days=1)).isoformat()
    assert ids(ask("/inventory", generation="1")["objects"]) == sorted(first)
    assert len(ask("/inventory", generation="as designed")["objects"]) == len(blue.inventory)
    assert len(ask("/inventory", at=later)["objects"]) == len(blue.inventory)
    assert ask("/links", generation="1") == {"links": []}
    assert ask("/cliques", generation="1") == {"cliques": []}
    assert ask("/objects", id=key, generation="1")["generation"] == 1
    assert ask("/clique", id=key, generation="1")["generation"] == 1
    assert (
        ask("/search", q="vm", generation="1")["objects"] == [] != ask("/search", q="vm", at=later)["objects"]
    )
    counted = ask("/aggregates", type="environment", generation="1")["aggregates"]["object_types"]
    assert counted == Counter(found["type"] for found in first.values())


def test_answers_that_one_has_are_not_sent_again(own_api: Api, store: Store) -> None:
    token = own_api.log_in("viewer")
    host = next(store.view("blue").objects(type="host"))["id"]
    for path, query in (
        ("/inventory", {}),
        ("/links", {"host": host}),
        ("/clique", {"id": host}),
        ("/search", {"q": "vm"}),
    ):
        how = {"params": {**BLUE, **query}}
        first = own_api.ask("GET", path, token, **how)
        tag = first.headers["ETag"]
        again = own_api.ask("GET", path, token, headers={"If-None-Match": f'"x", {tag}'}, **how)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        other = own_api.ask(
            "GET", path, token, headers={"If-None-Match": tag}, params={**BLUE, **query, "generation": "1"}
        )
        assert other.status_code != 304
        now = datetime.now(UTC)
        store.source_failed("blue", f"host:{host}", "no route", at=now, scan_id=None)
        stale = own_api.ask("GET", path, token, headers={"If-None-Match": tag}, **how)
        assert stale.status_code == 200, path


def test_a_tag_tells_of_all_that_an_answer_is_made_of(own_api: Api, store: Store) -> None:
    """An object comes with messages, and a clique that is walked depends on the clique types."""
    token = own_api.log_in("editor")
    port = next(store.view("blue").objects(type="switch_pnic"))["id"]
    host = next(store.view("blue").objects(type="host"))["id"]
    first = {
        (path, key): own_api.ask("GET", path, token, params={**BLUE, "id": key})
        for path, key in (("/objects", host), ("/clique", port), ("/clique", host))
    }

    def again() -> list[int]:
        return [
            own_api.ask(
                "GET",
                path,
                token,
                params={**BLUE, "id": key},
                headers={"If-None-Match": told.headers["ETag"]},
            ).status_code
            for (path, key), told in first.items()
        ]

    assert again() == [304, 304, 304]
    store.add_messages("blue", [Message("warn", "disk is full", host, "host")], scan_id=None, at=AT)
    links = ["switch_pnic-host_pnic", "host_pnic-vedge"]
    body = {"environment": "blue", "name": "far", "focal_point_type": "switch_pnic", "link_types": links}
    made = own_api.ask("POST", "/clique_types", token, json=body).json()
    walked = own_api.get("/clique", token, **BLUE, id=port)["clique"]["clique_type"]
    assert again() == [200, 200 if walked == "far" else 304, 304]
    own_api.ask("DELETE", "/clique_types", token, params={"id": made["id"]})
    assert again() == [200, 304, 304]


def test_answers_are_packed_for_those_who_take_it(api: Api, tokens: dict[str, str]) -> None:
    url, headers = "/inventory?env_name=blue", {"Accept-Encoding": "identity"}
    plain = api.ask("GET", url, tokens["viewer"], headers=headers)
    assert "Content-Encoding" not in plain.headers
    packed = api.ask("GET", url, tokens["viewer"], headers={"Accept-Encoding": "gzip"}, stream=True)
    sent = packed.raw.read()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(sent) < len(plain.content) / 4
    assert zlib.decompress(sent, 16 + zlib.MAX_WBITS) == plain.content
    head = api.ask("HEAD", url, tokens["viewer"], headers=headers)
    assert (head.status_code, head.content) == (200, b"")


def test_snapshots_are_made_compared_and_removed(own_api: Api) -> None:
    token = own_api.log_in("editor")
    body = {**BLUE, "name": "before change 4711", "generation": 1}
    assert own_api.ask("POST", "/snapshots", token, json=body).status_code == 201
    assert own_api.ask("POST", "/snapshots", token, json={**body, "generation": 2}).status_code == 409
    names = {each["number"]: each["names"] for each in own_api.get("/snapshots", token, **BLUE)["snapshots"]}
    assert names == {1: ["before change 4711"], 2: ["as designed"]}
    told = own_api.get("/compare", token, **BLUE, before="before change 4711", after="as designed")
    topology = cloud("blue")
    added = [each for each in topology.inventory[10:] if not each["type"].endswith("_folder")]
    assert sorted(ids(told["objects"]["added"])) == sorted(ids(added))
    assert sorted(ids(told["links"]["added"])) == sorted(ids(topology.links))
    assert told["summary"]["objects"] == {"moved": 0, "removed": 0, "added": len(added), "changed": 0}
    assert not told["equal"]
    assert own_api.get("/compare", token, **BLUE, before="latest")["equal"]
    query = {**BLUE, "name": "before change 4711"}
    assert own_api.ask("DELETE", "/snapshots", token, params=query).status_code == 200
    assert own_api.ask("DELETE", "/snapshots", token, params=query).status_code == 404
    numbers = [each["number"] for each in own_api.get("/generations", token, **BLUE)["generations"]]
    assert numbers == [2, 1]


def test_requests_are_kept_for_workers(own_api: Api) -> None:
    token = own_api.log_in("editor")
    made = own_api.ask("POST", "/scans", token, json={**BLUE, "links_only": True}).json()
    scan = own_api.get("/scans", token, id=made["id"])
    assert (scan["status"], scan["submitted_by"], scan["options"]["only"]) == ("pending", "editor", "links")
    assert scan.pop("log") == []
    assert own_api.get("/scans", token, **BLUE, status="pending")["scans"] == [scan]
    assert own_api.get("/scans", token, **BLUE, status="running")["scans"] == []
    both = {**BLUE, "links_only": True, "cliques_only": True}
    assert own_api.ask("POST", "/scans", token, json=both).status_code == 400
    made = own_api.ask("POST", "/scheduled_scans", token, json={**BLUE, "cron": "0 0 * * sun"}).json()
    assert own_api.get("/scheduled_scans", token, id=made["id"])["cron"] == "0 0 * * sun"
    body = {**BLUE, "test_targets": ["OpenStack", "AMQP"]}
    made = own_api.ask("POST", "/connection_tests", token, json=body).json()
    assert (
        own_api.get("/connection_tests", token, **BLUE, test_targets="AMQP")["connection_tests"][0]["id"]
        == made["id"]
    )


def test_environments_are_configured_without_secrets(own_api: Api) -> None:
    root = own_api.log_in("root")
    section = {"name": "OpenStack", "cloud": "green"}
    new = {"name": "green", "distribution": "Kolla", "configuration": [section]}
    assert own_api.ask("POST", "/environment_configs", root, json=new).status_code == 201
    assert own_api.ask("POST", "/environment_configs", root, json=new).status_code == 409
    told = own_api.get("/environment_configs", root, name="green")
    assert (told["configuration"], told["user"]) == ([section], "root")
    assert told["features"] == ["listening", "monitoring", "scanning"]
    secret = {"configuration": [{"name": "mysql", "host": "db", "user": "ro", "pwd": "S3CRET"}]}
    refused = own_api.ask("PUT", "/environment_configs", root, params={"name": "green"}, json=secret)
    assert refused.status_code == 400
    assert "S3CRET" not in refused.text
    assert "secret" in refused.json()["error"]["message"]
    unsupported = own_api.ask(
        "POST", "/environment_configs", root, json={"name": "x", "distribution": "Kola"}
    )
    assert "Kolla" in unsupported.json()["error"]["message"]
    assert own_api.ask("DELETE", "/environment_configs", root, params={"name": "green"}).status_code == 400
    query = {"name": "blue", "inventory": "delete"}
    assert own_api.ask("DELETE", "/environment_configs", root, params=query).status_code == 200
    assert own_api.ask("GET", "/inventory", root, params=BLUE).status_code == 404
    assert own_api.ask("DELETE", "/environment_configs", root, params=query).status_code == 404


def test_clique_types_are_added_and_walked(own_api: Api) -> None:
    editor, root = own_api.log_in("editor"), own_api.log_in("root")
    body = {
        "environment": "blue",
        "name": "ports",
        "focal_point_type": "switch_pnic",
        "link_types": ["switch_pnic-host_pnic"],
    }
    made = own_api.ask("POST", "/clique_types", editor, json=body).json()
    assert own_api.get("/clique_types", editor, id=made["id"])["link_types"] == ["switch_pnic-host_pnic"]
    assert own_api.ask("POST", "/clique_types", editor, json=body).status_code == 409
    wrong = own_api.ask("POST", "/clique_types", editor, json={**body, "link_types": ["switch_pnic-moon"]})
    assert "'switch_pnic-moon' is no link type" in wrong.json()["error"]["message"]
    everywhere = {**body, "environment": "ANY"}
    assert own_api.ask("POST", "/clique_types", editor, json=everywhere).status_code == 403
    assert own_api.ask("POST", "/clique_types", root, json=everywhere).status_code == 201
    named = own_api.get(
        "/clique_types", editor, **BLUE, focal_point_type="switch_pnic", link_type="host_pnic-switch_pnic"
    )
    assert {each["name"] for each in named["clique_types"]} == {"ports", "switch_pnic"}


def test_constants_and_aggregates(api: Api, tokens: dict[str, str], blue: Topology) -> None:
    token = tokens["viewer"]
    lists = {each["name"]: each["data"] for each in api.get("/constants", token)["constants"]}
    assert {each["value"] for each in lists["object_types"]} >= {found["type"] for found in blue.inventory}
    assert {each["value"] for each in lists["link_types"]} >= {link["link_type"] for link in blue.links}
    assert api.get("/constants", token, name="log_levels")["data"] == lists["log_levels"]
    assert (
        "link_states" in api.ask("GET", "/constants", token, params={"name": "x"}).json()["error"]["message"]
    )
    counted = api.get("/aggregates", token, type="environment", **BLUE)["aggregates"]["object_types"]
    assert counted == Counter(found["type"] for found in blue.inventory)
    counted = api.get("/aggregates", token, type="constant")["aggregates"]["names"]
    assert counted == {name: len(data) for name, data in lists.items()}
    constraints = api.get("/clique_constraints", token, focal_point_type="instance")["clique_constraints"]
    assert [each["constraints"] for each in constraints] == [["network"]]


def test_metrics_tell_what_was_asked_and_what_there_is(
    api: Api, tokens: dict[str, str], blue: Topology
) -> None:
    text = api.ask("GET", "/metrics", tokens["viewer"]).text
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    logins = (("method", "POST"), ("path", "/auth/tokens"), ("status", "201"))
    assert samples["calipso_http_requests_total", logins] >= 5
    assert samples["calipso_generation", (("environment", "blue"),)] == 2
    objects = (("collection", "inventory"), ("environment", "blue"))
    assert samples["calipso_documents", objects] == len(blue.inventory)
