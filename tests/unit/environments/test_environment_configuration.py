"""What people send of an environment: taken strictly, with every fault named, and never with a secret."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calipso.build.registry import default_registry
from calipso.model.configuration import (
    READ_ONLY,
    InvalidConfigurationError,
    NewEnvironment,
    environment_changes,
    new_environment,
)
from calipso.model.environment import Environment
from calipso.model.metadata import PATH_VARIABLE, InvalidMetadataError
from calipso.model.secrecy import find_secrets, without_secrets
from calipso.model.supported import faults, features
from calipso.model.targets import TARGETS

WHOLE: dict[str, Any] = {
    "name": "prod/eu (é)",
    "environment_type": "OpenStack",
    "distribution": "Kolla",
    "distribution_version": "2024.1",
    "mechanism_drivers": ["OVS"],
    "type_drivers": ["vxlan", "vlan"],
    "env_type": "production",
    "user": "ann",
    "auth": {"view-env": ["bob", "group:noc"], "edit-env": ["group:ops"]},
    "listen": False,
    "enable_monitoring": False,
    "retention": {"all": "2d", "weekly": "forever"},
    "configuration": {
        "OpenStack": {"cloud": "prod"},
        "mysql": {"host": "db.example", "user": "ro", "secret_in": {"ansible_variable": "vault_db"}},
        "CLI": {"hosts": "cloud", "key_file": "/etc/calipso/id_ed25519"},
        "AMQP": {"host": "[2001:db8::1]", "user": "calipso", "secret_in": {"environment_variable": "AMQP"}},
        "Monitoring": {
            "host": "sensu",
            "provision": "Files",
            "secret_in": {"awx_credential": "Sensu (prod)"},
        },
        "ACI": {"host": "apic1", "user": "ro", "secret_in": {"cloud": "apic"}},
    },
}
SECRET = "h\u00fcnter 2!"
NAMES = ("password", "pwd", "rabbitmq_pass", "adminToken", "client-secret", "PRIVATE_KEY", "\uff50assword")
TEXTS = (
    f"amqp://calipso:{SECRET.replace(' ', '')}@host:5672/",
    f"https://{SECRET.replace(' ', '')}@host/",
    f"-----BEGIN OPENSSH PRIVATE KEY-----\n{SECRET}",
    f"$ANSIBLE_VAULT;1.1;AES256\n{SECRET}",
)

plain = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5))
keys = st.one_of(st.sampled_from([*WHOLE, *TARGETS, "x", "$y", "a.b", ""]), st.text(max_size=3))
branch = st.lists(st.one_of(keys, st.integers(0, 3)), max_size=40)
secret = st.one_of(
    st.sampled_from(NAMES).map(lambda name: {name: SECRET}),
    st.sampled_from(NAMES).map(lambda name: {name: {"value": [SECRET]}}),
    st.sampled_from(TEXTS),
    st.sampled_from(TEXTS).map(lambda text: {text: 1}),
)


def fault(sent: object) -> str:
    """Return why what was sent is refused."""
    with pytest.raises(InvalidConfigurationError) as raised:
        new_environment(sent)
    return str(raised.value)


def test_all_that_is_sent_is_taken() -> None:
    environment = new_environment(WHOLE).environment()
    assert environment.name == WHOLE["name"]
    assert environment.mechanism_drivers == ("OVS",)
    for name in ("auth", "retention", "configuration"):
        assert getattr(environment, name) == WHOLE[name]
    assert faults(environment, default_registry().supported) == []


def test_the_historic_list_of_sections_is_the_same() -> None:
    sections = [{"name": name, **section} for name, section in WHOLE["configuration"].items()]
    assert new_environment({**WHOLE, "configuration": sections}) == new_environment(WHOLE)
    assert "needs a name" in fault({"name": "a", "configuration": [{"cloud": "x"}]})
    assert "two sections called CLI" in fault({"name": "a", "configuration": [{"name": "CLI"}] * 2})


def test_only_what_is_given_is_changed() -> None:
    before = new_environment(WHOLE).environment()
    sent = {"distribution": None, "configuration": {"ACI": None, "OpenStack": {"cloud": "new"}}}
    after = before.changed(environment_changes(sent).given())
    assert before.difference(after) == {
        "distribution": ("Kolla", None),
        "configuration.ACI": (WHOLE["configuration"]["ACI"], None),
        "configuration.OpenStack": ({"cloud": "prod"}, {"cloud": "new"}),
    }
    assert before.changed(environment_changes({}).given()) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "name: "),
        ({"name": "a" * 101}, "name: "),
        ({"name": " a"}, "name: the name must be printable"),
        ({"name": "/a"}, "name: the name must be printable"),
        ({"name": "a\n"}, "name: the name must be printable"),
        ({"name": "$gt"}, "not begin with $"),
        ({"name": {"$gt": ""}}, "name: input should be a valid string"),
        ({"name": "\ud800"}, "name: "),
        ({"colour": "blue"}, "colour: there is no such field"),
        ({"environment_type": "Openstack"}, "environment_type: input should be 'OpenStack', "),
        ({"env_type": "prod"}, "env_type: input should be 'development', "),
        ({"listen": "yes"}, "listen: input should be a valid boolean"),
        ({"mechanism_drivers": "OVS"}, "mechanism_drivers: input should be a valid list"),
        ({"type_drivers": [1]}, "type_drivers.0: input should be a valid string"),
        ({"type_drivers": ["vxlan"] * 101}, "type_drivers: "),
        ({"auth": {"view": ["a"]}}, "auth.view: there is no such field"),
        ({"retention": {"monthly": "1d"}}, "retention: 'monthly' is none of all, hourly, daily, weekly"),
        ({"configuration": {"Mysql": {}}}, "configuration.Mysql: there is no such field"),
        ({"configuration": {"mysql": {"user": "a"}}}, "configuration.mysql.host: is missing"),
        ({"configuration": {"AMQP": {"host": "a b", "user": "a"}}}, "configuration.AMQP.host: "),
        ({"configuration": {"ACI": {"host": "a", "user": "a", "port": 0}}}, "configuration.ACI.port: "),
        ({"configuration": {"CLI": {"secret_in": {}}}}, "configuration.CLI.secret_in: say exactly one of"),
        (
            {"configuration": {"CLI": {"secret_in": SECRET}}},
            "configuration.CLI.secret_in: expected a mapping",
        ),
        (
            {"configuration": {"CLI": {"secret_in": {"ansible_variable": "a b"}}}},
            "secret_in.ansible_variable",
        ),
        *(({name: None}, f"{name}: only Calipso itself writes this") for name in READ_ONLY),
    ],
)
def test_what_is_wrong_is_told_with_its_place(change: dict[str, Any], said: str) -> None:
    assert said in fault({"name": "a", **change})


@given(branch, secret, plain)
def test_a_secret_is_refused_wherever_it_is_and_never_told(
    path: list[str | int], secret: Any, other: Any
) -> None:
    sent: Any = secret
    for step in reversed(path):
        sent = [other] * step + [sent] if isinstance(step, int) else {"z": other, step: sent}
    sent = {"name": "a", "configuration": sent}
    said = fault(sent)
    assert "no secret is taken" in said
    assert SECRET not in said
    assert SECRET.replace(" ", "") not in said
    cleaned = json.dumps(without_secrets(sent), ensure_ascii=False)
    assert SECRET not in cleaned
    assert SECRET.replace(" ", "") not in cleaned


@given(st.recursive(plain, lambda part: st.lists(part) | st.dictionaries(st.text(), part)))
def test_whatever_is_sent_has_an_answer(sent: Any) -> None:
    for read in (new_environment, environment_changes):
        with suppress(InvalidConfigurationError):
            read(sent)
    if not list(find_secrets(sent)):
        assert without_secrets(sent) == sent


def test_what_goes_round_or_down_for_ever_has_an_answer() -> None:
    ring: list[Any] = []
    ring.append(ring)
    assert "section 0 of the list needs a name" in fault({"name": "a", "configuration": ring})
    deep: Any = {"password": SECRET}
    for _level in range(100_000):
        deep = [deep]
    assert SECRET not in fault({"name": "a", "configuration": deep})


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        (Environment("a"), None),
        (Environment("a", distribution_version="Zed"), None),
        (Environment("a", distribution="kola"), "did you mean Kolla?"),
        (Environment("a", distribution="RDO", distribution_version="Okata"), "did you mean Ocata?"),
        (Environment("a", mechanism_drivers=("ovs",)), "did you mean OVS?"),
        (Environment("a", environment_type="VMware"), "it is with environment type OpenStack"),
        (Environment("a", listen=True), None),
        (Environment("a", mechanism_drivers=("Arista",), listen=True), "listening is not supported"),
        (
            Environment("a", mechanism_drivers=("Arista",), enable_monitoring=True),
            "monitoring is not supported",
        ),
    ],
)
def test_what_is_not_supported_is_told_with_what_is_near(environment: Environment, said: str | None) -> None:
    found = faults(environment, default_registry().supported)
    assert (said is None and found == []) or (said is not None and said in "; ".join(found))


def test_discovered_drivers_count_for_features_and_are_nobodys_fault() -> None:
    strange = Environment("a", discovered={"mechanism_drivers": ["Teleport"]})
    rows = default_registry().supported
    assert features(strange, rows) == frozenset()
    assert faults(strange, rows) == []
    assert "scanning" in features(Environment("a", discovered={"mechanism_drivers": ["OVS"]}), rows)


def test_users_add_what_is_supported_at_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"distribution": "In-house", "mechanism_drivers": ["Teleport"], "type_drivers": ["vxlan"]}
    file = tmp_path / "ours.yml"
    file.write_text(json.dumps({"supported_environments": [row | {"features": ["scanning", "listening"]}]}))
    monkeypatch.setenv(PATH_VARIABLE, str(tmp_path))
    rows = default_registry().supported
    ours = Environment("a", distribution="In-house", mechanism_drivers=("Teleport",), listen=True)
    assert faults(ours, rows) == []
    found = faults(Environment("a", mechanism_drivers=("Teleport", "OVS"), listen=True), rows)
    assert [text.partition(" is")[0] for text in found] == ["scanning", "listening"]
    assert all("Teleport" in text.partition(";")[2] for text in found)
    file.write_text(json.dumps({"supported_environments": [row | {"features": ["flying"], "colour": 1}]}))
    with pytest.raises(InvalidMetadataError) as raised:
        default_registry()
    for said in ("'flying' is none of scanning, listening, monitoring", "colour: unknown key"):
        assert f"{file}: supported_environments[0]" in str(raised.value)
        assert said in str(raised.value)


def test_json_is_taken_as_strictly() -> None:
    assert NewEnvironment.model_validate_json(json.dumps(WHOLE)) == new_environment(WHOLE)
    with pytest.raises(ValueError, match="no secret is taken") as raised:
        NewEnvironment.model_validate_json(json.dumps({"name": "a", "auth": {"password": SECRET}}))
    assert SECRET not in str(raised.value.errors(include_input=False))
