"""Paths: the ids, or the names, from an environment down to an object, each written as a segment."""

from __future__ import annotations


def segment(text: str) -> str:
    """Return a path's segment: a slash within it is written %2F, and a percent sign %25."""
    return text.replace("%", "%25").replace("/", "%2F")


def segments(path: str) -> list[str]:
    """Return the texts of a path's segments, the environment's first."""
    return [part.replace("%2F", "/").replace("%25", "%") for part in path.split("/")[1:]]
