# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Takes secrets out of what OpenStack's services say."""

from __future__ import annotations

import functools
import re
from typing import Any

from .redaction import HIDDEN, redact

_SECRET_NAME = re.compile(
    r"passw|passcode|passphrase|adminpass|secret|token|credential|private_?key|access_?key|api_?key|user_data|audit_id"
    r"|^metadata$",
    re.IGNORECASE,
)
_NAMED_BY_USERS = (
    "addresses",
    "bridge_mappings",
    "bridge-mappings",
    "device_mappings",
    "hosts",
    "interface_mappings",
    "resource_provider_bandwidths",
    "resource_provider_hypervisors",
)
"""Objects whose members are named after networks, bridges and hosts: there a name tells nothing."""
_USER_IN_URL = re.compile(r"(://)[^/@\s]+@")


@functools.lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether what stands under `name` is a secret, going by the name."""
    return bool(_SECRET_NAME.search(name))


def scrub_text(text: str) -> str:
    """Return `text` without passwords: those of URLs, and the values of keys that name a secret."""
    return redact(_USER_IN_URL.sub(rf"\1{HIDDEN}@", text) if "://" in text else text)


def scrub(value: Any) -> Any:
    """Return a JSON value with every secret in it replaced by `***`.

    A secret is what stands under a name that says so (password, adminPass, user_data, secret, token,
    credential, ...), and the values of metadata, which users fill as they like. Keystone's `token` object
    describes a token, and stays; what identifies the token in it goes.
    """
    if isinstance(value, dict):
        return {name: _scrub_named(name, part) for name, part in value.items()}
    if isinstance(value, list):
        return [scrub(part) for part in value]
    return scrub_text(value) if isinstance(value, str) else value


def _scrub_named(name: str, value: Any) -> Any:
    if name == "token" and isinstance(value, dict):
        return dict(scrub(value), **({"id": HIDDEN} if "id" in value else {}))
    if name in _NAMED_BY_USERS and isinstance(value, dict):
        return {own: scrub(part) for own, part in value.items()}
    return _hide(value) if is_secret_name(name) else scrub(value)


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _hide(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_hide(part) for part in value]
    return value if value is None or isinstance(value, bool) or value == "" else HIDDEN
