"""OpenStack's APIs, by openstacksdk: a server that gives a real cloud's recorded answers over real TLS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from certificates import Authority
from fake_services import PASSWORD, TOKEN, FakeKeystone
from ldap_server import free_port
from tries import Tries

from calipso.work.connections import Result


def failed(result: Result) -> list[str]:
    """Return the steps that fail."""
    return [step.step for step in result.steps if not step.works]


def tried(tries: Tries, config: Path, section: dict[str, Any] | None = None) -> Result:
    """Try a cloud of a clouds.yaml."""
    result = tries("OpenStack", section or {"cloud": "lab"}, {"OS_CLIENT_CONFIG_FILE": str(config)})
    assert PASSWORD not in str(result)
    assert TOKEN not in str(result)
    return result


@pytest.mark.parametrize("tls", [True, False])
def test_a_cloud_that_works(authority: Authority, tries: Tries, tmp_path: Path, tls: bool) -> None:
    with FakeKeystone(authority.context() if tls else None) as cloud:
        config = cloud.clouds_yaml(tmp_path, cacert=str(authority.ca))
        result = tried(tries, config)
    assert result.works, result
    steps = [step.step for step in result.steps]
    assert ("TLS" in steps) is tls
    assert steps[-4:] == ["login", "identity in RegionOne", "compute in RegionOne", "network in RegionOne"]
    assert "GET /v2.1/servers/detail" in cloud.asked


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("expired", "the certificate of localhost expired at "),
        ("elsewhere", "the certificate is for elsewhere.example.org, and not for localhost"),
        ("unknown", "is signed by a stranger, whom the worker does not trust"),
    ],
)
def test_a_certificate_that_is_not_good(
    authority: Authority, tries: Tries, tmp_path: Path, kind: str, cause: str
) -> None:
    with FakeKeystone(authority.context(kind)) as cloud:
        checked = tried(tries, cloud.clouds_yaml(tmp_path, cacert=str(authority.ca)))
        unchecked = tried(tries, cloud.clouds_yaml(tmp_path, verify=False))
    assert failed(checked) == ["TLS"]
    assert cause in str(checked.cause)
    assert unchecked.works, unchecked


def test_logins_that_are_refused(authority: Authority, tries: Tries, tmp_path: Path) -> None:
    with FakeKeystone() as cloud:
        wrong = tried(tries, cloud.clouds_yaml(tmp_path, password="another one"))
        assert (failed(wrong), "wrong password" in str(wrong.cause)) == (["login"], True)
        config = cloud.clouds_yaml(tmp_path)
        unknown = tried(tries, config, {"cloud": "prod"})
        assert "name one that" in str(unknown.cause)
        assert "lab" in str(unknown.cause)
        mismatch = tmp_path / "https.yaml"
        mismatch.write_text(config.read_text().replace("http://", "https://"))
        plain = tried(tries, mismatch)
        assert (failed(plain), "speaks no TLS" in str(plain.cause)) == (["TLS"], True)
        cloud.refused["/v3/auth/tokens"] = 500
        assert "Keystone itself is in trouble" in str(tried(tries, config).cause)
    gone = tried(tries, config)
    assert (failed(gone), "nothing listens on port" in str(gone.cause)) == (["TCP connection"], True)
    lost = tmp_path / "lost.yaml"
    lost.write_text(config.read_text().replace("localhost", "no-such-host.invalid"))
    assert failed(tried(tries, lost)) == ["name resolution"]
    config.write_text("clouds: [")
    assert "no clouds.yaml that is YAML" in str(tried(tries, config).cause)
    with FakeKeystone(authority.context()) as cloud:
        mismatch.write_text(cloud.clouds_yaml(tmp_path).read_text().replace("https://", "http://"))
        other = tried(tries, mismatch)
    assert (failed(other), "speaks TLS only" in str(other.cause)) == (["login"], True)


def test_every_service_is_tried(tries: Tries, tmp_path: Path) -> None:
    with FakeKeystone() as cloud:
        config = cloud.clouds_yaml(tmp_path)
        cloud.places["compute"] = f"http://localhost:{free_port()}/v2.1"
        cloud.places["network"] = "http://no-such-host.invalid:9696"
        result = tried(tries, config)
        assert failed(result) == ["compute in RegionOne", "network in RegionOne"]
        assert "compute in RegionOne: nothing listens on port" in str(result.cause)
        assert "comes from Keystone's catalogue" in str(result.cause)
        assert "network in RegionOne: " in str(result.cause)
        cloud.places.clear()
        cloud.refused["/v2.1/servers/detail"] = 403
        refused = tried(tries, config)
        assert failed(refused) == ["compute in RegionOne"]
        assert "give it the role admin" in str(refused.cause)
        away = tried(tries, cloud.clouds_yaml(tmp_path, region_name="RegionTwo"))
        assert failed(away) == ["identity", "compute", "network"]
