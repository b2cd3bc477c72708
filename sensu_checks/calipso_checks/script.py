"""What the scripts of all checks have in common."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Dict

from sensu_plugin import SensuPluginCheck

from . import CHECKS
from .host import Host
from .parameters import add_options
from .result import OK, UNKNOWN, WARNING


def run(name: str) -> None:
    """Run the check called `name` with the parameters of the command line, print what it says, and exit."""
    check = CHECKS[name]
    sys.stdout.reconfigure(errors="backslashreplace")  # whatever a device is called

    class Script(SensuPluginCheck):  # type: ignore[misc]
        """The check as a plugin of Sensu."""

        def setup(self) -> None:
            self.check_name(f"check_{name}")
            self.parser.description = check.doc
            self.parser.error = self.unknown  # argparse's own ends with 2, which is Sensu's critical
            add_options(self.parser, check.parameters)

        def run(self) -> None:
            if self.remain:
                self.unknown(f"there is no option {self.remain[0]}")
            status, text = check.run(Host(), _given(self.options))
            say = {OK: self.ok, WARNING: self.warning, UNKNOWN: self.unknown}.get(status, self.critical)
            say(text)

    Script()


def _given(options: argparse.Namespace) -> Dict[str, Any]:
    return {name: value for name, value in vars(options).items() if value is not None}
