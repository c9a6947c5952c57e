"""Small faulty campaigns, each a mistake that people make: check names all of it, at its place, and nothing else.

The cases stand in faulty/, what is expected of them in faulty/expected.yaml, written by reading the campaigns. There is
no way to write it from what the program says.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from PIL import Image

from mwcampaign.core.findings import Finding, Level
from mwcampaign.core.rules import RULES
from mwcampaign.wire.judging import judge
from mwcampaign.wire.project import open_project
from tests.cli.conftest import Run, run

__all__ = ["run"]

FAULTY = Path(__file__).parent / "faulty"
NOT_HERE = {
    "MW405": "check has no today: only `publish` says it, of a post that is sent by hand on another day",
}
"""Codes of texts, references and time that no campaign in a file can have, with the reason."""
BY_COMMAND = (
    "mv-for-mw",
    "right-uneven-capitals",
    "secret-in-the-file",
    "latin-1-table",
    "hour-that-does-not-exist",
    "too-long-for-x-in-japanese",
    "licence-left-empty",
    "quote-not-closed",
    "no-campaign-here",
)
"""Cases that the command line judges too: an error, a warning, a note, none, in one file and in a folder."""


@dataclass(frozen=True, slots=True, order=True)
class Told:
    """One finding as it is compared; `file` is seen from the case's folder, line and column 0 are the whole file."""

    file: str
    line: int
    column: int
    code: str
    level: str


@dataclass(frozen=True, eq=False)
class Case:
    """One faulty campaign, and what is expected of it."""

    name: str
    expected: tuple[tuple[Told, str], ...]
    pictures: Mapping[str, str]
    wrong: str = ""
    wrong_words: str = ""
    wrong_place: str = ""
    """Why the program, so far, finds something else, says it in words that mislead, or points elsewhere."""

    @property
    def is_folder(self) -> bool:
        """Return whether it is more than one file."""
        return (FAULTY / self.name).is_dir()

    def written(self, folder: Path) -> Path:
        """Copy it with its pictures into an empty folder; return what check is given."""
        shutil.copytree(FAULTY / "base", folder / "base")
        if self.is_folder:
            path = inside = folder / self.name
            shutil.copytree(FAULTY / self.name, path)
        else:
            path, inside = folder / f"{self.name}.yaml", folder
            shutil.copy(FAULTY / path.name, path)
        for name, told in self.pictures.items():
            (inside / "media").mkdir(exist_ok=True)
            (inside / "media" / name).write_bytes(drawn(told))
        return path


def drawn(told: str) -> bytes:
    """Draw a picture from its kind, its size and what is special about it; the same words give the same pixels."""
    kind, *words = told.split()
    if kind == "TEXT":
        return b"This is no picture."
    width, height = map(int, words[0].split("x"))
    size, special = (width, height), set(words[1:])
    if "noise" in special:
        picture = Image.frombytes("RGB", size, random.Random(1).randbytes(width * height * 3))
    else:
        picture = Image.linear_gradient("L").resize(size).convert("RGB")
    more: dict[str, Any] = {}
    if "place" in special:
        more["exif"] = Image.Exif()
        more["exif"].get_ifd(0x8825).update({1: "N", 2: (60.0, 23.0, 0.0), 3: "E", 4: (5.0, 19.0, 0.0)})
    if "credit" in special:
        words_inside = (
            b'<rdf:Description xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Credit="City Museum"/>'
        )
        more["xmp"] = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + words_inside + b"</x:xmpmeta>"
    if "moves" in special:
        more |= {"save_all": True, "append_images": [Image.new("RGB", size, "white")]}
    whole = BytesIO()
    picture.save(whole, kind, **more)
    return whole.getvalue()


def _expectation(line: str, name: str) -> tuple[Told, str]:
    match = re.fullmatch(r"(MW\d{3})(?:/(\w+))? (?:(\S+):)?(\d+):(\d+)(?: (.+))?", line)
    assert match, f"{name}: {line}"
    code, level, file, at, column, piece = match.groups()
    return Told(file or f"{name}.yaml", int(at), int(column), code, level or RULES[code].level), piece or ""


def _case(name: str, told: Any) -> Case:
    data = told if isinstance(told, dict) else {"findings": told}
    more = {key: value for key, value in data.items() if key not in {"findings", "pictures"}}
    expected = tuple(_expectation(line, name) for line in data["findings"])
    return Case(name, expected, data.get("pictures", {}), **more)


CASES = [_case(name, told) for name, told in yaml.safe_load((FAULTY / "expected.yaml").read_text("utf-8")).items()]


def _marked(reason: Callable[[Case], str]) -> list[Any]:
    """Return the cases; those with a reason to fail have to."""
    return [
        pytest.param(
            case, id=case.name, marks=pytest.mark.xfail(strict=True, reason=why) if (why := reason(case)) else ()
        )
        for case in CASES
    ]


@cache
def findings(case: Case) -> list[tuple[Told, Finding]]:
    """Return what check says of a case."""
    with TemporaryDirectory() as folder:
        path = case.written(Path(folder))
        root = path if case.is_folder else path.parent
        return [(_told(each, root), each) for each in judge(open_project(path))]


def _told(each: Finding, root: Path) -> Told:
    file = Path(each.where.file).relative_to(root).as_posix()
    return Told(file, each.where.line, each.where.column, each.code, each.level)


def _listed(found: list[tuple[Told, Finding]]) -> str:
    return "".join(f"\n{told.code} {each.where}: {each.text}; {each.hint}" for told, each in found)


@pytest.mark.parametrize("case", _marked(lambda case: case.wrong or case.wrong_words))
def test_says_what_is_wrong_and_nothing_else(case: Case) -> None:
    """Every mistake is named once, at its level and in words that help; nothing is said of what is right."""
    found = findings(case)
    left = list(found)
    for expected, piece in case.expected:
        fitting = [
            one
            for one in left
            if (one[0].code, one[0].level) == (expected.code, expected.level)
            and piece in f"{one[1].text}; {one[1].hint}."
        ]
        assert fitting, f"not said: {expected.code} {expected.level} {piece}{_listed(found)}"
        # The nearest, where one code comes twice.
        left.remove(
            min(fitting, key=lambda one: (abs(one[0].line - expected.line), abs(one[0].column - expected.column)))
        )
    assert not left, f"nobody expects:{_listed(left)}"


@pytest.mark.parametrize("case", _marked(lambda case: case.wrong or case.wrong_place))
def test_points_at_the_place(case: Case) -> None:
    """File, line and column of every finding are those where its author has to write something else."""
    found = findings(case)
    assert sorted(told for told, _ in found) == sorted(told for told, _ in case.expected), _listed(found)


@pytest.mark.parametrize("name", BY_COMMAND)
def test_the_command_line_says_the_same(name: str, run: Run, tmp_path: Path) -> None:
    """Codes and places are the same in its answer; it exits with 3 where there is an error, with 0 otherwise."""
    case = next(case for case in CASES if case.name == name)
    done = run("check", case.written(tmp_path / "here"), "--format", "json")
    root = Path("here", name) if case.is_folder else Path("here")
    told = [
        Told(
            Path(one["file"]).relative_to(root).as_posix(),
            one["line"] or 0,
            one["column"] or 0,
            one["code"],
            one["level"],
        )
        for one in done.json["findings"]
    ]
    assert sorted(told) == sorted(one for one, _ in case.expected)
    assert done.code == (3 if any(one.level == Level.ERROR for one, _ in case.expected) else 0)


def test_a_secret_is_not_repeated(run: Run, tmp_path: Path) -> None:
    """The line with the secret is named by its place, and never shown."""
    case = next(case for case in CASES if case.name == "secret-in-the-file")
    secret = "not-a-real-token-but-nobody-may-see-it"
    path = case.written(tmp_path / "here")
    assert secret in path.read_text("utf-8")
    for form in ("text", "json", "github", "gitlab", "sarif", "junit"):
        done = run("check", path, "--format", form)
        assert "MW207" in done.out
        assert secret not in done.out + done.err


def test_what_they_build_on_has_no_fault(tmp_path: Path) -> None:
    """Whatever is found is the case's own."""
    shutil.copytree(FAULTY / "base", tmp_path / "base")
    assert judge(open_project(tmp_path / "base")) == []


def test_every_case_is_judged_and_explained() -> None:
    """Each file or folder is expected of, and begins with its mistake in a sentence and where that comes from."""
    names = {path.name.removesuffix(".yaml") for path in FAULTY.iterdir()} - {"base", "expected"}
    assert names == {case.name for case in CASES}
    for name in names:
        path = FAULTY / f"{name}.yaml"
        if not path.is_file():
            path = next((FAULTY / name).glob("campaign.y*ml"))
        first, second = path.read_text("utf-8").splitlines()[:2]
        assert re.fullmatch(r"# \S.*\.", first), path
        assert re.fullmatch(r"# From: \S.*\.", second), path


def test_there_are_enough() -> None:
    """At least sixty mistakes, and some campaigns that look wrong and are right."""
    assert len([case for case in CASES if case.expected]) >= 60
    assert len([case for case in CASES if not case.expected]) >= 5


def test_every_code_has_a_case() -> None:
    """Whoever adds a rule about references, pictures, messages or time adds a campaign that it is for."""
    here = {one.code for case in CASES for one, _ in case.expected}
    wanted = {code for code in RULES if code[:3] in {"MW2", "MW3", "MW4"}}
    assert wanted - here == set(NOT_HERE)
    assert here <= RULES.keys()


def test_no_picture_is_kept_here() -> None:
    """Pictures are drawn when they are needed: files here are text, and short."""
    for path in FAULTY.rglob("*"):
        assert not path.is_file() or path.suffix in {".yaml", ".yml", ".csv"}
