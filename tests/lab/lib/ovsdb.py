"""Reads the tables that `ovs-vsctl --format=json list TABLE` printed into a recording."""

import json


def plain(value):
    """An OVSDB value as Python has it: sets are lists, an empty optional is an empty list."""
    if isinstance(value, list):
        kind, inner = value
        if kind == "set":
            return [plain(v) for v in inner]
        if kind == "map":
            return {plain(k): plain(v) for k, v in inner}
        return inner
    return value


def table(folder, host, name):
    """The rows of one table of one host; none where the host has no Open vSwitch."""
    path = folder / "hosts" / host / f"ovs-{name.lower()}.json"
    if not path.exists():
        return []
    document = json.loads(path.read_text())
    return [dict(zip(document["headings"], map(plain, row), strict=True)) for row in document["data"]]


def members(value):
    """The members of a set column, of which one alone is printed bare."""
    return value if isinstance(value, list) else [value]
