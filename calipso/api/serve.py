"""Serving: the application in several worker processes, until it is told to stop."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..accounts import Directory
    from ..store import Store

_SHARED_COUNTS = "PROMETHEUS_MULTIPROC_DIR"
_GRACE_S = 30
_KEEP_ALIVE_S = 15
_LONGEST_LINE = 8_190


@dataclass(frozen=True, slots=True)
class Settings:
    """How to serve. `bind`: HOST:PORT or unix:PATH; `proxies`: whose X-Forwarded-For is believed."""

    bind: str = "127.0.0.1:8000"
    workers: int = 2
    threads: int = 8
    log_level: str = "INFO"
    token_lifetime: timedelta = timedelta(days=1)
    certificate: str | None = None
    key: str | None = None
    proxies: frozenset[str] = frozenset()


def serve(
    store: Store, directory: Directory | None, settings: Settings, *, ready: Callable[[str], None]
) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is begun (30 s at most) and end the process.

    `ready` is called with the address when workers may be asked.
    """
    counts = tempfile.mkdtemp(prefix="calipso-metrics-")
    os.environ[_SHARED_COUNTS] = counts
    process = os.getpid()
    try:
        _run(store, directory, settings, ready)
    finally:
        if os.getpid() == process:  # workers, which are forked, end here too
            shutil.rmtree(counts, ignore_errors=True)


def _run(store: Store, directory: Directory | None, settings: Settings, ready: Callable[[str], None]) -> None:
    # prometheus_client looks for its directory when it is imported
    from gunicorn.app.base import BaseApplication
    from prometheus_client import multiprocess

    from ..accounts import Accounts
    from ..build.registry import default_registry
    from .application import Services, make_application
    from .metrics import Metrics

    application = make_application(
        Services(
            store=store,
            accounts=Accounts(store, directory=directory, token_lifetime=settings.token_lifetime),
            registry=default_registry(),
            metrics=Metrics(shared=True),
            proxies=settings.proxies,
        )
    )

    class Server(BaseApplication):  # type: ignore[misc]
        """Gunicorn with our settings, and none from files or the environment."""

        def load_config(self) -> None:
            for name, value in _gunicorn(settings).items():
                self.cfg.set(name, value)
            self.cfg.set("when_ready", lambda server: ready(_address(server.LISTENERS[0], settings)))
            self.cfg.set("child_exit", lambda _server, worker: multiprocess.mark_process_dead(worker.pid))  # type: ignore[no-untyped-call]

        def load(self) -> Any:
            return application

    Server().run()


def _address(listener: Any, settings: Settings) -> str:
    """Return where the API answers; the port is the one that was found where 0 was asked for."""
    if settings.bind.startswith("unix:"):
        return settings.bind
    host, _colon, _port = settings.bind.rpartition(":")
    return f"{'https' if settings.certificate else 'http'}://{host}:{listener.getsockname()[1]}"


def _gunicorn(settings: Settings) -> dict[str, Any]:
    from .worker import Worker

    level = settings.log_level.lower()
    logs = {
        "root": {"level": "WARNING", "handlers": ["error_console"]},
        "loggers": {"calipso": {"level": settings.log_level.upper()}},
    }
    return {
        "bind": settings.bind,
        "workers": settings.workers,
        "worker_class": Worker,
        "threads": settings.threads,
        "graceful_timeout": _GRACE_S,
        "keepalive": _KEEP_ALIVE_S,
        "limit_request_line": _LONGEST_LINE,
        "loglevel": level,
        "accesslog": "-" if level == "debug" else None,
        "logconfig_dict": {"version": 1, "disable_existing_loggers": False, **logs},
        "certfile": settings.certificate,
        "keyfile": settings.key,
        "control_socket_disable": True,
        "forwarded_allow_ips": "",
    }
