"""The talk of a login: what to do, what is asked, who comes back. Nothing that was entered is ever shown again.

On a terminal hidden answers are not echoed; in a pipe each line of stdin is one answer, in the order of the questions.
"""

from __future__ import annotations

import getpass
import os
import secrets
import select
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from mwcampaign.cli._output import note
from mwcampaign.errors import CredentialMissing, ExitCode, MwcampaignError, PublishError

if TYPE_CHECKING:
    from mwcampaign.platforms._login import Ask, Granted, Way

PORT = 8765


class NothingEntered(MwcampaignError):
    """A question was not answered."""

    exit_code = ExitCode.USAGE


def line() -> str | None:
    """Read one line of stdin, and not a byte more: the rest stays for whoever waits; None at its end."""
    read = bytearray()
    while (byte := os.read(sys.stdin.fileno(), 1)) not in {b"", b"\n"}:
        read += byte
    return read.decode("utf-8", "replace").strip() if read or byte else None


def answer(words: str, *, hidden: bool = False, default: str = "") -> str:
    """Ask one question and return the answer, "" where it is empty. Raises NothingEntered at the end of stdin."""
    prompt = f"{words}{f' [{default}]' if default else ''}: "
    if hidden and sys.stdin.isatty():
        return getpass.getpass(prompt).strip() or default
    sys.stderr.write(prompt)
    sys.stderr.flush()
    told = line()
    if not sys.stdin.isatty():
        note("")
    if told is None:
        raise NothingEntered("nothing was entered", hint="run this on a terminal, or pipe one answer a line into it")
    return told or default


def choose(words: str, titles: list[str]) -> int:
    """Let a person choose, and return the place of the choice; the first is taken for an empty answer."""
    if len(titles) == 1:
        return 0
    for number, title in enumerate(titles, 1):
        note(f"  {number}  {title}")
    told = answer(words, default="1")
    if not told.isdigit() or not 1 <= int(told) <= len(titles):
        raise NothingEntered(f"{told!r} is none of 1 to {len(titles)}")
    return int(told) - 1


def answers(way: Way, known: Mapping[str, str]) -> dict[str, str]:
    """Ask what is not known yet; return every answer by its question's name."""
    told = dict(known)
    for ask in way.asks:
        if ask.name in known and ask.into != "secret":
            note(f"{ask.words}: {known[ask.name]} (as the campaign says)")
        else:
            told[ask.name] = _told(ask)
    return told


def _told(ask: Ask) -> str:
    given = answer(ask.words, hidden=ask.hidden, default=ask.default)
    if not given and ask.made is not None:
        return ask.made()
    if not given and not ask.optional:
        raise NothingEntered(f"{ask.words}: nothing was entered")
    return given


def granted(
    way: Way, known: Mapping[str, str], port: int, wait: float, *, paste: bool
) -> tuple[dict[str, str], Granted]:
    """Walk a person through a way; return the answers and what the network granted. Raises MwcampaignError."""
    from mwcampaign.platforms._login import Granted

    redirect = way.redirect.format(port=port)
    for step in way.steps:
        note(step.replace("{redirect}", redirect))
    told = answers(way, known)
    if way.consent is None or way.grant is None:
        return told, Granted({ask.name: told[ask.name] for ask in way.asks if ask.into == "secret"})
    redirect, state = redirect or told["redirect"], secrets.token_urlsafe(24)
    try:
        consent = way.consent(told, redirect, state)
        note("Open this page, log in as the account's person, and say yes:")
        note(consent.address)
        listening = "{port}" in way.redirect and not paste
        returned = _returned(port, state, wait) if listening else _pasted(state)
        all_granted = way.grant(told, consent, returned, datetime.now(UTC))
    except PublishError as error:
        raise CredentialMissing(str(error), hint="begin again; nothing was kept") from None
    which = choose("which one", [each.label for each in all_granted])
    return told, all_granted[which]


def _pasted(state: str) -> dict[str, str]:
    from mwcampaign.platforms._login import came_back

    return came_back(answer("the code, or the whole address that the browser ended on", hidden=True), state)


def _returned(port: int, state: str, wait: float) -> dict[str, str]:
    """Wait for the browser on this machine, or for a pasted address: whichever comes first."""
    from mwcampaign.platforms._login import came_back
    from mwcampaign.wire.login_return import Return

    with Return(port, state) as back:
        note(f"Waiting at http://127.0.0.1:{port}/ for {wait:.0f} seconds.")
        note("If your browser is on another machine, paste here the address that it ended on:")
        stdin = [sys.stdin.fileno()]
        until = monotonic() + wait
        while (left := until - monotonic()) > 0:
            try:
                ready, _, _ = select.select([back.fileno(), *stdin], [], [], left)
            except OSError:
                # Where stdin cannot be waited for, only the browser is.
                stdin = []
                continue
            if back.fileno() in ready and (heard := back.take()) is not None:
                return heard
            if stdin and stdin[0] in ready:
                if told := line():
                    return came_back(told, state)
                if told is None:
                    stdin = []
    raise CredentialMissing(f"nobody came back within {wait:.0f} seconds", hint="begin again; nothing was kept")
