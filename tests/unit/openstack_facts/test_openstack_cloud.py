"""The module's inside against a fake OpenStack that speaks the real protocol over real HTTP."""

import json
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.calipso.topology.plugins.module_utils.openstack_cloud import CloudError
from ansible_collections.calipso.topology.plugins.module_utils.openstack_collect import gather
from ansible_collections.calipso.topology.plugins.module_utils.openstack_kinds import LISTINGS
from fake_openstack import DROP, HANG, PASSWORD, TOKEN, error, filled, reply
from openstack_options import options


def of_kind(facts, kind):
    return [row["key"] for row in facts["rows"] if row["kind"] == kind]


def gaps(facts):
    return {(gap["part"], gap["reason"]) for gap in facts["gaps"]}


def whole(facts):
    return {(kind["kind"], kind["region"]) for kind in facts["kinds"]}


def test_every_region_and_kind_wholly():
    with filled(["One", "Two"]) as cloud:
        facts = gather(options(auth=cloud.auth))
        assert facts["gaps"] == []
        assert (facts["cloud"], facts["regions"]) == ("127.0.0.1", ["One", "Two"])
        assert whole(facts) == {
            (listing.kind, region)
            for listing in LISTINGS
            for region in ([None] if listing.service == "identity" else ["One", "Two"])
        }
        assert of_kind(facts, "region") == ["Bare", "One", "Two"]
        assert of_kind(facts, "aggregate") == ["One:1", "Two:1"]
        assert of_kind(facts, "availability_zone") == ["One:nova", "Two:nova"]
        assert of_kind(facts, "network_availability_zone") == ["One:router:nova", "Two:router:nova"]
        assert of_kind(facts, "extension") == ["One:router", "Two:router"]
        assert len(of_kind(facts, "server")) == 10
        assert gather(options(auth=cloud.auth)) == facts

        one = gather(options(auth=cloud.auth, regions=["One"]))
        assert one["rows"] == [
            row for row in facts["rows"] if row["data"]["region"] != "Two" or row["key"] == "Two"
        ]
        with pytest.raises(CloudError, match="no region Mars: choose from One, Two"):
            gather(options(auth=cloud.auth, regions=["Mars"]))


def test_pages_though_links_name_a_host_that_only_the_inside_knows():
    with filled() as cloud:
        facts = gather(options(auth=cloud.auth, page_size=2))
        assert len(of_kind(facts, "port")) == 7
        assert len(of_kind(facts, "server")) == 5
        assert facts["gaps"] == []
        assert [query.get("marker") for query, _headers in cloud.asked("/v2.0/ports")] == [
            None,
            "regionone-port1",
            "regionone-port3",
            "regionone-port5",
        ]
        assert facts["rows"] == gather(options(auth=cloud.auth))["rows"]


def test_microversion_is_negotiated():
    with filled() as cloud:
        gather(options(auth=cloud.auth))
        _query, headers = cloud.asked("/v2.1/servers/detail")[0]
        assert headers["OpenStack-API-Version"] == "compute 2.79"


def test_busy_service_is_asked_again_when_it_says():
    with filled() as cloud:
        cloud.script["RegionOne", "/v2.0/ports"].extend([reply(503, {}, Retry_After=1), reply(429, {}), DROP])
        cloud.script[None, "/v3/auth/tokens"].append(reply(503, {}))
        facts = gather(options(auth=cloud.auth))
        assert facts["gaps"] == []
        assert len(of_kind(facts, "port")) == 7
        assert len(cloud.asked("/v2.0/ports")) == 4


def test_each_trouble_is_a_gap_and_the_rest_goes_on(tmp_path):
    with filled() as cloud:
        quiet = gather(options(auth=cloud.auth))
        down = {"id": "down-cell", "status": "UNKNOWN", "tenant_id": "p1"}
        cloud.things["RegionOne", "/v2.1/servers/detail"].append(down)
        circle = [{"rel": "next", "href": "http://x/?marker=a"}]
        trouble = {
            (None, "/v3/projects"): reply(200, {"projects": [{"id": "p1"}], "truncated": True}),
            (None, "/v3/services"): reply(200, {"services": "none"}),
            (None, "/v3/endpoints"): reply(200, b"<html>"),
            ("RegionOne", "/v2.1/os-hypervisors/detail"): error(403, "Policy doesn't allow it."),
            ("RegionOne", "/v2.1/os-services"): reply(200, {"services": [{"id": None}, {"id": "kept"}]}),
            ("RegionOne", "/v2.1/os-aggregates"): reply(200, b'{"aggregates": [{"id": NaN}]}'),
            ("RegionOne", "/v2.0/networks"): HANG,
            ("RegionOne", "/v2.0/subnets"): DROP,
            ("RegionOne", "/v2.0/ports"): reply(503, {"message": "overloaded"}),
            ("RegionOne", "/v2.0/segments"): error(404, "The resource could not be found."),
            ("RegionOne", "/v2.0/routers"): reply(200, {"routers": [], "routers_links": circle}),
        }
        cloud.constant.update(trouble)
        facts = gather(options(auth=cloud.auth, timeout=2, record_to=str(tmp_path)))
        assert gaps(facts) == {
            ("project", "truncated"),
            ("service", "unreadable"),
            ("endpoint", "unreadable"),
            ("server", "unreadable"),
            ("hypervisor", "forbidden"),
            ("compute_service", "unreadable"),
            ("aggregate", "unreadable"),
            ("network", "timeout"),
            ("subnet", "failed"),
            ("port", "failed"),
            ("segment", "unsupported"),
            ("router", "unreadable"),
        }
        troubled = {gap["part"] for gap in facts["gaps"]}
        assert whole(facts) == {kind for kind in whole(quiet) if kind[0] not in troubled}
        assert [row for row in facts["rows"] if row["kind"] not in troubled] == [
            row for row in quiet["rows"] if row["kind"] not in troubled
        ]
        assert of_kind(facts, "server") == of_kind(quiet, "server")
        assert of_kind(facts, "compute_service") == ["kept"]
        forbidden = next(gap for gap in facts["gaps"] if gap["part"] == "hypervisor")
        assert forbidden == {
            "part": "hypervisor",
            "reason": "forbidden",
            "command": "GET /v2.1/os-hypervisors/detail",
            "detail": "RegionOne: HTTP 403: Policy doesn't allow it.",
        }
        replayed = gather(options(recording=str(tmp_path)))
        assert replayed["rows"] == facts["rows"]
        assert replayed["kinds"] == facts["kinds"]
        assert gaps(replayed) == gaps(facts)


def test_region_without_a_service_has_gaps_for_it():
    with filled() as cloud:
        endpoints = cloud._endpoints()
        cloud._endpoints = lambda: {**endpoints, "compute": []}
        facts = gather(options(auth=cloud.auth))
        assert gaps(facts) == {
            (listing.kind, "unsupported") for listing in LISTINGS if listing.service == "compute"
        }


def test_dead_agents_are_asked_once_more(tmp_path):
    with filled() as cloud:
        asleep = {"agents": [{"id": "a", "alive": False}, {"id": "b", "alive": False}]}
        awake = {"agents": [{"id": "a", "alive": True}, {"id": "b", "alive": False}]}
        cloud.script["RegionOne", "/v2.0/agents"].extend([reply(200, asleep), reply(200, awake)])
        facts = gather(options(auth=cloud.auth, record_to=str(tmp_path)))
        assert [row["data"]["alive"] for row in facts["rows"] if row["kind"] == "agent"] == [True, False]
        assert len(cloud.asked("/v2.0/agents")) == 2
        assert gather(options(recording=str(tmp_path))) == facts


def test_user_who_is_not_an_administrator_gets_what_that_user_may_see():
    with filled() as cloud:
        no = error(403, "Policy doesn't allow it.")
        for path in ("projects", "services", "endpoints"):
            cloud.constant[None, f"/v3/{path}"] = no
        for path in ("v2.1/os-availability-zone/detail", "v2.0/quotas"):
            cloud.constant["RegionOne", f"/{path}"] = no
        cloud.script["RegionOne", "/v2.1/servers/detail"].append(no)
        cloud.things["RegionOne", "/v2.0/agents"].clear()
        facts = gather(options(auth=cloud.auth))
        assert of_kind(facts, "project") == ["p1"]
        assert [query for query, _headers in cloud.asked("/v2.1/servers/detail")] == [
            {"all_tenants": "1", "limit": "1000"},
            {"limit": "1000"},
        ]
        assert len(of_kind(facts, "server")) == 5
        assert of_kind(facts, "availability_zone") == ["RegionOne:nova"]
        assert len(of_kind(facts, "port")) == 7
        limited = {"project", "service", "endpoint", "server", "availability_zone"}
        limited |= {"network", "subnet", "port", "router", "floating_ip", "agent", "segment"}
        assert gaps(facts) == {(kind, "forbidden") for kind in limited}
        said = next(gap["detail"] for gap in facts["gaps"] if gap["part"] == "agent")
        assert said == "RegionOne: only what project 'ops' may see was read"


def test_recording_of_any_login_replays_and_holds_no_secret(tmp_path):
    with filled(["One", "Two"]) as cloud:
        cloud.things["One", "/v2.1/servers/detail"][0].update(
            adminPass="s3cr3t", metadata={"db": "s3cr3t"}, description="password=s3cr3t"
        )
        credential = {
            "auth_url": cloud.url + "/v3/",
            "application_credential_id": "c1",
            "application_credential_secret": PASSWORD,
        }
        live = gather(
            options(
                auth=credential,
                auth_type="v3applicationcredential",
                page_size=3,
                record_to=str(tmp_path),
                regions=["One"],
            )
        )
        names = sorted(path.name for path in tmp_path.rglob("*"))
        assert gather(options(recording=str(tmp_path))) == live
        text = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*.json")) + json.dumps(live)
        assert not any(secret in text for secret in (PASSWORD, TOKEN, "s3cr3t", "an-audit-id"))

        gather(options(auth=cloud.auth, page_size=3, record_to=str(tmp_path), regions=["One"]))
        assert sorted(path.name for path in tmp_path.rglob("*")) == names


TOKENS = (None, "/v3/auth/tokens")


@pytest.mark.parametrize(
    ("changes", "answer", "said"),
    [
        ({"password": "wrong"}, None, "refuses these credentials"),
        ({"auth_url": "http://127.0.0.1:9/v3"}, None, r"cannot be reached \(Connection refused\)"),
        ({"auth_url": "http://name.invalid/v3"}, None, r"cannot be reached \(.*name"),
        ({"auth_url": None}, None, "lack auth_url: add it"),
        ({}, reply(201, {"token": []}), "does not speak as Keystone does"),
        ({}, reply(201, b"<html>"), "does not speak as Keystone does"),
        ({}, reply(404, b"<html>"), "does not speak as Keystone does"),
        ({}, error(400, "Expecting a domain"), "answered: Expecting a domain"),
    ],
)
def test_login_that_fails_is_told_in_one_sentence(changes, answer, said):
    with filled() as cloud:
        if answer:
            cloud.constant[TOKENS] = answer
        with pytest.raises(CloudError, match=said) as caught:
            gather(options(auth={**cloud.auth, **changes}))
        assert PASSWORD not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_login_without_project_or_region_is_told_in_one_sentence():
    with filled() as cloud:
        cloud.scoped = False
        with pytest.raises(CloudError, match="not scoped to a project"):
            gather(options(auth=cloud.auth))
    with filled() as cloud:
        cloud.regions.clear()
        with pytest.raises(CloudError, match="no region with a compute or a network endpoint"):
            gather(options(auth=cloud.auth))


def test_certificates_are_checked(tmp_path):
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with filled(ssl_context=context) as cloud:
        with pytest.raises(CloudError, match=r"failed \(certificate verify failed.* and set ca_cert"):
            gather(options(auth=cloud.auth))
        with pytest.raises(CloudError, match="invalid path: /no/such/file"):
            gather(options(auth=cloud.auth, ca_cert="/no/such/file"))
        assert gather(options(auth=cloud.auth, ca_cert=certificate))["gaps"] == []


def self_signed(folder):
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fake cloud")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return str(path)
