"""What `check`, `plan` and `apply` cost at the size of the whole movement: seconds, messages a second, peak memory.

Takes numbers of institutions (6000 60000), or a table of real ones and a number. Each has 7 days × 3 posts × 3
networks. The last lines compare planning, and applying, which checks and plans besides, with the sum of bare Jinja
renderings of the texts and bare inserts of the same rows into the same tables. The goal is 1.6 times.
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


def rendered(size: int, table: Path | None) -> float:
    """Return the seconds of bare renderings of the texts, each once for all networks."""
    began = time.perf_counter()
    templates = [Environment(autoescape=False).from_string(text) for text in TEXTS]
    for told in people(size, table):
        institution = dict(zip(COLUMNS, told, strict=True))
        for day in range(DAYS):
            for template in templates:
                template.render(institution=institution, tags=f"#MuseumWeek #Day{day}MW")
    return time.perf_counter() - began


def inserted(ledger: Path) -> float:
    """Return the seconds of bare inserts of a ledger's rows into the same tables, in one transaction."""
    spent = 0.0
    source = sqlite3.connect(ledger)
    target = sqlite3.connect(ledger.with_name("bare.db"), isolation_level=None)
    target.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -49152")
    tables = ("message", "account", "delivery", "history")
    for kind in ("table", "index"):
        for (statement,) in source.execute(
            "SELECT sql FROM sqlite_master WHERE type = ? AND sql > '' AND tbl_name IN (?, ?, ?, ?)", (kind, *tables)
        ):
            target.execute(statement)
    target.execute("BEGIN IMMEDIATE")
    for table in tables:
        names = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
        insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        rows = source.execute(f"SELECT {', '.join(names)} FROM {table}")
        while batch := rows.fetchmany(1000):
            began = time.perf_counter()
            target.executemany(insert, batch)
            spent += time.perf_counter() - began
    began = time.perf_counter()
    target.execute("COMMIT")
    return spent + time.perf_counter() - began


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
            texts, rows = rendered(size, table), inserted(folder / ".mwcampaign" / "ledger.db")
            bare = texts + rows
            print(f"  bare   {texts:.1f} s of rendering, {rows:.1f} s of inserts: {bare:.1f} s in all")
            for command in ("plan", "apply"):
                print(f"  {command:<6} takes {seconds[command] / bare:.2f} times that (goal at most 1.6)")


if __name__ == "__main__":
    main()
