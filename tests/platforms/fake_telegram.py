"""The Bot API as its documentation describes it, for one bot and one channel: for tests of the Telegram adapter,
without any idea of how the adapter works. Texts are counted in UTF-16 units of their own encoding."""

from __future__ import annotations

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.platforms.fake_x import multipart

TOKEN = "123456789:AAc4n4ry-never_shown-never_told-abc"
BOT = {"id": 123456789, "is_bot": True, "first_name": "Museum", "username": "museum_bot"}
MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
MOST_BYTES = 10_000_000
Told = tuple[int, dict[str, Any]]


def units(text: str) -> int:
    """Count UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


class FakeTelegram(ThreadingHTTPServer):
    """A channel and what a bot has posted there."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.messages: list[dict[str, Any]] = []
        self.files: list[bytes] = []
        """Every picture's bytes; a message's `photo` is a place in here."""
        self.number = 40
        self.chat: dict[str, Any] = {"id": -1001234567890, "title": "The Museum", "type": "channel",
                                     "username": "museum"}  # fmt: skip
        self.member: dict[str, Any] = {"status": "administrator", "can_post_messages": True}
        self.wait = 0
        """Seconds of flood control that are announced; 0 is none."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, **told: Any) -> dict[str, Any]:
        """Put a message into the channel."""
        self.number += 1
        message = {"message_id": self.number, "chat": self.chat, "date": int(time.time()), **told}
        self.messages.append(message)
        return message

    def delete(self, number: int) -> None:
        """Delete a message."""
        self.messages = [each for each in self.messages if each["message_id"] != number]

    def does(self, method: str, told: dict[str, Any], files: dict[str, bytes]) -> Told:
        """Do what a method does."""
        if method == "getMe":
            return _fine(BOT)
        if told.get("chat_id") not in {self.chat["id"], str(self.chat["id"]), f"@{self.chat.get('username')}"}:
            return _problem(400, "Bad Request: chat not found")
        if method == "getChat":
            return _fine(self.chat)
        if method == "getChatMember":
            return _fine(self.member | {"user": BOT}) if told.get("user_id") == BOT["id"] else _problem(
                400, "Bad Request: user not found")  # fmt: skip
        sends = {"sendMessage": self._text, "sendPhoto": self._photo, "sendMediaGroup": self._album}
        if method not in sends:
            return _problem(404, "Not Found")
        if self.wait:
            return _problem(429, f"Too Many Requests: retry after {self.wait}", retry_after=self.wait)
        if self.member["status"] == "kicked":
            return _problem(403, "Forbidden: bot was kicked from the channel chat")
        if not self.member.get("can_post_messages"):
            return _problem(400, "Bad Request: need administrator rights in the channel chat")
        more: dict[str, Any] = {}
        if reply := told.get("reply_parameters"):
            found = [each for each in self.messages if each["message_id"] == reply["message_id"]]
            if not found:
                return _problem(400, "Bad Request: message to be replied not found")
            more["reply_to_message"] = found[0]
        return sends[method](told, files, more)

    def _text(self, told: dict[str, Any], files: dict[str, bytes], more: dict[str, Any]) -> Told:
        text = told.get("text", "")
        if not text.strip():
            return _problem(400, "Bad Request: message text is empty")
        if units(text) > 4096:
            return _problem(400, "Bad Request: message is too long")
        if told.get("parse_mode") and re.search("[<>&*_`]", text):
            return _problem(400, "Bad Request: can't parse entities")
        return _fine(self.add(text=text, **more))

    def _photo(self, told: dict[str, Any], files: dict[str, bytes], more: dict[str, Any]) -> Told:
        if "photo" not in files:
            return _problem(400, "Bad Request: there is no photo in the request")
        trouble = _refused(files["photo"]) or _caption(told)
        return trouble or _fine(self.add(photo=self._keep(files["photo"]), **_captioned(told), **more))

    def _album(self, told: dict[str, Any], files: dict[str, bytes], more: dict[str, Any]) -> Told:
        media = told.get("media")
        if not isinstance(media, list) or not 2 <= len(media) <= 10:
            return _problem(400, "Bad Request: wrong number of media in the group")
        for each in media:
            content = files.get(each["media"].removeprefix("attach://"))
            if each["type"] != "photo" or content is None:
                return _problem(400, "Bad Request: wrong file identifier/HTTP URL specified")
            if trouble := _refused(content) or _caption(each):
                return trouble
        group = str(self.number)
        sent = []
        for each in media:
            content = files[each["media"].removeprefix("attach://")]
            sent.append(self.add(photo=self._keep(content), media_group_id=group, **_captioned(each), **more))
        return _fine(sent)

    def _keep(self, content: bytes) -> int:
        self.files.append(content)
        return len(self.files) - 1


def _fine(result: Any) -> Told:
    return 200, {"ok": True, "result": result}


def _problem(code: int, description: str, **parameters: int) -> Told:
    told = {"ok": False, "error_code": code, "description": description}
    return code, told | ({"parameters": parameters} if parameters else {})


def _refused(content: bytes) -> Told | None:
    if len(content) > MOST_BYTES:
        return _problem(413, "Request Entity Too Large")
    return None if content.startswith(MAGIC) else _problem(400, "Bad Request: IMAGE_PROCESS_FAILED")


def _caption(told: dict[str, Any]) -> Told | None:
    over = units(told.get("caption", "")) > 1024
    return _problem(400, "Bad Request: message caption is too long") if over else None


def _captioned(told: dict[str, Any]) -> dict[str, str]:
    return {"caption": told["caption"]} if told.get("caption") else {}


class _Handler(BaseHTTPRequestHandler):
    server: FakeTelegram
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Answer a call."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = re.fullmatch(r"/bot([^/]+)/(\w+)", self.path)
        if asked is None or not re.fullmatch("[0-9]+:[A-Za-z0-9_-]+", asked[1]):
            status, told = _problem(404, "Not Found")
        elif asked[1] != TOKEN:
            status, told = _problem(401, "Unauthorized")
        else:
            parameters, files = self._parameters(body)
            with self.server.lock:
                status, told = self.server.does(asked[2], parameters, files)
        data = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _parameters(self, body: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/json"):
            return json.loads(body), {}
        parts = multipart(kind, body)
        files = {name: part for name, part in parts.items() if part.startswith(MAGIC) or b"\0" in part}
        told: dict[str, Any] = {name: part.decode() for name, part in parts.items() if name not in files}
        for name in ("media", "reply_parameters"):
            if name in told:
                told[name] = json.loads(told[name])
        return told, files
