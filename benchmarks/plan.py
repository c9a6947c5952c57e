"""What `check`, `plan` and `apply` cost at the size of the whole movement: seconds, messages a second, peak memory.

Takes numbers of institutions (6000 60000), or a table of real ones and a number. Each has 7 days × 3 posts × 3
networks. The last line compares applying with the sum of bare Jinja renderings of the texts and bare inserts of the
rows.
"""

from __future__ import annotations

import csv
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment

DAYS, NETWORKS = 7, 3
TEXTS = (
    "Good morning from {{ institution.name }} in {{ institution.city }}! {{ tags }}",
    "Which object in our rooms would you take home for a day? Tell us, {{ institution.name }} is listening. {{ tags }}",
    "{% if institution.country %}From {{ institution.city }} with love: {% endif %}{{ institution.name }} closes its "
    "doors for today. See you tomorrow! {{ tags }}",
)
COLUMNS = ("id", "name", "country", "city", "timezone", "languages")
ACCOUNTS = """\
accounts:
  - {institution: "*", network: x, secrets: {consumer_key: env:A, consumer_secret: env:B, access_token: env:C,
     access_token_secret: env:D}}
  - {institution: "*", network: mastodon, server: "https://mastodon.example", secrets: {access_token: env:A}}
  - {institution: "*", network: bluesky, secrets: {app_password: env:A}}
"""
BEFORE = "2021-06-01T00:00Z"


def people(size: int, table: Path | None) -> Iterator[tuple[str, ...]]:
    """Yield so many institutions: of a table, as often as needed, or numbered ones."""
    rows = list(csv.DictReader(table.open(encoding="utf-8"))) if table else []
    for number in range(size):
        if rows:
            row = rows[number % len(rows)]
            yield (f"m{number}", row["name"], row["country"], row["city"], row["timezone"], row["languages"])
        else:
            yield (f"m{number}", f"Musée municipal n° {number}", "FR", "Lyon", "Europe/Paris", "fr")


def write(folder: Path, size: int, table: Path | None) -> None:
    """Write a campaign."""
    folder.mkdir()
    with (folder / "institutions.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(people(size, table))
    days = "".join(f"    - {{id: day{n}, date: 2021-06-0{n + 1}, tags: {{en: '#Day{n}MW'}}}}\n" for n in range(1, 8))
    posts = "".join(
        f"  - id: post{n}\n    day: every\n    at: '{9 + 3 * n:02d}:00'\n    text: >-\n      {text}\n"
        for n, text in enumerate(TEXTS)
    )
    head = "edition:\n  id: size\n  title: Size\n  main_tag: '#MuseumWeek'\n  days:\n"
    (folder / "campaign.yaml").write_text(f"{head}{days}posts:\n{posts}{ACCOUNTS}", "utf-8")


def run(*arguments: str) -> tuple[float, int]:
    """Run a command; return its seconds and the peak memory of its largest process in MB."""
    began = time.perf_counter()
    started = subprocess.Popen([sys.executable, "-m", "mwcampaign", *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(started.pid, 0)
    if status not in {0, 3 << 8}:
        sys.exit(f"{arguments[0]} ended with {status >> 8}")
    return time.perf_counter() - began, used.ru_maxrss // 1024


def bare(folder: Path, size: int, table: Path | None) -> float:
    """Return the seconds of bare renderings of the texts, and bare inserts of the rows they make."""
    began = time.perf_counter()
    templates = [Environment(autoescape=False).from_string(text) for text in TEXTS]
    db = sqlite3.connect(folder / "bare.db")
    db.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE delivery (id INTEGER PRIMARY KEY, key TEXT UNIQUE, due INTEGER, state INTEGER, body TEXT);"
        "CREATE INDEX due ON delivery (due, id) WHERE state = 0;"
    )

    def rows() -> Iterator[tuple[str, int, str]]:
        for told in people(size, table):
            institution = dict(zip(COLUMNS, told, strict=True))
            for day in range(DAYS):
                for number, template in enumerate(templates):
                    text = template.render(institution=institution, tags=f"#MuseumWeek #Day{day}MW")
                    for network in range(NETWORKS):
                        yield f"{told[0]} {day} {number} {network}", day * 1000 + number, text

    with db:
        db.executemany("INSERT INTO delivery (key, due, state, body) VALUES (?, ?, 0, ?)", rows())
    db.close()
    return time.perf_counter() - began


def main() -> None:
    """Print the figures."""
    numbers = [int(told) for told in sys.argv[1:] if told.isdigit()] or [2000]
    table = next((Path(told) for told in sys.argv[1:] if not told.isdigit()), None)
    for size in numbers:
        with tempfile.TemporaryDirectory(dir=".") as name:
            folder = Path(name) / "week"
            write(folder, size, table)
            messages = size * DAYS * len(TEXTS) * NETWORKS
            print(f"{size:,} institutions, {messages:,} messages")
            seconds = {}
            for command in ("check", "plan", "apply"):
                more = ("--as-of", BEFORE) if command != "check" else ()
                seconds[command], peak = run(command, str(folder), *more)
                speed = messages / seconds[command]
                print(
                    f"  {command:<6} {seconds[command]:7.1f} s {speed:9,.0f} messages/s, {peak} MB (goal at most 150)"
                )
            least = bare(Path(name), size, table)
            print(f"  bare   {least:7.1f} s; apply takes {seconds['apply'] / least:.2f} times that (goal at most 1.6)")


if __name__ == "__main__":
    main()
