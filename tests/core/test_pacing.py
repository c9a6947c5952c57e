"""When a server is paused, and for how long: pure."""

from __future__ import annotations

from datetime import timedelta

from mwcampaign.core.pacing import ACCOUNTS, LONGEST, SHORTEST, TRIES, Pause, place, struck
from tests.conftest import DUE

MINUTE = timedelta(minutes=1)


def after(*accounts: str) -> Pause:
    """Return what so many troubles in a row make, a second apart."""
    pause = None
    for number, account in enumerate(accounts):
        pause = struck(pause, "mastodon https://museum.social", account, "down", DUE + number * timedelta(seconds=1))
    assert pause is not None
    return pause


def test_one_account_in_trouble_is_not_everybody() -> None:
    """Counted, and nobody waits."""
    assert after("a").until is None
    assert after("a", "a", "b", "b").until is None


def test_three_accounts_in_a_row_pause_their_server() -> None:
    """For a minute from the third one's trouble on."""
    pause = after("a", "b", "c")
    assert pause.until == DUE + timedelta(seconds=2) + SHORTEST
    assert pause.accounts == ("a", "b", "c")
    assert len(pause.accounts) == ACCOUNTS


def test_many_tries_of_one_account_do_too() -> None:
    """A museum with one account has nobody else to ask."""
    assert after(*"aaaa").until is None
    assert len("aaaaa") == TRIES
    assert after(*"aaaaa").until is not None


def test_each_failed_probe_doubles_the_pause() -> None:
    """From a minute to a quarter of an hour, and no further."""
    pause = after("a", "b", "c")
    lengths = []
    for _ in range(7):
        assert pause.until is not None
        lengths.append(pause.until - pause.since)
        pause = struck(pause, pause.name, "a", "still down", pause.until)
    assert lengths == [MINUTE * minutes for minutes in (1, 2, 4, 8, 15, 15, 15)]
    assert max(lengths) == LONGEST


def test_a_place_is_a_network_and_its_server() -> None:
    """Two servers of one network are two places; a network with one address is one."""
    assert place("mastodon", "https://a.example") != place("mastodon", "https://b.example")
    assert place("x", "") == "x"
