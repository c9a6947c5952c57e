"""The words of a notice: short, ours, and enough to act on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwcampaign.notice.incident import RUN, Incident, Kind, Scope
from mwcampaign.notice.letter import MOST, letter

KEY = "ab12" * 16


def test_one_failure() -> None:
    """Says what, where, what to do and which commands to type, with a key that finds the delivery."""
    told = letter([Incident(Kind.FAILED, Scope("account", "louvre@mastodon"), 1, KEY)])
    assert told.title == "mwcampaign: louvre@mastodon: 1 post failed"
    assert told.body == (
        "louvre@mastodon: 1 post failed.\n"
        "Refused for good: not public, and not tried again by itself. Mend the post and apply again, or: "
        "mwcampaign retry ab12ab12ab12\n\n"
        "To look, in the campaign's folder:\n"
        "  mwcampaign status\n"
        "  mwcampaign show ab12ab12ab12\n\n"
        "You are told of each trouble once, and again only if it comes back after things went well.\n"
    )


def test_a_networks_trouble_names_it_and_the_number() -> None:
    """A thousand posts, one line."""
    told = letter([Incident(Kind.UNKNOWN, Scope("network", "mastodon https://one.example"), 1000, KEY)])
    assert told.title == "mwcampaign: mastodon at https://one.example: 1000 posts may or may not be public"
    assert told.body.count("ab12ab12ab12") == 1


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("count", [1, 7])
def test_every_kind_has_words(kind: Kind, count: int) -> None:
    """Each kind says what it is, where, and names the command to look."""
    scope = RUN if kind is Kind.STOPPED else Scope("account", "louvre@x")
    told = letter([Incident(kind, scope, count, KEY)])
    assert "{" not in told.title + told.body
    assert "mwcampaign status" in told.body
    assert ("louvre@x" in told.title) is (kind is not Kind.STOPPED)


def test_a_long_list_is_cut() -> None:
    """Twenty incidents: the gravest are told, the rest counted."""
    several = [Incident(Kind.MISSED, Scope("account", f"m{number}@x"), 1, KEY) for number in range(19)]
    told = letter([*several, Incident(Kind.STOPPED, RUN)])
    assert told.title == "mwcampaign: 20 troubles"
    assert told.body.startswith("the run has stopped.")
    assert f"And {20 - MOST} more of such troubles." in told.body


def test_what_came_too_fast_is_admitted() -> None:
    """Events that were not looked at are told, even when nothing else is."""
    assert "3 events were not looked at" in letter([], 3).body


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["account", "network"]))
def test_only_what_has_the_shape_of_an_id_is_shown(name: str, key: str, what: str) -> None:
    """A name or key of another shape is left out whole: no line breaks, no mark-up, no text in disguise."""
    told = letter([Incident(Kind.FAILED, Scope("account" if what == "account" else "network", name), 1, key)])
    plain = letter([Incident(Kind.FAILED, Scope("account", "m"), 1, "")])
    assert told.body.count("\n") - told.body.count("mwcampaign show") == plain.body.count("\n")
    assert not set("<>*`|[]") & set(told.title + told.body)
