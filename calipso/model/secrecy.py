"""Secrets: where they are in what somebody sent, so that none is ever kept or told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unicodedata import normalize

REFERENCE = "secret_in"
"""The key under which a section says where its secret lives."""

INSTEAD = (
    f"leave it out, and say in the section's {REFERENCE} where it lives: in a variable of the Ansible "
    "inventory or Vault (ansible_variable), an environment variable (environment_variable), a credential of "
    "AWX (awx_credential), or a cloud of clouds.yaml (cloud)"
)

_OURS = frozenset({REFERENCE, "awx_credential"})
"""Keys that sound like secrets, and hold names."""

_NAMES = re.compile(
    "passw|passphrase|pwd|secret|token|credential|privatekey|apikey|accesskey|sshkey|authkey|(pass|psk)$"
)
_TEXTS = (
    (re.compile(r"://\S*@"), "a URL with credentials"),
    (re.compile(r"-----BEGIN|PuTTY-User-Key-File"), "a key"),
    (re.compile(r"\$ANSIBLE_VAULT;"), "what Vault has encrypted"),
)
_PLAIN = re.compile(r"[\w-]{1,40}")
_LONGEST_PLACE = 10
"""Steps from the top that a place is told by."""


def find_secrets(value: object) -> Iterator[tuple[str, str]]:
    """Yield the place of every secret in `value`, at any depth, and what it is; never the secret itself.

    A secret is what stands under a name of one (password, token...), and a text that is one by its form.
    """
    seen: set[int] = set()
    waiting: list[tuple[tuple[str, ...], object]] = [((), value)]
    while waiting:
        place, found = waiting.pop()
        if isinstance(found, str):
            if what := _kind(found):
                yield _told(place), what
        elif isinstance(found, (Mapping, list, tuple)) and id(found) not in seen:
            seen.add(id(found))
            for step, (key, part) in enumerate(_parts(found), start=1):
                name = key if _PLAIN.fullmatch(key) else f"key {step}"
                if _kind(key):
                    yield _told((*place, name)), "a secret for a name"
                elif isinstance(found, Mapping) and _is_secret_name(key):
                    yield _told((*place, name)), "a secret"
                else:
                    waiting.append(((*place, name)[: _LONGEST_PLACE + 1], part))


def secret_faults(value: object) -> list[str]:
    """Return what to say of the secrets in `value`: each with its place, and what to do instead."""
    found = [f"{place}: {what}, and no secret is taken" for place, what in find_secrets(value)]
    return [*found, INSTEAD] if found else []


def without_secrets(value: Any) -> Any:
    """Return a copy of `value`, of mappings and lists, without its secrets."""
    if isinstance(value, Mapping):
        return {
            key: without_secrets(part)
            for key, part in value.items()
            if not _is_secret_name(str(key)) and not _kind(str(key)) and not _is_secret_text(part)
        }
    if isinstance(value, (list, tuple)):
        return [without_secrets(part) for part in value if not _is_secret_text(part)]
    return value


def _parts(found: Mapping[Any, Any] | Sequence[Any]) -> Iterator[tuple[str, object]]:
    if isinstance(found, Mapping):
        return ((str(key), part) for key, part in found.items())
    return ((str(number), part) for number, part in enumerate(found))


def _is_secret_name(key: str) -> bool:
    plain = re.sub(r"[^a-z0-9]", "", normalize("NFKC", key).casefold())
    return key not in _OURS and _NAMES.search(plain) is not None


def _is_secret_text(value: object) -> bool:
    return isinstance(value, str) and _kind(value) is not None


def _kind(text: str) -> str | None:
    return next((what for pattern, what in _TEXTS if pattern.search(text)), None)


def _told(place: Sequence[str]) -> str:
    shown = ".".join(place[:_LONGEST_PLACE]) + ("..." if len(place) > _LONGEST_PLACE else "")
    return shown or "what was sent"
