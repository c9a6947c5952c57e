"""`mwcampaign accounts`: list them, log in and out, and verify that they can post."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from mwcampaign.cli._options import HERE, CampaignPathOrHere
from mwcampaign.cli._output import Format, note, progress, say, say_json, table
from mwcampaign.errors import CredentialMissing, MwcampaignError, PublishError

app = typer.Typer(no_args_is_help=True, help="List accounts, log in and out, and verify that they can post.")


class Keep(StrEnum):
    """Where secrets are kept."""

    KEYRING = "keyring"
    FILE = "file"


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
    renew: Annotated[bool, typer.Option("--renew", help="Renew tokens that end soon, or nobody knows when.")] = False,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
) -> None:
    """Ask each network who we are there, what we may do and until when, and what is left. Posts nothing.

    What is learnt, limits among it, is kept for offline checks. Exit 4: a secret or a right that posts need is missing
    or refused, or a network could not be asked; each with its reason.
    """
    from mwcampaign.wire.connections import Connections
    from mwcampaign.wire.files import write_verified
    from mwcampaign.wire.login import Keeper
    from mwcampaign.wire.login_renew import renew_due
    from mwcampaign.wire.project import open_project

    project = open_project(path)
    accounts = {one.id: one for one in project.campaign.all_accounts if not only or one.id in only}
    names, folder = list(accounts), project.loaded.folder
    if renew:
        for remark in renew_due(accounts.values(), folder, datetime.now(UTC), unknown=True):
            note(remark)
    connections = Connections(project.accounts, project.loaded.folder, os.environ)
    connections.require(set(names))
    keeper = Keeper(folder)
    told: dict[str, dict[str, Any]] = {}
    try:
        with progress("asking the networks", len(names)) as asked:
            for name in names:
                told[name] = _ask(connections, keeper, accounts[name])
                asked.step()
    finally:
        connections.close()
    write_verified(project.state_folder, {name: entry for name, entry in told.items() if "trouble" not in entry})
    if form is Format.JSON:
        say_json({"schema": "mwcampaign/verified", "version": 2, "accounts": told})
    else:
        for name, entry in told.items():
            say(f"{name}: {entry.get('trouble') or _line(entry)}")
    if broken := [name for name, entry in told.items() if "trouble" in entry]:
        raise CredentialMissing(f"{len(broken)} not verified: {', '.join(broken)}", hint="look at the reasons above")


def _ask(connections: Any, keeper: Any, account: Any) -> dict[str, Any]:
    from mwcampaign.wire.login_grants import entry, grant_of

    try:
        platform = connections(account.id)
        identity = platform.whoami()
    except (PublishError, MwcampaignError) as error:
        return {"trouble": str(error) or type(error).__name__}
    return entry(identity, grant_of(keeper.store, account), platform.allowances())


def _line(entry: dict[str, Any]) -> str:
    told = [f"{entry['handle']} {entry['url']}"]
    if entry["rights"]:
        told.append(f"may {', '.join(entry['rights'])}")
    if entry["expires"]:
        told.append(f"until {entry['expires'][:10]}" + (", and renewed by run" if entry["renews"] else ""))
    told += [", ".join(f"{limit} {number}" for limit, number in entry["limits"].items())] if entry["limits"] else []
    told += [f"{left['posts']} posts left until {left['until']}" for left in entry["left"]]
    return "; ".join(told)


@app.command()
def login(
    network: Annotated[str, typer.Argument(help="The network's name, as a campaign writes it.", show_default=False)],
    path: CampaignPathOrHere = HERE,
    account: Annotated[str | None, typer.Option(help="The account's id; not needed for a network's only one.")] = None,
    way: Annotated[
        str | None, typer.Option(help="The way, such as token or oauth; asked for where there are two.")
    ] = None,
    keep: Annotated[
        Keep | None, typer.Option(help="Where to keep secrets. Default: the keyring, if there is one.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Add the account to accounts.yaml, if it is not there.")
    ] = False,
    paste: Annotated[bool, typer.Option("--paste", help="Do not wait for the browser: it runs elsewhere.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where to wait for the browser, on this machine.")] = 8765,
    wait: Annotated[float, typer.Option(min=1, max=3600, help="For so many seconds.")] = 300,
) -> None:
    """Log an account in: ask for what its network needs, try it, and keep it where nobody else reads it.

    Prints the account as it stands in accounts.yaml: references, never secrets. In a pipe, each line of stdin is one
    answer.
    """
    from mwcampaign.cli._login import choose, granted
    from mwcampaign.wire.login import Keeper, NoSuchAccount, entrant
    from mwcampaign.wire.login_block import append, block
    from mwcampaign.wire.project import open_project

    project = open_project(path)
    who = entrant(project, network, account)
    ways = [one for one in who.ways() if way in {None, one.name}]
    if not ways:
        names = ", ".join(one.name for one in who.ways())
        if names:
            raise NoSuchAccount(f"{network} has no way {way!r}", hint=f"there are: {names}")
        note(f"{network} needs no secret: there is nothing to log in to")
        return
    note(f"{who.account.id}:")
    chosen = ways[choose("which way", [one.title for one in ways])]
    answers, got = granted(chosen, who.known(chosen), port, wait, paste=paste)
    keeper = Keeper(project.loaded.folder)
    entered = who.with_answers(chosen, answers, got)
    identity, kept = keeper.check(who.adapter, entered, got)
    ready = keeper.keep(entered, got, identity, kept, keep.value if keep else None)
    note(f"{ready.id}: {identity.handle} {identity.url}")
    if got.expires:
        note(f"good until {got.expires.date()}")
    if who.written and ready.secrets == who.account.secrets:
        note("the campaign has these references already")
    elif who.written:
        note("Change the account in the campaign to this:")
    elif not write:
        note("Put this into accounts.yaml:")
    say(block(ready).rstrip("\n"))
    if write and not who.written:
        note(f"added to {append(project.loaded.folder, ready)}")


@app.command()
def logout(
    account: Annotated[str, typer.Argument(help="The account's id.", show_default=False)],
    path: CampaignPathOrHere = HERE,
) -> None:
    """Forget an account's secrets that login kept, and its session. What others keep stays; so does the campaign."""
    from mwcampaign.wire.login import Keeper, leaving
    from mwcampaign.wire.project import open_project

    project = open_project(path)
    gone = Keeper(project.loaded.folder).forget(*leaving(project, account))
    for each in gone:
        say(f"{account}: removed {each}")
    if not gone:
        say(f"{account}: nothing is kept here")
