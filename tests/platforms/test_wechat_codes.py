"""What WeChat's error codes mean to the adapter, and how it keeps its token."""

from __future__ import annotations

import pytest

from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.proxy import Fault
from tests.platforms.fake_wechat import no
from tests.platforms.wechat_rig import Covered, WeChatRig, wechat_rig

__all__ = ["wechat_rig"]


class TestCodes(Covered):
    """What an errcode inside a 200 means."""

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            (-1, Ambiguous),
            (40001, Deferred),
            (42001, Deferred),
            (40164, CredentialRejected),
            (48001, CredentialRejected),
            (45009, Deferred),
            (45011, Deferred),
            (53503, Rejected),
            (53504, Rejected),
            (45166, Rejected),
        ],
    )
    def test_an_answer_to_a_submission(self, wechat_rig: WeChatRig, code: int, kind: type[Exception]) -> None:
        """Busy leaves doubt; everything else is a clear no, for this post or for the account."""
        envelope = self.ready(wechat_rig.platform, samples.message("Refused"))
        wechat_rig.server.refusal = ("/cgi-bin/freepublish/submit", no(code, "in WeChat's words"))
        with pytest.raises(kind) as caught:
            wechat_rig.platform.publish(envelope)
        assert type(caught.value) is kind
        assert wechat_rig.posts() == []

    @pytest.mark.parametrize(("code", "kind"), [(-1, Deferred), (40007, Rejected), (45009, Deferred)])
    def test_an_answer_to_a_draft(self, wechat_rig: WeChatRig, code: int, kind: type[Exception]) -> None:
        """Before the submission nothing is doubt."""
        wechat_rig.server.refusal = ("/cgi-bin/draft/add", no(code, "in WeChat's words"))
        with pytest.raises(kind) as caught:
            self.ready(wechat_rig.platform, samples.message("Refused"))
        assert type(caught.value) is kind

    def test_a_missing_right_is_told(self, wechat_rig: WeChatRig) -> None:
        """Many accounts lost it: whoever verifies the account reads why."""
        wechat_rig.server.refusal = ("/cgi-bin/draft/count", no(48001, "api unauthorized"))
        with pytest.raises(CredentialRejected, match="no right to this interface"):
            wechat_rig.platform.whoami()


class TestTheToken(Covered):
    """One token, kept, shared, renewed in time."""

    def test_one_token_serves_all(self, wechat_rig: WeChatRig) -> None:
        """Many calls of several adapters of the account ask for one token once."""
        for number in range(3):
            platform = wechat_rig.fresh()
            platform.publish(self.ready(platform, samples.message(f"Number {number}")))
        assert len([seen for seen in wechat_rig.proxy.requests if seen.path == "/cgi-bin/stable_token"]) == 1
        assert wechat_rig.server.tokens_made == 1

    def test_it_is_renewed_before_its_end(self, wechat_rig: WeChatRig) -> None:
        """A token with a minute left is not used."""
        wechat_rig.server.lasts = 60
        wechat_rig.platform.whoami()
        short = wechat_rig.server.tokens_made
        wechat_rig.server.lasts = 7200
        wechat_rig.platform.whoami()
        assert wechat_rig.server.tokens_made == short + 1
        wechat_rig.platform.whoami()
        assert wechat_rig.server.tokens_made == short + 1

    def test_a_token_that_died_is_fetched_anew(self, wechat_rig: WeChatRig) -> None:
        """Somebody else's program made a new one: this try comes to nothing, the next goes out; nothing is forced."""
        wechat_rig.platform.whoami()
        wechat_rig.server.token = "wechat-token-of-another-program"
        with pytest.raises(Deferred, match="refused the token"):
            wechat_rig.platform.whoami()
        wechat_rig.platform.whoami()
        assert wechat_rig.server.tokens_made == 1

    def test_only_a_token_known_as_bad_is_forced(self, wechat_rig: WeChatRig) -> None:
        """WeChat hands out the very token that it refuses: then a new one is demanded, once."""
        wechat_rig.platform.whoami()
        wechat_rig.server.refusal = ("/cgi-bin/draft/count", no(40001, "invalid credential"))
        with pytest.raises(Deferred):
            wechat_rig.platform.whoami()
        wechat_rig.server.refusal = None
        wechat_rig.platform.whoami()
        wechat_rig.platform.whoami()
        assert wechat_rig.server.tokens_made == 2

    @pytest.mark.parametrize("secrets", [{"appid": "wx0"}, {"secret": "wrong-secret"}, {"secret": ""}, {"appid": ""}])
    def test_a_wrong_secret_is_told(self, wechat_rig: WeChatRig, secrets: dict[str, str]) -> None:
        """And repeated nowhere."""
        with pytest.raises(CredentialRejected) as caught:
            wechat_rig.fresh(**secrets).whoami()
        assert "wrong-secret" not in str(caught.value)

    def test_a_broken_session_costs_a_sign_in(self, wechat_rig: WeChatRig) -> None:
        """Rubbish on the disk is no token."""
        wechat_rig.sessions.saved["museum@wechat"] = "{rubbish"
        wechat_rig.platform.whoami()
        assert wechat_rig.server.tokens_made == 1

    @pytest.mark.parametrize("fault", [Fault.DROP, Fault.SERVER_ERROR_AFTER, Fault.HTML])
    @pytest.mark.parametrize("path", ["/stable_token", "/uploadimg", "/add_material"])
    def test_trouble_before_the_submission_is_no_doubt(self, wechat_rig: WeChatRig, fault: Fault, path: str) -> None:
        """Nothing is public before it."""
        wechat_rig.proxy.arm(fault, path=path)
        with pytest.raises(Deferred):
            wechat_rig.platform.upload(*samples.picture())
