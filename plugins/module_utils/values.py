# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Values out of output that nobody vouches for: each function returns its type, or nothing."""

from __future__ import annotations

import json
import re
from typing import Any, Dict, List, Optional

_INTEGER = re.compile(r"-?[0-9]{1,18}")


def parse_json(text: str) -> Any:
    """Return the JSON document that `text` is; integers beyond 18 digits become None.

    Raises `ValueError` for anything that is not JSON.
    """
    try:
        return json.loads(text, parse_int=number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def text(value: Any) -> Optional[str]:
    """Return a string that every UTF-8 consumer takes, or None for no string or an empty one."""
    if not isinstance(value, str) or not value:
        return None
    return value.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def number(value: Any) -> Optional[int]:
    """Return an integer, given one or its decimal digits (at most 18), or None."""
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def flag(value: Any) -> Optional[bool]:
    return value if isinstance(value, bool) else None


def mapping(value: Any) -> Dict[str, Any]:
    """Return a JSON object as it is, and anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> List[Any]:
    """Return a JSON array as it is, None as an empty one, and anything else as the one item of it."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def texts(value: Any) -> List[str]:
    """Return the strings among the items of a JSON value."""
    return [string for string in map(text, items(value)) if string is not None]
