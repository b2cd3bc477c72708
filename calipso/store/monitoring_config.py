"""Monitoring's configuration: what was rendered, and the templates that users put in the place of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from pymongo import DeleteMany, ReplaceOne

from ..model.topology import Document, stable_id
from .conditions import Where, all_of, matching, of_environments
from .connected import Connected
from .encoding import batches
from .errors import raises_store_errors

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class ConfigurationChanges:
    """How many documents were added, changed and removed; and the ids of the hosts that these are for."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    hosts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@raises_store_errors
class MonitoringConfigStore(Connected):
    """Templates have id, environment, order, side, type, monitoring_system, condition, where and config; what
    was rendered has environment, id, side, type, host, order and config.
    """

    def monitoring_templates(self) -> list[Document]:
        """Return the templates that users stored, in their order."""
        found = self._collections["monitoring_config_templates"].find({}, {"_id": 0})
        return list(found.sort([("order", 1), ("id", 1), ("environment", 1)]))

    def put_monitoring_template(self, document: Document) -> None:
        """Store a template, in place of one of the same id and environment."""
        key = stable_id(document["id"], document["environment"] or "")
        self._collections["monitoring_config_templates"].replace_one(
            {"_id": key}, {"_id": key, **document}, upsert=True
        )

    def delete_monitoring_template(self, id: str, environment: str | None) -> bool:  # noqa: A002
        """Remove a stored template, and say whether there was one of that id, for that environment."""
        key = stable_id(id, environment or "")
        return bool(self._collections["monitoring_config_templates"].delete_one({"_id": key}).deleted_count)

    def monitoring_config(
        self, environment: str, where: Where | None = None, *, skip: int = 0, limit: int | None = None
    ) -> list[Document]:
        """Return what was rendered for an environment, in its order. `where` is as in `View`."""
        if limit == 0:
            return []
        found = self._collections["monitoring_config"].find(
            all_of([*of_environments(environment), *matching(where)]),
            {"_id": 0, "digest": 0},
            sort=[("order", 1), ("id", 1)],
            skip=skip,
            limit=limit or 0,
            allow_disk_use=True,
        )
        return list(found)

    def monitoring_config_changes(
        self, environment: str, documents: Iterable[Document]
    ) -> ConfigurationChanges:
        """Return what `replace_monitoring_config` would change."""
        return self._replace(environment, documents, write=False)

    def replace_monitoring_config(
        self, environment: str, documents: Iterable[Document]
    ) -> ConfigurationChanges:
        """Have these be what was rendered for an environment; only what is different is written."""
        return self._replace(environment, documents, write=True)

    def _replace(
        self, environment: str, documents: Iterable[Document], *, write: bool
    ) -> ConfigurationChanges:
        stored = self._collections["monitoring_config"]
        known = {
            row["id"]: row
            for row in stored.find({"environment": environment}, {"id": 1, "digest": 1, "host": 1})
        }
        added = changed = 0
        hosts: set[str] = set()
        writes: list[ReplaceOne[Document] | DeleteMany] = []
        for document in documents:
            digest = hashlib.blake2b(
                orjson.dumps(document, option=orjson.OPT_SORT_KEYS), digest_size=16
            ).hexdigest()
            before = known.pop(document["id"], None)
            if before is not None and before["digest"] == digest:
                continue
            added += before is None
            changed += before is not None
            hosts |= {host for host in (document["host"], before and before["host"]) if host}
            key = stable_id(environment, document["id"])
            row = {"_id": key, "environment": environment, **document, "digest": digest}
            writes.append(ReplaceOne({"_id": key}, row, upsert=True))
        hosts |= {row["host"] for row in known.values() if row["host"]}
        gone = [row["_id"] for row in known.values()]
        writes += [DeleteMany({"_id": {"$in": part}}) for part in batches(gone, _BATCH)]
        if write:
            for part in batches(writes, _BATCH):
                stored.bulk_write(part, ordered=False)
        return ConfigurationChanges(added, changed, len(gone), tuple(sorted(hosts)))
