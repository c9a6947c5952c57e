"""The command line. One file per command; only the command that was asked for is imported.

`--help` stays fast because the other commands are names with one line of help until somebody calls them.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NoReturn

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("mwcampaign.cli.init:init", "Make a small campaign that passes check."),
    "check": ("mwcampaign.cli.check:check", "Judge campaigns offline: every fault, with file, line and column."),
    "languages": ("mwcampaign.cli.languages:languages", "Show what each language has and lacks."),
    "explain": ("mwcampaign.cli.explain:explain", "Explain a finding's code: the rule, why, wrong and right."),
    "render": ("mwcampaign.cli.render:render", "Show messages as they will read, counted as the network counts."),
    "plan": ("mwcampaign.cli.plan:plan", "Show what would be sent, by whom, where and when."),
    "apply": ("mwcampaign.cli.apply:apply", "Put a plan into the ledger, exactly as reviewed, or refuse."),
    "run": ("mwcampaign.cli.run:run", "Publish each delivery when it is due, exactly once."),
    "publish": ("mwcampaign.cli.publish:publish", "Plan, apply and deliver chosen posts of today now."),
    "status": ("mwcampaign.cli.status:status", "Show the week at a glance, and what needs a look."),
    "show": ("mwcampaign.cli.show:show", "Show one delivery with its whole history."),
    "resolve": ("mwcampaign.cli.resolve:resolve", "Say what became of a post that is unknown."),
    "retry": ("mwcampaign.cli.retry:retry", "Let posts go again that failed, were missed or were cancelled."),
    "cancel": (
        "mwcampaign.cli.cancel:cancel",
        "Take posts out that are not public, with the parts of a thread behind them.",
    ),
    "reschedule": (
        "mwcampaign.cli.reschedule:reschedule",
        "Give a post another time than the campaign does, with the parts of a thread behind it.",
    ),
    "approve": ("mwcampaign.cli.approve:approve", "Say yes to exact messages, as a named person."),
    "hold": (
        "mwcampaign.cli.hold:hold",
        "Say no to messages that are not sent yet: they wait until somebody approves them.",
    ),
    "halt": ("mwcampaign.cli.halt:halt", "Stop everything, or a country, a network, a day, an institution."),
    "resume": ("mwcampaign.cli.resume:resume", "Go on after a halt: shows what would be sent at once, and asks."),
    "audit": ("mwcampaign.cli.audit:audit", "Read back what is public, and compare: missing, double, altered."),
    "rehearse": ("mwcampaign.cli.rehearse:rehearse", "Play the whole week in memory, on a clock of its own."),
    "accounts": ("mwcampaign.cli.accounts:app", "List accounts, log in and out, and verify that they can post."),
    "networks": (
        "mwcampaign.cli.networks:networks",
        "Show what each network can do here, those of plug-ins too.",
    ),
    "schema": ("mwcampaign.cli.schema:schema", "Print JSON Schemas of a campaign's files, for editors."),
}


BUG = (
    "mwcampaign: this is a bug of mwcampaign, not yours. What is public is in the ledger, and nothing is sent twice."
    " Please report it with the lines above.\n"
)


def build(asked: str | None) -> object:
    """Return the typer app with one command loaded: `asked`, or all for None."""
    import typer

    app = typer.Typer(
        name="mwcampaign",
        help="Run a museum's social media week from a folder of text files.",
        epilog="Begin with: mwcampaign init my-week",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=True,
        # Rich help costs more than all the rest of it; a pipe needs none.
        rich_markup_mode="rich" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else None,
    )

    @app.callback()
    def everything(
        version: bool = typer.Option(False, "--version", help="Show the version and exit."),
    ) -> None:
        if version:
            _print_version()

    for name, (place, help_line) in COMMANDS.items():
        if asked is not None and name != asked:
            app.command(name, help=help_line)(_stub)
            continue
        module, _, member = place.partition(":")
        loaded = getattr(import_module(module), member)
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=name, help=help_line)
        else:
            app.command(name)(loaded)
    return app


def _stub() -> None:
    """Stand in for a command that was not asked for."""


def _print_version() -> NoReturn:
    from mwcampaign import __version__

    sys.stdout.write(f"mwcampaign {__version__}\n")
    raise SystemExit(0)


def main() -> None:
    """Run the program. Every MwcampaignError becomes a message and its exit code, never a traceback.

    What nobody expected keeps its traceback, with a last line that says what it means.
    """
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        _print_version()
    completing = any(name.startswith("_MWCAMPAIGN_COMPLETE") for name in os.environ)
    asked = None if completing else next((word for word in arguments if not word.startswith("-")), "")
    from mwcampaign.errors import ExitCode, MwcampaignError

    try:
        app = build(asked)
        app()  # type: ignore[operator]
    except MwcampaignError as error:
        from mwcampaign.cli._output import refuse

        refuse(error)
        raise SystemExit(int(error.exit_code)) from None
    except KeyboardInterrupt:
        raise SystemExit(int(ExitCode.INTERRUPTED)) from None
    except BrokenPipeError:
        # The reader went away (head, less): nothing is wrong, and nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(int(ExitCode.DONE)) from None
    except Exception:  # noqa: BLE001 - the end of the process: told in full, and nothing goes on after it
        from traceback import print_exc

        print_exc()
        sys.stderr.write(BUG)
        raise SystemExit(int(ExitCode.BUG)) from None
