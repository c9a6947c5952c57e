"""Logins whose secrets are entered: tried before they are kept, kept where nobody else reads them, shown never."""

from __future__ import annotations

import json
import os
import pty
import re
import stat
import subprocess
import sys
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import yaml

from tests.cli.conftest import PROJECT, Ran, environment, write_campaign
from tests.cli.fake_oauth import PAGES, FakeOAuth
from tests.cli.program import run_program
from tests.platforms.conftest import mastodon_server

__all__ = ["mastodon_server"]

TOKEN = "bob_token"
CANARY = "c4n4ry-entered"


def login(folder: Path, *arguments: object, lines: tuple[str, ...] = (), **env: str) -> Ran:
    """Log in with these answers, one a line."""
    told = "".join(f"{line}\n" for line in lines)
    done = run_program(["accounts", *map(str, arguments)], environment(**env), folder, told)
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def files_with(folder: Path, secret: str) -> set[str]:
    """Return the files that hold a secret."""
    found = (path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes())
    return {path.relative_to(folder).as_posix() for path in found}


@pytest.fixture
def week(tmp_path: Path) -> Path:
    """A campaign of one museum without an account on Mastodon."""
    return write_campaign(tmp_path / "week")


def test_a_token_is_tried_and_kept(week: Path, mastodon_server: str) -> None:
    """Mastodon: the token is in one file that its owner alone may read; the block has its reference; it can post."""
    done = login(week, "login", "mastodon", "--way", "token", "--keep", "file", lines=(mastodon_server, TOKEN))
    assert done.code == 0, done.err
    folder = week / ".mwcampaign" / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("louvre*")} == {0o600}
    assert (folder / ".gitignore").read_text("utf-8") == "*\n"
    assert files_with(week, TOKEN) == {".mwcampaign/secrets/louvre@mastodon.access_token"}
    assert TOKEN not in done.out + done.err
    (told,) = yaml.safe_load(done.out)
    assert told == {
        "institution": "louvre", "network": "mastodon", "server": mastodon_server, "handle": "bob",
        "secrets": {"access_token": "file:.mwcampaign/secrets/louvre@mastodon.access_token"},
    }  # fmt: skip
    verified = json.loads((week / ".mwcampaign" / "verified.json").read_text("utf-8"))
    assert verified["louvre@mastodon"]["limits"]["text_limit"] == 500


def test_the_block_is_added_and_then_works(week: Path, mastodon_server: str) -> None:
    """--write: every byte of accounts.yaml stays, the new account follows, `check` and `verify` take it."""
    before = b"# ours \xc3\xa9\r\naccounts:   # kept\n  - {institution: louvre, network: memory, id: x@memory}"
    (week / "accounts.yaml").write_bytes(before)
    lines = (mastodon_server, TOKEN)
    done = login(week, "login", "mastodon", "--way", "token", "--keep", "file", "--write", lines=lines)
    assert done.code == 0, done.err
    after = (week / "accounts.yaml").read_bytes()
    assert after.startswith(before + b"\n  - institution: louvre\n    network: mastodon\n")
    assert login(week, "verify", "--account", "louvre@mastodon").code == 0
    again = login(week, "login", "mastodon", "--way", "token", "--write", lines=(TOKEN,))
    assert (again.code, "has these references already" in again.err) == (0, True)
    assert (week / "accounts.yaml").read_bytes() == after


@pytest.mark.parametrize(
    "told",
    ["accounts: [{institution: louvre, network: memory}]\n", "other: 1\n", "- {institution: louvre\n", "word\n",
     "accounts:\n- institution: louvre\n  network: memory\n...\n"],
)  # fmt: skip
def test_a_file_that_has_no_simple_end_is_left_alone(week: Path, mastodon_server: str, told: str) -> None:
    """What cannot be added to byte for byte is refused; the token is kept, and the file as it was."""
    (week / "campaign.yaml").write_text(
        (week / "campaign.yaml")
        .read_text("utf-8")
        .replace("accounts:\n  - institution: louvre\n    network: memory\n", "")
    )
    (week / "accounts.yaml").write_text(told, "utf-8")
    done = login(
        week, "login", "mastodon", "--way", "token", "--keep", "file", "--write", lines=(mastodon_server, TOKEN)
    )
    assert done.code != 0
    assert (week / "accounts.yaml").read_text("utf-8") == told
    assert "louvre@mastodon.access_token" in done.out + done.err


def test_what_the_network_does_not_accept_is_not_kept(week: Path, mastodon_server: str) -> None:
    """Exit 4 and the reason; no file, no reference, no trace of what was entered."""
    done = login(week, "login", "mastodon", "--way", "token", lines=(mastodon_server, CANARY))
    assert (done.code, done.out, "401" in done.err) == (4, "", True)
    assert CANARY not in done.err
    assert files_with(week, CANARY) == set()
    assert not (week / ".mwcampaign").exists()


def test_a_wrong_new_token_leaves_the_old_one(week: Path, mastodon_server: str) -> None:
    """What was kept before is kept still."""
    assert (
        login(week, "login", "mastodon", "--way", "token", "--keep", "file", lines=(mastodon_server, TOKEN)).code == 0
    )
    assert (
        login(week, "login", "mastodon", "--way", "token", "--keep", "file", lines=(mastodon_server, CANARY)).code == 4
    )
    assert files_with(week, TOKEN) == {".mwcampaign/secrets/louvre@mastodon.access_token"}


def test_a_code_that_the_server_shows(week: Path, mastodon_server: str) -> None:
    """OAuth at Mastodon: this program registers itself, the person brings the code; rights are told."""
    command = [sys.executable, "-m", "mwcampaign", "accounts", "login", "mastodon", "--way", "oauth", "--keep", "file"]
    with subprocess.Popen(command, stdin=-1, stdout=-1, stderr=-1, text=True, cwd=week, env=environment()) as going:
        assert going.stdin is not None
        assert going.stderr is not None
        going.stdin.write(f"{mastodon_server}\n")
        going.stdin.flush()
        said = ""
        while not (page := re.search(rf"({re.escape(mastodon_server)}/oauth/authorize\?\S+)\n", said)):
            said += (line := going.stderr.readline())
            assert line, said
        query = page[1].partition("?")[2]
        request = Request(f"{mastodon_server}/oauth/authorize", data=f"{query}&username=bob".encode())
        code = re.search(r"code: (\S+?)<", urlopen(request, timeout=10).read().decode())
        assert code
        out, err = going.communicate(f"{code[1]}\n", timeout=60)
    assert going.returncode == 0, err
    token = (week / ".mwcampaign/secrets/louvre@mastodon.access_token").read_text("utf-8")
    request = Request(
        f"{mastodon_server}/api/v1/accounts/verify_credentials", headers={"Authorization": f"Bearer {token}"}
    )
    assert json.loads(urlopen(request, timeout=10).read())["acct"] == "bob"
    assert token not in out + said + err
    assert files_with(week, token) == {".mwcampaign/secrets/louvre@mastodon.access_token"}
    (week / "accounts.yaml").write_text(out, "utf-8")
    done = login(week, "verify", "--format", "json", "--account", "louvre@mastodon")
    assert done.json["accounts"]["louvre@mastodon"]["rights"] == [
        "read:accounts", "read:statuses", "write:media", "write:statuses",
    ]  # fmt: skip


def test_a_wrong_code(week: Path, mastodon_server: str) -> None:
    """The server's no is told in a sentence, without the code."""
    done = login(week, "login", "mastodon", "--way", "oauth", lines=(mastodon_server, CANARY))
    assert (done.code, "exchanging the code" in done.err) == (4, True)
    assert CANARY not in done.err + done.out


def test_a_signing_secret_is_made(week: Path) -> None:
    """Webhook: an empty answer makes a secret of 32 bytes, which is kept and not shown."""
    lines = ("https://hooks.example.org", f"/{CANARY}", "")
    done = login(week, "login", "webhook", "--keep", "file", lines=lines)
    assert done.code == 0, done.err
    made = (week / ".mwcampaign/secrets/louvre@webhook.signing_secret").read_text("utf-8")
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made)
    assert made not in done.out + done.err
    assert CANARY not in done.out + done.err
    assert files_with(week, CANARY) == {".mwcampaign/secrets/louvre@webhook.path"}


def test_logout_forgets_what_login_kept(week: Path, mastodon_server: str) -> None:
    """All of the account's files go, others stay; a second logout finds nothing."""
    lines = (mastodon_server, TOKEN)
    login(week, "login", "mastodon", "--way", "token", "--keep", "file", "--write", lines=lines)
    own = week / "token.txt"
    own.write_text(CANARY, "utf-8")
    other = week / ".mwcampaign/secrets/other@mastodon.access_token"
    other.write_text(CANARY, "utf-8")
    done = login(week, "logout", "louvre@mastodon")
    assert (done.code, done.out.count("removed")) == (0, 2)
    assert files_with(week, TOKEN) == set()
    assert (own.exists(), other.exists()) == (True, True)
    assert "nothing is kept" in login(week, "logout", "louvre@mastodon").out
    assert login(week, "logout", "nobody@nowhere").code == 2


KEYRING = """
import json, os
from pathlib import Path
FILE = Path(os.environ["RING"])
class Ring: "Stands in for a desktop's keyring."
def get_keyring(): return Ring()
def _all(): return json.loads(FILE.read_text()) if FILE.exists() else {}
def get_password(service, name): return _all().get(f"{service}|{name}")
def set_password(service, name, value): FILE.write_text(json.dumps(_all() | {f"{service}|{name}": value}))
def delete_password(service, name):
    kept = _all(); del kept[f"{service}|{name}"]; FILE.write_text(json.dumps(kept))
"""


def test_the_keyring_is_preferred(week: Path, tmp_path: Path, mastodon_server: str) -> None:
    """Where there is a keyring that encrypts, secrets go there and into no file; logout takes them out again."""
    package = tmp_path / "site" / "keyring"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(KEYRING, "utf-8")
    (package / "errors.py").write_text("class KeyringError(Exception): pass\n", "utf-8")
    env = {"RING": str(tmp_path / "ring.json"), "PYTHONPATH": str(tmp_path / "site")}
    done = login(week, "login", "mastodon", "--way", "token", "--write", lines=(mastodon_server, TOKEN), **env)
    assert done.code == 0, done.err
    assert "access_token: keyring:mwcampaign/week/louvre@mastodon" in done.out
    assert files_with(week, TOKEN) == set()
    assert TOKEN in (tmp_path / "ring.json").read_text("utf-8")
    assert login(week, "verify", "--account", "louvre@mastodon", **env).code == 0
    assert login(week, "logout", "louvre@mastodon", **env).out.count("removed") == 2
    assert json.loads((tmp_path / "ring.json").read_text("utf-8")) == {}


def test_which_account_is_meant(week: Path) -> None:
    """An unknown network, way, account or an unanswered question is wrong usage, told in a sentence."""
    for arguments, word in (
        (("login", "mastodno"), "did you mean 'mastodon'"),
        (("login", "mastodon", "--way", "fax"), "oauth, token"),
        (("login", "mastodon", "--account", "prado@mastodon"), "no account 'prado@mastodon'"),
        (("login", "bluesky"), "nothing was entered"),
        (("login", "mastodon"), "nothing was entered"),
    ):
        done = login(week, *arguments)
        assert (done.code, word in done.err) == (2, True), done.err
    assert "needs no secret" in login(week, "login", "memory").err


def test_hidden_answers_are_not_echoed(week: Path) -> None:
    """On a terminal a token is not seen while it is typed; what is no secret is."""
    server = FakeOAuth()
    write_campaign(
        week, network="facebook", account=f"    server: {server.url}\n    secrets: {{access_token: env:NONE}}\n"
    )
    token = PAGES[0]["access_token"]
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover - another process
        os.chdir(week)
        command = [
            sys.executable,
            "-m",
            "mwcampaign",
            "accounts",
            "login",
            "facebook",
            "--way",
            "token",
            "--keep",
            "file",
        ]
        os.execve(sys.executable, command, environment())
    shown = b""
    for question, typed in ((b"Page's number", b"101"), (b"access token:", token.encode())):
        while question not in shown:
            shown += os.read(terminal, 1000)
        os.write(terminal, typed + b"\n")
    try:
        while more := os.read(terminal, 1000):
            shown += more
    except OSError:
        pass  # the terminal of a process that ended
    _, status = os.waitpid(child, 0)
    server.shutdown()
    server.server_close()
    assert os.waitstatus_to_exitcode(status) == 0, shown
    assert (b"101" in shown, token.encode() in shown) == (True, False)
    assert (week / ".mwcampaign/secrets/louvre@facebook.access_token").read_text("utf-8") == token


BROKEN = """
class Broken:
    capabilities, secret_names, option_names = None, ("token",), ()
    def __init__(self, account, secrets, sessions): self.secrets = secrets
    def whoami(self): raise RuntimeError("a bug")
    def close(self): pass
"""


def test_a_bug_shows_no_secret(week: Path, tmp_path: Path) -> None:
    """Not even a traceback of somebody else's adapter has what was entered; a plug-in's secrets are asked by name."""
    info = tmp_path / "site" / "broken-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[mwcampaign.platforms]\nbroken = broken:Broken\n")
    (tmp_path / "site" / "broken.py").write_text(BROKEN)
    command = [sys.executable, "-m", "mwcampaign", "accounts", "login", "broken"]
    done = subprocess.run(command, input=f"{CANARY}\n", capture_output=True, text=True, cwd=week, check=False,
                          env=environment(PYTHONPATH=f"{tmp_path / 'site'}:{PROJECT}"))  # fmt: skip
    assert (done.returncode, "token: " in done.stderr, "RuntimeError: a bug" in done.stderr) == (1, True, True)
    assert CANARY not in done.stdout + done.stderr
    assert files_with(tmp_path, CANARY) == set()


def test_no_option_takes_a_secret() -> None:
    """Arguments are seen by every user of a machine: what is secret is only ever asked for."""
    from mwcampaign.cli.accounts import login as command

    options = set(command.__annotations__) - {"return"}
    assert options == {"network", "path", "account", "way", "keep", "write", "paste", "port", "wait"}
