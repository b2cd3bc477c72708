"""Templates of monitoring's configuration: what is wrong with one is told, all of it, when it is loaded."""

from __future__ import annotations

from typing import Any

import pytest
from calipso_checks import CHECKS
from calipso_checks.samples import SAMPLES
from monitored_cloud import REGISTRY, environment

from calipso.monitoring.expressions import ExpressionError, evaluated
from calipso.monitoring.templates import InvalidTemplateError, chosen, shipped, template, templates

NIC = {"id": "nic", "side": "client", "type": "host_pnic", "config": {"check": "host_pnic"}}


def faults(**changes: Any) -> list[str]:
    """Return what is said of a template that has these changes."""
    with pytest.raises(InvalidTemplateError) as caught:
        template({**NIC, **changes}, REGISTRY)
    return str(caught.value).splitlines()


def test_the_templates_that_ship_are_right_and_use_every_check_and_sample() -> None:
    assert len(templates(REGISTRY)) == len(shipped()) == len({each["id"] for each in shipped()})
    configs = [each["config"] for each in shipped()]
    assert {each["check"] for each in configs if "check" in each} == set(CHECKS)
    assert {each["samples"]["sample"] for each in configs if "samples" in each} == set(SAMPLES)


def test_all_faults_are_told_at_once() -> None:
    bad: dict[str, Any] = {
        "side": "middle",
        "order": "first",
        "monitoring_system": "Nagios",
        "condition": {"colour": ["red"]},
        "where": ["state"],
        "colour": 1,
    }
    told = faults(**bad)
    assert all(line.startswith("template 'nic': ") for line in told)
    assert len(told) == len(bad)
    stored = [{**NIC, "id": "one", "side": "middle"}, {**NIC, "id": "two", "config": {"check": "none"}}]
    with pytest.raises(InvalidTemplateError) as caught:
        templates(REGISTRY, stored)
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "template 'one'",
        "template 'two'",
    ]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "config.check is one of host_pnic, instance, "),
        ({"check": ["host_pnic"]}, "config.check is one of "),
        ({"check": "rm"}, "config.check is one of "),
        ({"check": "vnic", "interval": 0}, "config.interval is a number of seconds"),
        ({"check": "vnic", "interval": True}, "config.interval is a number of seconds"),
        ({"check": "vnic", "parameters": ["device"]}, "config.parameters is a mapping"),
        ({"check": "vnic", "summary": 1}, "config.summary is text"),
        ({"check": "vnic", "samples": {"sample": "coins"}}, "config.samples has sample, one of interface, "),
        ({"check": "vnic", "samples": "interface"}, "config.samples has sample, one of interface, "),
        ({"check": "vnic", "summary": "{{ object. }}"}, "config: '{{ object. }}': expected name"),
        ({"check": "vnic", "parameters": {"device": ["{{ objekt.name }}"]}}, "there is no objekt, but "),
        ({"check": "vnic", "parameters": {"device": "{{ link.name }}"}}, "there is no link, but "),
        ({"check": "vnic", "summary": "{% for %}"}, "config: '{% for %}'"),
    ],
)
def test_a_wrong_config_says_what_is_right(config: dict[str, Any], said: str) -> None:
    (told,) = faults(config=config)
    assert said in told


def test_what_has_a_status_of_its_own_gets_none_of_a_check() -> None:
    assert "a status of their own" in faults(type="network")[0]
    assert "neither a kind nor a link type" in faults(type="vnics")[0]


@pytest.mark.parametrize("name", ["../../cron.d/x.json", "/x.json", ".x.json", "x", "x.json\n", ".."])
def test_a_file_has_a_name_of_its_own(name: str) -> None:
    assert "id of a file is its name" in faults(id=name, type="file", config={})[0]


def test_conditions_choose_by_what_an_environment_is() -> None:
    def of(system: str = "Sensu", **changes: Any) -> set[str]:
        return {each.id for each in chosen(templates(REGISTRY), environment().changed(changes), system)}

    assert "vedge_ovs" in of()
    assert "vedge_vpp" not in of()
    assert "vedge_vpp" in of(mechanism_drivers=["VPP"])
    assert "vedge_ovs" in of(mechanism_drivers=[], discovered={"mechanism_drivers": ["OVS"]})
    assert {"calipso_batch", "calipso_changes"} <= of()
    assert {"rabbitmq.json", "server_filters.json"} <= of("Sensu Core")
    assert not of() & {"rabbitmq.json", "server_filters.json"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ a }}", [1, None]),
        (" {{ a }}\n", [1, None]),
        ("{{ a }}{{ b }}", "[1, None]{{ a }}"),
        ("x {{ b }}", "x {{ a }}"),
        ("{{ b }}", "{{ a }}"),
        ("{{ c.values() | map('upper') }}", ["V"]),
        ("{{ none }}", None),
        ("{{ {'x': (1, b)} }}", {"x": [1, "{{ a }}"]}),
        ("plain", "plain"),
        (7, 7),
    ],
)
def test_an_expression_gives_its_value_which_is_no_expression_again(text: Any, value: Any) -> None:
    given = {"a": [1, None], "b": "{{ a }}", "c": {"k": "v"}}
    assert evaluated(text, given) == value


@pytest.mark.parametrize(
    "text",
    [
        "{{ a.gone }}",
        "{{ a.gone.more }}",
        "{{ [a.gone] }}",
        "{{ a.get }}",
        "{{ 1 / 0 }}",
        "{{ a.__class__ }}",
        "{{ a.pop('x') }}",
    ],
)
def test_an_expression_without_a_value_says_so(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"\{\{"):
        evaluated({"inner": [text]}, {"a": {"x": 1}})
