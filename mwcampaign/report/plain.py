"""Text from anywhere, made harmless for terminals, logs and machines. For the forms of this package."""

from __future__ import annotations

import json
import re
from pathlib import PurePath
from typing import Any

COMMANDING = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""What a terminal obeys instead of showing it: controls, escapes, line ends, and what turns text round."""
ESCAPED = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""The same, less what json.dumps escapes anyway."""
JOINER = "\u2060"


def plain(text: str) -> str:
    """Return one line in which every character that commands a terminal or a CI log is shown instead."""
    shown = COMMANDING.sub(_picture, text)
    # GitHub's runner obeys ##[command] anywhere in a line; a joiner without width keeps it from being one.
    return shown.replace("##[", f"##{JOINER}[")


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if found[0] == "\t":
        return "    "
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"<U+{code:04X}>"


def exact_json(data: Any) -> str:
    """Return indented JSON that means exactly the data and commands no terminal; equal data give equal text."""
    told = json.dumps(data, ensure_ascii=False, indent=2)
    return ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", told) + "\n"


def slashed(file: str) -> str:
    """Return a path with / between its parts, as CI systems name files."""
    return PurePath(file).as_posix()
