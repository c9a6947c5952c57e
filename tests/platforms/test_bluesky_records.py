"""What a Bluesky record holds, read back from the reference server, and what is asked beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from pytest_httpserver import HTTPServer

from mwcampaign.core.delivery import Envelope, Receipt
from mwcampaign.core.message import Message
from mwcampaign.core.ports import Absent, Handles, Metrics
from mwcampaign.errors import Rejected
from mwcampaign.platforms.bluesky import LABELS, POST
from mwcampaign.testing import samples
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.bluesky_rig import KEY, BlueskyRig, Patient

pytest_plugins = ["tests.platforms.pds", "tests.platforms.bluesky_rig"]

NOW = datetime(2026, 6, 8, 8, 0, 0, 123456, tzinfo=UTC)
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f467"


@pytest.fixture
def rig(bluesky: BlueskyRig) -> BlueskyRig:
    """The first account of the server."""
    return bluesky


def test_what_is_clickable(rig: BlueskyRig) -> None:
    """Links, tags and mentions read back from the server cover exactly their bytes, between emoji and CJK."""
    text = f"{FAMILY} 浮世絵 #MuseumWeek ça @user2.test è @nobody.test 😀 https://example.com/é #浮世絵"
    message = samples.message(text)
    names = rig.platform.resolve(message)
    other = rig.pds.accounts[1]
    assert names == {"user2.test": other.did}
    rig.platform.publish(rig.platform.prepare(message, Handles(names=names), KEY, datetime.now(UTC)))
    (record,) = rig.records()
    seen = []
    for facet in record["value"]["facets"]:
        place, (feature,) = facet["index"], facet["features"]
        covered = text.encode()[place["byteStart"] : place["byteEnd"]].decode()
        told = {name: value for name, value in feature.items() if name != "$type"}
        seen.append((covered, feature["$type"].partition("#")[2], told))
    assert seen == [
        ("#MuseumWeek", "tag", {"tag": "MuseumWeek"}),
        ("@user2.test", "mention", {"did": other.did}),
        ("https://example.com/é", "link", {"uri": "https://example.com/é"}),
        ("#浮世絵", "tag", {"tag": "浮世絵"}),
    ]


def test_a_message_without_mentions_asks_nobody(rig: BlueskyRig) -> None:
    """Resolving costs no request where nobody is mentioned."""
    assert rig.platform.resolve(samples.message("Nobody here #MuseumWeek")) == {}
    assert len(rig.proxy.requests) == rig.seen


@pytest.mark.parametrize("label", LABELS)
def test_labels_arrive(rig: BlueskyRig, label: str) -> None:
    """Each of the network's labels is taken as a warning, by check and by the server."""
    message = replace(samples.message("A marble Venus"), warning=label)
    assert list(rig.platform.check(message)) == []
    rig.platform.publish(rig.platform.prepare(message, Handles(), KEY, datetime.now(UTC)))
    assert [post.warning for post in rig.posts()] == [label]


def test_a_warning_in_words_is_objected_to(rig: BlueskyRig) -> None:
    """The network has no warnings in words: check says so, and which labels there are."""
    ((code, told),) = rig.platform.check(replace(samples.message(), warning="human remains"))
    assert code == "MW317"
    assert all(label in told for label in LABELS)


def test_thread_refers_to_root_and_parent(rig: BlueskyRig) -> None:
    """A third part names the first as root and the second as parent, each with its revision; a second names the
    first twice."""
    receipts: list[Receipt] = []
    for number in range(3):
        told = {"parent": receipts[-1], "root": receipts[0]} if receipts else {}
        receipts.append(rig.platform.publish(rig.prepared(f"Part {number}", **told)))
    _, second, third = (record["value"] for record in rig.records())
    first, middle = ({"uri": each.remote_id, "cid": each.revision} for each in receipts[:2])
    assert second["reply"] == {"root": first, "parent": first}
    assert third["reply"] == {"root": first, "parent": middle}


def test_pictures_keep_their_shape(rig: BlueskyRig) -> None:
    """The blob goes into the record unchanged, with the picture's width and height."""
    message = samples.message("A room", 1)
    blob = rig.platform.upload(*samples.picture(0))
    rig.platform.publish(rig.platform.prepare(message, Handles((blob,)), KEY, datetime.now(UTC)))
    (record,) = rig.records()
    (image,) = record["value"]["embed"]["images"]
    assert image["image"] == json.loads(blob)
    assert image["aspectRatio"] == {"width": message.pictures[0].width, "height": message.pictures[0].height}


def test_pictures_that_are_too_large(rig: BlueskyRig) -> None:
    """Over the network's limit the record is refused, far over it the upload; both are a clear no."""
    picture, content = samples.picture()
    limit = rig.platform.capabilities.picture_bytes
    assert limit is not None
    blob = rig.platform.upload(picture, content + bytes(limit + 1 - len(content)))
    message = Message("Too large", "en", (picture,))
    with pytest.raises(Rejected, match="InvalidRequest"):
        rig.platform.publish(rig.platform.prepare(message, Handles((blob,)), KEY, datetime.now(UTC)))
    blob = rig.platform.upload(picture, content + bytes(limit - len(content)))
    rig.platform.publish(rig.platform.prepare(message, Handles((blob,)), KEY, datetime.now(UTC)))
    with pytest.raises(Rejected, match="413"):
        rig.platform.upload(picture, content + bytes(6_000_000))


def test_a_dry_run_prepares_with_placeholders(rig: BlueskyRig) -> None:
    """Placeholders for uploads, names and the part before give a whole request, without a connection."""
    before = Receipt("(the part before)", "", NOW, "(its revision)")
    handles = Handles(('{"uploaded when sent": "room-1.png"}',), {}, before, before)
    envelope = rig.platform.prepare(samples.message("Dry @user2.test", 1), handles, KEY, NOW)
    assert json.loads(envelope.payload)["record"]["reply"]["parent"]["uri"] == "(the part before)"
    assert len(rig.proxy.requests) == rig.seen


def test_after_a_person_deleted_it(rig: BlueskyRig) -> None:
    """A post that its author took down is absent: the look reads the repository as it is."""
    envelope = rig.prepared("Taken down")
    rig.platform.publish(envelope)
    told = {"repo": rig.account.did, "collection": POST, "rkey": envelope.address.rpartition("/")[2]}
    identity = {"identifier": rig.account.handle, "password": rig.account.app_password}
    session = httpx.post(f"{rig.pds.url}/xrpc/com.atproto.server.createSession", json=identity).json()
    headers = {"Authorization": f"Bearer {session['accessJwt']}"}
    httpx.post(f"{rig.pds.url}/xrpc/com.atproto.repo.deleteRecord", json=told, headers=headers).raise_for_status()
    assert rig.platform.find(envelope, NOW) == Absent()


def test_an_address_that_is_none_is_not_looked_for(rig: BlueskyRig) -> None:
    """An envelope of something else is refused; it is not called absent."""
    with pytest.raises(Rejected):
        rig.platform.find(Envelope("at://user1.test/app.bsky.feed.post/latest", "{}"), NOW)


def test_figures_come_from_the_public_view(rig: BlueskyRig, httpserver: HTTPServer) -> None:
    """Likes, reposts, replies and quotes are told as given; views are not given; the session is not shown there."""
    given = {"posts": [{"uri": "at://x", "likeCount": 12, "repostCount": 3, "replyCount": 0, "bookmarkCount": 1}]}
    httpserver.expect_request("/xrpc/app.bsky.feed.getPosts").respond_with_json(given)
    rig.platform.whoami()
    rig.platform.appview = httpserver.url_for("").rstrip("/")
    assert rig.platform.metrics(Receipt("at://x", "", NOW)) == Metrics(likes=12, reposts=3, replies=0)
    ((request, _),) = httpserver.log
    assert request.args["uris"] == "at://x"
    assert "Authorization" not in request.headers


@pytest.mark.parametrize("body", ['{"posts": []}', '{"posts": [5]}', "{}", "[]", "<html>"])
def test_no_figures_are_none(rig: BlueskyRig, httpserver: HTTPServer, body: str) -> None:
    """A post that the public view does not know (yet) has no figures, which is not 0."""
    httpserver.expect_request("/xrpc/app.bsky.feed.getPosts").respond_with_data(body, content_type="application/json")
    rig.platform.appview = httpserver.url_for("").rstrip("/")
    assert rig.platform.metrics(Receipt("at://x", "", NOW)) is None


def test_limits_of_the_account_win() -> None:
    """A campaign may state an account's own numbers; the network's stay what they are."""
    from mwcampaign.core.campaign import Account

    account = Account(institution="museum", network="bluesky", limits={"text_limit": 200})
    platform = Patient(account, {}, KeptSessions())
    assert platform.capabilities.text_limit == 200
    assert Patient.capabilities.text_limit == 300
