"""Who takes part in a campaign that extends another: whom it names itself, if it names anybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.load import Loaded
from tests.load.small import Folder

OURS = "extends: ../edition\ninstitutions: [{id: ours, name: Ours, country: FR, timezone: Europe/Paris}]\n"


@pytest.fixture
def ours(make: Callable[[str], Folder]) -> Folder:
    """A museum's folder beside one that holds an edition, two museums, their accounts and posts for all."""
    folder = Folder(make("edition").path.parent / "ours")
    folder.write("campaign.yaml", OURS)
    return folder


def accounts(loaded: Loaded) -> list[Account]:
    """Return the accounts of a campaign without faults."""
    assert loaded.campaign is not None
    return list(loaded.campaign.all_accounts)


def test_nobody_plans_for_others(ours: Folder) -> None:
    """Of the organisers' museums and their accounts none is left; accounts that are for all are for ours."""
    loaded = ours.load()
    assert [(one.id, one.institution) for one in accounts(loaded)] == [("ours@mastodon", "ours")]
    assert loaded.campaign is not None
    assert [one.id for one in loaded.campaign.institutions] == ["ours"]
    assert [post.id for post in loaded.campaign.posts] == ["welcome", "quiz"]
    assert loaded.findings == []


def test_what_the_organisers_know_of_ours_stays(ours: Folder) -> None:
    """A museum that stands in their list need not say everything again, and keeps its own accounts."""
    ours.change("campaign.yaml", "{id: ours, name: Ours, country: FR, timezone: Europe/Paris}", "{id: mill}")
    loaded = ours.load()
    assert [one.id for one in accounts(loaded)] == ["mill@mastodon", "garden"]
    assert loaded.campaign is not None
    assert [one.name for one in loaded.campaign.institutions] == ["Mill, House and Garden"]


@pytest.mark.parametrize("people", ["", "institutions: []\n"])
def test_who_names_nobody_means_all(ours: Folder, people: str) -> None:
    """Organisers keep their accounts beside the edition they publish, and mean everybody in it."""
    ours.write("campaign.yaml", f"extends: ../edition\n{people}")
    assert [one.id for one in accounts(ours.load())] == ["harbour@mastodon", "mill@mastodon", "garden"]


def test_a_table_names_them_too(ours: Folder) -> None:
    """Institutions are one's own wherever one writes them."""
    ours.write("campaign.yaml", "extends: ../edition\n")
    ours.write("institutions.csv", "id,name,timezone\nours,Ours,Europe/Paris\n")
    assert [one.id for one in accounts(ours.load())] == ["ours@mastodon"]


def test_whom_the_organisers_posts_are_for_is_their_matter(ours: Folder) -> None:
    """A post of theirs for another museum, country or network is no fault of ours; one of ours is."""
    edition = Folder(ours.path.parent / "edition")
    edition.write(
        "posts.yaml",
        "- {id: a, day: monday, institutions: [harbour], text: Hello}\n"
        "- {id: b, day: monday, countries: [NO], text: Hello}\n"
        "- {id: c, day: monday, networks: [kit], text: Hello}\n"
        "- {id: d, day: monday, text: Hello}\n",
    )
    assert ours.load().findings == []
    ours.write("posts.yaml", "- {id: mine, day: monday, institutions: [harbour], text: Hello}\n")
    (told,) = ours.load().findings
    assert (told.code, told.where) == ("MW202", ours.at("posts.yaml", "harbour"))
