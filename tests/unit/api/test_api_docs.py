"""Every line of docs/api.md that asks something, asked in its order; the answers are those that it shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from api_server import PASSWORD, ROOT, Api, serving

from calipso.accounts import Accounts
from calipso.store import Store
from tests.playbook.changed_cloud import Cloud, publish
from tests.playbook.controller import DEMO, Controller

DOCUMENT = ROOT / "docs" / "api.md"
MORE = "..."
"""Stands for more that is left out of an answer; within a text that is `…`."""


@dataclass(frozen=True)
class Line:
    """A command, and the answer that the document shows."""

    command: str
    shown: str


def lines() -> list[Line]:
    """Return what the document's console blocks ask and show."""
    blocks = re.findall(r"^```console\n(.*?)^```", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
    return [
        Line(command.replace("\n> ", "\n"), shown.strip())
        for block in blocks
        for command, shown in re.findall(r"^\$ (.*(?:\n> .*)*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
    ]


def meant(shown: str) -> Any:
    """Return a shown answer as JSON, in which `MORE` as a key or an element stands for more."""
    text = re.sub(r"\{\.\.\.\}", '{"...": 0}', shown)
    text = re.sub(r"(?<=[,{] )\.\.\.(?=\})", '"...": 0', text)
    return json.loads(re.sub(r"(?<=[\[ ])\.\.\.(?=[\],])", '"..."', text))


def fits(shown: Any, told: Any) -> bool:
    """Say whether an answer is as it is shown."""
    if isinstance(shown, dict) and isinstance(told, dict):
        names = shown.keys() - {MORE}
        known = names <= told.keys() if MORE in shown else names == told.keys()
        return known and all(fits(shown[name], told[name]) for name in names)
    if isinstance(shown, list) and isinstance(told, list):
        rest = iter(told)
        whole = MORE in shown or len(shown) == len(told)
        return whole and all(each == MORE or any(fits(each, other) for other in rest) for each in shown)
    if isinstance(shown, str) and isinstance(told, str):
        return bool(re.fullmatch(".*".join(map(re.escape, shown.split("…"))), told, re.DOTALL))
    return bool(shown == told)


@pytest.fixture
def demo(mongo_uri: str, tmp_path: Path) -> Iterator[Api]:
    """The API, with the demo's cloud before and after a change."""
    controller = Controller(mongo_uri, tmp_path)
    controller.play(environment="demo", recording=str(DEMO)).succeeded()
    with Store.open(mongo_uri) as store:
        publish(store, "demo", move)
        Accounts(store).add_user("demo", PASSWORD, role="admin")
    with serving(mongo_uri, "--workers", "1") as api:
        yield api


def move(cloud: Cloud) -> None:
    """Move an instance."""
    cloud.move("blue-web-2", "cmp1")


def test_every_request_of_the_document_is_answered_as_it_says(demo: Api, tmp_path: Path) -> None:
    """All run in one shell; curl says on standard error which status each answer has."""
    (tmp_path / ".curlrc").write_text('write-out = "%{stderr}%{http_code}\\n"\n')
    variables = {**os.environ, "CURL_HOME": str(tmp_path)}
    own = {"API=": f"API={demo.address}", "PASSWORD=": f"PASSWORD='{PASSWORD}'"}
    script = ["set -o pipefail"]
    asked = lines()
    assert sum("curl " in line.command for line in asked) > 50
    for number, line in enumerate(asked):
        command = next((mine for name, mine in own.items() if line.command.startswith(name)), line.command)
        script.append(
            f"{{\n{command}\n}} >{number}.out 2>{number}.err </dev/null || echo failed >>{number}.err"
        )
    subprocess.run(["bash", "-c", "\n".join(script)], cwd=tmp_path, env=variables, check=True, timeout=300)
    faults = []
    for number, line in enumerate(asked):
        out, err = ((tmp_path / f"{number}.{name}").read_text() for name in ("out", "err"))
        if not answered(line, out, err):
            faults.append((line, out, err))
    assert not faults


def answered(line: Line, out: str, err: str) -> bool:
    """Say whether a command's output, and the statuses of what it asked, are as the document shows."""
    if not line.shown.startswith("{"):
        return line.shown in out and "failed" not in err
    shown = meant(line.shown)
    codes = [str(shown["error"]["code"])] if "error" in shown else ["200", "201"]
    return fits(shown, json.loads(out)) and not set(err.split()) - {*codes}


def test_every_path_is_in_the_document(demo: Api) -> None:
    """So are the parameters of each."""
    text = DOCUMENT.read_text()
    for path, methods in demo.get("/openapi.json")["paths"].items():
        assert path in text
        for operation in methods.values():
            for parameter in operation["parameters"]:
                assert parameter["name"] in text, (path, parameter["name"])
