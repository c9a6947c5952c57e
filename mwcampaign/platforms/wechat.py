"""WeChat: articles of an Official Account, through its interface for publishing. Only the engine publishes.

A post is an article: pictures are uploaded, a draft is made of them, and the draft is submitted. Submitting is the one
visible request, and a draft is used up by it: so its being there or not, and the list of published articles, decide
what became of a lost answer. Publishing goes on after the answer; until it is done a delivery is `unknown`. Sending an
article to followers is another interface, and nothing here uses it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mwcampaign.core.campaign import Account
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.delivery import DeliveryKey, Envelope, Receipt
from mwcampaign.core.message import Message, Picture, canonical
from mwcampaign.core.ports import Absent, Allowance, Copy, Found, Handles, Identity, Inconclusive, Metrics, Sessions
from mwcampaign.errors import Ambiguous, PublishError, Rejected
from mwcampaign.platforms import _wechat_articles as articles
from mwcampaign.platforms._outcome import LastTold, unreadable
from mwcampaign.platforms._wechat import NO_ARTICLE, NO_MEDIA, Connection

SERVER = "https://api.weixin.qq.com"
PAGE = 20
PAGES = 10
SITE = "https://mp.weixin.qq.com"
SUBMIT = "/cgi-bin/freepublish/submit"
DONE, RUNNING = 0, 1
ENDS = {
    2: "the check of original content failed",
    3: "publishing failed, and WeChat does not say why",
    4: "the platform refused it",
    5: "it was published, and somebody deleted it",
    6: "it was published, and the platform blocked it",
}
"""How a publication ended that is not public, by its status."""


class WeChat:
    """One Official Account. See core.ports.Platform for what each method promises."""

    secret_names: tuple[str, ...] = ("appid", "secret")
    option_names: tuple[str, ...] = ("author", "cover", "title")
    timeout: float = 14.0
    """Seconds from a request after which an answer that is not whole counts as lost; publishing makes two requests, and
    each takes less than twice that, which is below the engine's deadline of a minute."""
    capabilities = Capabilities(
        network="wechat",
        # The body's 20,000 characters are HTML: this leaves room for tags and pictures, and check measures the whole.
        text_limit=18_000,
        unit="characters",
        heaviest=1,
        source="developers.weixin.qq.com: draft_add, uploadimg, add_material, freepublish_submit, freepublish_get",
        as_of="2026-11-21",
        live_tags=False,
        pictures=20,
        picture_types=("image/jpeg", "image/png"),
        picture_bytes=1_000_000,
        # An article needs a cover: its first picture, or the account's option.
        pictures_needed=1,
        lookup="exact",
        # Publishing goes on for a while after the answer: a draft that is still there this late was never submitted.
        absence_after=600,
        # A draft is good for one article, whoever submits it and however late; that it lasts so long is certain.
        replay_window=23 * 3600,
        deletes=True,
    )

    def __init__(self, account: Account, secrets: Mapping[str, str], sessions: Sessions) -> None:
        limits = dict(account.limits)
        if account.options.get("cover"):
            limits["pictures_needed"] = 0
        self.capabilities = type(self).capabilities.with_limits(limits)
        self._account = account
        self._appid = secrets.get("appid", "")
        self._last = LastTold()
        self._connection = Connection(account.server or SERVER, account.id, secrets, sessions, self.timeout)

    def count(self, text: str) -> int:
        """Count characters (code points)."""
        return len(text)

    def check(self, message: Message) -> Iterator[tuple[str, str]]:
        """Yield what WeChat refuses besides length: a long title or author, and a body too long as HTML."""
        title, body = self._divided(message)
        if len(title) > articles.LONGEST_TITLE:
            told = f"the title is {len(title)} of {articles.LONGEST_TITLE} characters on wechat"
            yield "MW320", f"{told}: shorten the text's first line, or give the account a title in its options"
        if len(self._author()) > articles.LONGEST_AUTHOR:
            yield "MW320", f"the author is {len(self._author())} of {articles.LONGEST_AUTHOR} characters on wechat"
        size = len(articles.markup(body, [(articles.ADDRESS, each.alt) for each in message.pictures]))
        if size > articles.LONGEST_BODY:
            yield "MW320", f"the article is {size} of {articles.LONGEST_BODY} characters of HTML on wechat"

    def prepare(self, message: Message, handles: Handles, key: DeliveryKey, at: datetime) -> Envelope:
        """Fix the draft to submit, and what a look compares: the draft was made before and stays as it is."""
        title, body = self._divided(message)
        return Envelope(key, canonical({"media_id": handles.staged, "title": title, "body": body}))

    def whoami(self) -> Identity:
        """Read drafts and articles, which needs the very rights that posts need; WeChat tells no name.

        How often articles may be submitted today, allowances tells then.
        """
        self._connection.call("who am I", "/cgi-bin/draft/count")
        asked = {"offset": 0, "count": 1, "no_content": 1}
        self._connection.call("look at the articles", "/cgi-bin/freepublish/batchget", asked)
        self._last.allowances = self._left()
        return Identity(self._account.handle or self._appid, self._appid, SITE)

    def resolve(self, message: Message) -> Mapping[str, str]:
        """Return nothing: mentions mean nothing in an article."""
        return {}

    def upload(self, picture: Picture, content: bytes) -> str:
        """Upload a picture twice: for the body, which gives an address, and as material, of which covers are made."""
        step = f"upload of {picture.name}"
        files = {"media": (picture.name, content, picture.mime)}
        told = self._connection.call(step, "/cgi-bin/media/uploadimg", files=files)
        handle = {"url": _text(told, "url", step)}
        if not self._account.options.get("cover"):
            step = f"cover from {picture.name}"
            told = self._connection.call(step, "/cgi-bin/material/add_material", params={"type": "image"}, files=files)
            handle["media_id"] = _text(told, "media_id", step)
        return canonical(handle)

    def stage(self, message: Message, handles: Handles) -> str:
        """Make the draft and return its id. One that is never submitted stays among the account's drafts."""
        title, body = self._divided(message)
        uploads = [json.loads(each) for each in handles.pictures]
        cover = self._account.options.get("cover") or (uploads[0]["media_id"] if uploads else "")
        if not cover:
            raise Rejected("draft: an article needs a cover: a picture, or the account's option cover")
        pictures = [(upload["url"], each.alt) for upload, each in zip(uploads, message.pictures, strict=True)]
        article = {
            "article_type": "news",
            "title": title,
            "author": self._author(),
            "digest": articles.digest(body),
            "content": articles.markup(body, pictures),
            "thumb_media_id": cover,
            "need_open_comment": 0,
            "only_fans_can_comment": 0,
        }
        return _text(self._connection.call("draft", "/cgi-bin/draft/add", {"articles": [article]}), "media_id", "draft")

    def publish(self, envelope: Envelope) -> Receipt:
        """Submit the draft, and ask once whether it is public. Raises Ambiguous while WeChat is still at it: the look
        that follows finds it."""
        self._last.allowances = ()
        media_id = json.loads(envelope.payload)["media_id"]
        asked = {"media_id": media_id}
        told = self._connection.call("publish", SUBMIT, asked, visible=True)
        job = told.get("publish_id")
        if not job or not isinstance(job, str | int):
            raise unreadable("publish")
        self._connection.remember_job(media_id, job)
        try:
            status, receipt = self._status(job)
        except PublishError as error:
            raise Ambiguous(f"publish: WeChat accepted it as {job}; {error}", reach="post") from None
        if receipt is None:
            raise Ambiguous(f"publish: WeChat accepted it as {job}: {_in_words(status)}", reach="post")
        return receipt

    def allowances(self) -> tuple[Allowance, ...]:
        """Return what whoami was told in this thread; the answer to a submission tells nothing of what is left."""
        return self._last.allowances

    def find(self, envelope: Envelope, since: datetime) -> Found | Absent | Inconclusive:
        """Ask what became of the submission, where its number is known; else look for the article, then for the draft:
        a draft that is still there was never submitted."""
        told = json.loads(envelope.payload)
        if job := self._connection.job(told["media_id"]):
            status, receipt = self._status(job)
            return Found(receipt) if receipt else Inconclusive(f"{_in_words(status)} (publish_id {job})", SITE)
        for found, article in self._published(since):
            if articles.same(article, told):
                return Found(found)
        asked = {"media_id": told["media_id"]}
        draft = self._connection.call("look", "/cgi-bin/draft/get", asked, expected=frozenset({NO_MEDIA}))
        if draft.get("errcode") == NO_MEDIA:
            return Inconclusive("the draft is used up, but no such article is public yet", SITE)
        return Absent()

    def copies(self, envelope: Envelope, receipt: Receipt, since: datetime) -> tuple[Copy, ...] | Inconclusive:
        """Ask for the article by its id, and look through the published ones since then for others that read the
        same."""
        told = json.loads(envelope.payload)
        asked = {"article_id": receipt.remote_id}
        own = self._connection.call("look", "/cgi-bin/freepublish/getarticle", asked, expected=frozenset({NO_ARTICLE}))
        found = [Copy(receipt, articles.same(item, told)) for item in own.get("news_item", [])[:1] if _there(item)]
        for other, article in self._published(since):
            if other.remote_id != receipt.remote_id and articles.same(article, told):
                found.append(Copy(other, True))
        return tuple(found)

    def metrics(self, receipt: Receipt) -> Metrics | None:
        """Return None: WeChat gives figures the next day, by another interface."""
        return None

    def close(self) -> None:
        """Let go of connections."""
        self._connection.close()

    def _left(self) -> tuple[Allowance, ...]:
        """Return how often articles may be submitted yet today; () where WeChat does not say."""
        try:
            told = self._connection.call("asking what is left", "/cgi-bin/openapi/quota/get", {"cgi_path": SUBMIT})
        except PublishError:
            return ()
        quota = told.get("quota")
        most, left = (quota.get("daily_limit"), quota.get("remain")) if isinstance(quota, dict) else (None, None)
        if not isinstance(most, int) or not isinstance(left, int) or most <= 0:
            return ()
        # When a day begins is not told: a day from now all is there again, at the latest.
        return (Allowance(max(left, 0), datetime.now(UTC) + timedelta(days=1)),)

    def _divided(self, message: Message) -> tuple[str, str]:
        return articles.divided(message.text, self._account.options.get("title", ""))

    def _author(self) -> str:
        return self._account.options.get("author", "")

    def _status(self, job: str | int) -> tuple[int, Receipt | None]:
        """Return how far a publication is, and the receipt once it is public."""
        asked = {"publish_id": job}
        told = self._connection.call("look at the publication", "/cgi-bin/freepublish/get", asked)
        status = told.get("publish_status")
        if not isinstance(status, int):
            raise unreadable("look at the publication", visible=False)
        if status != DONE:
            return status, None
        items = (told.get("article_detail") or {}).get("item") or [{}]
        step = "look at the publication"
        url = _address(items[0], "article_url", step)
        return status, Receipt(_text(told, "article_id", step), url, datetime.now(UTC))

    def _published(self, since: datetime) -> Iterator[tuple[Receipt, Mapping[str, Any]]]:
        """Yield what is public since then, newest first, as receipt and article. Raises PublishError."""
        for page in range(PAGES):
            asked = {"offset": page * PAGE, "count": PAGE, "no_content": 0}
            told = self._connection.call("look", "/cgi-bin/freepublish/batchget", asked)
            items = told.get("item") or []
            for item in items:
                content = item.get("content") or {}
                moment = datetime.fromtimestamp(int(content.get("create_time") or item.get("update_time") or 0), UTC)
                if moment < since:
                    return
                for article in content.get("news_item") or []:
                    if _there(article):
                        yield (
                            Receipt(_text(item, "article_id", "look"), _address(article, "url", "look"), moment),
                            article,
                        )
            if len(items) < PAGE:
                return


def _there(article: Mapping[str, Any]) -> bool:
    return not article.get("is_deleted")


def _in_words(status: int) -> str:
    if status == RUNNING:
        return "WeChat is still publishing it"
    return ENDS.get(status, f"it ended with status {status}")


def _address(told: Mapping[str, Any], name: str, step: str) -> str:
    """Return an article's address, which WeChat still gives without the s."""
    return _text(told, name, step).replace("http://mp.weixin.qq.com", SITE, 1)


def _text(told: Mapping[str, Any], name: str, step: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise unreadable(step, visible=False)
    return value
