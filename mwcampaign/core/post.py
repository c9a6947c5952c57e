"""What an author wrote: posts, their parts and variants, and pictures with their records. Frozen."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mwcampaign.core.campaign import (
    Account,
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

Words = str | ByLanguage
"""One text for all languages, or one for each."""


class Provenance(Record):
    """Who made something, and how a machine was involved."""

    made_by: Literal["human", "assisted", "translated", "generated", "unknown"] = "unknown"
    digital_source_type: str = ""
    """The IPTC term, as its last part, such as digitalCreation; "" is unknown."""
    note: str = ""
    maker: str = ""
    """Who had the machine make it, and therefore cannot approve it."""

    @property
    def by_machine(self) -> bool:
        """Return whether a machine had a hand in it."""
        return self.made_by in {"assisted", "translated", "generated"}


class Media(Record):
    """A picture's record, from the sidecar beside it. The picture's file name is its id."""

    alt: ByLanguage = Field(min_length=1)
    credit: str
    """The credit line, quoted exactly."""
    licence: str
    """An SPDX id such as CC0-1.0, or the words of a permission."""
    source: str = ""
    provenance: Provenance = Provenance()


class Wording(Record):
    """Text given in place, or the name of a template file; each for all languages or by language."""

    text: Words | None = None
    template: Words | None = None
    media: tuple[str, ...] | None = None
    provenance: Provenance = Provenance()

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
    language: Language | None = None

    @model_validator(mode="after")
    def _for_somebody(self) -> Variant:
        if self.network is None and self.language is None:
            raise ValueError("a variant names a network, a language, or both")
        if self.text is None and self.template is None and self.media is None:
            raise ValueError("a variant changes text, template or media")
        return self


class Part(Wording):
    """One part of a thread; a post is its own first part."""

    variants: tuple[Variant, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Part:
        if self.text is None and self.template is None:
            raise ValueError("give text or template")
        return self


class Post(Part):
    """A post on one or more days of the edition, for all institutions or some."""

    id: Identifier
    day: str | tuple[str, ...]
    """A theme's id or ISO date, a list of them, or `every`."""
    at: At | None = None
    closes: Closes | None = None
    networks: tuple[str, ...] | None = None
    institutions: tuple[str, ...] | None = None
    countries: tuple[str, ...] | None = None
    essential: bool = False
    """It passes a halt: for closures and warnings."""
    languages: tuple[Language, ...] | None = None
    """The languages it exists in, where text or template do not say; others get the default language."""
    warning: Words = ""
    visibility: Literal["public", "unlisted", "private"] | None = None
    thread: tuple[Part, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the post itself and what follows it."""
        return (self, *self.thread)


class Campaign(Record):
    """Everything a folder says. References between its parts are judged by core.references."""

    edition: Edition
    defaults: Defaults = Defaults()
    policies: Policies = Policies()
    posts: tuple[Post, ...] = ()
    institutions: tuple[Institution, ...] = ()
    accounts: tuple[Account, ...] = ()
    templates: dict[str, str] = {}
    """Templates given in place, by name."""
    media: dict[str, Media] = {}
    """Pictures' records by file name."""
