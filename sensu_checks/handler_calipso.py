"""Sensu's handler for Calipso: passes an event to Calipso's API, or keeps it until Calipso takes it.

    python3 handler_calipso.py < EVENT      run by Sensu, for each event
    python3 handler_calipso.py --sync       run by Sensu, as a check: delivers what waits, and every
                                            event that Sensu has whenever one may have been lost

It exits with 0; with 1 where something waits for Calipso; and with 2 where the event cannot be kept, or the
settings are wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from calipso_handler.delivery import deliver
from calipso_handler.settings import DEFAULT_PATH, VARIABLE, Settings, SettingsError, load_settings
from calipso_handler.spool import Spool, SpoolError
from calipso_handler.tally import Delivery


def _postpone(name: str) -> None:
    """Have module `name` imported when something of it is used, and not when it is named."""

    def attribute_of(attribute: str) -> Any:
        if sys.modules.get(name) is postponed:
            del sys.modules[name]
        return getattr(__import__(name), attribute)

    postponed = ModuleType(name)
    postponed.__getattr__ = attribute_of  # type: ignore[method-assign]
    sys.modules[name] = postponed


DONE, WAITING, LOST = range(3)
"""Exit statuses."""

# A tenth of a second of processor time for each event, which only SensuHandler.api_request needs
_postpone("requests")
from sensu_plugin.handler import SensuHandler  # noqa: E402


class CalipsoHandler(SensuHandler):  # type: ignore[misc]
    """Keeps the event of standard input as it came, and delivers what waits. SpoolError: it is not kept."""

    delivery: Delivery

    def __init__(self, spool: Spool, settings: Settings) -> None:
        self._spool = spool
        self._settings = settings
        super().__init__()

    def read_stdin(self) -> str:
        """Return the event's text, which from now on is safe."""
        self._name, text = self._spool.add(sys.stdin.buffer)
        return text.decode("utf-8", "backslashreplace")

    def read_event(self, check_result: str) -> Any:
        """Return the event; what is none is put aside."""
        try:
            return super().read_event(check_result)
        except ValueError:
            why = "standard input holds no event of Sensu, which is a JSON object"
            self._spool.refuse(self._name, why)
            raise SpoolError(why) from None

    def filter(self) -> None:
        """Let every event pass: Sensu has filtered them."""

    def handle(self) -> None:
        """Deliver what waits."""
        self.delivery = deliver(self._spool, self._settings)


def main() -> int:
    """Return the exit status; what was done, or is wrong, is one line of standard output."""
    options = _options()
    try:
        settings = load_settings()
        _become_owner(settings.spool)
        spool = Spool(settings.spool)
    except (SettingsError, SpoolError) as error:
        return _say(LOST, str(error))
    try:
        if options.sync:
            from calipso_handler.sync import synchronise  # with the library for HTTP

            synchronisation = synchronise(spool, settings, everything=options.full)
            is_complete = synchronisation.delivery.is_complete
            return _say(DONE if is_complete else WAITING, synchronisation.text())
        delivery = CalipsoHandler(spool, settings).delivery
    except SpoolError as error:
        return _say(LOST, str(error))
    except (OSError, ValueError) as error:
        return _say(WAITING, f"what the spool holds waits: {error}")
    return _say(DONE if delivery.is_complete else WAITING, delivery.text())


def _become_owner(spool: Path) -> None:
    """Become the owner of the spool, or of the directory that it is to be made in, if this is root.

    Sensu's backend runs the handler as its own user, and the agent runs `--sync` as root: what one of them
    writes into the spool the other must be able to take out.
    """
    place = spool if spool.exists() else spool.parent
    if os.geteuid() == 0 and place.exists():
        owner = place.stat()
        os.setgroups([owner.st_gid])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Pass an event of Sensu, on standard input, to Calipso.",
        epilog=f"The settings are in {DEFAULT_PATH}, or in the file that {VARIABLE} names.",
    )
    parser.add_argument(
        "--sync", action="store_true", help="deliver what waits, and all that Sensu has where that is due"
    )
    parser.add_argument("--full", action="store_true", help="with --sync: all that Sensu has, due or not")
    options = parser.parse_args()
    if options.full and not options.sync:
        parser.error("--full goes with --sync")
    return options


def _say(status: int, text: str) -> int:
    line = f"calipso: {text}".encode("ascii", "backslashreplace").decode().replace("\n", " ")
    sys.stdout.write(f"{line}\n")
    return status


if __name__ == "__main__":
    os.environ.pop("SENSU_MAP_V2_EVENT_INTO_V1", None)  # events are passed on as they came
    sys.exit(main())
