"""`mwcampaign --help` against a bare typer program with the same help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from _measure import compare

from mwcampaign.cli import COMMANDS

BARE = """
import typer
app = typer.Typer(name="mwcampaign", help="Run a museum's social media week from a folder of text files.",
                  epilog="Begin with: mwcampaign init my-week", no_args_is_help=True, pretty_exceptions_enable=False,
                  rich_markup_mode=None)

@app.callback()
def everything(version: bool = typer.Option(False, "--version", help="Show the version and exit.")): ...

def stub(): ...

for name, line in {commands!r}.items():
    app.command(name, help=line)(stub)

app()
"""


def main() -> None:
    """Print the ratio."""
    with TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE.format(commands={name: line for name, (_, line) in COMMANDS.items()}), "utf-8")

        def run(*command: str) -> str:
            return subprocess.run(
                [sys.executable, *command, "--help"], capture_output=True, check=True, text=True
            ).stdout

        def words(told: str) -> list[str]:
            return told[told.index("Run a museum") :].split()

        # A comparison with another help would be worth nothing.
        assert words(run("-m", "mwcampaign")) == words(run(str(bare)))
        compare("--help", lambda: run("-m", "mwcampaign"), lambda: run(str(bare)), "at most 1.2", rounds=21)


if __name__ == "__main__":
    main()
