"""Names are shown so that they can neither steer a terminal nor mislead a reader."""

from __future__ import annotations

from clique_samples import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from calipso.report.text import cells, natural, shorten, visible

anything = st.text(st.characters(), max_size=60) | st.sampled_from(HOSTILE)


@given(anything)
def test_visible_text_is_printable_and_printable_text_stays(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert "\n" not in shown
    if text.isprintable():
        assert shown == text


def test_what_is_escaped_can_still_be_read() -> None:
    assert visible("a\nb\x1b[31m\u202ec") == r"a\nb\x1b[31m\u202ec"


@given(anything.map(visible).filter(lambda text: "…" not in text), st.integers(1, 40))
def test_shortened_text_fits_and_keeps_both_ends(text: str, room: int) -> None:
    short = shorten(text, room)
    assert sum(map(cells, short)) <= room
    if short != text:
        head, tail = short.split("…")
        assert text.startswith(head)
        assert text.endswith(tail)


@given(st.lists(st.text(st.sampled_from("ab019٣²"), max_size=30)))
def test_any_texts_can_be_sorted(texts: list[str]) -> None:
    assert list(map(natural, sorted(texts, key=natural))) == sorted(map(natural, texts))


def test_numbers_sort_by_value() -> None:
    assert sorted(["eth10", "eth2", "br", "eth"], key=natural) == ["br", "eth", "eth2", "eth10"]
