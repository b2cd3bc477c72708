"""A check's name tells what it is about, whatever an id is made of."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from check_subjects import AWKWARD, ids, subjects
from hypothesis import given
from hypothesis import strategies as st

from calipso.model.monitoring import LinkSubject, ObjectSubject, Subject, check_name, encoded, subject_of

ADMITTED = {False: re.compile(r"[\w.:-]+", re.ASCII), True: re.compile(r"[\w.-]+", re.ASCII)}
"""What Sensu Go admits as a name, and what Sensu Core (True) does."""


@given(subjects, st.booleans())
def test_a_name_comes_back_as_its_subject(subject: Subject, core: bool) -> None:
    name = check_name(subject, core=core)
    assert subject_of(name) == subject
    assert ADMITTED[core].fullmatch(name)


@given(st.sets(st.one_of(st.sampled_from(AWKWARD), ids), min_size=2), st.booleans())
def test_no_two_ids_are_encoded_alike(texts: set[str], core: bool) -> None:
    assert len({encoded(text, core=core) for text in texts}) == len(texts)


@given(st.text(alphabet="abcXYZ0189-", min_size=1), st.booleans())
def test_plain_ids_stand_as_they_are(plain: str, core: bool) -> None:
    assert check_name(ObjectSubject("vnic", plain), core=core) == f"vnic_{plain}"
    link = LinkSubject("vnic-vconnector", plain, plain)
    assert check_name(link, core=core) == f"link_vnic-vconnector_{plain}_{plain}"


@given(st.one_of(st.text(), st.text(alphabet="link_.:0afgé-")))
def test_any_other_name_is_understood_or_refused(name: str) -> None:
    with suppress(ValueError):
        subject = subject_of(name)
        assert subject_of(check_name(subject)) == subject


@pytest.mark.parametrize("name", ["", "vnic", "vnic_", "_a", "keepalive", "vnic_a.b", "vnic_.C3", "vnic_.ff"])
def test_what_is_no_name_of_ours(name: str) -> None:
    with pytest.raises(ValueError, match=r"name|dot|decode"):
        subject_of(name)
