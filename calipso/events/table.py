"""Which handler takes each type of event: the metadata files' table, with the functions that it names."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import SourceFileLoader
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from ..model.event_metadata import Queue, load_events
from ..model.metadata import InvalidMetadataError, directories
from . import handlers as own_handlers
from .known import Known
from .notification import Notification
from .result import EventResult

Handler = Callable[[Notification, Known], EventResult]

GROUP = "calipso.event_handlers"
"""The entry points that name handlers."""

FOLDER = "event_handlers"
"""The folder of a metadata directory whose files are handlers: NAME.py, with a function `handle`."""


class Handlers:
    """The table, and what is listened to. Raises InvalidMetadataError for what cannot be used."""

    def __init__(self, metadata: Sequence[Path] | None = None) -> None:
        """Read metadata directories: those in force, unless others are named."""
        where = directories() if metadata is None else metadata
        known: dict[str, Handler] = {**dict(_own()), **dict(_of_entry_points()), **dict(_of_files(where))}
        found = load_events(where, known)
        self.queues: list[Queue] = found.queues
        self._handlers = {event_type: known[name] for event_type, name in found.event_handlers.items()}

    def of(self, event_type: str) -> Handler | None:
        """Return the handler of a type of event; None: it is passed over."""
        return self._handlers.get(event_type)


def _own() -> Iterator[tuple[str, Handler]]:
    for found in pkgutil.iter_modules(own_handlers.__path__):
        module = importlib.import_module(f"{own_handlers.__name__}.{found.name}")
        for name, value in vars(module).items():
            if (
                callable(value)
                and not name.startswith("_")
                and getattr(value, "__module__", "") == module.__name__
            ):
                yield f"{found.name}.{name}", value


def _of_entry_points() -> Iterator[tuple[str, Handler]]:
    for entry in entry_points(group=GROUP):
        yield entry.name, entry.load()


def _of_files(where: Sequence[Path]) -> Iterator[tuple[str, Handler]]:
    for directory in where:
        for path in sorted((directory / FOLDER).glob("*.py")):
            yield path.stem, _of_file(path)


def _of_file(path: Path) -> Handler:
    loader = SourceFileLoader(f"calipso_event_handler_{path.stem}", str(path))
    module = ModuleType(loader.name)
    try:
        loader.exec_module(module)
        handler: Handler = module.handle
    except Exception as error:
        raise InvalidMetadataError(
            f"{path}: expected a function handle(event, known): {type(error).__name__}: {error}"
        ) from None
    return handler
