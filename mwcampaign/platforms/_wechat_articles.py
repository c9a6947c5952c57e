"""An article for WeChat: made from a message, and compared with what WeChat gives back. Pure; only the WeChat adapter
uses it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

LONGEST_TITLE = 32
LONGEST_AUTHOR = 16
LONGEST_DIGEST = 120
LONGEST_BODY = 19_999
"""Characters of HTML: fewer than 20,000."""
ADDRESS = "https://mmbiz.qpic.cn/" + 200 * "x"
"""As long as the addresses that WeChat gives to pictures are likely to be."""


def divided(text: str, fixed: str = "") -> tuple[str, str]:
    """Return a text's title and body: the first line and what follows it, or `fixed` and all of it.

    A text of one line is both.
    """
    if fixed:
        return fixed, text
    first, _, rest = text.strip().partition("\n")
    return first.strip(), rest.strip() or first.strip()


def digest(body: str) -> str:
    """Return the beginning of a body as the summary that readers see in lists."""
    words = " ".join(body.split())
    return words if len(words) <= LONGEST_DIGEST else words[: LONGEST_DIGEST - 1].rstrip() + "…"


def markup(body: str, pictures: Sequence[tuple[str, str]]) -> str:
    """Return a body as HTML, paragraph by paragraph, and below it the pictures, each an address and an alt text."""
    paragraphs = [part.strip("\n") for part in re.split(r"\n\s*\n", body) if part.strip()]
    made = ["<p>" + "<br>".join(html.escape(line) for line in part.split("\n")) + "</p>" for part in paragraphs]
    made += [f'<p><img src="{html.escape(address)}" alt="{html.escape(alt)}"></p>' for address, alt in pictures]
    return "".join(made)


def same(article: Mapping[str, Any], told: Mapping[str, Any]) -> bool:
    """Return whether an article of WeChat's reads as the sealed request `told`: title and words. What WeChat does to
    tags and attributes does not count."""
    return _plain(html.escape(str(article.get("title")))) == _words(told["title"]) and _plain(
        article.get("content")
    ) == _words(told["body"])


def _words(text: str) -> str:
    return " ".join(text.split())


def _plain(content: object) -> str:
    reader = _Plain()
    reader.feed(str(content or ""))
    reader.close()
    return _words("".join(reader.parts))


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "p", "section"):
            self.parts.append("\n")
