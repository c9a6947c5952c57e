"""`render` shows what is sound, and says at its end what is not."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run


def change(campaign: Path, old: str, new: str) -> None:
    """Replace a text in the campaign's file that is there exactly once."""
    file = campaign / "campaign.yaml"
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


def test_one_faulty_post_hides_no_other(run: Run, campaign: Path) -> None:
    """The sound post is shown; the fault is told on stderr with its place; exit 3."""
    change(campaign, "    day: tomorrow\n", "    day: tomorow\n")
    done = run("render", campaign)
    assert (done.code, "Hi Musée du Louvre #MuseumWeek #SecretsMW" in done.out) == (3, True)
    assert "MW201" in done.err and "campaign.yaml:" in done.err
    assert "MW201" not in done.out


def test_an_unreadable_template_hides_no_other_post(run: Run, campaign: Path) -> None:
    """In JSON too: the messages are on stdout, whole, and the faults on stderr."""
    (campaign / "templates").mkdir()
    (campaign / "templates/old.txt").write_bytes(b"caf\xe9")
    change(campaign, 'text: "Tomorrow {{ tags }}"', "template: old.txt")
    done = run("render", campaign, "--format", "json")
    assert done.code == 3
    assert [one["post"] for one in done.json["messages"] if one["message"]] == ["story"]
    assert "MW103" in done.err


def test_what_cannot_be_rendered_is_counted(run: Run, campaign: Path) -> None:
    """A message without a text is said where it would stand, and again at the end with where to look."""
    change(campaign, "Tomorrow {{ tags }}", "Tomorrow {{ tagss }}")
    done = run("render", campaign)
    assert (done.code, "! MW302" in done.out) == (3, True)
    assert "1 message could not be rendered" in done.err and "mwcampaign check" in done.err


def test_faults_that_leave_nothing(run: Run, campaign: Path) -> None:
    """Without an edition there is nothing to show: the faults alone, exit 3, nothing on stdout."""
    (campaign / "campaign.yaml").write_text("edition: [", "utf-8")
    done = run("render", campaign, "--format", "json")
    assert (done.code, done.out, "MW104" in done.err) == (3, "", True)


def test_warnings_alone_are_no_reason(run: Run, campaign: Path) -> None:
    """A country that there is not is for check to say: render shows everything and exits with 0."""
    change(campaign, "country: FR", "country: UK")
    done = run("render", campaign)
    assert (done.code, done.out.count("── "), done.err) == (0, 2, "")
