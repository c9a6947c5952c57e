"""Which wording, which language, which tags; and a fault that points at its line."""

from __future__ import annotations

from typing import Any

import pytest

from mwcampaign.core.message import Message
from mwcampaign.core.render import PictureFacts, Renderer, RenderFault
from mwcampaign.core.wording import language_for
from tests.conftest import make_campaign

RECORD = {"alt": {"en": "A vase", "fr": "Un vase"}, "credit": "the museum", "licence": "CC0-1.0"}
FACTS = PictureFacts("d" * 64, "image/png", 100, 10, 20)


def rendered(
    post: dict[str, Any], institution: int = 0, network: str = "memory", part: int = 0, **more: Any
) -> Message:
    """Render one part of one post for one institution of the small campaign."""
    campaign = make_campaign(posts=[{"id": "p", "day": "monday"} | post], **more)
    account = list(campaign.all_accounts)[institution].model_copy(update={"network": network})
    renderer = Renderer(
        campaign, {"hello.txt": "one\nHello {{ nme }}", "louvre/own.txt": "ours", "own.txt": "all"}, {"vase.png": FACTS}
    )
    museum = campaign.institutions[institution]
    language, _ = language_for(campaign.posts[0], museum, account, campaign.defaults)
    return renderer.message(campaign.posts[0], part, campaign.edition.days[0], museum, account, language)


def test_the_post_is_in_the_institutions_language_with_that_languages_tags() -> None:
    """fr-FR takes the French text and the French tag; the name is the French one."""
    message = rendered({"text": {"en": "Hi {{ tags }}", "fr": "Bonjour {{ institution.name }} {{ tags }}"}})
    assert message == Message("Bonjour Musée du Louvre #MuseumWeek #SecretsFR", "fr")


def test_a_language_the_post_lacks_falls_back_to_the_campaigns_own() -> None:
    """A Japanese museum posts the English text, with the English tag and the Latin main tag."""
    message = rendered({"text": {"en": "Hi {{ tags }}", "fr": "Bonjour"}}, institution=1)
    assert message == Message("Hi #MuseumWeek #SecretsMW", "en")


def test_a_main_tag_of_its_own() -> None:
    """Japanese posts carry the Japanese main tag."""
    assert rendered({"text": {"ja": "{{ main_tag }}"}}, institution=1).text == "#ミュージアムウィーク"


def test_an_account_may_have_its_language() -> None:
    """What the account says wins over the institution."""
    accounts = [{"institution": "louvre", "network": "memory", "language": "en"}]
    assert rendered({"text": {"en": "Hi", "fr": "Bonjour"}}, accounts=accounts).text == "Hi"


@pytest.mark.parametrize(
    ("network", "expected"), [("x", "X en français"), ("mastodon", "en français"), ("bluesky", "bleu")]
)
def test_the_most_particular_wording_wins(network: str, expected: str) -> None:
    """Network and language, then network, then language, then the post itself."""
    post = {
        "text": {"en": "for all", "fr": "pour tous"},
        "variants": [
            {"language": "fr", "text": "en français"},
            {"network": "bluesky", "text": "bleu"},
            {"network": "x", "text": "X"},
            {"network": "x", "language": "fr", "text": "X en français"},
        ],
    }
    assert rendered(post, network=network).text == expected


def test_an_unknown_tag_is_shown_and_never_filled() -> None:
    """A tag that was looked for and not found stops the text that needs it, and no other language fills in."""
    with pytest.raises(RenderFault, match="2026-06-08 is not known in it") as caught:
        rendered({"text": {"it": "Ciao\n{{ tags }}"}})
    assert (caught.value.code, caught.value.line) == ("MW305", 2)
    assert rendered({"text": {"it": "Ciao"}}).text == "Ciao"
    assert rendered({"text": {"it": "Ciao {{ theme.tags.en }}"}}).text == "Ciao #SecretsMW"


@pytest.mark.parametrize(
    ("post", "code", "template", "line", "needle"),
    [
        ({"text": "a\n{{ nope }}"}, "MW302", "", 2, "nope"),
        ({"text": "a\n\n{{ institution.nme }}"}, "MW302", "", 3, "nme"),
        ({"template": "hello.txt"}, "MW302", "hello.txt", 2, "nme"),
        ({"text": "{% include 'hello.txt' %}"}, "MW302", "hello.txt", 2, "nme"),
        ({"text": "a\n{% for %}"}, "MW301", "", 2, ""),
        ({"template": "nowhere.txt"}, "MW204", "", 0, "nowhere.txt"),
        ({"text": "a\n{{ ''.__class__ }}"}, "MW303", "", 2, ""),
        ({"text": "{% for i in range(9999999) %}{% endfor %}"}, "MW304", "", 1, ""),
        ({"text": "a\n{{ 1 / 0 }}"}, "MW306", "", 2, ""),
        ({"text": "x", "media": ["gone.png"]}, "MW205", "", 0, "gone.png"),
    ],
)
def test_a_fault_points_at_its_line(post: dict[str, Any], code: str, template: str, line: int, needle: str) -> None:
    """Every way a template can fail has a code and a place."""
    with pytest.raises(RenderFault) as caught:
        rendered(post)
    fault = caught.value
    assert (fault.code, fault.template, fault.line, fault.needle) == (code, template, line, needle)


def test_an_institution_may_override_a_template_by_name() -> None:
    """A file in a folder with its id is its own."""
    assert rendered({"template": "own.txt"}).text == "ours"
    assert rendered({"template": "own.txt"}, institution=1).text == "all"


def test_pictures_carry_the_alt_text_of_the_posts_language() -> None:
    """Two languages, two alt texts, one picture."""
    post = {"text": {"fr": "Un vase", "en": "A vase"}, "media": ["vase.png"]}
    message = rendered(post, media={"vase.png": RECORD})
    assert [(picture.digest, picture.alt) for picture in message.pictures] == [("d" * 64, "Un vase")]
    assert rendered(post, institution=1, media={"vase.png": RECORD}).pictures[0].alt == "A vase"


def test_text_is_composed_and_trimmed() -> None:
    """What is counted and reviewed is what is sent: NFC, without blank ends."""
    assert rendered({"text": "cafe\u0301\n\n"}).text == "café"


def test_messages_survive_json() -> None:
    """What is put down comes back equal, and equal messages are equal bytes."""
    message = rendered(
        {"text": "x", "media": ["vase.png"], "warning": "dust", "visibility": "unlisted"}, media={"vase.png": RECORD}
    )
    assert Message.from_json(message.to_json()) == message
    assert (message.warning, message.visibility) == ("dust", "unlisted")


@pytest.mark.parametrize(
    "text",
    [
        "{{ network }}",
        "{{ account.handle }}",
        "{{ institution.handle }}",
        "{% set house = institution %}{{ house.handle }}",
        "{% if network == 'x' %}short{% else %}long{% endif %}",
        "{% include 'by.txt' %}",
    ],
)
def test_accounts_of_one_institution_have_texts_of_their_own(text: str) -> None:
    """Where a template speaks of the account or network, no account is given what was made for another."""
    campaign = make_campaign(posts=[{"id": "p", "day": "monday", "text": text}])
    museum, (post,), (theme, *_) = campaign.institutions[0], campaign.posts, campaign.edition.days
    renderer = Renderer(campaign, {"by.txt": "by {{ network }}"}, {})
    one = next(iter(campaign.all_accounts))
    accounts = [one.model_copy(update={"network": name, "handle": f"museum.{name}"}) for name in ("x", "mastodon")]
    assert len({renderer.message(post, 0, theme, museum, account, "en").text for account in accounts}) == 2


def test_a_template_is_filled_in_once_for_all_accounts_that_read_the_same() -> None:
    """What names only the institution and the day is the same text everywhere, and each institution has its own."""
    campaign = make_campaign(posts=[{"id": "p", "day": "monday", "text": "{{ institution.name }} {{ tag }}"}])
    renderer = Renderer(campaign, {}, {})
    told = {
        (museum.id, theme.id): renderer.message(campaign.posts[0], 0, theme, museum, account, "en").text
        for theme in campaign.edition.days for museum in campaign.institutions
        for account in campaign.all_accounts.of(museum)
    }  # fmt: skip
    assert len(set(told.values())) == len(told) > 1


@pytest.mark.parametrize(
    "text",
    ['{{ [1]|map("x")|list }}', '{{ 1|round(2, "up") }}', '{{ "a"|truncate(0) }}', "{{ 1.0e999|int }}",
     "{{ range(a=1, a=2) }}", '{{ "\\ud800" }}', "{% if 1 %}" * 101 + "{% endif %}" * 101,
     "{% for a in [1] %}" * 21 + "{% endfor %}" * 21, "{{ " + "(" * 3000 + ")" * 3000 + " }}"],
)  # fmt: skip
def test_whatever_a_template_does_is_a_fault_with_a_code(text: str) -> None:
    """Never an error of Jinja's or Python's, and never a text that no file can hold."""
    with pytest.raises(RenderFault) as caught:
        rendered({"text": text})
    assert caught.value.code in {"MW301", "MW304", "MW306"}
