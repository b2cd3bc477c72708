"""The API holds what its OpenAPI document promises: schemathesis tries thousands of requests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from api_server import Api

CONFIG = """
[checks]
# What a schema cannot say (two fields exclude each other, a name that is taken) is refused with 400, too.
positive_data_acceptance.enabled = false
# So is a URL of over 8,000 bytes, whatever is in it.
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 413, 414, 415, 429, 431]
"""


def try_all(api: Api, caller: str | None, home: Path, *, examples: int) -> int:
    """Let schemathesis try every route as a caller, and hold each answer against the document.

    Returns how many requests it made.
    """
    (home / "schemathesis.toml").write_text(CONFIG)
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("--config-file", str(home / "schemathesis.toml"), "run", f"{api.address}/openapi.json"),
        *("--max-examples", str(examples), "--phases", "coverage,fuzzing", "--seed", "1"),
        *("--continue-on-failure", "--suppress-health-check", "all", "--no-color"),
        # a caller that logs out, or revokes its tokens, could try nothing else
        *("--exclude-path-regex", "^(/auth|/users)/tokens$" if caller else "^$"),
        *(("--header", f"X-Auth-Token: {api.log_in(caller)}") if caller else ()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=home, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) generated", done.stdout)
    assert found, done.stdout
    return int(found[1])


@pytest.mark.parametrize("caller", [None, "stranger", "viewer", "editor", "root"])
def test_every_answer_is_as_the_document_says(own_api: Api, caller: str | None, tmp_path: Path) -> None:
    assert try_all(own_api, caller, tmp_path, examples=10) > 1_000
    assert own_api.get("/ready")["status"] == "ok"
