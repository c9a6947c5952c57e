"""The Threads adapter keeps the contract in front of a server written from Meta's documentation, and its own rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from mwcampaign.core.delivery import Receipt
from mwcampaign.core.ports import Absent, Found, Handles, Inconclusive, Metrics
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.platform_contract import PlatformContract
from mwcampaign.testing.proxy import Fault, FaultProxy
from mwcampaign.testing.rig import Sending
from tests.platforms.fake_graph import PublicFolder, refused
from tests.platforms.fake_threads import USER, FakeThreads, as_seen
from tests.platforms.threads_rig import CONTRACT, ThreadsJudge, ThreadsRig

SKEW = timedelta(minutes=2)
FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture(scope="module")
def judge() -> ThreadsJudge | None:
    """Meta's own collection of requests, where it lies beside the project."""
    return ThreadsJudge(json.loads(CONTRACT.read_text("utf-8"))) if CONTRACT.exists() else None


@pytest.fixture
def threads(judge: ThreadsJudge | None) -> Iterator[ThreadsRig]:
    """An account without posts; at the end every request is judged by Meta's own collection."""
    server, folder = FakeThreads(), PublicFolder()
    with FaultProxy(server.url) as proxy:
        rig = ThreadsRig(server, proxy, folder)
        yield rig
        rig.platform.close()
        if judge is not None:
            assert [fault for seen in proxy.requests for fault in judge.faults(seen)] == []
    for each in (server, folder):
        each.shutdown()
        each.server_close()


class TestThreadsKeepsTheContract(PlatformContract):
    """The suite every adapter passes."""

    vectors = (
        ("", 0),
        ("a" * 501, 501),
        ("a" * 496 + "😀", 500),
        ("a" * 475 + FAMILY, 500),
        ("a" * 476 + FAMILY, 501),
        ("☑️", 6),
        ("1️⃣", 7),
        ("https://example.com/" + "a" * 480, 500),
        ("a" * 495 + "’" * 3, 498),
        ("é" * 251, 251),
        ("の" * 167, 167),
    )
    figures = frozenset({"views", "likes", "replies", "reposts", "quotes"})
    tells_allowances = "when refused"
    """A publish's answer never says how many posts remain."""

    @pytest.fixture
    def rig(self, threads: ThreadsRig) -> ThreadsRig:
        """The account on the fake Threads."""
        return threads


class TestThreadsItself(Sending):
    """What Threads does that few other networks do."""

    def test_requests_were_judged_by_metas_own_collection(
        self, threads: ThreadsRig, judge: ThreadsJudge | None
    ) -> None:
        """A text, a picture, a carousel, an answer and reads: each valid against the collection."""
        if judge is None:
            pytest.skip("Meta's collection for Threads does not lie beside the project")
        before = judge.judged
        platform = threads.platform
        root = platform.publish(self.ready(platform, samples.message("Text")))
        platform.publish(self.ready(platform, samples.message("Picture", 1)))
        platform.publish(self.ready(platform, samples.message("Carousel", 2)))
        answer = self.ready(platform, samples.message("Answer"), "answer", root, root)
        receipt = platform.publish(answer)
        platform.copies(answer, receipt, datetime.now(UTC) - SKEW)
        platform.metrics(root)
        platform.whoami()
        assert [fault for seen in threads.proxy.requests for fault in judge.faults(seen)] == []
        assert judge.judged - before == 3 * (1 + 1 + 2) + (3 + 3 + 2) + 2 + 1 + 3

    def test_the_judge_objects(self, threads: ThreadsRig, judge: ThreadsJudge | None) -> None:
        """A judge that never says no would prove nothing."""
        if judge is None:
            pytest.skip("Meta's collection for Threads does not lie beside the project")
        threads.platform.publish(self.ready(threads.platform, samples.message("Fine")))
        made, state, publish, _ = threads.proxy.requests
        assert judge.faults(made) == judge.faults(state) == judge.faults(publish) == []
        assert judge.faults(replace(made, body=b"media_type=TXT&text=a")) != []
        assert judge.faults(replace(made, body=b"media_type=TEXT&txet=a")) != []
        assert judge.faults(replace(state, path=state.path.replace("error_message", "error_massage"))) != []
        assert judge.faults(replace(publish, body=b"")) != []
        assert judge.faults(replace(publish, path="/v1.0/me/threads_publsh")) != []

    def test_nothing_publishes_itself(self, threads: ThreadsRig) -> None:
        """auto_publish_text would make the invisible step visible: it is in no request."""
        for pictures in (0, 1, 2):
            threads.platform.publish(self.ready(threads.platform, samples.message("Step by step", pictures)))
        sent = [parse_qs(seen.body.decode()) for seen in threads.proxy.requests if seen.method == "POST"]
        assert len(sent) == (1 + 1) + (1 + 1) + (3 + 1)
        assert not any("auto_publish_text" in form for form in sent)

    @pytest.mark.parametrize(
        ("text", "doubtful"),
        [("a" * 500, False), ("é" * 250, False), ("é" * 251, True), ("a" * 495 + "’" * 3, True), ("a" * 501, False)],
    )
    def test_between_two_counts_nobody_knows(self, threads: ThreadsRig, text: str, doubtful: bool) -> None:
        """Within the documented limit and over it in bytes a text may be refused, as some were: no more is known."""
        said = [code for code, _ in threads.platform.check(samples.message(text))]
        assert said == (["MW321"] if doubtful else [])
        threads.server.count = as_seen
        if doubtful:
            with pytest.raises(Rejected, match="at most 500 characters"):
                self.ready(threads.platform, samples.message(text))

    def test_six_links_are_too_many(self, threads: ThreadsRig) -> None:
        """Five different ones are taken, the same one as often as you like; the sixth is refused offline."""
        links = [f"https://example.org/{number}" for number in range(6)]
        five, six = samples.message(" ".join(links[:5] + links[:1])), samples.message(" ".join(links))
        assert list(threads.platform.check(five)) == []
        assert [code for code, _ in threads.platform.check(six)] == ["MW320"]
        threads.platform.publish(self.ready(threads.platform, five))
        with pytest.raises(Rejected, match="LINK_LIMIT"):
            self.ready(threads.platform, six)

    @pytest.mark.parametrize(
        ("why", "kind"),
        [("INVALID_ASPEC_RATIO", Rejected), ("FAILED_DOWNLOADING_VIDEO", Deferred), ("UNKNOWN", Deferred)],
    )
    def test_a_container_that_comes_to_nothing(self, threads: ThreadsRig, why: str, kind: type[PublishError]) -> None:
        """What another try may mend is tried with a new container; what it cannot is refused in words."""
        threads.server.fails.append(why)
        with pytest.raises(PublishError, match=why) as caught:
            self.ready(threads.platform, samples.message("Broken", 1))
        assert type(caught.value) is kind

    def test_a_container_that_takes_its_time(self, threads: ThreadsRig) -> None:
        """Threads asks for half a minute; then the same container is asked again."""
        threads.server.slow = 1
        message = samples.message("Slow")
        with pytest.raises(Deferred, match="still at work") as caught:
            threads.platform.stage(message, Handles())
        assert caught.value.retry_after == timedelta(seconds=30)
        assert threads.platform.stage(message, Handles()) == f"me/{next(iter(threads.server.containers))}"

    def test_an_answer_is_looked_for_among_answers(self, threads: ThreadsRig) -> None:
        """A lost part of a thread is found where Threads lists answers; the same words elsewhere are another post."""
        now = datetime.now(UTC)
        root = threads.platform.publish(self.ready(threads.platform, samples.message("Same")))
        platform = threads.faulty(Fault.DROP)
        answer = self.ready(platform, samples.message("Same"), "answer", root, root)
        assert platform.find(answer, now - SKEW) == Absent()
        with pytest.raises(Ambiguous):
            platform.publish(answer)
        found = platform.find(answer, now - SKEW)
        assert isinstance(found, Found)
        assert found.receipt.remote_id == threads.server.posts[-1]["id"] != root.remote_id

    def test_the_same_answer_to_another_post_is_another(self, threads: ThreadsRig) -> None:
        """Thanks said under one post are not the thanks under another."""
        now = datetime.now(UTC)
        first, second = (threads.platform.publish(self.ready(threads.platform, samples.message(text))) for text in "ab")
        envelopes = [self.ready(threads.platform, samples.message("Thanks"), "reply", to, to) for to in (first, second)]
        receipts = [threads.platform.publish(envelope) for envelope in envelopes]
        assert [threads.platform.find(envelope, now - SKEW) for envelope in envelopes] == [
            Found(receipt) for receipt in receipts
        ]

    def test_a_container_that_is_gone_decides_nothing(self, threads: ThreadsRig) -> None:
        """No container, no proof: a person looks."""
        envelope = self.ready(threads.platform, samples.message("Gone"))
        threads.server.containers.clear()
        answer = threads.platform.find(envelope, datetime.now(UTC) - SKEW)
        assert isinstance(answer, Inconclusive)
        assert answer.where.startswith("https://www.threads.com/")

    def test_a_restricted_account_needs_a_person(self, threads: ThreadsRig) -> None:
        """Nothing of that account goes out until somebody has looked; version and step stand in the words."""
        threads.server.trouble.append(refused(4279013, words="User restricted"))
        with pytest.raises(Rejected, match=r"^publish \(Threads v1.0\): .*4279013") as caught:
            threads.platform.publish(self.ready(threads.platform, samples.message("No")))
        assert caught.value.reach == "account"

    def test_without_a_token_nothing_is_sent(self, threads: ThreadsRig) -> None:
        """A missing token is named; a wrong id is told in words."""
        with pytest.raises(CredentialRejected, match="there is no access_token"):
            threads.fresh(token="").whoami()
        with pytest.raises(Rejected, match="user_id is a number"):
            threads.fresh(user_id="me/../1").stage(samples.message("No"), Handles())
        assert threads.proxy.requests == []
        assert threads.fresh(user_id=USER).whoami().remote_id == USER

    def test_figures_not_given_are_none(self, threads: ThreadsRig) -> None:
        """A deleted post has no figures, not zeros."""
        gone = Receipt("404", "https://www.threads.com/", datetime.now(UTC))
        assert threads.platform.metrics(gone) == Metrics()
