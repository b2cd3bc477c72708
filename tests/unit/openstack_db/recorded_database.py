"""The tables of a real cloud's database, as they were recorded, to fill a server with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "recording"
TABLES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(HERE.glob("*.json"))
}
"""By `database.table`: {columns: {name: type}, rows}."""


def statements() -> list[str]:
    """Return what makes a server hold these tables, with all that lives heard of just now."""
    made = [f"CREATE DATABASE IF NOT EXISTS {name}" for name in ("neutron", "nova", "nova_api")]
    for key, table in TABLES.items():
        columns = ", ".join(f"`{name}` {kind}" for name, kind in table["columns"].items())
        made.append(f"CREATE TABLE {key} ({columns})")
        for row in table["rows"]:
            values = ", ".join(_literal(name, row[name]) for name in row)
            names = ", ".join(f"`{name}`" for name in row)
            made.append(f"INSERT INTO {key} ({names}) VALUES ({values})")  # noqa: S608
    return made


def _literal(name: str, value: Any) -> str:
    if value is None:
        return "NULL"
    if name in ("heartbeat_timestamp", "last_seen_up"):
        return "UTC_TIMESTAMP()"
    if isinstance(value, (int, float)):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace("'", "''")
    return f"'{text}'"
