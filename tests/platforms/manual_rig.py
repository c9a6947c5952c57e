"""An account that a person posts to, and a week in which deliveries come due for it. For the manual adapter's tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import Delivery, Standing, delivery_key
from mwcampaign.ledger.pictures import PictureStore
from mwcampaign.ledger.sqlite import SqliteLedger
from mwcampaign.platforms.manual import Manual
from mwcampaign.schedule.clock import VirtualClock
from mwcampaign.schedule.tick import Runner
from mwcampaign.testing import samples
from mwcampaign.testing.rig import KeptSessions

PAGE = "https://weibo.com/museum"


class ManualRig:
    """An adapter for one account; there is no server."""

    module = "mwcampaign.platforms.manual"

    def __init__(self) -> None:
        self.platform = self.fresh()

    def fresh(self, options: dict[str, str] | None = None, limits: dict[str, int] | None = None) -> Manual:
        """Construct another adapter, for Weibo unless told otherwise."""
        told = {"network": "Weibo", "page": PAGE} if options is None else options
        account = Account(id="museum@manual", institution="museum", network="manual", options=told, limits=limits or {})
        return Manual(account, {}, KeptSessions())


class Week:
    """A real ledger in a campaign's folder, a clock moved by hand, and a runner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = SqliteLedger(folder / ".mwcampaign" / "ledger.db")
        self.clock = VirtualClock(datetime.now(UTC).replace(microsecond=0))
        self.begin = self.clock.now()
        self.pictures = PictureStore(folder / ".mwcampaign" / "pictures")
        self._runner = Runner(self.ledger, lambda _: ManualRig().platform, self.pictures, self.clock, "me")

    def schedule(self, *posts: str, account: str = "museum@manual") -> list[Delivery]:
        """Put deliveries with a picture into the ledger: due now, open for twelve hours."""
        picture, content = samples.picture()
        self.pictures.put(content)
        wishes = [
            Delivery(
                key=delivery_key("mw", post, account, 0), edition="mw", post=post, part=0, institution="museum",
                account=account, network="manual", theme="monday", due=self.begin,
                closes=self.begin + timedelta(hours=12), message=samples.message(f"#MuseumWeek# {post}", 1).to_json(),
            )
            for post in posts
        ]  # fmt: skip
        assert picture.digest in wishes[0].message
        self.ledger.apply(self.ledger.serial(), ((None, wish, None) for wish in wishes), {}, self.begin, "test")
        return wishes

    def work(self, span: timedelta = timedelta()) -> None:
        """Let time pass, in steps of five minutes, and do all there is to do at each."""
        end = self.clock.now() + span
        while True:
            while self._runner.tick():
                pass
            if self.clock.now() >= end:
                return
            self.clock.move_to(min(self.clock.now() + timedelta(minutes=5), end))

    def standing(self, wish: Delivery) -> Standing:
        """Return where a delivery stands."""
        found = self.ledger.standing(wish.key)
        assert found is not None
        return found
