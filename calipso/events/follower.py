"""An environment that is followed: events and answers change its facts, and so its topology."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from ..build.incremental import IncrementalBuild, RowKey, row_key
from ..build.registry import Registry, default_registry
from ..model.environment import Environment
from ..model.facts import HOST, Row
from ..model.source import OPENSTACK, Facts, Source, host_source
from ..model.topology import Change, Message
from ..scan.clique_types import with_posted
from .changes import MalformedEventError, unaskable
from .contradictions import Contradictions
from .known import Known
from .result import Ask, EventResult
from .surprises import surprises
from .wiring import gone_perhaps, hosts_to_ask, moved_perhaps

if TYPE_CHECKING:
    from ..store import Applied, Store
    from .notification import Notification
    from .table import Handlers

PORT = "port"

OPENSTACK_SYSTEM = "OpenStack"
"""The source system of messages that tell what a cloud's services say."""

COLLECTOR = "listener"
"""What facts say that brought them, where events did."""

_Result = tuple[EventResult, str]
"""What a handler made of an event; and the reason where that failed."""

Verdict = Literal["done", "retry", "dead"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Handled:
    """What is to become of a notification, and why, where it could not be handled."""

    verdict: Verdict
    reason: str = ""


@dataclass(slots=True)
class _Built:
    """What the newest generation was built of, and what is built beyond it.

    `unhinted`: hosts in which what is unpublished is a surprise.
    """

    environment: Environment
    registry: Registry
    build: IncrementalBuild
    generation: int
    sources: Mapping[str, Source]
    unpublished: list[Change] = field(default_factory=list)
    unhinted: set[str] = field(default_factory=set)

    def take(
        self,
        pending: Mapping[RowKey, Row | None],
        sources: Mapping[str, Source] | None,
        unhinted: Collection[str],
    ) -> None:
        """Take rows (None: gone), and how sources are by now; what that changes is unpublished then."""
        rows = [row for row in pending.values() if row is not None]
        gone = [key for key, row in pending.items() if row is None]
        if sources is not None:
            self.sources = sources
        self.unpublished += self.build.apply(rows, gone, sources)
        self.unhinted.update(unhinted)

    def stands(self, environment: Environment, registry: Registry) -> bool:
        """Say whether it would be built in the same way by now."""
        return (self.environment, self.registry.clique_types) == (environment, registry.clique_types)


class Follower:
    """Keeps the newest generation of an environment what its facts amount to.

    `take` and `answered` bring facts, from any thread; `publish` makes a generation of what they brought, in
    one thread. `ask` is told what they leave open. Nothing is kept here that the database has not: another
    follower goes on where this one ends.
    """

    def __init__(
        self,
        store: Store,
        environment: str,
        handlers: Handlers,
        *,
        ask: Callable[[Collection[Ask]], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._name = environment
        self._handlers = handlers
        self._ask = ask
        self._clock = clock
        self._registry = default_registry()
        self._lock = threading.RLock()
        self._facts: Facts | None = None
        self._sources: dict[str, Source] | None = None
        self._pending: dict[RowKey, Row | None] = {}
        self._unhinted: set[str] = set()
        self._built: _Built | None = None
        self._contradictions = Contradictions()
        self.known = Known()
        self.taken = 0
        """How often something was brought."""
        self.changed = threading.Event()
        """Set where there is something to publish."""

    def read(self) -> None:
        """Begin with what the database has. Raises StoreError."""
        with self._lock:
            self._facts = self._store.facts(self._name)
            self.known = Known(self._facts.rows)
            self._pending, self._sources, self._built = {}, None, None
            self.changed.set()

    def take(self, events: Sequence[Notification]) -> list[Handled]:
        """Take notifications: when this returns, what they changed is in the database.

        Raises StoreError; then take them again, which does no harm.
        """
        with self._lock:
            results, applied = self._apply([self._handle(event) for event in events])
            self._tell(events, results)
            asks = {ask for result, _reason in results for ask in result.ask}
            for each in applied:
                asks |= self._take(each.rows, each.gone)
        self._ask(asks)
        return [_handled(result, reason) for result, reason in results]

    def answered(self, asks: Collection[Ask], since: datetime, *, unhinted: Collection[str] = ()) -> None:
        """Take what those who were asked at `since` have said by now. Raises StoreError.

        `unhinted`: hosts that no event gave cause to ask; what is different there is a surprise.
        """
        with self._lock:
            rows, gone = self._store.changed_since(self._name, OPENSTACK, since)
            hosts = {host_source(self.known.inventory_name(ask.value)) for ask in asks if ask.kind == HOST}
            if hosts:
                rows = [*rows, *self._store.facts(self._name, hosts).rows]
                self._sources = self._store.sources(self._name)
                self.changed.set()
            self._unhinted.update(unhinted)
            more = moved_perhaps(self.known, asks, gone) | self._take(rows, gone)
        self._ask(more)

    def publish(self) -> bool:
        """Make a generation of what was brought; return whether that is a new one.

        Raises StoreError; then call it again: nothing is lost.
        """
        environment, registry = self._circumstances()
        with self._lock:
            self.changed.clear()
            pending, self._pending = self._pending, {}
            sources, self._sources = self._sources, None
            unhinted, self._unhinted = self._unhinted, set()
            facts, self._facts = self._facts, None
        built, self._built = self._built, None
        try:
            if built is None or facts is not None or not built.stands(environment, registry):
                has_more = bool(pending) or sources is not None  # came after `facts` were read
                return self._publish_whole(environment, registry, None if has_more else facts)
            built.take(pending, sources, unhinted)
            self._built = built
            return self._publish_changes(built)
        except BaseException:
            self.changed.set()
            raise

    def tick(self) -> None:
        """Tell contradictions that stay, and follow what others published. Raises StoreError."""
        built = self._built
        if built is None:
            return
        if self._store.generation(self._name) != built.generation:
            self.read()
        now = self._clock()
        told = self._contradictions.stand(built.build.messages, now)
        self._store.add_messages(self._name, told, scan_id=None, at=now)

    def _handle(self, event: Notification) -> _Result:
        """Return what the event's handler makes of it, and the reason where that failed."""
        handler = self._handlers.of(event.event_type)
        if handler is None:
            return EventResult(), ""
        try:
            result = handler(event, self.known)
        except MalformedEventError as error:
            return EventResult(result=False), str(error)
        except Exception as error:  # whoever wrote it: the consumer goes on
            _log.exception("%s: the handler of %s failed", self._name, event.event_type)
            return EventResult(result=False), f"its handler failed: {type(error).__name__}: {error}"
        if fault := next(filter(None, map(unaskable, result.ask)), None):
            return EventResult(result=False), f"its handler asks for what nobody tells: {fault}"
        if result.result:
            return result, ""
        return EventResult(result=False, retry=result.retry), result.message or "its handler gave no reason"

    def _apply(self, results: Sequence[_Result]) -> tuple[Sequence[_Result], list[Applied]]:
        """Store what events change; one that tells what cannot be stored fails alone."""
        from ..store import InvalidDocumentError

        changes = [change for result, _reason in results for change in result.changes]
        try:
            applied = self._store.apply(self._name, OPENSTACK, changes, collector=COLLECTOR)
        except InvalidDocumentError as error:
            if len(results) == 1:
                return [(EventResult(result=False), str(error))], []
            parts = [self._apply([result]) for result in results]
            return [result for part, _applied in parts for result in part], [
                each for _part, found in parts for each in found
            ]
        return results, [applied]

    def _tell(self, events: Sequence[Notification], results: Sequence[_Result]) -> None:
        """Add the messages of services' errors, and of what handlers say."""
        now = self._clock()
        for event, (result, _reason) in zip(events, results, strict=True):
            found = [message for message in (event.message(), message_of(result)) if message is not None]
            if found:
                at = min(event.at, now)
                self._store.add_messages(
                    self._name, found, source_system=OPENSTACK_SYSTEM, scan_id=None, at=at
                )

    def _take(self, rows: Iterable[Row], gone: Iterable[tuple[str, str]]) -> set[Ask]:
        """Take rows that are stored; return whom to ask by what they changed."""
        hosts: set[str] = set()
        taken: list[Row] = []
        for row in rows:
            before = self.known.row_of(row)
            if row["data"] == before:
                continue
            if row["kind"] == PORT:
                hosts |= hosts_to_ask(self.known, before, row["data"])
            self.known.take(row)
            self._pending[row_key(row)] = row
            taken.append(row)
        for kind, key in gone:
            if before := self.known.row(kind, key):
                if kind == PORT:
                    hosts |= hosts_to_ask(self.known, before, {})
                self.known.drop(kind, key)
                self._pending[OPENSTACK, kind, key] = None
        self.taken += 1
        if self._pending:
            self.changed.set()
        return {*Ask.hosts(hosts), *gone_perhaps(self.known, taken)}

    def _circumstances(self) -> tuple[Environment, Registry]:
        """Return the environment, and what there is to build, with the clique types that users posted."""
        found = self._store.environment(self._name) or Environment(self._name)
        registry, _unused = with_posted(self._registry, self._store, self._name)
        return found.changed({"operational": "", "scanned": False, "last_scanned": None}), registry

    def _publish_whole(self, environment: Environment, registry: Registry, facts: Facts | None) -> bool:
        if facts is None:
            self.read()
            with self._lock:
                facts, self._facts = self._facts, None
        build = IncrementalBuild(environment, facts or Facts(), registry)
        publication = self._store.publish(
            self._name,
            build.topology,
            at=self._clock(),
            stale=_stale(build.facts.sources),
            search_fields=registry.search_fields,
        )
        self._built = _Built(environment, registry, build, publication.generation, build.facts.sources)
        return publication.changed

    def _publish_changes(self, built: _Built) -> bool:
        if not built.unpublished:
            return False
        publication = self._store.publish_changes(
            self._name,
            built.unpublished,
            base=built.generation,
            at=self._clock(),
            stale=_stale(built.sources),
            search_fields=built.registry.search_fields,
        )
        if publication is None:  # somebody else published meanwhile
            return self._publish_whole(built.environment, built.registry, None)
        changes, built.unpublished = built.unpublished, []
        unhinted, built.unhinted = built.unhinted, set()
        built.generation = publication.generation
        _log.info("%s: generation %d has %d changes", self._name, publication.generation, len(changes))
        if unhinted:
            found = list(surprises(changes, unhinted))
            self._store.add_messages(self._name, found, scan_id=None, at=self._clock())
        return publication.changed


def message_of(result: EventResult) -> Message | None:
    """Return the message that a handler wants told."""
    if not result.result or result.message is None:
        return None
    return Message(
        result.level,
        result.message,
        result.related_object,
        result.related_object_type,
        result.display_context,
    )


def _handled(result: EventResult, reason: str) -> Handled:
    if result.result:
        return Handled("done")
    return Handled("retry" if result.retry else "dead", reason)


def _stale(sources: Mapping[str, Source]) -> dict[str, datetime | None]:
    return {source.name: source.collected_at for source in sources.values() if source.stale}
