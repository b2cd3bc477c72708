"""Only some of a cloud is asked for: just that comes, and it is said what of it is all that there is."""

import pytest
from ansible_collections.calipso.topology.plugins.module_utils.openstack_collect import chosen, gather
from fake_openstack import error, filled
from openstack_options import options


def select(kind, attribute=None, *values):
    return {"kind": kind, "attribute": attribute, "values": list(values) or None}


def keys(facts):
    return [(row["kind"], row["key"]) for row in facts["rows"]]


def test_what_is_asked_for_comes_and_nothing_else():
    with filled(["One", "Two"]) as cloud:
        ports = [f"one-port{number}" for number in range(3)]
        cloud.things["One", "/v2.0/ports"][5]["device_id"] = "r1"
        facts = gather(
            options(auth=cloud.auth, page_size=1),
            chosen(
                [
                    select("port", "id", *ports, "gone"),
                    select("port", "device_id", "r1", "r2"),
                    select("server", "id", "two-vm1", "one-vm2", "gone"),
                    select("aggregate"),
                ]
            ),
        )
        assert keys(facts) == [
            ("aggregate", "One:1"),
            ("aggregate", "Two:1"),
            *(("port", key) for key in (*ports, "one-port5")),
            ("server", "one-vm2"),
            ("server", "two-vm1"),
        ]
        assert facts["kinds"] == [{"kind": "aggregate", "region": region} for region in ("One", "Two")]
        assert [(each["kind"], each["attribute"], each["values"]) for each in facts["sought"]] == [
            ("port", "id", [*ports, "gone"]),
            ("port", "device_id", ["r1", "r2"]),
            ("server", "id", ["two-vm1", "one-vm2", "gone"]),
        ]
        assert facts["gaps"] == []
        assert {path for path, _query, _headers in cloud.requests if path.startswith("/v2.0/")} == {
            "/v2.0/ports",
            "/v2.0/quotas",
        }


def test_many_are_asked_for_in_several_requests():
    with filled() as cloud:
        cloud.things["RegionOne", "/v2.0/ports"] = [{"id": f"port{number:03}"} for number in range(300)]
        wanted = [f"port{number:03}" for number in range(0, 300, 2)]
        facts = gather(options(auth=cloud.auth), chosen([select("port", "id", *wanted)]))
        assert keys(facts) == [("port", key) for key in wanted]
        assert len(cloud.asked("/v2.0/ports")) == 3


def test_what_one_region_did_not_answer_is_not_all_that_there_is():
    with filled(["One", "Two"]) as cloud:
        cloud.constant["Two", "/v2.0/ports"] = error(500, "it failed")
        facts = gather(options(auth=cloud.auth), chosen([select("port", "id", "one-port1")]))
        assert keys(facts) == [("port", "one-port1")]
        assert facts["sought"] == []
        assert [gap["part"] for gap in facts["gaps"]] == ["port"]


def test_who_sees_only_his_own_is_not_told_that_the_rest_is_gone():
    with filled() as cloud:
        cloud.constant["RegionOne", "/v2.0/quotas"] = error(403, "forbidden")
        facts = gather(options(auth=cloud.auth), chosen([select("port", "id", "regionone-port1")]))
        assert keys(facts) == [("port", "regionone-port1")]
        assert facts["sought"] == []


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        (select("volume", "id", "x"), "'volume' is no kind: choose from region, project"),
        (select("server", "host", "cmp1"), "a server cannot be asked for by its 'host': by id it can"),
        (select("aggregate", "id", "1"), "an? aggregate cannot be asked for by its 'id': by nothing it can"),
        (select("port", "id"), "`attribute` and `values` go together"),
        ({"kind": "port", "attribute": None, "values": ["x"]}, "`attribute` and `values` go together"),
    ],
)
def test_what_cannot_be_asked(wanted, fault):
    with pytest.raises(ValueError, match=fault):
        chosen([wanted])
