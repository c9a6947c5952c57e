"""Judges a whole campaign, on all cores where it is large: every finding, and every delivery that is sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mwcampaign.core.delivery import Delivery
from mwcampaign.core.findings import Finding, Level
from mwcampaign.core.rules import finding
from mwcampaign.core.spelling import did_you_mean, listed
from mwcampaign.platforms import adapter
from mwcampaign.wire.project import Project, invalid, is_known, judged
from mwcampaign.wire.walk import MANY, pieces, processes

LOADED = frozenset({"MW204", "MW205"})
"""Faults that load finds too, and places better."""


class Judging:
    """Judges a campaign while somebody walks its wish. Offline; writes nothing.

    One faulty file does not hide the texts of the others: what is sound is rendered and judged all the same.
    """

    def __init__(self, project: Project, many: int = MANY) -> None:
        self._project, self._many = project, many
        self._judge = project.judge() if project.loaded.remains is not None else None

    def walk(self, hear: Callable[[int], None], *, deliveries: bool = True) -> Iterator[Delivery]:
        """Yield each delivery, judged; none without `deliveries`, which is faster, and none once an error was met: they
        would be for nothing. `hear` is told how many messages there were since it was told last."""
        project, remains = self._project, self._project.loaded.remains
        if self._judge is None or remains is None:
            return
        number = processes()
        if number > 1 and len(remains.institutions) >= self._many:
            for made, messages, met, due in pieces(project, number, len(remains.institutions), deliveries=deliveries):
                self._judge.add(met, due)
                hear(messages)
                if not self._judge.faulty:
                    yield from made
            return
        for wanted in judged(project, self._judge):
            hear(1)
            if deliveries and wanted.delivery is not None and not self._judge.faulty:
                yield wanted.delivery

    def findings(self) -> list[Finding]:
        """Return every finding, once the wish was walked."""
        findings = [*self._project.loaded.findings, *unknown_options(self._project)]
        if self._judge is not None:
            # What load said of a place need not be said again by rendering it.
            known = {(one.code, one.where) for one in findings}
            faulty = any(one.level is Level.ERROR for one in findings)
            findings += [
                one
                for one in self._judge.findings()
                if (one.code, one.where) not in known and not (faulty and one.code in LOADED)
            ]
        return sorted(findings, key=lambda one: one.sort_key)


def unknown_options(project: Project) -> Iterator[Finding]:
    """Yield every option of an account that its network does not have."""
    for index, account in enumerate(project.loaded.remains.accounts if project.loaded.remains else ()):
        known = adapter(account.network).option_names if account.options and is_known(account.network) else ()
        for name in account.options if is_known(account.network) else ():
            if name not in known:
                hint = did_you_mean(name, known) or (f"it has {listed(known)}" if known else "it has none")
                where = project.loaded.where_named("accounts", index, "options", name)
                yield finding("MW214", where, f"{account.network} has no option {name!r}", hint)


def judge(project: Project, hear: Callable[[int], None] = lambda _: None) -> list[Finding]:
    """Return every finding of a campaign; `hear` is told of the messages on the way."""
    judging = Judging(project)
    for _ in judging.walk(hear, deliveries=False):
        pass
    return judging.findings()


def sound(project: Project, hear: Callable[[int], None] = lambda _: None) -> Iterator[Delivery]:
    """Yield the whole wish of a campaign; at its end raise CampaignInvalid with every finding if there are errors, so
    that nothing may be done with it before that."""
    judging = Judging(project)
    yield from judging.walk(hear)
    findings = judging.findings()
    if any(one.level is Level.ERROR for one in findings):
        raise invalid(project.path, findings)
