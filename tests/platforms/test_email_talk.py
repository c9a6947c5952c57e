"""The e-mail adapter's talk with a mail server: which trouble means what, and that TLS is kept to."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mwcampaign.core.ports import Inconclusive
from mwcampaign.errors import Ambiguous, CredentialRejected, Deferred, PublishError, Rejected
from mwcampaign.testing import samples
from mwcampaign.testing.rig import Sending
from tests.platforms.email_rig import EmailRig, Impatient
from tests.platforms.fake_smtp import PASSWORD, USERNAME, FakeSmtp, Step, Trouble

STEPS: tuple[Step, ...] = ("greeting", "auth", "mail", "rcpt", "data")


@pytest.fixture
def mail() -> Iterator[EmailRig]:
    """A mail server without letters."""
    server = FakeSmtp()
    yield EmailRig(server)
    server.stop()


class TestTheTalk(Sending):
    """Which trouble of the talk means what: before the dot nothing is sent, after it a reply decides."""

    def publish(self, platform: Any, **message: Any) -> PublishError:
        """Publish into a trouble and return it."""
        envelope = self.ready(platform, samples.message(**message))
        with pytest.raises(PublishError) as caught:
            platform.publish(envelope)
        return caught.value

    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize(
        ("trouble", "kind"),
        [
            (Trouble("dot", b"421 4.3.2 closing\r\n", "closes"), Deferred),
            (Trouble("dot", b"451 4.3.0 later\r\n"), Deferred),
            (Trouble("dot", b"550 5.7.1 no\r\n"), Rejected),
            (Trouble("dot", ends="closes"), Deferred),
            (Trouble("dot", ends="reset"), Deferred),
            (Trouble("dot", b"nonsense\r\n"), Deferred),
        ],
        ids=("421", "451", "550", "closed", "reset", "nonsense"),
    )
    def test_before_the_dot_nothing_is_sent(
        self, mail: EmailRig, step: Step, trouble: Trouble, kind: type[PublishError]
    ) -> None:
        """Refused, put off, hung up or not understood, at any step: no letter, no doubt, and the next try is free."""
        mail.server.troubles.append(replace(trouble, step=step))
        error = self.publish(mail.platform)
        assert isinstance(error, kind)
        assert error.reach in {"account", "network"}
        assert mail.posts() == []
        mail.platform.publish(self.ready(mail.platform, samples.message()))
        assert len(mail.posts()) == 1

    @pytest.mark.parametrize("step", STEPS)
    def test_silence_before_the_dot_is_a_delay(self, mail: EmailRig, step: Step) -> None:
        """Who waits in vain for a reply has sent nothing yet."""
        mail.server.troubles.append(Trouble(step, ends="silence"))
        assert type(self.publish(mail.fresh(Impatient))) is Deferred
        assert mail.posts() == []

    @pytest.mark.parametrize(
        ("says", "kind"),
        [(b"421 4.3.2 closing\r\n", Deferred), (b"452 4.3.1 no room\r\n", Deferred), (b"554 5.7.1 spam\r\n", Rejected)],
    )
    def test_a_no_after_the_dot_is_a_no(self, mail: EmailRig, says: bytes, kind: type[PublishError]) -> None:
        """A reply of 4 or 5 promises that the letter was not taken."""
        mail.server.troubles.append(Trouble("dot", says))
        error = self.publish(mail.platform)
        assert (type(error), error.reach) == (kind, "post")

    def test_lost_after_the_dot_is_a_persons_matter(self, mail: EmailRig) -> None:
        """The one doubtful moment. Nobody can look: a person is told which letter to look for."""
        mail.server.troubles.append(Trouble("dot", ends="closes", keeps=True))
        envelope = self.ready(mail.platform, samples.message("Lost"))
        with pytest.raises(Ambiguous):
            mail.platform.publish(envelope)
        told = mail.platform.find(envelope, datetime.now(UTC))
        assert isinstance(told, Inconclusive)
        assert envelope.address in told.where
        assert mail.platform.capabilities.replay_window == 0

    def test_a_goodbye_that_fails_undoes_nothing(self, mail: EmailRig) -> None:
        """After the yes the letter is on its way, whatever happens to the connection."""
        mail.server.troubles.append(Trouble("dot", b"250 2.0.0 queued\r\n", "reset", keeps=True))
        assert mail.platform.publish(self.ready(mail.platform, samples.message("Taken"))).remote_id
        assert len(mail.posts()) == 1

    @pytest.mark.parametrize("number", [1, 2, 3])
    @pytest.mark.parametrize("says", [b"550 5.1.1 nobody\r\n", b"450 4.2.0 greylisted\r\n"])
    def test_all_recipients_or_none(self, mail: EmailRig, number: int, says: bytes) -> None:
        """One refused address stops the letter for all, and says which: half a list would be neither yes nor no."""
        mail.server.troubles.append(Trouble("rcpt", says, number=number))
        platform = mail.fresh(to="a@readers.example, b@readers.example, c@readers.example")
        assert f"recipient {number} of 3" in str(self.publish(platform))
        assert mail.posts() == []

    def test_a_letter_too_big_is_that_letters_trouble(self, mail: EmailRig) -> None:
        """It is refused by its size, before it is sent, and other letters may go."""
        mail.server.most_bytes = 500
        error = self.publish(mail.platform, pictures=1)
        assert (type(error), error.reach) == (Rejected, "post")
        assert "DATA" not in mail.server.said

    def test_a_wrong_password_is_told_as_that(self, mail: EmailRig) -> None:
        """Before any letter, and without telling it."""
        platform = mail.fresh(secrets={"password": "wr0ng-one"})
        with pytest.raises(CredentialRejected, match="535") as caught:
            platform.whoami()
        assert "wr0ng-one" not in str(caught.value)

    @pytest.mark.parametrize(
        ("secrets", "words"), [({"password": "pässword"}, "ASCII"), ({"password": ""}, "no username or no password")]
    )
    def test_a_password_that_cannot_be_sent(self, mail: EmailRig, secrets: dict[str, str], words: str) -> None:
        """It is told as the account's trouble, not as a bug that quotes it."""
        with pytest.raises(CredentialRejected, match=words) as caught:
            mail.fresh(secrets=secrets).whoami()
        assert caught.value.__suppress_context__ or caught.value.__context__ is None

    def test_a_server_without_a_way_to_sign_in(self, mail: EmailRig) -> None:
        """It is refused for good: nothing is handed in without a name."""
        mail.server.mechanisms = "GSSAPI"
        assert type(self.publish(mail.platform)) is Rejected

    def test_the_other_way_to_sign_in(self, mail: EmailRig) -> None:
        """LOGIN where the server has no PLAIN; one wrong password is tried once, whatever is offered."""
        mail.server.mechanisms = "CRAM-MD5 LOGIN"
        mail.platform.whoami()
        mail.server.mechanisms = "LOGIN PLAIN"
        with pytest.raises(CredentialRejected):
            mail.fresh(secrets={"password": "wr0ng-one"}).whoami()
        assert mail.server.said.count("AUTH") == 2


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, signed by nobody else."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.museum.example")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())  # fmt: skip
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class TestTls(Sending):
    """The password and the letter go over TLS or not at all."""

    @pytest.fixture(params=("starttls", "tls"))
    def secure(self, request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[EmailRig, str]]:
        """A server that takes letters over TLS alone, and how it does."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server = FakeSmtp(context, wrapped=request.param == "tls")
        yield EmailRig(server), request.param
        server.stop()

    def test_with_a_certificate_to_trust(
        self, secure: tuple[EmailRig, str], certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The letter arrives."""
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        rig, tls = secure
        platform = rig.fresh(tls=tls)
        platform.publish(self.ready(platform, samples.message("Sealed", 1)))
        assert [post.text for post in rig.posts()] == ["Sealed"]

    def test_with_a_certificate_of_nobody(self, secure: tuple[EmailRig, str]) -> None:
        """The password stays here: nothing is sent, for now."""
        rig, tls = secure
        platform = rig.fresh(tls=tls)
        with pytest.raises(Deferred, match="certificate"):
            platform.publish(self.ready(platform, samples.message("Sealed")))
        assert "AUTH" not in rig.server.said

    def test_a_server_without_starttls_gets_no_password(self, mail: EmailRig) -> None:
        """Nor the letter: whoever strips the offer on the way gets nothing."""
        platform = mail.fresh(tls="starttls")
        with pytest.raises(Rejected, match="STARTTLS"):
            platform.publish(self.ready(platform, samples.message("Sealed")))
        assert mail.server.said == ["EHLO"]


def test_another_server_takes_it_too(mail: EmailRig) -> None:
    """aiosmtpd, which knows nothing of us, understands the talk and keeps the letter."""
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

    class Keeps:
        """A handler as aiosmtpd wants it."""

        letters: list[bytes]

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            """Keep a letter."""
            self.letters.append(envelope.content)
            return "250 kept"

    def known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (USERNAME.encode(), PASSWORD.encode()))

    handler = Keeps()
    handler.letters = []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port, authenticator=known, auth_require_tls=False)
    controller.start()
    try:
        platform = mail.fresh(port=str(port))
        platform.publish(Sending().ready(platform, samples.message("Déjà vu", 1)))
    finally:
        controller.stop()
    assert [b"D=C3=A9j=C3=A0 vu" in letter for letter in handler.letters] == [True]
