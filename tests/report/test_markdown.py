"""A plan as a comment, read by a Markdown parser of others: it says what the plan says, and nothing leaves its cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from mwcampaign.core.delivery import State
from mwcampaign.core.ledger import Planned
from mwcampaign.core.plan import Plan, make_plan
from mwcampaign.report.markdown import CELL, LIMIT, code, write
from mwcampaign.report.plain import plain
from tests.conftest import DUE, make_delivery
from tests.report.samples import TEXTS

GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
FRAME = re.compile(r"</?code>|<details><summary>\d+ [a-z ]+</summary>\n?|</details>\n?")


def plan(wishes: Sequence[object], facts: Sequence[object] = (), **more: object) -> Plan:
    """Make a plan the day before."""
    told = {"edition": "mw", "campaign_digest": "c", "ledger_serial": 3, "accounts": {}, "known_accounts": {}} | more
    return make_plan(wishes, facts, DUE - timedelta(days=1), **told)  # type: ignore[arg-type]


def cells(page: str) -> list[list[str]]:
    """Return the rows of all tables as their words read; fail where markup is not the program's own."""
    rows: list[list[str]] = []
    for token in GITHUB.parse(page):
        if token.type == "tr_open":
            rows.append([])
        if token.type == "html_block":
            assert FRAME.fullmatch(token.content), token.content
        if token.type == "inline" and token.level > 3:
            assert {child.type for child in token.children or ()} <= {"text", "html_inline", "text_special"}
            for child in token.children or ():
                assert child.type != "html_inline" or FRAME.fullmatch(child.content), child.content
            rows[-1].append("".join(child.content for child in token.children or () if child.type != "html_inline"))
    return rows


def test_it_says_what_the_plan_says() -> None:
    """Counts, days by network, each step, who is new."""
    gone = replace(make_delivery(), key="f" * 64, post="old")
    sent = replace(make_delivery(), key="e" * 64, post="sent")
    facts = [Planned(gone, State.SCHEDULED), Planned(sent, State.DELIVERED)]
    page = write(plan([make_delivery(text="Hi!"), replace(sent, theme="tuesday")], facts, accounts={"a@memory": "{}"}))
    assert page.startswith("### Plan: <code>mw</code>\n\n**1 to schedule, 1 to withdraw, 1 drift**\n")
    rows = cells(page)
    assert ["day", "memory"] in [[one for one in row if one] for row in rows]
    one = make_delivery()
    assert [f"{one.due:%Y-%m-%d %H:%M} UTC", one.account, one.post, "Hi!"] in rows
    assert rows[-1] == ["a@memory"]
    assert any(row[-1] == "no longer in the campaign" for row in rows)


def test_times_are_told_as_somebody_else_tells_them() -> None:
    """Of each delivery by its institution."""
    one = make_delivery()
    page = write(plan([one]), lambda instant, institution: f"{instant:%H} o'clock of {institution}")
    assert [f"{one.due:%H} o'clock of {one.institution}", one.account, one.post] in [row[:3] for row in cells(page)]


def test_a_text_that_is_cut_says_so() -> None:
    """It ends with …; one that just fits does not."""
    for text, shown in (("x" * CELL, "x" * CELL), ("x" * (CELL + 1), "x" * CELL + "…")):
        assert cells(write(plan([make_delivery(text=text)])))[-1][3] == shown


def test_nothing_to_do_is_said_in_two_lines() -> None:
    """No tables, no lists."""
    assert write(plan([])) == "### Nothing to do: <code>mw</code>\n\n**the campaign asks for nothing**\n"


def test_a_campaign_that_asks_for_a_yes_says_so() -> None:
    """A reviewer should know that a yes is wanted."""
    assert "without a named person's yes" in write(plan([make_delivery()], approval="required"))


@given(text=TEXTS)
def test_no_text_leaves_its_cell(text: str) -> None:
    """Whatever a post says: as many cells as columns, no markup but ours, and read back it is the text."""
    text = text.encode("utf-8", "replace").decode()
    page = write(plan([make_delivery(text=text)]))
    row = cells(page)[-1]
    assert len(row) == 4
    shown = plain(" ⏎ ".join(text.strip().splitlines()))
    assert row[3].split() == unescape(re.sub("</?code>", "", code(text))).split()
    if len(shown) < CELL:
        assert re.sub(r"\s+", " ", row[3]).strip() == re.sub(r"\s+", " ", shown).strip()


@pytest.mark.parametrize(
    "text",
    ["@everyone", "#12", "a@b.org", "GH-1 x/y#2", "https://example.org/1", "www.example.org", ":tada:", "$x$", "*b*",
     "_i_ ~s~", "![i](u)", "[l](u)", "<img src=x onerror=y>", "<!-- x", "</details>", "`code`", "a|b", "a\\|b", "\\",
     "&amp; &#64;"],
)  # fmt: skip
def test_nobody_is_called_and_nothing_is_linked(text: str) -> None:
    """GitHub calls people and links issues in words, but in no <code>; and the signs are not even there."""
    made = code(text)
    inner = made.removeprefix("<code>").removesuffix("</code>")
    assert unescape(inner) == text
    assert not re.search(r"[^\w\s&#;]", inner) and not re.search(r"&(?!#\d+;)|(?<!&)#", inner)


@pytest.mark.parametrize("text", ["日本語の長い文章です。" * 40, "|@#" * 200, "a " * 300])
def test_it_fits_a_comment_however_large_the_plan(text: str) -> None:
    """5,000 posts of 200 institutions over 100 days and 20 networks: cut, still whole, and the rest is counted."""
    wishes = [
        replace(make_delivery(text=text, due=DUE + timedelta(hours=n)), key=f"{n:064x}", account=f"{'@' * 90}{n}",
                post=f"{'-' * 90}{n}", theme=f"{'+' * 90}{n % 100}", network=f"{'_' * 60}{n % 20}")
        for n in range(5000)
    ]  # fmt: skip
    made = plan(wishes, accounts={f"{'@' * 90}{n}": "{}" for n in range(200)})
    page = write(made, rows=5000)
    assert len(page.encode()) <= LIMIT
    assert page.count("<details>") == page.count("</details>") == 2
    left = re.findall(r"… and (\d+) more", page)
    scheduled = [row for row in cells(page) if len(row) == 4][1:]
    assert len(scheduled) + int(left[0]) == 5000
    assert len(scheduled) > 5
    assert "40 more days; 8 more networks" in page


def test_a_list_has_at_most_so_many_rows() -> None:
    """Fifty if nobody says otherwise; all are counted."""
    wishes = [replace(make_delivery(), key=f"{n:064x}", post=f"p{n}") for n in range(60)]
    page = write(plan(wishes))
    assert len([row for row in cells(page) if len(row) == 4]) == 51
    assert "… and 10 more" in page
    assert "60 to schedule" in page
