"""The jobs of FakeAwx: launched as AWX launches them, and run for real by ansible-runner, or ended by a test.

- `awx.jobs.runs = True`: jobs of templates really run their playbook; `.environment` is added to theirs
- `awx.jobs.all()`: all jobs, oldest first; `awx.jobs.end(number, "failed")`: ends one that does not run
- `awx.jobs.tell(number, event, data)`: an event of one that does not run

A workflow's nodes run one after the other, and what one tells by set_stats goes to those after it. Slices are
not made: a sliced template is one job.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ansible_runner
from fake_awx_checks import rendered
from fake_awx_schema import QUESTIONS, parsed

if TYPE_CHECKING:
    from fake_awx import FakeAwx

Object = dict[str, Any]
ENDED = ("successful", "failed", "error", "canceled")


class Jobs:
    """The jobs of a FakeAwx, in directories under `home`."""

    def __init__(self, awx: FakeAwx, home: Path) -> None:
        self.runs = False
        self.environment: dict[str, str] = {}
        self._awx = awx
        self._home = home
        self._jobs: dict[int, Object] = {}
        self._events: dict[int, list[Object]] = {}
        self._threads: list[threading.Thread] = []

    def all(self) -> list[Object]:
        """Return all jobs."""
        return list(self._jobs.values())

    def stop(self) -> None:
        """Cancel what runs, and wait for its end."""
        for job in self.all():
            job["cancel_flag"] = True
        for thread in self._threads:
            thread.join()

    def end(self, number: int, status: str, *, explanation: str = "") -> None:
        """End a job."""
        self._jobs[number].update(
            status=status,
            failed=status != "successful",
            finished=datetime.now(UTC).isoformat(),
            job_explanation=explanation,
            event_processing_finished=True,
        )

    def tell(self, number: int, event: str, data: Mapping[str, Any]) -> None:
        """Add an event to a job."""
        events = self._events[number]
        host = data.get("host", "")
        events.append(
            {
                "id": 1000 * number + len(events),
                "type": "job_event",
                "job": number,
                "counter": len(events) + 1,
                "event": event,
                "event_data": dict(data),
                "host_name": host,
                "stdout": "",
            }
        )

    def get(self, words: list[str], query: dict[str, str]) -> tuple[int, Any]:
        """Answer a GET below jobs/, workflow_jobs/ or project_updates/."""
        match words:
            case ["project_updates", number]:
                return 200, {"id": int(number), "status": "successful", "finished": "now", "failed": False}
            case ["jobs" | "workflow_jobs", number] if int(number) in self._jobs:
                return 200, self._shown(self._jobs[int(number)])
            case ["jobs", number, "job_events"] if int(number) in self._jobs:
                return 200, self._awx.page(
                    f"/api/v2/jobs/{number}/job_events/", self._events[int(number)], query
                )
            case ["jobs", number, "stdout"] if int(number) in self._jobs:
                return 200, {"range": {}, "content": self._jobs[int(number)]["output"]}
            case ["workflow_jobs", number, "workflow_nodes"] if int(number) in self._jobs:
                nodes = self._jobs[int(number)]["nodes"]
                return 200, self._awx.page(f"/api/v2/workflow_jobs/{number}/workflow_nodes/", nodes, query)
        return 404, {"detail": "Not found."}

    def cancel(self, number: int) -> tuple[int, Any]:
        """Answer a POST to cancel/."""
        job = self._jobs.get(number)
        if job is None:
            return 404, {"detail": "Not found."}
        if job["status"] in ENDED:
            return 405, {"detail": 'Method "POST" not allowed.'}
        job["cancel_flag"] = True
        if not self.runs:
            self.end(number, "canceled")
        return 202, {}

    def launch(self, resource: str, template: Object, body: Mapping[str, Any]) -> tuple[int, Any]:
        """Answer a POST to launch/."""
        given = parsed(body.get("extra_vars") or {})
        survey = self._awx.surveys.get(template["id"], {}) if template["survey_enabled"] else {}
        questions = {each["variable"]: each for each in survey.get("spec", ())}
        faults = [fault for each in questions.values() if (fault := _answer_fault(each, given))]
        if faults:
            return 400, {"variables_needed_to_start": faults}
        allowed = given if template["ask_variables_on_launch"] else given.keys() & questions.keys()
        answers = {name: each["default"] for name, each in questions.items() if "default" in each}
        taken = {name: value for name, value in given.items() if name in allowed}
        variables = (parsed(template["extra_vars"]) or {}) | answers | taken
        ignored = {name: value for name, value in given.items() if name not in allowed}
        job = self._job(resource, template, variables)
        if self.runs:
            run = self._run if resource == "job_templates" else self._run_workflow
            thread = threading.Thread(target=run, args=(job, template), daemon=True)
            self._threads.append(thread)
            thread.start()
        shown = self._shown(job)
        passed_over = {"extra_vars": ignored} if ignored else {}
        return 201, {**shown, shown["type"]: job["id"], "ignored_fields": passed_over}

    def _job(self, resource: str, template: Object, variables: Object) -> Object:
        number = max(self._jobs, default=100) + 1
        is_job = resource == "job_templates"
        job = {
            "id": number,
            "type": "job" if is_job else "workflow_job",
            "url": f"/api/v2/{'jobs' if is_job else 'workflow_jobs'}/{number}/",
            "name": template["name"],
            "status": "pending",
            "failed": False,
            "finished": None,
            "job_explanation": "",
            "result_traceback": "",
            "extra_vars": json.dumps(variables),
            "event_processing_finished": False,
            "artifacts": {},
            "cancel_flag": False,
            "output": "",
            "nodes": [],
        }
        self._jobs[number] = job
        self._events[number] = []
        return job

    @staticmethod
    def _shown(job: Object) -> Object:
        names = ("cancel", "job_events", "stdout") if job["type"] == "job" else ("cancel", "workflow_nodes")
        shown = {name: value for name, value in job.items() if name not in ("output", "nodes")}
        return {**shown, "related": {name: f"{job['url']}{name}/" for name in names}}

    def _run(self, job: Object, template: Object) -> None:
        job["status"] = "running"
        place = self._home / f"job-{job['id']}"
        done = ansible_runner.run(
            private_data_dir=str(place),
            project_dir=str(self._awx.project),
            playbook=template["playbook"],
            inventory="localhost,",
            extravars=json.loads(job["extra_vars"]),
            envvars=self._environment(template, place),
            ident="run",
            quiet=True,
            event_handler=lambda event: self._heard(job, event),
            cancel_callback=lambda: job["cancel_flag"],
        )
        job["output"] = (place / "artifacts" / "run" / "stdout").read_text()
        statuses = {"successful": "successful", "canceled": "canceled", "timeout": "failed"}
        self.end(job["id"], statuses.get(done.status, "failed"))

    def _environment(self, template: Object, place: Path) -> dict[str, str]:
        """Return what the template's credentials give to its job, over that of the tests."""
        given = {**self.environment, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        place.mkdir(parents=True)
        for number in self._awx.relations.get((template["id"], "credentials"), ()):
            credential = self._awx.objects["credentials"][number]
            kind = self._awx.objects["credential_types"][credential["credential_type"]]
            values: Object = {each["id"]: "" for each in kind["inputs"]["fields"]} | credential["inputs"]
            files: Object = {}
            for name, text in kind["injectors"].get("file", {}).items():
                files[name.partition(".")[2]] = path = place / f"{number}-{name}"
                path.write_text(rendered(text, values))
            values["tower"] = {"filename": files}
            given |= {name: rendered(text, values) for name, text in kind["injectors"].get("env", {}).items()}
        return given

    def _heard(self, job: Object, event: Mapping[str, Any]) -> bool:
        data = event.get("event_data") or {}
        if event.get("event") not in (None, "verbose"):
            self.tell(job["id"], event["event"], data)
        job["artifacts"].update(data.get("artifact_data") or {})
        return True

    def _run_workflow(self, workflow: Object, template: Object) -> None:
        workflow["status"] = "running"
        stored = self._awx.objects["workflow_job_template_nodes"]
        nodes = [each for each in stored.values() if each["workflow_job_template"] == template["id"]]
        children = {id(each): self._children(each["id"]) for each in nodes}
        later = {number for edges in children.values() for numbers in edges.values() for number in numbers}
        waiting = [each for each in nodes if each["id"] not in later]
        variables = json.loads(workflow["extra_vars"])
        is_good = True
        while waiting and not workflow["cancel_flag"]:
            node = waiting.pop()
            job = self._run_node(workflow, node, variables)
            variables |= job["artifacts"]
            edges = children[id(node)]
            following = edges["always"] + edges["failure" if job["failed"] else "success"]
            is_good &= not job["failed"] or bool(following)
            waiting += [stored[number] for number in following]
        ended = "successful" if is_good else "failed"
        self.end(workflow["id"], "canceled" if workflow["cancel_flag"] else ended)

    def _children(self, node: int) -> dict[str, list[int]]:
        relations = self._awx.relations
        return {edge: relations.get((node, f"{edge}_nodes"), []) for edge in ("success", "failure", "always")}

    def _run_node(self, workflow: Object, node: Object, variables: Object) -> Object:
        template = self._awx.objects["job_templates"][node["unified_job_template"]]
        given = (parsed(template["extra_vars"]) or {}) | node["extra_data"] | variables
        job = self._job("job_templates", template, given)
        workflow["nodes"].append({"id": node["id"], "summary_fields": {"job": self._shown(job)}})
        self._run(job, template)
        return job


def _answer_fault(question: Mapping[str, Any], given: Mapping[str, Any]) -> str | None:
    """Say what AWX has against the answer to a survey's question, if it has."""
    name, kind = question["variable"], QUESTIONS[question["type"]]
    if name not in given:
        return f"'{name}' value missing" if question["required"] else None
    if not isinstance(given[name], kind):
        return f"Value {given[name]!r} for '{name}' expected to be {kind.__name__}."
    if question["type"] == "multiplechoice" and given[name] not in question["choices"]:
        return f"Value {given[name]!r} for '{name}' expected to be one of {question['choices']}."
    return None
