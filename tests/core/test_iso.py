"""Countries and languages: what is one, and what is meant by what is none."""

from __future__ import annotations

from importlib.resources import files

import pytest

from mwcampaign.core.iso import COUNTRIES, COUNTRY_SLIPS, LANGUAGE_SLIPS, LANGUAGES, LONG, country_meant, language_meant


def test_the_countries_are_those_of_the_time_zone_database() -> None:
    """Its list, in the package tzdata, is ISO 3166-1's; only Kosovo is added."""
    lines = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text("utf-8").splitlines()
    listed = {line.split("\t")[0] for line in lines if line and not line.startswith("#")}
    assert listed | {"XK"} == COUNTRIES


def test_the_languages_are_those_of_two_letters() -> None:
    """ISO 639-1 has 184 of them, each with at least one code of three letters."""
    assert len(LANGUAGES - {"sh"}) == 184
    assert set(LONG.values()) == LANGUAGES - {"sh"}
    assert all(len(long) == 3 and len(short) == 2 for long, short in LONG.items())


def test_no_slip_is_a_code_itself() -> None:
    """Whoever writes a real code means it, and every proposal is real."""
    assert not COUNTRIES & COUNTRY_SLIPS.keys()
    assert not LANGUAGES & LANGUAGE_SLIPS.keys()
    assert all(country_meant(meant) is None for meant in COUNTRY_SLIPS.values())
    assert all(language_meant(meant) is None for meant in [*LANGUAGE_SLIPS.values(), *LONG.values()])


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("GB", None), ("XK", None), ("UK", "GB"), ("EL", "GR"), ("fr", "FR"), ("XX", ""), ("France", ""), ("EU", ""),
    ],
)  # fmt: skip
def test_a_country(told: str, meant: str | None) -> None:
    """None for one that is there; else what is meant, or "" where nobody can tell."""
    assert country_meant(told) == meant


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("en", None), ("EN", None), ("se", None), ("uk", None), ("pt-BR", None), ("pt-br", None), ("zh-Hant-TW", None),
        ("es-419", None), ("cnr", None), ("gsw-CH", None), ("sr-Latn", None), ("sh", None), ("en-EU", None),
        ("sq-XK", None),
        ("jp", "ja"), ("gr", "el"), ("cz", "cs"), ("dk", "da"), ("eng", "en"), ("fre", "fr"), ("fra-CA", "fr-CA"),
        ("en-UK", "en-GB"), ("jp-JP", "ja-JP"), ("us", "en-US"), ("gb-GB", "en-GB"), ("el-EL", "el-GR"),
        ("xx", ""), ("en-XX", ""), ("jp-XX", ""),
    ],
)  # fmt: skip
def test_a_language(told: str, meant: str | None) -> None:
    """As for countries; languages of three letters are not judged unless they have two."""
    assert language_meant(told) == meant
