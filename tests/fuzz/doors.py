"""Every door through which strangers' bytes come in, as a function of bytes that raises when a promise is broken.

tests.fuzz.run drives them with atheris, test_corpus replays what is kept. The promise is the same everywhere: findings
or the one refusal that is documented, nothing else, and no more than a second of processor time.
"""

from __future__ import annotations

import json
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType

from mwcampaign.core import entities, text
from mwcampaign.core.findings import Finding
from mwcampaign.core.plan_file import lines, read
from mwcampaign.core.reading import aloud, in_language, of_alt
from mwcampaign.core.render import Renderer, RenderFault
from mwcampaign.core.rules import RULES
from mwcampaign.core.tagging import Tags, remarks
from mwcampaign.errors import PlanRefused
from mwcampaign.load import load
from mwcampaign.load.lines import Lines
from mwcampaign.load.pictures import NoPicture, probe
from mwcampaign.load.sources import LINE, Sources
from mwcampaign.load.table import read_table
from tests.conftest import make_campaign

NETWORKS = {"mastodon": ("access_token",), "bluesky": ("password",), "x": (), "memory": ()}
COUNTERS: dict[str, tuple[str, Callable[[str], int]]] = {
    "x": ("x", text.weighted_length),
    "mastodon": ("mastodon", text.mastodon_length),
    "bluesky": ("bluesky", text.graphemes),
    "threads": ("threads", text.threads_length),
    # Its finder is no network's own: where a network's rule is not known, the safe one is taken.
    "telegram": ("telegram", text.utf16_units),
    "weibo": ("weibo", text.weibo_length),
}
OTHER_FINDERS = {
    "x": (entities.x_urls, entities.x_mentions, entities.x_cashtags),
    "mastodon": (entities.mastodon_urls, entities.mastodon_mentions),
}


class TooLong(BaseException):
    """An input took more processor time than it may; nothing under test catches this."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TooLong when what is inside takes more seconds of this process's own processor time."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLong(f"more than {seconds} seconds")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="mwcampaign-fuzz-", dir=memory if memory.is_dir() else None)


def _written(data: bytes, name: str) -> Path:
    path = Path(_folder().name) / name
    path.write_bytes(data)
    return path


def _as_text(data: bytes) -> str:
    return data.decode("utf-8", "ignore")


def _judge(findings: list[Finding], told: str) -> None:
    count = len(LINE.split(told)) + 1
    for one in findings:
        assert one.code in RULES, one
        assert one.text and one.hint, one
        assert 0 <= one.where.line <= count, one
        assert one.where.column >= (1 if one.where.line else 0), one


def campaign(data: bytes) -> None:
    """A whole campaign in one file: findings, and a campaign if none of them is a fault of the file."""
    # These two lead to other folders, which are not the input's.
    for word in (b"extends", b"shared"):
        data = data.replace(word, word[:-1])
    loaded = load(_written(data, "week.yaml"), NETWORKS)
    _judge(loaded.findings, data.decode("utf-8", "replace"))
    for one in loaded.findings:
        loaded.source_line(one.where)
    faulty = any(one.level == "error" and one.code < "MW2" for one in loaded.findings)
    assert loaded.campaign is None or not faulty


def table(data: bytes) -> None:
    """A table of institutions: findings and rows, each with its place."""
    told, sources = _as_text(data), Sources()
    rows = read_table(Lines(told), "institutions.csv", sources)
    _judge(sources.findings, told)
    for row in rows:
        assert row.data().keys() <= {key.value for key, _ in row.node().value}
        row.id()


def _of_network(name: str) -> Callable[[bytes], None]:
    network, count = COUNTERS[name]

    def counted(data: bytes) -> None:
        told = _as_text(data)
        assert 0 <= count(told) <= 40 * len(told) + 40
        for find in (entities.hashtags(network), *OTHER_FINDERS.get(network, ())):
            at = 0
            for span in find(told):
                assert at <= span.start < span.end <= len(told), (span, find)
                at = span.end
        if network == "bluesky":
            raw, at = told.encode(), 0
            for facet in entities.bluesky_facets(told):
                assert at <= facet.byte_start < facet.byte_end <= len(raw)
                raw[facet.byte_start : facet.byte_end].decode()
                at = facet.byte_end

    counted.__doc__ = f"Count a text as {name} does; what is found stands in order, apart, and inside the text."
    return counted


def tagging(data: bytes) -> None:
    """Remarks on tags and on how a text reads: each points at a piece of the text."""
    told = _as_text(data)
    tags = Tags(("#MuseumWeek", "#ミュージアムウィーク"), ("#FoodMW",), {"musicmw": "the tag of wednesday"})
    found = [one for network in (*COUNTERS, "vk", "nowhere") for one in remarks(told, network, tags)]
    found += [*aloud(told), *in_language(told, "ru"), *in_language(told, "ar"), *of_alt(told, told, told)]
    for one in found:
        assert one.code in RULES and one.what, one
        assert one.needle in told, one


def template(data: bytes) -> None:
    """A text given in place, rendered with the values of a small campaign: a text, or a RenderFault with a rule."""
    told = _as_text(data)
    if not told.strip():
        return
    week = make_campaign(posts=[{"id": "p", "day": "monday", "text": told}])
    museum, account = week.institutions[0], next(iter(week.all_accounts))
    renderer = Renderer(week, {"sign": "— {{ institution.name }}", "loop": "{% include 'loop' %}"}, {})
    try:
        message = renderer.message(week.posts[0], 0, week.edition.days[0], museum, account, "en")
    except RenderFault as fault:
        assert fault.code in RULES and fault.what
        return
    assert isinstance(message.text, str)


def plan(data: bytes) -> None:
    """A saved plan: read, and then written again as it was, or PlanRefused."""
    try:
        saved = read(_as_text(data).splitlines(keepends=True))
    except PlanRefused:
        return
    told = list(lines(saved.plan, campaign="week"))
    assert read(told).plan == saved.plan
    json.loads("\n".join(told))


def picture(data: bytes) -> None:
    """A picture file: facts that make sense, or NoPicture."""
    try:
        facts = probe("p.jpg", _written(data, "p.jpg"))
    except NoPicture as fault:
        assert str(fault) and fault.hint
        return
    assert facts.width > 0 and facts.height > 0 and facts.size == len(data) and facts.mime.startswith("image/")
    (facts.credit + facts.source_type).encode("utf-8")


DOORS: dict[str, Callable[[bytes], None]] = {
    "campaign": campaign,
    "table": table,
    "tagging": tagging,
    "template": template,
    "plan": plan,
    "picture": picture,
    **{f"text-{name}": _of_network(name) for name in COUNTERS},
}
