"""What AWX checks beyond single fields, and what it shows otherwise than it was given."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from fake_awx_schema import CONFIGURATIONS, QUESTIONS, SECRET, SECRET_SETTINGS, parsed, rrule_fault
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

Object = dict[str, Any]
Fault = tuple[int, Mapping[str, Any]] | None
_BLOCKED = {"PATH", "PYTHONPATH", "HOME", "VIRTUAL_ENV", "JOB_ID", "AWX_HOST", "MAX_EVENT_RES"}
_ENVIRONMENT = re.compile("(?!ANSIBLE_)[A-Za-z_][A-Za-z0-9_]*")
_PLAYBOOK = re.compile(r"^\s?-?\s?(hosts|(ansible\.builtin\.)?import_playbook):", re.MULTILINE)


class Awx(Protocol):
    """The part of FakeAwx that is needed here."""

    project: Any
    objects: dict[str, dict[int, Object]]
    surveys: dict[int, Object]


def shown(awx: Awx, resource: str, item: Object) -> Object:
    """Return an object's fields, without secrets."""
    if resource == "credentials":
        secrets = _secrets(awx.objects["credential_types"][item["credential_type"]])
        inputs = {name: SECRET if name in secrets else value for name, value in item["inputs"].items()}
        return {**item, "inputs": inputs}
    if resource == "notification_templates":
        settings = {
            name: SECRET if name in SECRET_SETTINGS and value else value
            for name, value in item["notification_configuration"].items()
        }
        return {**item, "notification_configuration": settings}
    return dict(item)


def _secrets(kind: Object) -> set[str]:
    return {each["id"] for each in kind["inputs"].get("fields", ()) if each.get("secret")}


def _credential_type(awx: Awx, wanted: Object, item: Object | None) -> Fault:
    fields = wanted["inputs"].get("fields", [])
    if item and item["inputs"] != wanted["inputs"]:
        used = any(each["credential_type"] == item["id"] for each in awx.objects["credentials"].values())
        if used:
            text = "Modifications to inputs are not allowed for credential types that are in use"
            return 403, {"detail": text}
    for each in fields:
        if not {"id", "label"} <= each.keys() or each["id"] == "tower":
            return 400, {"inputs": ["each field needs an id and a label, and tower is no id"]}
        if unknown := each.keys() - {
            "id", "label", "type", "secret", "multiline", "help_text", "choices", "format", "default",
        }:  # fmt: skip
            return 400, {"inputs": [f"Additional properties are not allowed ({sorted(unknown)})"]}
        each.setdefault("type", "string")
    if not set(wanted["inputs"].get("required", ())) <= {each["id"] for each in fields}:
        return 400, {"inputs": ["required names a field that is not there"]}
    return _injectors(wanted["injectors"], {each["id"]: "x" for each in fields})


def _injectors(injectors: Object, values: Object) -> Fault:
    if unknown := injectors.keys() - {"env", "extra_vars", "file"}:
        return 400, {"injectors": [f"Additional properties are not allowed ({sorted(unknown)})"]}
    names = [name.partition(".")[2] for name in injectors.get("file", {})]
    filename: Any = dict.fromkeys(filter(None, names), "x") if any(names) else "x"
    values = {**values, "tower": {"filename": filename}}
    for name in injectors.get("env", {}):
        if (
            not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name)
            or name in _BLOCKED
            or name.startswith("ANSIBLE_")
        ):
            return 400, {"injectors": [f"Environment variable {name} is not allowed"]}
    try:
        for where in injectors.values():
            for template in where.values():
                rendered(template, values)
    except TemplateError as error:
        return 400, {"injectors": [f"Syntax error rendering template: {error}"]}
    return None


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """Return an injector's text."""
    text: str = SandboxedEnvironment(undefined=StrictUndefined).from_string(template).render(values)
    return text


def _credential(awx: Awx, wanted: Object, item: Object | None) -> Fault:
    kind = awx.objects["credential_types"][wanted["credential_type"]]
    fields = {each["id"]: each for each in kind["inputs"].get("fields", ())}
    if unknown := wanted["inputs"].keys() - fields.keys():
        return 400, {"inputs": [f"Additional properties are not allowed ({sorted(unknown)})"]}
    for name, value in wanted["inputs"].items():
        if not isinstance(value, bool if fields[name]["type"] == "boolean" else str):
            return 400, {"inputs": {name: [f"{type(value).__name__} provided in field {name}"]}}
    if missing := set(kind["inputs"].get("required", ())) - wanted["inputs"].keys():
        return 400, {"inputs": {name: [f"required for {kind['name']}"] for name in missing}}
    held = item["inputs"] if item else {}
    wanted["inputs"] = {
        name: held.get(name, value) if value == SECRET else value for name, value in wanted["inputs"].items()
    }
    return None


def _inventory_source(awx: Awx, wanted: Object, _item: Object | None) -> Fault:
    if wanted["source"] == "scm" and not wanted["source_project"]:
        return 400, {"detail": "Project required for scm type sources."}
    if wanted["credential"]:
        credential = awx.objects["credentials"][wanted["credential"]]
        if awx.objects["credential_types"][credential["credential_type"]]["kind"] not in ("cloud", "net"):
            return 400, {"detail": "Credentials of type machine are disallowed for custom inventory sources."}
    return None


def _job_template(awx: Awx, wanted: Object, _item: Object | None) -> Fault:
    if not wanted["project"]:
        return 400, {"project": ["This field is required."]}
    playbook = awx.project / wanted["playbook"]
    if not wanted["playbook"] or not playbook.is_file() or not _PLAYBOOK.search(playbook.read_text()):
        return 400, {"playbook": ["Playbook not found for project."]}
    if not wanted["inventory"] and not wanted["ask_inventory_on_launch"]:
        return 400, {"inventory": ["Job Template must provide 'inventory' or allow prompting for it."]}
    return None


def _prompts(awx: Awx, wanted: Object, _item: Object | None) -> Fault:
    """Check what a node or a schedule gives to what it launches."""
    template = next(
        awx.objects[name][wanted["unified_job_template"]]
        for name in ("job_templates", "workflow_job_templates", "projects", "inventory_sources")
        if wanted["unified_job_template"] in awx.objects[name]
    )
    allowed = {each["variable"] for each in awx.surveys.get(template["id"], {}).get("spec", ())}
    if not template.get("ask_variables_on_launch") and (extra := wanted["extra_data"].keys() - allowed):
        text = f"Variables {', '.join(sorted(extra))} are not allowed on launch."
        return 400, {"extra_data": [text]}
    for name in ("inventory", "limit", "job_type", "scm_branch", "verbosity", "forks", "job_slice_count"):
        if wanted[name] not in (None, "") and not template.get(f"ask_{name}_on_launch"):
            return 400, {name: ["Field is not configured to prompt on launch."]}
    return None


def _schedule(awx: Awx, wanted: Object, item: Object | None) -> Fault:
    if fault := rrule_fault(wanted["rrule"]):
        return 400, {"rrule": [fault]}
    return _prompts(awx, wanted, item)


def _notification(_awx: Awx, wanted: Object, item: Object | None) -> Fault:
    settings = wanted["notification_configuration"]
    known = CONFIGURATIONS.get(wanted["notification_type"], {})
    if unknown := settings.keys() - known.keys():
        return 400, {"notification_configuration": [f"unknown: {sorted(unknown)}"]}
    if missing := [name for name, default in known.items() if default is ... and name not in settings]:
        text = f"Missing required fields for Notification Configuration: {missing}."
        return 400, {"notification_configuration": [text]}
    held = item["notification_configuration"] if item else {}
    defaults = {name: default for name, default in known.items() if default is not ...}
    wanted["notification_configuration"] = defaults | {
        name: held.get(name, value) if value == SECRET else value for name, value in settings.items()
    }
    return None


def _inventory(_awx: Awx, wanted: Object, _item: Object | None) -> Fault:
    if wanted["host_filter"] and wanted["kind"] != "smart":
        return 400, {"host_filter": ["Smart inventories must specify host_filter"]}
    return None


def _variables(_awx: Awx, wanted: Object, _item: Object | None) -> Fault:
    fault = not isinstance(parsed(wanted["extra_vars"] or "{}"), dict)
    return (400, {"extra_vars": ["Must be valid JSON or YAML."]}) if fault else None


def survey_fault(survey: Any) -> str | None:
    """Say what AWX has against a survey, if it has."""
    if (
        not isinstance(survey, dict)
        or not {"name", "description", "spec"} <= survey.keys()
        or not survey["spec"]
    ):
        return "'name', 'description' and 'spec' must be there, and 'spec' not empty."
    seen = set()
    for place, question in enumerate(survey["spec"]):
        if missing := {"type", "question_name", "variable", "required"} - question.keys():
            return f"'{min(missing)}' missing from survey question {place}."
        kind = QUESTIONS.get(question["type"])
        if kind is None:
            return f"'{question['type']}' in survey question {place} is not one of the allowed types."
        if not re.fullmatch(r"\w+", question["variable"]) or question["variable"] in seen:
            return f"'variable' '{question['variable']}' duplicated or no name in survey question {place}."
        seen.add(question["variable"])
        if question["type"] == "multiplechoice" and not question.get("choices"):
            return f"Survey question {place} of type multiplechoice must specify choices."
        default = question.get("default", "")
        if default != "" and not isinstance(default, kind):
            return f"Default value {default!r} in survey question {place} expected to be {kind.__name__}."
        if question["type"] == "multiplechoice" and default not in ("", *question["choices"]):
            return f"Default choice must be answered from the choices listed, in survey question {place}."
    return None


CHECKS: Mapping[str, Callable[[Awx, Object, Object | None], Fault]] = {
    "credential_types": _credential_type,
    "credentials": _credential,
    "inventories": _inventory,
    "inventory_sources": _inventory_source,
    "job_templates": _job_template,
    "workflow_job_templates": _variables,
    "workflow_job_template_nodes": _prompts,
    "schedules": _schedule,
    "notification_templates": _notification,
}
