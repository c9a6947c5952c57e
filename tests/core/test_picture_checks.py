"""Rights before posting, care before reach, and each network's form: judged offline, from records and dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from mwcampaign.core.campaign import Edition, Policies
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.licences import LICENCES, nearest_licence, understand
from mwcampaign.core.message import Message, Picture
from mwcampaign.core.picture_checks import may_fit, objections, within
from mwcampaign.core.picture_records import SENSITIVE, SOURCE_TYPES, of_record
from mwcampaign.core.post import Campaign, Media
from mwcampaign.core.rules import RULES

DIGEST = "3fa91c20b7d4" + "0" * 52
EDITION = Edition.model_validate(
    {"id": "mw", "title": "MW", "main_tag": "#MuseumWeek", "days": [{"id": "monday", "date": "2026-06-01"}]}
)
SOUND: dict[str, Any] = {"alt": {"en": "Boats"}, "credit": "Harbour Museum", "licence": "CC0-1.0"}
TODAY = date(2026, 6, 2)


@dataclass(frozen=True)
class Looked:
    """What a file says of itself."""

    digest: str = DIGEST
    mime: str = "image/jpeg"
    moves: bool = False
    located: bool = False
    credit: str = ""
    source_type: str = ""


def record(
    name: str = "boats.jpg", file: Looked = Looked(), policies: dict[str, Any] | None = None, **told: Any
) -> list[str]:
    """Return the codes of what there is to say of a sound record with these changes."""
    media, asked = Media.model_validate(SOUND | told), Policies.model_validate(policies or {})
    found = list(of_record(name, media, file, asked))
    assert all(what and hint and code in RULES for code, _, what, hint in found)
    assert all(not key or key in Media.model_fields for _, key, *_ in found)
    return [code for code, *_ in found]


def network(**limits: Any) -> Capabilities:
    """Return a network that takes JPEG."""
    told: dict[str, Any] = {"pictures": 4, "picture_types": ("image/jpeg",)} | limits
    return Capabilities("kit", 500, "characters", "made for tests", "2026-01-01", **told)


def message(
    text: str = "Hello",
    *,
    able: Capabilities | None = None,
    shape: tuple[int, int] = (800, 600),
    digest: str = DIGEST,
    number: int = 1,
    moves: bool = False,
    alt: str = "Boats",
    policies: dict[str, Any] | None = None,
    language: str = "en",
    **told: Any,
) -> list[str]:
    """Return the codes of what stands against a message with one picture of a sound record with these changes."""
    names = [f"{index}.jpg" for index in range(number)]
    campaign = Campaign(
        edition=EDITION,
        policies=Policies.model_validate(policies or {}),
        media={name: Media.model_validate(SOUND | told) for name in names},
    )
    pictures = tuple(Picture(digest, name, "image/jpeg", 1000, *shape, alt) for name in names)
    files = {name: Looked(moves=moves) for name in names}
    found = list(objections(Message(text, language, pictures), campaign, files, able or network(), TODAY))
    assert all(what and hint and code in RULES for code, what, hint in found)
    return [code for code, *_ in found]


def test_nothing_against_a_sound_picture() -> None:
    """A whole record and a picture that fits: not a word."""
    assert record() == message() == []


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ("CC0-1.0", []), ("cc by 4.0", []), ("CC-BY-SA-3.0-AT", []),
        ("http://rightsstatements.org/vocab/NoC-US/1.0/", []),
        ("https://creativecommons.org/licenses/by/4.0/deed.fr", []), ("Licence-Ouverte-2.0", []), ("public domain", []),
        ("https://creativecommons.org/publicdomain/zero/1.0/", []), ("NKC", []), ("NoC-OKLR", []),
        ("US-public-domain", []),
        ("", ["MW220"]), ("  ", ["MW220"]), ("CC BY", ["MW221"]), ("with thanks to the owner", ["MW221"]),
        ("CNE", ["MW221"]),
        ("CC-BY-NC-4.0", ["MW223"]), ("NoC-NC", ["MW223"]), ("InC", ["MW224"]), ("All rights reserved", ["MW224"]),
        ("InC-NC", ["MW224", "MW223"]), ("CC-BY-ND-4.0", []), ("https://creativecommons.org/licenses", ["MW221"]),
        ("https://rightsstatements.org/vocab", ["MW221"]),
    ],
)  # fmt: skip
def test_licences(told: str, codes: list[str]) -> None:
    """Ids, addresses and usual spellings are understood; what is not, is not waved through."""
    assert record(licence=told) == codes


@pytest.mark.parametrize("told", ["InC", "CNE", "letter of the owner, 3 May"])
def test_a_permission_with_an_end(told: str) -> None:
    """A picture in copyright may be posted with a recorded permission."""
    assert record(licence=told, permission_until="2026-12-31") == []


@pytest.mark.parametrize(
    ("told", "near"),
    [("CC BY", "CC-BY-4.0"), ("cc by sa", "CC-BY-SA-4.0"), ("CC-BY-NC-ND-4", "CC-BY-NC-ND-4.0"), ("CC0-10", "CC0-1.0"),
     ("InC-OW", "InC-OW-EU"), ("something else entirely", "")],
)  # fmt: skip
def test_the_nearest_licence(told: str, near: str) -> None:
    """A slip is answered with the id that was likeliest meant."""
    assert understand(told) is None
    assert nearest_licence(told) == near


def test_every_licence_is_found_by_its_id() -> None:
    """Whatever is proposed is understood, in any capitals; ND, NC and InC say so in their names."""
    for name, one in LICENCES.items():
        assert understand(name) == understand(name.lower()) == one
        assert one.no_derivatives == ("ND" in name.split("-"))
        assert one.in_copyright == name.startswith("InC")


@pytest.mark.parametrize(("licence", "fit", "policy", "may"), [
    ("CC0-1.0", None, "refuse", False), ("CC0-1.0", None, "fit", True), ("CC0-1.0", True, "refuse", True),
    ("CC0-1.0", False, "fit", False), ("CC-BY-ND-4.0", True, "fit", False), ("our own words", True, "fit", True),
])  # fmt: skip
def test_who_may_make_copies(licence: str, fit: bool | None, policy: str, may: bool) -> None:
    """The record's word before the policy's, and the licence's before both."""
    told = Media.model_validate(SOUND | {"licence": licence, "fit": fit})
    assert may_fit(told, Policies.model_validate({"pictures": policy})) is may


def test_no_changed_copy_of_what_may_not_be_changed() -> None:
    """ND with fit in the record is refused at once; ND under a policy of fit only where a copy would be needed."""
    assert record(licence="CC-BY-ND-4.0", fit=True) == ["MW222"]
    fit = {"pictures": "fit"}
    assert message(licence="CC-BY-ND-4.0", policies=fit, able=network(picture_bytes=999)) == ["MW222"]
    assert message(licence="CC-BY-ND-4.0", policies=fit) == []
    assert message(licence="CC0-1.0", policies=fit, able=network(picture_bytes=999)) == []


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ({"permission_until": "2026-06-02"}, []), ({"permission_until": "2026-06-01"}, ["MW225"]),
        ({"embargo_until": "2026-06-02"}, []), ({"embargo_until": "2026-06-03"}, ["MW226"]),
        ({"consent": "all agreed", "consent_until": "2026-06-02"}, []),
        ({"consent": "all agreed", "consent_until": "2026-06-01"}, ["MW227"]),
    ],
)  # fmt: skip
def test_dates(told: dict[str, Any], codes: list[str]) -> None:
    """A permission's and a consent's last day is still good, and so is the day that an embargo names."""
    assert message(**told) == codes


@pytest.mark.parametrize(
    ("file", "name", "policies", "codes"),
    [
        (Looked(located=True), "a.jpg", {}, ["MW229"]),
        (Looked(located=True), "a.jpg", {"pictures": "fit"}, []),
        (Looked(located=True, moves=True), "a.jpg", {"pictures": "fit"}, ["MW229"]),
        (Looked(mime="image/png"), "a.jpg", {}, ["MW239"]),
        (Looked(), "a.JPEG", {}, []),
        (Looked(), "no suffix", {}, []),
        (Looked(credit="Harbour Museum"), "a.jpg", {}, []),
        (Looked(credit="© Harbour Museum."), "a.jpg", {}, []),
        (Looked(credit="Somebody Else"), "a.jpg", {}, ["MW228"]),
        (Looked(source_type="negativeFilm"), "a.jpg", {}, []),
        (Looked(source_type="trainedAlgorithmicMedia"), "a.jpg", {}, ["MW234"]),
    ],
)
def test_what_the_file_says(file: Looked, name: str, policies: dict[str, Any], codes: list[str]) -> None:
    """A place, another credit line, another kind, a machine: told before the network tells everybody."""
    assert record(name, file, policies) == codes


def test_a_licence_that_asks_for_a_name() -> None:
    """CC BY without a credit line cannot be kept."""
    assert record(credit=" ", licence="CC BY 4.0") == ["MW228"]
    assert record(credit="", licence="CC0-1.0") == []


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ({"made_by": "human"}, []),
        ({"made_by": "human", "digital_source_type": "digitalCapture"}, []),
        ({"made_by": "generated"}, ["MW234"]),
        ({"made_by": "translated"}, ["MW234"]),
        ({"made_by": "generated", "digital_source_type": "algorithmicMedia"}, []),
        ({"made_by": "generated", "maker": "the web editor"}, []),
        ({"made_by": "generated", "maker": "the web editor", "digital_source_type": "trainedAlgorithmicMedia"}, []),
        ({"digital_source_type": "trainedAlgorithmicMedia"}, ["MW234"]),
        ({"made_by": "human", "digital_source_type": "compositeSynthetic"}, ["MW234"]),
        ({"digital_source_type": "aiMade"}, ["MW235"]),
    ],
)
def test_provenance(told: dict[str, Any], codes: list[str]) -> None:
    """Whatever a machine made says so, with who had it do so; source types are IPTC's."""
    assert record(provenance=told) == codes


@pytest.mark.parametrize("term", SOURCE_TYPES)
def test_every_source_type_is_known(term: str) -> None:
    """No term of the vocabulary is refused."""
    assert "MW235" not in record(provenance={"digital_source_type": term})


@pytest.mark.parametrize(
    ("alt", "codes"),
    [
        ("Boats at low tide", []), ("x" * 125, []), ("x" * 126, ["MW237"]), ("Image of boats", ["MW238"]),
        ("photo de bateaux", ["MW238"]), ("boats.jpg", ["MW238"]), ("Imagery of the sea", []),
    ],
)  # fmt: skip
def test_alt_texts(alt: str, codes: list[str]) -> None:
    """Advice, not refusal: long ones, and those that say nothing; in each language."""
    assert record("boats.jpg", alt={"en": alt}) == codes
    assert record("boats.jpg", alt={"fr": "Des bateaux", "en": alt}) == codes


def test_unknown_tags_are_refused() -> None:
    """A misspelt tag would slip past the policy; a tag that the policy names is known."""
    assert record(sensitive=["human remain"]) == ["MW231"]
    assert record(sensitive=["looted"], policies={"sensitive": {"looted": "block"}}) == []
    assert record(sensitive=list(SENSITIVE)) == []


@pytest.mark.parametrize(
    ("care", "codes"),
    [
        (None, ["MW232"]), ("warn", ["MW232"]), ("block", ["MW230"]), ("yes", ["MW233"]),
        ({"kit": "block"}, ["MW230"]), ({"x": "block"}, ["MW232"]), ({"x": "warn", "others": "block"}, ["MW230"]),
        ({"kit": "yes", "others": "block"}, ["MW233"]),
    ],
)  # fmt: skip
def test_policy_by_tag_and_network(care: Any, codes: list[str]) -> None:
    """The network's own word, then that for all others, then a warning: a tag is never passed over in silence."""
    policies = {"sensitive": {"nudity": care}} if care else {}
    assert message(sensitive=["nudity"], policies=policies) == codes


@pytest.mark.parametrize(
    ("yes", "codes"),
    [
        ({"the keeper": DIGEST[:12]}, []), ({"the keeper": DIGEST}, []), ({"the keeper": DIGEST[:12].upper()}, []),
        ({"the keeper": DIGEST[:11]}, ["MW233"]), ({"the keeper": "4" * 12}, ["MW233"]), ({" ": DIGEST}, ["MW233"]),
        ({"the web editor": DIGEST}, ["MW233"]), ({"the web editor": DIGEST, "the keeper": DIGEST}, []),
    ],
)  # fmt: skip
def test_a_second_yes(yes: dict[str, str], codes: list[str]) -> None:
    """It is to exactly this picture, and not by whoever had a machine make it."""
    provenance = {"made_by": "assisted", "maker": "the web editor"}
    told = message(
        sensitive=["sacred"], policies={"sensitive": {"sacred": "yes"}}, second_yes=yes, provenance=provenance
    )
    assert told == codes


def test_a_yes_to_the_picture_holds_for_its_copy() -> None:
    """A network's smaller copy is the same picture; that it is a copy is told."""
    told = message(
        digest="9" * 64, sensitive=["sacred"], policies={"sensitive": {"sacred": "yes"}}, second_yes={"A": DIGEST[:12]}
    )
    assert told == ["MW236"]


@pytest.mark.parametrize(
    ("text", "alt", "language", "codes"),
    [
        ("Hello", "Boats", "en", ["MW345"]), ("Hello. made with ai", "Boats", "en", []),
        ("Hello", "Made with AI: boats", "en", []), ("Hei", "Båter", "no", ["MW345"]),
        ("Fait avec une IA", "Bateaux", "fr", []), ("Made with AI", "Bateaux", "fr", ["MW345"]),
    ],
)  # fmt: skip
def test_a_machine_s_picture_is_told(text: str, alt: str, language: str, codes: list[str]) -> None:
    """Where the policy has words for it, they stand in the text or the alt text, in the message's language."""
    words = {"machine_pictures": {"en": "Made with AI", "fr": "Fait avec une IA"}}
    made = {"made_by": "generated", "maker": "the web editor"}
    assert message(text, alt=alt, language=language, provenance=made, policies=words) == codes
    plain = {"made_by": "generated", "digital_source_type": "algorithmicMedia"}
    for other in ({"made_by": "human"}, {"made_by": "translated"}, plain):
        assert message(text, alt=alt, language=language, provenance=other, policies=words) == []
    assert message(text, alt=alt, language=language, provenance=made) == []


@pytest.mark.parametrize(
    ("text", "codes", "shown"),
    [
        ("A vase. Gift of Mrs. A. Smith, 1912", [], []),
        ("A vase", [], ["MW346"]),
        ("A vase. gift of Mrs A Smith 1912 #MuseumWeek", ["MW347"], ["MW347", "MW346"]),
        ("A vase\nGift of Mrs. A. Smyth, 1912", ["MW347"], ["MW347", "MW346"]),
        ("A gift of the sea, in 1912 as in our day", [], ["MW346"]),
        ("2191 ,htimS .A .srM fo tfiG", [], ["MW346"]),
    ],
)
def test_credit_lines(text: str, codes: list[str], shown: list[str]) -> None:
    """Quoted exactly or not at all; where the policy promises it, always."""
    credit = "Gift of Mrs. A. Smith, 1912"
    assert message(text, credit=credit) == codes
    assert message(text, credit=credit, policies={"credit": "shown"}) == shown
    assert message("A vase", credit=credit, alt=f"A vase. {credit}", policies={"credit": "shown"}) == []


@pytest.mark.parametrize(("number", "codes"), [(0, ["MW319"]), (1, []), (2, [])])
def test_a_network_that_wants_pictures(number: int, codes: list[str]) -> None:
    """A post without the pictures it needs is told before the network refuses it."""
    assert message(number=number, able=network(pictures_needed=1)) == codes


def test_what_moves_goes_alone() -> None:
    """A moving picture beside others is a warning; alone it is none."""
    assert message(number=1, moves=True) == []
    assert message(number=2, moves=True) == ["MW348", "MW348"]


@pytest.mark.parametrize(
    ("shape", "codes"),
    [((800, 1000), []), ((799, 1000), ["MW349"]), ((1910, 1000), []), ((1911, 1000), ["MW349"]), ((0, 0), [])],
)
def test_ratio(shape: tuple[int, int], codes: list[str]) -> None:
    """The bounds themselves are taken; beyond them the picture is refused, never cut."""
    assert message(shape=shape, able=network(picture_ratio=(0.8, 1.91))) == codes


@pytest.mark.parametrize("shape", [(100, 3000), (3000, 100), (333, 1000), (1001, 401)])
def test_the_proposal_for_a_ratio_fits(shape: tuple[int, int]) -> None:
    """Both sizes that the hint proposes are within the bounds, the first inside the picture, the second around it."""
    import re

    campaign = Campaign(edition=EDITION, media={"a.jpg": Media.model_validate(SOUND)})
    picture = Picture(DIGEST, "a.jpg", "image/jpeg", 1, *shape, "Boats")
    able = network(picture_ratio=(0.8, 1.91))
    ((_, _, hint),) = objections(Message("", "en", (picture,)), campaign, {"a.jpg": Looked()}, able, TODAY)
    detail, ground = ((int(a), int(b)) for a, b in re.findall(r"(\d+) × (\d+)", hint))
    for width, height in (detail, ground):
        assert 0.8 <= width / height <= 1.91
    assert detail[0] <= shape[0] <= ground[0] and detail[1] <= shape[1] <= ground[1]


def test_within() -> None:
    """Kind, bytes and pixels decide whether a network takes a picture as it is."""
    picture = Picture(DIGEST, "a.jpg", "image/jpeg", 1000, 80, 60, "A")
    assert within(picture, network(picture_bytes=1000, picture_pixels=4800))
    assert not within(picture, network(picture_bytes=999))
    assert not within(picture, network(picture_pixels=4799))
    assert not within(picture, network(picture_types=("image/png",)))


def test_what_is_not_there_is_another_finding() -> None:
    """A picture without record or file was reported by its name already."""
    picture = Picture(DIGEST, "a.jpg", "image/jpeg", 1, 1, 1, "A")
    assert list(objections(Message("", "en", (picture,)), Campaign(edition=EDITION), {}, network(), TODAY)) == []
