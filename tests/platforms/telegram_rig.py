"""The museum's channel on the fake Telegram, and the judge of every request. For tests of the Telegram adapter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.platforms.telegram import Telegram
from mwcampaign.testing.platform_contract import PublicPost
from mwcampaign.testing.proxy import Fault, FaultProxy, Seen
from mwcampaign.testing.rig import KeptSessions
from tests.platforms.fake_telegram import TOKEN, FakeTelegram
from tests.platforms.fake_x import multipart

CONTRACT = Path(__file__).resolve().parents[3] / "shared" / "contracts" / "telegram-bot-api.json"
"""The Bot API's description; where it lies beside the project every request is judged against it."""
SEND: dict[str, Any] = {"method": "POST", "path": "/send[A-Z]"}


class Impatient(Telegram):
    """The adapter with a read time-out short enough for tests of silence."""

    timeout = 0.5


class TelegramRig:
    """The channel, seen through a proxy by the adapter and directly by the test."""

    module = "mwcampaign.platforms.telegram"
    canary = (TOKEN,)

    def __init__(self, server: FakeTelegram, proxy: FaultProxy) -> None:
        self.server, self.proxy = server, proxy
        self.platform = self.fresh()

    def posts(self) -> list[PublicPost]:
        """Return what is public: an album is one post, and there is no alt text."""
        posts: dict[str, PublicPost] = {}
        for message in self.server.messages:
            reply = message.get("reply_to_message")
            posts.setdefault(
                message.get("media_group_id") or f"single {message['message_id']}",
                PublicPost(
                    text=message.get("text") or message.get("caption", ""),
                    reply_to=str(reply["message_id"]) if reply else None,
                ),
            )
        return list(posts.values())

    def fresh(self, kind: type[Telegram] = Telegram, token: str = TOKEN, **options: str) -> Telegram:
        """Construct another adapter, with another token or options."""
        account = Account(id="museum@telegram", institution="museum", network="telegram", server=self.proxy.url,
                          options={"chat": "@museum"} | options)  # fmt: skip
        return kind(account, {"bot_token": token}, KeptSessions())

    def faulty(self, fault: Fault) -> Telegram:
        """Arm the proxy for the next message."""
        platform = self.fresh(Impatient if fault is Fault.STALL else Telegram)
        platform.whoami()
        told = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 60",
                "parameters": {"retry_after": 60}}  # fmt: skip
        limited = fault is Fault.RATE_LIMIT
        self.proxy.arm(fault, **SEND, style=None, body=json.dumps(told).encode() if limited else None)
        return platform

    def allowing(self, remaining: int, seconds: int, *, shared: bool = False, refused: bool = False) -> Telegram:
        """Let flood control begin, or not: Telegram tells nothing of what remains."""
        assert not shared
        self.server.wait = seconds if refused else 0
        return self.fresh()

    def delete(self, remote_id: str) -> None:
        """Delete it in the channel."""
        self.server.delete(int(remote_id))

    def edit(self, remote_id: str, text: str) -> bool:
        """Give it other words, as administrators can."""
        for message in self.server.messages:
            if str(message["message_id"]) == remote_id:
                message["caption" if "photo" in message else "text"] = text
        return True

    def repeat(self, remote_id: str) -> str:
        """Post it again."""
        (message,) = [each for each in self.server.messages if str(each["message_id"]) == remote_id]
        again = {name: each for name, each in message.items() if name not in {"message_id", "date", "chat"}}
        return str(self.server.add(**again)["message_id"])


class Judge:
    """Judges requests by the Bot API's description, independently of adapter and fake."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._methods, self._types = described["methods"], described["types"]
        self.judged = 0

    def faults(self, seen: Seen) -> list[str]:
        """Return what the description objects to: method, unknown and missing fields, kinds of values."""
        method = seen.path.rpartition("/")[2]
        if method not in self._methods:
            return [f"there is no method {method}"]
        self.judged += 1
        kind = seen.lower["content-type"]
        if kind.startswith("application/json"):
            return self._objects(method, json.loads(seen.body), self._methods[method])
        told: dict[str, Any] = {}
        for name, part in multipart(kind, seen.body).items():
            told[name] = _value(part)
        attached = [each["media"].removeprefix("attach://") for each in told.get("media", ())]
        missing = [name for name in attached if not isinstance(told.pop(name, None), bytes)]
        return [f"{name} is not attached" for name in missing] + self._objects(method, told, self._methods[method])

    def _objects(self, where: str, told: Any, described: dict[str, Any]) -> list[str]:
        if not isinstance(told, dict):
            return [f"{where} is no object"]
        known = {field["name"]: field for field in described.get("fields", ())}
        faults = [f"{where} has no field {name}" for name in told.keys() - known.keys()]
        faults += [f"{where} needs {name}" for name, field in known.items() if field["required"] and name not in told]
        for name in told.keys() & known.keys():
            tries = [self._kind(f"{where}.{name}", told[name], kind) for kind in known[name]["types"]]
            best: list[str] = min(tries, key=len)
            faults += best
        return faults

    def _kind(self, where: str, value: Any, kind: str) -> list[str]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{where} is no list"]
            return [fault for each in value for fault in self._kind(where, each, kind.removeprefix("Array of "))]
        plain = {"String": str, "Integer": int, "Boolean": bool, "InputFile": bytes}
        if kind in plain:
            return [] if type(value) is plain[kind] else [f"{where} is no {kind}"]
        return self._objects(where, value, self._types[kind])


def _value(part: bytes) -> Any:
    """Read a part of a form: objects and lists are JSON, numbers stay text as forms have it, the rest is a file."""
    try:
        text = part.decode()
    except UnicodeDecodeError:
        return part
    return json.loads(text) if text.startswith(("{", "[{")) else text
