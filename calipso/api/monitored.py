"""Metrics of what is monitored: how many objects are how, and what moves through their interfaces."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily

from ..analyze.health import BY_URGENCY
from ..analyze.rates import increase
from ..model.kind import Health
from ..store import UnknownEnvironmentError, UnknownGenerationError

if TYPE_CHECKING:
    from ..store import Growth, Store

KEPT_S = 5.0
"""For so long what was read is told again: several scrapers, or users, cost as little as one."""

WINDOW = timedelta(minutes=3)
"""Throughput is that of this last time; of what was sampled only once in it there is none."""

_DIRECTIONS = {"rx_bytes": "rx", "tx_bytes": "tx"}


@dataclass(frozen=True, slots=True)
class _Found:
    """`statuses`: environment -> type -> status -> number; `throughput`: bytes per second by environment,
    host, type and direction.
    """

    statuses: Mapping[str, Mapping[str, Mapping[Health, int]]]
    throughput: Mapping[tuple[str, str, str, str], float]


class Monitored:
    """Reads what is monitored in all environments, and tells the same for `KEPT_S`."""

    def __init__(self) -> None:
        self._kept: tuple[float, _Found] | None = None

    def of(self, store: Store, environments: Collection[str]) -> MonitoredGauges:
        """Return the gauges of `environments`."""
        kept = self._kept
        if kept is None or time.monotonic() >= kept[0]:
            self._kept = kept = (time.monotonic() + KEPT_S, _read(store))
        return MonitoredGauges(kept[1], environments)


class MonitoredGauges:
    """What is monitored in some environments."""

    def __init__(self, found: _Found, environments: Collection[str]) -> None:
        self._found = found
        self._environments = environments

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the gauges."""
        objects = GaugeMetricFamily(
            "calipso_objects",
            "Objects and links that are monitored, by what their checks say.",
            labels=("environment", "type", "status"),
        )
        for environment, types in self._found.statuses.items():
            if environment in self._environments:
                for type_, numbers in types.items():
                    for status in BY_URGENCY:
                        objects.add_metric((environment, type_, status), numbers.get(status, 0))
        throughput = GaugeMetricFamily(
            "calipso_throughput_bytes_per_second",
            f"Bytes that moved through all interfaces of a type on a host, in the last {WINDOW}.",
            labels=("environment", "host", "type", "direction"),
        )
        for key, bytes_per_second in sorted(self._found.throughput.items()):
            if key[0] in self._environments:
                throughput.add_metric(key, bytes_per_second)
        yield from (objects, throughput)


def _read(store: Store) -> _Found:
    growths: defaultdict[str, list[Growth]] = defaultdict(list)
    for growth in store.growth(None, since=datetime.now(UTC) - WINDOW):
        growths[growth.environment].append(growth)
    throughput: defaultdict[tuple[str, str, str, str], float] = defaultdict(float)
    for environment, grown in growths.items():
        hosts = _hosts(store, environment, {growth.id for growth in grown})
        for growth in grown:
            key = (environment, hosts.get(growth.id, ""), growth.type, _DIRECTIONS[growth.counter])
            throughput[key] += _bytes(growth) / growth.time.total_seconds()
    return _Found(store.count_statuses(None), throughput)


def _bytes(growth: Growth) -> float:
    """Return by how much a counter grew, if it began anew at most once."""
    return growth.highest - growth.first + increase(growth.highest, growth.last)


def _hosts(store: Store, environment: str, ids: Collection[str]) -> dict[str, str]:
    try:
        found = store.view(environment).objects(ids=ids, brief=("host",))
    except (UnknownEnvironmentError, UnknownGenerationError):
        return {}
    return {document["id"]: document.get("host") or "" for document in found}
