# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ansible.errors import AnsibleActionFail
from ansible_collections.calipso.topology.calipso.model.facts import HOST, Row, validate_host_facts
from ansible_collections.calipso.topology.calipso.model.source import host_source
from ansible_collections.calipso.topology.calipso.model.unread import keep_unread
from ansible_collections.calipso.topology.plugins.module_utils.recording import (
    RecordingError,
    host_directory,
    write_host,
)
from ansible_collections.calipso.topology.plugins.plugin_utils.staging import Collected, CollectingAction

if TYPE_CHECKING:
    from ansible_collections.calipso.topology.calipso.model.facts import HostFacts
    from ansible_collections.calipso.topology.calipso.store import Store


class ActionModule(CollectingAction):
    """Asks one host about itself."""

    module = "calipso.topology.host_facts"

    def source(self) -> str:
        """Return the host."""
        return host_source(self.host)

    def module_arguments(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Find this host's part of a recording: the one to read, and the one to write."""
        self._record_to = self._of_recording(arguments.pop("record_to", None))
        if self._record_to:
            arguments["record"] = True
        recording = self._of_recording(arguments.pop("recording", None))
        if recording:
            arguments["recording"] = str(host_directory(recording, self.host))
        return arguments

    def keep_recording(self, answer: dict[str, Any]) -> None:
        """Write what the host's commands said."""
        if not self._record_to:
            return
        try:
            write_host(self._record_to, self.host, answer.pop("recording"))
        except RecordingError as error:
            raise AnsibleActionFail(str(error)) from None

    def collected(self, answer: dict[str, Any]) -> Collected:
        """Return the host's facts as one row."""
        facts = validate_host_facts(answer.get("facts"))
        return Collected([Row(kind=HOST, key=self.host, data=dict(facts))], facts["gaps"], [(HOST, None)])

    def completed(self, store: Store, rows: Sequence[Row]) -> Sequence[Row]:
        """Complete the host's facts, its one row, by the last ones."""
        (new,) = rows
        old = store.row(self._staging["environment"], self.source(), HOST, self.host)
        if old is None:
            return rows
        kept = keep_unread(cast("HostFacts", new["data"]), cast("HostFacts", old["data"]))
        return [Row(kind=HOST, key=self.host, data=dict(kept))]

    @staticmethod
    def _of_recording(path: str | None) -> Path | None:
        return Path(path).expanduser().absolute() if path else None
