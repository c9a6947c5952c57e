"""The VK adapter keeps the contract in front of a server written from VK's documentation, and VK's own rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.ports import Found, Inconclusive
from mwcampaign.errors import Ambiguous, Deferred, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault, Seen
from mwcampaign.testing.rig import Rig, Sending
from tests.platforms.fake_vk import GROUP, REMEMBERED, TOKEN, error
from tests.platforms.vk_rig import Judge, VKRig, community, described

SKEW = timedelta(minutes=2)


@pytest.fixture
def vk_judge() -> Judge:
    """VK's own description."""
    if (judge := described()) is None:
        pytest.skip("VK's JSON schema does not lie beside the project")
    return judge


@pytest.fixture
def vk_rig() -> Iterator[VKRig]:
    """A community without posts; at the end every call, and every answer, is judged by VK's own description."""
    with community() as rig:
        yield rig


class TestVKKeepsTheContract(PlatformContract):
    """The suite every adapter passes."""

    vectors = (("", 0), ("a" * 15_895, 15_895), ("музей", 5), ("🏛️", 3), ("[club1|Museum]", 14))
    figures = frozenset({"likes", "reposts", "replies", "views"})
    tells_allowances = "never"
    refused_for = timedelta(hours=1)
    """Nobody is told what is left of a day's posts, nor when the day is over."""

    @pytest.fixture
    def rig(self, vk_rig: VKRig) -> VKRig:
        """The community on the fake VK."""
        return vk_rig

    def test_rate_limit_says_when(self, rig: Rig) -> None:
        """VK names no time with its limits, so none is invented: the engine's own waits serve."""
        _, _, error = self.failing(rig, Fault.RATE_LIMIT, "Too fast")
        assert isinstance(error, Deferred)
        assert error.retry_after is None


class TestJudge(Sending):
    """VK's own description judges what is sent, and what the fake says."""

    def test_every_call_was_judged(self, vk_rig: VKRig, vk_judge: Judge) -> None:
        """Photos, a post, a look, figures: each method is described and each call is valid."""
        before = len(vk_judge.judged)
        envelope = self.ready(vk_rig.platform, samples.message("Look", 2))
        receipt = vk_rig.platform.publish(envelope)
        vk_rig.platform.find(envelope, receipt.posted_at - SKEW)
        vk_rig.platform.metrics(receipt)
        assert [fault for seen in vk_rig.proxy.requests for fault in vk_judge.faults(seen)] == []
        photo = ["photos.getWallUploadServer", "photos.saveWallPhoto"]
        # The wall is read until a page is empty.
        calls = [*photo, *photo, "wall.post", "wall.get", "wall.get", "wall.getById"]
        assert vk_judge.judged[before:] == calls

    @pytest.mark.parametrize(
        ("verb", "method", "body"),
        [
            ("POST", "wall.post", b"mesage=Fine&v=5.199"),
            ("POST", "wall.post", b"owner_id=museum&v=5.199"),
            ("POST", "wall.post", b"from_group=yes&v=5.199"),
            ("POST", "wall.get", b"filter=mine&v=5.199"),
            ("POST", "wall.getById", b"v=5.199"),
            ("POST", "wall.shout", b"v=5.199"),
            ("GET", "wall.post", b"message=Fine&v=5.199"),
        ],
    )
    def test_the_judge_can_object(self, vk_judge: Judge, verb: str, method: str, body: bytes) -> None:
        """Names, kinds, values, what is missing, methods and verbs that VK does not know are found."""
        assert vk_judge.faults(Seen(verb, f"/method/{method}", {}, body)) != []

    @pytest.mark.parametrize(
        "answer", [{"response": {}}, {"response": {"post_id": "7"}}, {"error": {"error_code": "100"}}]
    )
    def test_the_judge_can_object_to_an_answer(self, vk_judge: Judge, answer: object) -> None:
        """A fake that answers as VK does not is found out."""
        assert vk_judge.faults_in_answer("wall.post", answer) != []


class TestOnce(Sending):
    """A guid makes one post an hour; everything else is looked up."""

    def test_the_guid_is_the_delivery_s_key(self, vk_rig: VKRig) -> None:
        """Another try, another process, other photos: the same guid, so VK makes no second post within its hour."""
        first = self.ready(vk_rig.platform, samples.message("Once", 1))
        again = self.ready(vk_rig.fresh(), samples.message("Once", 1))
        assert json.loads(first.payload)["guid"] == first.address == again.address
        one = vk_rig.platform.publish(first)
        two = vk_rig.platform.publish(again)
        assert one.remote_id == two.remote_id
        assert len(vk_rig.posts()) == 1

    def test_the_window_is_shorter_than_vk_s_hour(self, vk_rig: VKRig) -> None:
        """VK says "about": the fake forgets after exactly an hour, and by then nothing is sent again."""
        assert 0 < vk_rig.platform.capabilities.replay_window <= REMEMBERED * 3 / 4
        envelope = self.ready(vk_rig.platform, samples.message("Again"))
        vk_rig.platform.publish(envelope)
        vk_rig.server.guids = {guid: (post, made - REMEMBERED) for guid, (post, made) in vk_rig.server.guids.items()}
        vk_rig.platform.publish(envelope)
        assert len(vk_rig.posts()) == 2

    def test_a_repetition_answered_without_an_id_is_doubt(self, vk_rig: VKRig) -> None:
        """Nobody knows what VK answers: without a post's id it is doubt, and the look finds the one post."""
        vk_rig.server.repeated = "empty"
        envelope = self.ready(vk_rig.platform, samples.message("Said once"))
        receipt = vk_rig.platform.publish(envelope)
        with pytest.raises(Ambiguous):
            vk_rig.platform.publish(envelope)
        answer = vk_rig.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Found)
        assert answer.receipt.remote_id == receipt.remote_id

    @pytest.mark.parametrize("renames", [True, False])
    @pytest.mark.parametrize("photos", [0, 3])
    def test_a_lost_post_is_found(self, vk_rig: VKRig, renames: bool, photos: int) -> None:
        """Whatever its photos are called by now."""
        vk_rig.server.renames = renames
        platform = vk_rig.faulty(Fault.DROP)
        envelope = self.ready(platform, samples.message("Музей открыт & <free> #MuseumWeek", photos))
        with pytest.raises(Ambiguous):
            platform.publish(envelope)
        answer = platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Found)
        assert answer.receipt.remote_id == str(vk_rig.server.posts[0]["id"])
        assert answer.receipt.url == f"https://vk.com/wall-{GROUP}_{answer.receipt.remote_id}"

    def test_a_wall_that_lags_is_never_absence(self, vk_rig: VKRig) -> None:
        """The post is there, the list does not have it yet: nobody knows."""
        vk_rig.server.lag = 1
        envelope = self.ready(vk_rig.platform, samples.message("Late"))
        vk_rig.platform.publish(envelope)
        answer = vk_rig.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Inconclusive)
        assert answer.where == f"https://vk.com/club{GROUP}"

    def test_a_pinned_post_hides_nothing(self, vk_rig: VKRig) -> None:
        """It comes first however old it is."""
        vk_rig.server.pinned = vk_rig.server.add("Opening hours", [], date=1_500_000_000)
        vk_rig.server.add("Last year", [], date=1_600_000_000)
        envelope = self.ready(vk_rig.platform, samples.message("Today"))
        vk_rig.platform.publish(envelope)
        assert isinstance(vk_rig.platform.find(envelope, datetime.now(UTC) - SKEW), Found)

    @pytest.mark.parametrize(("others", "found"), [(150, True), (500, False)])
    def test_looking_ends(self, vk_rig: VKRig, others: int, found: bool) -> None:
        """Page after page, up to a limit; an audit says so when it was not enough."""
        since = datetime.now(UTC) - SKEW
        envelope = self.ready(vk_rig.platform, samples.message("First"))
        receipt = vk_rig.platform.publish(envelope)
        for number in range(others):
            vk_rig.server.add(f"Other {number}", [])
        assert isinstance(vk_rig.platform.find(envelope, since), Found) is found
        assert isinstance(vk_rig.platform.copies(envelope, receipt, since), Inconclusive) is not found

    def test_without_a_community_nothing_is_prepared(self, vk_rig: VKRig) -> None:
        """A plan that was made without the option ends before anything is sent."""
        with pytest.raises(Rejected, match="group_id") as caught:
            self.ready(vk_rig.fresh(group_id=""), samples.message())
        assert caught.value.reach == "account"
        assert vk_rig.proxy.requests == []

    def test_publish_date_is_never_sent(self, vk_rig: VKRig) -> None:
        """A post that VK keeps for later would be public when nobody watches."""
        envelope = self.ready(vk_rig.platform, samples.message("Now"), at=datetime(2027, 6, 7, 10, tzinfo=UTC))
        told = json.loads(envelope.payload)
        assert told.keys() == {"owner_id", "from_group", "message", "guid"}
        assert (told["owner_id"], told["from_group"]) == (-GROUP, 1)


class TestPhotos(Sending):
    """Three steps: an address, the bytes, a name."""

    def test_ten_photos_arrive_in_order(self, vk_rig: VKRig) -> None:
        """Each with its alternative text as its caption."""
        pictures = tuple(samples.picture(number % 8)[0] for number in range(10))
        message = replace(samples.message("Ten"), pictures=pictures)
        vk_rig.platform.publish(self.ready(vk_rig.platform, message))
        (post,) = vk_rig.posts()
        assert post.alts == tuple(picture.alt for picture in pictures)

    def test_too_many_calls_in_a_second_lose_nothing(self, vk_rig: VKRig) -> None:
        """The next try goes on with the photos that are there; another post gets photos of its own."""
        message = samples.message("Three", 3)
        vk_rig.platform.upload(*samples.picture(0))
        vk_rig.proxy.answer(json.dumps(error(6, "Too many requests per second")).encode(), path="saveWallPhoto")
        with pytest.raises(Deferred, match="error 6") as caught:
            self.ready(vk_rig.platform, message)
        assert caught.value.retry_after == timedelta(seconds=1)
        vk_rig.platform.publish(self.ready(vk_rig.platform, message))
        assert len(vk_rig.server.photos) == 3
        self.ready(vk_rig.platform, message)
        assert len(vk_rig.server.photos) == 6

    def test_a_file_that_is_no_photo_is_refused(self, vk_rig: VKRig) -> None:
        """Before anything is public."""
        picture, _ = samples.picture()
        with pytest.raises(Rejected, match="no such photo"):
            vk_rig.platform.upload(picture, b"no photo")

    def test_no_token_goes_with_the_bytes(self, vk_rig: VKRig) -> None:
        """The upload's address is permission enough, and anybody's server may stand there."""
        vk_rig.platform.upload(*samples.picture())
        (sent,) = [seen for seen in vk_rig.proxy.requests if seen.path.startswith("/upload.php")]
        assert "authorization" not in sent.lower
        assert TOKEN.encode() not in sent.body

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("getWallUploadServer", b'{"response": {}}'),
            ("/upload.php", b'{"server": 1}'),
            ("saveWallPhoto", b'{"response": []}'),
            ("saveWallPhoto", b'{"response": [{"id": 1}]}'),
        ],
    )
    def test_an_odd_answer_to_an_upload_is_a_delay(self, vk_rig: VKRig, path: str, body: bytes) -> None:
        """Nothing is public, so it may be tried again."""
        vk_rig.proxy.answer(body, path=path)
        with pytest.raises(Deferred, match=r"upload of room-1.png \(VK 5.199\): .*understood"):
            vk_rig.platform.upload(*samples.picture())

    @pytest.mark.parametrize("path", ["getWallUploadServer", "/upload.php", "saveWallPhoto"])
    @pytest.mark.parametrize("fault", [Fault.DROP, Fault.SERVER_ERROR_AFTER, Fault.HTML])
    def test_trouble_with_an_upload_is_no_doubt(self, vk_rig: VKRig, path: str, fault: Fault) -> None:
        """Nothing is public before the post, so the whole upload may be tried again."""
        vk_rig.proxy.arm(fault, path=path)
        with pytest.raises(Deferred):
            vk_rig.platform.upload(*samples.picture())
        assert vk_rig.platform.upload(*samples.picture()) in vk_rig.server.photos

    @pytest.mark.parametrize(("sides", "fine"), [((7000, 7000), True), ((7001, 7000), False)])
    def test_long_sides_are_refused_offline(self, vk_rig: VKRig, sides: tuple[int, int], fine: bool) -> None:
        """Width and height count together."""
        picture = replace(samples.picture()[0], width=sides[0], height=sides[1])
        message = replace(samples.message(), pictures=(picture,))
        assert [code for code, _ in vk_rig.platform.check(message)] == ([] if fine else ["MW320"])
