"""WeChat as its documentation describes it: for tests of the WeChat adapter, without any idea of how the adapter works.

It answers 200 to everything, checks titles, covers and addresses of pictures, uses a draft up when it is published, and
takes its time for that when told so.
"""

from __future__ import annotations

import html
import json
import re
import threading
import time
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

APPID, SECRET = "wx0123456789abcdef", "wechat-secret-5d41402abc4b"
Told = dict[str, Any]
OK: Told = {"errcode": 0, "errmsg": "ok"}
BODY_BYTES, COVER_BYTES = 1_000_000, 10_000_000
PICTURE = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
FOREIGN = re.compile(r'<img[^>]*src="(?!https?://mmbiz\.qpic\.cn/)[^>]*>')
ARTICLE = {"article_type", "title", "author", "digest", "content", "content_source_url", "thumb_media_id",
           "need_open_comment", "only_fans_can_comment"}  # fmt: skip


def no(code: int, words: str) -> Told:
    """Return a refusal as WeChat words it."""
    return {"errcode": code, "errmsg": f"{words} rid: 65f0c1b2-0a1b2c3d-4e5f6071"}


class FakeWeChat(ThreadingHTTPServer):
    """One Official Account's world."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.number = 100_000_000
        self.token, self.ends = "", 0.0
        self.tokens_made = 0
        self.lasts = 7200
        """Seconds that a token is good for."""
        self.materials: set[str] = set()
        self.drafts: dict[str, Told] = {}
        self.jobs: dict[str, Told] = {}
        self.articles: list[Told] = []
        """What is public, oldest first."""
        self.slow = 0
        """How often a publication says that it is running before it is done."""
        self.ends_with = 0
        """The status that a publication ends with."""
        self.number_as_text = False
        """Whether publish_id is words: it was in older versions."""
        self.quota = {"daily_limit": 100, "used": 3, "remain": 97}
        """How often articles may be submitted in a day."""
        self.refusal: tuple[str, Told] | None = None
        """A path, and what is answered there."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def next_id(self, kind: str) -> str:
        """Return an id nobody had."""
        self.number += 1
        return f"{kind}{self.number}"

    def stable_token(self, told: Told) -> Told:
        """Do what POST /cgi-bin/stable_token does: the same token while it is good, unless forced."""
        if set(told) - {"grant_type", "appid", "secret", "force_refresh"} or told["grant_type"] != "client_credential":
            return no(40002, "invalid grant_type")
        if told["appid"] != APPID:
            return no(40013, "invalid appid")
        if told["secret"] != SECRET:
            return no(40125, "invalid appsecret")
        if told.get("force_refresh") or self.ends - time.time() < 300:
            self.tokens_made += 1
            self.token, self.ends = self.next_id("wechat-token-"), time.time() + self.lasts
        return {"access_token": self.token, "expires_in": int(self.ends - time.time())}

    def upload(self, path: str, query: dict[str, str], content: bytes) -> Told:
        """Do what uploadimg and add_material do."""
        most = BODY_BYTES if path.endswith("uploadimg") else COVER_BYTES
        if not content.startswith(PICTURE):
            return no(40005, "invalid file type")
        if len(content) > most:
            return no(40009, "invalid image size")
        url = f"http://mmbiz.qpic.cn/{self.next_id('mmbiz/')}/0?wx_fmt=png&from=appmsg"
        if path.endswith("uploadimg"):
            return {"url": url}
        if query.get("type") != "image":
            return no(40004, "invalid media type")
        made = self.next_id("material-")
        self.materials.add(made)
        return {"media_id": made, "url": url}

    def add_draft(self, told: Told) -> Told:
        """Do what draft/add does."""
        (article,) = told["articles"]
        if set(article) - ARTICLE or article["article_type"] != "news":
            return no(47001, "data format error")
        for name, most, code in (("title", 32, 45003), ("digest", 120, 45004), ("content", 19_999, 45002)):
            if len(article[name]) > most:
                return no(code, f"{name} size out of limit")
        if len(article["author"]) > 16:
            return no(45110, "author size out of limit")
        if not article["title"] or not article["content"]:
            return no(44003, "empty news data")
        if article["thumb_media_id"] not in self.materials:
            return no(40007, "invalid media_id")
        made = self.next_id("draft-")
        self.drafts[made] = article | {"content": FOREIGN.sub("", article["content"])}
        return {"media_id": made}

    def submit(self, told: Told) -> Told:
        """Do what freepublish/submit does."""
        if told["media_id"] not in self.drafts:
            return no(40007, "invalid media_id")
        job = int(self.next_id(""))
        self.jobs[str(job)] = {"draft": told["media_id"], "left": self.slow, "status": 1, "article": ""}
        if not self.slow:
            self.finish(str(job))
        return OK | {"publish_id": str(job) if self.number_as_text else job, "msg_data_id": 2247483700}

    def finish(self, job: str) -> None:
        """End a publication."""
        task = self.jobs[job]
        task["status"] = self.ends_with
        if self.ends_with == 0:
            draft = self.drafts.pop(task["draft"])
            task["article"] = self.next_id("article-")
            self.articles.append(draft | {"id": task["article"], "time": int(time.time()), "is_deleted": False})

    def job(self, told: Told) -> Told:
        """Do what freepublish/get does."""
        task = self.jobs.get(str(told["publish_id"]))
        if task is None:
            return no(53600, "invalid publish_id")
        if task["left"]:
            task["left"] -= 1
            if not task["left"]:
                self.finish(str(told["publish_id"]))
            return {"publish_id": told["publish_id"], "publish_status": 1, "fail_idx": []}
        answer = {"publish_id": told["publish_id"], "publish_status": task["status"], "fail_idx": []}
        if task["status"] == 0:
            url = f"https://mp.weixin.qq.com/s/{task['article']}"
            answer |= {"article_id": task["article"], "article_detail": {"count": 1, "item": [
                {"idx": 1, "article_url": url}]}}  # fmt: skip
        return answer

    def shown(self, article: Told) -> Told:
        """Return an article as WeChat gives it back: with its own attributes in every tag."""
        content = article["content"].replace("<p>", '<p style="margin: 0px;">').replace("<br>", "<br  />")
        told = {name: article[name] for name in ("title", "author", "digest", "thumb_media_id")}
        url = f"http://mp.weixin.qq.com/s/{article.get('id', 'preview')}"
        content = content.replace("<img src=", '<img class="rich_pages" data-src=')
        return told | {"content": content, "url": url, "is_deleted": article.get("is_deleted", False)}

    def published(self, told: Told) -> Told:
        """Do what freepublish/batchget does."""
        newest = self.articles[::-1][told["offset"] : told["offset"] + told["count"]]
        items = [
            {"article_id": each["id"], "update_time": each["time"],
             "content": {"news_item": [self.shown(each)], "create_time": each["time"], "update_time": each["time"]}}
            for each in newest
        ]  # fmt: skip
        return {"total_count": len(self.articles), "item_count": len(items), "item": items}

    def answer(self, path: str, query: dict[str, str], told: Told, files: dict[str, bytes]) -> Told:
        """Answer one call."""
        if path == "/cgi-bin/stable_token":
            return self.stable_token(told)
        if not self.token or query.get("access_token") != self.token:
            return no(40001, "invalid credential, access_token is invalid or not latest")
        if time.time() >= self.ends:
            return no(42001, "access_token expired")
        if self.refusal is not None and self.refusal[0] == path:
            return self.refusal[1]
        if path in ("/cgi-bin/media/uploadimg", "/cgi-bin/material/add_material"):
            return self.upload(path, query, files["media"])
        match path:
            case "/cgi-bin/draft/count":
                return {"total_count": len(self.drafts)}
            case "/cgi-bin/openapi/quota/get":
                known = told == {"cgi_path": "/cgi-bin/freepublish/submit"}
                return OK | {"quota": self.quota} if known else no(76003, "cgi_path is wrong")
            case "/cgi-bin/draft/add":
                return self.add_draft(told)
            case "/cgi-bin/draft/get":
                draft = self.drafts.get(told["media_id"])
                return {"news_item": [self.shown(draft)]} if draft else no(40007, "invalid media_id")
            case "/cgi-bin/freepublish/submit":
                return self.submit(told)
            case "/cgi-bin/freepublish/get":
                return self.job(told)
            case "/cgi-bin/freepublish/batchget":
                return self.published(told)
            case "/cgi-bin/freepublish/getarticle":
                found = [self.shown(each) for each in self.articles if each["id"] == told["article_id"]]
                return {"news_item": found} if found else no(53600, "Article ID invalid")
        return no(40066, "invalid url")


class _Handler(BaseHTTPRequestHandler):
    server: FakeWeChat
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer the one read that has no body."""
        self._answer()

    def do_POST(self) -> None:
        """Answer all the rest."""
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        kind = self.headers.get("Content-Type", "")
        told: Told = {}
        files: dict[str, bytes] = {}
        if kind.startswith("multipart/form-data"):
            form = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=HTTP)
            files = {
                str(part.get_param("name", header="content-disposition")): part.get_payload(decode=True)
                for part in form.iter_parts()  # type: ignore[attr-defined]
            }
        elif body:
            # WeChat takes an escape for the characters that it is written with.
            told = json.loads(body.replace(b"\\u", b"\\\\u"))
        with self.server.lock:
            answer = self.server.answer(asked.path, query, told, files)
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json; encoding=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def read(content: str) -> tuple[str, tuple[str, ...]]:
    """Return an article's words, line by line, and its alt texts, as a reader meets them."""
    alts = tuple(html.unescape(alt) for alt in re.findall(r'<img[^>]* alt="([^"]*)"', content))
    bare = re.sub(r"<p[^>]*><img[^>]*></p>", "", content)
    paragraphs = re.findall(r"<p[^>]*>(.*?)</p>", bare, re.DOTALL)
    lines = (re.sub(r"<br\s*/?>", "\n", each) for each in paragraphs)
    return "\n\n".join(html.unescape(re.sub(r"<[^>]+>", "", each)) for each in lines), alts
