"""No campaign makes a loader crawl: each large one is read in a process with a ceiling on its processor time.

What is linear needs seconds, what is quadratic needs minutes or hours. Nothing else is asserted of time.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.load.small import ACCOUNTS, CAMPAIGN, INSTITUTIONS, POSTS, Folder

CEILING = 30
"""Seconds of processor time for one campaign, several times what the slowest needs."""
CHILD = """
import sys
from pathlib import Path
from mwcampaign.load import load
loaded = load(Path(sys.argv[1]), {"mastodon": ("access_token",), "bluesky": ("password",), "kit": ()})
for one in loaded.findings[:100]:
    loaded.source_line(one.where)
print(len(loaded.findings), loaded.campaign is not None, *sorted({one.code for one in loaded.findings}))
"""
HEAD = "id,name,timezone\n"


def _variants() -> str:
    told = ["- id: many\n  day: monday\n  text: Hi {{ tags }}\n  variants:\n"]
    for number in range(2_000):
        language = f"{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}-{number:04d}"
        told.append(f"    - {{network: mastodon, language: {language}, text: 'Hi {number} {{{{ tags }}}}'}}\n")
    return "".join(told)


LARGE: dict[str, tuple[str, Callable[[], str], str]] = {
    "one quote open in 200,000 lines": (
        "institutions.csv",
        lambda: HEAD + 'a,"A,Europe/Paris\n' + "".join(f"m{n},M,Europe/Paris\n" for n in range(200_000)),
        "False MW110",
    ),
    "a quote open in each of 200,000 lines": (
        "institutions.csv",
        lambda: HEAD + "".join(f'm{n},"M,Europe/Paris\n' for n in range(200_000)),
        "False MW110",
    ),
    "a quote open in every second line": (
        "institutions.csv",
        lambda: HEAD + "".join(f'm{n},"M,Europe/Paris\nn{n},M,Europe/Paris\n' for n in range(100_000)),
        "False MW110",
    ),
    "100,000 columns": (
        "institutions.csv",
        lambda: "id,name,timezone" + "".join(f",c{n}" for n in range(100_000)) + "\na,A,Europe/Paris" + ",x" * 100_000,
        "",
    ),
    "100,000 columns without a name": (
        "institutions.csv",
        lambda: "id,name,timezone" + "," * 100_000 + "\na,A,Europe/Paris" + ",x" * 100_000,
        "False MW110",
    ),
    "100,000 columns of one name": (
        "institutions.csv",
        lambda: "id,name,timezone" + ",c" * 100_000 + "\na,A,Europe/Paris" + ",x" * 100_000,
        "False MW105",
    ),
    "100,000 formulas in a line": (
        "institutions.csv",
        lambda: "id,name,timezone" + ",c" * 100_000 + "\na,A,Europe/Paris" + ",=x" * 100_000,
        "MW114",
    ),
    "long cells behind a sign": (
        "institutions.csv",
        lambda: HEAD + f"a,-{'x' * 100_000}{'(' * 10_000},Europe/Paris\n" + f"b,@{'_x' * 60_000},Europe/Paris\n",
        "MW114",
    ),
    "50,000 institutions of one id": (
        "institutions.csv",
        lambda: HEAD + "m,M,Europe/Paris\n" * 50_000,
        "False MW111",
    ),
    "YAML of one long line": ("posts.yaml", lambda: "[" + "{id: a, day: monday}," * 20_000 + "]", "False"),
    "YAML of one long word": ("posts.yaml", lambda: "- id: " + "x" * 4_900_000, "False"),
    "YAML of one long line that is not closed": ("posts.yaml", lambda: "[" + "a, " * 1_000_000, "False MW104"),
    "YAML of one long quoted line": ("posts.yaml", lambda: '- id: "' + r"\x41" * 1_000_000 + '"', "False"),
    "YAML of one key many times": ("accounts.yaml", lambda: "- {" + "k: 1, " * 50_000 + "}", "False MW105"),
    "5,000 posts": (
        "posts.yaml",
        lambda: "".join(f"- {{id: p{n}, day: monday, text: 'Hi {n} {{{{ tags }}}}'}}\n" for n in range(5_000)),
        "True",
    ),
    "5,000 posts of one id": (
        "posts.yaml",
        lambda: "- {id: p, day: monday, text: 'Hi {{ tags }}'}\n" * 5_000,
        "False MW111",
    ),
    "2,000 variants": ("posts.yaml", _variants, "True"),
}


@pytest.mark.parametrize("what", LARGE)
def test_large_campaigns_take_their_share_of_work(what: str, tmp_path: Path) -> None:
    """The campaign is read within the ceiling, and judged as a small one like it would be."""
    name, content, expected = LARGE[what]
    folder = Folder(tmp_path / "large")
    folder.write("campaign.yaml", CAMPAIGN)
    folder.write("posts.yaml", POSTS.replace("  media: [boats.jpg]\n", ""))
    folder.write("institutions.csv", INSTITUTIONS)
    folder.write("accounts.yaml", ACCOUNTS)
    folder.write("templates/quiz.txt", "What is this? {{ tags }}\n")
    folder.write(name, content())

    def ceiling() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (CEILING, CEILING))

    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder.path)],
        cwd=Path(__file__).parents[2],
        preexec_fn=ceiling,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{what}: {ran.returncode} {ran.stderr[-2000:]}"
    for word in expected.split():
        assert word in ran.stdout.split(), (what, ran.stdout)
