"""Telegram channels through the Bot API. Only the engine publishes.

A bot cannot read its channel, and Telegram knows no idempotency key: what happened to a lost answer only a person can
tell, by looking into the channel. Pictures go with the post itself; until then their bytes are in hand here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Allowance, Copy, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import CredentialRejected, PublishError, Rejected
from mwcampaign.platforms._held import Held
from mwcampaign.platforms._http import Answer, Http
from mwcampaign.platforms._outcome import of_status, unreadable

SERVER = "https://api.telegram.org"
CAPTION = 1024
"""UTF-16 units of text that go with pictures."""
LONGEST_SIDES = 10_000
"""Pixels of a picture's width and height together."""
CHAT = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}|-[0-9]{1,20}")
CANNOT_LOOK = "a bot cannot read its channel: a person has to look"


class Telegram:
    """One bot in one channel. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("bot_token",)
    option_names: tuple[str, ...] = ("chat", "alt_texts")
    timeout: float = 28.0
    """Seconds from a request after which an answer that is not whole counts as lost; a whole call takes less than twice
    that."""
    capabilities = Capabilities(
        network="telegram",
        text_limit=4096,
        unit="utf16",
        heaviest=2,
        source="core.telegram.org/bots/api 10.0, as python-telegram-bot 22.8 repeats it; sides and ratio from memory",
        as_of="2026-11-21",
        pictures=10,
        picture_types=("image/jpeg", "image/png"),
        picture_bytes=10_000_000,
        picture_ratio=(1 / 20, 20.0),
        alt_texts=False,
        threads=True,
        edits=True,
        deletes=True,
        quotas=((1, 1),),
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        token = secrets.get("bot_token", "")
        # The token is part of every address.
        self._base = f"/bot{quote(token, safe=':')}/" if token else ""
        self._chat = account.options.get("chat") or (f"@{account.handle.lstrip('@')}" if account.handle else "")
        self._alt_texts = account.options.get("alt_texts", "left out")
        able = type(self).capabilities.with_limits(account.limits)
        self.capabilities = replace(able, alt_texts=self._alt_texts == "in text")
        self._http = Http(account.server or SERVER, (token, quote(token, safe=":")), self.timeout, self._judge)
        self._held = Held()

    def count(self, text: str) -> int:
        """Count UTF-16 code units."""
        from mwcampaign.core.text import utf16_units

        return utf16_units(text)

    def check(self, message: Message) -> Iterator[tuple[str, str]]:
        """Yield a text too long to go with pictures, pictures of too many pixels, and what is wrong with options."""
        if not CHAT.fullmatch(self._chat):
            yield "MW320", "telegram needs the option chat: @channel, or the number of a private channel, -100..."
        if self._alt_texts not in {"left out", "in text"}:
            yield "MW320", "telegram's option alt_texts is 'left out' or 'in text'"
        if message.pictures and (long := self.count(self._words(message))) > CAPTION:
            with_alts = " with the alt texts" if self._alt_texts == "in text" else ""
            yield "MW310", f"text{with_alts} is {long} of the {CAPTION} utf16 that telegram takes with a picture"
        for picture in message.pictures:
            if picture.width + picture.height > LONGEST_SIDES:
                sides = f"{picture.width} + {picture.height} pixels"
                yield "MW320", f"{picture.name} is {sides} wide and high; telegram takes {LONGEST_SIDES} together"

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix method and parameters. No parse_mode is among them, so nothing in a text is taken for markup."""
        words = self._words(message)
        told: dict[str, Any] = {"chat_id": self._chat}
        if handles.parent:
            told["reply_parameters"] = {"message_id": _number(handles.parent)}
        match len(handles.pictures):
            case 0:
                method, told["text"] = "sendMessage", words
            case 1:
                method, told["caption"] = "sendPhoto", words
            case many:
                media = [{"type": "photo", "media": f"attach://picture{number}"} for number in range(many)]
                # Shown under the whole album when no other picture has one.
                media[0]["caption"] = words
                method, told["media"] = "sendMediaGroup", media
        pictures = [
            {
                "digest": digest,
                "name": each.name,
                "mime": each.mime,
                "part": f"picture{number}" if method == "sendMediaGroup" else "photo",
            }
            for number, (digest, each) in enumerate(zip(handles.pictures, message.pictures, strict=True))
        ]
        return Envelope(key, canonical({"method": method, "parameters": told, "pictures": pictures}))

    def whoami(self) -> Identity:
        """Return the channel and the bot's rights, once it is certain that it may post there. Raises
        CredentialRejected when it may not."""
        step = "sign in"
        bot = self._read(step, "getMe", {}).get("id")
        chat = self._read(step, "getChat", {"chat_id": self._chat})
        member = self._read(step, "getChatMember", {"chat_id": self._chat, "user_id": bot})
        handle = str(chat.get("username") or chat.get("title") or self._chat)
        rights = _rights(chat, member)
        return Identity(handle, str(chat.get("id")), _page(chat), software="Telegram", rights=rights)

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: Telegram looks up mentions itself."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Take a picture in hand: Telegram has no upload apart from the post. Opens no connection."""
        return self._held.keep(picture, content)

    def stage(self, message: Message, handles: Handles) -> str:
        """Return nothing: a post is one request."""
        return ""

    def publish(self, envelope: Envelope) -> Receipt:
        """Send the message, the photo or the album; an album's id is that of its first picture."""
        told, step = json.loads(envelope.payload), "publish"
        contents = self._held.take(_named(step), [each["digest"] for each in told["pictures"]])
        body: dict[str, Any]
        if contents:
            body = {
                "data": {
                    name: each if isinstance(each, str) else canonical(each)
                    for name, each in told["parameters"].items()
                },
                "files": {
                    each["part"]: (each["name"], content, each["mime"])
                    for each, content in zip(told["pictures"], contents, strict=True)
                },
            }
        else:
            body = _json(told["parameters"])
        answer = self._call(step, told["method"], visible=True, **body)
        result = answer.data.get("result")
        receipt = _receipt(result[0] if isinstance(result, list) and result else result)
        if receipt is None:
            raise unreadable(_named(step))
        return receipt

    def allowances(self) -> tuple[Allowance, ...]:
        """Return nothing: Telegram says how long to wait, never what is left."""
        return ()

    def find(self, envelope: Envelope, since: datetime) -> Inconclusive:
        """Say that nobody but a person can look."""
        return Inconclusive(CANNOT_LOOK, self._where())

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> Inconclusive | tuple[Copy, ...]:
        """Say that nobody but a person can look."""
        return Inconclusive(CANNOT_LOOK, receipt.url)

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return None: bots are told no figures."""
        return None

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _words(self, message: Message) -> str:
        """Return the text as it is sent: where the account wants it, with the alt texts under it."""
        if self._alt_texts != "in text" or not message.pictures:
            return message.text
        alts = "\n".join(picture.alt for picture in message.pictures if picture.alt)
        return f"{message.text}\n\n{alts}".strip("\n")

    def _where(self) -> str:
        chat = {"username": self._chat[1:]} if self._chat.startswith("@") else {"id": self._chat}
        return _page(chat)

    def _read(self, step: str, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._call(step, method, **_json(parameters))
        result = answer.data.get("result")
        if not isinstance(result, dict):
            raise unreadable(_named(step), visible=False)
        return result

    def _call(self, step: str, method: str, *, visible: bool = False, **body: Any) -> Answer:
        if not self._base:
            raise CredentialRejected(f"{_named('sign in')}: there is no bot_token")
        if not CHAT.fullmatch(self._chat):
            raise Rejected(f"{_named(step)}: the account's option chat names no channel", reach="account")
        return self._http.call(_named(step), "POST", self._base + method, visible=visible, **body)

    def _judge(self, step: str, answer: Answer, visible: bool) -> PublishError | None:
        told = answer.data if isinstance(answer.data, dict) else {}
        if 200 <= answer.status < 300:
            return None if told.get("ok") is True else unreadable(step, visible=visible)
        said = self._http.clean(told.get("description"))
        if answer.status == 404:
            # A token that nobody ever had; an unknown chat is a 400.
            return CredentialRejected(f"{step}: the server answered 404: {said}")
        parameters = told.get("parameters")
        parameters = parameters if isinstance(parameters, dict) else {}
        wait = parameters.get("retry_after")
        of_account = (
            answer.status == 403 or "migrate_to_chat_id" in parameters or re.search("chat not found|rights", said)
        )
        return of_status(
            step,
            answer.status,
            visible=visible,
            said=said,
            wait=timedelta(seconds=min(max(wait, 1), 86_400)) if type(wait) is int else answer.wait(),
            refused="account" if of_account else "post",
        )


def _named(step: str) -> str:
    return f"{step} (Bot API)"


def _json(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": canonical(parameters).encode(), "headers": {"Content-Type": "application/json"}}


def _number(receipt: Receipt) -> int:
    """Return a message's number; a person's receipt has what stood at the end of an address, such as 42?single."""
    found = re.match("[0-9]{1,18}", receipt.remote_id)
    if found is None:
        raise Rejected("prepare: the part before has no message number; resolve it with its t.me address")
    return int(found[0])


def _rights(chat: Mapping[str, Any], member: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a bot's place in a chat and what it may do there, in Telegram's words. Raises CredentialRejected."""
    place, step = str(member.get("status") or "no member"), _named("sign in")
    rights = tuple(name for name, value in member.items() if name.startswith("can_") and value is True)
    if place in {"left", "kicked", "no member"}:
        raise CredentialRejected(f"{step}: the bot is not in the chat ({place}); add it there as an administrator")
    if chat.get("type") == "channel" and place != "creator" and "can_post_messages" not in rights:
        told = "the bot is no administrator of the channel who may post"
        raise CredentialRejected(f"{step}: {told}; make it one, with the right to post messages")
    if place == "restricted" and "can_send_messages" not in rights:
        raise CredentialRejected(f"{step}: the bot may not write in this chat; an administrator can allow it")
    return (place, *rights)


def _page(chat: Mapping[str, Any]) -> str:
    """Return a channel's address: by name where it is public, else by number, for members only."""
    if name := chat.get("username"):
        return f"https://t.me/{name}"
    return f"https://t.me/c/{re.sub('^-(100)?', '', str(chat.get('id', '')))}"


def _receipt(message: Any) -> Receipt | None:
    """Read a message that Telegram tells of; None where it is none."""
    if not isinstance(message, dict) or not isinstance(message.get("chat"), dict):
        return None
    number, date = message.get("message_id"), message.get("date")
    if type(number) is not int or type(date) is not int or not 0 < date < 2**35:
        return None
    return Receipt(str(number), f"{_page(message['chat'])}/{number}", datetime.fromtimestamp(date, UTC))
