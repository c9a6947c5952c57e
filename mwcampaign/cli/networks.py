"""`mwcampaign networks`: what each network can do here, those of installed packages too."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from mwcampaign.cli._output import Format, say_json, table
from mwcampaign.report.networks_table import LIKE

COLUMNS = ("network", "text", "pictures", "alt text", "threads", "warning", "after a lost answer", "secrets", "from")


def networks(
    form: Annotated[Format, typer.Option("--format", help="How to answer.")] = Format.TEXT,
) -> None:
    """Show what each network can do here, those of plug-ins too.

    Offline, from capabilities alone. An adapter that cannot be loaded is one line with the reason.
    """
    from importlib.metadata import entry_points

    from mwcampaign.platforms import GROUP, NETWORKS

    packages = {point.name: point.dist.name if point.dist else point.value for point in entry_points(group=GROUP)}
    names = {**packages, **dict.fromkeys(NETWORKS, "mwcampaign")}
    told = [_network(name, names[name]) for name in sorted(names)]
    if form is Format.JSON:
        say_json({"schema": "mwcampaign/networks", "version": 1, "networks": told})
    else:
        table("Networks", COLUMNS, [_row(each) for each in told])


def _network(name: str, package: str) -> dict[str, Any]:
    from mwcampaign.platforms import adapter

    try:
        found = adapter(name)
        return {
            "network": name,
            "package": package,
            "secrets": list(found.secret_names),
            "options": list(found.option_names),
            "capabilities": found.capabilities.to_json(),
        }
    except Exception as error:  # noqa: BLE001 - somebody else's module may fail in any way, and hides no other network
        why = " ".join(str(error).split())
        return {"network": name, "package": package, "trouble": f"{type(error).__name__}: {why}"[:300]}


def _row(told: dict[str, Any]) -> tuple[str, ...]:
    if "trouble" in told:
        return (told["network"], f"cannot be loaded: {told['trouble']}", *[""] * 6, told["package"])
    able = told["capabilities"]
    kinds = ", ".join(kind.removeprefix("image/") for kind in able["picture_types"])
    needed = "needed, " if able["pictures_needed"] else ""
    pictures = f"{needed}up to {able['pictures']}: {kinds}" if able["pictures"] else "no"
    by_hand = able["handed_over"]
    return (
        told["network"],
        LIKE if by_hand else f"{able['text_limit']} {able['unit']}",
        LIKE if by_hand else pictures,
        "" if not able["pictures"] else str(able["alt_limit"] or "no limit told"),
        "yes" if able["threads"] else "no",
        "no" if able["warnings"] == "none" else able["warnings"],
        "a person" if by_hand or able["lookup"] == "none" else f"looked up ({able['lookup']})",
        ", ".join(told["secrets"]),
        told["package"],
    )
