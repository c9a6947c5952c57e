"""A dry run is the real path cut short: no socket, no row."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.cli.conftest import Run, write_campaign
from tests.cli.test_plan_apply_run import ledger_rows

NO_SOCKETS = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent / "no_sockets"), *sys.path])}
SECRETS = {"PASSWORD": "canary-password", "TOKEN": "canary-token"} | {f"X{number}": "canary-x" for number in range(4)}


def three_networks(folder: Path) -> Path:
    """Write a campaign with an account on each network, nobody behind them."""
    campaign = write_campaign(folder, text="Déjà vu 🏛️ @louvre.example.com {{ tags }}")
    file = campaign / "campaign.yaml"
    keys = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    x = ", ".join(f"{name}: 'env:X{number}'" for number, name in enumerate(keys))
    accounts = f"""\
  - {{institution: louvre, network: bluesky, handle: louvre.example.com, secrets: {{app_password: 'env:PASSWORD'}}}}
  - institution: louvre
    network: mastodon
    server: https://mastodon.invalid
    secrets: {{access_token: 'env:TOKEN'}}
  - {{institution: louvre, network: x, handle: louvre, secrets: {{{x}}}}}
"""
    told = file.read_text("utf-8").replace("  - institution: louvre\n    network: memory\n", accounts)
    file.write_text(told, "utf-8")
    return campaign


def test_no_socket_and_no_row(run: Run, tmp_path: Path) -> None:
    """Exact requests for three networks, without a connection, a row, or a secret."""
    campaign = three_networks(tmp_path / "week")
    assert run("apply", campaign, env=NO_SOCKETS).code == 0
    before = ledger_rows(campaign)
    for command in (("run", campaign, "--dry-run"), ("publish", campaign, "--post", "story", "--dry-run")):
        done = run(*command, env=NO_SOCKETS | SECRETS)
        assert done.code == 0, done.err
        assert "canary" not in done.out + done.err
    lines = [json.loads(line) for line in run("run", campaign, "--dry-run", env=NO_SOCKETS).out.splitlines()]
    assert {line["account"] for line in lines} == {"louvre@bluesky", "louvre@mastodon", "louvre@x"}
    texts = {json.dumps(line["request"], ensure_ascii=False) for line in lines}
    assert all("Déjà vu 🏛️ @louvre.example.com #MuseumWeek #SecretsMW" in text for text in texts)
    assert ledger_rows(campaign) == before


def test_the_guard_against_sockets_works(run: Run, tmp_path: Path) -> None:
    """The real run does touch a socket, and the guard of the test above sees it."""
    campaign = three_networks(tmp_path / "week")
    run("apply", campaign)
    real = run("run", campaign, "--once", env=NO_SOCKETS | SECRETS)
    assert (real.code, "a socket was touched" in real.err) == (99, True)
