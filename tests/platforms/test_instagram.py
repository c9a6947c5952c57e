"""The Instagram adapter keeps the contract in front of a server written from its documentation, and its own rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.core.delivery import Receipt, delivery_key
from mwcampaign.core.message import canonical
from mwcampaign.core.ports import Absent, Found, Handles, Inconclusive, Metrics
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.watch import impurities, no_network
from tests.platforms.facebook_rig import CONTRACTS, GraphJudge
from tests.platforms.fake_graph import PublicFolder, refused
from tests.platforms.fake_instagram import USER, FakeInstagram
from tests.platforms.instagram_rig import POST, InstagramRig, SendingPictures, illustrated, jpeg

SKEW = timedelta(minutes=2)


@pytest.fixture
def instagram() -> Iterator[InstagramRig]:
    """An account without posts; at the end every request is judged by Meta's own descriptions."""
    server, folder = FakeInstagram(), PublicFolder()
    with FaultProxy(server.url) as proxy:
        rig = InstagramRig(server, proxy, folder)
        yield rig
        rig.platform.close()
        if CONTRACTS.exists():
            judge = GraphJudge(CONTRACTS, ("IGUser", "IGMedia"), rig.place)
            assert [fault for seen in proxy.requests for fault in judge.faults(seen)] == []
    for each in (server, folder):
        each.shutdown()
        each.server_close()


class TestInstagramKeepsTheContract(SendingPictures, PlatformContract):
    """The suite every adapter passes; every post of it has a picture, since Instagram takes none without."""

    vectors = (("", 0), ("a" * 280, 280), ("é", 1), ("の", 1), ("😀", 2))
    figures = frozenset({"likes", "replies"})
    tells_allowances = "when refused"
    """A publish's answer never says how many posts remain."""

    @pytest.fixture
    def rig(self, instagram: InstagramRig) -> InstagramRig:
        """The account on the fake Instagram."""
        return instagram

    def test_prepare_is_pure(self, instagram: InstagramRig) -> None:
        """As everywhere, with pictures that Instagram takes."""
        message = illustrated(samples.message("Prepared twice #MuseumWeek", 2))
        handles = Handles(tuple(instagram.platform.upload(*jpeg(number)) for number in range(2)))
        handles = replace(handles, staged=instagram.platform.stage(message, handles))
        arguments = (message, handles, delivery_key("mw", "pure", "museum", 0), datetime(2026, 6, 8, 10, tzinfo=UTC))
        with no_network():
            with impurities() as asked:
                first = instagram.platform.prepare(*arguments)
            again = instagram.fresh().prepare(*arguments)
        assert asked == []
        assert first == again
        assert first.payload == canonical(
            {"container": handles.staged.rpartition("/")[2], "pictures": 2, "text": message.text, "user": USER}
        )
        assert first.address


class TestInstagramItself(SendingPictures):
    """What Instagram does that few other networks do."""

    def test_requests_were_judged_by_metas_own_description(self, instagram: InstagramRig) -> None:
        """Containers, a publish, lists, a post: each valid against the description of accounts and media."""
        if not CONTRACTS.exists():
            pytest.skip("Meta's descriptions do not lie beside the project")
        platform = instagram.platform
        envelope = self.ready(platform, samples.message("Look", 3))
        receipt = platform.publish(envelope)
        platform.find(envelope, datetime.now(UTC) - SKEW)
        platform.metrics(receipt)
        judge = GraphJudge(CONTRACTS, ("IGUser", "IGMedia"), instagram.place)
        assert [fault for seen in instagram.proxy.requests for fault in judge.faults(seen)] == []
        assert judge.judged == (3 + 1) + (1 + 1) + 1 + 1
        publishing = [seen for seen in instagram.proxy.requests if "media_publish" in seen.path]
        assert judge.faults(replace(publishing[0], body=b"creation_id=first")) != []
        assert judge.faults(replace(publishing[0], body=b"")) != []

    def test_a_container_that_takes_its_time(self, instagram: InstagramRig) -> None:
        """While Instagram is at work the delivery waits a minute; then the same containers are asked again."""
        instagram.server.slow = 1
        message = illustrated(samples.message("Slow", 2))
        handles = Handles(tuple(instagram.platform.upload(*jpeg(number)) for number in range(2)))
        for waits in range(3):
            with pytest.raises(Deferred, match="still at work") as caught:
                instagram.platform.stage(message, handles)
            assert caught.value.retry_after == timedelta(minutes=1)
            assert len(instagram.server.containers) == (2 if waits < 2 else 3)
        staged = instagram.platform.stage(message, handles)
        assert len(instagram.server.containers) == 3
        assert instagram.server.containers[staged.rpartition("/")[2]]["form"]["media_type"] == "CAROUSEL"

    def test_no_two_posts_get_one_container(self, instagram: InstagramRig) -> None:
        """A container can be published once: who asks again for the same words gets another."""
        message = illustrated(samples.message("Same"))
        handles = Handles((instagram.platform.upload(*jpeg()),))
        assert instagram.platform.stage(message, handles) != instagram.platform.stage(message, handles)

    @pytest.mark.parametrize(
        ("why", "kind"),
        [
            ("Error: Media upload has failed with error code 2207082", Deferred),
            ("Error: Media upload has failed with error code 2207009", Rejected),
            ("Error: something else", Deferred),
        ],
    )
    def test_a_container_that_comes_to_nothing(
        self, instagram: InstagramRig, why: str, kind: type[PublishError]
    ) -> None:
        """What another try may mend is tried with a new container; what it cannot is refused in words."""
        instagram.server.fails.append(why)
        with pytest.raises(PublishError, match=why[-12:]) as caught:
            self.ready(instagram.platform, samples.message("Broken"))
        assert type(caught.value) is kind
        instagram.platform.publish(self.ready(instagram.platform, samples.message("Broken")))
        assert len(instagram.posts()) == 1

    @pytest.mark.parametrize(("width", "height"), [(320, 900), (900, 320)])
    def test_what_instagram_does_not_take(self, instagram: InstagramRig, width: int, height: int) -> None:
        """A picture that slipped through the checks is refused before anything is public."""
        made, content = jpeg(30, width, height)
        url = instagram.folder.put(f"{made.digest}.jpg", content)
        message = replace(samples.message("Tall or wide"), pictures=(made,))
        with pytest.raises(Rejected, match="2207009"):
            instagram.platform.stage(message, Handles((url,)))

    def test_an_address_that_instagram_cannot_fetch_waits(self, instagram: InstagramRig) -> None:
        """A web server that is down for its minutes costs minutes."""
        message = illustrated(samples.message("Where"))
        with pytest.raises(Deferred, match="2207052"):
            instagram.platform.stage(message, Handles((f"{instagram.folder.url}/nothing.jpg",)))

    def test_a_lost_answer_is_decided_by_the_container(self, instagram: InstagramRig) -> None:
        """Not published: absent; expired or come to nothing: absent for good; at work: nobody knows."""
        now = datetime.now(UTC)
        platform = instagram.platform
        envelope = self.ready(platform, samples.message("Lost"))
        (container,) = instagram.server.containers.values()
        assert platform.find(envelope, now - SKEW) == Absent()
        container["slow"] = 9
        assert isinstance(platform.find(envelope, now - SKEW), Inconclusive)
        container["slow"], container["over"] = 0, True
        assert platform.find(envelope, now - SKEW) == Absent()
        container["why"] = "Error"
        assert platform.find(envelope, now - SKEW) == Absent()

    def test_a_post_like_it_keeps_absence_from_being_proven(self, instagram: InstagramRig) -> None:
        """A person who posted it by hand meanwhile would get a second one."""
        now = datetime.now(UTC)
        first = self.ready(instagram.platform, samples.message("By hand"))
        second = self.ready(instagram.platform, samples.message("By hand"))
        instagram.platform.publish(first)
        answer = instagram.platform.find(second, now - SKEW)
        assert isinstance(answer, Inconclusive)
        assert "reads the same" in answer.why

    def test_published_and_not_listed_yet(self, instagram: InstagramRig) -> None:
        """The container knows that it was published, and only a list knows as what: until then a person may look."""
        now = datetime.now(UTC)
        platform = instagram.fresh()
        instagram.server.hidden = 1
        envelope = self.ready(platform, samples.message("Not listed"))
        receipt = platform.publish(envelope)
        answer = platform.find(envelope, now - SKEW)
        assert isinstance(answer, Inconclusive)
        assert answer.where == "https://www.instagram.com/museum/"
        instagram.server.hidden = 0
        assert platform.find(envelope, now - SKEW) == Found(receipt)

    @pytest.mark.parametrize("again", ("refused", "same"))
    def test_a_request_repeated_too_early(self, instagram: InstagramRig, again: str) -> None:
        """A published container that is not called so yet makes no second post, however Instagram answers."""
        now = datetime.now(UTC)
        instagram.server.again, instagram.server.late = again, 1
        platform = instagram.faulty(Fault.DROP)
        envelope = self.ready(platform, samples.message("Early"))
        with pytest.raises(Ambiguous):
            platform.publish(envelope)
        instagram.server.hidden = 1
        assert platform.find(envelope, now - SKEW) == Absent()
        instagram.server.hidden = 0
        if again == "same":
            receipt = platform.publish(envelope)
        else:
            with pytest.raises(Ambiguous, match="PUBLISHED") as caught:
                platform.publish(envelope)
            assert caught.value.reach == "post"
            found = platform.find(envelope, now - SKEW)
            assert isinstance(found, Found)
            receipt = found.receipt
        assert [post["id"] for post in instagram.server.posts] == [receipt.remote_id]

    def test_a_refusal_that_cannot_be_checked_is_doubt(self, instagram: InstagramRig) -> None:
        """A no means no only if the container can be asked whether it went out before."""
        instagram.server.trouble.append(refused(100, words="Invalid parameter"))
        envelope = self.ready(instagram.platform, samples.message("No"))
        instagram.proxy.answer(b"{}", status=500, method="GET", path="status_code")
        with pytest.raises(Ambiguous, match="could not be asked") as caught:
            instagram.platform.publish(envelope)
        assert caught.value.reach == "post"

    def test_a_container_that_died_is_made_anew(self, instagram: InstagramRig) -> None:
        """The engine stages again after a delay; the dead container stays dead."""
        envelope = self.ready(instagram.platform, samples.message("Over"))
        (container,) = instagram.server.containers.values()
        container["over"] = True
        with pytest.raises(Deferred, match="another is made"):
            instagram.platform.publish(envelope)
        assert instagram.posts() == []

    def test_a_post_without_its_address_is_a_post(self, instagram: InstagramRig) -> None:
        """Trouble after the publish casts no doubt on it: the profile stands for the address."""
        envelope = self.ready(instagram.platform, samples.message("Public"))
        instagram.proxy.arm(Fault.SERVER_ERROR_BEFORE, method="GET", path="permalink")
        receipt = instagram.platform.publish(envelope)
        assert [post["id"] for post in instagram.server.posts] == [receipt.remote_id]
        assert receipt.url == "https://www.instagram.com/museum/"

    def test_the_days_quota(self, instagram: InstagramRig) -> None:
        """At Instagram's own count of posts in 24 hours the whole account waits."""
        instagram.server.quota = 0
        with pytest.raises(Deferred, match="2207042") as caught:
            instagram.platform.publish(self.ready(instagram.platform, samples.message("Too many")))
        assert caught.value.reach == "account"

    @pytest.mark.parametrize(("subcode", "kind"), [(2207051, Deferred), (2207050, Rejected), (2207001, Ambiguous)])
    def test_what_a_subcode_means(self, instagram: InstagramRig, subcode: int, kind: type[PublishError]) -> None:
        """Blocked as spam: all of the account stops for a while; restricted: a person is needed; their fault: doubt."""
        instagram.server.trouble.append(refused(4444, subcode, "No"))
        with pytest.raises(kind) as caught:
            instagram.platform.publish(self.ready(instagram.platform, samples.message("No")))
        assert caught.value.reach == ("network" if kind is Ambiguous else "account")

    def test_a_token_of_facebook_login_needs_the_accounts_id(self, instagram: InstagramRig) -> None:
        """There `me` is a person or a Page, and not the account on Instagram: the stated id is asked and used."""
        platform = instagram.fresh(user_id=USER)
        platform.publish(self.ready(platform, samples.message("By id")))
        assert platform.whoami().remote_id == USER
        assert not any(re.search(r"/me\b", seen.path) for seen in instagram.proxy.requests)

    def test_without_a_token_nothing_is_sent(self, instagram: InstagramRig) -> None:
        """A missing token is named."""
        with pytest.raises(CredentialRejected, match="there is no access_token"):
            instagram.fresh(token="").whoami()
        assert instagram.proxy.requests == []

    def test_figures_not_given_are_none(self, instagram: InstagramRig) -> None:
        """A deleted post has no figures, not zeros."""
        gone = Receipt("404", "https://www.instagram.com/", datetime.now(UTC))
        assert instagram.platform.metrics(gone) == Metrics()

    def test_only_the_publish_is_visible(self, instagram: InstagramRig) -> None:
        """Lost answers before it are delays: what was made and not used is forgotten."""
        instagram.platform.whoami()
        for fault in (Fault.DROP, Fault.SERVER_ERROR_AFTER, Fault.RUBBISH):
            instagram.proxy.arm(fault, method="POST", path="/media$")
            with pytest.raises(Deferred):
                self.ready(instagram.platform, samples.message("Later"))
        assert instagram.posts() == []
        assert POST["path"] == "/media_publish$"
