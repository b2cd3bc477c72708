"""The dynamic inventory as users meet it: real ansible-inventory, the real API, a scan of a recording."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import ansible_runner
import pytest
import yaml
from api_server import AT, PASSWORD, Api, serving
from controller import DEMO, HOSTS, ROOT, Controller
from counting_proxy import counting

from calipso.accounts import Accounts
from calipso.build import build_topology
from calipso.model.environment import Environment
from calipso.store import Store
from tests.unit.openstack_facts.fake_openstack import filled

WEB, BOTH, GREEN = "blue-web-1", "blue-both", "green-1"


@pytest.fixture(scope="module")
def api(mongo_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API; of environments `demo`, which was scanned, and `twin`, which has the same hosts.

    `root` may see both, `ben` only `demo`.
    """
    uri = f"{mongo_server.rpartition('/')[0]}/inventory-{uuid4()}"
    Controller(uri, tmp_path_factory.mktemp("scan")).play(environment="demo", recording=str(DEMO)).succeeded()
    with Store.open(uri) as store:
        twin = Environment("twin")
        store.create_environment(twin)
        store.publish("twin", build_topology(twin, store.facts("demo")), at=AT)
        store.name_generation("demo", 1, "as designed")
        store.change_environment("demo", {"auth": {"view-env": ["ben"]}})
        Accounts(store).add_user("root", PASSWORD, role="admin")
        Accounts(store).add_user("ben", PASSWORD, role="user")
    with serving(uri, "--workers", "1") as served:
        yield served


@pytest.fixture(scope="module")
def token(api: Api) -> str:
    """Of `ben`."""
    return api.log_in("ben")


class Inventory:
    """A machine with Ansible, and a configuration of the plugin."""

    def __init__(self, directory: Path, **variables: str) -> None:
        self.path = directory / "calipso.yml"
        self.environment = Controller("", directory).environment | variables
        self.environment["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "true"

    def configure(self, **options: Any) -> Inventory:
        """Write the configuration."""
        self.path.write_text(yaml.safe_dump({"plugin": "calipso.topology.calipso", **options}))
        return self

    def run(self, command: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of Ansible over it."""
        return subprocess.run(
            [sys.executable, "-m", "ansible", command, "-i", str(self.path), *arguments],
            env=self.environment | variables,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def listed(self, *arguments: str) -> tuple[dict[str, set[str]], dict[str, dict[str, Any]]]:
        """Return the hosts of each group, and the variables of each host."""
        done = self.run("inventory", "--list", *arguments)
        assert done.returncode == 0, done.stderr
        return read(json.loads(done.stdout))

    def said(self, **variables: str) -> str:
        """Return what is said of a configuration that fails, and leaves no hosts."""
        done = self.run("inventory", "--list", **variables)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        return " ".join(done.stderr.split())


def read(listed: dict[str, Any]) -> tuple[dict[str, set[str]], dict[str, dict[str, Any]]]:
    """Return what `ansible-inventory --list` says: the hosts of each group, and their variables."""
    groups = {name: set(group.get("hosts", ())) for name, group in listed.items() if name != "_meta"}
    return groups, plain(listed["_meta"]["hostvars"])


def plain(value: Any) -> Any:
    """Return a JSON value without what tells Ansible that texts are no templates."""
    if isinstance(value, dict):
        return value.get("__ansible_unsafe") or {name: plain(part) for name, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


@pytest.fixture
def inventory(api: Api, token: str, tmp_path: Path) -> Inventory:
    """An inventory that reaches the API as `ben`."""
    return Inventory(tmp_path, CALIPSO_URL=api.address, CALIPSO_TOKEN=token)


def test_hosts_and_instances_with_groups_and_variables(
    api: Api, token: str, inventory: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = {"ansible_connection": "'local'", "ansible_python_interpreter": repr(sys.executable)}
    inventory.configure(instances=True, compose=here)
    groups, variables = inventory.listed()
    objects = api.get("/inventory", token, env_name="demo", whole=True)["objects"]
    instances = {found["name"]: found for found in objects if found["type"] == "instance"}
    assert groups["calipso_hosts"] == set(HOSTS)
    assert groups["calipso_instances"] == set(instances)
    everything = {*HOSTS, *instances}
    for name in ("environment_demo", "region_RegionOne", "fresh", "status_ok"):
        assert groups[name] == everything
    assert groups["zone_az_edge"] == {
        found["name"]
        for found in objects
        if "az-edge" in (found.get("availability_zone"), found.get("zone")) and found["name"] in everything
    }
    assert groups["aggregate_agg_edge"] == {"cmp2"}
    assert groups["host_type_Compute"] == {"cmp1", "cmp2"}
    assert groups["mechanism_driver_OVS"] == set(HOSTS)
    (host,) = (found for found in objects if found["id"] == "cmp1")
    assert variables["cmp1"]["ansible_host"] == host["ip_address"]
    for name in ("environment", "id", "type", "zone", "host_type", "OS", "services", "inventory_hostname"):
        assert variables["cmp1"][f"calipso_{name}"] == host[name]
    floating = [ip for port in instances[WEB]["network_info"] for ip in port["floating_ips"]]
    assert [variables[WEB]["ansible_host"]] == floating

    graph = inventory.run("inventory", "--graph").stdout
    assert "  |--@calipso_hosts:\n  |  |--cmp1\n" in graph
    pinged = inventory.run("adhoc", "calipso_hosts", "-m", "ansible.builtin.ping")
    assert len(re.findall("SUCCESS", pinged.stdout)) == len(HOSTS), pinged.stdout + pinged.stderr

    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    listed, _errors = ansible_runner.get_inventory(
        action="list",
        inventories=[str(inventory.path)],
        response_format="json",
        envvars=inventory.environment,
        quiet=True,
    )
    assert read(listed) == (groups, variables)


def test_a_cache_hit_asks_nothing_and_an_old_cache_serves_while_calipso_is_down(
    api: Api, inventory: Inventory, tmp_path: Path
) -> None:
    options = {
        "cache": True,
        "cache_plugin": "ansible.builtin.jsonfile",
        "cache_connection": str(tmp_path / "cache"),
        "affected_by": ["cmp1"],
    }
    with counting(api.address) as proxy:
        inventory.environment["CALIPSO_URL"] = proxy.address
        first = inventory.configure(**options).listed()
        asked = len(proxy.asked)
        assert asked == len(("environments", "environment", "hosts", "aggregates", "clique"))
        assert inventory.listed() == first
        assert inventory.configure(**options, filters={"id": "cmp1"}).listed()[0]["calipso_hosts"] == {"cmp1"}
        assert len(proxy.asked) == asked
        inventory.configure(**options).listed("--flush-cache")
        inventory.configure(**options, instances=True).listed()
        assert len(proxy.asked) == 3 * asked + 1
    time.sleep(1.1)
    options["cache_timeout"] = 1
    assert "cannot be reached: [Errno 111] Connection refused" in inventory.configure(**options).said()
    inventory.configure(**options, use_stale_cache=True)
    done = inventory.run("inventory", "--list")
    assert read(json.loads(done.stdout)) == first
    assert "This inventory is what was read at 20" in " ".join(done.stderr.split())


def test_affected_by_is_what_the_clique_has(api: Api, token: str, inventory: Inventory) -> None:
    objects = api.get("/inventory", token, env_name="demo", whole=True)["objects"]
    focal = [
        next(found["id"] for found in objects if found["type"] == type_)
        for type_ in ("instance", "network", "host_pnic", "vservice", "otep")
    ]
    inventory.configure(affected_by=[*focal, "demo:{{ which }}"])
    groups, variables = inventory.listed("-e", "which=cmp2")
    for key, name in [(key, key) for key in focal] + [("cmp2", "demo_cmp2")]:
        clique = api.get("/clique", token, env_name="demo", id=key)["objects"]
        touched = {found["id"] for found in clique if found["type"] in ("host", "instance")}
        touched |= {found["host"] for found in clique if found.get("host")}
        group = groups[f"affected_by_{re.sub('[^0-9A-Za-z_]', '_', name)}"]
        assert touched
        assert {variables[member]["calipso_id"] for member in group} == touched
    assert groups["calipso_hosts"] == set(HOSTS)


def test_choices_and_constructed(api: Api, inventory: Inventory) -> None:
    inventory.environment |= {"CALIPSO_TOKEN": "", "CALIPSO_USER": "ben", "CALIPSO_PASSWORD": PASSWORD}
    inventory.configure(
        generation="as designed",
        environments=["demo"],
        host_types=["Compute", "Network"],
        filters={"OS.name": "Debian GNU/Linux", "zone": ["az-edge", "nova"]},
        instances=True,
        instance_filters={"project": "blue", "networks": "blue-db"},
        instance_addresses=["fixed"],
        instance_network="blue-d*",
        hostnames=["{environment}/{local_name}", "{environment}/{id}"],
        compose={"where": "calipso_zone | default(calipso_availability_zone)"},
        groups={"on edge": "where == 'az-edge'"},
        keyed_groups=[{"key": "calipso_project", "separator": ""}, {"key": "calipso_state", "prefix": "is"}],
        leading_separator=False,
        strict=False,
    )
    with counting(api.address) as proxy:
        inventory.environment["CALIPSO_URL"] = proxy.address
        groups, variables = inventory.listed()
    assert [proxy.asked[0], proxy.asked[-1]] == ["POST /auth/tokens", "DELETE /auth/tokens"]
    assert groups["calipso_hosts"] == {"demo/cmp1", "demo/cmp2", "demo/net1"}
    names = {variables[name]["calipso_name"] for name in groups["calipso_instances"]}
    assert names == {BOTH, "blue-db-1"}
    assert all(re.fullmatch("demo/instance-0000000.", name) for name in groups["calipso_instances"])
    assert groups["blue"] == groups["calipso_instances"] == groups["is_ACTIVE"]
    assert groups["on_edge"] == {name for name in variables if variables[name]["where"] == "az-edge"}
    for name in groups["calipso_instances"]:
        ports = variables[name]["calipso_network_info"]
        (address,) = (ip for port in ports if port["network"] == "blue-db" for ip in port["fixed_ips"])
        assert variables[name]["ansible_host"] == address


def test_hosts_of_two_environments_that_have_the_same_names(api: Api, inventory: Inventory) -> None:
    inventory.environment["CALIPSO_TOKEN"] = api.log_in("root")
    groups, _variables = inventory.configure(affected_by=["twin:cmp1", "cmp2"]).listed()
    assert groups["calipso_hosts"] == {f"{name}-{host}" for name in ("demo", "twin") for host in HOSTS}
    assert groups["environment_twin"] >= {f"twin-{host}" for host in HOSTS}
    assert {"twin-cmp1"} == groups["affected_by_twin_cmp1"] & groups["calipso_hosts"]
    assert {"demo-cmp2", "twin-cmp2"} == groups["affected_by_cmp2"] & groups["calipso_hosts"]


@pytest.mark.parametrize(
    ("options", "variables", "said"),
    [
        ({}, {"CALIPSO_TOKEN": "wrong"}, "refuses the token, or the user and password"),
        ({}, {"CALIPSO_TOKEN": ""}, "set token (CALIPSO_TOKEN), or user and password"),
        ({"environments": ["twin"]}, {}, "there is no environment 'twin' that 'ben' may see"),
        ({"generation": "9"}, {}, "has no generation 9"),
        ({"affected_by": ["cmp1", "cmp9"]}, {}, "affected_by names 'cmp9', which is no object's id"),
        ({"filters": {"zonne": "nova"}}, {}, "no host has an attribute 'zonne'; they have OS, "),
        ({"compose": {"x": "calipso_zonne"}, "strict": True}, {}, "Could not set x for host"),
        ({"source": "openstack", "recording": "/nowhere"}, {}, "/nowhere"),
        ({"source": "openstack", "recording": str(DEMO), "affected_by": ["x"]}, {}, "affected_by is nothing"),
    ],
)
def test_what_is_wrong_is_said(
    inventory: Inventory, options: dict[str, Any], variables: dict[str, str], said: str
) -> None:
    assert said in inventory.configure(**options).said(**variables)


def test_before_a_first_scan_openstack_tells_the_hosts(tmp_path: Path) -> None:
    inventory = Inventory(tmp_path)
    groups, variables = inventory.configure(source="openstack", recording=str(DEMO)).listed()
    assert groups["calipso_hosts"] == set(HOSTS) == set(variables)
    assert groups["host_type_Compute"] == {"cmp1", "cmp2"}
    assert groups["zone_az_edge"] == groups["aggregate_agg_edge"] == {"cmp2"}
    assert all("calipso_environment" not in found for found in variables.values())
    with filled() as cloud:
        clouds = {"fake": {"auth": cloud.auth}}
        (tmp_path / "clouds.yaml").write_text(yaml.safe_dump({"clouds": clouds}))
        for number, name in enumerate(("rack-1", "rack-2")):
            row = {"id": number, "host": name, "binary": "nova-compute", "state": "up", "zone": "nova"}
            cloud.things["RegionOne", "/v2.1/os-services"].append(row)
        inventory.configure(source="openstack", cloud="fake", environments=["next"])
        groups, variables = inventory.listed()
        assert not [path for path in map(str, cloud.requests) if "/servers" in path or "/ports" in path]
    assert {"rack-1", "rack-2"} == groups["calipso_hosts"] == groups["environment_next"] == set(variables)


def test_samples_and_documentation(inventory: Inventory, tmp_path: Path) -> None:
    (tmp_path / "clouds.yaml").write_text("clouds: {}")
    for name in ("calipso.yml", "openstack.yml"):
        inventory.path = ROOT / "inventory_plugin" / name
        done = inventory.run("inventory", "--graph")
        assert ("@calipso_hosts" in done.stdout) == (name == "calipso.yml")
    assert "No cloud is named" in done.stderr or "no clouds.yaml" in done.stderr
    told = subprocess.run(
        [sys.executable, "-m", "ansible", "doc", "-t", "inventory", "calipso.topology.calipso"],
        env=inventory.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "affected_by" in told.stdout
