"""JSON Schemas of what commands answer with --format json. Versions change when a field changes its meaning or goes."""

from __future__ import annotations

from typing import Any

from mwcampaign.core.delivery import State
from mwcampaign.core.findings import Level
from mwcampaign.core.plan import Action
from mwcampaign.core.plan_file import VERSION
from mwcampaign.engine.audit import Flaw

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
FLAG = {"type": "boolean"}
INSTANT = {"type": "string", "format": "date-time"}
KEY = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
STATE = {"enum": [str(state) for state in State]}
COUNTS = {"type": "object", "propertyNames": STATE, "additionalProperties": COUNT}


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that also takes null."""
    return {"anyOf": [schema, {"type": "null"}]}


def every(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": schema}


def record(**fields: Any) -> dict[str, Any]:
    """Return the schema of an object that has exactly these fields."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def answer(kind: str, version: int = 1, **fields: Any) -> dict[str, Any]:
    """Return the schema of a versioned answer."""
    return record(schema={"const": f"mwcampaign/{kind}"}, version={"const": version}, **fields)


PICTURE = record(digest=KEY, name=TEXT, mime=TEXT, size=COUNT, width=COUNT, height=COUNT, alt=TEXT)
MESSAGE = record(text=TEXT, language=TEXT, pictures=every(PICTURE), warning=TEXT, visibility=TEXT)
FINDING = record(
    code={"type": "string", "pattern": "^MW[0-9]{3}$"},
    level={"enum": [str(level) for level in Level]},
    file=TEXT,
    line=maybe(COUNT),
    column=maybe(COUNT),
    text=TEXT,
    institutions=maybe(COUNT),
    hint=maybe(TEXT),
)
DELIVERY = record(
    key=KEY, edition=TEXT, post=TEXT, part=COUNT, institution=TEXT, account=TEXT, network=TEXT, theme=TEXT,
    due=INSTANT, closes=INSTANT, message=MESSAGE, after=maybe(KEY), country=TEXT, essential=FLAG, makers=every(TEXT),
)  # fmt: skip
STEP = record(
    action={"enum": [str(action) for action in Action]},
    key=KEY,
    before=maybe(KEY),
    after=maybe(KEY),
    why=TEXT,
    delivery=DELIVERY,
)
PLAN = answer(
    "plan",
    VERSION,
    edition=TEXT,
    campaign_digest=KEY,
    ledger_serial=COUNT,
    approval={"enum": ["required", "none"]},
    approval_before={"enum": ["required", "none", ""]},
    counts={
        "type": "object",
        "propertyNames": {"enum": [str(action) for action in Action]},
        "additionalProperties": COUNT,
    },
    accounts=every(record(id=TEXT, account={"type": "object"})),
    steps=every(STEP),
    digest=KEY,
)
STANDING = record(
    key=KEY, institution=TEXT, account=TEXT, post=TEXT, part=COUNT, due=INSTANT, not_before=maybe(INSTANT), state=STATE,
    why=maybe(TEXT),
)  # fmt: skip
DAY = {
    "type": "object",
    "properties": {"edition": TEXT, "day": TEXT, "network": TEXT},
    "required": ["day", "network"],
    "additionalProperties": COUNT,
}
ATTEMPT = record(
    number=COUNT, started=INSTANT, sealed=maybe(INSTANT), ended=maybe(INSTANT), outcome=maybe(TEXT), why=maybe(TEXT),
    address=maybe(TEXT), request=maybe({"type": "object"}),
)  # fmt: skip
CHANGE = record(at=INSTANT, event=TEXT, before=maybe(STATE), after=STATE, who=TEXT, why=maybe(TEXT))
RENDERED = record(
    post=TEXT, part=COUNT, day=TEXT, institution=TEXT, account=TEXT, network=TEXT, language=TEXT, due=INSTANT,
    closes=INSTANT, count=COUNT, limit=COUNT, unit=TEXT, message=maybe(MESSAGE),
    remarks=every(record(code=TEXT, text=TEXT)),
)  # fmt: skip
HALT = record(
    scope={"enum": ["everything", "country", "network", "theme", "institution"]}, value=TEXT, since=INSTANT, who=TEXT,
    why=TEXT,
)  # fmt: skip
PAUSE = record(reach={"enum": ["account", "application", "network"]}, name=TEXT, why=TEXT, until=maybe(INSTANT))
FLAW = record(
    flaw={"enum": [str(flaw) for flaw in Flaw]}, key=KEY, account=TEXT, post=TEXT, where=TEXT, what=TEXT,
)  # fmt: skip
IDENTITY = record(
    handle=TEXT, url=TEXT, limits={"type": "object"}, software=TEXT, rights=every(TEXT), expires=maybe(INSTANT),
    renews=FLAG, left=every(record(posts=COUNT, until=INSTANT, shared=FLAG)),
)  # fmt: skip
VERIFIED = {"anyOf": [record(trouble=TEXT), IDENTITY]}
NETWORK = record(network=TEXT, package=TEXT, secrets=every(TEXT), options=every(TEXT), capabilities={"type": "object"})

ANSWERS: dict[str, dict[str, Any]] = {
    "check": answer("findings", messages=COUNT, findings=every(FINDING)),
    "render": answer("messages", messages=every(RENDERED)),
    "languages": answer(
        "languages",
        languages=every(
            record(language=TEXT, institutions=COUNT, days_without_tag=every(TEXT), posts_without_words=every(TEXT))
        ),
    ),
    "plan": PLAN,
    "apply": answer("applied", 2, written=FLAG, plan=PLAN),
    "status": answer(
        "status", counts=COUNTS, overdue=COUNT, waiting=COUNT, halts=every(HALT),
        pauses=every(PAUSE), next=maybe(STANDING), days=every(DAY),
        look=every(record(trouble=TEXT, **STANDING["properties"])),
    ),
    "show": answer(
        "delivery", key=KEY, edition=TEXT, post=TEXT, part=COUNT, day=TEXT, institution=TEXT, account=TEXT,
        network=TEXT, due=INSTANT, closes=INSTANT, state=STATE, why=maybe(TEXT), message=MESSAGE,
        receipt=maybe(record(id=TEXT, url=TEXT, posted_at=INSTANT)), attempts=every(ATTEMPT), history=every(CHANGE),
    ),
    "rehearse": answer(
        "rehearsal", weather=TEXT, seed={"type": "integer"}, counts=COUNTS, duplicates=COUNT, lost=COUNT,
        wrong=every(record(kind={"enum": ["duplicate", "lost"]}, key=TEXT, account=TEXT, network=TEXT, what=TEXT)),
        days=every(DAY), troubles=every(record(key=KEY, state=STATE, why=TEXT)),
        faults=every(record(
            fault=TEXT, words=TEXT, network=TEXT, met=COUNT, ended={"type": "object", "additionalProperties": COUNT}
        )),
        spells=every(record(fault=TEXT, where=TEXT, **{"from": INSTANT}, until=INSTANT, clock={"type": "number"},
                            felt=COUNT)),
        met=every(record(at=INSTANT, fault=TEXT, key=KEY, account=TEXT, network=TEXT, attempt=COUNT, runner=TEXT,
                         ended=TEXT)),
    ),
    "audit": answer(
        "audit", read=COUNT, found=every(FLAW),
        counts={"type": "object", "propertyNames": FLAW["properties"]["flaw"], "additionalProperties": COUNT},
    ),
    "accounts-list": answer(
        "accounts", accounts=every(record(account=TEXT, network=TEXT, server=TEXT, handle=TEXT, secrets=TEXT))
    ),
    "accounts-verify": answer("verified", 2, accounts={"type": "object", "additionalProperties": VERIFIED}),
    "networks": answer(
        "networks", networks=every({"anyOf": [NETWORK, record(network=TEXT, package=TEXT, trouble=TEXT)]})
    ),
}  # fmt: skip
"""By command. `run` in a pipe writes one object a line: at, event, and what the event is about."""
