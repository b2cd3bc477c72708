"""Monitoring: the API of Sensu Go's backend, or that of Sensu Core's server."""

from __future__ import annotations

from base64 import b64encode
from contextlib import closing
from typing import Any
from urllib.parse import quote

from ...model.targets import MonitoringTarget
from .http import Answer, Http
from .network import Server, trust
from .result import StepError, Trial
from .secret import Means, secret_of

_OK, _EMPTY, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _UNAVAILABLE = 200, 204, 401, 403, 404, 503


def try_monitoring(section: MonitoringTarget, environment: str, means: Means, trial: Trial) -> None:
    """Try Sensu: with a user its password, else what secret_in names, an API key. Raises StepError."""
    has_secret = section.user is not None or section.secret_in is not None
    secret = secret_of(section, environment, means, trial) if has_secret else None
    server = Server(section.host, section.port, trust(means.authorities) if section.tls else None)
    with closing(Http(server, trial)) as http:
        if section.type == "Sensu Core":
            _try_core(http, section.user, secret, trial)
        else:
            _try_go(http, section, secret, trial)


def _try_go(http: Http, section: MonitoringTarget, secret: str | None, trial: Trial) -> None:
    with trial.step("health") as say:
        answer = http.ask("GET", "/health")
        found = answer.document
        cluster = found.get("ClusterHealth") if isinstance(found, dict) else None
        if answer.status != _OK or not isinstance(cluster, list):
            raise _not_sensu(http.server, "Go", "8080", answer)
        if sick := [str(each.get("Name")) for each in cluster if not each.get("Healthy")]:
            raise StepError(
                f"{', '.join(sick)} of the backend's cluster is not healthy",
                "Sensu's own store (etcd) is in trouble: see the log of sensu-backend there",
            )
        say(f"{len(cluster)} members of the backend's cluster, all healthy")
    if secret is None:
        return
    headers = _authorization(http, section, secret, trial)
    with trial.step("first question") as say:
        path = f"/api/core/v2/namespaces/{quote(section.namespace, safe='')}"
        answer = http.ask("GET", f"{path}/entities?limit=1", headers=headers)
        if answer.status == _UNAUTHORIZED:
            raise _wrong_secret("Sensu knows no such API key", "wrong API key: check it")
        if answer.status == _FORBIDDEN:
            raise StepError(
                f"this user may not see the entities of namespace {section.namespace}",
                f"the user has no rights in namespace {section.namespace}, or there is none of that name: "
                "check `namespace`, and give the user a role there",
            )
        if answer.status == _OK and http.ask("GET", path, headers=headers).status == _NOT_FOUND:
            raise StepError(
                f"Sensu has no namespace {section.namespace}",
                f"there is no namespace {section.namespace}: check `namespace`, or create it (sensuctl "
                "namespace create)",
            )
        if answer.status != _OK:
            raise _odd(http.server, answer)
        say(f"namespace {section.namespace} can be read")


def _authorization(http: Http, section: MonitoringTarget, secret: str, trial: Trial) -> dict[str, str]:
    """Return what tells Sensu Go who asks."""
    if section.user is None:
        return {"Authorization": f"Key {secret}"}
    with trial.step("login") as say:
        answer = http.ask("GET", "/auth", headers=_basic(section.user, secret))
        if answer.status == _UNAUTHORIZED:
            raise _wrong_secret(
                f"Sensu does not let in {section.user}",
                "wrong user or password: check `user`, and the password",
            )
        found: Any = answer.document
        if answer.status != _OK or not isinstance(found, dict) or "access_token" not in found:
            raise _odd(http.server, answer)
        say(f"{section.user} is let in")
        return {"Authorization": f"Bearer {trial.hide(str(found['access_token']))}"}


def _try_core(http: Http, user: str | None, secret: str | None, trial: Trial) -> None:
    headers = {} if secret is None else _basic(user or "", secret)
    with trial.step("login") as say:
        answer = http.ask("GET", "/info", headers=headers)
        if answer.status == _UNAUTHORIZED:
            raise _wrong_secret(
                "Sensu's API does not let us in",
                "the API wants a password: set `user` and secret_in"
                if secret is None
                else "wrong user or password: check `user`, and the password",
            )
        found = answer.document
        if answer.status != _OK or not isinstance(found, dict) or not isinstance(found.get("sensu"), dict):
            raise _not_sensu(http.server, "Core", "4567", answer)
        say(f"Sensu Core {found['sensu'].get('version')}")
    with trial.step("health") as say:
        answer = http.ask("GET", "/health?consumers=1", headers=headers)
        if answer.status == _UNAVAILABLE or answer.status not in (_OK, _EMPTY):
            lost = [
                name
                for name in ("redis", "transport")
                if not ((found.get(name) or {}) if isinstance(found, dict) else {}).get("connected")
            ]
            raise StepError(
                f"Sensu says that it is not healthy (HTTP {answer.status})",
                f"Sensu's server has no connection to {' and '.join(lost)}: see its log"
                if lost
                else "no sensu-server takes what clients send: start it, and see its log",
            )
        say("its server takes what clients send")


def _basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def _wrong_secret(text: str, cause: str) -> StepError:
    return StepError(text, f"{cause} where secret_in says that it lives" if "check" in cause else cause)


def _not_sensu(server: Server, which: str, usual: str, answer: Answer) -> StepError:
    return StepError(
        f"{server} does not answer as the API of Sensu {which} does (HTTP {answer.status})",
        f"what listens on {server} is no Sensu {which}: check `type`, and `port` (the API's is {usual})",
    )


def _odd(server: Server, answer: Answer) -> StepError:
    return StepError(f"{server} answers with HTTP {answer.status}", "see the log of sensu-backend there")
