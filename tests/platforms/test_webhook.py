"""The webhook adapter keeps the contract in front of a receiver written from Standard Webhooks, and its own rules."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mwcampaign.core.delivery import DeliveryKey, Receipt
from mwcampaign.core.ports import Handles, Inconclusive
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import Sending
from tests.platforms.fake_webhook import KEY, PATH, SECRET, FakeWebhook, signature
from tests.platforms.webhook_rig import POST, WebhookRig


@pytest.fixture
def receiver() -> Iterator[WebhookRig]:
    """A receiver without posts."""
    server = FakeWebhook()
    with FaultProxy(server.url) as proxy:
        rig = WebhookRig(server, proxy)
        yield rig
        rig.platform.close()
    server.shutdown()
    server.server_close()


class TestWebhookKeepsTheContract(PlatformContract):
    """The suite every adapter passes."""

    vectors = (("", 0), ("a" * 10_000, 10_000), ("https://example.com/a-long-way/to-go", 36), ("の", 1), ("🏛️", 2))
    tells_allowances = "never"
    """The specification has no word for what is left."""

    @pytest.fixture
    def rig(self, receiver: WebhookRig) -> WebhookRig:
        """The receiver."""
        return receiver


class TestAReceiverThatRemembers(Sending):
    """The promise about a repeated request, at a receiver that promises to know ids for an hour."""

    @pytest.fixture
    def rig(self, receiver: WebhookRig) -> WebhookRig:
        """The receiver, and an account that says what it promises."""
        receiver.server.remembers = True
        return WebhookRig(receiver.server, receiver.proxy, replay_window="3600")

    test_same_envelope_twice = PlatformContract.test_same_envelope_twice

    def test_it_is_told(self, rig: WebhookRig) -> None:
        """The engine repeats a sealed request only as long as the account's receiver remembers."""
        assert rig.platform.capabilities.replay_window == 3600


class TestWebhookItself(Sending):
    """What webhooks do that no network does."""

    def test_the_receiver_checks_as_others_do(self) -> None:
        """The signature that our receiver asks for is the one in the specification's own example."""
        key, told_id, moment = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330"
        right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        assert signature(key, told_id, moment, b'{"test": 2432232314}') == right

    def test_everything_arrives(self, receiver: WebhookRig) -> None:
        """Text, language, warning, account and key, and the pictures byte for byte."""
        envelope = self.ready(receiver.platform, samples.message("Regardez 🏛️", 2, "fr-CA"),
                              at=datetime(2026, 6, 8, 8, 0, 0, 999, tzinfo=UTC))  # fmt: skip
        receiver.platform.publish(envelope)
        (seen,) = receiver.proxy.requests
        assert seen.body == envelope.payload.encode()
        told = json.loads(seen.body)
        assert (told["type"], told["timestamp"]) == ("mwcampaign.post", "2026-06-08T08:00:00Z")
        data = told["data"]
        assert data["key"] == seen.lower["webhook-id"] == seen.lower["idempotency-key"] == envelope.address
        assert (data["language"], data["account"]) == ("fr-CA", "museum@webhook")
        for number, picture in enumerate(data["pictures"]):
            known, content = samples.picture(number)
            assert base64.b64decode(picture["content"]) == content
            assert (picture["alt"], picture["mime"], picture["name"]) == (known.alt, known.mime, known.name)
            assert (picture["width"], picture["height"]) == (known.width, known.height)

    def test_when_it_was_due_arrives(self, receiver: WebhookRig) -> None:
        """In UTC, beside the moment when the request was made; null where nobody planned it."""
        due, at = datetime(2026, 6, 8, 10, tzinfo=ZoneInfo("Europe/Paris")), datetime(2026, 6, 8, 8, 20, tzinfo=UTC)
        for planned, told in ((due, "2026-06-08T08:00:00Z"), (None, None)):
            envelope = receiver.platform.prepare(samples.message(), Handles(due=planned), DeliveryKey("0" * 64), at)
            said = json.loads(envelope.payload)
            assert (said["data"]["due"], said["timestamp"]) == (told, "2026-06-08T08:20:00Z")

    def test_a_repetition_has_the_same_id(self, receiver: WebhookRig) -> None:
        """What the receiver needs to recognise it; the signature is that of each try."""
        envelope = self.ready(receiver.platform, samples.message("Once more"))
        for _ in range(2):
            receiver.platform.publish(envelope)
        first, second = receiver.proxy.requests
        assert first.lower["webhook-id"] == second.lower["webhook-id"]
        assert first.body == second.body

    def test_two_keys_while_one_is_changed(self, receiver: WebhookRig) -> None:
        """Two secrets make two signatures, and the receiver needs to know one of them."""
        newer = "whsec_" + base64.b64encode(hashlib.sha256(b"newer").digest()).decode()
        platform = receiver.fresh(secrets={"signing_secret": f"{newer} {SECRET}"})
        for keys in ((KEY,), (newer.removeprefix("whsec_"),)):
            receiver.server.secrets = keys
            platform.publish(self.ready(platform, samples.message(f"Known by {len(keys)}"), keys[0]))
        assert len(receiver.posts()) == 2

    @pytest.mark.parametrize(
        ("status", "kind", "body"),
        [
            (204, "", b""),
            (200, "application/json", b""),
            (202, "text/plain", b"ok"),
            (200, "application/json", b'{"status": "queued"}'),
            (200, "application/json", b'{"id": null, "url": "javascript:alert(1)"}'),
            (200, "application/json", b"[]"),
        ],
    )
    def test_a_yes_without_an_address_is_a_yes(self, receiver: WebhookRig, status: int, kind: str, body: bytes) -> None:
        """By the specification any 2xx is: the receipt has the webhook-id and the receiver's address, without the
        path, which may be a secret."""
        receiver.server.says = (status, kind, body)
        envelope = self.ready(receiver.platform, samples.message("Fine"))
        receipt = receiver.platform.publish(envelope)
        assert (receipt.remote_id, receipt.url) == (envelope.address, f"{receiver.proxy.url}/")

    def test_a_receivers_own_id_and_address(self, receiver: WebhookRig) -> None:
        """They are in the receipt, and a reply names the id."""
        root = receiver.platform.publish(self.ready(receiver.platform, samples.message("Look")))
        assert (root.remote_id, root.url) == ("page-1", "https://museum.example/news/page-1")
        receiver.platform.publish(self.ready(receiver.platform, samples.message("Further"), "reply", root, root))
        assert receiver.posts()[1].reply_to == "page-1"

    @pytest.mark.parametrize(
        ("status", "kind", "reach"),
        [(403, Rejected, "account"), (404, Rejected, "account"), (410, Rejected, "account"), (413, Rejected, "post"),
         (422, Rejected, "post"), (425, Deferred, "account"), (408, Ambiguous, "network"), (503, Ambiguous, "network"),
         (307, Ambiguous, "network")],
    )  # fmt: skip
    def test_what_an_answer_means(self, receiver: WebhookRig, status: int, kind: type[Exception], reach: str) -> None:
        """A clear no is for good, a refusal of this address concerns all posts, and whatever is not clear is doubt."""
        receiver.proxy.answer(b"{}", status=status, headers={"Location": "/elsewhere"}, **POST)
        with pytest.raises(kind, match=str(status)) as caught:
            receiver.platform.publish(self.ready(receiver.platform, samples.message("Well?")))
        assert type(caught.value) is kind
        assert getattr(caught.value, "reach", None) == reach
        assert len(receiver.proxy.requests) == 1

    def test_a_lost_answer_is_a_persons_matter(self, receiver: WebhookRig) -> None:
        """Nobody can look: a person is told what to look for."""
        platform = receiver.faulty(Fault.DROP)
        envelope = self.ready(platform, samples.message("Lost"))
        with pytest.raises(Ambiguous):
            platform.publish(envelope)
        told = platform.find(envelope, datetime.now(UTC))
        assert isinstance(told, Inconclusive)
        assert envelope.address in told.where
        assert platform.capabilities.replay_window == 0

    @pytest.mark.parametrize(
        "secret",
        ["c2hvcnQ=", "whsec_c2hvcnQ=", "whsec_%%%", KEY, "whsec_" + base64.b64encode(bytes(65)).decode(), ""],
    )
    def test_a_secret_that_is_none(self, receiver: WebhookRig, secret: str) -> None:
        """24 to 64 bytes after whsec_: else nothing is sent, and what it was is not told."""
        platform = receiver.fresh(secrets={"signing_secret": secret})
        with pytest.raises(CredentialRejected, match="signing_secret") as caught:
            platform.publish(self.ready(platform, samples.message("Who?")))
        assert not secret or secret not in str(caught.value)
        assert receiver.proxy.requests == []

    @pytest.mark.parametrize("path", ["hooks/a", "/hooks?token=a", "//host/a b", "/https://elsewhere.example/a"])
    def test_a_path_that_is_none(self, receiver: WebhookRig, path: str) -> None:
        """It starts with a slash, leads nowhere else and has no query: a secret there would stand in logs."""
        platform = receiver.fresh(secrets={"path": path})
        with pytest.raises(CredentialRejected, match="path") as caught:
            platform.whoami()
        assert path not in str(caught.value)

    def test_without_https_nothing_is_sent(self, receiver: WebhookRig) -> None:
        """Unless the account says that it may: check tells it, and publish keeps to it."""
        platform = receiver.fresh(plain_http="no")
        assert [code for code, _ in platform.check(samples.message())] == ["MW320"]
        with pytest.raises(Rejected, match="not https"):
            platform.publish(self.ready(platform, samples.message("Open")))
        assert receiver.proxy.requests == []
        assert list(receiver.platform.check(samples.message())) == []
        assert list(receiver.fresh(server="https://hooks.example.org", plain_http="no").check(samples.message())) == []

    @pytest.mark.parametrize(
        ("server", "options"),
        [("", {}), (None, {"plain_http": "perhaps"}), (None, {"replay_window": "an hour"}),
         (None, {"replay_window": "99999"})],
    )  # fmt: skip
    def test_options_are_judged_offline(
        self, receiver: WebhookRig, server: str | None, options: dict[str, Any]
    ) -> None:
        """What an account must not say is found by check."""
        platform = receiver.fresh(server=server, **options)
        assert [code for code, _ in platform.check(samples.message())] == ["MW320"]

    def test_nobody_is_asked_who_we_are(self, receiver: WebhookRig) -> None:
        """There is no request that only asks: the account's own words are given, and the path is not among them."""
        identity = receiver.platform.whoami()
        assert identity.url == f"{receiver.proxy.url}/"
        assert PATH not in repr(identity)
        assert receiver.proxy.requests == []

    def test_a_receipt_is_never_without_an_address(self, receiver: WebhookRig) -> None:
        """Even an audit of a post whose receiver told none names a place to look."""
        receipt = Receipt("key", f"{receiver.proxy.url}/", datetime.now(UTC))
        envelope = self.ready(receiver.platform, samples.message())
        told = receiver.platform.copies(envelope, receipt, datetime.now(UTC))
        assert isinstance(told, Inconclusive)
        assert told.where == receipt.url
