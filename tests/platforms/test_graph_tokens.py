"""Tokens of Instagram and Threads end: when one must be renewed, and with what request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mwcampaign.platforms import _graph_tokens


class TestTokensEnd:
    """When a token must be renewed, and how."""

    @pytest.mark.parametrize(
        ("age", "stands"),
        [
            (timedelta(0), "young"),
            (timedelta(hours=23, minutes=59), "young"),
            (timedelta(hours=24), "fine"),
            (timedelta(days=39, hours=23), "fine"),
            (timedelta(days=40), "due"),
            (timedelta(days=59, hours=23), "due"),
            (timedelta(days=60), "over"),
        ],
    )
    def test_when(self, age: timedelta, stands: str) -> None:
        """From a day on a token can be renewed; well before its sixty days are over it must be; then never again."""
        made = datetime(2026, 6, 1, tzinfo=UTC)
        assert _graph_tokens.INSTAGRAM.stands(made, made + age) == stands

    def test_how(self) -> None:
        """The request holds everything but the token, so it can be shown."""
        assert _graph_tokens.INSTAGRAM.params == (("grant_type", "ig_refresh_token"),)
        assert _graph_tokens.THREADS.params == (("grant_type", "th_refresh_token"),)
        assert {each.path for each in (_graph_tokens.INSTAGRAM, _graph_tokens.THREADS)} == {"/refresh_access_token"}
