# Copyright: Contributors to the Calipso project
# SPDX-License-Identifier: Apache-2.0

"""Records what OpenStack APIs answer into a folder, less its secrets, and answers from such a folder.

A recording is `DIR/openstack/NNN-<slug>.json`, one file a response: {method, url, status, headers, body},
or {method, url, error} where none came; and `DIR/openstack/cloud.json`, what the requests depend on.
"""

from __future__ import annotations

import io
import json
import re
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from .recording import RecordingError
from .scrubbing import scrub, scrub_text

_FOLDER = "openstack"
_CLOUD = "cloud.json"
_RESPONSES = "[0-9]*-*.json"
_HEADERS = ("content-type", "link", "location", "openstack-api-version")


def _request_key(method: str, url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return method, parts._replace(
        query=urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    ).geturl()


class Recorder:
    """A transport of `requests` that passes everything on to `adapter` and keeps what came back.

    What was kept is written by `write`, all at once, so that names depend on requests alone and not on
    which of several came first.
    """

    def __init__(self, adapter: Any, directory: str) -> None:
        self._adapter = adapter
        self._folder = Path(directory) / _FOLDER
        self._answers: dict[tuple[str, str], list[dict]] = defaultdict(list)
        self._lock = threading.Lock()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordingError(_cannot_write(directory, error)) from error

    def send(self, request: Any, **options: Any) -> Any:
        """Send `request` and return its response, or raise, as the real transport does."""
        try:
            response = self._adapter.send(request, **options)
            answer = {
                "status": response.status_code,
                "headers": {
                    name: scrub_text(response.headers[name]) for name in _HEADERS if name in response.headers
                },
                "body": _body(response.content),
            }
        except OSError as error:
            self._keep(request, {"error": type(error).__name__})
            raise
        self._keep(request, answer)
        return response

    def _keep(self, request: Any, answer: dict) -> None:
        method, url = _request_key(request.method, scrub_text(request.url))
        with self._lock:
            self._answers[method, url].append({"method": method, "url": url, **answer})

    def write(self, cloud: dict) -> None:
        """Write the recording, with `cloud` as what its requests depended on; replace an earlier one."""
        try:
            for earlier in (*self._folder.glob(_RESPONSES), *self._folder.glob(_CLOUD)):
                earlier.unlink()
            self._write(_CLOUD, cloud)
            number = 0
            for method, url in sorted(self._answers, key=lambda key: (key[0] != "POST", key)):
                for answer in self._answers[method, url]:
                    number += 1
                    self._write(f"{number:03d}-{_slug(method, url)}.json", answer)
        except OSError as error:
            raise RecordingError(_cannot_write(self._folder.parent, error)) from error

    def _write(self, name: str, content: dict) -> None:
        (self._folder / name).write_text(
            json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8"
        )

    def close(self) -> None:
        self._adapter.close()


def _cannot_write(directory: Any, error: OSError) -> str:
    return f"Cannot record to {directory} ({error.strerror}): choose a folder that can be written."


def _slug(method: str, url: str) -> str:
    parts = urlsplit(url)
    return re.sub(r"[^a-z0-9.]+", "-", f"{method} {parts.netloc}{parts.path}".lower()).strip("-")[:80]


def _body(content: bytes) -> Any:
    """The body as scrubbed JSON, or None: what is not JSON cannot be searched for secrets."""
    try:
        return scrub(json.loads(content))
    except (ValueError, RecursionError):
        return None


class Replayer:
    """A transport of `requests` that answers from the recording in `directory`, without any network.

    Equal requests are answered in the order in which they were recorded, and then with the last answer
    again. What was not recorded is answered with 404.
    """

    def __init__(self, directory: str) -> None:
        folder = Path(directory) / _FOLDER
        self.cloud = _read(folder / _CLOUD)
        self._answers: dict[tuple[str, str], list[dict]] = defaultdict(list)
        self._lock = threading.Lock()
        for path in sorted(
            folder.glob(_RESPONSES), key=lambda path: (int(path.name.split("-")[0]), path.name)
        ):
            answer = _read(path)
            try:
                self._answers[_request_key(answer["method"], answer["url"])].append(answer)
                if "error" not in answer:
                    answer["status"] = int(answer["status"])
            except (AttributeError, KeyError, TypeError, ValueError):
                raise RecordingError(f"The recording's {path} is no response: record it again.") from None

    @property
    def token(self) -> dict:
        """Keystone's answer to the authentication, by which the recording was made."""
        for (method, _url), answers in self._answers.items():
            body = answers[-1].get("body")
            if (
                method == "POST"
                and isinstance(body, dict)
                and isinstance(body.get("token", body.get("access")), dict)
            ):
                return body
        raise RecordingError("The recording holds no successful login: record it again.")

    def send(self, request: Any, **_options: Any) -> Any:
        """Return the recorded response to `request`, or raise the recorded error."""
        import requests

        answer = self._next(_request_key(request.method, request.url))
        if "error" in answer:
            error = getattr(requests.exceptions, str(answer["error"]), requests.exceptions.ConnectionError)
            raise error(f"{request.method} {request.url}: so it was when this was recorded")
        response = requests.Response()
        response.status_code = answer["status"]
        response.headers.update(answer.get("headers") or {})
        response.url, response.request = request.url, request
        body = answer.get("body")
        response.raw = io.BytesIO(b"" if body is None else json.dumps(body).encode())
        return response

    def _next(self, key: tuple[str, str]) -> dict:
        with self._lock:
            answers = self._answers.get(key)
            if not answers:
                return {"status": 404, "body": {"error": {"message": "this request is not in the recording"}}}
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def close(self) -> None:
        """Nothing is open."""


def _read(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RecordingError(
            f"There is no recording of an OpenStack cloud in {path.parent.parent} ({path} is missing):"
            " name the folder that `record_to` named."
        ) from None
    except OSError as error:
        raise RecordingError(f"Cannot read {path} ({error.strerror}): check its permissions.") from error
    except (ValueError, RecursionError):
        raise RecordingError(f"The recording's {path} is not JSON: record it again.") from None
    if not isinstance(content, dict):
        raise RecordingError(f"The recording's {path} is not a JSON object: record it again.")
    return content
