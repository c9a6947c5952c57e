"""Licences and rights statements that pictures come with: what a word in a record means. Pure; anybody may call it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mwcampaign.core.spelling import nearest


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence or rights statement under its usual short name; flags tell what it withholds."""

    id: str
    no_derivatives: bool = False
    non_commercial: bool = False
    in_copyright: bool = False
    """Somebody's permission is needed, whatever it is for."""
    uncleared: bool = False
    """The statement itself says that nobody knows."""


_CREATIVE_COMMONS = ("BY", "BY-SA", "BY-ND", "BY-NC", "BY-NC-SA", "BY-NC-ND")
_VERSIONS = ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0")
_FREE = (
    "CC0-1.0",
    "CC-PDM-1.0",
    "CC-PDDC",
    "etalab-2.0",
    "OGL-UK-1.0",
    "OGL-UK-2.0",
    "OGL-UK-3.0",
    "LAL-1.2",
    "LAL-1.3",
)
# rightsstatements.org, version 1.0.
_STATEMENTS = (
    Licence("InC", in_copyright=True),
    Licence("InC-OW-EU", in_copyright=True),
    Licence("InC-EDU", in_copyright=True),
    Licence("InC-NC", in_copyright=True, non_commercial=True),
    Licence("InC-RUU", in_copyright=True),
    Licence("NoC-CR"),
    Licence("NoC-NC", non_commercial=True),
    Licence("NoC-OKLR"),
    Licence("NoC-US"),
    Licence("CNE", uncleared=True),
    Licence("UND", uncleared=True),
    Licence("NKC"),
)
LICENCES: dict[str, Licence] = {
    one.id: one
    for one in (
        *(Licence(name) for name in _FREE),
        *(
            Licence(f"CC-{terms}-{version}", no_derivatives="ND" in terms, non_commercial="NC" in terms)
            for terms in _CREATIVE_COMMONS
            for version in _VERSIONS
        ),
        *_STATEMENTS,
    )
}
"""What a record's licence is looked up in, by id: SPDX ids and the names of rightsstatements.org."""

_OTHER_NAMES = {
    "cc0": "CC0-1.0", "public domain": "CC-PDM-1.0", "pdm": "CC-PDM-1.0", "public domain mark": "CC-PDM-1.0",
    "us-public-domain": "CC-PDM-1.0", "licence ouverte 2.0": "etalab-2.0", "licence-ouverte-2.0": "etalab-2.0",
    "all rights reserved": "InC", "in copyright": "InC", "copyrighted": "InC", "no known copyright": "NKC",
    "copyright not evaluated": "CNE", "copyright undetermined": "UND",
}  # fmt: skip
_BY_NAME = {name.casefold(): one for name, one in LICENCES.items()} | {
    name: LICENCES[id] for name, id in _OTHER_NAMES.items()
}
_ADDRESS = re.compile(r"https?://(?:www\.)?(creativecommons|rightsstatements)\.org/(.+?)/?$", re.IGNORECASE)


def understand(told: str) -> Licence | None:
    """Return the licence that a record's words name, be it an id, an address or a usual spelling; None if unknown."""
    plain = " ".join(told.casefold().split())
    if address := _ADDRESS.match(plain):
        plain = _of_address(*address.groups())
    return _BY_NAME.get(plain) or _BY_NAME.get(re.sub(r"[ _-]+", "-", plain)) or _national(plain)


def nearest_licence(told: str) -> str:
    """Return the id that unknown words are likeliest meant for, or ""."""
    plain = re.sub(r"[ _-]+", "-", told.strip().casefold())
    found = _BY_NAME.get(f"{plain}-4.0") or _BY_NAME.get(f"{plain}-1.0")
    return found.id if found else nearest(plain, LICENCES) or ""


def _of_address(house: str, path: str) -> str:
    """Return the id in an address: licenses/by-sa/4.0/deed.fr, publicdomain/zero/1.0, vocab/InC/1.0."""
    parts = path.split("/")
    if house == "rightsstatements":
        return parts[1] if len(parts) > 1 else ""
    if parts[0] == "publicdomain":
        return {"zero": "cc0-1.0", "mark": "cc-pdm-1.0"}.get(parts[1] if len(parts) > 1 else "", "")
    return f"cc-{parts[1]}-{parts[2]}" if len(parts) > 2 else ""


def _national(plain: str) -> Licence | None:
    """Return the licence of which this is a country's form, such as CC-BY-3.0-AT."""
    match = re.fullmatch(r"(cc-by[a-z-]*-[123]\.\d)-[a-z]{2,3}", re.sub(r"[ _-]+", "-", plain))
    return _BY_NAME.get(match[1]) if match else None
