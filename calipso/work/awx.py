"""Running a scan as a job of AWX: launched by a template, followed, and cancelled if it must stop."""

from __future__ import annotations

import json
import os
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from .launcher import Ended, LaunchError, Task, Watch
from .runner import Follower

TOKEN_VARIABLE = "CALIPSO_AWX_TOKEN"  # noqa: S105 -- its name

_TEMPLATES = ("job_templates", "workflow_job_templates")
_HEARD = "playbook_on_task_start,runner_on_ok,runner_on_failed,runner_on_unreachable"
_PAGE = 200
_TIMEOUT_S = 30
_LONGEST_TEXT = 1000
_LAST_LINES = 5


@dataclass(frozen=True, slots=True)
class AwxLauncher:
    """Runs scans by a job template or a workflow of AWX, which must ask for variables on launch.

    `url`: where AWX is. `template`: its name, in which `{environment}` stands for the environment's name, or
    its id. `token`: of a user who may execute it. `ca`: certificates to trust instead of the system's.
    `polled_s`: seconds between two looks at a job; `patience_s`: how long AWX may be away while it runs.
    """

    url: str
    template: str
    token: str = field(repr=False)
    ca: Path | None = None
    polled_s: float = 2.0
    patience_s: float = 300.0

    def run(self, task: Task, watch: Watch) -> Ended:
        """Run the scan's job to its end. One that an earlier worker left is cancelled before."""
        try:
            api = _Api(self.url, self.token, self.ca)
            if earlier := task.scan.get("job"):
                api.cancel(urlsplit(earlier).path)
            job = self._launch(api, task)
        except _AwxError as error:
            raise LaunchError(str(error)) from None
        watch.place(job=api.address(job["url"]))
        return self._follow(_Job(api, job, watch), watch)

    def _launch(self, api: _Api, task: Task) -> dict[str, Any]:
        name = self.template.format(environment=task.scan["environment"])
        template, resource = self._find(api, name)
        if not template["ask_variables_on_launch"]:
            raise LaunchError(f"AWX's template {name} does not ask for variables on launch: have it ask")
        return api.post(f"/api/v2/{resource}/{template['id']}/launch/", {"extra_vars": dict(task.variables)})

    def _find(self, api: _Api, name: str) -> tuple[dict[str, Any], str]:
        query = urlencode({"id" if name.isdecimal() else "name": name})
        found = [
            (template, resource)
            for resource in _TEMPLATES
            for template in api.get(f"/api/v2/{resource}/?{query}")["results"]
        ]
        if not found:
            raise LaunchError(f"AWX has no template {name}, or its user may not see it")
        if len(found) > 1:
            raise LaunchError(f"AWX has {len(found)} templates {name}: name the one by its id")
        return found[0]

    def _follow(self, job: _Job, watch: Watch) -> Ended:
        is_cancelled = False
        heard = time.monotonic()
        while True:
            must_stop = watch.must_stop()
            try:
                if must_stop and not is_cancelled:
                    is_cancelled = job.cancel()
                if job.has_ended():
                    return Ended("stopped") if is_cancelled and job.status == "canceled" else job.end()
                heard = time.monotonic()
            except _AwxAwayError as error:
                if must_stop or time.monotonic() - heard > self.patience_s:
                    return Ended("stopped") if must_stop else Ended("failed", (str(error),))
            except _AwxError as error:
                return Ended("failed", (str(error),))
            time.sleep(self.polled_s)


def awx_token(file: Path | None = None) -> str:
    """Return AWX's token: what stands in a file, or else in $CALIPSO_AWX_TOKEN. Raises LaunchError."""
    if file is None:
        token = os.environ.get(TOKEN_VARIABLE, "")
    else:
        try:
            token = file.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise LaunchError(f"AWX's token cannot be read from {file}: {error}") from None
    if not token:
        raise LaunchError(f"AWX's token is missing: put it into a file, or into ${TOKEN_VARIABLE}")
    return token


class _AwxError(Exception):
    """AWX refuses."""


class _AwxAwayError(_AwxError):
    """AWX does not answer, or not as it should; it may be back soon."""


class _NoRedirect(HTTPRedirectHandler):
    """Follows nothing: the token is for AWX alone."""

    def redirect_request(self, *_: Any) -> None:
        """Return no request."""


class _Api:
    """AWX's REST API. Its methods raise _AwxError."""

    def __init__(self, url: str, token: str, ca: Path | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise _AwxError(f"{url} is no address of AWX: it begins with https://")
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            tls = ssl.create_default_context(cafile=ca)
        except OSError as error:
            raise _AwxError(f"{ca} cannot be read as CA certificates: {error}") from None
        self._opener = build_opener(HTTPSHandler(context=tls), _NoRedirect)

    def address(self, path: str) -> str:
        """Return the address of what AWX names by its path."""
        return f"{self._url}{path}"

    def get(self, path: str) -> dict[str, Any]:
        """Return what is there."""
        return self._ask("GET", path, None)

    def all(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list, page by page."""
        following: str | None = f"{path}?{urlencode({**query, 'page_size': _PAGE})}"
        while following:
            page = self.get(following)
            yield from page["results"]
            following = page["next"]

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post JSON, and return the answer."""
        return self._ask("POST", path, json.dumps(body).encode())

    def cancel(self, path: str) -> bool:
        """Have a job end; return whether there was something to end."""
        try:
            self.post(f"{path}cancel/", {})
        except _AwxAwayError:
            raise
        except _AwxError:  # it has ended, or is forgotten
            return False
        return True

    def _ask(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        request = Request(self.address(path), body, self._headers, method=method)  # noqa: S310 -- see __init__
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                content = answer.read()
            return json.loads(content) if content else {}
        except HTTPError as error:
            raise self._refused(error, path) from None
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise _AwxAwayError(f"AWX at {self._url} does not answer: {reason}") from None
        except ValueError:
            raise _AwxAwayError(f"AWX at {self._url} does not answer with JSON: is it AWX?") from None

    def _refused(self, error: HTTPError, path: str) -> _AwxError:
        with error:
            said = error.read(_LONGEST_TEXT).decode(errors="replace")
        if error.code >= 500:
            return _AwxAwayError(f"AWX at {self._url} fails ({error.code})")
        if error.code == 401:
            return _AwxError(f"AWX at {self._url} does not take the token: is it still valid?")
        return _AwxError(f"AWX refuses {urlsplit(path).path} ({error.code}): {said}")


class _Job:
    """A job, or a workflow's jobs, as far as they were looked at. `status`: as AWX says it."""

    def __init__(self, api: _Api, job: Mapping[str, Any], watch: Watch) -> None:
        self._api = api
        self._job = job
        self._follower = Follower(watch)
        self._heard: dict[int, int] = {}  # of each job the newest event

    @property
    def status(self) -> str:
        """How it is: pending, running, successful, failed, canceled..."""
        return str(self._job["status"])

    def cancel(self) -> bool:
        """Have it end; return whether it had not."""
        return self._api.cancel(self._job["url"])

    def has_ended(self) -> bool:
        """Look at it: tell what is new to the watch, and return whether it has ended."""
        self._job = self._api.get(self._job["url"])
        has_ended = bool(self._job["finished"]) and self._job.get("event_processing_finished", True)
        for job in self._jobs(self._job):
            self._listen(job["id"])
        return has_ended

    def end(self) -> Ended:
        """Return how it ended."""
        if self.status == "successful":
            return Ended("done")
        if self.status == "canceled":
            return Ended("failed", ("its job was cancelled in AWX",))
        return Ended("failed", self._follower.reasons() or tuple(dict.fromkeys(self._explanations())))

    def _jobs(self, job: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield the jobs that are no workflows: this one, or those of its nodes, slices too."""
        if job["type"] == "job":
            yield job
        elif job["type"] == "workflow_job":
            for node in self._api.all(f"/api/v2/workflow_jobs/{job['id']}/workflow_nodes/"):
                if started := node["summary_fields"].get("job"):
                    yield from self._jobs(started)

    def _listen(self, number: int) -> None:
        """Take the job's new events. Events come late and in any order, but each has a higher id."""
        path = f"/api/v2/jobs/{number}/job_events/"
        since = self._heard.get(number, 0)
        for event in self._api.all(path, order_by="id", id__gt=since, event__in=_HEARD):
            self._follower.event(event)
            self._heard[number] = event["id"]

    def _explanations(self) -> Iterator[str]:
        """Yield why it failed where no task did: what AWX says, or the end of what was printed."""
        for part in self._jobs(self._job):
            job = self._api.get(f"/api/v2/jobs/{part['id']}/")
            if job["status"] in ("failed", "error", "canceled"):
                yield job["job_explanation"] or self._last_lines(job["id"])
        if self._job["job_explanation"]:
            yield self._job["job_explanation"]

    def _last_lines(self, number: int) -> str:
        printed = self._api.get(f"/api/v2/jobs/{number}/stdout/?format=json").get("content") or ""
        lines = [line.strip() for line in printed.splitlines() if line.strip()]
        return " ".join(lines[-_LAST_LINES:])[-_LONGEST_TEXT:] or "its job failed without a word"
