"""OAuth by the book (RFC 6749, 7636), and with it LinkedIn and VK ID. For _login, _login_meta and wire.login_renew.

Requests go through _http, which logs and repeats nothing; of a refusal only OAuth's own word is told.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from mwcampaign.errors import CredentialRejected, PublishError, Rejected
from mwcampaign.platforms._http import Answer, Http
from mwcampaign.platforms._login import LOOPBACK, Answers, Ask, Consent, Granted, Way
from mwcampaign.platforms._outcome import of_status, unreadable

PATIENCE = 30.0
TOKEN = "access_token"
EXCHANGE = "exchanging the code"
RENEW = "renewing the token"
WORD = re.compile("[a-z_]{3,40}")
THEIRS = (".facebook.com", ".instagram.com", ".threads.net", ".threads.com", ".linkedin.com", ".vk.com", ".vk.ru")
CLIENT = (
    Ask("client_id", "client id of your application", "step", hidden=False),
    Ask("client_secret", "client secret of your application", "step"),
)


def page(address: str, answers: Answers) -> str:
    """Return where a request goes: as documented, or to the same path of the server that the account states.

    A network's own server is only where its posts go: people say yes, and codes are exchanged, elsewhere.
    """
    server, at = answers.get("server", "").rstrip("/"), urlsplit(address)
    host = urlsplit(server).hostname or ""
    return f"{server}{at.path}" if server and not host.endswith(THEIRS) else address


def consent_page(address: str, told: Mapping[str, str]) -> str:
    """Return the address of a page to say yes on."""
    return f"{address}?{urlencode(told)}"


def verifier() -> tuple[str, str]:
    """Make a code verifier, and its challenge by S256."""
    made = secrets.token_urlsafe(48)
    return made, base64.urlsafe_b64encode(hashlib.sha256(made.encode()).digest()).rstrip(b"=").decode()


def ask(step: str, verb: str, address: str, told: Mapping[str, str]) -> dict[str, Any]:
    """Send a form, or for GET a query, and return the answer's object. Raises PublishError."""
    at = urlsplit(address)
    http = Http(f"{at.scheme}://{at.netloc}", told.values(), PATIENCE, _judge)
    try:
        body: dict[str, Any] = {"params": dict(told)} if verb == "GET" else {"data": dict(told)}
        answer = http.call(step, verb, at.path, headers={"Accept": "application/json"}, **body)
    finally:
        http.close()
    if not isinstance(answer.data, dict):
        raise unreadable(step, visible=False)
    if "error" in answer.data and "access_token" not in answer.data and "data" not in answer.data:
        # VK refuses with 200.
        raise Rejected(f"{step}: {_word(answer.data) or 'the server refused'}")
    return answer.data


def text(told: Mapping[str, Any], name: str, step: str) -> str:
    """Return a field that must be there. Raises PublishError."""
    value = told.get(name)
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        raise unreadable(step, visible=False)
    return str(value)


def end(told: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return when a token ends, by its expires_in; None where the network does not tell, or tells none."""
    seconds = told.get("expires_in")
    number = int(seconds) if isinstance(seconds, int | str) and str(seconds).isdigit() else 0
    return now + timedelta(seconds=number) if number > 0 else None


def scopes(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the rights that were granted, where the answer tells them."""
    scope = told.get("scope")
    return tuple(re.split(r"[\s,]+", scope.strip())) if isinstance(scope, str) and scope.strip() else ()


def _word(data: object) -> str:
    error = data.get("error") if isinstance(data, dict) else None
    return error if isinstance(error, str) and WORD.fullmatch(error) else ""


def _judge(step: str, answer: Answer, visible: bool) -> PublishError | None:
    if 200 <= answer.status < 300:
        return None
    return of_status(step, answer.status, visible=False, said=_word(answer.data), wait=answer.wait())


def renewed(address: str, params: Iterable[tuple[str, str]], token: str, now: datetime) -> Granted:
    """Exchange a token for a new one of the same kind, as Instagram and Threads do. Raises PublishError."""
    told = ask(RENEW, "GET", address, {**dict(params), TOKEN: token})
    return Granted({TOKEN: text(told, TOKEN, RENEW)}, expires=end(told, now))


LINKEDIN_YES = "https://www.linkedin.com/oauth/v2/authorization"
LINKEDIN_TOKEN = "https://www.linkedin.com/oauth/v2/accessToken"
LINKEDIN_RIGHT = "w_organization_social"


def _linkedin_consent(answers: Answers, redirect: str, state: str) -> Consent:
    told = {
        "response_type": "code",
        "client_id": answers["client_id"],
        "redirect_uri": redirect,
        "state": state,
        "scope": "w_organization_social r_organization_social",
    }
    return Consent(consent_page(page(LINKEDIN_YES, answers), told), {"redirect_uri": redirect})


def _linkedin_grant(
    answers: Answers, consent: Consent, returned: Mapping[str, str], now: datetime
) -> tuple[Granted, ...]:
    client = {name: answers[name] for name in ("client_id", "client_secret")}
    form = {"grant_type": "authorization_code", "code": returned["code"], **consent.kept, **client}
    return (_linkedin_granted(ask(EXCHANGE, "POST", page(LINKEDIN_TOKEN, answers), form), client, now),)


def _linkedin_granted(told: Mapping[str, Any], client: Mapping[str, str], now: datetime) -> Granted:
    # Approved partners alone get one; it keeps its own end, whatever it renews.
    again = told.get("refresh_token")
    renewal = {**client, "refresh_token": again} if isinstance(again, str) and again else {}
    token, rights = {"access_token": text(told, "access_token", EXCHANGE)}, scopes(told)
    if rights and LINKEDIN_RIGHT not in rights:
        raise Rejected(f"{EXCHANGE}: LinkedIn did not allow {LINKEDIN_RIGHT}, and without it nothing can be posted")
    return Granted(token, expires=end(told, now), rights=rights, renewal=renewal)


def renewed_linkedin(server: str, renewal: Mapping[str, str], now: datetime) -> Granted:
    """Exchange LinkedIn's refresh token for a new token; the refresh token stays unless another one comes. Raises
    PublishError."""
    if not renewal.get("refresh_token"):
        raise CredentialRejected(f"{RENEW}: LinkedIn gave no refresh token: log in again")
    form = {"grant_type": "refresh_token", **renewal}
    told = ask(RENEW, "POST", page(LINKEDIN_TOKEN, {"server": server}), form)
    return _linkedin_granted({"refresh_token": renewal["refresh_token"], **told}, renewal, now)


VK_YES = "https://id.vk.com/authorize"
VK_TOKEN = "https://id.vk.com/oauth2/auth"


def _vk_consent(answers: Answers, redirect: str, state: str) -> Consent:
    made, challenge = verifier()
    told = {
        "response_type": "code",
        "client_id": answers["client_id"],
        "redirect_uri": redirect,
        "state": state,
        "scope": "wall photos",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    kept = {"redirect_uri": redirect, "code_verifier": made, "state": state}
    return Consent(consent_page(page(VK_YES, answers), told), kept)


def _vk_grant(answers: Answers, consent: Consent, returned: Mapping[str, str], now: datetime) -> tuple[Granted, ...]:
    if "device_id" not in returned:
        raise Rejected(f"{EXCHANGE}: VK's address has a device_id too: paste the whole address")
    form = {"grant_type": "authorization_code", "client_id": answers["client_id"], "code": returned["code"]}
    told = ask(EXCHANGE, "POST", page(VK_TOKEN, answers), {**form, "device_id": returned["device_id"], **consent.kept})
    kept = {"client_id": answers["client_id"], "device_id": returned["device_id"]}
    return (_vk_granted(told, kept, now),)


def _vk_granted(told: Mapping[str, Any], kept: Mapping[str, str], now: datetime) -> Granted:
    again = told.get("refresh_token")
    renewal = {**kept, "refresh_token": again} if isinstance(again, str) and again else {}
    token = {"access_token": text(told, "access_token", EXCHANGE)}
    return Granted(token, expires=end(told, now), rights=scopes(told), renewal=renewal)


def renewed_vk(server: str, renewal: Mapping[str, str], now: datetime) -> Granted:
    """Exchange VK ID's refresh token for a new token and a new refresh token: the old ones are not used again. Raises
    PublishError."""
    if not renewal.get("refresh_token"):
        raise CredentialRejected(f"{RENEW}: VK ID gave no refresh token: log in again")
    form = {"grant_type": "refresh_token", "state": secrets.token_urlsafe(32), **renewal}
    told = ask(RENEW, "POST", page(VK_TOKEN, {"server": server}), form)
    if told.get("state", form["state"]) != form["state"]:
        raise Rejected(f"{RENEW}: this is the answer to another question")
    kept = {name: renewal[name] for name in ("client_id", "device_id") if name in renewal}
    return _vk_granted({"refresh_token": renewal["refresh_token"], **told}, kept, now)


ORGANIZATION = Ask("organization", "the page's number, from linkedin.com/company/NUMBER/admin/", "option", hidden=False)
GROUP = Ask("group_id", "the community's number, without a minus", "option", hidden=False)

WAYS: dict[str, tuple[Way, ...]] = {
    "linkedin": (
        Way(
            "oauth",
            "say yes on LinkedIn's page, with your own application",
            (
                "Your application at https://developer.linkedin.com needs the product Community Management API, and",
                "under Auth the redirect address {redirect}",
                "The token ends after 60 days; only approved partners get one that renews itself.",
            ),
            (ORGANIZATION, *CLIENT),
            _linkedin_consent,
            _linkedin_grant,
            LOOPBACK,
        ),
        Way(
            "token",
            "paste an access token",
            ("Make one with the token generator of LinkedIn's developer portal.",),
            (ORGANIZATION, Ask("access_token", "access token")),
        ),
    ),
    "vk": (
        Way(
            "token",
            "paste an access token",
            (
                "VK lets programs post with a person's token that has the rights wall and photos, and gives that right",
                "only on request to its developer support. Old tokens without an end still work.",
            ),
            (GROUP, Ask("access_token", "access token")),
        ),
        Way(
            "oauth",
            "say yes on VK ID's page: the token is good for about an hour, and is renewed",
            (
                "Your application at https://id.vk.com/about/business needs the trusted redirect address {redirect}",
                "VK ID's tokens end after about an hour. mwcampaign run renews them while it runs.",
            ),
            (GROUP, CLIENT[0]),
            _vk_consent,
            _vk_grant,
            LOOPBACK,
        ),
    ),
}
