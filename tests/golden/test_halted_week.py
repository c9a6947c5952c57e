"""MuseumWeek 2021, halted on Wednesday, edited, and resumed on Friday: what was sent, held back and voided."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from mwcampaign.core.delivery import WAITING, Delivery, Event, State
from mwcampaign.core.ledger import Verdict
from mwcampaign.core.message import Message
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.platforms.memory import Memory, MemoryNetwork
from mwcampaign.schedule.clock import VirtualClock
from mwcampaign.schedule.rehearse import play
from mwcampaign.schedule.tick import Runner
from mwcampaign.testing.rig import KeptSessions
from mwcampaign.wire.judging import sound
from mwcampaign.wire.project import open_project

CAMPAIGN = Path(__file__).resolve().parents[2] / "campaigns" / "museumweek-2021"
HALT, RESUME, END = (datetime(2021, 6, day, 12, tzinfo=UTC) for day in (9, 11, 16))


class Week:
    """The campaign with a yes to everything, on networks in memory, at its beginning."""

    def __init__(self, folder: Path) -> None:
        self.project = open_project(CAMPAIGN)
        campaign = self.project.campaign
        self.wishes = list(sound(self.project))
        self.clock = VirtualClock(min(wish.due for wish in self.wishes))
        self.ledger = SqliteLedger(folder / "ledger.db", durable=False)
        self.world = MemoryNetwork()
        pictures = PictureStore(folder / "pictures")
        for file in self.project.loaded.pictures.values():
            pictures.put(file.path.read_bytes())
        accounts = {account.id: account for account in campaign.all_accounts}

        @cache
        def memory(name: str) -> Memory:
            real = self.project.platform_for(accounts[name])
            return Memory(accounts[name], {}, KeptSessions(), world=self.world, imitates=real.capabilities,
                          count=real.count, clock=self.clock)  # fmt: skip

        self.runner = Runner(self.ledger, memory, pictures, self.clock, "test")
        self.apply((None, wish, None) for wish in self.wishes)
        self.approve(self.wishes, "Ada")

    def apply(self, wishes: object) -> None:
        """Put wishes into the ledger."""
        self.ledger.apply(
            self.ledger.serial(), wishes, self.project.accounts(), self.clock.now(), "test",  # type: ignore[arg-type]
            approvals={self.project.campaign.edition.id: "required"},
        )  # fmt: skip

    def approve(self, wishes: list[Delivery], who: str) -> int:
        """Say yes; return how many were recorded."""
        verdicts = [Verdict(wish.key, wish.content, True) for wish in wishes]
        return len(verdicts) - len(self.ledger.review(verdicts, self.clock.now(), who, "read"))

    def public(self) -> int:
        """Return how many posts there are."""
        return len(self.world.posts())


def test_halted_edited_resumed(tmp_path: Path) -> None:
    """Nothing goes during the halt; an edit voids its yes and that post waits; what came due meanwhile needs a yes;
    what closed is missed with its reason; all the rest goes, each once."""
    week = Week(tmp_path)
    play(week.runner, week.clock, HALT)
    before = week.public()
    assert 0 < before < len(week.wishes)
    week.ledger.halt("everything", "", HALT, "Ada", "news")
    play(week.runner, week.clock, RESUME)
    assert week.public() == before

    waiting = [standing.delivery for standing in week.ledger.standings(None, WAITING)]
    sunday = [wish for wish in waiting if wish.theme == "sunday" and wish.after is None]
    edited = [replace(wish, message=longer(wish.message)) for wish in sunday]
    assert edited
    week.apply((Event.REVISE, new, old.digest) for new, old in zip(edited, sunday, strict=True))
    assert week.approve(sunday, "Ada") == 0

    week.ledger.resume("everything", "", week.clock.now(), "Ada", "calm again", hold=True)
    held = [standing for standing in week.ledger.standings(None, WAITING) if standing.held]
    assert held
    assert all(standing.delivery.due <= week.clock.now() for standing in held)
    mended = edited[: len(edited) // 2]
    assert week.approve(mended, "Grace") == len(mended)
    assert week.approve([standing.delivery for standing in held], "Grace") == len(held)
    play(week.runner, week.clock, END)

    posts = Counter(post.address for post in week.world.posts())
    assert set(posts.values()) == {1}
    ended = {str(standing.delivery.key): standing for standing in week.ledger.standings()}
    assert {key for key, standing in ended.items() if standing.state is State.DELIVERED} == set(posts)
    voided = {str(wish.key) for wish in edited[len(edited) // 2 :]}
    missed = {key: standing.why for key, standing in ended.items() if standing.state is State.MISSED}
    assert voided <= set(missed)
    assert all("nobody approved it" in missed[key] for key in voided)
    during = [why for key, why in missed.items() if ended[key].delivery.closes < RESUME]
    assert during
    assert all("halted" in why or "the part before it" in why for why in during)
    texts = {post.text for post in week.world.posts()}
    assert all(Message.from_json(wish.message).text in texts for wish in mended)
    assert len(posts) + len(missed) == len(week.wishes)
    week.ledger.close()


def longer(told: str) -> str:
    """Return a message with one more mark."""
    message = Message.from_json(told)
    return replace(message, text=message.text + " …").to_json()
