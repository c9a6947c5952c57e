"""What is one incident: the first trouble, not the next, until things go well again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwcampaign.core.delivery import State
from mwcampaign.notice.incident import (
    MANY,
    RUN,
    Closing,
    Happening,
    Incident,
    Kind,
    Opening,
    Pair,
    Recovery,
    Relief,
    Scope,
    Trouble,
    heard,
    judge,
)
from mwcampaign.notice.letter import letter
from mwcampaign.notice.memory import MemoryIncidents
from tests.conftest import DUE, make_delivery

LOUVRE, MEMORY = Scope("account", "louvre@memory"), Scope("network", "memory")


def trouble(key: str, kind: Kind = Kind.FAILED, account: str = "louvre@memory") -> Trouble:
    """Return a trouble on the network memory."""
    return Trouble(kind, account, "memory", key)


def recovery(key: str, account: str = "louvre@memory") -> Recovery:
    """Return a delivery that went out on the network memory."""
    return Recovery(account, "memory", key)


@pytest.mark.parametrize(
    ("state", "kind"), [(State.FAILED, Kind.FAILED), (State.MISSED, Kind.MISSED), (State.UNKNOWN, Kind.UNKNOWN)]
)
def test_states_that_need_a_person(state: State, kind: Kind) -> None:
    """Failed, missed and unknown are troubles, with account, network and key."""
    delivery = make_delivery()
    assert heard(str(state), delivery, state) == Trouble(kind, "louvre@memory", "memory", delivery.key)


@pytest.mark.parametrize("word", [Kind.CREDENTIALS, Kind.PAUSED, Kind.STOPPED])
def test_words_that_need_a_person(word: Kind) -> None:
    """What a run says beside a state is a trouble too, with a delivery or without."""
    assert heard(str(word), None, None) == Trouble(word)
    delivery = make_delivery()
    told = heard(str(word), delivery, State.FAILED, "memory https://one.example")
    assert told == Trouble(word, "louvre@memory", "memory https://one.example", delivery.key)


def test_what_needs_nobody() -> None:
    """Sending is no news, nor is a look at an unknown delivery that stays unknown."""
    delivery = make_delivery()
    assert heard("sending", delivery, State.PREPARING) is None
    assert heard("lease lost", delivery, None) is None
    assert heard("looked", delivery, State.UNKNOWN) is None
    assert heard("lease over", delivery, State.UNKNOWN) is not None


def test_the_first_trouble_opens_and_the_rest_count() -> None:
    """Three posts of one account fail: one incident, of three, under the first one's key."""
    steps = judge([trouble("a"), trouble("b"), trouble("b"), trouble("c")], ())
    assert steps == [Opening(Incident(Kind.FAILED, LOUVRE, 3, "a"))]


def test_a_recovery_closes_what_was_open_and_only_that() -> None:
    """One delivery closes every kind of its account and network, and the run's; another account's stays open."""
    mine: set[Pair] = {(Kind.FAILED, LOUVRE), (Kind.UNKNOWN, LOUVRE), (Kind.MISSED, MEMORY), (Kind.STOPPED, RUN)}
    others: set[Pair] = {(Kind.FAILED, Scope("account", "tnm@memory")), (Kind.FAILED, Scope("network", "other"))}
    assert {step.pair for step in judge([recovery("z")], mine | others) if isinstance(step, Closing)} == mine


def test_trouble_after_a_recovery_is_a_new_incident() -> None:
    """Open, went well, failed again: closed, then opened."""
    steps = judge([recovery("a"), trouble("b")], [(Kind.FAILED, LOUVRE)])
    assert steps == [Closing((Kind.FAILED, LOUVRE)), Opening(Incident(Kind.FAILED, LOUVRE, 1, "b"))]


def test_trouble_before_a_recovery_is_told_and_closed() -> None:
    """One post failed and the next went out: the failed one is told, and a later one will be news."""
    steps = judge([trouble("a"), recovery("b")], ())
    assert steps == [Opening(Incident(Kind.FAILED, LOUVRE, 1, "a")), Closing((Kind.FAILED, LOUVRE))]


def test_ups_and_downs_in_one_window_are_told_once() -> None:
    """An account that fails every other post opens one incident in a window, and ends as its last post did."""
    steps = judge([trouble("a"), recovery("b"), trouble("c"), recovery("d"), trouble("e")], ())
    assert steps == [Opening(Incident(Kind.FAILED, LOUVRE, 3, "a"))]


@pytest.mark.parametrize("end", [recovery("a"), Relief("a")])
def test_a_trouble_that_ended_well_is_none(end: Happening) -> None:
    """Unknown for a moment, then found or proven absent: nobody is told."""
    assert judge([trouble("a", Kind.UNKNOWN), end], ()) == []


def test_relief_proves_nothing_about_others() -> None:
    """A delivery back in line closes no incident."""
    assert judge([Relief("a")], [(Kind.FAILED, LOUVRE)]) == []


def test_refused_credentials_are_not_told_as_a_failure_too() -> None:
    """A post that failed because of the credentials is told as that."""
    steps = judge([trouble("a", Kind.CREDENTIALS), trouble("a")], ())
    assert [step.incident.kind for step in steps if isinstance(step, Opening)] == [Kind.CREDENTIALS]


def test_many_accounts_are_one_incident() -> None:
    """A thousand accounts of one network: one incident, the network's; of few accounts each its own."""
    flood = [trouble(f"{number:04}", Kind.UNKNOWN, f"m{number}@memory") for number in range(1000)]
    assert judge(flood, ()) == [Opening(Incident(Kind.UNKNOWN, MEMORY, 1000, "0000"))]
    assert len(judge(flood[: MANY - 1], ())) == MANY - 1


def test_stragglers_belong_to_the_networks_incident() -> None:
    """While it is open, a single account's trouble of the kind counts for it; a trouble of another kind does not."""
    standing = [(Kind.UNKNOWN, MEMORY)]
    assert judge([trouble("a", Kind.UNKNOWN)], standing) == [Opening(Incident(Kind.UNKNOWN, MEMORY, 1, "a"))]
    assert judge([trouble("a")], standing) == [Opening(Incident(Kind.FAILED, LOUVRE, 1, "a"))]


def test_one_that_works_does_not_close_what_is_wrong_with_many() -> None:
    """While a network fails for many, the odd success neither closes its incident nor opens another."""
    flood: list[Happening] = [trouble(str(number), Kind.UNKNOWN, f"m{number}@memory") for number in range(10)]
    flood.insert(5, recovery("x", "lucky@memory"))
    assert judge(flood, [(Kind.UNKNOWN, MEMORY)]) == [Opening(Incident(Kind.UNKNOWN, MEMORY, 10, "0"))]


def test_a_paused_network_and_a_stopped_run_have_their_own_scope() -> None:
    """A pause is the network's from the first account on, a stop the run's."""
    steps = judge([trouble("a", Kind.PAUSED), Trouble(Kind.STOPPED)], ())
    assert steps == [Opening(Incident(Kind.PAUSED, MEMORY, 1, "a")), Opening(Incident(Kind.STOPPED, RUN, 1, ""))]


happenings = st.one_of(
    st.builds(
        Trouble,
        st.sampled_from(Kind),
        st.sampled_from("abcdef"),
        st.sampled_from(["m", "n"]),
        st.sampled_from("123456"),
    ),
    st.builds(Recovery, st.sampled_from("abcdef"), st.sampled_from(["m", "n"]), st.sampled_from("123456")),
    st.builds(Relief, st.sampled_from("123456")),
)


@given(st.lists(st.lists(happenings, max_size=12), max_size=8))
def test_no_incident_is_told_while_it_is_open(windows: list[list[Happening]]) -> None:
    """Whatever happens in whatever order: judge agrees with the memory about what is open, and every kind and scope
    is told at most once a window, never while it stands open, and again only after a closing."""
    memory = MemoryIncidents()
    for window in windows:
        standing = set(memory.open())
        seen: set[Pair] = set()
        for step in judge(window, standing):
            if isinstance(step, Closing):
                assert step.pair in memory.open()
                memory.closed(step.pair, DUE)
            else:
                was_open = step.incident.pair in memory.open()
                assert memory.opened(step.incident, DUE) is not was_open
                assert step.incident.pair not in seen
                seen.add(step.incident.pair)


@given(st.lists(st.lists(happenings, max_size=12), max_size=8))
def test_no_trouble_is_lost(windows: list[list[Happening]]) -> None:
    """Every delivery whose window ended in trouble is counted in an incident of its account or network."""
    standing: set[Pair] = set()
    for window in windows:
        steps = judge(window, standing)
        counted = {step.incident.pair for step in steps if isinstance(step, Opening)}
        for one in {one.key: one for one in window}.values():
            # Not `failed`: credentials may outrank it. Not pauses and stops: they have scopes of their own.
            if isinstance(one, Trouble) and one.kind in (Kind.UNKNOWN, Kind.MISSED, Kind.CREDENTIALS):
                scopes = (Scope("account", one.account), Scope("network", one.network))
                assert any((one.kind, scope) in counted for scope in scopes)
        for step in steps:
            standing = standing - {step.pair} if isinstance(step, Closing) else standing | {step.incident.pair}


words = st.text(max_size=40)


@given(
    st.sampled_from([State.FAILED, State.MISSED, State.UNKNOWN]),
    words,
    words,
    words,
    words,
    st.lists(words, max_size=3),
)
def test_nothing_personal_has_any_influence(
    state: State, text: str, post: str, institution: str, theme: str, makers: list[str]
) -> None:
    """A notice is the same, to the letter, whatever the post's text, its names, its makers are: it tells none of it."""
    plain = make_delivery()
    personal = replace(
        plain, message=text, post=post, institution=institution, theme=theme, makers=tuple(makers), country=text[:2]
    )
    told = []
    for delivery in (plain, personal):
        happening = heard(str(state), delivery, state)
        assert happening is not None
        told.append(letter([step.incident for step in judge([happening], ()) if isinstance(step, Opening)]))
    assert told[0] == told[1]
