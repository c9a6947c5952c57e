"""Help that teaches, and starts fast because it loads nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest
import typer

from mwcampaign.cli import COMMANDS
from tests.cli.conftest import PROJECT, Run, environment

HEAVY = ("atproto", "tweepy", "mastodon", "httpx", "requests", "urllib3", "pydantic", "pydantic_settings", "sqlite3",
         "sqlalchemy", "apscheduler", "jinja2", "yaml", "PIL", "regex", "asyncio")  # fmt: skip


def loaded(*arguments: str) -> set[str]:
    """Return which heavy libraries a command line loads."""
    code = (
        f"import sys; sys.argv = ['mwcampaign', *{arguments!r}]\n"
        "from mwcampaign.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"sys.stderr.write('\\nloaded: ' + ' '.join(sorted(set({HEAVY!r}) & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    return set(done.stderr.rpartition("loaded: ")[2].split())


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ()])
def test_help_and_version_load_nothing_heavy(arguments: tuple[str, ...]) -> None:
    """No network library, no models, no database."""
    assert loaded(*arguments) == set()


def test_the_guard_sees_what_is_loaded() -> None:
    """A command that works does load some of them: the test above can fail."""
    assert "pydantic" in loaded("check", str(PROJECT / "campaigns" / "one-museum"))


@pytest.mark.parametrize("command", ["check", "plan", "status"])
def test_commands_load_no_client_library(command: str) -> None:
    """Judging and planning need no network, so no client library is loaded for it."""
    clients = {"atproto", "tweepy", "mastodon", "httpx", "requests", "urllib3", "apscheduler"}
    assert loaded(command, str(PROJECT / "campaigns" / "one-museum")) & clients == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_tells_the_same_line(name: str) -> None:
    """The list of commands and the commands themselves say the same: registry strings do not rot."""
    module, _, member = COMMANDS[name][0].partition(":")
    command = getattr(import_module(module), member)
    told = command.info.help if isinstance(command, typer.Typer) else command.__doc__
    assert told.strip().splitlines()[0] == COMMANDS[name][1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(run: Run, name: str) -> None:
    """Each has help of its own, and stands in the README."""
    done = run(name, "--help")
    assert done.code == 0
    assert COMMANDS[name][1].split(":")[0].split(".")[0] in " ".join(done.out.split())
    assert f"`{name}" in (PROJECT / "README.md").read_text("utf-8")


def test_wrong_usage(run: Run) -> None:
    """Exit 2, with a proposal for a misspelt command."""
    done = run("chekc")
    assert (done.code, "Did you mean 'check'" in done.err) == (2, True)


def test_version(run: Run) -> None:
    """One line."""
    assert run("--version").out.startswith("mwcampaign 0.")
