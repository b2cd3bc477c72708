"""Publishing: a topology becomes a generation, all at once, and only what changed is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from ..model.topology import COLLECTIONS, Change, Document, Topology
from .connected import Connected
from .encoding import fingerprint
from .errors import InvalidDocumentError, raises_store_errors
from .generations import Pointer
from .lease import Lease
from .making import Making, Publication, newest_generation, unchanged
from .terms import terms_mark
from .topology_rows import check, encoded


@raises_store_errors
class Publisher(Connected):
    """Makes generations.

    `stale` is kept with one: the sources that could not be heard again, and when they last were. Objects are
    found (`View.search`) by their id and names, and by these attributes: `search_fields`. Documents need not
    bear `environment`.
    """

    def publish(
        self,
        environment: str,
        topology: Topology,
        *,
        scan_id: str | None = None,
        at: datetime | None = None,
        only: Collection[str] = COLLECTIONS,
        stale: Mapping[str, datetime | None] = MappingProxyType({}),
        search_fields: Sequence[str] = (),
    ) -> Publication:
        """Make `topology` the newest generation of `environment`, unless it is that already.

        Collections that are not in `only` stay as they are. Documents that come in the same order as the
        published ones are recognised without reading those.

        Raises `InvalidDocumentError`, a ValueError, for what cannot be stored or is there twice, and
        `BusyError` where another process is publishing for too long; then nothing is published.
        """
        documents = {name: getattr(topology, name) for name in COLLECTIONS if name in only}
        prints = {name: fingerprint(listed) for name, listed in documents.items()}
        pointer = Pointer.read(self._collections, environment)
        current = newest_generation(self._collections, environment, pointer)
        if (
            current
            and prints.items() <= current["fingerprints"].items()
            and pointer.terms == terms_mark(search_fields)
        ):
            return unchanged(current)
        for name, listed in documents.items():
            check(listed, name, environment)
        with self._publishing(environment) as lease:
            making = Making(self._collections, lease, environment, search_fields)
            making.renew_terms()
            published = making.current["fingerprints"] if making.current else {}
            differences = {
                name: making.difference(name, listed)
                for name, listed in documents.items()
                if prints[name] != published.get(name)
            }
            return making.finish(differences, published | prints, scan_id=scan_id, at=at, stale=stale)

    def publish_changes(
        self,
        environment: str,
        changes: Sequence[Change],
        *,
        base: int,
        scan_id: str | None = None,
        at: datetime | None = None,
        stale: Mapping[str, datetime | None] = MappingProxyType({}),
        search_fields: Sequence[str] = (),
    ) -> Publication | None:
        """Make the newest generation with `changes` the next one, at the price of these.

        Of several changes of one document the last counts, and of each what it is `after`. Returns None where
        the newest generation has not, or not any more, the number `base`; then nothing is published.

        Raises what `publish` does.
        """
        documents = _afterwards(changes, environment)
        if not base or Pointer.read(self._collections, environment).generation != base:
            return None
        with self._publishing(environment) as lease:
            making = Making(self._collections, lease, environment, search_fields)
            if making.current is None or making.current["number"] != base:
                return None
            making.renew_terms()
            differences = {name: making.difference_of(name, found) for name, found in documents.items()}
            published = {
                name: known
                for name, known in making.current["fingerprints"].items()
                if not differences.get(name)
            }
            return making.finish(differences, published, scan_id=scan_id, at=at, stale=stale)

    def _publishing(self, environment: str) -> Lease:
        return Lease(
            self._collections["pointers"],
            environment,
            f"publishing environment {environment!r}",
            fields={"environment": environment},
        )


def _afterwards(changes: Iterable[Change], environment: str) -> dict[str, dict[str, Document | None]]:
    """Return what becomes of documents, by collection and id. Raises `InvalidDocumentError`."""
    found: dict[str, dict[str, Document | None]] = {name: {} for name in COLLECTIONS}
    for change in changes:
        document = change.before if change.after is None else change.after
        if not document or "id" not in document:
            raise InvalidDocumentError(f"a document of {change.collection} has no id")
        found[change.collection][document["id"]] = change.after
    for name, documents in found.items():
        wanted = [document for document in documents.values() if document is not None]
        check(wanted, name, environment)
        for document in wanted:
            encoded(document, name, environment)
    return {name: documents for name, documents in found.items() if documents}
