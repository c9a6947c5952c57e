"""docs/checks.md shows what the program says, word for word, and what it tells others to write is well-formed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from cfgv import apply_defaults, validate
from pre_commit.clientlib import CONFIG_SCHEMA

from tests.cli.conftest import PROJECT, Run, run  # noqa: F401  (a fixture)
from tests.report.published import WORKFLOW, faults

PAGE = (PROJECT / "docs" / "checks.md").read_text("utf-8")
BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = [(found["kind"], found["text"]) for found in BLOCK.finditer(PAGE)]


def samples() -> Iterator[tuple[list[str], str]]:
    """Yield each command of the page with the block that follows it."""
    for (kind, text), (_, answer) in pairwise(BLOCKS):
        if kind == "sh" and text.startswith("mwcampaign check"):
            yield shlex.split(text)[1:], answer


def matches(sample: str, told: str) -> bool:
    """Return whether a sample is what was told; a line … stands for lines that are left out."""
    parts = [re.escape(part) for part in re.split(r"^ *…\n", sample, flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)*?".join(parts), told) is not None


def test_every_sample_is_what_the_program_says(run: Run, tmp_path: Path) -> None:  # noqa: F811
    """Each form, whom a code concerns, the baseline, and what is said with one."""
    (tmp_path / "my-week").mkdir()
    (tmp_path / "my-week" / "campaign.yaml").write_text(next(text for kind, text in BLOCKS if kind == "yaml"), "utf-8")
    told = list(samples())
    assert len(told) == 9
    for arguments, sample in told:
        done = run(*arguments)
        assert matches(sample, done.out), f"{arguments}\n{done.out}"
    known = next(text for kind, text in BLOCKS if kind == "yaml" and "version: 1" in text)
    assert (tmp_path / "known.yaml").read_text("utf-8") == known


def test_a_sample_that_differs_is_seen() -> None:
    """The comparison can fail, with lines left out and without."""
    assert matches("a\n  …\nd\n", "a\nb\nc\nd\n")
    assert not matches("a\n  …\nx\n", "a\nb\nc\nd\n")
    assert not matches("a\nc\n", "a\nb\nc\n")


@pytest.mark.parametrize("name", ["check", "plan"])
def test_workflows_are_workflows(name: str) -> None:
    """GitHub's own schema has nothing to object to."""
    told = next(text for kind, text in BLOCKS if kind == "yaml" and text.startswith(f"name: {name}\n"))
    # YAML 1.1 takes the word `on` for true; GitHub does not.
    data = {"on" if key is True else key: value for key, value in yaml.safe_load(told).items()}
    assert faults(WORKFLOW, data) == []


def test_the_action_is_used_with_inputs_that_it_has() -> None:
    """What the page passes to the action is among its inputs."""
    told = next(text for kind, text in BLOCKS if kind == "yaml" and text.startswith("name: check\n"))
    used = next(
        step["with"] for step in yaml.safe_load(told)["jobs"]["check"]["steps"] if "mwcampaign@" in step["uses"]
    )
    action = yaml.safe_load((PROJECT / "action.yml").read_text("utf-8"))
    assert used.keys() <= action["inputs"].keys()


def test_the_configuration_of_pre_commit_is_one() -> None:
    """pre-commit reads it, and the hook it names is one that this project offers."""
    told = yaml.safe_load(next(text for kind, text in BLOCKS if kind == "yaml" and text.startswith("repos:")))
    validate(told, CONFIG_SCHEMA)
    hooks = apply_defaults(told, CONFIG_SCHEMA)["repos"][0]["hooks"]
    offered = {hook["id"] for hook in yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    assert {hook["id"] for hook in hooks} <= offered


def test_the_editor_s_line_names_a_schema_that_is_written(run: Run, tmp_path: Path) -> None:  # noqa: F811
    """`schema --out` writes each file that the page names."""
    assert run("schema", "--out", "schemas").code == 0
    named = set(re.findall(r"[a-z]+\.schema\.json", PAGE))
    assert len(named) == 5
    assert named <= {file.name for file in (tmp_path / "schemas").iterdir()}
    line = re.search(r"^# yaml-language-server: \$schema=(\S+)$", PAGE, re.MULTILINE)
    assert line is not None and (tmp_path / line[1]).is_file()
