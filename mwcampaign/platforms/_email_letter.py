"""Letters: from a message to the bytes of RFC 5322, equal bytes for equal arguments. Only the e-mail adapter uses it.

Text and pictures are encoded for 7-bit ways, so that every server takes them. A picture's alt text is its part's
Content-Description, for machines, and stands under the text, for readers: mail programs show the former to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from typing import Any

from mwcampaign.core.delivery import DeliveryKey, Receipt
from mwcampaign.core.message import Message

LONGEST_SUBJECT = 78
ADDRESS = re.compile(r"[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
"""ASCII only: other addresses need servers that speak SMTPUTF8, all the way."""
MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")


class _Policy(EmailPolicy):
    """Writes names of letters and addresses as they are: the standard library would take long ones for foreign words,
    and encode them so that no mail program knows them again."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name in {"Message-ID", "In-Reply-To", "References", "List-Unsubscribe"}:
            return f"{name}: {f'{self.linesep} '.join(str(value).split())}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


POLICY = _Policy(linesep="\r\n", cte_type="7bit")


def message_id(key: DeliveryKey, sender: str) -> str:
    """Return the letter's name, the same on every try."""
    return f"<{key}@{_parts(sender)[1].rpartition('@')[2]}>"


def sender_fault(sender: str) -> str:
    """Return what is wrong with `Name <address>` or a bare address, "" for nothing."""
    sound = ADDRESS.fullmatch(_parts(sender)[1]) and _line(sender) == sender
    return "" if sound else "the option from is one address in ASCII, or Name <address>"


def envelope_sender(sender: str) -> str:
    """Return the bare address."""
    return _parts(sender)[1]


def told(
    message: Message,
    digests: Sequence[str],
    name: str,
    at: datetime,
    options: Mapping[str, str],
    recipients: Sequence[str],
    thread: Sequence[Receipt],
) -> dict[str, Any]:
    """Return all that a letter is made of, as plain data; `thread` is its first and its last part so far."""
    first = next((line for line in message.text.splitlines() if line.strip()), "")
    first = first or next((picture.alt for picture in message.pictures), "")
    pictures = [
        {"alt": _line(each.alt), "digest": digest, "mime": each.mime, "name": _line(each.name)}
        for digest, each in zip(digests, message.pictures, strict=True)
    ]
    names = [each.remote_id.removeprefix("mid:").strip("<>") for each in thread]
    return {
        "date": format_datetime(at),
        "from": options["from"],
        "language": message.language,
        "message_id": name,
        "pictures": pictures,
        # A person's receipt may name no letter: the answer then stands alone.
        "references": [f"<{each}>" for each in dict.fromkeys(names) if MESSAGE_ID.fullmatch(f"<{each}>")],
        "subject": _short(_line(options.get("subject") or first)),
        "text": message.text,
        "to": list(recipients),
        "unsubscribe": options.get("unsubscribe", ""),
    }


def written(told: Mapping[str, Any], contents: Sequence[bytes]) -> bytes:
    """Write a letter out. Raises ValueError when a part of it cannot stand in a letter."""
    letter = EmailMessage(policy=POLICY)
    name, address = _parts(told["from"])
    letter["From"] = Address(name, addr_spec=address)
    # Several recipients do not see one another.
    letter["To"] = told["to"][0] if len(told["to"]) == 1 else Address(name, addr_spec=address)
    letter["Subject"] = told["subject"]
    letter["Date"] = told["date"]
    letter["Message-ID"] = told["message_id"]
    if told["references"]:
        letter["In-Reply-To"] = told["references"][-1]
        letter["References"] = " ".join(told["references"])
    letter["Auto-Submitted"] = "auto-generated"
    if told["unsubscribe"]:
        letter["List-Unsubscribe"] = f"<{told['unsubscribe']}>"
    letter.set_content("\n\n".join(filter(None, (told["text"], _under(told["pictures"])))))
    # Now, not before: it belongs to the text, and set_content forgets what was said of content.
    letter["Content-Language"] = told["language"]
    for picture, content in zip(told["pictures"], contents, strict=True):
        main, _, sub = picture["mime"].partition("/")
        letter.add_attachment(content, maintype=main, subtype=sub, filename=picture["name"])
        *_, part = letter.iter_attachments()
        part["Content-Description"] = picture["alt"]
    if contents:
        # "=_" can stand in no part: neither base64 nor quoted-printable has it.
        letter.set_boundary(f"=_{told['message_id'][1:41]}")
    return letter.as_bytes()


def _under(pictures: Sequence[Mapping[str, str]]) -> str:
    return "\n".join(f"[{each['name']}] {each['alt']}" for each in pictures if each["alt"])


def _parts(sender: str) -> tuple[str, str]:
    return parseaddr(sender)


def _line(words: str) -> str:
    """Return words as one line: a line's end in a header would begin another header."""
    return " ".join(words.split())


def _short(line: str) -> str:
    if len(line) <= LONGEST_SUBJECT:
        return line
    cut = line[: LONGEST_SUBJECT - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"
