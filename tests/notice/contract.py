"""What every memory of incidents promises. A ledger's own test gives the fixture `incidents` and inherits the rest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from mwcampaign.notice.incident import RUN, Incident, Incidents, Kind, Scope
from tests.conftest import DUE

LOUVRE = Scope("account", "louvre@memory")
FAILED = Incident(Kind.FAILED, LOUVRE, 1, "ab12")
MINUTE = timedelta(minutes=1)


class IncidentsContract:
    """The promises of mwcampaign.notice.incident.Incidents."""

    def test_the_first_opens_it(self, incidents: Incidents) -> None:
        """One trouble of a kind and scope opens; those that follow do not, until it is closed."""
        assert [incidents.opened(FAILED, DUE) for _ in range(3)] == [True, False, False]
        assert set(incidents.open()) == {FAILED.pair}
        incidents.closed(FAILED.pair, DUE)
        assert set(incidents.open()) == set()
        assert incidents.opened(FAILED, DUE) is True

    def test_kinds_and_scopes_are_apart(self, incidents: Incidents) -> None:
        """Another kind, another account, or a network of the same name as an account is another incident."""
        others = [
            Incident(Kind.MISSED, LOUVRE),
            Incident(Kind.FAILED, Scope("account", "tnm@memory")),
            Incident(Kind.FAILED, Scope("network", "louvre@memory")),
            Incident(Kind.STOPPED, RUN),
        ]
        assert all(incidents.opened(one, DUE) for one in [FAILED, *others])
        incidents.closed(FAILED.pair, DUE)
        assert set(incidents.open()) == {one.pair for one in others}

    def test_one_caller_opens_it(self, incidents: Incidents) -> None:
        """Of many callers at the same time exactly one is told that it opened the incident."""
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: incidents.opened(FAILED, DUE), range(40)))
        assert answers.count(True) == 1

    def test_closing_what_is_not_open(self, incidents: Incidents) -> None:
        """Closing, or having told of, what is not open changes nothing."""
        incidents.closed(FAILED.pair, DUE)
        incidents.told([FAILED.pair], DUE)
        assert set(incidents.open()) == set()
        assert incidents.opened(FAILED, DUE) is True
        assert incidents.untold(DUE + MINUTE, DUE + MINUTE) == [FAILED]

    def test_what_nobody_was_told_of_is_handed_over(self, incidents: Incidents) -> None:
        """Once it is old enough, to one caller, with its count and first key; and again when that one fails too."""
        incidents.opened(FAILED, DUE)
        incidents.opened(Incident(Kind.FAILED, LOUVRE, 2, "cd34"), DUE)
        assert incidents.untold(DUE, DUE) == []
        later = DUE + MINUTE
        assert incidents.untold(later, later) == [Incident(Kind.FAILED, LOUVRE, 3, "ab12")]
        assert incidents.untold(later, later) == []
        assert len(incidents.untold(later + MINUTE, later + MINUTE)) == 1

    def test_what_was_told_is_not_handed_over(self, incidents: Incidents) -> None:
        """Neither what a person was told of, nor what is closed; what opens after that is new."""
        other = Incident(Kind.MISSED, LOUVRE)
        for one in (FAILED, other):
            incidents.opened(one, DUE)
        incidents.told([FAILED.pair], DUE)
        incidents.closed(other.pair, DUE)
        assert incidents.untold(DUE + MINUTE, DUE + MINUTE) == []
        incidents.closed(FAILED.pair, DUE)
        incidents.opened(FAILED, DUE + MINUTE)
        assert incidents.untold(DUE + MINUTE * 2, DUE + MINUTE * 2) == [FAILED]
