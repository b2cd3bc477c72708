"""Setting monitoring up: rendered from an environment's newest state to the database, and to files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..build.registry import Registry
from ..model.environment import Environment
from ..model.monitoring import Provision
from ..model.targets import MonitoringTarget
from ..model.topology import Document
from . import tree
from .render import CHECK, SENSU_CORE, Configuration, entity_name, render
from .surroundings import Surroundings
from .templates import chosen, templates

if TYPE_CHECKING:
    from ..store import ConfigurationChanges, Store

_SOURCE = "Sensu"


class MonitoringError(ValueError):
    """Monitoring that cannot be set up; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What was set up: of the documents, what changed; the paths of files that did; and the hosts."""

    provision: Provision
    target: MonitoringTarget
    changes: ConfigurationChanges
    files: tuple[str, ...]
    hosts: tuple[Document, ...]
    checks: int

    @property
    def system(self) -> str:
        """Return which monitoring system it is for."""
        return self.target.type

    @property
    def changed(self) -> bool:
        """Say whether anything was different before."""
        return bool(self.changes or self.files)


def target_of(environment: Environment) -> MonitoringTarget:
    """Return the section Monitoring of an environment's configuration; MonitoringError."""
    section = environment.configuration.get("Monitoring")
    if section is None:
        raise MonitoringError(
            f"environment {environment.name!r} does not say where Sensu is: give its configuration a section "
            "Monitoring, with host, port and provision (docs/monitoring.md)"
        )
    return MonitoringTarget.model_validate(dict(section))


def monitored(store: Store, name: str) -> bool:
    """Say whether an environment is to be monitored, and its configuration rendered."""
    environment = store.environment(name)
    if environment is None or not environment.enable_monitoring:
        return False
    return "Monitoring" in environment.configuration and target_of(environment).provision != "None"


def set_up(
    store: Store,
    name: str,
    registry: Registry,
    *,
    provision: Provision | None = None,
    directory: Path | None = None,
    url: str | None = None,
    check: bool = False,
    at: datetime,
) -> Setup:
    """Bring an environment's monitoring to the level `provision`; None: to the one that it is configured for.

    None renders nothing, and takes away what was rendered; DB renders into the database; Files and Deploy
    also into `directory`. `url`: where users reach Calipso, if not as the environment says. With `check`
    nothing is written. Raises MonitoringError, InvalidTemplateError, DirectoryError, OSError and StoreError.
    """
    environment = store.environment(name)
    if environment is None:
        raise MonitoringError(f"there is no environment {name!r}; add it, or scan it first")
    target = target_of(environment)
    target = target.model_copy(update={"calipso_url": url or target.calipso_url})
    level = provision or target.provision
    documents: list[Document] = []
    hosts: list[Document] = []
    configuration = Configuration()
    if level != "None":
        found = chosen(templates(registry, store.monitoring_templates()), environment, target.type)
        around = surroundings(store, name)
        configuration = render(environment, target, found, around)
        documents = list(configuration.documents.values())
        hosts = sorted(
            (each for each in around.objects.values() if each["type"] == "host"), key=lambda each: each["id"]
        )
    files: list[str] = []
    if level in ("Files", "Deploy"):
        if directory is None:
            raise MonitoringError(f"provision {level} needs a directory for the files")
        compose = tree.core_files if target.type == SENSU_CORE else tree.go_files
        composed = compose(name, target, documents, hosts)
        files = tree.differing(directory, composed) if check else tree.write(directory, composed)
    changes = (
        store.monitoring_config_changes(name, documents)
        if check
        else store.replace_monitoring_config(name, documents)
    )
    checks = [each["id"] for each in documents if each["type"] == CHECK]
    if not check:
        store.forget_statuses(name, checks)
        store.add_messages(name, configuration.messages, source_system=_SOURCE, scan_id=None, at=at)
    return Setup(level, target, changes, tuple(files), tuple(hosts), len(checks))


def surroundings(store: Store, environment: str) -> Surroundings:
    """Return the newest state of an environment; raises UnknownGenerationError where there is none."""
    view = store.view(environment)
    return Surroundings(view.objects(), view.links(), view.cliques(brief=("focal_point", "links")))


def note_deployed(store: Store, name: str, *, by: str, at: datetime, check: bool = False) -> bool:
    """Note that an environment's monitoring is set up, and who did it; return False if that is known."""
    environment = store.environment(name)
    if environment is None or environment.monitoring_setup_done:
        return False
    if not check:
        store.change_environment(name, {"monitoring_setup_done": True})
        store.record_change("monitoring is set up", by=by, environment=name, at=at)
    return True


def described(hosts: Collection[Document], system: str) -> list[dict[str, str]]:
    """Return hosts as playbooks need them: id, the agent's name, its files, and the name in the inventory."""
    found = []
    for host in hosts:
        entity = entity_name(host["id"], core=system == SENSU_CORE)
        found.append(
            {
                "id": host["id"],
                "entity": entity,
                "directory": tree.host_directory(entity),
                "inventory_hostname": str(host.get("inventory_hostname") or host["id"]),
            }
        )
    return found
