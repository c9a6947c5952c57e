"""The whole way, on real servers: files, ledger, networks, and back from the servers. Bluesky's reference server and
mastodon-mock, each behind a proxy that can lose an answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mwcampaign.testing import samples
from mwcampaign.testing.proxy import Fault, FaultProxy
from tests.cli.conftest import PROJECT, Run, environment, write_campaign
from tests.platforms.conftest import mastodon_server
from tests.platforms.pds import Pds, PdsAccount, pds

__all__ = ["mastodon_server", "pds"]

MASTODON_POST = {"method": "POST", "path": "^/api/v1/statuses$"}
BLUESKY_POST = {"method": "POST", "path": "putRecord"}


def ask(url: str, token: str = "") -> Any:
    """Ask a server without any of our code."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


@dataclass
class Week:
    """A campaign of one museum with an account on each server."""

    folder: Path
    account: PdsAccount
    pds_url: str
    mastodon_url: str
    bluesky: FaultProxy
    mastodon: FaultProxy
    before: tuple[set[str], set[str]] = (set(), set())

    @property
    def secrets(self) -> dict[str, str]:
        """Return the environment the campaign's references point to."""
        return {"BLUESKY_PASSWORD": self.account.app_password, "MASTODON_TOKEN": "bob_token"}

    def records(self) -> list[dict[str, Any]]:
        """Return the records the Bluesky server has that were not there before, oldest first."""
        query = f"repo={self.account.did}&collection=app.bsky.feed.post&limit=100&reverse=true"
        found = ask(f"{self.pds_url}/xrpc/com.atproto.repo.listRecords?{query}")["records"]
        return [record for record in found if record["uri"] not in self.before[0]]

    def statuses(self) -> list[dict[str, Any]]:
        """Return the statuses the Mastodon server has that were not there before, oldest first."""
        me = ask(f"{self.mastodon_url}/api/v1/accounts/verify_credentials", "bob_token")["id"]
        found = ask(f"{self.mastodon_url}/api/v1/accounts/{me}/statuses?limit=40", "bob_token")
        return [status for status in reversed(found) if status["id"] not in self.before[1]]


@pytest.fixture
def week(tmp_path: Path, pds: Pds, mastodon_server: str) -> Iterator[Week]:
    """A post with a picture and a reply to it, due now, on two servers."""
    with FaultProxy(pds.url) as bluesky, FaultProxy(mastodon_server) as mastodon:
        account = pds.accounts[1]
        posts = '    media: [room.png]\n    thread: [{text: "Second part, for 🏛️ lovers {{ main_tag }}"}]\n'
        folder = write_campaign(tmp_path / "week", text="Déjà vu 🏛️ at {{ institution.name }} {{ tags }}")
        file = folder / "campaign.yaml"
        told = file.read_text("utf-8")
        told = told.replace('{{ tags }}"\n', '{{ tags }}"\n' + posts, 1).replace(
            "  - institution: louvre\n    network: memory\n",
            f"  - {{institution: louvre, network: bluesky, server: '{bluesky.url}', handle: {account.handle},"
            " secrets: {app_password: 'env:BLUESKY_PASSWORD'}}\n"
            f"  - {{institution: louvre, network: mastodon, server: '{mastodon.url}', handle: bob,"
            " secrets: {access_token: 'env:MASTODON_TOKEN'}}\n",
        )
        # Each test has its own edition: the same delivery of the same edition is the same post, and servers know that.
        file.write_text(told.replace("id: mw\n", f"id: mw-{uuid.uuid4().hex}\n"), "utf-8")
        (folder / "media").mkdir()
        (folder / "media" / "room.png").write_bytes(samples.png(7))
        record = "alt: {en: A room with a view of the court}\ncredit: made for this test\nlicence: CC0-1.0\n"
        (folder / "media" / "room.png.yaml").write_text(record, "utf-8")
        made = Week(folder, account, pds.url, mastodon_server, bluesky, mastodon)
        made.before = ({one["uri"] for one in made.records()}, {one["id"] for one in made.statuses()})
        yield made


def test_a_week_reaches_both_networks_once(run: Run, week: Week) -> None:
    """Posts, pictures, alt texts, live hashtags and threads are read back from the servers; a second run is silent."""
    assert run("check", week.folder).code == 0
    assert run("apply", week.folder).code == 0
    done = run("run", week.folder, "--once", env=week.secrets)
    assert done.code == 0, done.err

    first, second = week.records()
    text = "Déjà vu 🏛️ at Musée du Louvre #MuseumWeek #SecretsMW"
    assert (first["value"]["text"], first["value"]["langs"]) == (text, ["en"])
    (image,) = first["value"]["embed"]["images"]
    assert (image["alt"], image["aspectRatio"]) == ("A room with a view of the court", {"width": 32, "height": 24})
    tags = [
        (text.encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(), facet["features"][0]["tag"])
        for facet in first["value"]["facets"]
    ]
    assert tags == [("#MuseumWeek", "MuseumWeek"), ("#SecretsMW", "SecretsMW")]
    assert second["value"]["reply"]["root"]["uri"] == second["value"]["reply"]["parent"]["uri"] == first["uri"]

    status, reply = week.statuses()
    assert [tag["name"] for tag in status["tags"]] == ["museumweek", "secretsmw"]
    (attached,) = status["media_attachments"]
    assert (attached["description"], status["language"]) == ("A room with a view of the court", "en")
    assert reply["in_reply_to_id"] == status["id"]

    urls = set()
    for line in done.lines:
        if line["event"] == "delivered":
            shown = run("show", line["key"], "--campaign", week.folder, "--format", "json").json
            urls.add(shown["receipt"]["url"])
    assert {status["url"], reply["url"]} < urls
    assert f"https://bsky.app/profile/{week.account.did}/post/{first['uri'].rpartition('/')[2]}" in urls

    asked = len(week.bluesky.requests) + len(week.mastodon.requests)
    again = run("run", week.folder, "--once", env=week.secrets)
    assert (again.code, again.out) == (0, "")
    assert len(week.bluesky.requests) + len(week.mastodon.requests) == asked


def test_an_audit_reads_back_what_is_public(run: Run, week: Week) -> None:
    """As it was sent: exit 0. A post that was taken down is named; nothing is written to any network."""
    file = week.folder / "campaign.yaml"
    # Other tests post on these accounts too: what reads the same would be a double, and rightly so.
    told = file.read_text("utf-8")
    file.write_text(told.replace("Déjà vu", f"Déjà vu {uuid.uuid4().hex}"), "utf-8")
    run("apply", week.folder)
    assert run("run", week.folder, "--once", env=week.secrets).code == 0
    clean = run("audit", week.folder, "--format", "json", env=week.secrets)
    assert (clean.code, clean.json["read"], clean.json["found"]) == (0, 4, [])
    _, reply = week.statuses()
    request = urllib.request.Request(f"{week.mastodon_url}/api/v1/statuses/{reply['id']}", method="DELETE")
    request.add_header("Authorization", "Bearer bob_token")
    urllib.request.urlopen(request, timeout=10).close()
    asked = len(week.bluesky.requests)
    found = run("audit", week.folder, "--format", "json", env=week.secrets)
    assert found.code == 7
    assert [(flaw["flaw"], flaw["account"]) for flaw in found.json["found"]] == [("missing", "louvre@mastodon")]
    assert all(seen.method == "GET" or "Session" in seen.path for seen in week.bluesky.requests[asked:])
    assert run("audit", week.folder, "--network", "bluesky", env=week.secrets).code == 0


def test_killed_between_seal_and_answer(run: Run, week: Week) -> None:
    """kill -9 while both networks hold the post and have not answered: the next run finds them, one post each."""
    run("apply", week.folder)
    week.bluesky.arm(Fault.STALL, **BLUESKY_POST)
    week.mastodon.arm(Fault.STALL, **MASTODON_POST)
    command = [sys.executable, "-m", "mwcampaign", "run", str(week.folder), "--once"]
    child = subprocess.Popen(command, env=environment(**week.secrets), cwd=PROJECT, stdout=subprocess.DEVNULL)
    try:
        for proxy in (week.bluesky, week.mastodon):
            wait_until(lambda proxy=proxy: any(seen.fault is Fault.STALL for seen in proxy.requests))
        wait_until(lambda: len(week.records()) == 1 and len(week.statuses()) == 1)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait(10)
    states = run("status", week.folder, "--format", "json").json["counts"]
    assert states["sending"] == 2
    after = run("run", week.folder, "--once", env=week.secrets)
    assert after.code == 0, after.err
    assert [line["state"] for line in after.lines if line["event"] == "looked"] == ["delivered", "delivered"]
    assert [record["value"]["text"][:6] for record in week.records()] == ["Déjà v", "Second"]
    assert len(week.statuses()) == 2


@pytest.mark.parametrize("fault", [Fault.DROP, Fault.SERVER_ERROR_AFTER, Fault.RUBBISH])
def test_an_answer_lost_on_the_way(run: Run, week: Week, fault: Fault) -> None:
    """The posts went out, the answers did not come back: unknown, looked up, one post each, exit 0."""
    run("apply", week.folder)
    week.bluesky.arm(fault, **BLUESKY_POST)
    week.mastodon.arm(fault, **MASTODON_POST)
    done = run("run", week.folder, "--once", env=week.secrets)
    assert done.code == 0, (done.err, done.out)
    assert [line["state"] for line in done.lines if line["event"] == "unknown"] == ["unknown", "unknown"]
    assert (len(week.records()), len(week.statuses())) == (2, 2)


def test_verify_asks_and_posts_nothing(run: Run, week: Week) -> None:
    """Who we are on each network, the instance's real limits kept for offline checks, no secret printed."""
    done = run("accounts", "verify", week.folder, "--format", "json", env=week.secrets)
    assert done.code == 0, done.err
    told = done.json["accounts"]
    assert told["louvre@mastodon"]["limits"]["text_limit"] == 500
    assert told["louvre@bluesky"]["handle"] == week.account.handle
    assert (week.records(), week.statuses()) == ([], [])
    kept = (week.folder / ".mwcampaign" / "verified.json").read_text("utf-8")
    for secret in week.secrets.values():
        assert secret not in done.out + done.err + kept
    wrong = run("accounts", "verify", week.folder, env=week.secrets | {"MASTODON_TOKEN": "canary-wrong"})
    assert (wrong.code, "louvre@mastodon" in wrong.err, "canary-wrong" in wrong.out + wrong.err) == (4, True, False)


def wait_until(happened: Any) -> None:
    """Wait for another process, with an end."""
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)
