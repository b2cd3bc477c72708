"""What checks may be about, with every awkward id."""

from __future__ import annotations

from hypothesis import strategies as st

from calipso.build.registry import default_registry
from calipso.model.monitoring import LinkSubject, ObjectSubject, Subject

REGISTRY = default_registry()

AWKWARD = [
    *"._:-/\\ \t\n\r\0\x7f%&?#'\"`$;|<>*+~^(){}[]@!,=",
    *("..", ".2e", "._", "_.", "__", "link_", ".c3.a4", ":", "a:b", "-", "a b", " a", "a\n", "{{ a }}"),
    *("ä", "ß", "Ω", "ж", "א", "ب", "中", "한", "\u200b", "\u202e", "\ufeff", "\uffff", "e\u0301", "é"),
    *("\U0001f525", "\U00010000", "\U00020000", "\U0003ffff", "\U000e0001", "\U000f0000", "\U0010ffff"),
    "cmp1-tap0f3c-a1",
    "fe80::f816:3eff:fe00:1",
    "tunnel-192.0.2.1",
    "../../etc/passwd",
]
"""Ids: ASCII that is no letter, what looks like an escape, and samples of all planes."""

ids = st.one_of(st.sampled_from(AWKWARD), st.text(min_size=1))
"""Surrogates too, as bytes of a file's name that are no UTF-8 become."""

subjects: st.SearchStrategy[Subject] = st.one_of(
    st.builds(ObjectSubject, st.sampled_from(sorted(REGISTRY.kinds)), ids),
    st.builds(LinkSubject, st.sampled_from(sorted(REGISTRY.link_types)), ids, ids),
)


def awkward_subjects() -> list[Subject]:
    """Return an object with each awkward id, a link from each to the next, and one of each type."""
    pairs = zip(AWKWARD, [*AWKWARD[1:], AWKWARD[0]], strict=True)
    return [
        *(ObjectSubject("vnic", id_) for id_ in AWKWARD),
        *(LinkSubject("vnic-vconnector", source, target) for source, target in pairs),
        *(ObjectSubject(type_, "a_b.c") for type_ in REGISTRY.kinds),
        *(LinkSubject(link_type, "a_b.c", "d_e") for link_type in REGISTRY.link_types),
    ]
