"""Bluesky keeps the contract on the reference server, and is exact: one key, one record, byte for byte."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.delivery import DeliveryKey
from mwcampaign.core.ports import Found, Handles, Inconclusive
from mwcampaign.errors import Ambiguous, Deferred, PublishError, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault
from tests.platforms.bluesky_rig import KEY, PUT, BlueskyRig

pytest_plugins = ["tests.platforms.pds", "tests.platforms.bluesky_rig"]

NOW = datetime(2026, 6, 8, 8, 0, 0, 123456, tzinfo=UTC)
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f467"


@pytest.fixture
def rig(bluesky: BlueskyRig) -> BlueskyRig:
    """The first account of the server."""
    return bluesky


class TestBlueskyKeepsTheContract(PlatformContract):
    """All promises, on the reference server."""

    vectors = (
        ("", 0),
        ("Hello!", 6),
        (FAMILY, 1),
        (FAMILY + "\U0001f525 good!✅", 9),
        ("नमस्ते", 3),
        ("の" * 300, 300),
        ("e\u0301" * 300, 300),
        ("\U0001f1ec\U0001f1e7" * 300, 300),
        ("https://example.com/" + "a" * 281, 301),
        ("\r\n", 1),
    )


@pytest.mark.parametrize("text", [FAMILY * 120, "\U0001f1ec\U0001f1e7" * 300, "e\u0301" * 300, "の" * 300])
def test_both_limits_are_the_servers(rig: BlueskyRig, text: str) -> None:
    """What is at a limit by our count the server takes; one more of it the server refuses, and we say why."""
    rig.platform.publish(rig.prepared(text))
    over = text + text[: len(FAMILY)] if text.startswith(FAMILY) else text + "a"
    able = rig.platform.capabilities
    assert rig.platform.count(over) > able.text_limit or len(over.encode()) > (able.bytes_limit or 0)
    with pytest.raises(Rejected, match=r"publishing: the server answered 400: InvalidRequest: .*maximum (300|3000)"):
        rig.platform.publish(rig.prepared(over))
    assert [post.text for post in rig.posts()] == [text]


def test_key_and_time_come_from_the_arguments(rig: BlueskyRig) -> None:
    """Another instant or another delivery gives another key; createdAt is the instant in UTC, in milliseconds."""
    paris = NOW.astimezone(tz=None)
    envelopes = [
        rig.platform.prepare(samples.message(), Handles(), key, at)
        for key in (KEY, DeliveryKey("1" * 64))
        for at in (NOW, NOW + timedelta(microseconds=1), paris)
    ]
    assert len({envelope.address for envelope in envelopes}) == 4
    body = json.loads(envelopes[0].payload)
    assert body["record"]["createdAt"] == "2026-06-08T08:00:00.123Z"
    assert body["swapRecord"] is None
    assert envelopes[0].address == f"at://{rig.account.handle}/{body['collection']}/{body['rkey']}"
    assert envelopes[2] == envelopes[0]


def test_the_payload_is_sent_byte_for_byte(rig: BlueskyRig) -> None:
    """What was sealed is what goes over the wire, again and again."""
    envelope = rig.prepared("Ça alors — 浮世絵 😀 #MuseumWeek")
    rig.platform.publish(envelope)
    rig.fresh().publish(envelope)
    sent = [request.body for request in rig.proxy.requests[rig.seen :] if PUT in request.path]
    assert sent == [envelope.payload.encode()] * 2


def test_identical_envelopes_at_once_are_one_record(rig: BlueskyRig) -> None:
    """Eight publications of one envelope at the same time, by several adapters, give one record and one receipt."""
    rig.platform.whoami()
    envelope = rig.prepared("Said at once by eight")
    platforms = [rig.platform, rig.fresh()] * 4
    with ThreadPoolExecutor(8) as pool:
        receipts = set(pool.map(lambda platform: platform.publish(envelope), platforms))
    assert [(record["uri"], record["cid"]) for record in rig.records()] == [
        (receipt.remote_id, receipt.revision) for receipt in receipts
    ]


def test_another_record_under_the_same_key_is_refused(rig: BlueskyRig) -> None:
    """A key that is taken is never overwritten: the first record stays, the second is certainly not published."""
    at = datetime.now(UTC)
    first = rig.platform.prepare(samples.message("The first"), Handles(), KEY, at)
    second = rig.platform.prepare(samples.message("The second"), Handles(), KEY, at)
    assert first.address == second.address
    rig.platform.publish(first)
    with pytest.raises(Rejected, match="another record is under this post's key"):
        rig.platform.publish(second)
    assert [post.text for post in rig.posts()] == ["The first"]
    answer = rig.platform.find(second, at)
    assert isinstance(answer, Inconclusive)
    assert answer.where.startswith(f"https://bsky.app/profile/{rig.account.did}/post/")


def test_500_and_replays_never_double(rig: BlueskyRig) -> None:
    """A server that writes and answers 500, four times, leaves one record; the fifth try gets its receipt."""
    envelope = rig.prepared("Written, then 500")
    rig.platform.whoami()
    rig.proxy.arm(Fault.SERVER_ERROR_AFTER, path=PUT, times=4)
    for _ in range(4):
        with pytest.raises(Ambiguous):
            rig.platform.publish(envelope)
    receipt = rig.platform.publish(envelope)
    assert [record["uri"] for record in rig.records()] == [receipt.remote_id]
    assert rig.platform.find(envelope, NOW) == Found(receipt)


SWAP = b'{"error": "InvalidSwap", "message": "Record was at bafyrei"}'


def test_servers_that_refuse_the_identical_record(rig: BlueskyRig) -> None:
    """Where even the identical record is refused, a look shows that it is ours: that is a receipt."""
    envelope = rig.prepared("It is there already")
    rig.platform.whoami()
    rig.proxy.arm(Fault.BAD_REQUEST, path=PUT, forward=True, body=SWAP)
    receipt = rig.platform.publish(envelope)
    assert [record["uri"] for record in rig.records()] == [receipt.remote_id]


@pytest.mark.parametrize("look", [None, Fault.SERVER_ERROR_BEFORE, Fault.HTML, Fault.DROP])
def test_a_refusal_that_cannot_be_understood_is_doubt(rig: BlueskyRig, look: Fault | None) -> None:
    """A server that says the key is taken, and then shows nothing there or fails to show it, proves nothing."""
    envelope = rig.prepared("Taken or not?")
    rig.platform.whoami()
    rig.proxy.arm(Fault.BAD_REQUEST, path=PUT, body=SWAP)
    if look is not None:
        rig.proxy.arm(look, path="getRecord")
    with pytest.raises(Ambiguous):
        rig.platform.publish(envelope)


ODD = [b"{}", b"[]", b'"fine"', b"null", b'{"uri": 5, "cid": "x"}', b'{"uri": "at://a/b", "cid": "x"}',
       b'{"uri": "at://did:plc:a/app.bsky.feed.post/3jzfcijpj2z2a", "cid": "x"}',
       b'{"error": "InvalidRequest"}']  # fmt: skip


@pytest.mark.parametrize("body", ODD)
def test_odd_answers_are_doubt(rig: BlueskyRig, body: bytes) -> None:
    """A success without address and revision, or with those of another key, is no receipt."""
    envelope = rig.prepared("An odd answer")
    rig.platform.whoami()
    rig.proxy.arm(Fault.SERVER_ERROR_AFTER, path=PUT, status=200, body=body)
    with pytest.raises(Ambiguous):
        rig.platform.publish(envelope)
    assert isinstance(rig.platform.find(envelope, NOW), Found)


STATUSES = {302: Ambiguous, 308: Ambiguous, 403: Rejected, 404: Rejected, 408: Ambiguous, 413: Rejected, 422: Rejected,
            500: Ambiguous, 501: Ambiguous, 502: Ambiguous, 503: Ambiguous, 504: Ambiguous}  # fmt: skip


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("body", [None, b"", b"<html>", b"{}", b'{"error": 5}'])
def test_statuses(rig: BlueskyRig, status: int, body: bytes | None) -> None:
    """Each status means one thing, whatever stands in the body."""
    rig.platform.whoami()
    rig.proxy.arm(Fault.SERVER_ERROR_BEFORE, path=PUT, status=status, body=body)
    with pytest.raises(PublishError) as caught:
        rig.platform.publish(rig.prepared("Status"))
    assert type(caught.value) is STATUSES[status]
    assert rig.records() == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_words_that_come_with_trouble_prove_nothing(rig: BlueskyRig, status: int) -> None:
    """Only a refusal says that a record is not there: the same words with a 500 or a 429 put the look off."""
    envelope = rig.prepared("Not there?")
    rig.platform.publish(envelope)
    rig.proxy.arm(Fault.SERVER_ERROR_BEFORE, path="getRecord", status=status, body=b'{"error": "RecordNotFound"}')
    with pytest.raises(Deferred):
        rig.platform.find(envelope, NOW)


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR_BEFORE, Fault.DROP, Fault.HTML, Fault.RUBBISH, Fault.RATE_LIMIT])
@pytest.mark.parametrize("call", ["find", "whoami", "resolve", "upload"])
def test_trouble_with_what_nobody_sees_is_a_delay(rig: BlueskyRig, call: str, fault: Fault) -> None:
    """Steps that publish nothing are never in doubt: they are put off."""
    platform, (picture, content) = rig.platform, samples.picture()
    platform.whoami()
    paths = {"find": "getRecord", "whoami": "getSession", "resolve": "resolveHandle", "upload": "uploadBlob"}
    rig.proxy.arm(fault, path=paths[call])
    arguments = {
        "find": (rig.prepared("Looking"), NOW),
        "whoami": (),
        "resolve": (samples.message("Hello @user2.test"),),
        "upload": (picture, content),
    }
    with pytest.raises(Deferred):
        getattr(platform, call)(*arguments[call])
    getattr(platform, call)(*arguments[call])


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"did": 5, "blob": 5, "uri": 5}'])
def test_odd_answers_to_questions_are_a_delay(rig: BlueskyRig, body: bytes) -> None:
    """An answer to a question that cannot be understood answers nothing: not who we are, not what is there."""
    rig.platform.whoami()
    envelope = rig.prepared("Asked")
    for path, ask in {
        "getSession": rig.platform.whoami,
        "uploadBlob": lambda: rig.platform.upload(*samples.picture()),
        "getRecord": lambda: rig.platform.find(envelope, NOW),
    }.items():
        rig.proxy.arm(Fault.SERVER_ERROR_BEFORE, path=path, status=200, body=body)
        with pytest.raises(Deferred):
            ask()


def test_waiting_is_told(rig: BlueskyRig) -> None:
    """A limit met with an upload tells the engine when to come back, as one met with a post does."""
    rig.proxy.arm(Fault.RATE_LIMIT, path="uploadBlob", style="ratelimit-reset", wait=120)
    with pytest.raises(Deferred) as caught:
        rig.platform.upload(*samples.picture())
    assert caught.value.retry_after is not None
    assert timedelta(seconds=90) < caught.value.retry_after < timedelta(seconds=150)
