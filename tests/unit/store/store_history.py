"""A history of an environment: what is done in the store, and what must then be read, in plain Python.

Publishers are killed, or stopped and woken up again, in the midst of writing: a document of theirs calls
back when it is encoded for the database.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from pymongo import MongoClient

from calipso.model.retention import Retention, thinned
from calipso.model.topology import COLLECTIONS, Change, Document, Topology
from calipso.store import LeaseLostError, Publication, Store, UnknownGenerationError, View

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

State = dict[str, dict[str, Document]]
"""Collection -> id -> document."""


@dataclass(frozen=True)
class Wish:
    """A state to publish: collection -> id -> value. `by_changes`: by what is different from the newest."""

    values: Mapping[str, Mapping[str, int]]
    by_changes: bool


states = st.builds(
    Wish,
    st.fixed_dictionaries(
        {
            name: st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2), max_size=5)
            for name in COLLECTIONS
        }
    ),
    st.booleans(),
)

places = st.sampled_from(COLLECTIONS)
"""The collection that a publisher is writing when it is killed or stopped."""


class _Killed(BaseException):
    """A publisher is killed."""


class Fuse(Mapping[str, Any]):
    """A value, empty, that calls back when it is encoded."""

    def __init__(self, burn: Callable[[], None]) -> None:
        self._burn = burn

    def __iter__(self) -> Iterator[str]:
        self._burn()
        return iter(())

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __len__(self) -> int:
        return 0

    def __reduce__(self) -> Any:
        return dict, ()


class _Sleeper:
    """A publisher that is stopped while it writes."""

    def __init__(self, publish: Callable[[], Publication | None]) -> None:
        self.stopped = threading.Event()
        self._woken = threading.Event()
        self._result: Publication | None = None
        self._thread = threading.Thread(target=self._run, args=[publish], daemon=True)

    def start(self) -> None:
        """Let it publish until it is stopped."""
        self._thread.start()
        assert self.stopped.wait(60)

    def stop(self) -> None:
        """Stop, as the publisher."""
        if not self.stopped.is_set():
            self.stopped.set()
            assert self._woken.wait(60)

    def wake(self) -> Publication | None:
        """Let it go on to its end; return what it published."""
        self._woken.set()
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self._result

    def _run(self, publish: Callable[[], Publication | None]) -> None:
        try:
            self._result = publish()
        except LeaseLostError:
            self._result = None
        finally:
            self.stopped.set()


class History:
    """An environment of its own; each method but `check` does one thing to it."""

    def __init__(self, store: Store, uri: str) -> None:
        self.environment = uuid.uuid4().hex
        self.now = NOW
        self.states: dict[int, State] = {}
        self.published: dict[int, datetime] = {}
        self.names: dict[int, str] = {}
        self.newest = 0
        self._store = store
        self._database = MongoClient[dict[str, Any]](uri, tz_aware=True).get_default_database()
        self._views: dict[int, tuple[View, State]] = {}
        self._sleepers: list[tuple[_Sleeper, Topology, datetime]] = []
        self._count = 0

    def close(self) -> None:
        """Let everything end."""
        self.wake_all()
        self._database.client.close()

    def publish(self, wish: Wish) -> None:
        """Publish a state."""
        topology = self._topology(wish)
        self._note(self._publisher(topology, wish)(), topology, self.now)

    def kill(self, wish: Wish, where: str) -> None:
        """Let a publisher be killed while it writes a collection."""
        topology = self._topology(wish)

        def die() -> None:
            if self._is_writing():
                raise _Killed

        publish = self._publisher(self._fused(topology, where, die), wish)
        with pytest.raises(_Killed):
            publish()

    def stop(self, wish: Wish, where: str) -> None:
        """Let a publisher be stopped while it writes a collection, for longer than its lease lasts."""
        topology, now = self._topology(wish), self.now

        def pause() -> None:
            if self._is_writing():
                sleeper.stop()

        sleeper = _Sleeper(self._publisher(self._fused(topology, where, pause), wish))
        sleeper.start()
        self._pointers.update_one({"_id": self.environment}, {"$set": {"lease.expires": LONG_AGO}})
        self._sleepers.append((sleeper, topology, now))

    def wake(self) -> None:
        """Let the publisher that was stopped first go on."""
        if self._sleepers:
            sleeper, topology, at = self._sleepers.pop(0)
            publication = sleeper.wake()
            if publication is not None:
                self._note(publication, topology, at)

    def overtake(self, wish: Wish, by: Wish, where: str) -> None:
        """Let a publisher be stopped, another one take over, and the first one write late."""
        self.stop(wish, where)
        self.publish(by)
        self.wake_all()

    def wake_all(self) -> None:
        """Let all publishers end."""
        while self._sleepers:
            self.wake()

    def pass_time(self, hours: int) -> None:
        """Let time pass."""
        self.now += timedelta(hours=hours)

    def name(self, which: int) -> None:
        """Name a generation that is kept, or take its name off."""
        if not self.states:
            return
        number = sorted(self.states)[which % len(self.states)]
        if number in self.names:
            self._store.unname_generation(self.environment, self.names.pop(number))
        else:
            self.names[number] = f"snapshot {number}"
            self._store.name_generation(self.environment, number, self.names[number])

    def thin(self, policy: Retention) -> None:
        """Drop generations; what was dropped before may be deleted by that."""
        wanted = thinned(self.published, policy, named=self.names, now=self.now)
        assert self._store.thin(self.environment, policy, at=self.now) == wanted
        for number in wanted:
            del self.states[number], self.published[number]

    def grace_ends(self) -> None:
        """Let all that is dropped be so since long ago."""
        self._database["generations"].update_many(
            {"environment": self.environment, "dropped": {"$ne": None}}, {"$set": {"dropped": LONG_AGO}}
        )
        self._views = {number: view for number, view in self._views.items() if number in self.states}

    def check(self) -> None:
        """Hold all that can be read against what was published."""
        known = self._store.generations(self.environment)
        assert [(found.number, found.published_at, found.names) for found in known] == [
            (number, self.published[number], (self.names[number],) if number in self.names else ())
            for number in sorted(self.states)
        ]
        for number in range(1, self.newest + 1):
            if number not in self.states:
                with pytest.raises(UnknownGenerationError):
                    self._store.view(self.environment, number)
        for number, state in self.states.items():
            assert _read(self._store.view(self.environment, number)) == state
        for view, state in self._views.values():
            assert _read(view) == state
        for before, old in self.states.items():
            for after, new in self.states.items():
                found = self._store.changes(self.environment, before, after, collections=COLLECTIONS)
                assert found == difference(old, new)

    def orphans(self) -> list[Document]:
        """Return the rows that no generation holds, but for those of attempts that were given up."""
        pointer = self._pointers.find_one({"_id": self.environment}) or {}
        given_up = {*pointer.get("aborted", []), *range(pointer["published"] + 1, pointer["attempt"] + 1)}
        where = {"environment": self.environment}
        kept = [
            found["attempt"]
            for found in self._database["generations"].find(where)
            if found["attempt"] not in given_up
        ]
        return [
            row
            for name in COLLECTIONS
            for row in self._database[name].find(where)
            if row["_from"] not in given_up
            and not any(
                row["_from"] <= attempt and (row["_to"] > attempt or row["_to"] in given_up)
                for attempt in kept
            )
        ]

    @property
    def _pointers(self) -> Any:
        return self._database["pointers"]

    def _is_writing(self) -> bool:
        pointer = self._pointers.find_one({"_id": self.environment}) or {}
        return bool(pointer.get("attempt", 0) > self._begun)

    def _topology(self, wish: Wish) -> Topology:
        pointer = self._pointers.find_one({"_id": self.environment}) or {}
        self._begun = pointer.get("attempt", 0)
        return Topology(
            **{
                name: [
                    {"environment": self.environment, "id": key, "value": value}
                    for key, value in wish.values[name].items()
                ]
                for name in COLLECTIONS
            }
        )

    def _publisher(self, topology: Topology, wish: Wish) -> Callable[[], Publication | None]:
        """Return what publishes `topology`, in the way that is wished, at the time that is now."""
        at, base = self.now, self.newest
        if not wish.by_changes or not base:
            return lambda: self._store.publish(self.environment, topology, at=at)
        changes = difference(self.states[base], _state(topology))
        assert self._store.publish_changes(self.environment, changes, base=base - 1) is None
        return lambda: self._store.publish_changes(self.environment, changes, base=base, at=at)

    def _fused(self, topology: Topology, where: str, burn: Callable[[], None]) -> Topology:
        self._count += 1
        fuse = {"environment": self.environment, "id": "fuse", "value": self._count}
        getattr(topology, where).append(fuse | {"fuse": {}})
        listed = {name: list(getattr(topology, name)) for name in COLLECTIONS}
        listed[where][-1] = fuse | {"fuse": Fuse(burn)}
        return Topology(**listed)

    def _note(self, publication: Publication | None, topology: Topology, at: datetime) -> None:
        assert publication
        state = _state(topology)
        before = self.states.get(self.newest) or _state(Topology())
        assert publication.counts == counts(before, state)
        if not publication.changed:
            assert self.states[self.newest] == state
            return
        self.newest += 1
        assert publication.generation == self.newest
        self.states[self.newest] = state
        self.published[self.newest] = at
        self._views[self.newest] = (self._store.view(self.environment, self.newest), state)


def counts(before: State, after: State) -> dict[str, dict[str, int]]:
    """Return what the counts of a generation must be that comes after another."""
    found = {}
    for name in COLLECTIONS:
        old, new = before[name], after[name]
        both = old.keys() & new.keys()
        changed = sum(old[key] != new[key] for key in both)
        found[name] = {
            "added": len(new) - len(both),
            "removed": len(old) - len(both),
            "changed": changed,
            "unchanged": len(both) - changed,
            "total": len(new),
        }
    return found


def difference(before: State, after: State) -> list[Change]:
    """Return what differs between two states, by collection, then by id."""
    return [
        Change(name, old, new)
        for name in COLLECTIONS
        for key in sorted(before[name].keys() | after[name].keys())
        for old, new in [(before[name].get(key), after[name].get(key))]
        if old != new
    ]


def _state(topology: Topology) -> State:
    return {name: {document["id"]: document for document in getattr(topology, name)} for name in COLLECTIONS}


def _read(view: View) -> State:
    found: State = {name: {} for name in COLLECTIONS}
    for document in view.export():
        document.pop("last_scanned", None)
        collection = found[document.pop("collection")]
        assert document["id"] not in collection
        collection[document["id"]] = document
    return found
