"""What can only be seen in a whole week of one account: distance, sameness, quotas, the end of its secrets.

Used by core.wish, which hands over the messages of one account together; pure.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from mwcampaign.core.campaign import Institution
from mwcampaign.core.capabilities import Capabilities

CLOSE = timedelta(minutes=10)
"""Posts of one account that are due so near each other hide each other."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_QUESTION = re.compile("[?;？؟՞፧]")
_ADDRESS = re.compile(r"\S+://\S+")

Saying = tuple[str, str, str]
"""A code of core.rules, what there is to say, and what to do about it."""


class Week:
    """Hears the first parts of an account's posts, in any order; `sayings` gives what there is to say of each."""

    def __init__(self, institution: Institution, account: str, able: Capabilities, expires: date | None) -> None:
        self._institution, self._account, self._able, self._expires = institution, account, able, expires
        self._heard: list[tuple[datetime, str, str]] = []

    def hear(self, post: str, text: str, due: datetime) -> None:
        """Take in one post: its id, its text (of the first part), and when it is due."""
        self._heard.append((due, post, text))

    def sayings(self) -> list[list[Saying]]:
        """Return what there is to say of each post heard, in the order they were heard."""
        order = sorted(range(len(self._heard)), key=lambda index: self._heard[index][:2])
        told: list[list[Saying]] = [[] for _ in self._heard]
        dues = [self._heard[index][0] for index in order]
        first: dict[str, int] = {}
        # Most accounts have fewer posts than any quota, and most houses say nothing of their hours.
        quotas = [quota for quota in self._able.quotas if quota[0] < len(dues)]
        speaks = self._institution.closed or self._institution.duty or self._expires is not None
        for place, index in enumerate(order):
            due, post, text = self._heard[index]
            if place and due - dues[place - 1] < CLOSE:
                before = self._heard[order[place - 1]][1]
                what = f"{post} and {before} are due within {in_words(CLOSE)} of each other on one account"
                told[index].append(("MW412", what, "give one of them another hour"))
            if text and first.setdefault(text, index) != index:
                told[index].append(_same(self._heard[first[text]][1], self._able))
            if quotas:
                told[index] += self._of_quotas(quotas, dues, place)
            if speaks:
                told[index] += self._of_the_house(due, text)
        return told

    def _of_quotas(self, quotas: Sequence[tuple[int, int]], dues: Sequence[datetime], place: int) -> Iterator[Saying]:
        for posts, seconds in quotas:
            within = place + 1 - bisect_right(dues, dues[place] - timedelta(seconds=seconds))
            if within == posts + 1:
                span = in_words(timedelta(seconds=seconds))
                what = f"{within} posts within {span}; {self._able.network} takes {posts}"
                yield "MW414", what, "spread them; what is too much waits, and may be missed"

    def _of_the_house(self, due: datetime, text: str) -> Iterator[Saying]:
        house = self._institution
        local = due.astimezone(house.zone)
        closed = {WEEKDAYS[local.weekday()], local.date().isoformat()} & set(house.closed)
        if closed:
            what = f"it is due on {local:%A %d %B %Y}, when the house is closed"
            yield "MW411", what, "see that the text invites nobody on that day"
        if house.duty and _QUESTION.search(_ADDRESS.sub("", text)) and not _within(local, house.duty):
            what = f"it asks a question at {local:%H:%M}; somebody answers {house.duty}"
            yield "MW416", what, "ask when somebody is there, or have somebody there"
        if self._expires is not None and local.date() > self._expires:
            what = f"the secrets of {self._account} end on {self._expires}, before this post"
            yield "MW415", what, "renew them, and then write the new date"


def _same(other: str, able: Capabilities) -> Saying:
    refused = f"; {able.network} refuses the same text again" if able.duplicates_refused else ""
    return "MW413", f"the same text as {other} on the same account{refused}", "change a word in one of them"


def _within(local: datetime, duty: str) -> bool:
    begin, _, end = duty.partition("-")
    return begin <= f"{local:%H:%M}" < end


def in_words(span: timedelta) -> str:
    """Return a span of time as people say it."""
    if span < timedelta(minutes=1):
        return f"{span.seconds} second{'s' * (span.seconds != 1)}"
    minutes = span // timedelta(minutes=1)
    if minutes % 1440 == 0:
        return f"{minutes // 1440} days" if minutes > 1440 else "24 hours"
    return f"{minutes // 60} hours" if minutes % 60 == 0 and minutes > 60 else f"{minutes} minutes"
