"""May these pictures go out with this message? Form, dates, care and what the words must say of them. Pure.

`objections` is called by core.wish for each message; `within` and `may_fit` by whoever makes smaller copies. What a
record lacks whatever posts do with it is told by core.picture_records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from difflib import SequenceMatcher
from math import ceil, floor
from typing import Protocol

from mwcampaign.core.campaign import Care, Policies, pick_language
from mwcampaign.core.capabilities import Capabilities
from mwcampaign.core.checks import Objection
from mwcampaign.core.licences import understand
from mwcampaign.core.message import Message, Picture
from mwcampaign.core.post import Campaign, Media, Provenance

MADE_BY_AI = frozenset({"trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"})
"""IPTC's digital source types of pictures in which a trained model had a hand."""


class File(Protocol):
    """What a picture's file says of itself: load.pictures.PictureFile, or core.render.PictureFacts as far as used."""

    @property
    def digest(self) -> str:
        """Return the sha256 of its bytes in hex."""

    @property
    def moves(self) -> bool:
        """Return whether it has several frames."""


def may_fit(record: Media, policies: Policies) -> bool:
    """Return whether a network may get a smaller copy of the picture."""
    licence = understand(record.licence)
    return wants_fit(record, policies) and not (licence and licence.no_derivatives)


def wants_fit(record: Media, policies: Policies) -> bool:
    """Return whether the record or else the policy asks for smaller copies."""
    return policies.pictures == "fit" if record.fit is None else record.fit


def made_by_ai(told: Provenance) -> bool:
    """Return whether a trained model had a hand in it. A machine's hand that does not say which is taken for one."""
    return told.digital_source_type in MADE_BY_AI or (told.by_machine and not told.digital_source_type)


def within(picture: Picture, able: Capabilities) -> bool:
    """Return whether a network takes the picture as it is: kind, bytes and pixels; the ratio is another matter."""
    return (
        picture.mime in able.picture_types
        and (able.picture_bytes is None or picture.size <= able.picture_bytes)
        and (able.picture_pixels is None or picture.width * picture.height <= able.picture_pixels)
    )


def objections(
    message: Message, campaign: Campaign, files: Mapping[str, File], able: Capabilities, on: date
) -> Iterator[Objection]:
    """Yield what stands against posting a message's pictures on a network, on a day as the institution's calendar has
    it. `files` are the campaign's pictures by name, before any copy was made of them."""
    if len(message.pictures) < able.pictures_needed:
        number = f"{able.pictures_needed} picture{'s' * (able.pictures_needed > 1)}"
        hint = f"add media:, or leave {able.network} out of this post's networks"
        yield "MW319", f"{able.network} takes no post without {number}; here are {len(message.pictures)}", hint
    for picture in message.pictures:
        record, file = campaign.media.get(picture.name), files.get(picture.name)
        if record is None or file is None:
            continue  # a finding of its own
        yield from _form(picture, message, file, able)
        if picture.digest != file.digest:
            what = f"{able.network} gets a copy of {picture.name}: {picture.width} × {picture.height} pixels"
            yield "MW236", f"{what}, {picture.size:,} bytes", "it is whole; to choose for yourself, give a smaller file"
        elif wants_fit(record, campaign.policies) and not (may_fit(record, campaign.policies) or within(picture, able)):
            what = f"{picture.name} is too much for {able.network}, and its licence allows no changed copy"
            yield "MW222", what, f"leave {able.network} out, or ask the owner for a smaller picture"
        yield from _dates(picture.name, record, on)
        yield from _care(picture.name, record, campaign.policies, able.network, file.digest)
        yield from _words(picture, message, record, campaign.policies)


def _form(picture: Picture, message: Message, file: File, able: Capabilities) -> Iterator[Objection]:
    if file.moves and len(message.pictures) > 1:
        what = f"{picture.name} moves, and {len(message.pictures) - 1} more go with it"
        yield (
            "MW348",
            what,
            "post it alone: several networks take a moving picture only by itself",
        )
    if able.picture_ratio is None or not picture.height:
        return
    least, most = able.picture_ratio
    if not least <= picture.width / picture.height <= most:
        tall = picture.width / picture.height < least
        size = (
            f"{picture.width} × {floor(picture.width / least)}"
            if tall
            else f"{floor(picture.height * most)} × {picture.height}"
        )
        padded = (
            f"{ceil(picture.height * least)} × {picture.height}"
            if tall
            else f"{picture.width} × {ceil(picture.width / most)}"
        )
        yield (
            "MW349",
            f"{picture.name} is {picture.width} × {picture.height}; {able.network} takes a width of {least:g} to "
            f"{most:g} times the height",
            f"choose a detail of at most {size}, or put it on a ground of {padded}; it is never cut for you",
        )


def _dates(name: str, record: Media, on: date) -> Iterator[Objection]:
    if record.permission_until and on > record.permission_until:
        what = f"the permission for {name} ends on {record.permission_until}; this is due on {on}"
        yield "MW225", what, "ask for a longer one, post it earlier, or use another picture"
    if record.embargo_until and on < record.embargo_until:
        what = f"{name} may not be shown before {record.embargo_until}; this is due on {on}"
        yield "MW226", what, "post it later, or use another picture"
    if record.consent_until and on > record.consent_until:
        what = f"the consent of the people in {name} ends on {record.consent_until}; this is due on {on}"
        yield "MW227", what, "ask them again, or use another picture"


def _care(name: str, record: Media, policies: Policies, network: str, digest: str) -> Iterator[Objection]:
    for tag in record.sensitive:
        told = policies.sensitive.get(tag, "warn")
        care: Care = told if isinstance(told, str) else told.get(network, told.get("others", "warn"))
        if care == "block":
            yield (
                "MW230",
                f"{name} shows {tag}, which the campaign's policy keeps from {network}",
                "use another picture",
            )
        elif care == "warn":
            yield "MW232", f"{name} shows {tag}", "see that those it concerns agree, and whether it needs a warning:"
        elif not any(_is_yes(who, to, digest, record.provenance.maker) for who, to in record.second_yes.items()):
            why = "an earlier yes was to other bytes" if record.second_yes else "nobody said yes"
            what = f"{name} shows {tag}, which needs a second person's yes for {network}: {why}"
            yield "MW233", what, f"who looked and agrees writes into the record: second_yes: {{NAME: {digest[:12]}}}"


def _is_yes(who: str, to: str, digest: str, maker: str) -> bool:
    seen = to.strip().casefold()
    return who.strip() not in {"", maker.strip()} and len(seen) >= 12 and digest.startswith(seen)


def _words(picture: Picture, message: Message, record: Media, policies: Policies) -> Iterator[Objection]:
    """Yield what the text and the alt text together should say of a picture and do not."""
    shown = f"{message.text}\n{picture.alt}"
    told = record.provenance
    if policies.machine_pictures and told.made_by != "translated" and made_by_ai(told):
        key = pick_language(message.language, policies.machine_pictures)
        if key is None:
            what = f"{picture.name} was made with a machine, and the policy has no words for that in {message.language}"
            yield "MW345", what, f"add {message.language}: to policies: machine_pictures:"
        elif policies.machine_pictures[key].casefold() not in shown.casefold():
            what = f"{picture.name} was made with a machine, and neither text nor alt text says so"
            yield "MW345", what, f"write: {policies.machine_pictures[key]}"
    credit = record.credit.strip()
    if not credit or credit in shown:
        return
    if _nearly(credit, shown):
        yield "MW347", f"the credit line of {picture.name} is quoted, but not exactly", f"write: {credit}"
    if policies.credit == "shown":
        what = f"the credit line of {picture.name} stands neither in the text nor in the alt text"
        yield "MW346", what, f"write: {credit}"


def _nearly(credit: str, shown: str) -> bool:
    """Return whether the credit line is there with other capitals, spaces or stops, or a line is almost it."""
    if len(credit) < 8:
        return False
    if plain_words(credit) in plain_words(shown):
        return True
    for line in shown.splitlines():
        like = SequenceMatcher(None, line, credit, autojunk=False)
        if like.real_quick_ratio() >= 0.85 and like.quick_ratio() >= 0.85 and like.ratio() >= 0.85:
            return True
    return False


def plain_words(text: str) -> str:
    """Return a text's words alone: no capitals, no stops, one space between."""
    return " ".join("".join(sign if sign.isalnum() else " " for sign in text.casefold()).split())
