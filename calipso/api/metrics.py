"""Metrics for Prometheus: what was served, and what there is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Histogram, multiprocess
from prometheus_client.core import GaugeMetricFamily

from ..model.environment import Environment
from ..store import UnknownGenerationError
from .monitored import Monitored

if TYPE_CHECKING:
    from ..store import Store
    from .route import Route

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST

_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Seconds."""


class Metrics:
    """What a server counts. `shared`: several processes count together, in PROMETHEUS_MULTIPROC_DIR."""

    def __init__(self, *, shared: bool = False) -> None:
        self._shared = shared
        self._own = CollectorRegistry()
        self._monitored = Monitored()
        self._requests = Counter(
            "calipso_http_requests",
            "Requests that were answered.",
            ("method", "path", "status"),
            registry=self._own,
        )
        self._seconds = Histogram(
            "calipso_http_request_seconds",
            "Time until the answer began.",
            ("method", "path"),
            buckets=_BUCKETS,
            registry=self._own,
        )

    def served(self, route: Route, status: int, seconds: float) -> None:
        """Count an answer."""
        self._requests.labels(route.method, route.path, str(int(status))).inc()
        self._seconds.labels(route.method, route.path).observe(seconds)

    def text(self, store: Store, environments: Collection[Environment]) -> str:
        """Return all metrics, with those of `environments`, in Prometheus' text format."""
        registry = self._own
        if self._shared:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        served = prometheus_client.generate_latest(registry)
        there = CollectorRegistry()
        there.register(_Gauges(store, environments))
        there.register(self._monitored.of(store, {environment.name for environment in environments}))
        return (served + prometheus_client.generate_latest(there)).decode()


class _Gauges:
    """What there is in each environment."""

    def __init__(self, store: Store, environments: Iterable[Environment]) -> None:
        self._store = store
        self._environments = environments

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the gauges."""
        generation = GaugeMetricFamily(
            "calipso_generation", "The newest generation.", labels=("environment",)
        )
        documents = GaugeMetricFamily(
            "calipso_documents",
            "Documents of the newest generation.",
            labels=("environment", "collection"),
        )
        scanned = GaugeMetricFamily(
            "calipso_last_scan_timestamp_seconds",
            "When the last whole scan ended (Unix time).",
            labels=("environment",),
        )
        for environment in self._environments:
            name = environment.name
            generation.add_metric((name,), self._store.generation(name))
            if environment.last_scanned is not None:
                scanned.add_metric((name,), environment.last_scanned.timestamp())
            with suppress(UnknownGenerationError):
                for collection, counts in self._store.find_state(name, "latest").counts.items():
                    documents.add_metric((name, collection), counts["total"])
        yield from (generation, documents, scanned)
