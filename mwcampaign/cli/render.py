"""`mwcampaign render`: messages as they will read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mwcampaign.cli._options import CampaignPath, Days, Institutions, Languages, Networks, Posts, selection
from mwcampaign.cli._output import Format, note, say, say_json
from mwcampaign.cli._place import command
from mwcampaign.core.checks import length
from mwcampaign.core.ports import Platform
from mwcampaign.core.wanted import Wanted
from mwcampaign.errors import CampaignInvalid

if TYPE_CHECKING:
    from mwcampaign.wire.project import Project


def render(
    path: CampaignPath,
    posts: Posts = None,
    days: Days = None,
    institutions: Institutions = None,
    networks: Networks = None,
    languages: Languages = None,
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
) -> None:
    """Show messages as they will read, counted as the network counts.

    What cannot be rendered is said where it would stand; `check` tells the place in the files. What is sound in faulty
    files is shown all the same, and their errors at the end: then it exits with 3.
    """
    from mwcampaign.wire.project import open_project

    project = open_project(path)
    if project.loaded.remains is None:
        _ = project.campaign  # nothing is left to show
    only = selection(posts, days, institutions, networks, languages)
    shown = lost = 0
    told: list[dict[str, Any]] = []
    for wanted in project.wish(only):
        shown += 1
        lost += wanted.message is None
        platform = project.platform_for(wanted.account)
        if form is Format.JSON:
            told.append(_data(wanted, platform))
            continue
        say(_heading(wanted, platform), style="bold")
        if wanted.message is not None:
            if wanted.message.warning:
                say(f"[{wanted.message.warning}]")
            say(wanted.message.text)
            for picture in wanted.message.pictures:
                say(f"[picture {picture.name}: {picture.alt}]")
        for remark in wanted.remarks:
            say(f"! {remark.code} {remark.what}", style="yellow")
        say()
    if form is Format.JSON:
        say_json({"schema": "mwcampaign/messages", "version": 1, "messages": told})
    elif not shown and project.loaded.campaign is not None:
        note(f"nothing matches; list what there is with: {command('render', project.path)}")
    _refuse_what_is_left_out(project, lost)


def _refuse_what_is_left_out(project: Project, lost: int) -> None:
    """Raise CampaignInvalid with the errors of the files, or for messages that have no text."""
    try:
        _ = project.campaign
    except CampaignInvalid as error:
        raise CampaignInvalid(
            error.what, error.findings, hint="what they leave sound is shown, the rest is not"
        ) from None
    if lost:
        what = f"{lost:,} message{'s' * (lost != 1)} could not be rendered"
        raise CampaignInvalid(what, hint=f"see where with: {command('check', project.path)}")


def _count(wanted: Wanted, platform: Platform) -> int:
    return length(wanted.message, platform) if wanted.message else 0


def _heading(wanted: Wanted, platform: Platform) -> str:
    able = platform.capabilities
    local = wanted.window.due.astimezone(wanted.institution.zone)
    part = f" part {wanted.part + 1}" if wanted.part or len(wanted.post.parts) > 1 else ""
    return (
        f"── {wanted.account.id} · {wanted.post.id}{part} · {wanted.theme.id} · {local:%Y-%m-%d %H:%M} "
        f"{wanted.institution.timezone} · {wanted.language} · {_count(wanted, platform)}/{able.text_limit} {able.unit}"
    )


def _data(wanted: Wanted, platform: Platform) -> dict[str, Any]:
    return {
        "post": wanted.post.id,
        "part": wanted.part,
        "day": wanted.theme.date.isoformat(),
        "institution": wanted.institution.id,
        "account": wanted.account.id,
        "network": wanted.account.network,
        "language": wanted.language,
        "due": wanted.window.due.isoformat().replace("+00:00", "Z"),
        "closes": wanted.window.closes.isoformat().replace("+00:00", "Z"),
        "count": _count(wanted, platform),
        "limit": platform.capabilities.text_limit,
        "unit": platform.capabilities.unit,
        "message": json.loads(wanted.message.to_json()) if wanted.message else None,
        "remarks": [{"code": remark.code, "text": remark.what} for remark in wanted.remarks],
    }
