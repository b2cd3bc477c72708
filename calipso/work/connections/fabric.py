"""The switch fabric: Cisco APIC's REST API, always over HTTPS."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import Any

from ...model.targets import AciTarget
from .http import Answer, Http
from .network import Server, trust
from .result import StepError, Trial
from .secret import Means, secret_of

_OK, _UNAUTHORIZED, _FORBIDDEN, _UNAVAILABLE = 200, 401, 403, 503


def try_aci(section: AciTarget, environment: str, means: Means, trial: Trial) -> None:
    """Try the APIC. Raises StepError."""
    password = secret_of(section, environment, means, trial)
    tls = trust(means.authorities, verify=section.verify_tls)
    with closing(Http(Server(section.host, section.port, tls, None), trial)) as http:
        with trial.step("login") as say:
            cookie = _log_in(http, section.user, password, trial)
            say(f"{section.user} is let in")
        with trial.step("first question") as say:
            say(_ask(http, cookie))
        http.ask("POST", "/api/aaaLogout.json", headers=cookie, body=_user(section.user))


def _user(name: str, **attributes: str) -> dict[str, Any]:
    return {"aaaUser": {"attributes": {"name": name, **attributes}}}


def _log_in(http: Http, user: str, password: str, trial: Trial) -> dict[str, str]:
    answer = http.ask("POST", "/api/aaaLogin.json", body=_user(user, pwd=password))
    said = _reason(answer)
    if answer.status in (_UNAUTHORIZED, _FORBIDDEN):
        raise StepError(
            f"the APIC refuses {user}: {said}",
            "wrong user or password: check `user` (for another login domain apic:DOMAIN\\\\USER), and the "
            "password where secret_in says that it lives",
        )
    if answer.status == _UNAVAILABLE:
        raise StepError(
            f"the APIC takes no logins now: {said}",
            "too many logins in a short time, or the controller is starting: wait a minute, and try again",
        )
    token = _attributes(answer, "aaaLogin").get("token")
    if answer.status != _OK or not token:
        raise StepError(
            f"{http.server} does not answer as an APIC does (HTTP {answer.status})",
            f"what listens on {http.server} is no APIC: check `host` and `port`",
        )
    return {"Cookie": f"APIC-cookie={trial.hide(str(token))}"}


def _ask(http: Http, cookie: dict[str, str]) -> str:
    """Return what nodes the fabric has. Raises StepError."""
    answer = http.ask("GET", "/api/class/fabricNode.json", headers=cookie)
    if answer.status != _OK:
        raise StepError(
            f"the APIC does not list the nodes of its fabric: {_reason(answer)}",
            "the user may not read the fabric: give it the role admin with read privilege, in security "
            "domain all",
        )
    nodes = [each["fabricNode"]["attributes"] for each in _found(answer) if "fabricNode" in each]
    roles = Counter(str(node.get("role")) for node in nodes)
    if not nodes:
        raise StepError(
            "the APIC shows no node of its fabric",
            "the user may see no node (its security domain must be all), or no switch is registered yet",
        )
    return f"the fabric has {', '.join(f'{count} {role}' for role, count in sorted(roles.items()))}"


def _found(answer: Answer) -> list[Any]:
    document = answer.document
    found = document.get("imdata") if isinstance(document, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _attributes(answer: Answer, kind: str) -> dict[str, Any]:
    found: Any = next((each[kind] for each in _found(answer) if kind in each), {})
    attributes = found.get("attributes") if isinstance(found, dict) else None
    return attributes if isinstance(attributes, dict) else {}


def _reason(answer: Answer) -> str:
    return str(_attributes(answer, "error").get("text") or f"HTTP {answer.status}")
