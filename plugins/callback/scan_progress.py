# Copyright: Contributors to the Calipso project
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: scan_progress
short_description: Shows how far a Calipso scan is
version_added: 0.1.0
type: aggregate
author: Contributors to the Calipso project (@calipso)
description:
  - Shows the phase of a scan, how many hosts are done, failed and to go, and the time since it began.
  - On a terminal it keeps the last line for this and lets all other output scroll above it.
    Elsewhere it prints a line at each phase, and in between at most one line every O(interval) seconds;
    under ansible-runner, too, which reads all of its terminal, as in AWX.
  - Sleeps in playbooks that do not use the modules of this collection.
requirements:
  - C(callbacks_enabled = calipso.topology.scan_progress) in C(ansible.cfg)
options:
  interval:
    description: Least time between two lines within a phase, in seconds, where the output is no terminal.
    type: float
    default: 10
    env:
      - name: CALIPSO_PROGRESS_INTERVAL
    ini:
      - section: callback_scan_progress
        key: interval
"""

import atexit
import os
import sys
import threading
import time

from ansible.plugins.callback import CallbackBase
from ansible_collections.calipso.topology.calipso.phases import COLLECTION, HOSTS, phase_of

_RUNNER = "AWX_ISOLATED_DATA_DIR"
"""A variable of ansible-runner's. Its events go over the terminal; one that is written into is lost."""


class Progress:
    """How far the scan is. Times are those of a monotonic clock, in seconds."""

    def __init__(self, now: float) -> None:
        self.started = now
        self.phase = ""
        self.total = self.done = self.failed = 0

    def text(self, now: float) -> str:
        """Return this state in one line."""
        minutes, seconds = divmod(int(now - self.started), 60)
        parts = [f"scan {minutes:02}:{seconds:02}", self.phase]
        if self.total:
            to_go = max(0, self.total - self.done - self.failed)
            parts.append(f"hosts: {self.done} done, {self.failed} failed, {to_go} to go")
        return " | ".join(parts)


class Lines:
    """Progress as plain lines: each phase, and between phases one every `interval` seconds."""

    def __init__(self, progress: Progress, display, interval: float) -> None:
        self._progress, self._display, self._interval = progress, display, interval
        self._last = 0.0

    def show(self, new_phase: bool) -> None:
        """Print a line if it is time for one."""
        now = time.monotonic()
        if new_phase or now - self._last >= self._interval:
            self._last = now
            self._display.display(self._progress.text(now))

    def close(self) -> None:
        """Print where the scan ended."""
        self.show(new_phase=True)


class BottomLine:
    """Progress on the terminal's last line, which is kept out of what scrolls.

    A thread keeps the clock running. It writes whole sequences straight to the terminal and holds no
    lock, so that Ansible may fork at any time.
    """

    def __init__(self, progress: Progress, terminal: int) -> None:
        self._progress, self._terminal = progress, terminal
        self._owner = os.getpid()
        self._size = os.terminal_size((0, 0))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)
        atexit.register(self.close)
        self._draw()
        self._thread.start()

    def show(self, new_phase: bool) -> None:
        """Do nothing at once: the next tick shows it."""

    def close(self) -> None:
        """Give the last line back to the terminal."""
        if self._closing.is_set() or os.getpid() != self._owner:
            return
        self._closing.set()
        self._thread.join()
        self._write(f"\0337\033[r\033[{self._size.lines};1H\033[2K\0338")

    def _tick(self) -> None:
        while not self._closing.wait(0.5):
            self._draw()

    def _draw(self) -> None:
        try:
            size = os.get_terminal_size(self._terminal)
        except OSError:
            return
        keep = ""
        if size != self._size:
            self._size = size
            keep = f"\n\0337\033[1;{size.lines - 1}r\0338\033[1A"
        text = self._progress.text(time.monotonic())[: size.columns - 1]
        self._write(f"{keep}\0337\033[{size.lines};1H\033[2K{text}\0338")

    def _write(self, sequence: str) -> None:
        try:
            os.write(self._terminal, sequence.encode())
        except OSError:
            self._closing.set()


class CallbackModule(CallbackBase):
    """Follows a scan from its first task of this collection to the end of the playbook."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "calipso.topology.scan_progress"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._progress: Progress | None = None
        self._view: Lines | BottomLine | None = None
        self._play = None
        self._hosts_task = None

    def v2_playbook_on_play_start(self, play) -> None:
        """Remember the play, which knows its hosts."""
        self._play = play

    def v2_playbook_on_task_start(self, task, is_conditional) -> None:
        """Enter the phase that this task is, if it is one."""
        action = task.resolved_action or task.action
        if not action.startswith(COLLECTION):
            return
        phase = phase_of(action[len(COLLECTION) :], task.args.get("state"))
        if phase is None:
            return
        if self._progress is None:
            self._progress = Progress(time.monotonic())
        self._progress.phase = phase
        self._hosts_task = task._uuid if phase == HOSTS else None
        if phase == HOSTS:
            variables = self._play.get_variable_manager().get_vars(play=self._play, include_hostvars=False)
            self._progress.total += len(variables["ansible_play_hosts_all"])
        if self._view is None:
            self._view = self._open()
        self._view.show(new_phase=True)

    def v2_runner_on_ok(self, result) -> None:
        """Count a host that answered."""
        self._count(result, done=1)

    def v2_runner_on_failed(self, result, ignore_errors=False) -> None:
        """Count a host whose module failed."""
        self._count(result, failed=1)

    def v2_runner_on_unreachable(self, result) -> None:
        """Count a host that could not be reached."""
        self._count(result, failed=1)

    def v2_runner_on_skipped(self, result) -> None:
        """Leave out a host that need not be asked."""
        self._count(result, total=-1)

    def v2_playbook_on_stats(self, stats) -> None:
        """End the display."""
        if self._view is not None:
            self._progress.phase = "ended"
            self._view.close()

    def _open(self) -> Lines | BottomLine:
        plain = os.environ.get("TERM", "dumb") in ("", "dumb") or _RUNNER in os.environ
        if not plain and sys.stdout.isatty() and os.get_terminal_size(sys.stdout.fileno()).lines > 4:
            return BottomLine(self._progress, sys.stdout.fileno())
        return Lines(self._progress, self._display, self.get_option("interval"))

    def _count(self, result, *, done: int = 0, failed: int = 0, total: int = 0) -> None:
        task = result.task if hasattr(result, "task") else result._task
        if self._hosts_task is None or task._uuid != self._hosts_task:
            return
        self._progress.done += done
        self._progress.failed += failed
        self._progress.total += total
        self._view.show(new_phase=False)
