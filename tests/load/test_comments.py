"""Texts that YAML would cut at a hashtag are told of, exactly there; comments, quotes and blocks are left in peace."""

from __future__ import annotations

import pytest

from tests.load.small import Folder, only


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("We open {{ tags }} and show #Vermeer tonight", "We open {{ tags }} and show #Vermeer tonight"),
        ("#MuseumWeek hello {{ tags }}", "#MuseumWeek hello {{ tags }}"),
        ("Hello {{ tags }}\t#ミュージアム # note", "Hello {{ tags }} #ミュージアム"),
        ("Hello #{{ tags }}", "Hello #{{ tags }}"),
    ],
)
def test_a_text_cut_at_a_hashtag_is_an_error_at_the_hash(folder: Folder, text: str, whole: str) -> None:
    """It says to put quotes; what else is judged is the text that its author wrote."""
    folder.change("posts.yaml", "  template: quiz.txt\n", f"  text: {text}\n")
    loaded = folder.load()
    told = only(loaded)
    assert (told.code, told.where) == ("MW115", folder.at("posts.yaml", text[text.index("#") :]))
    assert "quotes" in told.hint
    assert loaded.campaign is None
    assert loaded.remains is not None
    assert loaded.remains.posts[1].text == whole


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("posts.yaml", "fr: Bonjour ! {{ tags }}", "fr: Bonjour ! {{ tags }} #Hash"),
        ("posts.yaml", "fr: Bonjour ! {{ tags }}", "fr: #Hash\n      Bonjour ! {{ tags }}"),
        ("posts.yaml", "networks: [mastodon]", "networks: [mastodon]\n  thread:\n    - text: And #Hash"),
        ("posts.yaml", "networks: [mastodon]", "networks: [mastodon]\n  warning: Art #Hash"),
        (
            "posts.yaml",
            "networks: [mastodon]",
            "networks: [mastodon]\n  variants:\n    - network: mastodon\n      text: And #Hash",
        ),
        ("campaign.yaml", "defaults:", "templates:\n  short: Hello {{ tags }} #Hash\ndefaults:"),
        ("campaign.yaml", "about: {en: Once upon a time}", "about:\n        en: Once upon #Hash"),
        ("campaign.yaml", '{en: "#BehindTheScenesMW", fr: "#CoulissesMW"}', "\n        en: #Hash"),
        ("campaign.yaml", 'main_tag: "#MuseumWeek"', "main_tag: #Hash"),
        ("campaign.yaml", "title: MuseumWeek 2021", "title: MuseumWeek 2021\n  former_tags:\n    - #Hash"),
        ("media/boats.jpg.yaml", "credit: Harbour Museum", "credit: Harbour Museum #Hash"),
        ("media/boats.jpg.yaml", "fr: Des bateaux à marée basse}", "fr: Des bateaux,\n  no: Båter #Hash\n  }"),
    ],
)
def test_wherever_words_stand(folder: Folder, name: str, old: str, new: str) -> None:
    """Posts, parts, variants, languages, templates in place, days and records: one finding each, at the hash."""
    folder.change(name, old, new)
    told = only(folder.load())
    assert (told.code, told.where) == ("MW115", folder.at(name, "#Hash"))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("posts.yaml", "  template: quiz.txt\n", "  text: Hello {{ tags }} # note #Hash\n"),
        ("posts.yaml", "  template: quiz.txt\n", "  text: 'Hello #Hash {{ tags }}' #Hash\n"),
        ("posts.yaml", "  template: quiz.txt\n", "  text: |\n    Hello #Hash\n    {{ tags }}\n"),
        ("posts.yaml", "  template: quiz.txt\n", "  text: >\n    Hello #Hash\n    {{ tags }}\n"),
        ("posts.yaml", "  template: quiz.txt\n", "  text: Hello#Hash {{ tags }}\n"),
        ("posts.yaml", "  template: quiz.txt\n", "  text: #Hash\n    en: Hello {{ tags }}\n"),
        ("posts.yaml", "  at: 12:00 Europe/Paris\n", "  at: 12:00 Europe/Paris #Hash\n"),
        ("campaign.yaml", "defaults:", "policies:\n  tags:\n    - main #Hash\ndefaults:"),
    ],
)
def test_comments_quotes_and_blocks_are_left_in_peace(folder: Folder, name: str, old: str, new: str) -> None:
    """Nothing is cut off there that its author could miss."""
    folder.change(name, old, new)
    assert folder.load().findings == []


@pytest.mark.parametrize(
    "told",
    ["text: {{ tags }}", "text: {{ institution.name }} opens {{ tags }}", "text:\n    en: {{ tags }} # note"],
)
def test_a_text_that_begins_with_braces(folder: Folder, told: str) -> None:
    """Whatever YAML makes of it, its author is told to put quotes, at the braces."""
    folder.change("posts.yaml", "  template: quiz.txt\n", f"  {told}\n")
    found = next(one for one in folder.load().findings if one.code == "MW104")
    line = folder.at("posts.yaml", told)
    rest = told[: told.index("{{")]
    column = len(rest) - rest.rfind("\n") if "\n" in rest else line.column + len(rest)
    assert (found.where.line, found.where.column) == (line.line + rest.count("\n"), column)
    assert "quotes" in found.hint
