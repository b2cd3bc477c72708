"""What the handler is told: one JSON file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

VARIABLE = "CALIPSO_HANDLER_CONFIG"
"""The variable of the environment that names another file."""

DEFAULT_PATH = Path("/etc/sensu/calipso/handler.json")
DEFAULT_SPOOL = "/var/lib/sensu/calipso/spool"
DEFAULT_FULL_EVERY_S = 3600.0

_KEYS = frozenset({"url", "token", "token_file", "ca", "spool", "sensu", "full_every"})
_SENSU_KEYS = frozenset(
    {"url", "namespace", "ca", "api_key", "api_key_file", "user", "password", "password_file"}
)


class SettingsError(ValueError):
    """Settings that cannot be used; the text names the file, and says what is wrong."""


class Secret(NamedTuple):
    """A token, key or password, or the file that holds it: read when it is used, and never shown."""

    text: str | None
    file: Path | None

    def read(self) -> str:
        """Return it; SettingsError where it cannot be had."""
        where, secret = "a secret of the settings", self.text or ""
        if self.file is not None:
            where = str(self.file)
            try:
                secret = self.file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"{where}: {getattr(error, 'strerror', None) or 'is no text'}") from None
        if not secret or not secret.isprintable() or not secret.isascii():
            raise SettingsError(f"{where}: is no single line of plain text")
        return secret

    def __repr__(self) -> str:
        return f"Secret(file={self.file})"


class CalipsoSettings(NamedTuple):
    """Calipso's API. `ca`: the file of the authority that signed its certificate; None: the system's."""

    url: str
    token: Secret
    ca: str | None


class SensuSettings(NamedTuple):
    """Sensu Go's API, which is entered with an API key, or as `user`."""

    url: str
    namespace: str
    ca: str | None
    api_key: Secret | None
    user: str | None
    password: Secret | None


class Settings(NamedTuple):
    """`spool`: the directory of events that wait; `full_every`: seconds until all events are sent again."""

    calipso: CalipsoSettings
    spool: Path
    sensu: SensuSettings | None
    full_every: float


def load_settings() -> Settings:
    """Return the settings of the file that VARIABLE names, else of the usual one; SettingsError."""
    path = Path(os.environ.get(VARIABLE) or DEFAULT_PATH)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: is no JSON: {error}") from None
    try:
        return _settings(document)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None


def _settings(document: Any) -> Settings:
    said = _known(document, _KEYS, "the settings")
    full_every = said.get("full_every", DEFAULT_FULL_EVERY_S)
    if isinstance(full_every, bool) or not isinstance(full_every, (int, float)) or not full_every > 0:
        raise SettingsError("full_every is no number of seconds")
    token = _secret(said, "token")
    if token is None:
        raise SettingsError("says neither token_file nor token")
    return Settings(
        calipso=CalipsoSettings(_url(said, "url"), token, _text(said, "ca")),
        spool=Path(_text(said, "spool") or DEFAULT_SPOOL),
        sensu=_sensu(said["sensu"]) if said.get("sensu") is not None else None,
        full_every=float(full_every),
    )


def _sensu(document: Any) -> SensuSettings:
    said = _known(document, _SENSU_KEYS, "sensu")
    api_key, user, password = _secret(said, "api_key"), _text(said, "user"), _secret(said, "password")
    if api_key is None and (user is None or password is None):
        raise SettingsError("sensu says neither api_key_file nor user and password_file")
    namespace = _text(said, "namespace") or "default"
    return SensuSettings(_url(said, "url"), namespace, _text(said, "ca"), api_key, user, password)


def _known(document: Any, keys: frozenset[str], what: str) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise SettingsError(f"{what}: no JSON object")
    strange = ", ".join(sorted(set(document) - keys))
    if strange:
        raise SettingsError(f"{what}: there is no {strange}; there are {', '.join(sorted(keys))}")
    return document


def _text(said: Mapping[str, Any], key: str) -> str | None:
    value = said.get(key)
    if value is not None and (not isinstance(value, str) or not value):
        raise SettingsError(f"{key} is no text")
    return value


def _url(said: Mapping[str, Any], key: str) -> str:
    url = _text(said, key)
    if url is None or not url.startswith(("http://", "https://")):
        raise SettingsError(f"{key} is no http:// or https:// address")
    return url.rstrip("/")


def _secret(said: Mapping[str, Any], key: str) -> Secret | None:
    text, file = _text(said, key), _text(said, f"{key}_file")
    if text is None and file is None:
        return None
    return Secret(text, Path(file) if file is not None else None)
