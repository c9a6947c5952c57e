"""How a text reads aloud, and whether it is in its language: emoji, letters, alt texts, scripts, direction."""

from __future__ import annotations

import pytest

from mwcampaign.core.reading import aloud, in_language, of_alt
from mwcampaign.core.tagging import TagRemark


def told(found: list[TagRemark]) -> list[tuple[str, str]]:
    """Return code and needle alone."""
    return [(one.code, one.needle) for one in found]


@pytest.mark.parametrize(
    "text",
    [
        "Good morning!",
        "Bonjour à toutes et à tous — l’œuvre du jour… 5 €",
        "Good morning! 🏛\ufe0f🎨",
        "Tonight 🎉\nCome and see",
        "🎨 Paint\n📚 Read",
        "Guess 🔍 Answer tomorrow",
        "© City Museum, 1 ① ② ™ → ✓",
        "ＭＷ の日、ミュージアムの日",
        "Привет всем",
        "楽しい🎨明日も待っています",
        "🅰 🅱",
    ],
)
def test_what_reads_well_needs_no_word(text: str) -> None:
    """Plain texts, up to three emoji at the end of a sentence, signs and numbers, and wide letters in Japanese."""
    assert aloud(text) == []


@pytest.mark.parametrize(
    ("text", "count", "needle"),
    [
        ("Party 🎉🎊🎈🎂", "4 emoji", "🎂"),
        ("🏛 🎨 🎭 👩‍🎨 🇫🇷", "5 emoji", "👩‍🎨"),
        ("We ❤\ufe0f museums", "1 emoji", "❤\ufe0f"),
        ("Nous, 🎨 les peintres 🏛", "2 emoji", "🎨"),
        ("🎨 Paint\n📚 Read\n🎭 Play", "3 lines", "🎨"),
    ],
)
def test_emoji_in_the_way(text: str, count: str, needle: str) -> None:
    """More than three, one inside a sentence, one at the beginning of every line: counted and pointed at."""
    (found,) = aloud(text)
    assert (found.code, found.needle) == ("MW340", needle)
    assert count in found.what


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("𝓜𝓾𝓼𝓮𝓾𝓶 night", "Museum"),
        ("Ⓜⓤⓢⓔⓤⓜ night", "Museum"),
        ("🄼🅄🅂🄴🅄🄼 night", "MUSEUM"),
        ("🅜🅤🅢🅔🅤🅜 night", "MUSEUM"),
        ("⒨⒰⒮⒠⒰⒨ night", "museum"),
        ("Ｍｕｓｅｕｍ night", "Museum"),
    ],
    ids=ascii,
)
def test_letters_chosen_for_their_looks(text: str, plain: str) -> None:
    """They are counted, pointed at, and the plain word is proposed."""
    (found,) = aloud(text)
    assert (found.code, found.hint, found.needle) == ("MW341", f"write {plain}", text.partition(" ")[0])
    assert found.what.startswith("6 letters")


@pytest.mark.parametrize(
    ("alt", "name", "said", "why"),
    [
        ("IMG_2034.JPG", "vase.png", "", "file name"),
        ("vase.png", "vase.png", "", "file name"),
        ("Vase", "vase.png", "", "file name"),
        ("IMG_2034", "vase.png", "", "number"),
        ("DSC-0012", "vase.png", "", "number"),
        ("20210607_101500", "vase.png", "", "number"),
        ("City  Museum, CC0", "vase.png", "city museum, CC0", "repeats"),
    ],
)
def test_alt_texts_that_describe_nothing(alt: str, name: str, said: str, why: str) -> None:
    """A file name, a camera's number, or the words beside the picture again."""
    (found,) = of_alt(alt, name, said)
    assert (found.code, found.needle) == ("MW343", alt)
    assert why in found.what


@pytest.mark.parametrize("alt", ["", " ", "A vase in black lines", "The number 2034 in red", "Poster of 1920"])
def test_alt_texts_that_describe_something(alt: str) -> None:
    """A description is left alone; an empty one is another rule's matter."""
    assert of_alt(alt, "vase.png", "City Museum") == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The museum is open today, come in", "ru"),
        ("Музей сегодня открыт для всех вас", "en"),
        ("Музеј је данас отворен за све вас", "sr-Latn"),
        ("Muzej je danas otvoren za sve vas", "sr-Cyrl"),
        ("The museum is open today, come in", "ja"),
        ("The museum is open today, come in", "zh-Hans"),
        ("Музей открыт для всех вас сегодня #MuseumWeek #FoodMW https://museum.example.org", "en-GB"),
        ("The museum is open today #музей #выставка #МузейСегодня", "ru"),
    ],
)
def test_the_script_does_not_fit_the_language(text: str, language: str) -> None:
    """Words in another alphabet than the language's: tags, names and links are no words."""
    assert told(in_language(text, language)) == [("MW350", "")]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The museum is open today, come in", "en"),
        ("Le musée est ouvert — l’œuvre du jour", "fr-CA"),
        ("Музей сегодня открыт, Louvre Museum Paris тоже", "ru"),
        ("The word музей is Russian for museum", "en"),
        ("Louvre Museum Paris", "ja"),
        ("ミュージアムは開いています、どうぞ", "ja"),
        ("博物馆今天开放欢迎大家来参观博物馆今天开放", "zh-Hant"),
        ("Музеј је данас отворен за све вас", "sr"),
        ("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ᏣᎳᎩ", "chr"),
        ("#MuseumWeek #FoodMW https://museum.example.org/collection", "ru"),
        ("", "ru"),
    ],
)
def test_the_script_fits_or_nobody_knows(text: str, language: str) -> None:
    """Foreign names, short texts and languages with several scripts are let go."""
    assert in_language(text, language) == []


@pytest.mark.parametrize(
    ("text", "language", "needle"),
    [
        ("يوم المتحف #MuseumWeek في كل مكان", "ar", "#MuseumWeek"),
        ("المتحف مفتوح https://museum.example.org اليوم", "ar", "https://museum.example.org"),
        ("המוזיאון פתוח @museum היום לכולם", "he", "@museum"),
    ],
)
def test_left_to_right_pieces_in_right_to_left_lines(text: str, language: str, needle: str) -> None:
    """A tag, link or name in Latin letters that shares the line is advised onto its own."""
    assert told(in_language(text, language)) == [("MW351", needle)]


@pytest.mark.parametrize(
    "text",
    [
        "يوم المتحف في كل مكان\n#MuseumWeek #FoodMW",
        "يوم المتحف #متحف في كل مكان",
        "يوم المتحف \u2066#MuseumWeek\u2069 في كل مكان",
        "يوم المتحف في كل مكان",
    ],
)
def test_lines_that_keep_their_order(text: str) -> None:
    """Tags on their own line or in the same script, and isolated ones, are shown as they are meant."""
    assert in_language(text, "ar") == []
