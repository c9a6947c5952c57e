"""Mastodon and Pixelfed: a token from the server's settings, or OAuth with a code that the server shows, through
Mastodon.py. Only _login reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from mwcampaign.errors import PublishError, Rejected
from mwcampaign.platforms._login import Answers, Ask, Consent, Granted, Way
from mwcampaign.platforms._mastodon import AT_LEAST
from mwcampaign.platforms._outcome import of_status, of_transport, unreadable

if TYPE_CHECKING:
    from mastodon import Mastodon as Client
    from requests import Session

T = TypeVar("T")

SHOWN = "urn:ietf:wg:oauth:2.0:oob"
"""Tells a server to show the code on its page."""
SCOPES = ("read:accounts", "read:statuses", "write:media", "write:statuses")
WIDE = ("read", "write")
"""Pixelfed knows no narrower rights."""
PATIENCE = 30.0
SERVER = Ask("server", "server, such as https://mastodon.example", "server", hidden=False)


class _Asked:
    """One server, asked through Mastodon.py without its waits, its log and its files."""

    def __init__(self, server: str) -> None:
        from requests import Session

        from mwcampaign.platforms._calls import ending, settle

        self.server = server.rstrip("/")
        self.status: int | None = None
        self.told: Any = None
        self._session = Session()
        settle(self._session, self.server)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, ending()())
        self._session.hooks["response"].append(self._note)

    def __enter__(self) -> Session:
        return self._session

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def client(self, key: str, secret: str) -> Client:
        """Return a client that asks nothing by itself. Opens no connection."""
        from mastodon import Mastodon as Client

        return Client(
            api_base_url=self.server, ratelimit_method="throw", request_timeout=PATIENCE, mastodon_version=AT_LEAST,
            version_check_mode="created", session=self._session, user_agent="mwcampaign", client_id=key,
            client_secret=secret,
        )  # fmt: skip

    def ask(self, step: str, call: Callable[[], T]) -> T:
        """Make one call; an error becomes one of ours, with nothing of the request in it."""
        from mastodon import MastodonError

        trouble: PublishError
        try:
            return call()
        except MastodonError as error:
            if self.status is None:
                trouble = of_transport(step, error.__context__ or error, visible=False)
            elif self.status // 100 == 2:
                # Mastodon.py looks whether all rights that were asked for were granted.
                less = isinstance(self.told, dict) and "access_token" in self.told
                if less:
                    raise Rejected(f"{step}: the server granted fewer rights than are needed") from None
                trouble = unreadable(step, visible=False)
            else:
                trouble = of_status(step, self.status, visible=False, said=self._said())
        except (KeyError, TypeError, AttributeError):
            # Mastodon.py takes fields out of whatever answer there was, also out of a refusal.
            refused = self.status is not None and self.status // 100 != 2
            trouble = of_status(step, self.status or 0, visible=False) if refused else unreadable(step, visible=False)
        # Out of the handler: the client's errors quote requests, and must not hang on to ours.
        raise trouble

    def _note(self, answer: Any, *_: object, **__: object) -> None:
        self.status = answer.status_code
        try:
            self.told = answer.json()
        except ValueError:
            self.told = None

    def _said(self) -> str:
        said = self.told.get("error") if isinstance(self.told, dict) else None
        return said if isinstance(said, str) and said.replace("_", "").isalpha() else ""


def _consent(scopes: tuple[str, ...]) -> Callable[[Answers, str, str], Consent]:
    def consent(answers: Answers, redirect: str, state: str) -> Consent:
        """Register this program at the server, which tells it apart from others, and name the page to say yes on."""
        asked, listed = _Asked(answers["server"]), list(scopes)
        with asked as session:
            from mastodon import Mastodon as Client

            key, secret = asked.ask(
                "registering at the server",
                lambda: Client.create_app(
                    "mwcampaign", listed, redirect, api_base_url=asked.server, session=session,
                    request_timeout=PATIENCE, user_agent="mwcampaign",
                ),
            )  # fmt: skip
            if not all(isinstance(each, str) and each for each in (key, secret)):
                raise unreadable("registering at the server", visible=False)
            client = asked.client(key, secret)
            address = client.auth_request_url(
                redirect_uris=redirect, scopes=listed, state=state, skip_server_info=True, allow_http=True
            )
        return Consent(address, {"client_id": key, "client_secret": secret})

    return consent


def _grant(scopes: tuple[str, ...]) -> Callable[..., tuple[Granted, ...]]:
    def grant(answers: Answers, consent: Consent, returned: Mapping[str, str], now: datetime) -> tuple[Granted, ...]:
        """Exchange the code for a token."""
        asked = _Asked(answers["server"])
        with asked:
            client = asked.client(consent.kept["client_id"], consent.kept["client_secret"])
            token = asked.ask(
                "exchanging the code",
                lambda: client.log_in(
                    code=returned["code"], redirect_uri=SHOWN, scopes=list(scopes),
                    allow_http=asked.server.startswith("http://"),
                ),
            )  # fmt: skip
        if not isinstance(token, str) or not token:
            raise unreadable("exchanging the code", visible=False)
        told = asked.told if isinstance(asked.told, dict) else {}
        seconds, scope = told.get("expires_in"), told.get("scope")
        expires = now + timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else None
        rights = tuple(scope.split()) if isinstance(scope, str) else ()
        return (Granted({"access_token": token}, expires=expires, rights=rights),)

    return grant


def _ways(scopes: tuple[str, ...], where: str) -> tuple[Way, ...]:
    oauth = Way(
        "oauth",
        "say yes on the server's page, and paste the code",
        (
            "This program registers itself at your server, and asks for no more than:",
            f"{', '.join(scopes)}.",
        ),
        (SERVER,),
        _consent(scopes),
        _grant(scopes),
        SHOWN,
    )
    token = Way("token", "paste an access token", (where,), (SERVER, Ask("access_token", "access token")))
    return oauth, token


WAYS: dict[str, tuple[Way, ...]] = {
    "mastodon": _ways(
        SCOPES,
        "On your server: Preferences, Development, New application, with the rights write:statuses, write:media, "
        "read:statuses and read:accounts; copy the access token.",
    ),
    "pixelfed": _ways(WIDE, "On your server: Settings, Applications, Create new token, to read and write; copy it."),
}
