"""What the fixture `tries` is."""

from __future__ import annotations

from collections.abc import Callable

from calipso.work.connections import Result

Tries = Callable[..., Result]
"""Tries a target: called with its name, its section, environment variables, and options of `Means`."""
