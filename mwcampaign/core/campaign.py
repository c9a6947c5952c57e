"""The wish, as its authors wrote it: edition, themes, institutions, accounts. Frozen; unknown keys are refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from mwcampaign.core.calendar import parse_at, parse_closes
from mwcampaign.core.capabilities import ACCOUNT_LIMITS


class Record(BaseModel):
    """Base of everything read from a campaign's files."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


def _identifier(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}", value):
        raise ValueError("an id is 1 to 100 letters a-z, digits and . _ @ + - and starts with a letter or digit")
    return value


def _account_id(value: str) -> str:
    _identifier(value.replace("*", "x", 1))
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise ValueError("a language is a BCP 47 tag such as en, fr or pt-BR")
    return value


# available_timezones() lists real zones only, where ZoneInfo alone would also accept stray files; it walks the disk
# each time, so it is asked once.
_zones = cache(available_timezones)


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError("there is no such time zone; use an IANA name such as Europe/Paris")
    return value


def _hashtag(value: str) -> str:
    if not re.fullmatch(r"[#＃][^\s#＃]+[#＃]?", value):
        raise ValueError("a hashtag is # and a word without spaces")
    return value


def _at(value: str) -> str:
    parse_at(value)
    return value


def _closes(value: str) -> str:
    parse_closes(value)
    return value


Identifier = Annotated[str, AfterValidator(_identifier)]
AccountId = Annotated[str, AfterValidator(_account_id)]
Language = Annotated[str, AfterValidator(_language)]
Zone = Annotated[str, AfterValidator(_zone)]
Hashtag = Annotated[str, AfterValidator(_hashtag)]
At = Annotated[str, AfterValidator(_at)]
Closes = Annotated[str, AfterValidator(_closes)]
ByLanguage = dict[Language, str]


def pick_language(wanted: str, have: Mapping[str, object] | tuple[str, ...]) -> str | None:
    """Return the best of `have` for a wanted tag: itself, then with subtags cut off (fr-CA → fr), or None.

    RFC 4647 look-up, plus the way back: a wanted `fr` is served by the only `fr-…` there is.
    """
    lower = {tag.lower(): tag for tag in have}
    parts = wanted.lower().split("-")
    while parts:
        if found := lower.get("-".join(parts)):
            return found
        parts.pop()
    regional = [tag for low, tag in lower.items() if low.startswith(wanted.lower() + "-")]
    return regional[0] if len(regional) == 1 else None


class Theme(Record):
    """One day's subject and tags. A language's set stands alone: no language fills another's gap."""

    id: Identifier
    date: date
    about: ByLanguage = {}
    tags: dict[Language, Hashtag | None] = {}
    """The day's hashtag by language; null says: looked for, not known."""


class Edition(Record):
    """One run of the week (or of any number of days)."""

    id: Identifier
    title: str
    main_tag: Hashtag
    main_tags: dict[Language, Hashtag] = {}
    """The main tag in languages that have their own."""
    former_tags: tuple[Hashtag, ...] = ()
    """Tags of earlier editions, which nobody should post any more."""
    cause: str = ""
    source: str = ""
    days: tuple[Theme, ...] = Field(min_length=1)

    @cached_property
    def by_day(self) -> dict[str, Theme]:
        """Return themes by id and by ISO date."""
        named = {theme.date.isoformat(): theme for theme in self.days}
        return named | {theme.id: theme for theme in self.days}


class Defaults(Record):
    """What a post takes when it says nothing itself."""

    at: At = "10:00"
    closes: Closes = "end of day"
    language: Language = "en"
    """The language for institutions whose own languages a post does not have."""
    visibility: Literal["public", "unlisted", "private"] = "public"


Approval = Literal["required", "none"]
Care = Literal["block", "warn", "yes"]
"""yes: a second person looked at exactly this picture and said yes."""


class Policies(Record):
    """What the campaign asks of people."""

    approval: Approval = "none"
    """required: nothing is sent without a named person's yes to exactly that message."""
    tags: tuple[Literal["main", "day"], ...] | None = None
    """The tags that every post must have; without it both are advised."""
    pictures: Literal["refuse", "fit"] = "refuse"
    """fit: a network that takes less than a picture has gets a smaller copy, made when the plan is."""
    sensitive: dict[str, Care | dict[str, Care]] = {}
    """What to do with a picture that has a tag, for all networks or by network; `others` is every other network."""
    credit: Literal["record", "shown"] = "record"
    """shown: a picture's credit line stands, exactly, in the post's text or alt text."""
    machine_pictures: ByLanguage = {}
    """The words that tell, in text or alt text, that a machine had a hand in a picture; empty: none asked for."""


CLOSED = r"^((mon|tues|wednes|thurs|fri|satur|sun)day|\d{4}-\d\d-\d\d)$"


class Institution(Record):
    """Who takes part. `timezone` decides when a day begins; languages are in order of preference."""

    id: Identifier
    name: str = Field(min_length=1)
    names: ByLanguage = {}
    country: str = Field(default="", pattern=r"^([A-Z]{2})?$")
    city: str = ""
    timezone: Zone
    languages: tuple[Language, ...] = ()
    website: str = ""
    handles: dict[str, str] = {}
    """Account names by network, without @."""
    closed: tuple[Annotated[str, Field(pattern=CLOSED)], ...] = ()
    """Weekdays (monday) and dates (2021-06-08) on which the house is closed."""
    duty: str = Field(default="", pattern=r"^(([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00))?$")
    """When somebody is there to answer, in the house's own time: "09:00-17:00"."""
    extra: dict[str, str] = {}
    """Custom columns, for templates."""

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the time zone."""
        return ZoneInfo(self.timezone)


SECRET_REFERENCE = re.compile(r"(env|file|keyring):.+")


class Account(Record):
    """One identity on one network. Secrets are references, never values.

    `institution: "*"` stands for one account of every institution; see for_institution.
    """

    id: AccountId
    """Its name in reports; without it INSTITUTION@NETWORK. `*` in it stands for the institution."""
    institution: Identifier | Literal["*"]
    """Whose account it is: an institution's id, or "*" for one of each."""
    network: str
    """The network's name here, such as mastodon; `mwcampaign networks` lists them."""
    server: str = ""
    """The instance or PDS, as an https address; "" where the network has but one."""
    handle: str = ""
    """Its name on the network, without @; without it the one in the institution's `handles`."""
    language: Language | None = None
    """The language it posts in; without it the institution's."""
    secrets: dict[str, str] = Field(default={}, repr=False)
    """Where each secret is kept, by its name: env:NAME, file:PATH or keyring:SERVICE. Never the secret itself."""
    limits: dict[str, int] = {}
    """What its server takes, where that is not what the network says: text_limit, pictures and so on."""
    expires: date | None = None
    """The last day on which its secrets are good, where they end by themselves."""
    options: dict[str, str] = {}
    """What only this network asks for, such as a page's id; each adapter names its own."""

    @model_validator(mode="before")
    @classmethod
    def _default_id(cls, data: object) -> object:
        if isinstance(data, dict) and "id" not in data and {"institution", "network"} <= data.keys():
            return data | {"id": f"{data['institution']}@{data['network']}"}
        return data

    @model_validator(mode="after")
    def _sane(self) -> Account:
        for name, reference in self.secrets.items():
            if not SECRET_REFERENCE.fullmatch(reference):
                # Never echo the value: it may be the secret itself.
                raise ValueError(f"the secret {name!r} must be a reference: env:NAME, file:PATH or keyring:SERVICE")
        if unknown := sorted(set(self.limits) - set(ACCOUNT_LIMITS)):
            raise ValueError(f"no such limit: {', '.join(unknown)}; there are {', '.join(ACCOUNT_LIMITS)}")
        if self.server and not re.fullmatch(r"https?://[^\s/]+/?", self.server):
            raise ValueError("the server is an address such as https://mastodon.social")
        return self

    def for_institution(self, institution: Institution) -> Account:
        """Return the account that this pattern makes for one institution; `{institution}` stands for its id."""
        own = {
            "id": self.id.replace("*", institution.id),
            "institution": institution.id,
            "handle": self.handle or institution.handles.get(self.network, ""),
            "secrets": {name: told.replace("{institution}", institution.id) for name, told in self.secrets.items()},
        }
        return self.model_copy(update=own)


class Accounts:
    """All accounts of a campaign: those written out, and those that patterns make, one by one as they are asked for."""

    def __init__(self, told: Sequence[Account], institutions: Collection[Institution]) -> None:
        self._told, self._institutions = tuple(told), institutions
        # An account written out is more particular than a pattern that would make the same.
        self._written = {account.id for account in told if account.institution != "*"}
        self._own: dict[str, list[int]] = {}
        for number, account in enumerate(self._told):
            self._own.setdefault(account.institution, []).append(number)

    def of(self, institution: Institution) -> list[Account]:
        """Return an institution's accounts, in the order in which they or their patterns are written."""
        numbers = self._own.get("*", [])
        if own := self._own.get(institution.id):
            numbers = sorted([*numbers, *own])
        made = [self._told[number] for number in numbers]
        made = [each.for_institution(institution) if each.institution == "*" else each for each in made]
        written = self._written
        return [each for number, each in zip(numbers, made, strict=True)
                if each.id not in written or self._told[number].institution != "*"]  # fmt: skip

    def __iter__(self) -> Iterator[Account]:
        """Yield every account, those of one institution together."""
        for institution in self._institutions:
            yield from self.of(institution)

    def networks(self) -> dict[str, None]:
        """Return the networks with accounts, in order."""
        return dict.fromkeys(account.network for account in self._told)

    def __len__(self) -> int:
        return sum(1 for _ in self)
