"""Objects with names that somebody chose: they are never evaluated, by Jinja, by a shell, by Sensu."""

from __future__ import annotations

import argparse
import json
import shlex
import tempfile
from pathlib import Path
from typing import Any

from calipso_checks import CHECKS
from calipso_checks.parameters import add_options
from hypothesis import given
from hypothesis import strategies as st
from monitored_cloud import checks_of, rendered

from calipso.model.targets import MonitoringTarget
from calipso.model.topology import Document
from calipso.monitoring import tree
from calipso.monitoring.render import command, entity_name

HOSTILE = (
    "{{ 7*7 }}",
    "{% raw %}",
    "{{ object.host }}",
    "{{",
    "{{{`}}`",
    "$(id)",
    "`id`",
    "; rm -rf / #",
    "' || '",
    '"',
    "a\nb\r\t",
    "\\",
    "--device=other",
    "-h",
    "--",
    ":::address:::",
    "::::::",
    "$HOME ${IFS} !! ~ * ?",
    "!unsafe",
    "\u2028 \u202e é",
    "..",
    "../../etc",
)
texts = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
)


@st.composite
def clouds(draw: st.DrawFn) -> tuple[list[Document], list[Document]]:
    """Draw a host with a bridge, an instance, its vNIC and a service, whose texts are any."""
    host, bridge, server, vnic, service = draw(st.lists(texts, min_size=5, max_size=5, unique=True))

    def item(key: str, kind: str, **attributes: Any) -> Document:
        name = draw(texts)
        place = {"environment": "cloud", "name_path": f"/cloud/{name}", "id_path": f"/cloud/{key}"}
        return {"id": key, "type": kind, "name": name, "host": host, "parent_id": host, **place, **attributes}

    members = draw(st.lists(texts, max_size=3))
    joined = {
        "source_id": vnic,
        "source_label": draw(texts),
        "target_id": bridge,
        "target_label": draw(texts),
    }
    return [
        item(host, "host", ip_address=None),
        item(bridge, "vconnector", interfaces_names=members),
        item(
            server,
            "instance",
            state="ACTIVE",
            local_name=draw(texts),
            project=draw(texts),
            networks=[draw(texts)],
        ),
        item(vnic, "vnic", state="up", target=draw(texts), namespace=None, instance_id=server),
        item(
            service,
            "vservice",
            service_type="dhcp",
            namespace=draw(texts),
            processes=["dnsmasq"],
            addresses=draw(st.lists(texts, max_size=2)),
        ),
    ], [{"id": "link", "link_type": "vnic-vconnector", "host": host, "link_name": draw(texts), **joined}]


def wanted(objects: list[Document]) -> dict[str, dict[str, Any]]:
    """Return the parameters, less those that come to nothing, of each object's check, and of the link's."""
    bridge, server, vnic, service = objects[1:]
    found = {
        bridge["id"]: {"bridge": bridge["name"], "member": bridge["interfaces_names"]},
        server["id"]: {"domain": server["local_name"], "state": ["running", "blocked"]},
        vnic["id"]: {"device": vnic["target"], "bridge": bridge["name"]},
        service["id"]: {
            "namespace": service["namespace"],
            "process": ["dnsmasq"],
            "address": service["addresses"],
        },
        "link": {"device": vnic["target"], "bridge": bridge["name"]},
    }
    return {key: {name: value for name, value in each.items() if value != []} for key, each in found.items()}


def parsed(check: str, words: list[str]) -> dict[str, Any]:
    """Return what the script of a check takes from the words of its command line."""
    parser = argparse.ArgumentParser()
    add_options(parser, CHECKS[check].parameters)
    defaults = vars(
        parser.parse_args([f"{option.option}=" for option in CHECKS[check].parameters if option.required])
    )
    taken = vars(parser.parse_args(words))
    return {name: value for name, value in taken.items() if value != defaults[name]}


def every_text(value: Any) -> list[str]:
    """Return all texts within a value."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in every_text(part)]


@given(clouds())
def test_names_reach_checks_and_command_lines_as_they_are(
    cloud: tuple[list[Document], list[Document]],
) -> None:
    objects, links = cloud
    configuration = rendered(objects, links)
    assert configuration.messages == []
    checks = {each["subject"]["id"]: each for each in checks_of(configuration).values()}
    expected = wanted(objects)
    assert {key: each["parameters"] for key, each in checks.items()} == expected
    for key, each in checks.items():
        line = command(each, MonitoringTarget(host="sensu.example"))
        assert ":::" not in line
        words = shlex.split(line)
        assert words[:2] == ["python3", f"/etc/sensu/plugins/check_{each['check']}.py"]
        assert parsed(each["check"], words[2:]) == expected[key]
    by_id = {each["id"]: each for each in objects}
    summary = f"bridge {objects[1]['name']} of {objects[0]['id']}"
    assert checks[objects[1]["id"]]["summary"] == summary
    for key in by_id.keys() & checks.keys():
        assert checks[key]["annotations"]["calipso_id"] == key
        assert checks[key]["annotations"]["calipso_path"] == by_id[key]["name_path"]


@given(clouds())
def test_sensus_agent_makes_no_template_of_names(cloud: tuple[list[Document], list[Document]]) -> None:
    """Each brace of a check that it would evaluate stands in one that it evaluates to just that."""
    configuration = rendered(*cloud, batch=False)
    target = MonitoringTarget(host="sensu.example", batch=False)
    files = tree.go_files("cloud", target, configuration.documents.values(), cloud[0][:1])
    evaluated = []
    for resource in files["server/resources.json"]:
        for text in every_text(resource):
            assert "{{" not in text.replace("{{`{{`}}", "")
            evaluated.append(text.replace("{{`{{`}}", "{{"))
    for each in checks_of(configuration).values():
        assert command(each, target) in evaluated
        assert set(each["annotations"].values()) <= set(evaluated)


@given(clouds(), st.sampled_from(["Sensu", "Sensu Core"]))
def test_files_stay_in_their_directory_and_hold_names_as_they_are(
    cloud: tuple[list[Document], list[Document]], system: str
) -> None:
    configuration = rendered(*cloud, type=system)
    target = MonitoringTarget(host="sensu.example", type=system)
    compose = tree.core_files if system == "Sensu Core" else tree.go_files
    host = cloud[0][:1]
    with tempfile.TemporaryDirectory() as place:
        files = compose("cloud", target, configuration.documents.values(), host)
        tree.write(Path(place), files)
        for name, content in files.items():
            path = Path(place, name)
            assert path.resolve().is_relative_to(Path(place).resolve())
            assert json.loads(path.read_bytes()) == content
        entity = entity_name(host[0]["id"], core=system == "Sensu Core")
        assert (Path(place) / tree.host_directory(entity)).is_dir()
