"""The event manager: listeners run for the environments that want one, and for no others."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from calipso.build.registry import default_registry
from calipso.events.manager import FIRST_PAUSE_S, LONGEST_PAUSE_S, EventManager
from calipso.model.environment import Environment
from calipso.store import Store

SUPPORTED = default_registry().supported
SLEEPING = [sys.executable, "-c", "import time; time.sleep(60)"]


class Listeners:
    """Processes in the place of listeners, and a clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.all: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(SLEEPING)
        self.all.append((name, process))
        return process

    def running(self) -> list[str]:
        return sorted(name for name, process in self.all if process.poll() is None)

    def quit(self) -> None:
        """Have all that run end by themselves."""
        for _name, process in self.all:
            process.kill()
            process.wait()


@pytest.fixture
def listeners() -> Iterator[Listeners]:
    made = Listeners()
    yield made
    made.quit()


@pytest.fixture
def manager(store: Store, listeners: Listeners) -> EventManager:
    return EventManager(store, SUPPORTED, listeners.start, clock=lambda: listeners.now)


def operational(store: Store) -> dict[str, str]:
    return {environment.name: environment.operational for environment in store.environments()}


def test_listeners_run_where_they_are_wanted(
    store: Store, manager: EventManager, listeners: Listeners
) -> None:
    wants = {"scanned": True, "listen": True, "distribution": "Debian"}
    for name, fields in {
        "all": wants,
        "not-scanned": {**wants, "scanned": False},
        "deaf": {**wants, "listen": False},
        "strange": {**wants, "discovered": {"mechanism_drivers": ["Unheard"]}},
        "more": wants,
    }.items():
        store.create_environment(Environment(name, **fields))
    manager.look()
    assert listeners.running() == ["all", "more"]
    manager.look()
    assert len(listeners.all) == 2

    store.change_environment("deaf", {"listen": True})
    store.change_environment("all", {"listen": False, "operational": "running"})
    store.delete_environment("more", "delete")
    manager.look()
    assert listeners.running() == ["deaf"]
    assert operational(store)["all"] == "stopped"


def test_a_listener_that_quits_is_started_again_after_pauses_that_grow(
    store: Store, manager: EventManager, listeners: Listeners
) -> None:
    store.create_environment(Environment("lab", scanned=True, listen=True))
    manager.look()
    pause = FIRST_PAUSE_S
    for _time in range(8):
        listeners.quit()
        manager.look()
        assert (listeners.running(), operational(store)["lab"]) == ([], "error")
        pause = min(2 * pause, LONGEST_PAUSE_S)
        listeners.now += pause - 0.1
        manager.look()
        assert listeners.running() == []
        listeners.now += 0.2
        manager.look()
        assert listeners.running() == ["lab"]
    listeners.now += 3600
    listeners.quit()
    manager.look()
    listeners.now += FIRST_PAUSE_S
    manager.look()
    assert listeners.running() == ["lab"]


def test_the_manager_ends_its_listeners(store: Store, manager: EventManager, listeners: Listeners) -> None:
    store.create_environment(Environment("lab", scanned=True, listen=True, operational="running"))
    manager.look()
    assert listeners.running() == ["lab"]
    manager.stop()
    manager.run()
    assert (listeners.running(), operational(store)["lab"]) == ([], "stopped")
