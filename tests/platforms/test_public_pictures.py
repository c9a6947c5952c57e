"""Pictures on a public address: nothing is posted before it serves exactly their bytes, and how they get there."""

from __future__ import annotations

import base64
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.message import Picture
from mwcampaign.errors import Deferred, PublishError, Rejected
from mwcampaign.platforms._public_pictures import PublicPictures
from mwcampaign.testing import samples
from tests.platforms.fake_bucket import ACCESS_KEY, Bucket
from tests.platforms.fake_graph import PublicFolder
from tests.platforms.instagram_rig import jpeg

SECRETS = {"s3_access_key": ACCESS_KEY, "s3_secret_key": "c4n4ry-never-shown", "sftp_password": "c4n4ry-never-shown"}


@pytest.fixture
def folder() -> Iterator[PublicFolder]:
    """A museum's web server with an empty folder."""
    server = PublicFolder()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def bucket(folder: PublicFolder) -> Iterator[Bucket]:
    """The store behind the museum's web server."""
    pytest.importorskip("boto3")
    server = Bucket(folder)
    yield server
    server.shutdown()
    server.server_close()


def pictures(
    base: str, upload: str = "", secrets: dict[str, str] | None = None, patience: float = 5.0
) -> PublicPictures:
    """Make what an adapter makes."""
    options = {"public_base_url": base} | ({"public_upload": upload} if upload else {})
    account = Account(id="museum@instagram", institution="museum", network="instagram", options=options)
    return PublicPictures(account, SECRETS if secrets is None else secrets, patience)


def trouble(asked: PublicPictures, made: tuple[Picture, bytes]) -> PublishError:
    """Return why a picture is not ready; no secret stands in it, nor behind it."""
    with pytest.raises(PublishError) as caught:
        asked.ready(*made)
    seen: BaseException | None = caught.value
    while seen is not None:
        assert "c4n4ry" not in repr(seen)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return caught.value


class TestWhatIsServed:
    """The address is asked, and compared with the picture."""

    @pytest.mark.parametrize(("made", "suffix"), [(jpeg(), ".jpg"), (samples.picture(), ".png")])
    def test_a_picture_that_is_there(self, folder: PublicFolder, made: tuple[Picture, bytes], suffix: str) -> None:
        """Its name is its digest with the suffix of its kind."""
        address = folder.put(made[0].digest + suffix, made[1])
        assert pictures(folder.url + "/").ready(*made) == address

    def test_a_picture_that_is_not_there(self, folder: PublicFolder) -> None:
        """The delivery waits, and the words say what to put where."""
        picture, content = jpeg()
        error = trouble(pictures(folder.url), (picture, content))
        assert type(error) is Deferred
        assert f"{folder.url}/{picture.digest}.jpg is not there; put room-1.jpg there" in str(error)
        folder.put(f"{picture.digest}.jpg", content)
        assert pictures(folder.url).ready(picture, content)

    @pytest.mark.parametrize("served", (b"", jpeg()[1][:-1], jpeg()[1] + b"\0", jpeg(1)[1], b"<html>Welcome</html>"))
    def test_other_bytes(self, folder: PublicFolder, served: bytes) -> None:
        """A picture that was resized, cut or replaced by a page is never posted."""
        picture, content = jpeg()
        folder.put(f"{picture.digest}.jpg", served)
        error = trouble(pictures(folder.url), (picture, content))
        assert type(error) is Rejected
        assert "serves other bytes" in str(error)

    @pytest.mark.parametrize(
        ("status", "kind"), [(301, Rejected), (403, Deferred), (410, Deferred), (429, Deferred), (503, Deferred)]
    )
    def test_other_answers(self, folder: PublicFolder, status: int, kind: type[PublishError]) -> None:
        """What may pass is waited for; an address that leads elsewhere is not followed."""
        folder.status = status
        assert type(trouble(pictures(folder.url), jpeg())) is kind

    def test_nobody_listens(self) -> None:
        """A web server that is down is a delay."""
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            assert type(trouble(pictures(f"http://127.0.0.1:{nobody.getsockname()[1]}"), jpeg())) is Deferred

    @pytest.mark.parametrize(
        ("base", "words"), [("", "no option public_base_url"), ("http://media.example", "must be an https address")]
    )
    def test_an_account_that_says_nothing(self, base: str, words: str) -> None:
        """The option is named, and concerns the whole account."""
        error = trouble(pictures(base), jpeg())
        assert type(error) is Rejected
        assert (error.reach, words in str(error)) == ("account", True)


class TestBucket:
    """s3:// puts a picture into a bucket."""

    def test_put_once(self, folder: PublicFolder, bucket: Bucket) -> None:
        """A picture that is not served yet is put, as what it is; one that is served is left alone."""
        asked = pictures(folder.url, bucket.target)
        for _ in range(2):
            for made in (jpeg(), samples.picture()):
                assert asked.ready(*made).startswith(f"{folder.url}/{made[0].digest}.")
        assert bucket.kinds == ["image/jpeg", "image/png"]

    def test_half_a_picture_is_replaced(self, folder: PublicFolder, bucket: Bucket) -> None:
        """An upload that broke off, by whatever means, is made good."""
        picture, content = jpeg()
        folder.put(f"{picture.digest}.jpg", content[: len(content) // 2])
        assert pictures(folder.url, bucket.target).ready(picture, content)

    def test_a_store_that_changes_pictures(self, folder: PublicFolder, bucket: Bucket) -> None:
        """What is served after the upload is compared too."""
        bucket.spoils = True
        error = trouble(pictures(folder.url, bucket.target), jpeg())
        assert "serves other bytes" in str(error)

    def test_put_and_not_served(self, folder: PublicFolder, bucket: Bucket) -> None:
        """Where the public address lags behind the bucket, or is another's, the delivery waits and says so."""
        error = trouble(pictures(folder.url + "/elsewhere", bucket.target), jpeg())
        assert type(error) is Deferred
        assert "was put there and is not served yet" in str(error)

    @pytest.mark.parametrize(
        ("refuse", "kind"),
        [((403, "AccessDenied"), Rejected), ((503, "SlowDown"), Deferred), ((500, "InternalError"), Deferred)],
    )
    def test_the_bucket_says_no(
        self, folder: PublicFolder, bucket: Bucket, refuse: tuple[int, str], kind: type[PublishError]
    ) -> None:
        """A refusal concerns the account; trouble of the store is a delay. Its code is told."""
        bucket.refuse = refuse
        error = trouble(pictures(folder.url, bucket.target), jpeg())
        assert type(error) is kind
        assert refuse[1] in str(error)

    def test_wrong_keys_and_nobody(self, folder: PublicFolder, bucket: Bucket) -> None:
        """Keys that nobody knows are a refusal; a store that is not there is a delay."""
        wrong = pictures(folder.url, bucket.target, {"s3_access_key": "c4n4ry", "s3_secret_key": "c4n4ry"})
        assert type(trouble(wrong, jpeg())) is Rejected
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            gone = re.sub(r"127.0.0.1:\d+", f"127.0.0.1:{nobody.getsockname()[1]}", bucket.target)
            assert type(trouble(pictures(folder.url, gone), jpeg())) is Deferred


class TestFolder:
    """sftp:// puts a picture into a folder of a web server."""

    @pytest.fixture
    def host(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        """An SSH server that knows one password; its key is in the known hosts of this test."""
        pytest.importorskip("paramiko")
        from tests.platforms.sftp_host import SftpHost

        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / "web" / "mw").mkdir(parents=True)
        with SftpHost(tmp_path / "web", SECRETS["sftp_password"]) as server:
            (tmp_path / ".ssh").mkdir()
            known = f"[127.0.0.1]:{server.port} ssh-ed25519 {base64.b64encode(server.key.asbytes()).decode()}\n"
            (tmp_path / ".ssh" / "known_hosts").write_text(known)
            yield server

    def test_put(self, folder: PublicFolder, host: Any) -> None:
        """The picture lies there whole, under its name alone, also where half of it lay before."""
        picture, content = jpeg()
        place = host.root / "mw" / f"{picture.digest}.jpg"
        place.write_bytes(content[:9])
        # It is written, and nobody serves that folder here.
        error = trouble(pictures(folder.url, host.target), (picture, content))
        assert "was put there and is not served yet" in str(error)
        assert {each.name: each.read_bytes() for each in (host.root / "mw").iterdir()} == {place.name: content}

    @pytest.mark.parametrize("extension", (True, False))
    def test_servers_with_and_without_an_extension(self, folder: PublicFolder, host: Any, extension: bool) -> None:
        """Some servers cannot rename over a file."""
        host.posix_rename = extension
        picture, content = jpeg()
        place = host.root / "mw" / f"{picture.digest}.jpg"
        for before in (None, b"half"):
            if before is not None:
                place.write_bytes(before)
            trouble(pictures(folder.url, host.target), (picture, content))
            assert place.read_bytes() == content

    def test_a_wrong_password(self, folder: PublicFolder, host: Any) -> None:
        """It is told as that, for the whole account."""
        error = trouble(pictures(folder.url, host.target, {"sftp_password": "c4n4ry"}), jpeg())
        assert type(error) is Rejected
        assert "lets nobody in" in str(error)

    def test_a_server_nobody_has_seen(self, folder: PublicFolder, host: Any, tmp_path: Path) -> None:
        """The password is for the museum's own server alone."""
        (tmp_path / ".ssh" / "known_hosts").write_text("")
        error = trouble(pictures(folder.url, host.target), jpeg())
        assert type(error) is Rejected
        assert "known_hosts" in str(error)
        assert host.passwords == []

    def test_no_such_folder(self, folder: PublicFolder, host: Any) -> None:
        """A mistyped path is told."""
        error = trouble(pictures(folder.url, host.target + "/nowhere"), jpeg())
        assert type(error) is Rejected
        assert "no such folder" in str(error)

    def test_nobody_there(self, folder: PublicFolder, host: Any) -> None:
        """A server that is down is a delay."""
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            port = nobody.getsockname()[1]
            error = trouble(pictures(folder.url, f"sftp://museum@127.0.0.1:{port}/mw"), jpeg())
        assert type(error) is Deferred


@pytest.mark.parametrize(
    "target",
    ("ftp://museum@web.example/mw", "s3:///mw", "sftp://web.example/mw", "sftp://m:c4n4ry@web.example/mw", "mw"),
)
def test_a_target_of_no_known_kind(folder: PublicFolder, target: str) -> None:
    """What it may be is said; a password in it is refused, and not repeated."""
    error = trouble(pictures(folder.url, target), jpeg())
    assert type(error) is Rejected
    assert "s3://bucket/folder or sftp://user@host/folder" in str(error)


@pytest.mark.parametrize(("target", "library"), [("s3://museum", "boto3"), ("sftp://m@web.example/mw", "paramiko")])
def test_a_library_that_is_not_there(
    folder: PublicFolder, target: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who wants the extra is told how to get it."""
    monkeypatch.setitem(sys.modules, library, None)
    error = trouble(pictures(folder.url, target), jpeg())
    assert type(error) is Rejected
    assert re.search(r"pip install 'mwcampaign\[(s3|sftp)\]'", str(error))
