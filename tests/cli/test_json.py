"""Answers for machines: versioned, and as their schemas say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from mwcampaign.cli._answers import ANSWERS
from mwcampaign.cli.schema import schemas
from tests.cli.conftest import PROJECT, Run


def valid(command: str, told: Any) -> None:
    """Fail with what the schema objects to."""
    faults = [
        f"{list(error.path)}: {error.message}" for error in Draft202012Validator(ANSWERS[command]).iter_errors(told)
    ]
    assert faults == []


@pytest.mark.parametrize("name", schemas())
def test_every_schema_is_one(name: str) -> None:
    """Valid by the rules of its draft."""
    Draft202012Validator.check_schema(schemas()[name])


def test_every_answer_is_as_its_schema_says(run: Run, campaign: Path) -> None:
    """A week walked through with --format json."""
    file = campaign / "campaign.yaml"
    valid("check", run("check", campaign, "--format", "json").json)
    valid("render", run("render", campaign, "--format", "json").json)
    valid("plan", run("plan", campaign, "--format", "json").json)
    valid("apply", run("apply", campaign, "--format", "json").json)
    key = run("run", campaign, "--once").lines[-1]["key"]
    file.write_text(file.read_text("utf-8").replace("Hi {{", "Hello {{"), "utf-8")
    plan = run("plan", campaign, "--format", "json").json
    assert plan["counts"]["drift"] == 1
    valid("plan", plan)
    valid("status", run("status", campaign, "--format", "json").json)
    valid("show", run("show", key, "--campaign", campaign, "--format", "json").json)
    valid("rehearse", run("rehearse", campaign, "--format", "json").json)
    valid("languages", run("languages", campaign, "--format", "json").json)
    valid("accounts-list", run("accounts", "list", campaign, "--format", "json").json)
    valid("accounts-verify", run("accounts", "verify", campaign, "--format", "json").json)


def test_findings_are_as_their_schema_says(run: Run, campaign: Path) -> None:
    """A faulty campaign too."""
    file = campaign / "campaign.yaml"
    file.write_text(
        file.read_text("utf-8").replace("{{ tags }}", "{{ tagss }}").replace("timezone: UTC", "timezone: UTCC"), "utf-8"
    )
    told = run("check", campaign, "--format", "json").json
    assert told["findings"]
    valid("check", told)


def test_the_schemas_of_files_take_the_campaigns_that_are_there() -> None:
    """An editor that uses them marks nothing in a sound file."""
    taken = 0
    for name, kind in (("campaign.yaml", "campaign"), ("posts.yaml", "posts"), ("accounts.yaml", "accounts")):
        for file in PROJECT.glob(f"campaigns/*/{name}"):
            data = _data(file)
            faults = [error.message for error in Draft202012Validator(schemas()[kind]).iter_errors(data)]
            assert faults == [], file
            taken += 1
    assert taken >= 5


def _data(file: Path) -> Any:
    import yaml

    class Strings(yaml.SafeLoader):
        """Reads dates, times and NO as text, as YAML 1.2 does."""

    Strings.yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if tag.endswith(("null", "merge"))]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return yaml.load(file.read_text("utf-8"), Strings)
