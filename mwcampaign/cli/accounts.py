"""`mwcampaign accounts`: list them, and verify that they can post."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from mwcampaign.cli._options import HERE, CampaignPathOrHere
from mwcampaign.cli._output import Format, progress, say, say_json, table
from mwcampaign.errors import CredentialMissing, MwcampaignError, PublishError

app = typer.Typer(no_args_is_help=True, help="List accounts, and verify that they can post.")


@app.command("list")
def list_(
    path: CampaignPathOrHere = HERE,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
) -> None:
    """List the campaign's accounts and whether their secrets are there. Offline; shows no secret."""
    from mwcampaign.wire.connections import Connections
    from mwcampaign.wire.project import open_project

    project = open_project(path)
    connections = Connections(project.accounts, project.loaded.folder, os.environ)
    rows = []
    for account in project.campaign.all_accounts:
        remarks = connections.missing({account.id}) or ["there"]
        remarks += connections.exposed(account.id)
        rows.append((account.id, account.network, account.server, account.handle, "; ".join(remarks)))
    if form is Format.JSON:
        names = ("account", "network", "server", "handle", "secrets")
        told = [dict(zip(names, row, strict=True)) for row in rows]
        say_json({"schema": "mwcampaign/accounts", "version": 1, "accounts": told})
    else:
        table("Accounts", ("account", "network", "server", "handle", "secrets"), rows)


@app.command()
def verify(
    path: CampaignPathOrHere = HERE,
    only: Annotated[list[str] | None, typer.Option("--account", help="Only this account; may be repeated.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
) -> None:
    """Ask each network who we are there, and keep its real limits for offline checks. Posts nothing."""
    from mwcampaign.wire.connections import Connections
    from mwcampaign.wire.files import write_verified
    from mwcampaign.wire.project import open_project

    project = open_project(path)
    names = [account.id for account in project.campaign.all_accounts if not only or account.id in only]
    connections = Connections(project.accounts, project.loaded.folder, os.environ)
    connections.require(set(names))
    told: dict[str, dict[str, Any]] = {}
    try:
        with progress("asking the networks", len(names)) as asked:
            for name in names:
                told[name] = _ask(connections, name)
                asked.step()
    finally:
        connections.close()
    write_verified(project.state_folder, {name: entry for name, entry in told.items() if "trouble" not in entry})
    if form is Format.JSON:
        say_json({"schema": "mwcampaign/verified", "version": 1, "accounts": told})
    else:
        for name, entry in told.items():
            limits = ", ".join(f"{limit} {number}" for limit, number in entry.get("limits", {}).items())
            who = entry.get("trouble") or f"{entry['handle']} {entry['url']}"
            say(f"{name}: {who}{'; ' + limits if limits else ''}")
    if broken := [name for name, entry in told.items() if "trouble" in entry]:
        raise CredentialMissing(f"{len(broken)} cannot post: {', '.join(broken)}", hint="look at the reasons above")


def _ask(connections: Any, name: str) -> dict[str, Any]:
    try:
        identity = connections(name).whoami()
    except (PublishError, MwcampaignError) as error:
        return {"trouble": str(error) or type(error).__name__}
    limits = dict(identity.limits)
    return {"handle": identity.handle, "url": identity.url, "limits": limits, "software": identity.software}
