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


POST = "- id: a\n  day: monday\n  text: Hi\n"
ACCOUNT = "- institution: mill\n  network: kit\n"


def _lines(pattern: str, end: str = "\n", number: int = 50_000) -> str:
    return end.join(pattern.format(each, each) for each in range(number)) + end


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
    "50,000 unknown keys in a post": ("posts.yaml", lambda: POST + _lines("  k{}: 1"), "False MW107"),
    "50,000 unknown keys at the top": ("campaign.yaml", lambda: CAMPAIGN + _lines("k{}: 1"), "False MW107"),
    "50,000 keys twice": ("posts.yaml", lambda: POST + _lines("  k{}: 1\n  k{}: 2"), "False MW105 MW107"),
    "50,000 secrets": ("accounts.yaml", lambda: ACCOUNT + "  secrets:\n" + _lines("    k{}: secret"), "False MW207"),
    "50,000 limits": ("accounts.yaml", lambda: ACCOUNT + "  limits:\n" + _lines("    k{}: much"), "False MW108"),
    "50,000 languages": ("posts.yaml", lambda: POST + "  template:\n" + _lines("    k{}: x"), "False MW108"),
    "50,000 policies": (
        "campaign.yaml",
        lambda: CAMPAIGN + "policies:\n  sensitive:\n" + _lines("    k{}: perhaps"),
        "False MW108",
    ),
    "50,000 records that lack everything": (
        "campaign.yaml",
        lambda: CAMPAIGN + "media:\n" + _lines("  k{}.jpg: {{alt: 1, credi: x}}"),
        "False MW107 MW109",
    ),
    "50,000 names in languages that are none": (
        "institutions.csv",
        lambda: HEAD.strip() + _lines(",name:k{}", "") + "\na,A,Europe/Paris" + ",x" * 50_000,
        "False MW108",
    ),
    "50,000 columns and a fault in another": (
        "institutions.csv",
        lambda: HEAD.strip() + _lines(",k{}", "") + "\na,A,Europe/Pari" + ",x" * 50_000,
        "False MW209",
    ),
    "20,000 days on which it is closed": (
        "institutions.csv",
        lambda: HEAD.strip() + ",closed\na,A,Europe/Paris," + "x;" * 20_000,
        "False MW108",
    ),
    "one long text under 50,000 secret names": (
        "accounts.yaml",
        lambda: "- k: &a |\n" + "    x\n" * 50_000 + _lines("  token{}: *a"),
        "False MW107",
    ),
    "50,000 names of nobody": (
        "posts.yaml",
        lambda: POST + "  institutions: [" + _lines("harbuor{}, ", "") + "]\n",
        "True MW202",
    ),
    "50,000 networks of nobody": (
        "posts.yaml",
        lambda: POST + "  networks: [" + _lines("mastodom{}, ", "") + "]\n",
        "MW203",
    ),
    "50,000 days that there are not": (
        "posts.yaml",
        lambda: "- id: a\n  text: Hi\n  day: [" + _lines("monda{}, ", "") + "]",
        "MW201",
    ),
}
CROSSED: dict[str, tuple[dict[str, Callable[[], str]], str]] = {
    "20,000 posts with templates that 20,000 others are like": (
        {
            "campaign.yaml": lambda: CAMPAIGN + "templates:\n" + _lines("  m{}/quiz.txt: Hi", number=20_000),
            "posts.yaml": lambda: _lines("- {{id: p{}, day: monday, template: quizz{}.txt}}", number=20_000),
        },
        "MW204",
    ),
    "2,000 wrong names among 100,000 institutions": (
        {
            "institutions.csv": lambda: HEAD + _lines("museum{},M,Europe/Paris", number=100_000),
            "posts.yaml": lambda: POST + "  institutions: [" + _lines("musuem{}, ", "", number=2_000) + "]\n",
            "accounts.yaml": lambda: "[]",
        },
        "True MW202",
    ),
    "2,000 posts for nobody among 50,000 institutions": (
        {
            "institutions.csv": lambda: HEAD + _lines("m{},M,Europe/Paris", number=50_000),
            "posts.yaml": lambda: _lines(
                "- {{id: p{}, day: monday, text: Hi, networks: [bluesky], institutions: [m{}]}}", number=2_000
            ),
        },
        "MW210",
    ),
    "a post for nobody of 50,000 institutions by name": (
        {
            "institutions.csv": lambda: HEAD + _lines("m{},M,Europe/Paris", number=50_000),
            "posts.yaml": lambda: POST + "  networks: [bluesky]\n  institutions: [" + _lines("m{}, ", "") + "]\n",
        },
        "MW210",
    ),
}
CASES = {name: ({file: content}, told) for name, (file, content, told) in LARGE.items()} | CROSSED


@pytest.mark.parametrize("what", CASES)
def test_large_campaigns_take_their_share_of_work(what: str, tmp_path: Path) -> None:
    """The campaign is read within the ceiling, and judged as a small one like it would be."""
    files, expected = CASES[what]
    folder = Folder(tmp_path / "large")
    folder.write("campaign.yaml", CAMPAIGN)
    folder.write("posts.yaml", POSTS.replace("  media: [boats.jpg]\n", ""))
    folder.write("institutions.csv", INSTITUTIONS)
    folder.write("accounts.yaml", ACCOUNTS)
    folder.write("templates/quiz.txt", "What is this? {{ tags }}\n")
    for name, content in files.items():
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


@pytest.mark.parametrize("form", ["text", "sarif", "gitlab"])
def test_a_campaign_in_one_long_line_is_told_of(form: str, tmp_path: Path) -> None:
    """Every finding of it is shown, and none of them costs as much as the whole line."""
    folder = Folder(tmp_path / "long")
    folder.write("campaign.yaml", CAMPAIGN)
    folder.write("institutions.csv", INSTITUTIONS)
    folder.write("accounts.yaml", ACCOUNTS.replace("network: kit", "network: memory"))
    told = "word " * 400
    folder.write(
        "posts.yaml", "[" + "".join(f"{{id: p{n}, day: monday, text: '{told} {n}'}}, " for n in range(1_500)) + "]"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "mwcampaign", "check", str(folder.path), "--format", form],
        cwd=Path(__file__).parents[2],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (CEILING, CEILING)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in {0, 3}, ran.stderr[-2000:]
    assert ran.stdout.count("MW330") >= 1_500
