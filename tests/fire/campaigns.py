"""Campaigns for real servers: written as folders, run by the real command, compared with what the servers have.

For the scripts of this folder and their tests.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from mwcampaign.core.delivery import State
from mwcampaign.core.message import Message
from mwcampaign.testing import samples
from mwcampaign.wire.files import ledger_path, read_ledger
from tests.cli.conftest import PROJECT, Ran, environment
from tests.cli.program import run_program
from tests.fire.servers import Post, Server

PICTURED = 8
"""Every so many posts have two pictures."""
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu")
THREADED = 5
"""Every so many posts have a second part."""


@dataclass
class Campaign:
    """A campaign of an edition of its own: so many posts, all due since midnight, for every account of a server."""

    folder: Path
    server: Server
    at: str
    """The address to send to: a proxy's."""
    number: int = 1
    handles: tuple[str, ...] = ()
    """Which accounts take part; all of them where none is named."""
    threads: bool = True
    edition: str = field(default_factory=lambda: f"mw-{uuid.uuid4().hex[:8]}")

    @property
    def wanted(self) -> Counter[Post]:
        """Return what has to be public at the end: each text once for each account."""
        texts = [self._text(number) for number in range(self.number)]
        texts += [self._text(number, "part two") for number in range(self.number) if self._continued(number)]
        return Counter((handle, text) for handle in self._who for text in texts)

    @property
    def _who(self) -> tuple[str, ...]:
        return self.handles or self.server.handles

    def public(self) -> Counter[Post]:
        """Return what of this campaign the server has."""
        return Counter((handle, text) for handle, text in self.server.posts() if text.startswith(f"{self.edition}:"))

    @property
    def environment(self) -> dict[str, str]:
        """Return settings and secrets; posts follow one another without a pause."""
        told = {"MWCAMPAIGN_SPACING": "0", "MWCAMPAIGN_SPREAD": "0", "MWCAMPAIGN_WORKERS": "4"}
        for number, handle in enumerate(self._who):
            told |= {f"SECRET_{number}_{name.upper()}": value for name, value in self.server.secrets(handle).items()}
        return environment(**told)

    def write(self) -> None:
        """Write the folder."""
        (self.folder / "media").mkdir(parents=True)
        for number in (1, 2):
            picture = self.folder / "media" / f"room-{number}.png"
            picture.write_bytes(samples.png(number))
            told = f"alt: {{en: Room {number} of the museum}}\ncredit: made for this test\nlicence: CC0-1.0\n"
            picture.with_name(f"{picture.name}.yaml").write_text(told, "utf-8")
        self.folder.joinpath("campaign.yaml").write_text("\n".join(self._lines()) + "\n", "utf-8")

    def _lines(self) -> Iterator[str]:
        day = datetime.now(UTC).date()
        tags = '{en: "#Today"}'
        yield f"edition: {{id: {self.edition}, title: Fire, main_tag: '#Fire', days: [{{id: today, date: {day},"
        yield f"  about: {{en: fire}}, tags: {tags}}}]}}"
        yield "institutions:"
        for number, _ in enumerate(self._who):
            yield f"  - {{id: m{number}, name: Museum {number}, country: FR, timezone: UTC, languages: [en]}}"
        yield "accounts:"
        for number, handle in enumerate(self._who):
            names = self.server.secrets(handle)
            secrets = ", ".join(f"{name}: 'env:SECRET_{number}_{name.upper()}'" for name in names)
            yield f"  - {{institution: m{number}, network: {self.server.network}, server: '{self.at}',"
            yield f"     handle: {handle}, secrets: {{{secrets}}}}}"
        yield "posts:"
        for number in range(self.number):
            more = ", media: [room-1.png, room-2.png]" if number % PICTURED == 0 else ""
            if self._continued(number):
                more += f', thread: [{{text: "{self._text(number, "part two")}"}}]'
            yield f'  - {{id: post{number}, day: today, at: "00:00", text: "{self._text(number)}"{more}}}'

    def _continued(self, number: int) -> bool:
        return self.threads and number % THREADED == 0

    def _text(self, number: int, part: str = "part one") -> str:
        # A word of its own for each: Mastodon's adapter tells posts apart by their words.
        word = "".join(SYLLABLES[int(digit)] for digit in f"{number:03}")
        return f"{self.edition}: {word}, {part}."

    def undelivered(self) -> set[Post]:
        """Return what the ledger does not call delivered."""
        with read_ledger(ledger_path(self.folder, "")) as ledger:
            assert ledger is not None
            open_ones = ledger.standings(None, set(State) - {State.DELIVERED})
            told = [(each.delivery.institution, Message.from_json(each.delivery.message).text) for each in open_ones]
        return {(self._who[int(institution.removeprefix("m"))], text) for institution, text in told}

    def command(self, *arguments: object) -> list[str]:
        """Return a command of the program as a list."""
        return [sys.executable, "-m", "mwcampaign", *map(str, arguments)]

    def run(self, *arguments: object, timeout: float = 600) -> Ran:
        """Run the program to its end."""
        done = run_program([*map(str, arguments)], self.environment, PROJECT, timeout=timeout)
        return Ran(done.returncode, done.stdout, done.stderr)

    def states(self) -> dict[str, int]:
        """Return the number of deliveries in each state, as `status` says it."""
        told = json.loads(self.run("status", self.folder, "--format", "json").out)["counts"]
        return {state: number for state, number in told.items() if number}
