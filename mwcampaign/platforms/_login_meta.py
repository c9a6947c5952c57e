"""Facebook, Instagram and Threads: Meta's three OAuths, each ending in a token that lives long. Only _login reads it.

Meta wants https addresses to come back to, on a site of the museum's own: the address that the browser ends on is
pasted. Facebook takes this machine too while an application is in development mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mwcampaign.errors import Rejected
from mwcampaign.platforms._graph import VERSION
from mwcampaign.platforms._graph_tokens import INSTAGRAM, THREADS, Renewal
from mwcampaign.platforms._login import Answers, Ask, Consent, Granted, Way
from mwcampaign.platforms._login_oauth import CLIENT, EXCHANGE, ask, consent_page, end, page, text
from mwcampaign.platforms._outcome import unreadable

FACEBOOK = "v26.0"
LENGTHEN = "exchanging the short token for a long one"
PAGES = "asking for the Pages"
TASK = "CREATE_CONTENT"


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where one of Meta's networks says yes, exchanges a code, and makes a token of an hour one of 60 days."""

    yes: str
    code: str
    long: str
    grant_type: str
    scopes: tuple[str, ...]

    def consent(self, answers: Answers, redirect: str, state: str) -> Consent:
        """Name the page to say yes on. Opens no connection."""
        told = {
            "client_id": answers["client_id"],
            "redirect_uri": redirect,
            "response_type": "code",
            "scope": ",".join(self.scopes),
            "state": state,
        }
        return Consent(consent_page(page(self.yes, answers), told), {"redirect_uri": redirect})

    def grant(
        self, answers: Answers, consent: Consent, returned: Mapping[str, str], now: datetime
    ) -> tuple[Granted, ...]:
        """Exchange the code, and then the short token."""
        form = {
            "client_id": answers["client_id"],
            "client_secret": answers["client_secret"],
            "grant_type": "authorization_code",
            # Meta's addresses end in #_, which is no part of the code.
            "code": returned["code"].removesuffix("#_"),
            **consent.kept,
        }
        told = ask(EXCHANGE, "POST", page(self.code, answers), form)
        if isinstance(listed := told.get("data"), list) and listed and isinstance(listed[0], dict):
            told = listed[0]
        short = text(told, "access_token", EXCHANGE)
        allowed = told.get("permissions")
        rights = allowed if isinstance(allowed, list) else str(allowed or "").split(",")
        query = {"grant_type": self.grant_type, "client_secret": answers["client_secret"], "access_token": short}
        long = ask(LENGTHEN, "GET", page(self.long, answers), query)
        token = {"access_token": text(long, "access_token", LENGTHEN)}
        return (Granted(token, expires=end(long, now), rights=tuple(str(each) for each in rights if each)),)


def _facebook_consent(answers: Answers, redirect: str, state: str) -> Consent:
    told = {
        "client_id": answers["client_id"],
        "redirect_uri": redirect,
        "response_type": "code",
        "scope": "pages_manage_posts,pages_read_engagement,pages_show_list",
        "state": state,
    }
    where = page(f"https://www.facebook.com/{_version(answers)}/dialog/oauth", answers)
    return Consent(consent_page(where, told), {"redirect_uri": redirect})


def _facebook_grant(
    answers: Answers, consent: Consent, returned: Mapping[str, str], now: datetime
) -> tuple[Granted, ...]:
    """Exchange the code, lengthen the person's token, and take the tokens of the person's Pages, which do not end."""
    graph = page(f"https://graph.facebook.com/{_version(answers)}", answers)
    client = {name: answers[name] for name in ("client_id", "client_secret")}
    code = {"code": returned["code"].removesuffix("#_"), **consent.kept}
    short = text(ask(EXCHANGE, "GET", f"{graph}/oauth/access_token", {**client, **code}), "access_token", EXCHANGE)
    exchange = {"grant_type": "fb_exchange_token", "fb_exchange_token": short}
    long = ask(LENGTHEN, "GET", f"{graph}/oauth/access_token", {**client, **exchange})
    person = text(long, "access_token", LENGTHEN)
    told = ask(
        PAGES,
        "GET",
        f"{graph}/me/accounts",
        {"fields": "id,name,access_token,tasks", "limit": "100", "access_token": person},
    )
    listed = told.get("data")
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise unreadable(PAGES, visible=False)
    wanted = answers.get("page_id", "")
    pages = [_page(each) for each in listed if not wanted or str(each.get("id")) == wanted]
    if not pages:
        which = f"the Page {wanted} is not among this person's" if wanted else "this person has no Page"
        raise Rejected(f"{PAGES}: {which}, or did not let this application use it")
    if not (able := [page for page in pages if not page.rights or TASK in page.rights]):
        raise Rejected(f"{PAGES}: this person has not the task {TASK} there; an administrator of the Page can give it")
    return tuple(able)


def _page(told: Mapping[str, Any]) -> Granted:
    number = text(told, "id", PAGES)
    tasks = told.get("tasks")
    rights = tuple(str(task) for task in tasks) if isinstance(tasks, list) else ()
    token = {"access_token": text(told, "access_token", PAGES)}
    return Granted(token, f"{told.get('name') or ''} ({number})", {"page_id": number}, rights=rights)


def _version(answers: Answers) -> str:
    told = answers.get("api_version") or FACEBOOK
    if not VERSION.fullmatch(told):
        raise Rejected("the option api_version is such as v26.0")
    return told


def _sixty_days(renewal: Renewal) -> str:
    host = renewal.server.removeprefix("https://")
    return f"The token lives for 60 days, and is renewed at {host} by mwcampaign run, or accounts verify --renew."


def _oauth(
    title: str,
    steps: tuple[str, ...],
    consent: Callable[..., Consent],
    grant: Callable[..., tuple[Granted, ...]],
    *more: Ask,
) -> Way:
    redirect = Ask("redirect", "the https address of yours that you stated there to come back to", "step", False)
    return Way("oauth", title, steps, (*more, *CLIENT, redirect), consent, grant)


PICTURES = Ask(
    "public_base_url", "the public https folder of your pictures, if you have it", "option", False, optional=True
)
TOKEN = Ask("access_token", "access token")
_INSTAGRAM = Entrance(
    "https://www.instagram.com/oauth/authorize",
    "https://api.instagram.com/oauth/access_token",
    "https://graph.instagram.com/access_token",
    "ig_exchange_token",
    ("instagram_business_basic", "instagram_business_content_publish"),
)
_THREADS = Entrance(
    "https://threads.net/oauth/authorize",
    "https://graph.threads.net/oauth/access_token",
    "https://graph.threads.net/access_token",
    "th_exchange_token",
    ("threads_basic", "threads_content_publish", "threads_manage_replies", "threads_manage_insights"),
)
BACK = "Afterwards the browser ends on that address with ?code=… behind it; whether the page exists does not matter."

WAYS: dict[str, tuple[Way, ...]] = {
    "facebook": (
        _oauth(
            "say yes on Facebook's page, with your own application",
            (
                "Your application at https://developers.facebook.com needs Facebook Login, and an address to come to.",
                "Permissions: pages_manage_posts, pages_read_engagement, pages_show_list.",
                BACK,
            ),
            _facebook_consent,
            _facebook_grant,
        ),
        Way(
            "token",
            "paste a Page's access token",
            ("It is the access_token beside the Page in /me/accounts, asked with a long-lived user token.",),
            (Ask("page_id", "the Page's number", "option", hidden=False, optional=True), TOKEN),
        ),
    ),
    "instagram": (
        _oauth(
            "say yes on Instagram's page, with your own application",
            (
                "Your application at https://developers.facebook.com needs Instagram API with Instagram Login.",
                BACK,
                _sixty_days(INSTAGRAM),
            ),
            _INSTAGRAM.consent,
            _INSTAGRAM.grant,
            PICTURES,
        ),
        Way("token", "paste an access token of 60 days", (_sixty_days(INSTAGRAM),), (PICTURES, TOKEN)),
    ),
    "threads": (
        _oauth(
            "say yes on Threads' page, with your own application",
            (
                "Your application at https://developers.facebook.com needs the use case Access the Threads API.",
                BACK,
                _sixty_days(THREADS),
            ),
            _THREADS.consent,
            _THREADS.grant,
            PICTURES,
        ),
        Way("token", "paste an access token of 60 days", (_sixty_days(THREADS),), (PICTURES, TOKEN)),
    ),
}
