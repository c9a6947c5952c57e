"""The promises every adapter keeps, as tests. An adapter's test file joins them with a few lines:

    class TestPigeonPost(PlatformContract):
        vectors = (("", 0), ("coo", 3))

        @pytest.fixture
        def rig(self) -> Iterator[Rig]: ...

The rig stands on a server that behaves as the network's documentation says, with `proxy.FaultProxy` in front of it.
What a network really does otherwise (a 500 to a replayed key) is a test in the adapter's own file.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict, replace
from datetime import UTC, date, datetime, timedelta
from unicodedata import normalize

import pytest

from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import Envelope, Receipt, delivery_key
from mwcampaign.core.message import canonical
from mwcampaign.core.ports import Absent, Found, Handles, Inconclusive
from mwcampaign.testing import samples
from mwcampaign.testing._faults import FaultPromises
from mwcampaign.testing.rig import PublicPost, Rig, Sending
from mwcampaign.testing.watch import impurities, no_network

__all__ = ["PlatformContract", "PublicPost", "Rig"]

HEAVY = ("PIL", "aiohttp", "atproto", "boto3", "botocore", "httpx", "keyring", "mastodon", "paramiko", "requests",
         "tweepy", "urllib3")  # fmt: skip
"""Libraries that only adapters in use may load."""
SKEW = timedelta(minutes=2)


class PlatformContract(FaultPromises, Sending):
    """The promises. `vectors` are texts with their count by the network's own rules; `figures` the names
    of the Metrics the network gives; `languages` two tags the network keeps; FaultPromises has two more."""

    vectors: tuple[tuple[str, int], ...] = (("", 0),)
    figures: frozenset[str] = frozenset()
    languages: tuple[str, str] = ("fr", "en")

    def test_importing_loads_no_client_library(self, rig: Rig) -> None:
        """The registry and the adapter's module load in milliseconds: client libraries wait until they are used."""
        code = f"import sys, mwcampaign.platforms, {rig.module}; print(*sorted({set(HEAVY)!r} & set(sys.modules)))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == []

    def test_constructing_opens_no_connection(self, rig: Rig) -> None:
        """`check` and `plan` construct adapters offline."""
        with no_network():
            rig.fresh()

    def test_capabilities_are_data(self, rig: Rig) -> None:
        """Capabilities cannot be changed, survive JSON, say where they come from, and the class has them too."""
        told = rig.platform.capabilities
        assert Capabilities.from_json(json.loads(json.dumps(told.to_json()))) == told
        with pytest.raises(FrozenInstanceError):
            told.text_limit = 1  # type: ignore[misc]
        assert told.source
        assert date.fromisoformat(told.as_of)
        assert isinstance(type(rig.platform).capabilities, Capabilities)
        assert all(isinstance(name, str) for name in type(rig.platform).secret_names)  # type: ignore[attr-defined]

    def test_count_is_the_networks_own(self, rig: Rig) -> None:
        """Text is counted as the network counts it, offline, nothing as nothing, nothing as more than at_most."""
        with no_network():
            assert rig.platform.count("") == 0
            assert [(text, rig.platform.count(text)) for text, _ in self.vectors] == list(self.vectors)
            most = [rig.platform.capabilities.at_most(normalize("NFC", text)) for text, _ in self.vectors]
            assert all(bound is None or count <= bound for bound, (_, count) in zip(most, self.vectors, strict=True))

    def test_text_at_the_limit_is_accepted(self, rig: Rig) -> None:
        """The limit is the limit: text of exactly that count is published whole, one more is over it."""
        platform = rig.platform
        text = "a" * platform.capabilities.text_limit
        assert platform.count(text) == platform.capabilities.text_limit
        assert platform.count(text + "a") == platform.capabilities.text_limit + 1
        platform.publish(self.ready(platform, samples.message(text)))
        assert [post.text for post in rig.posts()] == [text]

    def test_prepare_is_pure(self, rig: Rig) -> None:
        """Equal arguments give equal envelopes, in any process: no network, no clock, no chance."""
        message = samples.message("Prepared twice #MuseumWeek", min(2, rig.platform.capabilities.pictures))
        uploads = [rig.platform.upload(*samples.picture(number)) for number in range(len(message.pictures))]
        handles = Handles(tuple(uploads), rig.platform.resolve(message))
        handles = replace(handles, staged=rig.platform.stage(message, handles))
        arguments = (message, handles, delivery_key("mw", "pure", "museum", 0), datetime(2026, 6, 8, 10, tzinfo=UTC))
        other = rig.fresh()
        with no_network():
            rig.platform.prepare(*arguments)  # whatever is imported late is imported now
            with impurities() as asked:
                first = rig.platform.prepare(*arguments)
            again = other.prepare(*arguments)
        assert asked == []
        assert first == again
        assert first.payload == canonical(json.loads(first.payload))
        assert first.address

    def test_publish_gives_a_receipt(self, rig: Rig) -> None:
        """A receipt proves the post: the network's id, an address for people, an aware time of about now."""
        before = datetime.now(UTC)
        receipt = rig.platform.publish(self.ready(rig.platform, samples.message("The doors are open #MuseumWeek")))
        assert receipt.remote_id
        assert receipt.url.startswith(("https://", "http://127.0.0.1", "http://localhost"))
        assert receipt.posted_at.utcoffset() is not None
        assert abs(receipt.posted_at - before) < SKEW
        assert [post.text for post in rig.posts()] == ["The doors are open #MuseumWeek"]

    def test_look_before_and_after(self, rig: Rig) -> None:
        """Before it was sent a post is never found, whatever resembles it; afterwards it is never called absent."""
        platform, capabilities = rig.platform, rig.platform.capabilities
        now = datetime.now(UTC)
        platform.publish(self.ready(platform, samples.message("Look at this vase, please"), "other"))
        envelope = self.ready(platform, samples.message("Look at this vase"), at=now)
        assert not isinstance(platform.find(envelope, now - SKEW), Found)
        receipt = platform.publish(envelope)
        for looking in (platform, rig.fresh()):
            answer = looking.find(envelope, now - SKEW)
            assert not isinstance(answer, Absent)
            if capabilities.lookup == "exact":
                assert isinstance(answer, Found)
            if isinstance(answer, Found):
                assert answer.receipt.remote_id == receipt.remote_id
                assert answer.receipt.url == receipt.url
                assert answer.receipt.revision == receipt.revision

    def copies(self, rig: Rig, envelope: Envelope, receipt: Receipt) -> dict[str, bool] | None:
        """Return what two adapter objects agree is public of a post: whether it is the same, by remote id; None where
        this network cannot be asked."""
        since = datetime.now(UTC) - SKEW
        answer, again = (looking.copies(envelope, receipt, since) for looking in (rig.platform, rig.fresh()))
        assert answer == again
        if isinstance(answer, Inconclusive):
            assert rig.platform.capabilities.lookup == "none"
            return None
        for copy in answer:
            assert copy.receipt.url
            assert copy.receipt.posted_at.utcoffset() is not None
        told = {copy.receipt.remote_id: copy.same for copy in answer}
        assert len(told) == len(answer)
        return told

    def test_a_public_post_is_its_own_copy(self, rig: Rig) -> None:
        """An audit finds a post as it was asked for, whatever form the network gives it, and no other for it."""
        platform = rig.platform
        first = platform.publish(self.ready(platform, samples.message("Look at this vase"), "other"))
        message = samples.message("See **https://museum.example/expo?a=1&b=2** & #MuseumWeek\n\nMusée", 1)
        for name, parent in (("alone", None), ("reply", first)):
            envelope = self.ready(platform, replace(message, text=f"{name}: {message.text}"), name, parent, parent)
            receipt = platform.publish(envelope)
            assert self.copies(rig, envelope, receipt) in ({receipt.remote_id: True}, None)

    def test_a_deleted_post_has_no_copy(self, rig: Rig) -> None:
        """A post that somebody deleted is told as gone."""
        envelope = self.ready(rig.platform, samples.message("Gone soon", 1))
        receipt = rig.platform.publish(envelope)
        assert self.copies(rig, envelope, receipt) in ({receipt.remote_id: True}, None)
        rig.delete(receipt.remote_id)
        assert self.copies(rig, envelope, receipt) in ({}, None)

    @pytest.mark.parametrize("text", ("Open until nine", "Open until six, free for all", "Open until", "Open until 6"))
    def test_an_altered_post_is_there_and_not_the_same(self, rig: Rig, text: str) -> None:
        """A post that somebody gave other words is told as there, and altered; its own words elsewhere are not it."""
        envelope = self.ready(rig.platform, samples.message("Open until six", 1))
        receipt = rig.platform.publish(envelope)
        if not rig.edit(receipt.remote_id, text):
            assert rig.platform.capabilities.edits is False
            return
        told = self.copies(rig, envelope, receipt)
        assert told is None or list(told.values()) == [False]

    def test_a_repetition_is_told(self, rig: Rig) -> None:
        """A second post that reads the same, by whatever means, is listed with the first, and stays when that goes."""
        envelope = self.ready(rig.platform, samples.message("Said twice https://museum.example"))
        receipt = rig.platform.publish(envelope)
        again = rig.repeat(receipt.remote_id)
        assert self.copies(rig, envelope, receipt) in ({receipt.remote_id: True, again: True}, None)
        rig.delete(receipt.remote_id)
        assert self.copies(rig, envelope, receipt) in ({again: True}, None)

    def test_every_picture_arrives_in_order(self, rig: Rig) -> None:
        """All pictures a post may have arrive, each with its own alternative text, in the author's order."""
        many = min(4, rig.platform.capabilities.pictures)
        message = samples.message("Four walls #MuseumWeek", many)
        rig.platform.publish(self.ready(rig.platform, message))
        (post,) = rig.posts()
        assert post.alts == tuple(each.alt for each in message.pictures)
        assert len(set(post.alts)) == many

    def test_thread_is_a_chain(self, rig: Rig) -> None:
        """Each part of a thread answers the part before it."""
        if not rig.platform.capabilities.threads:
            assert rig.platform.capabilities.threads is False
            return
        root: Receipt | None = None
        parent: Receipt | None = None
        receipts: list[Receipt] = []
        for number in range(3):
            envelope = self.ready(rig.platform, samples.message(f"Part {number + 1}"), f"part {number}", parent, root)
            parent = rig.platform.publish(envelope)
            root = root or parent
            receipts.append(parent)
        posts = rig.posts()
        assert [post.text for post in posts] == ["Part 1", "Part 2", "Part 3"]
        assert [post.reply_to for post in posts] == [None, receipts[0].remote_id, receipts[1].remote_id]

    def test_language_arrives(self, rig: Rig) -> None:
        """A post carries its language, so that readers and screen readers get it right."""
        for language in self.languages:
            message = samples.message(f"Museum, musée, museo ({language})", language=language)
            rig.platform.publish(self.ready(rig.platform, message, language))
        expected = list(self.languages) if rig.platform.capabilities.languages else [None, None]
        assert [post.language for post in rig.posts()] == expected

    def test_warning_arrives(self, rig: Rig) -> None:
        """A content warning stands before the text where the network has such a thing."""
        many = min(1, rig.platform.capabilities.pictures)
        message = replace(samples.message("A skeleton from the crypt", many), warning="Human remains")
        rig.platform.publish(self.ready(rig.platform, message))
        (post,) = rig.posts()
        match rig.platform.capabilities.warnings:
            case "text":
                assert post.warning == "Human remains"
            case "label":
                assert post.warning
            case "none":
                assert post.warning == ""

    def test_visibility_arrives(self, rig: Rig) -> None:
        """A post is no more public than its author said."""
        wanted = rig.platform.capabilities.visibilities
        for visibility in wanted:
            message = replace(samples.message(f"For {visibility} eyes"), visibility=visibility)
            rig.platform.publish(self.ready(rig.platform, message, visibility))
        assert tuple(post.visibility for post in rig.posts()) == wanted

    def test_figures_not_given_are_none(self, rig: Rig) -> None:
        """A figure the network does not give is None, never 0."""
        receipt = rig.platform.publish(self.ready(rig.platform, samples.message("Count me in")))
        metrics = rig.platform.metrics(receipt)
        if metrics is None:
            assert not self.figures
            return
        told = asdict(metrics)
        assert {name for name, value in told.items() if value is not None} == self.figures
        assert all(told[name] == 0 for name in self.figures)

    def test_whoami_names_the_account(self, rig: Rig) -> None:
        """The network says who we are and, where it can, what this account may do."""
        identity = rig.platform.whoami()
        assert identity.handle
        assert identity.remote_id
        rig.platform.capabilities.with_limits(identity.limits)

    def test_closing_twice_is_harmless(self, rig: Rig) -> None:
        """Letting go of connections never fails."""
        platform = rig.fresh()
        platform.close()
        platform.close()
