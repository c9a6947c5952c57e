"""The page of all rules, docs/checks/README.md, made from core.rules; explain and SARIF point at its entries.

`python -m mwcampaign.report.pages docs/checks` writes it; a test fails when it is stale.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from mwcampaign.core.rules import RULES, Rule

PAGE = "docs/checks/README.md"
"""Where the page stands in the project."""
HEAD = """\
# What check looks for

One entry for each code, made from the program by `python -m mwcampaign.report.pages docs/checks`: change the rule, not
this page. `mwcampaign explain CODE` says the same at a terminal. An error stops `plan` and what follows; a warning does
not; a note informs.
"""


def address(code: str, page: str = PAGE) -> str:
    """Return where a code is explained: an anchor of the page, which may stand at an address of its own."""
    return f"{page}#{code.lower()}"


def page() -> str:
    """Return the whole page, as it should stand in docs/checks/README.md."""
    rows = "\n".join(
        f"| [{rule.code}](#{rule.code.lower()}) | {rule.level} | {_cell(rule.title)} |" for rule in _rules()
    )
    listed = f"| code | level | what |\n|---|---|---|\n{rows}\n"
    return "\n".join([HEAD, listed, *map(_entry, _rules())])


def fenced(example: str) -> str:
    """Return an example as a block of code that nothing in it can close."""
    ticks = max((len(run) for run in re.findall("`+", example)), default=0)
    fence = "`" * max(3, ticks + 1)
    return f"{fence}\n{example}\n{fence}"


def _rules() -> list[Rule]:
    return sorted(RULES.values(), key=lambda rule: rule.code)


def _entry(rule: Rule) -> str:
    # The heading is the code alone, so that every renderer gives it the anchor that `address` names.
    return (
        f"## {rule.code}\n\n**{rule.title}** ({rule.level}). {rule.why}\n\nWrong:\n\n{fenced(rule.wrong)}\n\nRight:\n\n"
        f"{fenced(rule.right)}\n"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(folder: str) -> None:
    """Write the page into a folder."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    Path(folder, "README.md").write_text(page(), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
