"""What holds of every comparison, whatever the documents are."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from calipso.analyze.comparison import LINK_LEFT_OUT, OBJECT_LEFT_OUT, Comparison, compare
from calipso.model.topology import Change, Document

NAMES = st.sampled_from(["a", "b", "a.b", "\\", "id"])
SCALARS = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "x", "y.z"])
IDENTIFIED = st.lists(st.fixed_dictionaries({"id": st.integers(0, 2)}, optional={"a": SCALARS}), max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | IDENTIFIED | st.dictionaries(NAMES, inner, max_size=3),
)
ATTRIBUTES = st.dictionaries(st.sampled_from(["p", "q", "name_path", "project", "state"]), VALUES)
HOSTS = st.sampled_from([None, "cmp1", "cmp2"])
HEALTH = st.sampled_from(["ok", "error"])
IDS = st.sampled_from(["1", "2", "3"])


@st.composite
def states(draw: st.DrawFn) -> dict[str, dict[str, Document]]:
    """A state: documents by collection and id."""
    inventory = {
        key: {
            "id": key,
            "type": "x_folder" if key == "3" else "x",
            "name": draw(IDS),
            "host": draw(HOSTS),
            "health": draw(HEALTH),
            **draw(ATTRIBUTES),
        }
        for key in draw(st.sets(IDS))
    }
    ends = {"source_id": "1", "target_id": "2", "source_label": "1", "target_label": "2", "link_name": ""}
    links = {
        key: {"id": key, "link_type": "x-x", **ends, "state": draw(HEALTH), "attributes": draw(ATTRIBUTES)}
        for key in draw(st.sets(IDS))
    }
    return {"inventory": inventory, "links": links}


def compared(before: dict[str, dict[str, Document]], after: dict[str, dict[str, Document]]) -> Comparison:
    """Compare two states by the documents that are not the same."""
    return compare(
        Change(name, before[name].get(key), after[name].get(key))
        for name in before
        for key in sorted(before[name].keys() | after[name].keys())
        if text(before[name].get(key)) != text(after[name].get(key))
    )


def text(value: Any) -> str:
    """Return a value's JSON."""
    return json.dumps(value, sort_keys=True)


def ordered(value: Any) -> Any:
    """Return a value with its lists of things that have ids in the order of these."""
    if isinstance(value, dict):
        return {name: ordered(part) for name, part in value.items()}
    if not isinstance(value, list):
        return value
    if all(isinstance(part, dict) and "id" in part for part in value):
        ids = {str(part["id"]) for part in value}
        if len(ids) == len(value):
            return sorted(map(ordered, value), key=lambda part: str(part["id"]))
    return value


def patched(document: Document, entry: Document) -> Document:
    """Return a document with the attributes that an entry says it has now."""
    document = deepcopy(document)
    for attribute in entry["attributes"]:
        *outer, last = [
            re.sub(r"\\(.)", r"\1", part)
            for part in re.findall(r"(?:^|(?<=\.))((?:[^.\\]|\\.)*)(?:\.|$)", attribute["attribute"])
        ]
        here: Any = document
        for name in outer:
            here = (
                next(part for part in here if str(part["id"]) == name)
                if isinstance(here, list)
                else here[name]
            )
        if isinstance(here, list):
            here[:] = [part for part in here if str(part["id"]) != last]
            here += [attribute["after"]] if "after" in attribute else []
        elif "after" in attribute:
            here[last] = attribute["after"]
        else:
            del here[last]
    if "to" in entry:
        document["host"] = entry["to"]
    return document


@given(states())
def test_a_state_equals_itself(state: dict[str, dict[str, Document]]) -> None:
    assert compared(state, state).equal
    assert compare(Change("inventory", each, each) for each in state["inventory"].values()).equal


@given(states(), states())
def test_what_was_before_and_what_is_different_is_what_is_after(
    before: dict[str, dict[str, Document]], after: dict[str, dict[str, Document]]
) -> None:
    comparison = compared(before, after)
    for name, groups, left_out, meaning in (
        ("inventory", comparison.objects, OBJECT_LEFT_OUT, "health"),
        ("links", comparison.links, LINK_LEFT_OUT, "state"),
    ):
        was, now = (
            {key: each for key, each in state[name].items() if each.get("type") != "x_folder"}
            for state in (before, after)
        )
        gone, new = ({entry["id"] for entry in groups[group]} for group in ("removed", "added"))
        assert was.keys() - gone | new == now.keys()
        assert not gone & now.keys()
        assert not new & was.keys()
        entries = {entry["id"]: entry for group in ("moved", "changed") for entry in groups.get(group, ())}
        for key in was.keys() & now.keys():
            entry = entries.get(key, {"attributes": []})
            expected, found = (
                ordered({attribute: value for attribute, value in each.items() if attribute not in left_out})
                for each in (now[key], patched(was[key], entry))
            )
            assert text(found) == text(expected)
            pair = entry.get(meaning, {"before": was[key][meaning], "after": was[key][meaning]})
            assert pair == {"before": was[key][meaning], "after": now[key][meaning]}


@given(states(), states())
def test_backwards_it_is_the_reverse(
    before: dict[str, dict[str, Document]], after: dict[str, dict[str, Document]]
) -> None:
    def ids(groups: dict[str, list[Document]]) -> dict[str, list[str]]:
        return {group: sorted(entry["id"] for entry in listed) for group, listed in groups.items()}

    there, back = (compared(*pair) for pair in ((before, after), (after, before)))
    for forth, reverse in ((there.objects, back.objects), (there.links, back.links)):
        turned = {"added": "removed", "removed": "added"}
        assert ids(forth) == {turned.get(group, group): listed for group, listed in ids(reverse).items()}
    moved = {entry["id"]: (entry["from"], entry["to"]) for entry in there.objects["moved"]}
    assert moved == {entry["id"]: (entry["to"], entry["from"]) for entry in back.objects["moved"]}


@given(states(), states())
def test_it_is_json_in_a_stable_order(
    before: dict[str, dict[str, Document]], after: dict[str, dict[str, Document]]
) -> None:
    comparison = compared(before, after)
    turned = [
        {name: dict(reversed(each.items())) for name, each in state.items()} for state in (before, after)
    ]
    again = compared(*turned)
    assert text([comparison.objects, comparison.links]) == text([again.objects, again.links])
    counts = comparison.summary
    assert comparison.equal == (sum(counts["objects"].values()) + sum(counts["links"].values()) == 0)
