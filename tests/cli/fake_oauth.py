"""One server for the sign-in of LinkedIn, VK ID, Facebook, Instagram and Threads, as their documentation describes it,
with just enough of each interface behind it to say whose a token is. For tests of logins and renewals."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

CLIENT, SECRET = "app-4711", "c4n4ry-client-secret"
SHORT, LONG, NEXT = "c4n4ry-short-token", "c4n4ry-long-token", "c4n4ry-next-token"
REFRESH = "c4n4ry-refresh-token"
PAGES = ({"id": "101", "name": "The Museum", "access_token": "c4n4ry-page-101", "tasks": ["CREATE_CONTENT"]},
         {"id": "102", "name": "The Shop", "access_token": "c4n4ry-page-102"})  # fmt: skip
SIXTY_DAYS = 5_184_000
CANARY = "c4n4ry"
Told = tuple[int, dict[str, Any]]


class FakeOAuth(ThreadingHTTPServer):
    """Says yes to everybody on its pages, once for each code, and is strict about the exchange."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.codes: dict[str, dict[str, str]] = {}
        self.refresh = True
        """Whether LinkedIn takes this application for an approved partner."""
        self.trouble = 0
        """A status with which renewals are refused."""
        self.asked: list[str] = []
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        """By which VK's tokens end."""
        self.vk_refresh, self.vk_ends = REFRESH, dict[str, datetime]()
        self.vk_keeps = False
        """Whether a token of VK's is still good when there is a newer one: UNKNOWN."""
        self.refused = 0
        """How often VK was asked to renew with what is no refresh token any more."""
        self.mine = {LONG, NEXT, *(page["access_token"] for page in PAGES)}
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def agree(self, address: str) -> str:
        """Say yes on the page at an address, as a person with a browser does; return where the browser is sent."""
        told = dict(parse_qsl(urlsplit(address).query))
        assert told["client_id"] == CLIENT
        assert told["response_type"] == "code"
        code = f"c4n4ry-code-{len(self.codes)}"
        self.codes[code] = told
        back = {"code": code, "state": told["state"]} | ({"device_id": "d-1"} if "code_challenge" in told else {})
        return f"{told['redirect_uri']}?{urlencode(back)}"

    def answer(self, verb: str, path: str, form: dict[str, str], token: str) -> Told:
        """Answer one request."""
        self.asked.append(f"{verb} {path}")
        token = token or form.get("access_token", "")
        match verb, path:
            case "POST", "/oauth/v2/accessToken":
                return self._linkedin(form)
            case "POST", "/oauth2/auth":
                return self._vk(form)
            case "POST", "/oauth/access_token":
                return self._code(form) or (200, {"access_token": SHORT, "user_id": 17})
            case "GET", "/access_token" if form.get("client_secret") == SECRET and token == SHORT:
                return 200, {"access_token": LONG, "token_type": "bearer", "expires_in": SIXTY_DAYS}
            case "GET", "/refresh_access_token" if self.trouble:
                return self.trouble, {"error": {"message": token, "code": 1}}
            case "GET", "/refresh_access_token" if token in self.mine:
                return 200, {"access_token": NEXT, "token_type": "bearer", "expires_in": SIXTY_DAYS}
            case "GET", "/v26.0/oauth/access_token":
                return self._facebook(form)
            case "GET", "/v26.0/me/accounts" if token == LONG:
                return 200, {"data": list(PAGES)}
        if token not in self.mine or self.clock() >= self.vk_ends.get(token, self.clock() + timedelta(1)):
            return 401, {"error": {"message": "no", "code": 190}}
        return self._whoami(path, token)

    def _whoami(self, path: str, token: str) -> Told:
        match path:
            case "/rest/posts":
                return 200, {"elements": [], "paging": {"start": 0, "count": 1, "links": []}}
            case "/method/users.get":
                return 200, {"response": [{"id": 5}]}
            case "/method/account.getAppPermissions":
                return 200, {"response": 4 + 8192}
            case "/method/groups.getById":
                return 200, {"response": {"groups": [{"id": 7, "name": "The Museum", "screen_name": "my_museum"}]}}
            case "/v26.0/me":
                page = next((page for page in PAGES if page["access_token"] == token), None)
                return 200, page or {"user_id": "17841", "username": "my_museum"}
            case "/v1.0/me":
                return 200, {"id": "17841", "username": "my_museum"}
        return 404, {"error": {"message": "no such path", "code": 100}}

    def _code(self, form: dict[str, str], *, secret: bool = True) -> Told | None:
        known = self.codes.pop(form.get("code", ""), None)
        sound = known and form.get("redirect_uri") == known["redirect_uri"] and form.get("client_id") == CLIENT
        if secret and form.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client", "error_description": f"wrong: {form.get('client_secret')}"}
        return None if sound else (400, {"error": "invalid_grant", "error_description": form.get("code")})

    def _linkedin(self, form: dict[str, str]) -> Told:
        again = form.get("grant_type") == "refresh_token"
        if again:
            if self.trouble or form.get("refresh_token") != REFRESH or form.get("client_secret") != SECRET:
                return self.trouble or 400, {"error": "invalid_grant"}
            return 200, {"access_token": NEXT, "expires_in": SIXTY_DAYS, "refresh_token_expires_in": 9_000_000}
        more = {"refresh_token": REFRESH, "refresh_token_expires_in": 31_536_000} if self.refresh else {}
        scope = "r_organization_social,w_organization_social"
        return self._code(form) or (200, {"access_token": LONG, "expires_in": SIXTY_DAYS, "scope": scope, **more})

    def _vk_again(self, form: dict[str, str]) -> Told:
        """Exchange a refresh token, which is good for once."""
        known = {"grant_type": "refresh_token", "client_id": CLIENT, "device_id": "d-1"}
        if self.trouble or form.keys() != known.keys() | {"refresh_token", "state"} or len(form["state"]) < 32:
            return 200, {"error": "invalid_request", "error_description": str(form)}
        if form["refresh_token"] != self.vk_refresh or form | known != form:
            self.refused += 1
            return 200, {"error": "invalid_grant", "error_description": form["refresh_token"]}
        number = len(self.vk_ends)
        token, self.vk_refresh = f"c4n4ry-vk-{number}", f"c4n4ry-vk-refresh-{number}"
        self.mine = {token} | (self.mine if self.vk_keeps else set())
        self.vk_ends[token] = self.clock() + timedelta(hours=1)
        told = {"access_token": token, "refresh_token": self.vk_refresh, "token_type": "Bearer", "expires_in": 3600}
        return 200, told | {"user_id": 5, "state": form["state"], "scope": "wall photos"}

    def _vk(self, form: dict[str, str]) -> Told:
        if form.get("grant_type") == "refresh_token":
            return self._vk_again(form)
        known = self.codes.get(form.get("code", ""), {})
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if known.get("code_challenge") != challenge or form.get("device_id") != "d-1":
            return 200, {"error": "invalid_grant", "error_description": "code_verifier"}
        told = {
            "access_token": LONG,
            "refresh_token": REFRESH,
            "expires_in": 3600,
            "user_id": 5,
            "scope": "wall photos",
        }
        return self._code(form, secret=False) or (200, told)

    def _facebook(self, form: dict[str, str]) -> Told:
        if form.get("grant_type") == "fb_exchange_token":
            good = form.get("fb_exchange_token") == SHORT and form.get("client_secret") == SECRET
            return (200, {"access_token": LONG, "expires_in": SIXTY_DAYS}) if good else (400, {"error": {"code": 1}})
        return self._code(form) or (200, {"access_token": SHORT, "expires_in": 3600})


class _Handler(BaseHTTPRequestHandler):
    server: FakeOAuth

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, verb: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        parts = urlsplit(self.path)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        status, told = self.server.answer(verb, parts.path, dict(parse_qsl(f"{parts.query}&{body}")), token)
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
