"""The scan playbook, as users run it: real ansible-playbook, real MongoDB, a recording of a real cloud."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.calipso.topology.plugins.module_utils.recording import host_directory
from controller import DEMO, HOSTS, REFUSING, ROOT, UNREACHED, Controller

from calipso.store import UnknownGenerationError
from tests.unit.openstack_facts.fake_openstack import FakeCloud, filled


def local_inventory(directory: Path, hosts: dict[str, dict[str, Any]]) -> str:
    """Return an inventory whose hosts are this machine, unless their variables say otherwise."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    path = directory / "hosts.yml"
    group = {"hosts": {name: {**local, **own} for name, own in hosts.items()}}
    path.write_text(yaml.safe_dump({"calipso_hosts": group}))
    return str(path)


def log_in(directory: Path, cloud: FakeCloud) -> None:
    """Make the clouds.yaml of a fake cloud."""
    (directory / "clouds.yaml").write_text(yaml.safe_dump({"clouds": {"fake": {"auth": cloud.auth}}}))


def test_a_scan_publishes_and_an_unchanged_cloud_publishes_nothing_new(controller: Controller) -> None:
    first = controller.play("playbooks/demo.yml").succeeded()
    assert first.changed == 1
    assert first.summary[0] == "Environment demo: scan completed."
    published = controller.export("demo")
    kinds = [document["type"] for document in published if document["collection"] == "inventory"]
    assert kinds.count("host") == len(HOSTS)
    assert {document["collection"] for document in published} == {"inventory", "links", "cliques"}

    again = controller.play("playbooks/demo.yml").succeeded()
    assert again.changed == 0
    assert controller.export("demo") == published
    with controller.store() as store:
        assert [generation.number for generation in store.generations("demo")] == [1]
        assert [scan["status"] for scan in store.scans("demo")] == ["completed", "completed"]
        assert set(store.sources("demo")) == {"openstack", *(f"host:{host}" for host in HOSTS)}
        assert store.environment("demo").scanned


def test_a_live_scan_names_who_did_not_answer_and_its_recording_replays(
    controller: Controller, tmp_path: Path
) -> None:
    """Hosts are this machine, one that refuses connections, and one without Python."""
    hosts = {
        "alive": {},
        "far/away": REFUSING,
        "without python": {"ansible_python_interpreter": "/nonexistent/python"},
    }
    inventory = local_inventory(tmp_path, hosts)
    with filled() as cloud:
        log_in(tmp_path, cloud)
        live = controller.play(
            "playbooks/scan.yml",
            "-i",
            inventory,
            environment="live",
            cloud="fake",
            become=False,
            record_to=str(tmp_path / "recording"),
        ).succeeded()
    assert live.summary[0] == "Environment live: scan completed with errors."
    incomplete = [line for line in live.summary if line.startswith("Not complete: ")]
    whys = {"far/away": UNREACHED, "without python": re.compile("/nonexistent/python")}
    for name, why in whys.items():
        (line,) = [line for line in incomplete if f"host {name} did not answer" in line]
        assert why.search(line)
        assert "nothing is known of it yet" in line
    with controller.store() as store:
        sources = store.sources("live")
        (scan,) = store.scans("live")
        assert scan["status"] == "completed_with_errors"
        assert len([error for error in scan["errors"] if "did not answer" in error]) == len(hosts) - 1
        assert store.environment("live").configuration == {"OpenStack": {"cloud": "fake"}}
    assert {name for name, source in sources.items() if source.stale} == {
        "host:far/away",
        "host:without python",
    }
    assert "correct horse" not in "".join(
        path.read_text() for path in (tmp_path / "recording").rglob("*") if path.is_file()
    )

    controller.play(environment="replayed", recording=str(tmp_path / "recording")).succeeded()
    with controller.store() as store:
        for part in ("openstack", "host:alive"):
            rows = [
                [row for row in store.facts(name).rows if row["source"] == part]
                for name in ("live", "replayed")
            ]
            assert rows[0]
            assert rows[0] == rows[1]
        assert set(store.sources("replayed")) == {"openstack", "host:alive"}


def test_a_host_that_is_lost_keeps_its_objects_until_a_scan_with_clear(
    controller: Controller, tmp_path: Path
) -> None:
    recording = tmp_path / "recording"
    shutil.copytree(DEMO, recording)
    controller.play(environment="e", recording=str(recording)).succeeded()
    before = controller.export("e")

    shutil.rmtree(host_directory(recording, "cmp2"))
    broken = controller.play(environment="e", recording=str(recording)).succeeded()
    (line,) = [line for line in broken.summary if line.startswith("Not complete: ")]
    assert "host cmp2 did not answer" in line
    assert "what is known of it is of" in line
    stale = {document["id"] for document in controller.export("e") if document.get("stale")}
    assert [d | {"stale": True} if d["id"] in stale else d for d in before] == controller.export("e")
    assert "cmp2" in stale
    assert "cmp1" not in stale

    meta = yaml.safe_load((recording / "meta.yml").read_text())
    meta["hosts"].remove("cmp2")
    (recording / "meta.yml").write_text(yaml.safe_dump(meta))
    controller.play(environment="e", recording=str(recording)).succeeded()
    with controller.store() as store:
        assert "host:cmp2" in store.sources("e")
        assert any(
            "host:cmp2 is not among the hosts" in message["message"] for message in store.messages("e")
        )
    controller.play(environment="e", recording=str(recording), clear=True).succeeded()
    with controller.store() as store:
        assert "host:cmp2" not in store.sources("e")
    assert not any(document.get("stale") for document in controller.export("e"))


def test_one_host_down_one_without_libvirt_one_whose_ovs_hangs(
    controller: Controller, tmp_path: Path
) -> None:
    """The three are named, and all that the others say is as it was."""
    recording = tmp_path / "recording"
    shutil.copytree(DEMO, recording)
    controller.play(environment="whole", recording=str(DEMO)).succeeded()
    shutil.rmtree(host_directory(recording, "cmp1"))
    for host, tool, reason in (("cmp2", "virsh", "missing"), ("net1", "ovs-vsctl", "timeout")):
        for path in host_directory(recording, host).glob("*.json"):
            entry = json.loads(path.read_text())
            if entry["command"][0] == tool:
                entry |= {"rc": None, "stdout": "", "stderr": f"{tool}: {reason}", "error": reason}
                path.write_text(json.dumps(entry))

    played = controller.play(environment="e", recording=str(recording)).succeeded()
    assert played.summary[0] == "Environment e: scan completed with errors."
    incomplete = [line for line in played.summary if line.startswith("Not complete: ")]
    for line, said in zip(
        incomplete,
        ("host cmp1 did not answer", "host cmp2 told no domains", "host net1 told no ovs"),
        strict=True,
    ):
        assert said in line

    def ids(environment: str, source: str, *types: str) -> set[str]:
        with controller.store() as store:
            objects = store.view(environment).objects({"source": source})
            return {found["id"] for found in objects if not types or found["type"] in types}

    assert ids("whole", "host:ctl1") == ids("e", "host:ctl1")
    assert ids("whole", "openstack", "instance", "network", "port") <= ids("e", "openstack")
    assert ids("whole", "host:net1", "vservice", "host_pnic") <= ids("e", "host:net1")
    assert ids("whole", "host:cmp2", "vedge", "otep", "host_pnic") <= ids("e", "host:cmp2")


def test_any_host_name_works(controller: Controller, tmp_path: Path) -> None:
    names = ["rack 1/höst", "n" * 200, "..", "-dash", "it's {{ 7 * 7 }}", "a,b;c|d", "日本", "%41"]
    recording = tmp_path / "rec ording"
    shutil.copytree(DEMO / "openstack", recording / "openstack")
    for name in names:
        shutil.copytree(host_directory(DEMO, "cmp1"), host_directory(recording, name))
    (recording / "meta.yml").write_text(yaml.safe_dump({"version": 1, "hosts": names}))
    controller.play(environment="ünï côde/€", recording=str(recording)).succeeded()
    with controller.store() as store:
        assert set(store.sources("ünï côde/€")) == {"openstack", *(f"host:{name}" for name in names)}
        (scan,) = store.scans("ünï côde/€")
        assert scan["errors"] == []


def test_choices(controller: Controller) -> None:
    """Parts, hosts, one object, a set of collections."""
    recording = str(DEMO)

    def scan(**variables: Any) -> dict[str, Any]:
        controller.play(environment="e", recording=recording, **variables).succeeded()
        with controller.store() as store:
            document: dict[str, Any] = store.scans("e")[0]
            return document

    def counts() -> dict[str, int]:
        with controller.store() as store:
            return {name: count["total"] for name, count in store.generations("e")[-1].counts.items()}

    scan(only="inventory")
    assert [name for name, count in counts().items() if count] == ["inventory"]
    assert scan(only="links")["options"]["hosts"] == []
    assert [name for name, count in counts().items() if count] == ["inventory", "links"]
    scan(only="cliques")
    assert all(counts().values())

    assert scan(limit="cmp*:!cmp2")["options"]["hosts"] == ["cmp1"]
    assert scan(limit=["net1", "cmp1"])["options"]["hosts"] == ["cmp1", "net1"]
    with controller.store() as store:
        (instance,) = store.view("e").objects({"name": "blue-web-1"}, type="instance")
    assert scan(object=instance["id"])["options"]["hosts"] == [instance["host"]]
    (network,) = (each for each in controller.export("e") if each.get("name") == "green-lan")
    assert scan(object=network["id"])["options"]["hosts"] == ["cmp1", "cmp2", "net1"]

    published = controller.export("e")
    controller.play(environment="e", recording=recording, inventory="other").succeeded()
    assert controller.export("e") == published
    with controller.store("other") as store:
        assert len(list(store.view("e").export())) == len(published)


def test_a_later_scan_asks_the_cloud_that_its_environment_names(
    controller: Controller, tmp_path: Path
) -> None:
    inventory = ("-i", local_inventory(tmp_path, {"here": {}}))
    with filled() as cloud:
        log_in(tmp_path, cloud)
        clouds = yaml.safe_load((tmp_path / "clouds.yaml").read_text())
        clouds["clouds"]["refusing"] = {"auth": {**cloud.auth, "password": "hunter2"}}
        (tmp_path / "clouds.yaml").write_text(yaml.safe_dump(clouds))
        controller.environment["OS_CLOUD"] = "fake"
        controller.play("playbooks/scan.yml", *inventory, environment="new").succeeded()
        for elsewhere in ("refusing", ""):
            controller.environment["OS_CLOUD"] = elsewhere
            controller.play("playbooks/scan.yml", *inventory, environment="new").succeeded()
            with controller.store() as store:
                assert not store.sources("new")["openstack"].stale
    with controller.store() as store:
        found = store.environment("new")
    assert found is not None
    assert found.configuration["OpenStack"] == {"cloud": "fake"}


def test_bad_input_ends_with_one_clear_message_and_loses_nothing(
    controller: Controller, tmp_path: Path
) -> None:
    demo = {"environment": "demo", "recording": str(DEMO)}
    inventory = ("-i", local_inventory(tmp_path, {"here": {}}))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "meta.yml").write_text("version: 1\nhosts: {")
    controller.play(**demo).succeeded()
    published = controller.export("demo")

    with filled() as cloud:
        log_in(tmp_path, cloud)
        clouds = yaml.safe_load((tmp_path / "clouds.yaml").read_text())
        clouds["clouds"]["refusing"] = {"auth": {**cloud.auth, "password": "hunter2"}}
        (tmp_path / "clouds.yaml").write_text(yaml.safe_dump(clouds))
        table: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
            ("say which environment to scan", (), {}),
            ("put the cloud's hosts into group calipso_hosts", (), {"environment": "new"}),
            ("choose from fake, refusing", inventory, {"environment": "new", "cloud": "nope"}),
            ("refuses these credentials", inventory, {"environment": "new", "cloud": "refusing"}),
            ("no MongoDB lets us in", (), {**demo, "mongo_uri": "mongodb://127.0.0.1:1/"}),
            ("has no meta.yml", (), {**demo, "recording": str(tmp_path)}),
            ("cannot be read", (), {**demo, "recording": str(tmp_path / "broken")}),
            ("is not empty", inventory, {"environment": "new", "record_to": str(tmp_path)}),
            ("no object 'nope'", (), {**demo, "object": "nope"}),
            ("not among the hosts that can be asked", (), {**demo, "object": "cmp1", "limit": "cmp2"}),
            ("must be one of", (), {**demo, "only": "everything"}),
            ("names none of the hosts", (), {**demo, "limit": "nobody"}),
            ("whole environment", (), {**demo, "limit": "cmp1", "clear": True}),
            ("has no facts", (), {**demo, "environment": "new", "only": "links"}),
            ("no name for an inventory", (), {**demo, "inventory": "a$b"}),
        ]
        with ThreadPoolExecutor(4) as pool:
            plays = [
                pool.submit(controller.play, "playbooks/scan.yml", *options, **variables)
                for _said, options, variables in table
            ]
        for (said, _options, _variables), play in zip(table, plays, strict=True):
            assert said in play.result().message
            assert "hunter2" not in play.result().output

    assert controller.export("demo") == published
    with controller.store() as store:
        assert [environment.name for environment in store.environments()] == ["demo"]


def test_a_scan_that_hears_nobody_fails_and_publishes_nothing(controller: Controller, tmp_path: Path) -> None:
    (tmp_path / "meta.yml").write_text(yaml.safe_dump({"version": 1, "hosts": ["a", "b"]}))
    said = controller.play(environment="e", recording=str(tmp_path)).message
    assert "host a did not answer" in said
    assert "host b did not answer" in said
    with controller.store() as store:
        assert [scan["status"] for scan in store.scans("e")] == ["failed"]
        with pytest.raises(UnknownGenerationError):
            store.view("e")


def test_check_mode_stores_nothing(controller: Controller) -> None:
    controller.play("playbooks/demo.yml", "--check").succeeded()
    with controller.store() as store:
        assert store.environments() == []
        assert store.scans("demo") == []
        assert store.sources("demo") == {}


def test_the_collection_works_from_its_tarball(controller: Controller, tmp_path: Path) -> None:
    del controller.environment["ANSIBLE_CONFIG"]
    controller.environment |= {"ANSIBLE_COLLECTIONS_PATH": str(tmp_path)}

    def galaxy(*words: str | Path) -> None:
        subprocess.run(
            [sys.executable, "-m", "ansible", "galaxy", "collection", *words],
            cwd=tmp_path,
            env=controller.environment,
            check=True,
            capture_output=True,
        )

    galaxy("build", "--output-path", tmp_path, ROOT)
    galaxy("install", "-p", tmp_path, next(tmp_path.glob("*.tar.gz")))
    controller.play("calipso.topology.demo", cwd=tmp_path).succeeded()
    assert controller.export("demo")
