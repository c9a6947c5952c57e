"""The Mastodon adapter keeps the contract in front of mastodon-mock, and knows what real servers do otherwise."""

from __future__ import annotations

import json
import urllib.parse
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from mwcampaign.core.campaign import Account
from mwcampaign.core.delivery import delivery_key
from mwcampaign.core.ports import Found, Handles, Metrics
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.platforms.mastodon import Mastodon
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault
from mwcampaign.testing.rig import KeptSessions, Sending
from tests.platforms.mastodon_rig import POST, TOKEN, MastodonRig

SKEW = timedelta(minutes=2)


class TestMastodonKeepsTheContract(PlatformContract):
    """The suite every adapter passes."""

    vectors = (
        ("", 0),
        ("a" * 500, 500),
        ("https://example.com", 23),
        ("example.com", 11),
        ("@alice hello", 12),
        ("の" * 500, 500),
    )
    # mastodon-mock counts no quotes.
    figures = frozenset({"likes", "reposts", "replies"})

    @pytest.fixture
    def rig(self, mastodon_rig: MastodonRig) -> MastodonRig:
        """The account on mastodon-mock."""
        return mastodon_rig


class TestMastodonItself(Sending):
    """What Mastodon does that no other network does."""

    def test_the_sealed_request_is_what_is_sent(self, mastodon_rig: MastodonRig) -> None:
        """Field by field the form is the envelope's payload, under its address as Idempotency-Key, in one request."""
        root = mastodon_rig.platform.publish(self.ready(mastodon_rig.platform, samples.message("Root"), "root"))
        message = replace(
            samples.message("Déjà vu & #MuseumWeek\n\n100 %", 2, "pt-BR"), warning="Art", visibility="unlisted"
        )
        envelope = self.ready(mastodon_rig.platform, message, "reply", root, root)
        asked = len(mastodon_rig.proxy.requests)
        mastodon_rig.platform.publish(envelope)
        (sent,) = mastodon_rig.proxy.requests[asked:]
        form = urllib.parse.parse_qs(sent.body.decode(), keep_blank_values=True)
        told = json.loads(envelope.payload)
        assert form.pop("media_ids[]") == told.pop("media_ids")
        assert form.pop("sensitive") == ["1" if told.pop("sensitive") else "0"]
        assert {name: value for name, (value,) in form.items()} == told
        assert sent.lower["idempotency-key"] == envelope.address == delivery_key("mw", "reply", "museum", 0)

    def test_a_replay_answered_with_500_is_doubt_and_is_found(self, mastodon_rig: MastodonRig) -> None:
        """Mastodon 4.6.0 to 4.6.5 answer a replayed key with 500: the post is there, once, and a look proves it."""
        envelope = self.ready(mastodon_rig.platform, samples.message("There already"))
        receipt = mastodon_rig.platform.publish(envelope)
        for status in (500, 503):
            mastodon_rig.proxy.arm(Fault.SERVER_ERROR_BEFORE, **POST, status=status)
            with pytest.raises(Ambiguous, match=str(status)):
                mastodon_rig.platform.publish(envelope)
        assert mastodon_rig.platform.find(envelope, datetime.now(UTC) - SKEW) == Found(receipt)
        assert len(mastodon_rig.posts()) == 1

    @pytest.mark.parametrize("refusal", [400, 422])
    def test_a_refusal_over_a_picture_in_processing_is_a_delay(self, mastodon_rig: MastodonRig, refusal: int) -> None:
        """A post refused while its picture is processed goes out later, in whatever language the refusal is."""
        envelope = self.ready(mastodon_rig.platform, samples.message("With a picture", 1))
        mastodon_rig.proxy.arm(Fault.BAD_REQUEST, **POST, status=refusal)
        mastodon_rig.proxy.answer(b'{"id": "1", "url": null}', status=206, path="/api/v1/media/")
        with pytest.raises(Deferred) as caught:
            mastodon_rig.platform.publish(envelope)
        assert caught.value.retry_after is not None
        assert caught.value.reach == "post"
        assert mastodon_rig.posts() == []
        mastodon_rig.platform.publish(envelope)
        assert len(mastodon_rig.posts()) == 1

    def test_a_refusal_with_the_pictures_ready_is_final(self, mastodon_rig: MastodonRig) -> None:
        """A post refused for another reason stays refused."""
        envelope = self.ready(mastodon_rig.platform, samples.message("With a picture", 1))
        mastodon_rig.proxy.arm(Fault.BAD_REQUEST, **POST, status=422, body=b'{"error": "Validation failed: Polls"}')
        with pytest.raises(Rejected, match="422: Validation failed: Polls"):
            mastodon_rig.platform.publish(envelope)

    def test_when_the_pictures_cannot_be_asked_after_a_refusal(self, mastodon_rig: MastodonRig) -> None:
        """A refusal whose reason cannot be looked up is tried again: it published nothing."""
        envelope = self.ready(mastodon_rig.platform, samples.message("With a picture", 1))
        mastodon_rig.proxy.arm(Fault.BAD_REQUEST, **POST, status=422)
        mastodon_rig.proxy.arm(Fault.SERVER_ERROR_BEFORE, path="/api/v1/media/")
        with pytest.raises(Deferred) as caught:
            mastodon_rig.platform.publish(envelope)
        assert caught.value.reach == "network"

    def test_a_slow_upload_is_waited_for_outside_and_not_repeated(self, mastodon_rig: MastodonRig) -> None:
        """202, then 206: the adapter does not sleep; the next try looks again at the same upload."""
        picture, content = samples.picture()
        waiting = b'{"id": "77", "url": null}'
        mastodon_rig.proxy.answer(waiting, status=202, path="^/api/v2/media$")
        mastodon_rig.proxy.answer(waiting, status=206, path="^/api/v1/media/77$", times=2)
        for _ in range(2):
            with pytest.raises(Deferred) as caught:
                mastodon_rig.platform.upload(picture, content)
            assert caught.value.retry_after is not None
            assert caught.value.reach == "post"
        ready = b'{"id": "77", "url": "https://files.example/77.png"}'
        mastodon_rig.proxy.answer(ready, path="^/api/v1/media/77$")
        assert mastodon_rig.platform.upload(picture, content) == "77"
        assert [seen.path for seen in mastodon_rig.proxy.requests].count("/api/v2/media") == 1

    def test_an_upload_that_fails_in_processing_is_refused(self, mastodon_rig: MastodonRig) -> None:
        """A picture the server cannot process is refused, and the next try uploads it again."""
        picture, content = samples.picture()
        mastodon_rig.proxy.answer(b'{"id": "78", "url": null}', status=202, path="^/api/v2/media$")
        mastodon_rig.proxy.arm(Fault.BAD_REQUEST, path="^/api/v1/media/78$", status=422)
        with pytest.raises(Rejected):
            mastodon_rig.platform.upload(picture, content)
        assert mastodon_rig.platform.upload(picture, content) != "78"

    def test_an_upload_asks_nothing_else(self, mastodon_rig: MastodonRig) -> None:
        """An upload is one request, with name, kind, bytes and alternative text as given."""
        picture, content = samples.picture()
        mastodon_rig.platform.upload(picture, content)
        (seen,) = mastodon_rig.proxy.requests
        assert seen.path == "/api/v2/media"
        assert content in seen.body
        assert picture.alt.encode() in seen.body
        assert b'filename="room-1.png"' in seen.body

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            (Fault.DROP, Deferred),
            (Fault.SERVER_ERROR_BEFORE, Deferred),
            (Fault.HTML, Deferred),
            (Fault.UNAUTHORIZED, CredentialRejected),
            (Fault.BAD_REQUEST, Rejected),
        ],
    )
    def test_trouble_with_an_upload_publishes_nothing(
        self, mastodon_rig: MastodonRig, fault: Fault, error: type[PublishError]
    ) -> None:
        """What is invisible may be repeated: lost answers to an upload only delay."""
        mastodon_rig.proxy.arm(fault, path="^/api/v2/media$")
        with pytest.raises(PublishError) as caught:
            mastodon_rig.platform.upload(*samples.picture())
        assert type(caught.value) is error

    @pytest.mark.parametrize(
        "told", [{"X-RateLimit-Reset": "soon"}, {"X-RateLimit-Remaining": "few", "X-RateLimit-Reset": ""}]
    )
    def test_unreadable_limits_cost_no_receipt(self, mastodon_rig: MastodonRig, told: dict[str, str]) -> None:
        """A post whose rate-limit headers make no sense is a post; what is left is not known."""
        mastodon_rig.proxy.answer(None, **POST, forward=True, headers=told)
        receipt = mastodon_rig.platform.publish(self.ready(mastodon_rig.platform, samples.message("Odd headers")))
        assert [status["id"] for status in mastodon_rig.statuses()] == [receipt.remote_id]
        assert mastodon_rig.platform.allowances() == ()

    def test_a_server_that_tells_seconds(self, mastodon_rig: MastodonRig) -> None:
        """GoToSocial tells the reset in seconds since 1970; a server's wrong clock does not move it."""
        there = datetime.now(UTC) - timedelta(days=3)
        headers = {"X-RateLimit-Remaining": "7", "X-RateLimit-Reset": str(int(there.timestamp()) + 900),
                   "Date": format_datetime(there, usegmt=True)}  # fmt: skip
        mastodon_rig.proxy.answer(None, **POST, forward=True, headers=headers)
        mastodon_rig.platform.publish(self.ready(mastodon_rig.platform, samples.message("Odd clock")))
        (told,) = mastodon_rig.platform.allowances()
        assert (told.remaining, told.shared) == (7, False)
        assert abs(told.until - datetime.now(UTC) - timedelta(minutes=15)) < timedelta(seconds=30)

    def test_whom_a_refusal_concerns(self, mastodon_rig: MastodonRig) -> None:
        """403 is about the account: a right is missing, or it is suspended; other refusals are about the post."""
        for status, reach in ((403, "account"), (404, "post"), (422, "post")):
            mastodon_rig.proxy.arm(Fault.BAD_REQUEST, **POST, status=status)
            with pytest.raises(Rejected) as caught:
                mastodon_rig.platform.publish(self.ready(mastodon_rig.platform, samples.message("No")))
            assert caught.value.reach == reach

    @pytest.mark.parametrize(
        "body", [b"[]", b'"ok"', b"{}", b'{"id": "1"}', b'{"id": null, "url": "https://a.example"}']
    )
    def test_json_that_is_no_post_is_doubt(self, mastodon_rig: MastodonRig, body: bytes) -> None:
        """A success that tells no id, address or time proves nothing."""
        mastodon_rig.proxy.answer(body, **POST, forward=True)
        with pytest.raises(Ambiguous):
            mastodon_rig.platform.publish(self.ready(mastodon_rig.platform, samples.message("Hm")))

    def test_a_limit_without_a_time(self, mastodon_rig: MastodonRig) -> None:
        """A 429 that does not say when leaves the wait to the engine."""
        mastodon_rig.proxy.arm(Fault.RATE_LIMIT, **POST, style=None)
        with pytest.raises(Deferred) as caught:
            mastodon_rig.platform.publish(self.ready(mastodon_rig.platform, samples.message("Too fast")))
        assert caught.value.retry_after is None

    def test_whoami_reads_the_servers_limits(self, mastodon_rig: MastodonRig) -> None:
        """Limits are the instance's own; what it does not tell is left out."""
        identity = mastodon_rig.platform.whoami()
        assert identity.handle == "alice"
        assert identity.limits["text_limit"] == 500
        assert identity.limits["pictures"] == 4
        assert identity.limits["picture_bytes"] == 10485760
        assert identity.software.startswith("mastodon 4.")
        told = (
            b'{"version": "0.17", "configuration": {"statuses": {"max_characters": 5000, "max_media_attachments": ""}}}'
        )
        mastodon_rig.proxy.answer(told, path="/api/v2/instance")
        assert mastodon_rig.platform.whoami().limits == {"text_limit": 5000}
        mastodon_rig.proxy.arm(Fault.BAD_REQUEST, path="/api/v2/instance", status=404)
        assert mastodon_rig.platform.whoami().limits == {}

    def test_without_token_or_server_nothing_is_sent(self, mastodon_rig: MastodonRig) -> None:
        """An account that cannot work says so before any connection."""
        account = Account(id="a@mastodon", institution="louvre", network="mastodon", server=mastodon_rig.proxy.url)
        envelope = mastodon_rig.platform.prepare(
            samples.message(), Handles(), delivery_key("mw", "p", "a", 0), datetime.now(UTC)
        )
        with pytest.raises(CredentialRejected):
            Mastodon(account, {}, KeptSessions()).publish(envelope)
        with pytest.raises(Rejected, match="names no server") as caught:
            nowhere = account.model_copy(update={"server": ""})
            Mastodon(nowhere, {"access_token": TOKEN}, KeptSessions()).publish(envelope)
        assert caught.value.reach == "account"
        assert mastodon_rig.proxy.requests == []

    def test_a_token_is_not_a_file_name(
        self, mastodon_rig: MastodonRig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A file that happens to be called like the token is not read in its place."""
        (tmp_path / TOKEN).write_text("bob_token")
        monkeypatch.chdir(tmp_path)
        assert mastodon_rig.platform.whoami().handle == "alice"

    def test_one_connection_for_many_calls(self, mastodon_rig: MastodonRig) -> None:
        """The client is made once and keeps its connection."""
        for number in range(3):
            mastodon_rig.platform.publish(
                self.ready(mastodon_rig.platform, samples.message(f"Again {number}"), f"again {number}")
            )
        assert mastodon_rig.proxy.connections == 1

    def test_a_deleted_post_has_no_figures(self, mastodon_rig: MastodonRig) -> None:
        """Asking for figures of a post that is gone is refused, not answered with zeros."""
        receipt = mastodon_rig.platform.publish(self.ready(mastodon_rig.platform, samples.message("Gone soon")))
        mastodon_rig.call("DELETE", f"/api/v1/statuses/{receipt.remote_id}")
        with pytest.raises(Rejected, match="404"):
            mastodon_rig.platform.metrics(receipt)

    def test_quotes_are_counted_where_the_server_counts_them(self, mastodon_rig: MastodonRig) -> None:
        """Servers from 4.5 on tell how often a post was quoted; a figure that is no number is not given."""
        receipt = mastodon_rig.platform.publish(self.ready(mastodon_rig.platform, samples.message("Quote me")))
        told = b'{"id": "1", "quotes_count": 3, "favourites_count": null, "replies_count": 0}'
        mastodon_rig.proxy.answer(told, path="/api/v1/statuses/")
        assert mastodon_rig.platform.metrics(receipt) == Metrics(quotes=3, replies=0)
