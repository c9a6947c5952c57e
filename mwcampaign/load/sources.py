"""Reading files: bytes to text, with limits, digests and places as people see them. Used inside load only."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from mwcampaign.core.findings import Finding, Level, Position
from mwcampaign.core.rules import finding
from mwcampaign.load.lines import Lines

MOST = 500
"""Findings of one code; more help nobody."""
SAME = 5
"""Findings of one table that say the same; those that follow are counted."""
BLOCK = 1 << 20
"""Bytes of a large file read at a time."""
LINE = re.compile("\r\n|\r|\n")
LOOKS_SECRET = re.compile(r"secret|token|passw|credential|api[_-]?key", re.IGNORECASE)
SECRET_KEY = re.compile(rf"""(?:{LOOKS_SECRET.pattern})[\w-]*["']?\s*[:=]""", re.IGNORECASE)


def shown(path: Path) -> str:
    """Return a path as people are shown it: relative to the current folder if inside it, else as given, tidied."""
    tidy = Path(os.path.normpath(path))
    full = Path(os.path.normpath(Path.cwd() / tidy))
    return str(full.relative_to(Path.cwd())) if full.is_relative_to(Path.cwd()) else str(tidy)


class Sources:
    """Everything read for one campaign: texts by shown name, digests by name inside the campaign, faults so far."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.texts: dict[str, str] = {}
        self.tables: dict[str, Lines] = {}
        """What was read of tables, by shown name."""
        self.digests: list[tuple[str, str]] = []
        self.withheld: set[tuple[str, int]] = set()
        """Lines (file, line) that hold a secret in place and are never shown."""
        self.kept_back: dict[int, Any] = {}
        """The nodes that stand there, by their id()."""
        self.lost: set[str] = set()
        """Files of which nothing could be taken over."""
        self.broken_rows: set[str] = set()
        """What may be ids of institutions in broken lines of a table."""
        self.rows_lost = False
        """There are so many such lines that nobody knows what is in them."""
        self.torn: dict[int, Any] = {}
        """Nodes of keys that are there twice, by their id()."""
        self.twin_ids = False
        """Some id is used twice."""
        self._lines: dict[str, list[str]] = {}
        self._told: Counter[tuple[str, Level]] = Counter()
        self._same: Counter[Finding] = Counter()
        self._more: dict[Finding, tuple[Finding, int]] = {}
        """Of what was said SAME times of a table: where it is next, and how often it is from there on."""

    def fault(self, code: str, where: Position, text: str, hint: str = "", level: Level | None = None) -> None:
        """Note a finding, unless there are hundreds of its kind."""
        self.add(finding(code, where, text, hint, level=level))

    def add(self, told: Finding) -> None:
        """Note a finding, unless there are hundreds of its code and level, or it stands in a table's rows again."""
        if told.where.file in self.tables and self._again(told):
            return
        self._told[told.code, told.level] += 1
        number = self._told[told.code, told.level]
        if number == MOST:
            text = f"there are {MOST} findings of this kind; the others are not listed"
            told = Finding(told.code, told.level, told.where, text, "mend these first")
        if number <= MOST:
            self.findings.append(told)

    def _again(self, told: Finding) -> bool:
        """Count what is said of a table's rows again and again; return whether it need not be listed once more."""
        what = replace(told, where=Position(told.where.file))
        if what in self._more:
            first, number = self._more[what]
            self._more[what] = first, number + 1
        elif self._same[what] >= SAME:
            self._more[what] = told, 1
        else:
            # More than can be listed need not be remembered.
            if self._told[told.code, told.level] < MOST:
                self._same[what] += 1
            return False
        return True

    def repeated(self) -> Iterator[Finding]:
        """Yield a finding for what was said of a table more often than is listed: where it goes on, and how often."""
        for first, number in self._more.values():
            more = f"{number:,} more times, the first of them here" if number > 1 else "once more, here"
            yield replace(first, text=f"{first.text} ({more})")

    def enough(self, code: str) -> bool:
        """Return whether there are so many errors of a code that no more are listed."""
        return self._told[code, Level.ERROR] >= MOST

    def digest(self) -> str:
        """Return the sha256 over the names and contents of everything read."""
        whole = hashlib.sha256()
        for name, digest in sorted(self.digests):
            # A file's name need not be UTF-8: Python keeps such bytes as half surrogates.
            told = name.encode("utf-8", "surrogateescape")
            whole.update(b"%d:%s%s" % (len(told), told, digest.encode()))
        return whole.hexdigest()

    def read_bytes(self, path: Path, name: str, limit: int) -> bytes | None:
        """Return a file's bytes, or None with a finding. `name` is what the digest knows it by."""
        where = Position(shown(path))
        self.lost.add(where.file)
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                self.fault("MW102", where, "this is not a file", "put an ordinary file in its place")
                return None
            with path.open("rb") as file:
                data = file.read(limit + 1)
        except (OSError, ValueError) as error:
            self.fault("MW102", where, f"cannot be read: {_reason(error)}", "see that it exists and you may read it")
            return None
        if len(data) > limit:
            what = f"more than {limit // 1_000_000} MB" if limit >= 1_000_000 else f"more than {limit:,} bytes"
            hint = "give institutions as institutions.csv; split posts into posts/*.yaml"
            self.fault("MW106", where, f"the file has {what}", hint)
            return None
        self.digests.append((name, hashlib.sha256(data).hexdigest()))
        self.lost.discard(where.file)
        return data

    def read_text(self, path: Path, name: str, limit: int) -> str | None:
        """Return a file's text without a byte order mark, or None with a finding. Line ends stay as they are."""
        data = self.read_bytes(path, name, limit)
        if data is None:
            return None
        file = shown(path)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._not_utf8(file, data, error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0))
            self.lost.add(file)
            return None
        if text.count("\0") > len(text) // 4:
            self._not_utf8(file, data, data.index(b"\0"))
            self.lost.add(file)
            return None
        self.texts[file] = text
        return text

    def read_lines(self, path: Path, name: str, limit: int) -> Lines | None:
        """Return the lines of a file that may be large, or None with a finding. Raises NoRoom."""
        lines, decoder, digest = Lines(), codecs.getincrementaldecoder("utf-8-sig")(), hashlib.sha256()
        size = nul = 0
        try:
            # Not even opened: that would wait for whoever writes into a pipe.
            if not stat.S_ISREG(path.stat().st_mode):
                return self._as_text(path, name, limit)
            with path.open("rb") as file:
                while data := file.read(BLOCK):
                    size, nul = size + len(data), nul + data.count(0)
                    digest.update(data)
                    lines.add(decoder.decode(data))
                    if size > limit:
                        break
            lines.add(decoder.decode(b"", final=True))
        except (OSError, ValueError):
            return self._as_text(path, name, limit)
        if size > limit or nul > size // 4:
            return self._as_text(path, name, limit)
        lines.end()
        self.digests.append((name, digest.hexdigest()))
        self.tables[shown(path)] = lines
        return lines

    def _as_text(self, path: Path, name: str, limit: int) -> Lines | None:
        """Read a file whole, for what is wrong with it."""
        text = self.read_text(path, name, limit)
        return None if text is None else Lines(text)

    def _not_utf8(self, file: str, data: bytes, start: int) -> None:
        before = data[:start].decode("utf-8-sig", "replace")
        lines = LINE.split(before)
        if data[:2] in {b"\xff\xfe", b"\xfe\xff"} or data[:400].count(0) > len(data[:400]) // 4:
            guess, hint = "it looks like UTF-16", "save it again as UTF-8 (in a spreadsheet: CSV UTF-8)"
        else:
            guess = f"byte {data[start]:#04x} looks like Latin-1 or Windows-1252"
            hint = "save it again as UTF-8 (in a spreadsheet: CSV UTF-8)"
        self.fault("MW103", Position(file, len(lines), len(lines[-1]) + 1), f"this is not UTF-8: {guess}", hint)

    def lines(self, file: str) -> list[str]:
        """Return the lines of a file that was read, without line ends; [] for others."""
        if file not in self._lines:
            self._lines[file] = LINE.split(self.texts[file]) if file in self.texts else []
        return self._lines[file]

    def give_up(self, file: str) -> None:
        """Note that nothing of a file could be understood; never show a line of it where it may hold a secret."""
        self.lost.add(file)
        if SECRET_KEY.search(self.texts.get(file, "")):
            self.withheld.add((file, 0))

    def line(self, where: Position) -> str | None:
        """Return the line of text at a place, or None where there is none or it may hold a secret."""
        if (where.file, 0) in self.withheld or (where.file, where.line) in self.withheld:
            return None
        if (table := self.tables.get(where.file)) is not None:
            return LINE.sub("", table[where.line - 1]) if 0 < where.line <= len(table) else None
        lines = self.lines(where.file)
        return lines[where.line - 1] if 0 < where.line <= len(lines) else None


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or "unknown reason") if isinstance(error, OSError) else "its name is not possible"


def is_folder(path: Path) -> bool:
    """Return whether a path is a folder that can be seen."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def is_there(path: Path) -> bool:
    """Return whether something is at a path, be it a link to nowhere."""
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError):
        return False


def inside(path: Path, root: Path) -> bool:
    """Return whether a path, with all links followed, lies in the folder `root`."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):
        return False
