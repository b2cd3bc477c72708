# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Takes secrets out of what commands print, before it is parsed, returned or recorded."""

from __future__ import annotations

import re

HIDDEN = "***"

_WORD = r"(?:psk|passw(?:or)?d|passphrase|secret|private[_-]?key|token)"
_KEY = r"[\w.-]{0,64}" + _WORD + r"[\w.-]{0,64}"
_ANY_SECRET = re.compile(_WORD, re.IGNORECASE)
_JSON_VALUE = re.compile(r'("' + _KEY + r'"\s*[:,]\s*")((?:[^"\\]|\\.)+)', re.IGNORECASE)
_ASSIGNED = re.compile(r"(" + _KEY + r"=)(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+)", re.IGNORECASE)
_OPTION = re.compile(r"(--" + _KEY + r"\s+)([^\s\"'<>]+)", re.IGNORECASE)


def _hide_assigned(match: re.Match[str]) -> str:
    key: str = match.group(1)
    value: str = match.group(0)[len(key) :]
    quote = value[0] if value[0] in "\"'" else ""
    return key + quote + HIDDEN + quote


def redact(text: str) -> str:
    """Return `text` with the value of every key that names a secret replaced by `***`.

    Known forms: JSON members (`"psk": "x"`), the pairs of an OVSDB map (`["psk", "x"]`),
    assignments (`password=x`, also quoted) and long options (`--auth-token x`). The text around them
    stays as it is, so JSON and XML still parse.
    """
    if not _ANY_SECRET.search(text):
        return text
    text = _JSON_VALUE.sub(r"\1" + HIDDEN, text)
    text = _ASSIGNED.sub(_hide_assigned, text)
    return _OPTION.sub(r"\1" + HIDDEN, text)
