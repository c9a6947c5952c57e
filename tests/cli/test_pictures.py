"""From a picture that is too much for a network to the copy that is sent: planned, applied, or refused."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mwcampaign.core.delivery import Event
from mwcampaign.core.message import Message, Picture
from mwcampaign.core.plan import Plan
from mwcampaign.errors import CampaignInvalid, PlanRefused
from mwcampaign.wire.files import open_ledger, picture_store
from mwcampaign.wire.judging import judge
from mwcampaign.wire.plans import carry_out, make, restore_pictures
from mwcampaign.wire.project import open_project
from tests.cli.conftest import Run, write_campaign
from tests.load.drawn import clouds, notes, opened, save
from tests.load.small import CAMPAIGN, Folder

NOW = datetime(2021, 6, 1, tzinfo=UTC)
POSTS = "- id: welcome\n  day: monday\n  text: Hello {{ tags }}\n  media: [boats.jpg]\n"
INSTITUTIONS = "id,name,timezone\nharbour,Harbour Museum,Europe/Oslo\n"
ACCOUNTS = "- institution: harbour\n  network: memory\n  limits: {picture_pixels: 100000}\n"
RECORD = "alt: {en: Boats at low tide}\ncredit: Harbour Museum\nlicence: CC0-1.0\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A campaign that allows copies, whose picture is too large for its only network and tells a place."""
    made = Folder(tmp_path / "campaign")
    made.write("campaign.yaml", CAMPAIGN + "policies: {pictures: fit}\n")
    made.write("posts.yaml", POSTS)
    made.write("institutions.csv", INSTITUTIONS)
    made.write("accounts.yaml", ACCOUNTS)
    made.write("media/boats.jpg.yaml", RECORD)
    save(made.path / "media/boats.jpg", clouds(800, 600), "JPEG", exif=notes(turn=6, place=True))
    return made


def planned(folder: Folder) -> tuple[Plan, Picture]:
    """Return the plan and its one picture."""
    plan = make(open_project(folder.path), folder.path / "ledger.db", NOW)
    (step,) = plan.steps
    (picture,) = Message.from_json(step.delivery.message).pictures
    return plan, picture


def test_what_was_reviewed_is_what_is_sent(folder: Folder) -> None:
    """A plan, applied by a run that did not make it, puts exactly the planned copy beside the ledger."""
    plan, picture = planned(folder)
    assert picture.width * picture.height <= 100_000 and picture.height > picture.width
    carry_out(open_project(folder.path), plan, folder.path / "ledger.db", NOW, "a test")
    content = picture_store(folder.path / "ledger.db").get(picture.digest)
    assert opened(content).size == (picture.width, picture.height)
    assert not opened(content).getexif()
    assert plan.steps == make(open_project(folder.path), folder.path / "other.db", NOW).steps


def test_the_copy_is_told(folder: Folder) -> None:
    """check says that the network gets a copy, at the post; it is no fault."""
    findings = judge(open_project(folder.path))
    assert [(one.code, Path(one.where.file).name) for one in findings] == [("MW236", "posts.yaml")]


def test_without_leave_the_picture_is_refused(folder: Folder) -> None:
    """The policy's default makes no copies: too many pixels are an error, a place is a warning."""
    folder.write("campaign.yaml", CAMPAIGN)
    project = open_project(folder.path)
    assert [one.code for one in judge(project)] == ["MW229", "MW313"]
    with pytest.raises(CampaignInvalid):
        make(project, folder.path / "ledger.db", NOW)


def test_a_copy_that_comes_out_otherwise(folder: Folder) -> None:
    """When copies are not made as they were, with another Pillow for instance, nothing is written."""
    plan, picture = planned(folder)
    (step,) = plan.steps
    message = Message.from_json(step.delivery.message)
    other = replace(message, pictures=(replace(picture, digest="0" * 64),))
    stale = replace(plan, steps=(step._replace(delivery=replace(step.delivery, message=other.to_json())),))
    with pytest.raises(PlanRefused, match="picture") as caught:
        carry_out(open_project(folder.path), stale, folder.path / "ledger.db", NOW, "a test")
    assert "make it again" in caught.value.hint


def test_records_are_judged_at_their_place(folder: Folder) -> None:
    """What a record lacks is told once, where it stands, however many posts use the picture."""
    folder.change("posts.yaml", "day: monday", "day: every")
    folder.change("media/boats.jpg.yaml", "CC0-1.0", "InC")
    (finding,) = [one for one in judge(open_project(folder.path)) if one.code == "MW224"]
    assert finding.where == folder.at("media/boats.jpg.yaml", "InC")


def test_dates_are_those_of_the_institution(folder: Folder) -> None:
    """A post of 00:30 in Auckland is due on its own date there, although it is yesterday in Greenwich."""
    folder.change("institutions.csv", "Europe/Oslo", "Pacific/Auckland")
    folder.change("posts.yaml", "day: monday", 'day: monday\n  at: "00:30"')
    folder.write("media/boats.jpg.yaml", RECORD + "embargo_until: 2021-06-07\n")
    assert "MW226" not in [one.code for one in judge(open_project(folder.path))]
    folder.change("media/boats.jpg.yaml", "2021-06-07", "2021-06-08")
    assert "MW226" in [one.code for one in judge(open_project(folder.path))]


def lose(folder: Folder) -> Path:
    """Take away the pictures of what was applied; return where the ledger is."""
    shutil.rmtree(folder.path / "pictures")
    return folder.path / "ledger.db"


def test_lost_pictures_are_put_back(folder: Folder) -> None:
    """Applying again, by a run that did not make the copy, restores exactly what was planned, and once is enough."""
    plan, picture = planned(folder)
    carry_out(open_project(folder.path), plan, folder.path / "ledger.db", NOW, "a test")
    ledger = lose(folder)
    assert restore_pictures(open_project(folder.path), ledger, NOW) == (1, [])
    assert len(picture_store(ledger).get(picture.digest)) == picture.size
    assert restore_pictures(open_project(folder.path), ledger, NOW) == (0, [])


def test_only_exactly_the_planned_pictures_are_put_back(folder: Folder) -> None:
    """Where the campaign has another picture by now it is said which one is gone, of whom and of which post."""
    plan, picture = planned(folder)
    carry_out(open_project(folder.path), plan, folder.path / "ledger.db", NOW, "a test")
    ledger = lose(folder)
    save(folder.path / "media/boats.jpg", clouds(640, 640), "JPEG")
    number, (told,) = restore_pictures(open_project(folder.path), ledger, NOW)
    assert (number, told.startswith("boats.jpg of harbour@memory welcome is lost")) == (0, True)
    assert not picture_store(ledger).has(picture.digest)


def test_pictures_that_nobody_sends_any_more_are_not_missed(folder: Folder) -> None:
    """A delivery that a person cancelled, or whose window is over, needs none."""
    plan, _ = planned(folder)
    carry_out(open_project(folder.path), plan, folder.path / "ledger.db", NOW, "a test")
    ledger, (step,) = lose(folder), plan.steps
    assert restore_pictures(open_project(folder.path), ledger, step.delivery.closes) == (0, [])
    with open_ledger(ledger) as known:
        known.decide(step.delivery.key, Event.CANCEL, NOW, "a test", "")
    assert restore_pictures(open_project(folder.path), ledger, NOW) == (0, [])


def test_the_advice_about_a_lost_picture_is_true(run: Run, tmp_path: Path) -> None:
    """The post fails, and says to apply again and to retry it: that is all it takes. Applied before the run it does not
    even fail."""
    week = write_campaign(tmp_path / "week")
    (week / "media").mkdir()
    save(week / "media/boats.jpg", clouds(80, 60), "JPEG")
    (week / "media/boats.jpg.yaml").write_text(RECORD, "utf-8")
    file = week / "campaign.yaml"
    file.write_text(file.read_text("utf-8").replace("    at: ", "    media: [boats.jpg]\n    at: ", 1), "utf-8")
    assert run("apply", week).code == 0
    shutil.rmtree(week / ".mwcampaign/pictures")
    failed = run("run", week, "--once")
    key = next(line["key"] for line in failed.lines if line.get("state") == "failed")
    assert (failed.code, "apply the campaign again, then retry this" in failed.out) == (7, True)
    again = run("apply", week)
    assert (again.code, "1 lost pictures were put back" in again.err) == (0, True), again.err
    assert run("retry", key, "--campaign", week).code == 0
    done = run("run", week, "--once")
    assert (done.code, '"delivered"' in done.out) == (0, True), done.err
