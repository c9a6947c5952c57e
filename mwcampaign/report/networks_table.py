"""The tables of networks in README.md and docs/networks/README.md: what each takes, how to get in, what happens when an
answer is lost. Pure but for `main`. Numbers come from capabilities alone; what no number says stands in WORDS.

`mwcampaign networks --format json | python -m mwcampaign.report.networks_table .` puts them into the two pages; a test
fails when they are stale.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mwcampaign.core.capabilities import Capabilities

SHORT_PAGE, PAGE = "README.md", "docs/networks/README.md"
"""Where the two tables stand in the project."""
SHORT_COLUMNS = ("network", "what it takes", "page")
COLUMNS = (
    "network",
    "text",
    "pictures",
    "alt text",
    "threads",
    "content warning",
    "how to get access",
    "what it costs",
    "after a lost answer",
    "the same again",
)
UNITS = {
    "characters": "characters",
    "graphemes": "graphemes",
    "weighted": "weighted",
    "utf16": "UTF-16 units",
    "bytes": "bytes",
}
SPANS = ((3600, "hour"), (60, "minute"), (1, "second"))
NOT_PUBLISHED = "no price is published"
LIKE = "as the network it is for"
"""What is taken where a person posts: no number of the adapter is true of all its accounts."""


@dataclass(frozen=True, slots=True)
class Words:
    """What capabilities do not say: its name, five words on access, the cost, remarks on text and alt text."""

    name: str
    access: str = ""
    cost: str = ""
    text: str = ""
    alt: str = ""


WORDS: dict[str, Words] = {
    "mastodon": Words("Mastodon", "a token from your server", "nothing", "or the server's own limit"),
    "bluesky": Words("Bluesky", "an app password", "nothing"),
    "threads": Words("Threads", "app, perhaps review, public folder", NOT_PUBLISHED),
    "instagram": Words("Instagram", "app, perhaps review, public folder", NOT_PUBLISHED),
    "facebook": Words("Facebook", "an app, perhaps Meta's review", NOT_PUBLISHED),
    "x": Words(
        "X",
        "a developer app, four keys",
        "$0.015 a post, $0.20 with an address in it (April 2026)",
        "or more with Premium",
    ),
    "linkedin": Words("LinkedIn", "an app reviewed by LinkedIn", NOT_PUBLISHED),
    "telegram": Words("Telegram", "a bot in your channel", NOT_PUBLISHED, "fewer with a picture"),
    "pixelfed": Words("Pixelfed", "a token from your server", "nothing", "or the server's own limit"),
    "vk": Words("VKontakte", "a right given by exception", NOT_PUBLISHED, alt="shown as captions"),
    "weibo": Words("Weibo", "an app reviewed by Weibo", NOT_PUBLISHED, "with an address of yours, without hashtags"),
    "wechat": Words("WeChat", "a verified account's two keys", "a yearly fee for verification", alt="perhaps kept"),
    "email": Words("E-mail", "a mail server and password", "your mail server's matter", "or your server's own limit"),
    "webhook": Words("Webhook", "an address and a secret", "the receiver's matter", "or the receiver's own limit"),
    "manual": Words("By hand", "none: a person posts it", "a person's time"),
    "memory": Words("Memory", "none: for trying out", "nothing", "or the limit of the network it plays"),
}
"""In the order of the table; networks that are not here come after them."""


def table(networks: Iterable[Capabilities]) -> str:
    """Return the table of docs/networks/README.md as Markdown: a line for each network, with a link to its page."""
    return _markdown(COLUMNS, (_row(able) for able in _in_order(networks)))


def short_table(networks: Iterable[Capabilities]) -> str:
    """Return the table of README.md as Markdown."""
    rows = ((_words(able).name, _takes(able), _link(able, "docs/networks/")) for able in _in_order(networks))
    return _markdown(SHORT_COLUMNS, rows)


def renewed(page: str, told: str) -> str:
    """Return a page with a table in place of the one that has the same heading."""
    heading = re.escape(told.splitlines()[0])
    return re.sub(rf"^{heading}\n(?:\|.*\n)+", lambda _: told, page, count=1, flags=re.MULTILINE)


def _markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in (columns, ["---"] * len(columns), *rows))


def _in_order(networks: Iterable[Capabilities]) -> list[Capabilities]:
    order = list(WORDS)
    return sorted(networks, key=lambda able: order.index(able.network) if able.network in WORDS else len(order))


def _words(able: Capabilities) -> Words:
    return WORDS.get(able.network, Words(able.network))


def _link(able: Capabilities, folder: str) -> str:
    return f"[{able.network}]({folder}{able.network}.md)" if able.network in WORDS else able.network


def _takes(able: Capabilities) -> str:
    if able.handed_over:
        return LIKE
    told = [f"{able.text_limit:,} {UNITS[able.unit]}"]
    told += [f"{_pictures(able)} picture{'s' if able.pictures > 1 else ''}"] if able.pictures else []
    told += ["threads"] if able.threads else []
    told += ["content warnings"] if able.warnings != "none" else []
    return ", ".join(told)


def _row(able: Capabilities) -> tuple[str, ...]:
    words = _words(able)
    return (
        f"{words.name} ({_link(able, '')})" if able.network in WORDS else able.network,
        _text(able, words),
        LIKE if able.handed_over else _pictures(able),
        _alt(able, words),
        "yes" if able.threads else "no",
        {"text": "yes", "label": "labels only", "none": "no"}[able.warnings],
        words.access,
        words.cost,
        _lost(able),
        _again(able),
    )


def _text(able: Capabilities, words: Words) -> str:
    if able.handed_over:
        return LIKE
    most = f"{able.text_limit:,} {UNITS[able.unit]}"
    most += f" and {able.bytes_limit:,} bytes" if able.bytes_limit else ""
    return f"{most}, {words.text}" if words.text else most


def _pictures(able: Capabilities) -> str:
    if able.pictures <= 1:
        return str(able.pictures or "no")
    return f"{able.pictures_needed} to {able.pictures}" if able.pictures_needed else f"up to {able.pictures}"


def _alt(able: Capabilities, words: Words) -> str:
    if not able.pictures or not able.alt_texts:
        return "**no**" if able.pictures else "no"
    told = f"up to {able.alt_limit:,} characters" if able.alt_limit else words.alt or "yes"
    return f"{told}, {words.alt}" if able.alt_limit and words.alt else told


def _lost(able: Capabilities) -> str:
    if able.handed_over:
        return "a person posts it, and says where it is"
    if able.lookup == "none":
        return "a person is asked"
    if able.lookup == "recent" or able.absence_after is None:
        return "found again, or a person is asked"
    after = f" after {_span(able.absence_after)}" if able.absence_after else ""
    return f"found again, or proven absent{after}"


def _again(able: Capabilities) -> str:
    if able.handed_over:
        return "handed over once"
    if able.replay_window:
        return f"one post, within {_span(able.replay_window)}"
    return "may be refused" if able.duplicates_refused else "a second post"


def _span(seconds: int) -> str:
    size, name = next((size, name) for size, name in SPANS if seconds % size == 0)
    many = seconds // size
    return f"{many} {name}{'s' if many > 1 else ''}"


def main(folder: str) -> None:
    """Put the tables into the two pages below a folder; `mwcampaign networks --format json` is the standard input."""
    ours = [each for each in json.load(sys.stdin)["networks"] if each["network"] in WORDS]
    networks = [Capabilities.from_json(each["capabilities"]) for each in ours]
    for name, told in ((SHORT_PAGE, short_table(networks)), (PAGE, table(networks))):
        page = Path(folder, name)
        page.write_text(renewed(page.read_text("utf-8"), told), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
