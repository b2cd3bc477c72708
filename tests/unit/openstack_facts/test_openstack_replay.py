"""The recording of a real cloud in `recording/`, made by the module, whose own answer then is `live.json`."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from ansible_collections.calipso.topology.plugins.module_utils.openstack_cloud import CloudError
from ansible_collections.calipso.topology.plugins.module_utils.openstack_collect import gather
from ansible_collections.calipso.topology.plugins.module_utils.openstack_kinds import LISTINGS
from ansible_collections.calipso.topology.plugins.module_utils.recording import RecordingError
from ansible_collections.calipso.topology.plugins.module_utils.scrubbing import is_secret_name, scrub
from hypothesis import given
from hypothesis import strategies as st
from openstack_options import options

from calipso.model.facts import OPENSTACK_KINDS

HERE = Path(__file__).parent
RECORDING = HERE / "recording"
RESPONSES = {
    path.name: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((RECORDING / "openstack").glob("[0-9]*.json"))
}


def test_replay_is_what_the_live_cloud_said():
    assert gather(options(recording=str(RECORDING))) == json.loads((HERE / "live.json").read_text("utf-8"))


def test_kinds_are_those_of_the_model():
    assert {listing.kind for listing in LISTINGS} == set(OPENSTACK_KINDS)


def test_every_thing_of_every_answer_is_a_row_and_nothing_else():
    facts = gather(options(recording=str(RECORDING)))
    listed = {}
    for listing in LISTINGS:
        path = listing.command.removeprefix("GET ").split("?")[0]
        for response in RESPONSES.values():
            if response["url"].split("?")[0].endswith(path) and response["status"] == 200:
                listed[listing.kind] = len(response["body"][listing.collection])
    assert Counter(row["kind"] for row in facts["rows"]) == {kind: n for kind, n in listed.items() if n}
    assert {kind["kind"] for kind in facts["kinds"]} == set(listed)
    assert [(gap["part"], gap["reason"]) for gap in facts["gaps"]] == [("segment", "unsupported")]
    assert facts["rows"] == sorted(facts["rows"], key=lambda row: (row["kind"], row["key"]))
    assert all("region" in row["data"] for row in facts["rows"])


def test_facts_hold_nothing_that_changes_by_itself():
    text = json.dumps(gather(options(recording=str(RECORDING)))["rows"])
    assert not re.search(r'"(updated_at|updated|heartbeat_timestamp|free_\w+|running_vms|devices)"', text)


def test_recording_holds_no_secret():
    for path in RECORDING.rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"labpass|gAAAA|X-(Auth|Subject)-Token", text, re.IGNORECASE), path
        assert set(secrets_in(json.loads(text))) <= {"***"}, path


def secrets_in(value):
    """Every string that stands under a name that says it is a secret."""
    if isinstance(value, list):
        for part in value:
            yield from secrets_in(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            if is_secret_name(name) and isinstance(part, str) and part:
                yield part
            else:
                yield from secrets_in(part)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(
    name=st.sampled_from(
        ["password", "adminPass", "OS-EXT-SRV-ATTR:user_data", "client_secret", "metadata", "token"]
    ),
    hidden=st.text(min_size=1).map("s3cr3t-{}".format),
    around=JSON,
)
def test_scrubbing_hides_every_named_secret_and_nothing_twice(name, hidden, around):
    body = {"around": around, "list": [{name: hidden}, {name: [hidden, {"inner": hidden}]}]}
    clean = scrub(body)
    assert "s3cr3t" not in json.dumps(clean)
    assert scrub(clean) == clean


def test_names_that_users_gave_are_not_taken_for_secrets():
    body = {
        "addresses": {"token-net": [{"addr": "10.0.0.1"}]},
        "configurations": {"bridge_mappings": {"secret": "br-ex"}},
        "hosts": {"password-1": {"nova-compute": {"active": True}}},
    }
    assert scrub(body) == body


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no recording"),
        ({}, "There is no recording"),
        ({"cloud.json": "{"}, "is not JSON"),
        ({"cloud.json": "[]"}, "is not a JSON object"),
        ({"cloud.json": "{}"}, "no successful login"),
        ({"cloud.json": "{}", "001-x.json": '{"status": 200}'}, "is no response"),
        ({"cloud.json": "{}", "001-x.json": "\xff"}, "is not JSON"),
        (
            {
                "cloud.json": "{}",
                "001-x.json": '{"method": "POST", "url": "http://k", "status": 201, "body": {"token": {}}}',
            },
            "damaged",
        ),
    ],
)
def test_unusable_recording_is_told_in_one_sentence(tmp_path, content, said):
    if content is not None:
        (tmp_path / "openstack").mkdir()
        for name, text in content.items():
            (tmp_path / "openstack" / name).write_text(text, encoding="latin-1")
    with pytest.raises((RecordingError, CloudError), match=said) as caught:
        gather(options(recording=str(tmp_path)))
    assert "\n" not in str(caught.value)


def test_what_was_not_recorded_is_a_gap(tmp_path):
    (tmp_path / "openstack").mkdir()
    for path in (RECORDING / "openstack").iterdir():
        if "ports" not in path.name:
            (tmp_path / "openstack" / path.name).write_bytes(path.read_bytes())
    facts = gather(options(recording=str(tmp_path)))
    whole = gather(options(recording=str(RECORDING)))
    assert facts["rows"] == [row for row in whole["rows"] if row["kind"] != "port"]
    gap = next(gap for gap in facts["gaps"] if gap["part"] == "port")
    assert gap["detail"] == "RegionOne: HTTP 404: this request is not in the recording"
    assert {"kind": "port", "region": "RegionOne"} not in facts["kinds"]
