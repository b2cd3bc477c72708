"""What is different between two values: which parts of them, and how."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from ..model.topology import Document

_ABSENT: Final = object()


def differences(
    before: Mapping[str, Any], after: Mapping[str, Any], left_out: Collection[str] = ()
) -> list[Document]:
    """Return which attributes differ, in the order of their names; those `left_out` are not looked at.

    Each is a document: `attribute`, `before`, `after`. One that a state lacks has no value of that name.
    Mappings are compared part by part: then `attribute` is a path such as `ports.eth1.tag` (a dot within a
    name is written `\\.`). So are lists of mappings that each have an `id` of their own; their order does
    not matter. Of other lists that have something in common, `removed` and `added` say what they have not.
    """
    kept = ({name: value for name, value in each.items() if name not in left_out} for each in (before, after))
    return list(_differences((), *kept))


def elements(before: list[Any], after: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return what only the first list holds, and what only the second, each as often as it does more."""
    counts = [Counter(map(_print, each)) for each in (before, after)]
    return _surplus(before, counts[0] - counts[1]), _surplus(after, counts[1] - counts[0])


def _differences(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Document]:
    parts = _parts(before), _parts(after)
    if parts[0] is not None and parts[1] is not None and _alike(before, after):
        for name in sorted(parts[0].keys() | parts[1].keys()):
            yield from _differences((*path, name), parts[0].get(name, _ABSENT), parts[1].get(name, _ABSENT))
    elif not _equal(before, after):
        yield _difference(path, before, after)


def _difference(path: tuple[str, ...], before: Any, after: Any) -> Document:
    found: Document = {"attribute": ".".join(name.replace("\\", "\\\\").replace(".", "\\.") for name in path)}
    found |= {name: value for name, value in (("before", before), ("after", after)) if value is not _ABSENT}
    if isinstance(before, list) and isinstance(after, list):
        removed, added = elements(before, after)
        if (removed or added) and len(removed) < len(before):
            found |= {"removed": removed, "added": added}
    return found


def _equal(before: Any, after: Any) -> bool:
    """Say whether two values are the same JSON."""
    if before is _ABSENT or after is _ABSENT:
        return False
    if isinstance(before, str) and isinstance(after, str):
        return before == after
    return _print(before) == _print(after)


def _alike(before: Any, after: Any) -> bool:
    """Say whether both are mappings, or both lists, and there is a part to compare."""
    return isinstance(before, list) == isinstance(after, list) and bool(before or after)


def _parts(value: Any) -> Mapping[str, Any] | None:
    """Return what a value consists of, by name; None: it is to be compared whole."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list) and all(isinstance(part, Mapping) and "id" in part for part in value):
        parts = {str(part["id"]): part for part in value}
        return parts if len(parts) == len(value) else None
    return None


def _surplus(values: list[Any], counts: Counter[str]) -> list[Any]:
    found = []
    for value in values:
        if counts[_print(value)]:
            counts[_print(value)] -= 1
            found.append(value)
    return found


def _print(value: Any) -> str:
    """Return what equal values have in common, and others have not: 1 is not True."""
    return json.dumps(value, sort_keys=True, default=_plain)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else repr(value)
