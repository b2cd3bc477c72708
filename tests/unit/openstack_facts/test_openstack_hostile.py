"""Whatever a cloud answers, facts come of it, or gaps, or one sentence: never a traceback."""

import json
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from ansible_collections.calipso.topology.plugins.module_utils.openstack_cloud import CloudError
from ansible_collections.calipso.topology.plugins.module_utils.openstack_collect import gather
from ansible_collections.calipso.topology.plugins.module_utils.openstack_kinds import LISTINGS
from ansible_collections.calipso.topology.plugins.module_utils.recording import RecordingError
from hypothesis import given, settings
from hypothesis import strategies as st
from openstack_options import options

RECORDING = Path(__file__).parent / "recording" / "openstack"
FILES = sorted(path.name for path in RECORDING.glob("[0-9]*.json"))
REASONS = {"forbidden", "unsupported", "failed", "timeout", "truncated", "unreadable"}

TEXT = st.text(st.characters(exclude_categories=()), max_size=5)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
DELETE = object()
STATUSES = [200, 200, 200, 200, 201, 204, 300, 400, 401, 403, 404, 503]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    copy = tmp_path_factory.mktemp("hostile")
    shutil.copytree(RECORDING, copy / "openstack")
    return copy / "openstack"


def places(value, at=()):
    """Every place in a JSON value, as a tuple of keys."""
    yield at
    members = dict(enumerate(value)) if isinstance(value, list) else value
    for name, part in members.items() if isinstance(members, dict) else ():
        yield from places(part, (*at, name))


def changed(body, at, new):
    if not at:
        return None if new is DELETE else new
    parent = body
    for name in at[:-1]:
        parent = parent[name]
    if new is DELETE:
        del parent[at[-1]]
    else:
        parent[at[-1]] = new
    return body


@settings(max_examples=150)
@given(data=st.data())
def test_any_change_of_any_answer_gives_facts_or_a_sentence(folder, data):
    names = data.draw(st.lists(st.sampled_from(FILES), min_size=1, max_size=3, unique=True))
    try:
        for name in names:
            response = json.loads((RECORDING / name).read_text("utf-8"))
            at = data.draw(st.sampled_from(list(places(response["body"]))))
            response["body"] = changed(response["body"], at, data.draw(JSON | st.just(DELETE)))
            response["status"] = data.draw(st.sampled_from(STATUSES))
            (folder / name).write_text(json.dumps(response), encoding="utf-8")
        with suppress(CloudError, RecordingError):
            check(gather(options(recording=str(folder.parent))))
    finally:
        for name in names:
            shutil.copy(RECORDING / name, folder / name)


def check(facts):
    json.dumps(facts, allow_nan=False, ensure_ascii=False).encode("utf-8")
    keys = [(row["kind"], row["key"]) for row in facts["rows"]]
    assert keys == sorted(set(keys))
    assert all(isinstance(row["data"], dict) and "region" in row["data"] for row in facts["rows"])
    assert {gap["reason"] for gap in facts["gaps"]} <= REASONS
    whole = {kind["kind"] for kind in facts["kinds"]}
    assert whole | {gap["part"] for gap in facts["gaps"]} == {listing.kind for listing in LISTINGS}
    assert not whole & {gap["part"] for gap in facts["gaps"]}
