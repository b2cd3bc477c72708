"""Following an environment: listening, asking and publishing, side by side, in one process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..model.topology import Message
from .asking import Asker, Questions
from .follower import Follower, Handled
from .listener import Listener
from .notification import Notification
from .result import Ask
from .rounds import Rounds

if TYPE_CHECKING:
    from ..store import Store
    from ..store.lease import Lease
    from .table import Handlers

QUIET_S, AT_LEAST_EVERY_S = 0.15, 0.75
"""A generation is made when nothing more has come for a moment, or the first of it has waited so long."""

LONGEST_S = 10.0
"""While more comes, it is waited for as long as the last generation took to make, but no longer than this."""

TIDY_EVERY_S = 600.0

_TICK_S = 5.0
_PAUSE_S = 2.0

_log = logging.getLogger(__name__)


class Following:
    """Follows one environment until `stop` is called.

    `asker` asks hosts and OpenStack; `rounds` says which host is looked at without cause. `tidy` drops the
    generations that are not kept.
    """

    def __init__(
        self,
        store: Store,
        environment: str,
        bus: Sequence[dict[str, Any]],
        handlers: Handlers,
        asker: Asker,
        rounds: Rounds,
        *,
        tidy: Callable[[], None],
    ) -> None:
        self._store = store
        self._name = environment
        self._handlers = handlers
        self._asker = asker
        self._rounds = rounds
        self._tidy = tidy
        self._operational = ""
        self._lease: Lease | None = None
        self._kept: list[Ask] | None = None
        self._took = 0.0
        self.questions = Questions()
        self.follower = Follower(store, environment, handlers, ask=self.want)
        self._listener = Listener(environment, bus, handlers.queues, self)
        self._stopping = threading.Event()

    @property
    def stopping(self) -> bool:
        """Whether it is to end."""
        return self._stopping.is_set()

    def stop(self) -> None:
        """End soon."""
        self._stopping.set()
        self._listener.stop()
        self.questions.wanted.set()
        self.follower.changed.set()

    def run(self) -> None:
        """Follow. Raises BusyError where another process follows this environment already."""
        with self._store.listening(self._name) as lease:
            self._lease = lease
            self._again(self.follower.read)
            self.want(Ask(*words) for words in lease.document.get("open", ()))
            threads = [
                threading.Thread(target=self._publish, name="publishing"),
                threading.Thread(target=self._ask, name="asking"),
            ]
            for thread in threads:
                thread.start()
            try:
                self._listener.run(tick=self._keep)
            finally:
                self.stop()
                for thread in threads:
                    thread.join()
                self.state("stopped")

    def want(self, asks: Iterable[Ask]) -> None:
        """Have these asked."""
        self.questions.want({ask.by(self.follower.known.inventory_name) for ask in asks})

    def wants(self, event: Notification) -> bool:
        """Say whether anything follows from a notification."""
        return self._handlers.of(event.event_type) is not None or event.message() is not None

    def take(self, events: Sequence[Notification]) -> list[Handled]:
        """Take notifications, as `Follower.take`; what they leave open is kept, too."""
        handled = self.follower.take(events)
        self._keep()
        return handled

    def tell(self, message: Message) -> None:
        """Add a message to the environment's."""
        self._store.add_messages(self._name, [message], scan_id=None, at=datetime.now(UTC))

    def state(self, operational: str) -> None:
        """Note in the environment how its listener is, where that changed."""
        from ..store import StoreError

        if operational == self._operational:
            return
        try:
            self._store.change_environment(self._name, {"operational": operational})
            self._operational = operational
        except (StoreError, LookupError) as error:
            _log.warning("%s: %s", self._name, error)

    def _keep(self) -> None:
        """Keep the right to follow, and which questions are open: whoever follows next asks them."""
        if self._lease is None:
            return
        still = self.questions.open()
        if still == self._kept:
            self._lease.renew()
        else:
            self._lease.update({"open": [[ask.kind, ask.attribute, ask.value] for ask in still]})
            self._kept = still

    def _publish(self) -> None:
        tidied = time.monotonic()
        while not self.stopping:
            has_news = self.follower.changed.wait(_TICK_S)
            if self.stopping:
                return
            if has_news:
                self._gather()
                begun = time.monotonic()
                self._again(self.follower.publish)
                self._took = time.monotonic() - begun
            self._again(self.follower.tick)
            if time.monotonic() - tidied > TIDY_EVERY_S:
                self._again(self._tidy)
                tidied = time.monotonic()

    def _gather(self) -> None:
        """Wait until nothing more comes."""
        until = time.monotonic() + min(max(AT_LEAST_EVERY_S, self._took), LONGEST_S)
        seen = -1
        while seen != self.follower.taken and time.monotonic() < until:
            seen = self.follower.taken
            self._stopping.wait(QUIET_S)

    def _ask(self) -> None:
        while not self.stopping:
            wait_s = self.questions.wait_s()
            self.questions.wanted.wait(_TICK_S if wait_s is None else min(wait_s, _TICK_S))
            self.questions.wanted.clear()
            if self.stopping:
                return
            asks = self.questions.due()
            unhinted = [] if asks else self._rounds.due(self.follower.known.hosts)
            if asks or unhinted:
                self._run([*asks, *Ask.hosts(unhinted)], unhinted)

    def _run(self, asks: Collection[Ask], unhinted: Collection[str]) -> None:
        begun, since = time.monotonic(), datetime.now(UTC)
        try:
            asked = self._asker.ask(asks)
        except OSError as error:
            _log.error("%s: nobody can be asked: %s", self._name, error)
            asked = []
        self._rounds.asked(asks)
        if asked:
            still = [host for host in unhinted if not self.questions.holds(Ask.hosts([host]))]
            self._again(lambda: self.follower.answered(asked, since, unhinted=still))
        known = self.follower.known
        self.questions.answered([(ask, known.answer(ask)) for ask in asked], begun=begun)
        if not asked:
            self._stopping.wait(_PAUSE_S)
        self.questions.put_off(set(asks) - set(asked))

    def _again(self, action: Callable[[], object]) -> None:
        """Do something; where the database does not answer, again until it does."""
        from ..store import StoreError

        while not self.stopping:
            try:
                action()
            except StoreError as error:
                _log.warning("%s: %s; again in %d s", self._name, error, _PAUSE_S)
            except Exception:
                _log.exception("%s: again in %d s", self._name, _PAUSE_S)
            else:
                return
            self._stopping.wait(_PAUSE_S)
