"""Logins through a network's own page: the browser comes back here, or its address is pasted; codes become tokens."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.cli.conftest import Ran, Run, environment, write_campaign
from tests.cli.fake_oauth import CANARY, CLIENT, LONG, PAGES, REFRESH, SECRET, FakeOAuth

HOME = "https://my-museum.example/back"


@pytest.fixture
def server() -> Iterator[FakeOAuth]:
    """A server that signs in to five networks."""
    made = FakeOAuth()
    yield made
    made.shutdown()
    made.server_close()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def week(folder: Path, server: FakeOAuth, network: str, options: str = "") -> Path:
    """Write a campaign whose account has no token yet."""
    told = f"    server: {server.url}\n    secrets: {{access_token: env:NONE}}\n" + options
    return write_campaign(folder, network=network, account=told)


@dataclass
class Talk:
    """A login that is under way: what it says is read line by line, and answered."""

    process: subprocess.Popen[str]
    said: str = ""

    def until(self, pattern: str) -> re.Match[str]:
        """Read what it says on stderr until a line has the pattern."""
        assert self.process.stderr is not None
        while not (found := re.search(pattern, self.said)):
            line = self.process.stderr.readline()
            assert line, self.said
            self.said += line
        return found

    def tell(self, *lines: str) -> None:
        """Answer."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def end(self) -> Ran:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=60)
        assert "Traceback" not in err, err
        return Ran(self.process.returncode, out, self.said + err)


def talk(*arguments: object) -> Talk:
    """Begin a login."""
    command = [sys.executable, "-m", "mwcampaign", "accounts", "login", *map(str, arguments), "--keep", "file"]
    pipe = subprocess.PIPE
    return Talk(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment()))


def browse(address: str) -> int:
    """Open a page, and return the status."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def kept(folder: Path, name: str) -> str:
    """Return what is kept of a secret."""
    return (folder / ".mwcampaign" / "secrets" / name).read_text("utf-8")


def seen_nowhere(folder: Path, *ran: Ran) -> None:
    """Look for canaries in everything but the folder of secrets."""
    assert all(CANARY not in each.out + each.err for each in ran)
    inside = folder / ".mwcampaign" / "secrets"
    for path in folder.rglob("*"):
        if path.is_file() and inside not in path.parents:
            assert CANARY.encode() not in path.read_bytes(), path


def test_the_browser_comes_back_to_this_machine(tmp_path: Path, server: FakeOAuth) -> None:
    """LinkedIn: only the return that carries this login's state counts; token, end, rights and renewal are kept."""
    folder, port = week(tmp_path / "week", server, "linkedin", '    options: {organization: "2414183"}\n'), free_port()
    going = talk("linkedin", folder, "--way", "oauth", "--port", port)
    going.tell(CLIENT, SECRET)
    page = going.until(r"(http://\S+/oauth/v2/authorization\?\S+)\n")[1]
    going.until(f"Waiting at http://127.0.0.1:{port}/")
    asked = dict(parse_qsl(urlsplit(page).query))
    assert asked["scope"] == "w_organization_social r_organization_social"
    assert asked["redirect_uri"] == f"http://127.0.0.1:{port}/"
    assert browse(f"http://127.0.0.1:{port}/favicon.ico") == 400
    assert browse(f"http://127.0.0.1:{port}/?code=stolen&state=guessed") == 400
    assert browse(server.agree(page)) == 200
    done = going.end()
    assert done.code == 0, done.err
    assert "secrets:\n    access_token: file:.mwcampaign/secrets/louvre@linkedin.access_token" in done.out
    assert kept(folder, "louvre@linkedin.access_token") == LONG
    assert REFRESH in kept(folder, "louvre@linkedin.grant")
    assert "good until" in done.err
    seen_nowhere(folder, done)


@pytest.mark.parametrize("whole", [True, False])
def test_over_ssh_the_address_or_the_code_is_pasted(tmp_path: Path, server: FakeOAuth, whole: bool) -> None:
    """While the browser is waited for, what it ended on elsewhere may be pasted; a bare code too."""
    folder = week(tmp_path / "week", server, "linkedin", '    options: {organization: "2414183"}\n')
    going = talk("linkedin", folder, "--way", "oauth", "--port", free_port())
    going.tell(CLIENT, SECRET)
    page = going.until(r"(http://\S+/oauth/v2/authorization\?\S+)\n")[1]
    going.until("paste here")
    back = server.agree(page)
    going.tell(back if whole else dict(parse_qsl(urlsplit(back).query))["code"])
    done = going.end()
    assert done.code == 0, done.err
    assert kept(folder, "louvre@linkedin.access_token") == LONG
    seen_nowhere(folder, done)


def test_what_comes_back_from_another_login_is_refused(tmp_path: Path, server: FakeOAuth) -> None:
    """A pasted address without our state is not exchanged, and nothing is kept."""
    folder = week(tmp_path / "week", server, "linkedin", '    options: {organization: "2414183"}\n')
    going = talk("linkedin", folder, "--way", "oauth", "--paste")
    going.tell(CLIENT, SECRET, f"{HOME}?code=c4n4ry-other&state=other")
    done = going.end()
    assert (done.code, "begin again" in done.err) == (4, True)
    assert server.asked == []
    assert not (folder / ".mwcampaign").exists()


def test_a_person_who_says_no(tmp_path: Path, server: FakeOAuth) -> None:
    """The network sends them back with a word, which is told; nothing is kept."""
    folder, port = week(tmp_path / "week", server, "linkedin", '    options: {organization: "1"}\n'), free_port()
    going = talk("linkedin", folder, "--way", "oauth", "--port", port)
    going.tell(CLIENT, SECRET)
    page = going.until(r"(http://\S+/oauth/v2/authorization\?\S+)\n")[1]
    going.until("Waiting at")
    state = dict(parse_qsl(urlsplit(page).query))["state"]
    back = urlencode({"error": "user_cancelled_authorize", "state": state})
    assert browse(f"http://127.0.0.1:{port}/?{back}") == 400
    done = going.end()
    assert (done.code, "user_cancelled_authorize" in done.err) == (4, True)


def test_nobody_comes_back(tmp_path: Path, server: FakeOAuth) -> None:
    """After the time that was given it ends, and says so."""
    folder = week(tmp_path / "week", server, "linkedin", '    options: {organization: "1"}\n')
    going = talk("linkedin", folder, "--way", "oauth", "--port", free_port(), "--wait", 1)
    going.tell(CLIENT, SECRET)
    done = going.end()
    assert (done.code, "nobody came back" in done.err) == (4, True)


def test_a_wrong_client_secret(tmp_path: Path, server: FakeOAuth) -> None:
    """The network's word for it is told, and neither the secret nor the server's sentence, which repeats it."""
    folder = week(tmp_path / "week", server, "linkedin", '    options: {organization: "1"}\n')
    going = talk("linkedin", folder, "--way", "oauth", "--paste")
    going.tell(CLIENT, f"{CANARY}-wrong")
    page = going.until(r"(http://\S+/oauth/v2/authorization\?\S+)\n")[1]
    going.tell(server.agree(page))
    done = going.end()
    assert (done.code, "invalid_client" in done.err) == (4, True)
    seen_nowhere(folder, done)


def test_vk_proves_that_it_began(tmp_path: Path, server: FakeOAuth) -> None:
    """VK ID: the code is exchanged with the verifier whose challenge went ahead, and the device that came back."""
    folder, port = week(tmp_path / "week", server, "vk", '    options: {group_id: "7"}\n'), free_port()
    going = talk("vk", folder, "--way", "oauth", "--port", port)
    going.tell(CLIENT)
    page = going.until(r"(http://\S+/authorize\?\S+)\n")[1]
    going.until("Waiting at")
    assert dict(parse_qsl(urlsplit(page).query))["code_challenge_method"] == "S256"
    assert browse(server.agree(page)) == 200
    done = going.end()
    assert done.code == 0, done.err
    assert kept(folder, "louvre@vk.access_token") == LONG
    # What renews the token, and nothing that is asked only once.
    renewal = json.loads(kept(folder, "louvre@vk.grant"))["renewal"]
    assert renewal == {"client_id": CLIENT, "device_id": "d-1", "refresh_token": REFRESH}
    seen_nowhere(folder, done)


@pytest.mark.parametrize("network", ["instagram", "threads"])
def test_a_token_of_sixty_days(tmp_path: Path, server: FakeOAuth, network: str) -> None:
    """Instagram, Threads: the code becomes a token of an hour, that one of 60 days, and the end is known."""
    folder = week(tmp_path / "week", server, network, "    options: {public_base_url: https://media.example/mw}\n")
    going = talk(network, folder, "--way", "oauth")
    going.tell(CLIENT, SECRET, HOME)
    page = going.until(r"(http://\S+/oauth/authorize\?\S+)\n")[1]
    going.tell(server.agree(page) + "#_")
    done = going.end()
    assert done.code == 0, done.err
    assert kept(folder, f"louvre@{network}.access_token") == LONG
    assert "handle: my_museum" in done.out
    seen_nowhere(folder, done)


def test_a_person_with_two_pages(run: Run, tmp_path: Path, server: FakeOAuth) -> None:
    """Facebook: the token of the chosen Page is kept, with the Page's number among the options; the person's is not."""
    folder = week(tmp_path / "week", server, "facebook")
    going = talk("facebook", folder, "--way", "oauth")
    going.tell(CLIENT, SECRET, HOME)
    page = going.until(r"(http://\S+/dialog/oauth\?\S+)\n")[1]
    going.tell(server.agree(page), "2")
    done = going.end()
    assert done.code == 0, done.err
    assert (PAGES[1]["name"] in done.err, 'page_id: "102"' in done.out) == (True, True)
    assert kept(folder, "louvre@facebook.access_token") == PAGES[1]["access_token"]
    assert LONG not in kept(folder, "louvre@facebook.grant")
    seen_nowhere(folder, done)
