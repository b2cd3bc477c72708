"""Module sensu_resources, as a playbook runs it, against a real Sensu Go."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from controller import Controller, Played
from sensu_server import SensuAgent, SensuBackend, wait_until

BOOK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Ask for each in turn
      calipso.topology.sensu_resources:
      args: "{{ item }}"
      loop: "{{ calipso_calls }}"
      loop_control:
        label: ""
      ignore_errors: true
      register: done

    - name: Keep the results
      ansible.builtin.copy:
        content: "{{ done.results | to_json }}"
        dest: "{{ calipso_results }}"
        mode: "0600"
      check_mode: false
      diff: false
"""

MINE = {"calipso_environment": "blue"}


def resource(type_: str, name: str, /, **spec: Any) -> dict[str, Any]:
    """Return one that is environment blue's."""
    metadata = {"name": name, "labels": dict(MINE), "annotations": {"calipso_id": "größe/1"}}
    return {"type": type_, "api_version": "core/v2", "metadata": metadata, "spec": spec}


def check(name: str, **spec: Any) -> dict[str, Any]:
    """Return a check as short as can be."""
    return resource("CheckConfig", name, command="true", interval=3600, subscriptions=["calipso"], **spec)


ONE_OF_EACH: list[dict[str, Any]] = [
    check(
        "calipso_batch", handlers=["calipso"], publish=True, proxy_requests={"entity_attributes": ["true"]}
    ),
    resource("Silenced", "entity:cmp1:calipso_batch", subscription="entity:cmp1", check="calipso_batch"),
    resource("Entity", "switch-1", entity_class="proxy", subscriptions=["switches"]),
    resource("HookConfig", "look", command="true", timeout=10, stdin=False),
    resource("Handler", "calipso", type="pipe", command="true", filters=["calipso_changes"], mutator=""),
    resource("Mutator", "plain", command="cat", env_vars=[]),
    resource("EventFilter", "calipso_changes", action="allow", expressions=["event.check.occurrences == 1"]),
    resource("Asset", "checks", builds=[{"url": "http://127.0.0.1/checks.tar.gz", "sha512": "0" * 128}]),
]
"""Of each type, in an order in which each names what comes after it."""


class Applying:
    """A namespace of its own, and playbooks that give it resources."""

    def __init__(self, backend: SensuBackend, directory: Path) -> None:
        self.backend, self.directory = backend, directory
        self.namespace = f"n-{uuid4()}"
        self.controller = Controller("mongodb://127.0.0.1:1/none", directory)
        self.book = directory / "book.yml"
        self.book.write_text(BOOK)

    def play(self, *calls: dict[str, Any], options: tuple[str, ...] = ()) -> tuple[Played, list[Any]]:
        """Run the module once for each of `calls`; return how it went, and the results."""
        results = self.directory / "results.json"
        played = self.controller.play(str(self.book), *options, calls=list(calls), results=str(results))
        return played.succeeded(), json.loads(results.read_text())

    def call(self, *resources: Any, **options: Any) -> dict[str, Any]:
        """Return the options that apply `resources`, as an administrator with an API key."""
        backend = self.backend
        known = {"url": backend.url, "namespace": self.namespace, "api_key": backend.api_key}
        return {**known, "resources": list(resources), **options}

    def apply(self, *resources: Any, options: tuple[str, ...] = (), **more: Any) -> Any:
        """Apply `resources` as environment blue's, and return the result."""
        _played, (result,) = self.play(self.call(*resources, managed_by="blue", **more), options=options)
        assert not result.get("failed"), result["msg"]
        return result

    def found(self, collection: str) -> dict[str, Any]:
        """Return what Sensu has, by name."""
        path = f"/api/core/v2/namespaces/{self.namespace}/{collection}"
        return {each["metadata"]["name"]: each for each in self.backend.ask("GET", path)}


@pytest.fixture
def applying(sensu_backend: SensuBackend, tmp_path: Path) -> Applying:
    """What applies resources."""
    return Applying(sensu_backend, tmp_path)


def names(changes: list[dict[str, str]]) -> list[str]:
    """Return the names of what was changed."""
    return [change["name"] for change in changes]


def test_only_the_difference_is_applied(applying: Applying) -> None:
    """Each type is created, is then as it shall be, follows a change, and goes when nobody wants it."""
    first = applying.apply(*ONE_OF_EACH)
    assert first["changed"]
    assert first["unchanged"] == 0
    assert names(first["created"]) == [
        applying.namespace,
        "checks",
        "calipso_changes",
        "plain",
        "calipso",
        "look",
        "calipso_batch",
        "switch-1",
        "entity:cmp1:calipso_batch",
    ]
    assert applying.found("handlers")["calipso"]["metadata"]["annotations"] == {"calipso_id": "größe/1"}

    source = applying.directory / "resources.json"
    source.write_text(json.dumps(ONE_OF_EACH))
    user = {"user": applying.backend.user, "password": applying.backend.password}
    same = {**applying.call(managed_by="blue", prune=True, src=str(source)), **user}
    del same["resources"], same["api_key"]
    _played, (again,) = applying.play(same)
    assert not again["changed"], again
    assert again["unchanged"] == len(ONE_OF_EACH) + 1
    assert applying.backend.password not in json.dumps(again["invocation"])

    changed = deepcopy(ONE_OF_EACH[:5])
    del changed[0]["spec"]["handlers"]
    changed[2]["spec"]["subscriptions"] = ["routers"]
    result = applying.apply(*changed, prune=True)
    assert names(result["created"]) == []
    assert names(result["updated"]) == ["calipso_batch", "switch-1"]
    assert names(result["deleted"]) == ["plain", "calipso_changes", "checks"]
    assert not applying.found("checks")["calipso_batch"]["handlers"]
    assert applying.found("entities")["switch-1"]["subscriptions"] == ["routers"]


def test_what_is_not_ours_stays(applying: Applying) -> None:
    """What bears no label or another environment's is not pruned, and another's is not taken."""
    theirs = deepcopy(check("theirs"))
    theirs["metadata"]["labels"] = {"calipso_environment": "green"}
    nobodys = check("nobodys")
    del nobodys["metadata"]["labels"]
    applying.play(applying.call(theirs, nobodys, check("ours")))

    assert names(applying.apply(prune=True)["deleted"]) == ["ours"]
    assert set(applying.found("checks")) == {"theirs", "nobodys"}

    _played, (result,) = applying.play(applying.call(check("theirs"), managed_by="blue"))
    assert result["msg"].startswith("CheckConfig theirs belongs to environment green")


def test_check_mode_and_diff_tell_and_change_nothing(applying: Applying) -> None:
    """Check mode finds what would change, a new namespace too, and diff shows it."""
    planned = applying.apply(check("one"), options=("--check", "--diff"))
    assert names(planned["created"]) == [applying.namespace, "one"]
    assert applying.backend.ask("GET", f"/api/core/v2/namespaces/{applying.namespace}", status=[404]) == {
        "message": "not found",
        "code": 2,
    }

    applying.apply(check("one"), check("two"))
    planned = applying.apply(check("one", timeout=5), prune=True, options=("--check", "--diff"))
    assert [(each["before"].get("spec"), each["after"].get("spec")) for each in planned["diff"]] == [
        (check("one")["spec"], check("one", timeout=5)["spec"]),
        (check("two")["spec"], None),
    ]
    assert planned["diff"][0]["before"]["metadata"] == planned["diff"][0]["after"]["metadata"]
    assert planned["diff"][0]["before_header"] == "CheckConfig one"
    found = applying.found("checks")
    assert found["one"]["timeout"] == 0
    assert "two" in found


def test_a_thousand_resources_in_one_call(applying: Applying) -> None:
    """They take seconds, and less when all is there."""
    many = [check(f"vnic_{number}", handlers=["calipso"]) for number in range(1000)]
    many[0]["metadata"]["annotations"]["calipso_id"] = "{{ 1 + 1 }}"
    source = applying.directory / "resources.json"
    source.write_text(json.dumps(many))
    call = applying.call(src=str(source))
    del call["resources"]
    took = []
    for created in (1001, 0):
        began = time.monotonic()
        _played, (result,) = applying.play(call)
        took.append(time.monotonic() - began)
        assert len(result["created"]) == created
    found = applying.found("checks")
    assert len(found) == 1000
    assert found["vnic_0"]["metadata"]["annotations"]["calipso_id"] == "{{ 1 + 1 }}"
    assert max(took) < 60, took


def test_events_of_what_is_gone(applying: Applying, sensu_agent: Callable[..., SensuAgent]) -> None:
    """Events go with their check, and a host's entity with its events; others stay."""
    resources = [check("calipso_batch"), check("calipso_metrics")]
    applying.apply(*resources)
    agents = {
        name: sensu_agent(f"{name}-{applying.namespace}", namespace=applying.namespace, labels=MINE)
        for name in ("cmp1", "cmp2")
    }
    hosts = applying.directory / "hosts"
    for agent in agents.values():
        (hosts / agent.name).mkdir(parents=True)
        for name, labels in (("kept", MINE), ("gone", MINE), ("other", {}), ("calipso_metrics_0", MINE)):
            said = {"metadata": {"name": name, "labels": labels}, "status": 0, "output": "", "interval": 60}
            agent.post({"check": said})
    kept = {"version": 1, "checks": [{"name": "kept"}]}
    (hosts / agents["cmp1"].name / "checks.json").write_text(json.dumps(kept))
    there = applying.backend.events
    wait_until(lambda: len(there(applying.namespace)) == 10, "Sensu has all events")

    how: dict[str, Any] = {"prune": True, "events": True, "checks_src": str(hosts)}
    result = applying.apply(*resources, **how)
    one, two = agents["cmp1"].name, agents["cmp2"].name
    lost = [(one, "gone"), (two, "gone"), (two, "kept")]
    assert [(each["entity"], each["check"]) for each in result["deleted_events"]] == lost
    assert result["deleted"] == []

    agents["cmp2"].stop()
    (hosts / two).rmdir()
    result = applying.apply(*resources, **how)
    assert names(result["deleted"]) == [two]
    assert set(applying.found("entities")) == {one}
    assert {entity for entity, _check in there(applying.namespace)} == {one}
    assert not applying.apply(*resources, **how)["changed"]


@pytest.fixture(scope="module")
def tls_backend() -> Iterator[SensuBackend]:
    """A backend that wants TLS."""
    backend = SensuBackend(tls=True)
    try:
        backend.start()
        yield backend
    finally:
        backend.remove()


def test_refusals_say_what_to_do(applying: Applying, tls_backend: SensuBackend) -> None:
    """Whatever is wrong, the task fails with what to do about it, and without a secret."""
    backend = applying.backend
    backend.ask("PUT", "/api/core/v2/users/ann", {"username": "ann", "password": "ann's password"})
    call, tls, ca = applying.call, tls_backend.url, str(tls_backend.ca)
    key = tls_backend.api_key
    wrong_type, number = {"type": "Check", "metadata": {"name": "x"}}, check("number")
    number["metadata"]["labels"]["a"] = 1
    expected = [
        (_user(call(), backend.user, "wrong!"), "does not let in admin: check `user` and `password`"),
        (_user(call(check("x")), "ann", "ann's password"), "give it a role that does"),
        (call(api_key="7ab8"), "does not know who asks: check `api_key`"),
        (call(url="http://127.0.0.1:1"), "cannot be reached (Connection refused): check `url`"),
        (call(url="sensu:8080"), "must be like https://"),
        (call(url=tls), "is not trusted (unable to get local issuer certificate): name the file of the"),
        (call(url=tls.replace("https", "http")), "Client sent an HTTP request to an HTTPS server"),
        (call(url=backend.url.replace("http", "https")), "check whether that port speaks TLS"),
        (call(ca="/nowhere", url=tls), "`ca` is /nowhere, which cannot be read as PEM"),
        (call(wrong_type, number), "Resource 0: type is 'Check', and must be one of Namespace, Asset"),
        (call(wrong_type, number), "Resource 1: labels of CheckConfig number must be a mapping of texts."),
        (call(check("same"), check("same")), "Resource 1: CheckConfig same is there twice."),
        (call(check("b ad")), "CheckConfig b ad: Sensu at"),
        (call(check("bad", ttl="long")), "cannot unmarshal string into Go struct field CheckConfig.ttl"),
        (call(prune=True), "prune is True but all of the following are missing: managed_by"),
    ]
    fine = [call(ca=ca, url=tls, api_key=key), call(validate_certs=False, url=tls, api_key=key)]
    _played, results = applying.play(*(each for each, _text in expected), *fine)
    for (each, text), result in zip(expected, results, strict=False):
        assert result["failed"], each
        assert text in result["msg"], result["msg"]
    assert [result["changed"] for result in results[len(expected) :]] == [True, False]


def test_a_field_that_sensu_does_not_know_is_told(applying: Applying) -> None:
    """Sensu drops it in silence; the module warns."""
    played, _results = applying.play(applying.call(check("typo", handler="calipso")))
    assert "Sensu does not keep all of CheckConfig typo" in " ".join(played.errors.split())


def _user(call: dict[str, Any], user: str, password: str) -> dict[str, Any]:
    del call["api_key"]
    return {**call, "user": user, "password": password}
