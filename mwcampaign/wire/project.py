"""A campaign's folder, loaded: its wish, and who judges it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from mwcampaign.core.campaign import Account, Institution
from mwcampaign.core.findings import Finding, Level
from mwcampaign.core.judge import Judge
from mwcampaign.core.message import canonical
from mwcampaign.core.picture_checks import may_fit
from mwcampaign.core.ports import Platform
from mwcampaign.core.post import Campaign
from mwcampaign.core.render import PictureFacts, Renderer
from mwcampaign.core.wanted import Wanted
from mwcampaign.core.wish import Wish
from mwcampaign.errors import CampaignInvalid
from mwcampaign.load.campaign import Loaded, load
from mwcampaign.load.derive import Fitter
from mwcampaign.platforms import NETWORKS, UnknownNetwork, adapter
from mwcampaign.wire.files import STATE_FOLDER, NoSessions, ledger_path, read_verified


@dataclass(frozen=True)
class Project:
    """A campaign's folder that was loaded: what it says, what is wrong with it, and what it wishes."""

    path: Path
    loaded: Loaded
    institutions: Path | None = None
    """A table of more institutions, from anywhere."""

    @property
    def campaign(self) -> Campaign:
        """Return the campaign, or raise CampaignInvalid with every finding."""
        errors = [finding for finding in self.loaded.findings if finding.level is Level.ERROR]
        if self.loaded.campaign is None or errors:
            raise invalid(self.path, self.loaded.findings)
        return self.loaded.campaign

    @cached_property
    def renderer(self) -> Renderer:
        """Return the renderer of what is sound in this campaign."""
        templates = {name: template.text for name, template in self.loaded.templates.items()}
        facts = {
            name: PictureFacts(file.digest, file.mime, file.size, file.width, file.height, file.moves)
            for name, file in self.loaded.pictures.items()
        }
        return Renderer(self._remains, templates, facts)

    @cached_property
    def wish(self) -> Wish:
        """Return the walk over everything that what is sound in this campaign asks for."""
        return Wish(
            self._remains,
            self.renderer,
            lambda one: self.platform_for(one) if is_known(one.network) else None,
            self.fitter.fit,
            lambda account: account.expires or self._expiries.get(account.id),
        )

    @cached_property
    def _expiries(self) -> Mapping[str, date]:
        from mwcampaign.wire.login_grants import read_expiries

        return read_expiries(self.state_folder)

    @cached_property
    def fitter(self) -> Fitter:
        """Return who makes smaller copies of pictures, where the campaign allows it."""
        media, policies = self._remains.media, self._remains.policies
        return Fitter(self.loaded.pictures, lambda name: name in media and may_fit(media[name], policies))

    def judge(self) -> Judge:
        """Return a judge of what is sound in this campaign."""
        return Judge(self._remains, self.renderer, self.loaded, shared_quotas)

    @property
    def _remains(self) -> Campaign:
        if self.loaded.remains is None:
            raise invalid(self.path, self.loaded.findings)
        return self.loaded.remains

    def platform_for(self, account: Account) -> Platform:
        """Return an adapter that judges text with the account's own limits and cannot connect."""
        # What the campaign states wins over what was verified once.
        limits = {**self._verified.get(account.id, {}), **account.limits}
        return adapter(account.network)(account.model_copy(update={"limits": limits}), {}, NoSessions())

    @cached_property
    def _verified(self) -> Mapping[str, dict[str, int]]:
        return read_verified(self.state_folder)

    @property
    def state_folder(self) -> Path:
        """Return where ledger, sessions and verified limits live."""
        return self.loaded.folder / STATE_FOLDER

    def ledger_path(self, told: str = "") -> Path:
        """Return the ledger's file: as told, else beside the campaign."""
        return ledger_path(self.loaded.folder, told)

    def accounts(self) -> dict[str, str]:
        """Return the accounts as the ledger keeps them, by id; for tools that look at all of them."""
        return dict(self.described())

    def described(self) -> Iterator[tuple[str, str]]:
        """Yield each account's id and description as the ledger keeps it: canonical JSON, secrets as references."""
        for account in self.campaign.all_accounts:
            yield account.id, canonical(account.model_dump(mode="json", exclude_defaults=True))


class SecretNames(Mapping[str, tuple[str, ...]]):
    """The secrets each network's accounts need; an adapter is loaded only when its network is asked for."""

    def __getitem__(self, network: str) -> tuple[str, ...]:
        try:
            return tuple(adapter(network).secret_names)
        except UnknownNetwork as error:
            raise KeyError(network) from error

    def __iter__(self) -> Iterator[str]:
        return iter(NETWORKS)

    def __len__(self) -> int:
        return len(NETWORKS)


def is_known(network: str) -> bool:
    """Return whether there is an adapter of that name."""
    return network in SecretNames()


def shared_quotas(network: str) -> Sequence[tuple[int, int]]:
    """Return how much all accounts of one application may post together, each as (posts, seconds)."""
    return adapter(network).capabilities.shared_quotas if is_known(network) else ()


def invalid(path: Path, findings: list[Finding]) -> CampaignInvalid:
    """Return the refusal that carries every finding."""
    errors = sum(finding.level is Level.ERROR for finding in findings)
    return CampaignInvalid(f"{path}: {errors} error{'s' * (errors != 1)}", findings)


def open_project(path: Path, institutions: Path | None = None) -> Project:
    """Load a campaign's folder, with a table of more institutions; faults are findings, not exceptions."""
    return Project(path, load(path, SecretNames(), institutions), institutions)


def judged(project: Project, judge: Judge, institutions: Iterable[Institution] | None = None) -> Iterator[Wanted]:
    """Yield what all institutions or some want, heard by a judge."""
    for wanted in project.wish(institutions=institutions):
        judge.hear(wanted)
        yield wanted
