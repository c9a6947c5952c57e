"""What an author wrote: posts, their parts and variants, and pictures with their records. Frozen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, WrapValidator, model_validator

from mwcampaign.core.campaign import (
    Account,
    Accounts,
    At,
    ByLanguage,
    Closes,
    Defaults,
    Edition,
    Identifier,
    Institution,
    Language,
    Policies,
    Record,
)

Word = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
"""A name that a template can use behind a dot."""
Words = str | ByLanguage
"""One text for all languages, or one for each."""


def _as_it_stands(words: Any) -> Any:
    for text in words.values() if isinstance(words, dict) else [words]:
        if "{{" in text or "{%" in text:
            raise ValueError("this is shown as it stands: {{ }} and {% %} are for text and template")
    return words


class Provenance(Record):
    """Who made something, and how a machine was involved."""

    made_by: Literal["human", "assisted", "translated", "generated", "unknown"] = "unknown"
    """Whether a person made it alone, or with a machine's help."""
    digital_source_type: str = ""
    """The IPTC term, as its last part, such as digitalCreation; "" is unknown."""
    note: str = ""
    """What readers of the campaign should know of it; never published."""
    maker: str = ""
    """Who had the machine make it, and therefore cannot approve it."""

    @property
    def by_machine(self) -> bool:
        """Return whether a machine had a hand in it."""
        return self.made_by in {"assisted", "translated", "generated"}


class Media(Record):
    """A picture's record, from the sidecar beside it. The picture's file name is its id."""

    alt: Annotated[ByLanguage, AfterValidator(_as_it_stands)] = Field(min_length=1)
    credit: str
    """The credit line, quoted exactly."""
    licence: str
    """An SPDX id such as CC0-1.0, a statement of rightsstatements.org such as InC, or the words of a permission."""
    source: str = ""
    provenance: Provenance = Provenance()
    permission_until: date | None = None
    """The last day on which it may be posted, where the institution is; `embargo_until` is the first."""
    embargo_until: date | None = None
    consent: str = ""
    """What the people in it agreed to; no names. `consent_until` is the last day on which that holds."""
    consent_until: date | None = None
    sensitive: tuple[str, ...] = ()
    """What in it needs care: tags of core.picture_checks.SENSITIVE, or of the campaign's policy."""
    second_yes: dict[str, str] = {}
    """Who looked at it and said yes, each with the first 12 or more signs of the picture's digest."""
    fit: bool | None = None
    """Whether a network may get a smaller copy; without it the campaign's policy decides."""


class Wording(Record):
    """Text given in place, or the name of a template file; each for all languages or by language."""

    text: Words | None = None
    """The words, for all languages or by language; Jinja stands in {{ }}."""
    template: Words | None = None
    """The name of a file in templates/ in place of `text`, for all languages or by language."""
    media: tuple[str, ...] | None = None
    """Names of pictures in media/, in the order in which they are shown."""
    provenance: Provenance = Provenance()
    """How the words came about, where a machine had a hand in them."""

    @model_validator(mode="after")
    def _one_source(self) -> Wording:
        if self.text is not None and self.template is not None:
            raise ValueError("give text or template, not both")
        if self.provenance.by_machine and not self.provenance.maker.strip():
            raise ValueError("a machine had a hand in it: name its maker, who then cannot approve it")
        return self


class Variant(Wording):
    """Another form of a part for a network, a language, or both."""

    network: str | None = None
    """The network it is for; without it, every network."""
    language: Language | None = None
    """The language it is for; without it, every language."""
    short: bool = False
    """It is taken only where the text is too long without it, in a post whose `fit` is variant."""

    @model_validator(mode="after")
    def _for_somebody(self) -> Variant:
        if self.network is None and self.language is None and not self.short:
            raise ValueError("a variant names a network, a language, or both, or is short: true")
        if self.text is None and self.template is None and self.media is None:
            raise ValueError("a variant changes text, template or media")
        if self.short and self.text is None and self.template is None:
            raise ValueError("a short variant gives text or template")
        return self


class Part(Wording):
    """One part of a thread; a post is its own first part."""

    variants: tuple[Variant, ...] = ()
    """Other forms for a network, a language, or both."""

    @model_validator(mode="after")
    def _says_something(self) -> Part:
        if self.text is None and self.template is None:
            raise ValueError("give text or template")
        return self


class Drop(Record):
    """Which parts of a text are left out where it is too long: one, then also the next, until it fits."""

    drop: tuple[Word, ...] = Field(min_length=1)
    """A template asks for the part `link` with {% if room.link %}."""


def _plainly(told: Any, validate: Callable[[Any], Any]) -> Any:
    """Say in one sentence what may stand there, however it was missed."""
    try:
        return validate(told)
    except ValidationError:
        raise ValueError("write refuse, variant, or the parts that may go, in small letters, digits and _") from None


Fit = Annotated[Literal["refuse", "variant"] | Drop, WrapValidator(_plainly)]


class Post(Part):
    """A post on one or more days of the edition, for all institutions or some."""

    id: Identifier
    """The name by which it is remembered as sent: never change it once it was."""
    day: str | tuple[str, ...]
    """A theme's id or ISO date, a list of them, or `every`."""
    at: At | None = None
    """When on the day, where the institution is (10:30), or for all at one instant (12:00 Europe/Paris)."""
    closes: Closes | None = None
    """When it is too late to be sent: a time (18:00), a span (2h), or `end of day`."""
    networks: tuple[str, ...] | None = None
    """The networks it goes to; without it, all."""
    institutions: tuple[str, ...] | None = None
    """Ids of those who post it; without it, all."""
    countries: tuple[str, ...] | None = None
    """Two capital letters each; only institutions there post it."""
    fit: Fit = "refuse"
    """What happens where a text is too long for a network; nothing is ever cut. `variant`: the short one is taken."""
    essential: bool = False
    """It passes a halt: for closures and warnings."""
    languages: tuple[Language, ...] | None = None
    """The languages it exists in, where text or template do not say; others get the default language."""
    warning: Annotated[Words, AfterValidator(_as_it_stands)] = ""
    """A content warning, for all languages or by language."""
    visibility: Literal["public", "unlisted", "private"] | None = None
    """Who sees it, where the network lets one choose."""
    thread: tuple[Part, ...] = ()
    """What follows it as answers to itself, part by part."""

    @model_validator(mode="after")
    def _shortens(self) -> Post:
        short = any(variant.short for part in self.parts for variant in part.variants)
        if short and self.fit != "variant":
            what = "a variant is short, and is taken only with fit: variant"
            raise ValueError(f"{what}; write that into the post, or take short: true out")
        if self.fit == "variant" and not short:
            raise ValueError("fit is variant, and no variant is short; write one with short: true, or another fit")
        return self

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the post itself and what follows it."""
        return (self, *self.thread)


def _as_they_come(told: Any, validate: Callable[[Any], Sequence[Institution]]) -> Sequence[Institution]:
    """Judge a list at once; what reads them from a file judges them itself, each time."""
    return validate(told) if isinstance(told, list | tuple) else told


class Campaign(Record):
    """Everything a folder says. References between its parts are judged by core.references."""

    edition: Edition
    defaults: Defaults = Defaults()
    policies: Policies = Policies()
    posts: tuple[Post, ...] = ()
    institutions: Annotated[Sequence[Institution], WrapValidator(_as_they_come)] = ()
    """May be read from a file whenever it is walked: nobody keeps them all."""
    accounts: tuple[Account, ...] = ()
    """As written; `all_accounts` has what the patterns among them make."""
    templates: dict[str, str] = {}
    """Templates given in place, by name."""
    media: dict[str, Media] = {}
    """Pictures' records by file name."""

    @cached_property
    def all_accounts(self) -> Accounts:
        """Return every account."""
        return Accounts(self.accounts, self.institutions)
