"""Questions are asked at once, again when hosts have had time, and until their answers have settled."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from calipso.events.asking import GIVEN_UP_S, LATER_S, LONGEST_S, LOOKS_S, MOST, Questions
from calipso.events.result import Ask
from calipso.events.rounds import Rounds

HOST, PORT = Ask("host", "name", "cmp1"), Ask("port", "id", "p1")


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def asked(
    questions: Questions, clock: Clock, answer: object, until: float, run_s: float = 0.5
) -> list[float]:
    """Answer what is due for a time, by `answer` or as it says by age; return when that was, from now on."""
    start, times = clock.now, []
    while clock.now < start + until:
        if due := questions.due():
            times.append(round(clock.now - start, 1))
            begun = clock.now
            clock.now += run_s
            age = clock.now - start
            questions.answered(
                [(ask, answer(age) if callable(answer) else answer) for ask in due], begun=begun
            )
        else:
            clock.now += 0.1
    return times


def test_a_question_is_asked_at_once_and_twice_more() -> None:
    clock = Clock()
    questions = Questions(clock)
    questions.want([HOST])
    assert questions.due() == []
    times = asked(questions, clock, "same", 60)
    assert [round(time) for time in times] == [round(look) for look in LOOKS_S]
    assert len(questions) == 0
    assert questions.wait_s() is None


def test_what_still_changes_is_asked_on_but_not_for_ever() -> None:
    clock = Clock()
    questions = Questions(clock)
    questions.want([HOST])
    settles = asked(questions, clock, lambda age: min(age, 20), 100)
    assert 20 < settles[-1] < 20 + 2 * LATER_S + 2
    questions.want([HOST])
    restless = asked(questions, clock, lambda age: age, 2 * LONGEST_S)
    assert LONGEST_S - 1 < restless[-1] < LONGEST_S + 2 * LATER_S
    assert len(questions) == 0


def test_what_is_wanted_while_it_is_asked_is_asked_again_at_once() -> None:
    clock = Clock()
    questions = Questions(clock)
    questions.want([HOST])
    clock.now += 1
    begun = clock.now
    clock.now += 1
    questions.want([HOST, PORT])
    questions.answered([(HOST, "old")], begun=begun)
    clock.now += LOOKS_S[0]
    assert questions.due() == [HOST, PORT]
    assert [round(time) for time in asked(questions, clock, "new", 60)][-1] == round(LOOKS_S[-1])


def test_nobody_could_be_asked() -> None:
    clock = Clock()
    questions = Questions(clock)
    questions.want([HOST])
    clock.now += 1
    for pause in (30, 60, 120, 240, 480, 600, 600):
        questions.put_off(questions.due())
        clock.now += pause - 1
        assert questions.due() == []
        clock.now += 1
        assert questions.due() == questions.open() == [HOST]
    questions.want([HOST])
    questions.put_off([HOST])
    clock.now += 30
    assert questions.due() == [HOST]
    clock.now += GIVEN_UP_S
    questions.put_off([HOST])
    assert len(questions) == 0


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(0, 400)), max_size=60))
def test_every_question_is_asked_and_closed(wants: list[tuple[float, int]]) -> None:
    clock = Clock()
    questions = Questions(clock)
    open_since: dict[Ask, float] = {}
    asked_at: dict[Ask, float] = {}

    def step() -> None:
        due = questions.due()
        assert len(due) <= MOST
        begun = clock.now
        clock.now += 0.3
        asked_at.update(dict.fromkeys(due, begun))
        questions.answered([(ask, "same") for ask in due], begun=begun)

    for pause, number in wants:
        ask = Ask("port", "id", str(number))
        questions.want([ask])
        open_since[ask] = clock.now
        clock.now += pause
        step()
    for _turn in range(200):
        clock.now += 0.5
        step()
    assert len(questions) == 0
    assert all(asked_at[ask] >= since for ask, since in open_since.items())


def test_rounds_look_at_each_host_once_in_a_round() -> None:
    clock = Clock()
    rounds = Rounds(100.0, clock)
    hosts = [f"cmp{number}" for number in range(10)]
    seen: list[tuple[float, str]] = []
    for _second in range(300):
        for host in rounds.due(hosts):
            seen.append((clock.now, host))
            rounds.asked(Ask.hosts([host]))
        clock.now += 1
    assert {host for _at, host in seen} == set(hosts)
    for host in hosts:
        times = [at for at, each in seen if each == host]
        assert len(times) in (2, 3)
        assert all(95 <= later - earlier <= 110 for earlier, later in pairwise(times))


def test_a_host_that_an_event_gave_cause_for_need_not_be_looked_at() -> None:
    clock = Clock()
    rounds = Rounds(100.0, clock)
    assert rounds.due(["cmp1"]) == []
    clock.now += 90
    rounds.asked([HOST, PORT])
    clock.now += 90
    assert rounds.due(["cmp1"]) == []
    clock.now += 20
    assert rounds.due(["cmp1"]) == ["cmp1"]
    assert Rounds(None, clock).due(["cmp1"]) == []
