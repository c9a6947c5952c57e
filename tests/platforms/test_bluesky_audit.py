"""What the account's server says is left for writing, and what it shows of a delivered post."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from mwcampaign.core.delivery import Envelope, Receipt
from mwcampaign.core.ports import Copy, Handles, Inconclusive
from mwcampaign.errors import Ambiguous, Deferred, Rejected
from mwcampaign.platforms.bluesky import POST
from mwcampaign.testing import samples
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.bluesky_rig import KEY, PUT, BlueskyRig
from tests.platforms.pds import serving

pytest_plugins = ["tests.platforms.pds", "tests.platforms.bluesky_rig"]

SKEW = timedelta(minutes=2)
NEAR = timedelta(minutes=1)


@pytest.fixture
def rig(bluesky: BlueskyRig) -> BlueskyRig:
    """The first account of the server."""
    return bluesky


@pytest.fixture
def strict() -> Iterator[BlueskyRig]:
    """An account on a server that keeps its limits."""
    with serving("--rate-limits") as pds, FaultProxy(pds.url) as proxy:
        made = BlueskyRig(pds, proxy, KeptSessions())
        yield made
        made.close()


def writing(rig: BlueskyRig, records: int) -> None:
    """Make records by other means, two hundred at once as the network allows."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    value = {"$type": POST, "text": "By hand", "createdAt": now}
    one = {"$type": "com.atproto.repo.applyWrites#create", "collection": POST, "value": value}
    (kept,) = rig.sessions.saved.values()
    headers = {"Authorization": f"Bearer {json.loads(kept)['session'].split(':::')[2]}"}
    url = f"{rig.pds.url}/xrpc/com.atproto.repo.applyWrites"
    for start in range(0, records, 200):
        body = {"repo": rig.account.did, "writes": [one] * min(200, records - start)}
        httpx.post(url, json=body, headers=headers, timeout=60).raise_for_status()


def test_the_reference_servers_own_limits(strict: BlueskyRig) -> None:
    """While the limit on requests is nearer, nothing is told of writing; then what is left; then that nothing is."""
    strict.platform.publish(strict.prepared("The first"))
    assert strict.platform.allowances() == ()
    writing(strict, 800)
    strict.platform.publish(strict.prepared("The second"))
    (left,) = strict.platform.allowances()
    # 5000 points an hour: 800 records by three, and two puts that this server counts as two.
    assert (left.remaining, left.shared) == ((5000 - 2400 - 4) // 3, False)
    assert abs(left.until - datetime.now(UTC) - timedelta(hours=1)) < NEAR
    writing(strict, left.remaining)
    with pytest.raises(Deferred) as caught:
        strict.platform.publish(strict.prepared("One too many"))
    assert caught.value.reach == "account"
    assert caught.value.retry_after is not None
    assert abs(caught.value.retry_after - timedelta(hours=1)) < NEAR
    assert [each.remaining for each in strict.platform.allowances()] == [0]
    assert "One too many" not in [record["value"]["text"] for record in strict.records()]


@pytest.mark.parametrize(
    "changed",
    [{"RateLimit-Policy": "3000;w=300"}, {"RateLimit-Policy": ""}, {"RateLimit-Policy": "5000"},
     {"RateLimit-Remaining": "few"}, {"RateLimit-Reset": "soon"}, {"RateLimit-Reset": ""}],
)  # fmt: skip
def test_what_is_not_about_writing_is_not_told(rig: BlueskyRig, changed: dict[str, str]) -> None:
    """Another limit's numbers, and what cannot be read, say nothing of how much may be posted."""
    reset = str(int(datetime.now(UTC).timestamp()) + 600)
    told = {"RateLimit-Policy": "5000;w=3600", "RateLimit-Remaining": "9", "RateLimit-Reset": reset}
    rig.proxy.answer(None, forward=True, path=PUT, headers=told | changed)
    rig.platform.publish(rig.prepared("Odd"))
    assert rig.platform.allowances() == ()


def test_the_day_is_told_too(rig: BlueskyRig) -> None:
    """A server tells of the limit that is nearest, which may be that of the day; other calls say nothing of posts."""
    reset = str(int(datetime.now(UTC).timestamp()) + 7200)
    told = {"RateLimit-Policy": "35000;w=86400", "RateLimit-Remaining": "31", "RateLimit-Reset": reset}
    rig.proxy.answer(None, forward=True, headers=told, times=3)
    rig.platform.whoami()
    assert rig.platform.allowances() == ()
    rig.platform.publish(rig.prepared("Ten more"))
    (left,) = rig.platform.allowances()
    assert left.remaining == 10
    rig.platform.whoami()
    assert rig.platform.allowances() == (left,)


def test_whom_trouble_concerns(rig: BlueskyRig) -> None:
    """A contradiction is the post's own; an address that is none is the account's; who cannot look tells why."""
    rig.platform.whoami()
    swap = b'{"error": "InvalidSwap", "message": "Record was at bafyrei"}'
    for look, reach in ((None, "post"), (Fault.SERVER_ERROR_BEFORE, "network"), (Fault.RATE_LIMIT, "account")):
        rig.proxy.arm(Fault.BAD_REQUEST, path=PUT, body=swap)
        if look is not None:
            rig.proxy.arm(look, path="getRecord")
        with pytest.raises(Ambiguous) as doubt:
            rig.platform.publish(rig.prepared("Taken or not?"))
        assert doubt.value.reach == reach
    with pytest.raises(Rejected) as refused:
        rig.fresh(server="http://museum.example:port").publish(rig.prepared("Nowhere"))
    assert refused.value.reach == "account"


class TestAudits:
    """The record is read under its key; others are listed from the repository itself."""

    def published(self, rig: BlueskyRig, text: str) -> tuple[Envelope, Receipt]:
        """Publish a text; return the request and its receipt."""
        envelope = rig.prepared(text)
        return envelope, rig.platform.publish(envelope)

    def value(self, rig: BlueskyRig, receipt: Receipt) -> dict[str, Any]:
        """Return what a post's record holds."""
        (value,) = [record["value"] for record in rig.records() if record["uri"] == receipt.remote_id]
        return dict(value)

    @pytest.mark.parametrize(
        "changes",
        [{"createdAt": "2026-01-01T00:00:00.000Z"}, {"langs": ["fr"]}, {"facets": []}, {"tags": ["museum"]}],
    )
    def test_the_record_is_compared_in_everything(self, rig: BlueskyRig, changes: dict[str, Any]) -> None:
        """A record that was overwritten is altered, whatever was changed, and tells its new revision."""
        envelope, receipt = self.published(rig, "See https://museum.example #MuseumWeek")
        rig.write(PUT, rkey=receipt.remote_id.rpartition("/")[2], record=self.value(rig, receipt) | changes)
        answer = rig.platform.copies(envelope, receipt, rig.began)
        assert not isinstance(answer, Inconclusive)
        (copy,) = answer
        assert (copy.receipt.remote_id, copy.same) == (receipt.remote_id, False)
        assert copy.receipt.revision != receipt.revision

    def test_what_apps_make_of_the_same_post(self, rig: BlueskyRig) -> None:
        """Apps shorten what they show of a link, trim, and set other languages: it reads the same."""
        envelope, receipt = self.published(rig, "Look: https://museum.example/a/long/way & more")
        text = "Look: museum.example/a/lo... & more "
        start = len(b"Look: ")
        link = {"$type": "app.bsky.richtext.facet#link", "uri": "https://museum.example/a/long/way"}
        facet = {"index": {"byteStart": start, "byteEnd": start + len("museum.example/a/lo...")}, "features": [link]}
        value = {"$type": POST, "text": text, "createdAt": "2026-06-08T10:00:00+02:00", "facets": [facet]}
        other = rig.write("createRecord", record=value)["uri"]
        answer = rig.platform.copies(envelope, receipt, rig.began)
        assert not isinstance(answer, Inconclusive)
        assert {copy.receipt.remote_id: copy.same for copy in answer} == {receipt.remote_id: True, other: True}

    @pytest.mark.parametrize("changes", [{"text": "Good evening"}, {"reply": True}])
    def test_what_is_no_repetition(self, rig: BlueskyRig, changes: dict[str, Any]) -> None:
        """Other words, or the same in another place of a thread, are another post."""
        envelope, receipt = self.published(rig, "Good morning")
        reference = {"uri": receipt.remote_id, "cid": receipt.revision}
        reply = {"reply": {"root": reference, "parent": reference}}
        rig.write("createRecord", record=self.value(rig, receipt) | (reply if "reply" in changes else changes))
        assert rig.platform.copies(envelope, receipt, rig.began) == (Copy(receipt, True),)

    def test_what_was_said_before_is_no_repetition(self, rig: BlueskyRig) -> None:
        """Records whose keys are of before do not count, the receipt's own does whenever it was."""
        self.published(rig, "Good night")
        envelope, receipt = self.published(rig, "Good night")
        assert rig.platform.copies(envelope, receipt, datetime.now(UTC) + SKEW) == (Copy(receipt, True),)

    def test_a_post_that_a_person_named(self, rig: BlueskyRig) -> None:
        """A receipt made from an address that a person gave has the key alone: the record there is read, and counts
        as the same when it reads the same."""
        envelope = rig.prepared("Posted by hand in the end")
        body = json.loads(envelope.payload)
        uri = rig.write("createRecord", record=body["record"] | {"createdAt": "2026-06-08T10:00:00Z"})["uri"]
        key = uri.rpartition("/")[2]
        given = Receipt(key, f"https://bsky.app/profile/museum/post/{key}", datetime.now(UTC))
        answer = rig.platform.copies(envelope, given, rig.began)
        assert not isinstance(answer, Inconclusive)
        assert [(copy.receipt.remote_id, copy.same) for copy in answer] == [(uri, True)]

    def test_a_key_that_tells_no_time(self, rig: BlueskyRig) -> None:
        """A record under a key of another kind is judged by its own time, and one of before is no repetition."""
        envelope, receipt = self.published(rig, "Odd keys")
        odd = {"uri": f"at://{rig.account.did}/{POST}/first-post", "cid": "bafyreib", "value": self.value(rig, receipt)}
        for created, others in (("2020-01-01T00:00:00Z", 0), ("2999-01-01T00:00:00", 1), ("whenever", 1)):
            told = {"records": [odd | {"value": odd["value"] | {"createdAt": created}}]}
            rig.proxy.answer(json.dumps(told).encode(), path="listRecords")
            answer = rig.platform.copies(envelope, receipt, rig.began)
            assert not isinstance(answer, Inconclusive)
            assert len(answer) == 1 + others

    def test_more_posts_than_can_be_read(self, rig: BlueskyRig) -> None:
        """An audit that cannot read everything since then does not say that there is no repetition."""
        envelope, receipt = self.published(rig, "The first")
        record = {
            "uri": receipt.remote_id.replace("/3", "/4"),
            "cid": "bafyreib",
            "value": {"$type": POST, "text": "Other"},
        }
        told = {"records": [record] * 100, "cursor": "further"}
        rig.proxy.answer(json.dumps(told).encode(), path="listRecords", times=5)
        answer = rig.platform.copies(envelope, receipt, rig.began)
        assert isinstance(answer, Inconclusive)
        assert "more than 500 posts" in answer.why

    @pytest.mark.parametrize("path", ["getRecord", "listRecords"])
    @pytest.mark.parametrize(
        "body", [b"{}", b"[]", b'{"records": 5, "uri": 5}', b'{"records": [5]}', b'{"records": [{}]}']
    )
    def test_odd_answers_decide_nothing(self, rig: BlueskyRig, path: str, body: bytes) -> None:
        """What cannot be understood is neither there nor gone."""
        envelope, receipt = self.published(rig, "Odd")
        rig.proxy.answer(body, path=path)
        with pytest.raises(Deferred):
            rig.platform.copies(envelope, receipt, rig.began)

    def test_pictures_are_counted(self, rig: BlueskyRig) -> None:
        """The same words without the pictures are another post."""
        blob = rig.platform.upload(*samples.picture())
        message = samples.message("A room", 1)
        envelope = rig.platform.prepare(message, Handles((blob,)), KEY, datetime.now(UTC))
        receipt = rig.platform.publish(envelope)
        value = self.value(rig, receipt)
        rig.write("createRecord", record={name: told for name, told in value.items() if name != "embed"})
        assert rig.platform.copies(envelope, receipt, rig.began) == (Copy(receipt, True),)
