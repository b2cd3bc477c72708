"""What AWX keeps, as its published OpenAPI document tells it: fields with types and defaults, relations."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

Kind = Literal["text", "integer", "boolean", "mapping", "variables", "choice", "id"]

SECRET = "$encrypted$"
_RRULE = re.compile(r"DTSTART(;TZID=[\w/+-]+)?:\d{8}T\d{6}Z?( RRULE:[A-Z]+=[\w,+-]+(;[A-Z]+=[\w,+-]+)*)+")


@dataclass(frozen=True, slots=True)
class Field:
    """A field that may be written. `of`: whose id it is."""

    kind: Kind = "text"
    default: Any = ""
    required: bool = False
    choices: tuple[Any, ...] = ()
    of: str = ""

    def fault(self, value: Any) -> str | None:
        """Say what AWX has against a value, if it has."""
        if value is None:
            return None if self.default is None or self.kind == "choice" else "This field may not be null."
        match self.kind:
            case "text" if not isinstance(value, str):
                return "Not a valid string."
            case "text" if self.required and not value:
                return "This field may not be blank."
            case "integer" | "id" if not isinstance(value, int) or isinstance(value, bool):
                return "A valid integer is required."
            case "boolean" if not isinstance(value, bool):
                return "Must be a valid boolean."
            case "mapping" if not isinstance(value, dict):
                return "Value must be valid JSON."
            case "variables" if not isinstance(parsed(value), dict):
                return "Cannot parse as JSON or YAML."
            case "choice" if value not in self.choices:
                return f'"{value}" is not a valid choice.'
        return None


@dataclass(frozen=True, slots=True)
class Resource:
    """A list of objects that are made, read, changed and deleted.

    `many`: its lists of others, and whose they are. `unique`: what two of them may not both have.
    """

    type: str
    fields: Mapping[str, Field]
    many: Mapping[str, str] = field(default_factory=dict)
    unique: tuple[str, ...] = ("name",)


def parsed(text: Any) -> Any:
    """Return variables from JSON or YAML; None if they are neither."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return yaml.safe_load(text) or {}
    except yaml.YAMLError:
        return None


def rrule_fault(rule: str) -> str | None:
    """Say what AWX has against a recurrence rule, if it has."""
    if not _RRULE.fullmatch(rule):
        return "rrule parsing failed validation"
    return None if "INTERVAL=" in rule else "INTERVAL required in rrule"


TEXT = Field()
NO_TEXT = Field(default=None)
NAME = Field(required=True)
NUMBER = Field("integer", 0)
NO_NUMBER = Field("integer", None)
FALSE = Field("boolean", False)
TRUE = Field("boolean", True)
UNSAID = Field("boolean", None)
MAPPING = Field("mapping", {})
VARIABLES = Field("variables")
RUNS = Field("choice", "run", choices=("run", "check"))
VERBOSITY = Field("choice", 0, choices=(0, 1, 2, 3, 4, 5))


def one(of: str, *, required: bool = False) -> Field:
    """Return the field of another object's id."""
    return Field("id", None, required, of=of)


_NAMED = {"name": NAME, "description": TEXT}
_NOTIFIES = {
    f"notification_templates_{when}": "notification_templates" for when in ("started", "success", "error")
}
ASKED = (
    "credential", "diff_mode", "execution_environment", "forks", "instance_groups", "inventory",
    "job_slice_count", "job_type", "labels", "limit", "scm_branch", "skip_tags", "tags", "timeout",
    "variables", "verbosity",
)  # fmt: skip
"""What a job template may ask for when it is launched: its fields ask_X_on_launch."""

_PROMPTS = {
    "diff_mode": UNSAID,
    "execution_environment": one("execution_environments"),
    "extra_data": MAPPING,
    "forks": NO_NUMBER,
    "inventory": one("inventories"),
    "job_slice_count": NO_NUMBER,
    "job_tags": NO_TEXT,
    "job_type": Field("choice", None, choices=("", "run", "check")),
    "limit": NO_TEXT,
    "scm_branch": NO_TEXT,
    "skip_tags": NO_TEXT,
    "timeout": NO_NUMBER,
    "verbosity": Field("choice", None, choices=(0, 1, 2, 3, 4, 5)),
}
_PROMPTED = {"credentials": "credentials", "instance_groups": "instance_groups", "labels": "labels"}
_NODES = "workflow_job_template_nodes"

RESOURCES: Mapping[str, Resource] = {
    "organizations": Resource(
        "organization",
        _NAMED | {"max_hosts": NUMBER, "default_environment": one("execution_environments")},
        _NOTIFIES | {"galaxy_credentials": "credentials", "instance_groups": "instance_groups"},
    ),
    "credential_types": Resource(
        "credential_type",
        _NAMED
        | {
            "kind": Field("choice", None, True, ("cloud", "net")),
            "inputs": MAPPING,
            "injectors": MAPPING,
        },
    ),
    "credentials": Resource(
        "credential",
        _NAMED
        | {
            "organization": one("organizations"),
            "credential_type": one("credential_types", required=True),
            "inputs": MAPPING,
        },
        unique=("name", "organization", "credential_type"),
    ),
    "execution_environments": Resource(
        "execution_environment",
        _NAMED
        | {
            "organization": one("organizations"),
            "image": NAME,
            "credential": one("credentials"),
            "pull": Field("choice", "", choices=("", "always", "missing", "never")),
        },
    ),
    "projects": Resource(
        "project",
        _NAMED
        | {
            "organization": one("organizations"),
            "local_path": TEXT,
            "scm_type": Field("choice", "", choices=("", "git", "svn", "insights", "archive")),
            "scm_url": TEXT,
            "scm_branch": TEXT,
            "scm_refspec": TEXT,
            "scm_clean": FALSE,
            "scm_track_submodules": FALSE,
            "scm_delete_on_update": FALSE,
            "scm_update_on_launch": FALSE,
            "scm_update_cache_timeout": NUMBER,
            "credential": one("credentials"),
            "signature_validation_credential": one("credentials"),
            "timeout": NUMBER,
            "allow_override": FALSE,
            "default_environment": one("execution_environments"),
        },
        _NOTIFIES,
        ("name", "organization"),
    ),
    "inventories": Resource(
        "inventory",
        _NAMED
        | {
            "organization": one("organizations", required=True),
            "kind": Field("choice", "", choices=("", "smart", "constructed")),
            "host_filter": NO_TEXT,
            "variables": VARIABLES,
            "prevent_instance_group_fallback": FALSE,
        },
        {"instance_groups": "instance_groups", "input_inventories": "inventories"},
        ("name", "organization"),
    ),
    "inventory_sources": Resource(
        "inventory_source",
        _NAMED
        | {
            "inventory": one("inventories", required=True),
            "source": Field("choice", None, True, ("scm", "constructed", "openstack", "controller")),
            "source_path": TEXT,
            "source_project": one("projects"),
            "source_vars": VARIABLES,
            "scm_branch": TEXT,
            "credential": one("credentials"),
            "execution_environment": one("execution_environments"),
            "enabled_var": TEXT,
            "enabled_value": TEXT,
            "host_filter": TEXT,
            "limit": TEXT,
            "overwrite": FALSE,
            "overwrite_vars": FALSE,
            "timeout": NUMBER,
            "verbosity": Field("choice", 1, choices=(0, 1, 2)),
            "update_on_launch": FALSE,
            "update_cache_timeout": NUMBER,
        },
        _NOTIFIES,
        ("name", "inventory"),
    ),
    "groups": Resource(
        "group",
        _NAMED | {"inventory": one("inventories", required=True), "variables": VARIABLES},
        {"hosts": "hosts", "children": "groups"},
        ("name", "inventory"),
    ),
    "hosts": Resource(
        "host",
        _NAMED
        | {
            "inventory": one("inventories", required=True),
            "enabled": TRUE,
            "instance_id": TEXT,
            "variables": VARIABLES,
        },
        unique=("name", "inventory"),
    ),
    "notification_templates": Resource(
        "notification_template",
        _NAMED
        | {
            "organization": one("organizations", required=True),
            "notification_type": Field(
                "choice", None, True, ("email", "grafana", "mattermost", "pagerduty", "slack", "webhook")
            ),
            "notification_configuration": MAPPING,
            "messages": Field("mapping", None),
        },
        unique=("name", "organization"),
    ),
    "job_templates": Resource(
        "job_template",
        _NAMED
        | {f"ask_{what}_on_launch": FALSE for what in ASKED}
        | {
            "organization": one("organizations"),
            "job_type": RUNS,
            "inventory": one("inventories"),
            "project": one("projects"),
            "playbook": TEXT,
            "scm_branch": TEXT,
            "forks": NUMBER,
            "limit": TEXT,
            "verbosity": VERBOSITY,
            "extra_vars": VARIABLES,
            "job_tags": TEXT,
            "force_handlers": FALSE,
            "skip_tags": TEXT,
            "start_at_task": TEXT,
            "timeout": NUMBER,
            "use_fact_cache": FALSE,
            "execution_environment": one("execution_environments"),
            "host_config_key": TEXT,
            "survey_enabled": FALSE,
            "become_enabled": FALSE,
            "diff_mode": FALSE,
            "allow_simultaneous": FALSE,
            "job_slice_count": Field("integer", 1),
            "webhook_service": Field("choice", "", choices=("", "github", "gitlab")),
            "webhook_credential": one("credentials"),
            "prevent_instance_group_fallback": FALSE,
        },
        _NOTIFIES | _PROMPTED,
        ("name", "organization"),
    ),
    "workflow_job_templates": Resource(
        "workflow_job_template",
        _NAMED
        | {
            f"ask_{what}_on_launch": FALSE
            for what in ("inventory", "labels", "limit", "scm_branch", "skip_tags", "tags", "variables")
        }
        | {
            "organization": one("organizations"),
            "extra_vars": VARIABLES,
            "survey_enabled": FALSE,
            "allow_simultaneous": FALSE,
            "inventory": one("inventories"),
            "limit": NO_TEXT,
            "scm_branch": NO_TEXT,
            "skip_tags": NO_TEXT,
            "job_tags": NO_TEXT,
            "webhook_service": Field("choice", "", choices=("", "github", "gitlab")),
            "webhook_credential": one("credentials"),
        },
        _NOTIFIES | {"notification_templates_approvals": "notification_templates", "labels": "labels"},
        ("name", "organization"),
    ),
    _NODES: Resource(
        "workflow_job_template_node",
        _PROMPTS
        | {
            "workflow_job_template": one("workflow_job_templates", required=True),
            "unified_job_template": one("unified_job_templates"),
            "all_parents_must_converge": FALSE,
            "identifier": TEXT,
        },
        _PROMPTED | {"success_nodes": _NODES, "failure_nodes": _NODES, "always_nodes": _NODES},
        ("identifier", "workflow_job_template"),
    ),
    "schedules": Resource(
        "schedule",
        _NAMED
        | _PROMPTS
        | {
            "rrule": NAME,
            "unified_job_template": one("unified_job_templates", required=True),
            "enabled": TRUE,
        },
        _PROMPTED,
        ("name", "unified_job_template"),
    ),
}

UNIFIED = ("job_templates", "workflow_job_templates", "projects", "inventory_sources")
"""The resources whose objects are all unified job templates."""

READ_ONLY = frozenset(
    {"id", "type", "url", "related", "summary_fields", "created", "modified", "managed", "status"}
)
"""What every object shows, and what AWX passes over when it is written."""

CONFIGURATIONS: Mapping[str, Mapping[str, Any]] = {
    "webhook": {
        "url": ..., "http_method": "POST", "disable_ssl_verification": False, "username": "", "password": "",
        "headers": ...,
    },
    "email": {
        "host": ..., "port": ..., "username": ..., "password": ..., "use_tls": ..., "use_ssl": ...,
        "sender": ..., "recipients": ..., "timeout": 30,
    },
    "slack": {"token": ..., "channels": ..., "hex_color": ""},
}  # fmt: skip
"""Of each type of notification: its settings and their defaults; those with ... must be given."""

SECRET_SETTINGS = frozenset({"password", "token"})

QUESTIONS: Mapping[str, type] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "integer": int,
    "float": float,
}
"""The types of a survey's questions, and of their answers."""

MACHINE: Mapping[str, Any] = {
    "name": "Machine",
    "description": "",
    "kind": "ssh",
    "managed": True,
    "injectors": {},
    "inputs": {
        "fields": [
            {"id": "username", "label": "Username", "type": "string"},
            {"id": "password", "label": "Password", "type": "string", "secret": True},
            {"id": "ssh_key_data", "label": "SSH Private Key", "type": "string", "secret": True},
            {"id": "ssh_key_unlock", "label": "Private Key Passphrase", "type": "string", "secret": True},
            {"id": "become_method", "label": "Privilege Escalation Method", "type": "string"},
            {"id": "become_username", "label": "Privilege Escalation Username", "type": "string"},
            {
                "id": "become_password",
                "label": "Privilege Escalation Password",
                "type": "string",
                "secret": True,
            },
        ]
    },
}
"""A credential type that every AWX has."""
