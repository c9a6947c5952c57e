"""What a picture's record lacks or gets wrong, whatever posts do with it: rights, care, provenance, alt text. Pure.

`of_record` is called by load, once for each picture; what depends on a post is told by core.picture_checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from mwcampaign.core.campaign import Policies
from mwcampaign.core.licences import Licence, nearest_licence, understand
from mwcampaign.core.picture_checks import MADE_BY_AI, File, made_by_ai, may_fit, plain_words
from mwcampaign.core.post import Media
from mwcampaign.core.spelling import did_you_mean

SENSITIVE = (
    "human remains", "sacred", "secret", "culturally restricted", "recently dead", "colonial violence", "violence",
    "nudity", "children", "distressing",
)  # fmt: skip
"""Tags that every campaign knows; its policy may add its own."""
SOURCE_TYPES = (
    "digitalCapture", "computationalCapture", "multiFrameComputationalCapture", "negativeFilm", "positiveFilm", "print",
    "screenCapture", "virtualRecording", "humanEdits", "minorHumanEdits", "algorithmicallyEnhanced", "digitalCreation",
    "digitalArt", "softwareImage", "dataDrivenMedia", "algorithmicMedia", "composite", "compositeCapture",
    "compositeSynthetic", "compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia",
)  # fmt: skip
"""IPTC's vocabulary of digital source types, with its retired terms, which old files carry."""
ADVISED_ALT = 125
EMPTY_STARTS = (
    "image of", "picture of", "photo of", "photograph of", "image de", "photo de", "photographie de", "bild von",
    "foto von", "imagen de", "foto de", "immagine di", "foto di",
)  # fmt: skip
SUFFIXES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "jpe": "image/jpeg", "png": "image/png", "gif": "image/gif",
    "webp": "image/webp", "avif": "image/avif", "tif": "image/tiff", "tiff": "image/tiff", "bmp": "image/bmp",
    "heic": "image/heic",
}  # fmt: skip

Remarked = tuple[str, str, str, str]
"""A code of core.rules, the record's key that it is about, what is wrong, and what to do about it."""


class Looked(File, Protocol):
    """A file with what it carries inside."""

    @property
    def mime(self) -> str:
        """Return its kind."""

    @property
    def located(self) -> bool:
        """Return whether it tells where it was taken."""

    @property
    def credit(self) -> str:
        """Return the credit line inside, or ""."""

    @property
    def source_type(self) -> str:
        """Return IPTC's digital source type inside, or ""."""


def of_record(name: str, record: Media, file: Looked, policies: Policies) -> Iterator[Remarked]:
    """Yield what a picture's record lacks or gets wrong, whatever posts do with it."""
    yield from _licence(record, understand(record.licence))
    yield from _inside(name, record, file, policies)
    yield from _provenance(record, file)
    known = {*SENSITIVE, *policies.sensitive}
    for tag in record.sensitive:
        if tag not in known:
            hint = (
                did_you_mean(tag, known) or f"there are {', '.join(sorted(known))}; policies: sensitive: may add more"
            )
            yield "MW231", "sensitive", f"there is no tag {tag!r}, so no policy would hold for it", hint
    for language, alt in record.alt.items():
        if len(alt) > ADVISED_ALT:
            what = f"the alt text in {language} has {len(alt)} characters; about {ADVISED_ALT} are advised"
            yield "MW237", "alt", what, "say what matters here; put the rest into the post or on the object's page"
        low = alt.casefold().strip()
        if low.startswith(EMPTY_STARTS) or low in {name.casefold(), name.rsplit("/", 1)[-1].casefold()}:
            what = f"the alt text in {language} says that it is a picture, or the file's name"
            yield "MW238", "alt", what, "say what is to be seen: readers know already that it is a picture"


def _licence(record: Media, licence: Licence | None) -> Iterator[Remarked]:
    told = record.licence.strip()
    if not told:
        yield "MW220", "licence", "the licence is empty", "no licence, no post: write for instance CC0-1.0 or InC"
    elif licence is None and record.permission_until is None:
        near = nearest_licence(told)
        hint = (
            f"did you mean {near}?" if near else "write an id such as CC-BY-4.0 or InC; or permission_until: beside it"
        )
        yield "MW221", "licence", f"the licence {told!r} is not known", hint
    elif licence and licence.uncleared and record.permission_until is None:
        what = f"{licence.id} says that nobody found out whether this may be posted"
        yield "MW221", "licence", what, "clear it, or write down who allows it and permission_until:"
    elif licence and licence.in_copyright and record.permission_until is None:
        hint = "write permission_until: with the last day of the permission, or use another picture"
        yield "MW224", "licence", f"it is in copyright ({licence.id}), and no permission is recorded", hint
    if licence and licence.non_commercial:
        hint = "see that neither the account nor the post advertises, sells or is sponsored"
        yield "MW223", "licence", f"{licence.id} is for uses that are not commercial", hint
    if licence and licence.no_derivatives and record.fit:
        yield "MW222", "fit", f"{licence.id} allows no changed copies", "take out fit:, and give a picture that fits"


def _inside(name: str, record: Media, file: Looked, policies: Policies) -> Iterator[Remarked]:
    """Yield what the file's own words say against the record or against posting it."""
    meant = SUFFIXES.get(name.rsplit(".", 1)[-1].lower())
    if meant and meant != file.mime:
        right = next(suffix for suffix, mime in SUFFIXES.items() if mime == file.mime)
        what = f"its name says {meant}, but it is {file.mime}"
        yield "MW239", "", what, f"rename it to end in .{right}, its record and its name in posts too"
    if file.located and (file.moves or not may_fit(record, policies)):
        hint = "save it without its location; with policies: {pictures: fit} networks get copies without"
        yield "MW229", "", "the file tells where it was taken, and would publish it", hint
    if file.credit and plain_words(file.credit) not in plain_words(record.credit):
        what = f"the file says {file.credit!r}, the record {record.credit!r}"
        yield "MW228", "credit", what, "quote the owner's words exactly; mend whichever is wrong"
    elif not record.credit.strip() and record.licence.strip().upper().startswith(("CC-BY", "CC BY")):
        yield "MW228", "credit", "the credit line is empty, and the licence asks for one", "name whom the licence names"


def _provenance(record: Media, file: Looked) -> Iterator[Remarked]:
    told = record.provenance
    term = told.digital_source_type
    if term and term not in SOURCE_TYPES:
        hint = did_you_mean(term.rsplit("/", 1)[-1], SOURCE_TYPES) or f"there are {', '.join(SOURCE_TYPES)}"
        yield "MW235", "provenance", f"IPTC has no digital source type {term!r}", hint
    if (ai := {term, file.source_type} & MADE_BY_AI) and not told.by_machine:
        who = "the file" if file.source_type in ai else "digital_source_type"
        what = f"{who} says {min(ai)}, the record says made_by: {told.made_by}"
        yield "MW234", "provenance", what, "write made_by: generated or assisted, and its maker"
    elif made_by_ai(told) and not told.maker.strip():
        hint = "write maker: with who had the machine make it, who then cannot approve it"
        yield "MW234", "provenance", f"made_by: {told.made_by}, and nobody is named as its maker", hint
