# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Tables of an OVSDB database, as its command line tools print them in JSON."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence

from .values import items, mapping, parse_json, text, texts

Columns = Mapping[str, Sequence[str]]
"""Columns to read by table; no two tables may be asked for the same ones."""

Table = Dict[str, Dict[str, Any]]
"""Row id to column to value."""


def list_tables(tables: Columns) -> List[str]:
    """Return the words that have a tool list `tables`, in one transaction, a JSON document for each."""
    lists = [["--", "--columns=" + ",".join(columns), "list", table] for table, columns in tables.items()]
    return [word for words in lists for word in words]


def split(output: str, tables: Columns) -> Dict[str, Table]:
    """Return the documents of `output` by table; one that is not there, or no table, is left out."""
    names = {frozenset(columns): table for table, columns in tables.items()}
    found = {}
    for line in output.split("\n"):
        try:
            document = mapping(parse_json(line))
        except ValueError:
            continue
        headings, rows = texts(document.get("headings")), items(document.get("data"))
        name = names.get(frozenset(headings))
        if name and all(isinstance(row, list) and len(row) == len(headings) for row in rows):
            records = [{heading: row[at] for at, heading in enumerate(headings)} for row in rows]
            found[name] = {reference(row["_uuid"]) or str(at): row for at, row in enumerate(records)}
    return found


def members(value: Any) -> List[Any]:
    """Return the members of OVSDB's JSON for a set, which a lone value also is."""
    inside = _tagged(value, "set")
    return [value] if inside is None else inside


def scalar(value: Any) -> Any:
    """Return the one value of an optional column, None where it is empty."""
    found = members(value)
    return found[0] if len(found) == 1 else None


def pairs(value: Any) -> Dict[str, str]:
    """Return a column of a map from text to text, by key."""
    entries = [[text(part) for part in items(pair)] for pair in _tagged(value, "map") or []]
    return dict(sorted((entry[0], entry[1] or "") for entry in entries if len(entry) == 2 and entry[0]))


def reference(value: Any) -> Optional[str]:
    """Return the row id that a value is."""
    return text(value[1]) if _is_pair(value) and value[0] == "uuid" else None


def references(value: Any) -> List[str]:
    """Return the row ids that a column names."""
    return [key for key in map(reference, members(value)) if key]


def _tagged(value: Any, tag: str) -> Optional[List[Any]]:
    return items(value[1]) if _is_pair(value) and value[0] == tag else None


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2
