"""The campaigns in this repository: whole, true to what was published, allowed to be here, and ready to send."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from twitter_text import parse_tweet

from mwcampaign.core.campaign import Institution
from mwcampaign.core.entities import bluesky_facets, mastodon_hashtags, x_hashtags
from mwcampaign.core.message import Message
from mwcampaign.core.wanted import Wanted
from mwcampaign.wire.judging import judge
from mwcampaign.wire.project import Project, judged, open_project

CAMPAIGNS = Path(__file__).parents[2] / "campaigns"
NAMES = ("museumweek-2014", "museumweek-2021", "one-museum")
OPEN_LICENCES = {"CC0-1.0", "US-public-domain", "CC-BY-4.0", "Licence-Ouverte-2.0"}
PUBLISHED = {
    "museumweek-2014": """
        2014-03-24 #DayInTheLife     #CoulissesMW
        2014-03-25 #MuseumMastermind #QuizzMW
        2014-03-26 #MuseumMemories   #LoveMW
        2014-03-27 #BehindTheArt     #ImagineMW
        2014-03-28 #AskTheCurator    #QuestionMW
        2014-03-29 #MuseumSelfies    #ArchiMW
        2014-03-30 #GetCreative      #CreaMW
    """,
    "museumweek-2021": """
        2021-06-07 #OnceUponAtimeMW      #ilEtaitUneFoisMW
        2021-06-08 #BehindTheScenesMW    #CoulissesMW
        2021-06-09 #ChildrensEyesMW      #YeuxDenfantsMW
        2021-06-10 #EurekaMW             #EurekaMW
        2021-06-11 #CaptionThisMW        #DonneUnTitreMW
        2021-06-12 #ArtIsEverywhereMW    #LartEstPartoutMW
        2021-06-13 #WordsForTheFutureMW  #DesMotsPourLeFuturMW
    """,
}
"""Each day's tag in English and in French, capitals as published."""


class Campaign:
    """One campaign, opened, with every finding and every message it asks for."""

    def __init__(self, name: str) -> None:
        self.folder = CAMPAIGNS / name
        self.project: Project = open_project(self.folder)
        self.wanted: list[Wanted] = []
        self.wanted = list(judged(self.project, self.project.judge()))
        self.findings = judge(self.project)

    @property
    def institutions(self) -> tuple[Institution, ...]:
        """Who takes part."""
        return self.project.campaign.institutions

    def messages(self) -> Iterator[tuple[Wanted, Message]]:
        """Every message with what it was made for."""
        for wanted in self.wanted:
            assert wanted.message is not None
            yield wanted, wanted.message


@pytest.fixture(scope="module")
def opened() -> dict[str, Campaign]:
    """All campaigns, each judged once."""
    return {name: Campaign(name) for name in NAMES}


def hashtags(network: str, text: str) -> set[str]:
    """Return what the network would make a live hashtag, in small letters."""
    if network == "bluesky":
        return {f"#{facet.value}".casefold() for facet in bluesky_facets(text) if facet.kind == "tag"}
    spans = x_hashtags(text) if network == "x" else mastodon_hashtags(text)
    return {text[span.start : span.end].casefold() for span in spans}


def scripts(text: str) -> set[str]:
    """Return the scripts of the letters, by the first word of their Unicode names."""
    return {unicodedata.name(sign).split()[0] for sign in text if sign.isalpha()}


def test_every_folder_is_judged_here() -> None:
    """No campaign is committed that these tests do not know."""
    assert tuple(sorted(path.parent.name for path in CAMPAIGNS.glob("*/campaign.yaml"))) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_check_has_nothing_to_say(name: str, opened: dict[str, Campaign]) -> None:
    """A volunteer who checks a campaign of ours sees no error, no warning and no note."""
    # Some posts of the organisers are the same words for everybody, as they were.
    assert [finding for finding in opened[name].findings if finding.code != "MW417"] == []
    assert opened[name].wanted


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_tags_are_the_published_ones(name: str, opened: dict[str, Campaign]) -> None:
    """Both languages have a tag on each of the seven days, letter for letter as the organisers published it."""
    days = opened[name].project.campaign.edition.days
    told = [(day.date.isoformat(), day.tags.get("en"), day.tags.get("fr")) for day in days]
    assert told == [tuple(line.split()) for line in PUBLISHED[name].strip().splitlines()]
    assert all(set(day.about) == set(day.tags) == {"en", "fr"} for day in days)


@pytest.mark.parametrize("name", NAMES)
def test_every_message_carries_live_tags(name: str, opened: dict[str, Campaign]) -> None:
    """Each network makes the main tag and the day's tag of the message's language clickable, in every part."""
    main = opened[name].project.campaign.edition.main_tag
    for wanted, message in opened[name].messages():
        tag = wanted.theme.tags[message.language]
        assert tag is not None
        live = hashtags(wanted.account.network, message.text)
        assert {main.casefold(), tag.casefold()} <= live, message.text


@pytest.mark.parametrize("name", NAMES)
def test_texts_fit_by_somebody_elses_count(name: str, opened: dict[str, Campaign]) -> None:
    """On X every text fits by the count of an independent library, whatever ours says."""
    for wanted, message in opened[name].messages():
        if wanted.account.network == "x":
            assert parse_tweet(message.text).weightedLength <= 280, message.text


@pytest.mark.parametrize("name", NAMES)
def test_no_account_says_the_same_twice(name: str, opened: dict[str, Campaign]) -> None:
    """No account sends one text twice: X refuses it, and readers do not want it."""
    said = Counter((wanted.account.id, message.text) for wanted, message in opened[name].messages())
    assert [told for told, times in said.items() if times > 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_row_may_be_here(name: str, opened: dict[str, Campaign]) -> None:
    """CREDITS.md names register, record and an open licence for each institution, and nobody else; a licence that
    asks for attribution gets one."""
    credits = (opened[name].folder / "CREDITS.md").read_text("utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", credits, re.MULTILINE)
    assert [row[0] for row in rows] == [institution.id for institution in opened[name].institutions]
    assert {row[3] for row in rows} <= OPEN_LICENCES
    attributions = credits.partition("## Attributions")[2]
    for _, register, _, licence in rows:
        assert re.search(rf"\*\*{register}\*\*[^*]*{re.escape(licence)}", attributions), register


def test_the_real_week_reaches_round_the_world(opened: dict[str, Campaign]) -> None:
    """MuseumWeek 2021 has two dozen institutions or more, in many zones, one of them half an hour off, and scripts."""
    institutions = opened["museumweek-2021"].institutions
    assert len(institutions) >= 24
    assert len({one.timezone for one in institutions}) >= 8
    offsets = {
        wanted.window.due.astimezone(wanted.institution.zone).utcoffset() for wanted in opened["museumweek-2021"].wanted
    }
    assert any(offset is not None and offset.seconds % 3600 == 1800 for offset in offsets)
    names = "".join(one.name + "".join(one.names.values()) for one in institutions)
    assert len(scripts(names)) >= 4
    told = "".join(message.text for _, message in opened["museumweek-2021"].messages())
    assert {"ARABIC", "CYRILLIC", "DEVANAGARI", "GREEK", "HANGUL", "HIRAGANA", "LATIN"} <= scripts(told)


def test_the_real_week_uses_what_posts_can_do(opened: dict[str, Campaign]) -> None:
    """MuseumWeek 2021 shows pictures, a thread, a warning, a visibility and a variant, in both languages."""
    messages = [message for _, message in opened["museumweek-2021"].messages()]
    campaign = opened["museumweek-2021"].project.campaign
    assert {message.language for message in messages} == {"en", "fr"}
    assert {message.visibility for message in messages} == {"public", "unlisted"}
    assert any(message.warning for message in messages)
    assert all(picture.alt for message in messages for picture in message.pictures)
    assert any(len(message.pictures) > 1 for message in messages)
    assert any(post.thread for post in campaign.posts)
    assert any(variant.network == "x" for post in campaign.posts for variant in post.variants)
    assert any(post.networks for post in campaign.posts)
    by_day = Counter(post.day for post in campaign.posts)
    assert set(by_day) == {day.id for day in campaign.edition.days}
    assert set(by_day.values()) <= {1, 2, 3}


def test_every_post_goes_out_on_its_own_date(opened: dict[str, Campaign]) -> None:
    """In all campaigns every window opens and ends on the theme's date, by the clock of the institution."""
    for campaign in opened.values():
        for wanted in campaign.wanted:
            zone = wanted.institution.zone
            assert wanted.window.due.astimezone(zone).date() == wanted.theme.date, wanted.post.id
            last = wanted.window.closes - timedelta(seconds=1)
            assert last.astimezone(zone).date() == wanted.theme.date, wanted.post.id


def test_templates_are_shared_and_own(opened: dict[str, Campaign]) -> None:
    """The two weeks take templates from the shared folder, and the larger one has some of its own; all are used."""
    used: dict[str, set[str]] = {}
    for name in sorted(PUBLISHED):
        wordings = [w for post in opened[name].project.campaign.posts for w in (*post.parts, *post.variants)]
        files = [w.template for w in wordings if w.template is not None]
        used[name] = {file for told in files for file in (told.values() if isinstance(told, dict) else [told])}
    shared = {path.name for path in (CAMPAIGNS.parent / "templates").iterdir()}
    own = {path.name for path in (CAMPAIGNS / "museumweek-2021" / "templates").iterdir()}
    assert own and own.isdisjoint(shared)
    assert used["museumweek-2014"] and used["museumweek-2014"] <= shared
    assert used["museumweek-2021"] == shared | own


def test_the_first_week_ends_as_clocks_change(opened: dict[str, Campaign]) -> None:
    """On 30 March 2014 ten o'clock comes an hour earlier in Paris and London than the day before; not in New York."""
    paris = ZoneInfo("Europe/Paris")
    saturday, sunday = (datetime(2014, 3, day, 10, tzinfo=paris).utcoffset() for day in (29, 30))
    assert (saturday, sunday) == (timedelta(hours=1), timedelta(hours=2))
    due = {
        (wanted.institution.id, wanted.theme.id): f"{wanted.window.due:%H:%M}"
        for wanted in opened["museumweek-2014"].wanted
    }
    assert (due["louvre", "saturday"], due["louvre", "sunday"]) == ("09:00", "08:00")
    assert (due["kew", "saturday"], due["kew", "sunday"]) == ("10:00", "09:00")
    assert due["tenement-museum", "saturday"] == due["tenement-museum", "sunday"] == "14:00"


def test_two_weeks_on_the_same_days(opened: dict[str, Campaign]) -> None:
    """In 2014 a French-speaking and an English-speaking institution speak of different things on the same date."""
    for day in opened["museumweek-2014"].project.campaign.edition.days:
        assert day.tags["en"] != day.tags["fr"]
        assert day.about["en"] != day.about["fr"]
    said = {(w.institution.id, w.theme.id): message.text for w, message in opened["museumweek-2014"].messages()}
    assert "#ArchiMW" in said["musee-de-bretagne", "saturday"]
    assert "#MuseumSelfies" in said["ashmolean", "saturday"]


def test_pictures_say_who_made_them() -> None:
    """Every picture of ours is small, free, and says that a program drew it, in the IPTC's word for that."""
    media = open_project(CAMPAIGNS / "museumweek-2021").campaign.media
    assert len(media) >= 3
    for name, record in media.items():
        assert (CAMPAIGNS / "museumweek-2021" / "media" / name).stat().st_size < 100_000
        assert record.licence == "CC0-1.0"
        assert record.credit == "mwcampaign contributors"
        assert set(record.alt) == {"en", "fr"}
        assert record.provenance.digital_source_type == "algorithmicMedia"
        assert record.provenance.made_by == "generated"


def test_no_secret_stands_in_a_file(opened: dict[str, Campaign]) -> None:
    """Accounts of ours refer to secrets, their servers do not exist, and no handle is anybody's."""
    for campaign in opened.values():
        for account in campaign.project.campaign.all_accounts:
            assert all(told.startswith(("env:", "file:secrets/")) for told in account.secrets.values())
            assert not account.server or account.server.endswith(".example")
            assert not account.handle or account.handle.endswith(".example")
