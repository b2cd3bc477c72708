"""Environments by playbook: made, changed and deleted, each once however often it is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from controller import Controller, Played

from calipso.model.environment import Environment
from calipso.model.topology import Topology

BOOK = "playbooks/environment.yml"
SECRET = "hunter2"

LAB: dict[str, Any] = {
    "distribution": "Kolla",
    "mechanism_drivers": "OVS",
    "type_drivers": ["vxlan", "flat"],
    "env_type": "testing",
    "user": "ann",
    "auth": {"view-env": ["bob", "group:noc"]},
    "retention": {"all": "1d", "weekly": "forever"},
    "configuration": [
        {"name": "OpenStack", "cloud": "lab"},
        {
            "name": "AMQP",
            "host": "rabbit",
            "port": 5671,
            "user": "calipso",
            "secret_in": {"ansible_variable": "vault_rabbit"},
        },
    ],
}


def play(controller: Controller, *options: str, **variables: Any) -> Played:
    """Run the playbook."""
    return controller.play(BOOK, *options, environment="lab", **variables)


def test_an_environment_is_made_and_changed_once(controller: Controller) -> None:
    checked = play(controller, "--check", "--diff", **LAB).succeeded()
    assert checked.changed == 1
    assert '+    "distribution": "Kolla"' in checked.output
    with controller.store() as store:
        assert store.environments() == []

    assert play(controller, **LAB).succeeded().changed == 1
    with controller.store() as store:
        made = store.environment("lab")
    amqp = {key: value for key, value in LAB["configuration"][1].items() if key != "name"}
    assert made == Environment(
        "lab",
        distribution="Kolla",
        mechanism_drivers=("OVS",),
        type_drivers=("vxlan", "flat"),
        env_type="testing",
        user="ann",
        auth=LAB["auth"],
        retention=LAB["retention"],
        configuration={"OpenStack": {"cloud": "lab"}, "AMQP": amqp},
    )
    assert play(controller, "--diff", **LAB).succeeded().changed == 0

    change = {"distribution": None, "configuration": {"AMQP": None}, "listen": False}
    checked = play(controller, "--check", "--diff", **change).succeeded()
    assert checked.changed == 1
    assert '-    "distribution": "Kolla"' in checked.output
    with controller.store() as store:
        assert store.environment("lab") == made
    assert play(controller, **change).succeeded().changed == 1
    assert play(controller, **change).succeeded().changed == 0
    with controller.store() as store:
        assert store.environment("lab") == made.changed(change)
        said = [message["message"] for message in store.messages("lab")]
    assert said == [
        "environment 'lab' was changed: distribution, configuration.AMQP",
        "environment 'lab' was added",
    ]


def test_an_environment_is_deleted_once(controller: Controller) -> None:
    gone = {"environment_state": "absent", "delete_inventory": "keep"}
    assert play(controller).succeeded().changed == 1
    with controller.store() as store:
        store.publish("lab", Topology([{"id": "a"}]))
    assert "inventory" in play(controller, environment_state="absent").message
    assert play(controller, "--check", **gone).succeeded().changed == 1
    assert play(controller, **gone).succeeded().changed == 1
    assert play(controller, **gone).succeeded().changed == 0
    with controller.store() as store:
        assert (store.environment("lab"), store.generation("lab")) == (None, 1)
    gone["delete_inventory"] = "delete"
    assert play(controller, **gone).succeeded().changed == 1
    assert play(controller, **gone).succeeded().changed == 0
    with controller.store() as store:
        assert store.environment_names() == []


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"configuration": {"AMQP": {"host": "h", "password": SECRET}}},
            "AMQP.password: a secret",
        ),
        ({"configuration": [{"name": "ACI", "host": f"https://a:{SECRET}@h"}]}, "a URL with credentials"),
        ({"auth": {"token": SECRET}}, "auth.token: a secret"),
        ({"distribution": "kola"}, "did you mean Kolla?"),
        ({"retention": {"all": "soon"}}, "retention: all is 'soon'"),
        ({"configuration": {"Mysql": {}}}, "configuration.Mysql: there is no such field"),
    ],
)
def test_what_is_not_taken_changes_nothing(
    controller: Controller, variables: dict[str, Any], said: str
) -> None:
    played = play(controller, "--diff", **variables)
    assert said in played.message
    assert SECRET not in played.output + played.errors
    with controller.store() as store:
        assert store.environments() == []


def test_an_environment_of_an_overcloud_is_made_once(controller: Controller, tmp_path: Path) -> None:
    rc, tripleo = tmp_path / "overcloudrc", tmp_path / "tripleo.yaml"
    rc.write_text(f"export OS_AUTH_URL=http://192.0.2.9:5000/v3\nexport OS_PASSWORD='{SECRET}'\n")
    tripleo.write_text(
        "Compute: {hosts: {overcloud-novacompute-0: {ansible_host: 192.0.2.21}}}\n"
        "overcloud: {children: {Compute: {}}}\n"
    )
    files = {
        "overcloudrc": str(rc),
        "tripleo_inventory": str(tripleo),
        "clouds": str(tmp_path / "clouds.yaml"),
        "hosts_file": str(tmp_path / "hosts.yml"),
        "environment": "lab",
    }
    checked = controller.play("playbooks/apex.yml", "--check", **files).succeeded()
    assert (checked.changed, (tmp_path / "clouds.yaml").exists()) == (2, False)
    made = controller.play("playbooks/apex.yml", "-vvv", **files).succeeded()
    assert (made.changed, SECRET in made.output) == (2, False)
    assert controller.play("playbooks/apex.yml", **files).succeeded().changed == 0
    with controller.store() as store:
        found = store.environment("lab")
    assert found is not None
    assert (found.distribution, found.distribution_version) == ("Apex", "Euphrates")
    assert SECRET in (tmp_path / "clouds.yaml").read_text()

    rc.write_text("export OS_AUTH_URL=http://192.0.2.9:5000/v3\nexport OS_PASSWORD=$(hiera admin_password)\n")
    refused = controller.play("playbooks/apex.yml", **files)
    assert refused.status == 2
    assert "line 2: OS_PASSWORD cannot be known" in refused.output
