"""Signs that only look like YAML's are told where they stand and do harm; inside texts they are left in peace."""

from __future__ import annotations

import pytest

from mwcampaign.core.findings import Level
from tests.load.small import Folder, only

HARM = [
    ("- id: a\n  day:\u00a0monday\n  text: x\n", "\u00a0", "a no-break space (U+00A0)"),
    ("- id: a\n  day:\u202f monday\n  text: x\n", "\u202f", "a narrow no-break space (U+202F)"),
    ("- id: a\n  day:\u3000monday\n  text: x\n", "\u3000", "an ideographic space (U+3000)"),
    ("- id: a\n  day:\u200bmonday\n  text: x\n", "\u200b", "a zero width space (U+200B)"),
    ("- id: a\n  \ufeffday: monday\n  text: x\n", "\ufeff", "(U+FEFF)"),
    ("- id: a\n  day：monday\n  text: x\n", "：", "a fullwidth colon (U+FF1A)"),
    ("- {id: a, day:\u00a0monday, text: x}\n", "\u00a0", "a no-break space"),
    ("- {id: a, day：monday, text: x}\n", "：", "a fullwidth colon"),
    ("- id: a\n  day: monday\n  text: x\n  fit: {drop:\u00a0[thanks]}\n", "\u00a0", "a no-break space"),
    ("- id: a\n\u00a0 day: monday\n  text: x\n", "\u00a0", "a no-break space"),
    ("-\u00a0id: a\n  day: monday\n  text: x\n", "\u00a0", "a no-break space"),
    ("- id: a\n  day: monday\n  text: |\n\u00a0\u00a0\u00a0\u00a0Hello\n", "\u00a0", "a no-break space"),
    ("– id: a\n  day: monday\n  text: x\n", "–", "an en dash (U+2013)"),
    ("• id: a\n  day: monday\n  text: x\n", "•", "a bullet (U+2022)"),
    ("- id: a\n  day: monday\n  text: “Today: x”\n", "“", "a left double quotation mark"),
    ('- id: a\n  day: monday\n  text: "Today”\n  at: "10:30"\n', "Today”", "a right double quotation mark"),
    (
        "- id: b\n  day: monday\n  text: 'Bonjour\u00a0! Deux\u00a0: là'\n- id: a\n  day:\u00a0monday\n  text: x\n",
        "\u00a0monday",
        "a no-break space",
    ),
]


@pytest.mark.parametrize(("text", "needle", "name"), HARM)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_cause_is_told_at_its_place(folder: Folder, end: str, text: str, needle: str, name: str) -> None:
    """One finding, at the sign itself and with its name, and none about the lines that suffer from it."""
    folder.write("posts/more.yaml", text.replace("\n", end))
    found = only(folder.load())
    where = folder.at("posts/more.yaml", needle)
    column = where.column + (len(needle) - 1 if needle[-1] == "”" else 0)
    assert (found.code, found.level) == ("MW104", Level.ERROR)
    assert (found.where.line, found.where.column) == (where.line, column)
    assert name in found.text
    assert "delete it" in found.hint


def test_each_of_several_is_told(folder: Folder) -> None:
    """Whoever pastes a list with bullets is told of all of them in one run."""
    folder.write("posts/more.yaml", "".join(f"•\u00a0id: p{n}\n  day: monday\n  text: x\n" for n in range(5)))
    found = folder.load().findings
    assert [(one.code, one.where.line, one.where.column) for one in found] == [
        ("MW104", 3 * n + 1, 1) for n in range(5)
    ]


def test_where_they_do_no_harm_nothing_is_said(folder: Folder) -> None:
    """French spacing, a dash, a quotation and a Japanese colon are how texts are written."""
    text = (
        "- id: a\n  day: monday # à\u00a0voir\u202f:\u00a0demain\n  text:\n"
        "    fr: Trois mots\u202f! «\u00a0oui\u00a0», «\u00a0non\u00a0» et la suite {{ tags }}\n"
        "    ja: 本日：開館 {{ tags }}\n"
        "    en: |\n      – “Art” is a word: “x”\n      {{ tags }}\n"
        "    de: “Art” und “Zeit”\n"
        '    it: "“L\'arte”"\n'
    )
    folder.write("posts/more.yaml", text)
    assert folder.load().findings == []


def test_another_fault_is_not_blamed_on_them(folder: Folder) -> None:
    """With French texts above and below, a forgotten bracket is still a forgotten bracket."""
    good = "- id: {}\n  day: monday\n  text: Deux\u00a0mots:\u00a0oui\n"
    folder.write("posts/more.yaml", good.format("a") + "- id: b\n  day: [monday\n" + good.format("c"))
    found = only(folder.load())
    assert found.code == "MW104"
    assert "bracket" in found.text
    assert found.where == folder.at("posts/more.yaml", "[monday")


@pytest.mark.parametrize(
    "value", ["“Hello {{ tags }}”", "„Hello {{ tags }}“", "«\u00a0Hello {{ tags }}\u00a0»", "‘Hi’", '“Hi"']
)
def test_typographic_quotes_around_a_value(folder: Folder, value: str) -> None:
    """They would be published: a warning at the first of them, and none once straight ones say that they are meant."""
    folder.write("posts/more.yaml", f"- id: a\n  day: monday\n  text: {value}\n")
    found = only(folder.load())
    assert (found.code, found.level) == ("MW116", Level.WARNING)
    assert found.where == folder.at("posts/more.yaml", value[0])
    folder.write("posts/more.yaml", f"- id: a\n  day: monday\n  text: '{value}'\n")
    assert folder.load().findings == []


def test_a_secret_beside_them_is_not_shown(folder: Folder) -> None:
    """Neither the finding nor the line behind it repeats what stands there."""
    folder.change(
        "accounts.yaml", 'secrets: {access_token: "env:TOKEN_{institution}"}', "secrets: {access_token:\u00a0hush}"
    )
    loaded = folder.load()
    told = [one for one in loaded.findings if one.code == "MW104"]
    assert len(told) == 1
    assert "hush" not in told[0].text + told[0].hint
    assert loaded.source_line(told[0].where) is None


def test_a_large_file_of_candidates_ends(folder: Folder) -> None:
    """However many signs there are, the fault is told once and the search for its cause ends."""
    folder.write("posts/more.yaml", "- text: a:\u00a0b “c “d\n" * 20_000 + "- [\n")
    assert [one.code for one in folder.load().findings] == ["MW104"]
