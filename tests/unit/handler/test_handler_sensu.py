"""The handler as a real Sensu Go runs it; and the synchronisation, which makes up for what was lost."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from handler_host import HandlerHost, event
from sensu_pipeline import give_events_to
from sensu_server import SensuAgent, SensuBackend, wait_until

from calipso.model.topology import Document
from calipso.store import Store

DONE, WAITING = 0, 1


@pytest.fixture
def namespace(sensu_backend: SensuBackend, host: HandlerHost) -> Iterator[str]:
    """A namespace of Sensu whose events come to the handler."""
    name = f"handler-{uuid4()}"
    sensu_backend.ask("PUT", f"/api/core/v2/namespaces/{name}", {"name": name})
    give_events_to(host, sensu_backend, name)
    return name


@pytest.fixture
def agent(namespace: str, vnics: list[Document], sensu_agent: Callable[..., SensuAgent]) -> SensuAgent:
    """The agent of a host of `blue`."""
    marks = {"calipso_id": vnics[0]["host"], "calipso_environment": "blue"}
    return sensu_agent(
        vnics[0]["host"],
        namespace=namespace,
        annotations=marks,
        keepalive_handlers=["calipso"],
        keepalive_interval_s=1,
        keepalive_timeout_s=5,
    )


def post(agent: SensuAgent, found: Document, status: int, handlers: tuple[str, ...] = ("calipso",)) -> None:
    """Have an agent report what a check said."""
    check = event(found, status)["check"]
    assert agent.post({"check": {**check, "interval": 15, "handlers": list(handlers)}}).ok


def sends_all(host: HandlerHost) -> bool:
    """Synchronise; say whether all events of Sensu were sent."""
    status, said = host.sync()
    assert status == DONE
    return "events that Sensu has" in said


def status_of(known: Store, found: Document) -> str | None:
    """Return the status of an object."""
    statuses = known.statuses("blue", ids=[found["id"]])
    return statuses[0]["status"] if statuses else None


def test_changes_come_to_calipso_and_keepalives_do(
    host: HandlerHost, agent: SensuAgent, known: Store, vnics: list[Document]
) -> None:
    """An object's status is that of its check; once its host is silent, it is not known."""
    found = vnics[0]
    (machine,) = known.view("blue").objects({"type": "host", "id": found["host"]})
    wait_until(lambda: status_of(known, machine) == "ok", "the host lives")
    for status, word in ((0, "ok"), (2, "error"), (2, "error"), (0, "ok"), (1, "warning")):
        post(agent, found, status)
        wait_until(lambda word=word: status_of(known, found) == word, f"the object is {word}")
        time.sleep(1)  # Sensu sorts a check's results by their second
    agent.kill()
    wait_until(lambda: status_of(known, machine) == "unknown", "the host is silent")
    assert status_of(known, found) == "unknown"
    agent.start()
    wait_until(lambda: status_of(known, found) == "warning", "the host is back")
    wait_until(lambda: not host.waiting(), "the spool is empty")


def test_all_events_are_sent_when_something_may_be_lost_and_else_not(
    host: HandlerHost, agent: SensuAgent, sensu_backend: SensuBackend, known: Store, vnics: list[Document]
) -> None:
    """It is so at first, after a restart of the backend, of a handler, of Calipso, and now and then."""
    found = vnics[0]
    post(agent, found, 1, handlers=())
    wait_until(
        lambda: len(sensu_backend.events(agent.namespace)) == 2, "Sensu has the event and the keepalive"
    )
    status, said = host.sync()
    assert (status, said.partition("; ")[2]) == (
        DONE,
        "sent 2 events that Sensu has, since it was never done, or something may have been lost\n",
    )
    assert status_of(known, found) == "warning"
    assert not sends_all(host)

    assert "something may have been lost" in host.sync("--full")[1]
    assert not sends_all(host)

    sensu_backend.kill()
    status, said = host.sync()
    assert (status, "does not answer: Connection refused" in said) == (WAITING, True)
    sensu_backend.start()
    assert "since Sensu's backend has started" in host.sync()[1]
    assert not sends_all(host)

    with host.start() as process:
        wait_until(lambda: list((host.spool / "writing").iterdir()), "a handler waits for its event")
        process.kill()
    (left,) = (host.spool / "writing").iterdir()
    assert not sends_all(host), "it may be about to write"
    os.utime(left, (1, 1))
    assert "something may have been lost" in host.sync()[1]
    assert not left.exists()
    assert not sends_all(host)

    host.set(full_every=0.1)
    assert "since 0 seconds have passed" in host.sync()[1]
    host.set(full_every=3600, url=(url := host.url).replace("127.0.0.1", "127.0.0.2"))
    post(agent, found, 2)
    wait_until(lambda: not (host.spool / "synced").exists(), "the event cannot be delivered")
    wait_until(
        lambda: sensu_backend.events(agent.namespace)[agent.name, "keepalive"]["check"]["status"] == 0,
        "the agent is heard again",
    )
    host.set(url=url)
    status, said = host.sync()
    assert (status, "something may have been lost" in said) == (DONE, True)
    assert status_of(known, found) == "error"


def test_a_key_that_sensu_refuses_is_said_and_not_shown(
    host: HandlerHost, sensu_backend: SensuBackend, namespace: str
) -> None:
    """A user and password serve as well."""
    sensu = {"url": sensu_backend.url, "namespace": namespace}
    host.set(sensu={**sensu, "api_key": "no-such-key"})
    status, said = host.sync()
    assert (status, "answers 401 (is the API key or password right?)" in said) == (WAITING, True)
    assert "no-such-key" not in said
    host.set(sensu={**sensu, "user": sensu_backend.user, "password": sensu_backend.password})
    assert host.sync()[0] == DONE
    host.set(sensu={**sensu, "user": sensu_backend.user, "password": "wrong"})
    status, said = host.sync("--full")
    assert (status, "answers 401 (is the API key or password right?)" in said) == (WAITING, True)
