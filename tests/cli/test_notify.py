"""A run tells a person: the whole way, from a refusal at a network to a webhook, in a process of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.cli.conftest import Run, write_campaign


@pytest.fixture
def refused(tmp_path: Path, httpserver: HTTPServer) -> Path:
    """A campaign on a server that accepts no token, and a webhook on the same machine."""
    httpserver.expect_request("/hook", method="POST").respond_with_json({})
    httpserver.expect_request("/api/v1/statuses").respond_with_json({"error": "Ada's token is invalid"}, status=401)
    account = f'    server: "{httpserver.url_for("")}"\n    handle: louvre\n    secrets: {{access_token: env:TOKEN}}'
    return write_campaign(tmp_path / "week", network="mastodon", account=account)


def told(httpserver: HTTPServer) -> list[str]:
    """Return what the webhook received."""
    return [json.loads(request.get_data())["message"] for request, _ in httpserver.log if request.path == "/hook"]


def secrets(httpserver: HTTPServer) -> dict[str, str]:
    """Return the environment: a token, and the webhook's address behind a reference."""
    hook = f"json://{httpserver.host}:{httpserver.port}/hook"
    return {"TOKEN": "canary-token", "HOOK": hook, "MWCAMPAIGN_NOTIFY": '["env:HOOK"]'}


def test_once_per_incident(run: Run, refused: Path, httpserver: HTTPServer) -> None:
    """Failed: one notice with account and command; another run, with the same trouble again, tells nothing more."""
    run("apply", refused)
    assert run("run", refused, "--once", env=secrets(httpserver)).code == 7
    (message,) = told(httpserver)
    assert "louvre@mastodon" in message
    assert "the password or token was refused" in message
    assert "mwcampaign retry" in message
    assert "Ada" not in message
    assert "canary" not in message
    key = run("status", refused, "--format", "json").json["look"][0]["key"]
    run("retry", key, "--campaign", refused)
    assert run("run", refused, "--once", env=secrets(httpserver)).code == 7
    assert len(told(httpserver)) == 1


def test_an_address_that_cannot_be_used_is_refused_at_once(run: Run, refused: Path, httpserver: HTTPServer) -> None:
    """Before anything is sent, and without repeating it."""
    run("apply", refused)
    for env, code in (({"HOOK": "nonsense-canary"}, 2), ({"MWCAMPAIGN_NOTIFY": '["env:NOT_THERE"]'}, 4)):
        done = run("run", refused, "--once", env=secrets(httpserver) | env)
        assert done.code == code
        assert "canary" not in done.err
    assert httpserver.log == []
