"""Messages on their way to a person and back: what waits for a yes, as a file that people read and git compares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mwcampaign.core.delivery import WAITING, Delivery, DeliveryKey, Standing
from mwcampaign.core.ledger import Ledger, Verdict
from mwcampaign.core.message import Message
from mwcampaign.core.wanted import Selection
from mwcampaign.errors import ExitCode, MwcampaignError

YES, NO = "approve", "hold"
HEAD = """\
# Messages that wait for a person's yes. To decide, put approve or hold behind verdict, and your name behind by; leave a
# verdict empty to decide later. Then: {then}
# A yes is bound to exactly this text, these pictures and this account. Change nothing else here: texts are changed in
# the campaign, and reviewed again.
"""


class ReviewInvalid(MwcampaignError):
    """A file of verdicts cannot be used; nothing was recorded."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Signed:
    """One verdict of a file, with the name and reason that stand beside it."""

    verdict: Verdict
    who: str
    why: str


def chosen(ledger: Ledger, only: Selection, keys: Iterable[str] = ()) -> Iterator[Standing]:
    """Yield waiting deliveries that a selection means, or those named by the first letters of their keys."""
    prefixes = tuple(keys)
    for standing in ledger.standings(None, WAITING):
        delivery = standing.delivery
        pairs = (
            (delivery.post, only.posts),
            (delivery.theme, only.days),
            (delivery.institution, only.institutions),
            (delivery.network, only.networks),
            (delivery.account, only.accounts),
        )
        # Keys are named one by one; everything else chooses among what is there.
        named = not prefixes or delivery.key.startswith(prefixes)
        language = not only.languages or Message.from_json(delivery.message).language in only.languages
        if named and language and all(not wanted or value in wanted for value, wanted in pairs):
            yield standing


def export(standings: Iterable[Standing], then: str) -> str:
    """Return the file for these deliveries; `then` is the command that takes its verdicts. Equal deliveries give equal
    bytes."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Writes texts of several lines as they read."""

    def told(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)

    Dumper.add_representer(str, told)
    records = [_record(standing) for standing in standings]
    written: str = yaml.dump(records, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    # A line's end in a folder's name would end the comment.
    return HEAD.format(then=" ".join(then.split("\n"))) + (written if records else "[]\n")


def _record(standing: Standing) -> dict[str, Any]:
    delivery = standing.delivery
    message = Message.from_json(delivery.message)
    seen: dict[str, Any] = {
        "key": str(delivery.key),
        "content": delivery.content,
        "post": delivery.post,
        "part": delivery.part,
        "day": delivery.theme,
        "account": delivery.account,
        "network": delivery.network,
        "due": delivery.due.isoformat().replace("+00:00", "Z"),
        "language": message.language,
        **_seen(delivery),
    }
    if delivery.makers:
        seen["not by"] = list(delivery.makers)
    return seen | {"verdict": YES if standing.approved_by else NO if standing.held else "",
                   "by": standing.approved_by, "why": ""}  # fmt: skip


def _seen(delivery: Delivery) -> dict[str, Any]:
    """Return what a reader of the file takes for the message."""
    message = Message.from_json(delivery.message)
    pictures = [{"name": each.name, "alt": each.alt, "sha256": each.digest} for each in message.pictures]
    return {"text": message.text, "warning": message.warning, "pictures": pictures}


def read(file: Path, ledger: Ledger, again: str) -> list[Signed]:
    """Return the verdicts of a file; `again` is the command that exports it anew. Raises ReviewInvalid, naming the
    first entry that cannot be one."""
    import yaml

    try:
        entries = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        hint = f"export it anew with: {again}"
        raise ReviewInvalid(f"{file}: cannot be read ({type(error).__name__})", hint=hint) from error
    if not isinstance(entries, list):
        raise ReviewInvalid(f"{file}: not a list of messages", hint=f"make one with: {again}")
    found = (_signed(file, number, entry, ledger, again) for number, entry in enumerate(entries, 1))
    return [signed for signed in found if signed]


def _signed(file: Path, number: int, entry: Any, ledger: Ledger, again: str) -> Signed | None:
    where = f"{file}: entry {number}"
    if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
        raise ReviewInvalid(f"{where} has no key", hint=f"export the file anew with: {again}")
    verdict, who = entry.get("verdict") or "", str(entry.get("by") or "").strip()
    if not verdict:
        return None
    if verdict not in (YES, NO):
        raise ReviewInvalid(f"{where}: a verdict is {YES} or {NO}, not {verdict!r}", hint="or empty, to decide later")
    if not who:
        raise ReviewInvalid(f"{where}: there is no name behind by", hint="a yes or no is a named person's")
    standing = ledger.standing(DeliveryKey(entry["key"]))
    # What the person read in the file must be what the ledger would send, not only the digest beside it.
    same = standing is not None and all(entry.get(name) == told for name, told in _seen(standing.delivery).items())
    content = str(entry.get("content")) if same else "another text"
    return Signed(Verdict(DeliveryKey(entry["key"]), content, verdict == YES), who, str(entry.get("why") or ""))
