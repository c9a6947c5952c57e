"""A plan as text and back: JSON with one account or step a line, so that it can be written and read however long it is.

Whoever reads one back is told when it was altered. The command line shows plans so, and saves them for review.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from mwcampaign.core.delivery import Delivery
from mwcampaign.core.ledger import Descriptions
from mwcampaign.core.message import canonical
from mwcampaign.core.plan import Action, Plan, Step
from mwcampaign.errors import PlanRefused

VERSION = 2
AGAIN = "make it again with: mwcampaign plan PATH --out FILE"


def lines(plan: Plan, **besides: str) -> Iterator[str]:
    """Yield a plan's lines, without their ends; together they are one JSON object. With `besides`, which is not part of
    the plan, the plan is that object's `plan`.

    The digest at the end is the sha256 over the head, the accounts and the steps, each as canonical JSON.
    """
    head = _head(plan)
    whole = hashlib.sha256(canonical(head).encode())
    outer = ", ".join(f"{json.dumps(name)}: {json.dumps(told)}" for name, told in besides.items())
    yield f'{{{outer}, "plan": {{' if besides else "{"
    for name, told in head.items():
        yield f"{json.dumps(name)}: {json.dumps(told, ensure_ascii=False)},"
    for name, each in (("accounts", _accounts(plan.accounts)), ("steps", map(_told, plan.steps))):
        yield f'"{name}": ['
        before = ""
        for data in each:
            line = canonical(data)
            whole.update(b"\n" + line.encode())
            if before:
                yield before + ","
            before = line
        if before:
            yield before
        yield "],"
    yield f'"digest": "{whole.hexdigest()}"'
    yield "}}" if besides else "}"


def _head(plan: Plan) -> dict[str, Any]:
    return {
        "schema": "mwcampaign/plan",
        "version": VERSION,
        "edition": plan.edition,
        "campaign_digest": plan.campaign_digest,
        "ledger_serial": plan.ledger_serial,
        "approval": plan.approval,
        "approval_before": plan.approval_before,
        "counts": {str(action): number for action, number in plan.counts.items()},
    }


def _accounts(accounts: Descriptions) -> Iterator[dict[str, Any]]:
    return ({"id": name, "account": json.loads(told)} for name, told in accounts.items())


def _told(step: Step) -> dict[str, Any]:
    delivery = asdict(step.delivery)
    delivery["due"], delivery["closes"] = _instant(step.delivery.due), _instant(step.delivery.closes)
    delivery["message"] = json.loads(step.delivery.message)
    return {
        "action": str(step.action),
        "key": step.key,
        "before": step.before,
        "after": step.after,
        "why": step.why,
        "delivery": delivery,
    }


def _instant(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan that was read back, and what was written besides it."""

    plan: Plan
    besides: dict[str, str]


def read(
    told: Iterable[str],
    keep_steps: Callable[[Iterator[Step]], Collection[Step]] = tuple,
    keep_accounts: Callable[[Iterator[tuple[str, str]]], Descriptions] = dict,
) -> Saved:
    """Read a saved plan from its lines, as they were written or reformatted. `keep_…` are given the steps and accounts
    as they are read, and walk through all of them.

    Raises PlanRefused when it is not a plan, is of another version, or was altered.
    """
    try:
        return _read(iter(told), keep_steps, keep_accounts)
    except (KeyError, TypeError, ValueError, StopIteration, RecursionError) as error:
        raise PlanRefused(f"the saved plan is damaged ({type(error).__name__})", hint="make it again") from error


def _read(
    told: Iterator[str],
    keep_steps: Callable[[Iterator[Step]], Collection[Step]],
    keep_accounts: Callable[[Iterator[tuple[str, str]]], Descriptions],
) -> Saved:
    data, parts = _opened(told)
    head, besides = data.pop("plan"), data
    if not isinstance(head, dict) or head.get("schema") != "mwcampaign/plan":
        raise PlanRefused("this is not a saved plan", hint=AGAIN)
    if head.get("version") != VERSION:
        what = f"the plan is of version {head.get('version')}, this program reads version {VERSION}"
        raise PlanRefused(what, hint=AGAIN)
    whole = hashlib.sha256(canonical(head).encode())

    def heard(each: Iterator[Any]) -> Iterator[Any]:
        for one in each:
            whole.update(b"\n" + canonical(one).encode())
            yield one

    accounts = keep_accounts((one["id"], canonical(one["account"])) for one in heard(parts("accounts")))
    steps = keep_steps(map(_heard, heard(parts("steps"))))
    ended = dict(parts("digest"))
    plan = Plan(
        head["edition"],
        head["campaign_digest"],
        head["ledger_serial"],
        steps,
        accounts,
        head["approval"],
        head["approval_before"],
    )
    # Fails closed: a plan without a digest is as altered as one with the wrong digest.
    if ended.get("digest") != whole.hexdigest() or _head(plan) != head:
        raise PlanRefused("the saved plan was altered after it was made", hint="make it again, and review it")
    return Saved(plan, besides)


def _opened(told: Iterator[str]) -> tuple[dict[str, Any], Callable[[str], Iterator[Any]]]:
    """Return everything before the accounts, and a function that yields what follows, part by part."""
    top = [next(told)]
    if not top[0].rstrip().endswith('"plan": {'):
        return _reformatted("\n".join([*top, *told]))
    for line in told:
        if line.strip() == '"accounts": [':
            break
        top.append(line)
    else:
        raise ValueError("accounts")
    data = json.loads("".join(top).rstrip().rstrip(",") + "}}")

    def parts(name: str) -> Iterator[Any]:
        if name == "digest":
            rest = "".join(told)
            yield from json.loads("{" + rest.strip()[:-1]).items()
            return
        for line in told:
            bare = line.strip()
            if bare == "],":
                if name == "accounts" and next(told, "").strip() != '"steps": [':
                    raise ValueError(name)
                return
            yield json.loads(bare.removesuffix(","))
        raise ValueError(name)

    return data, parts


def _reformatted(text: str) -> tuple[dict[str, Any], Callable[[str], Iterator[Any]]]:
    """Read a plan that an editor or another program has written anew."""
    data = json.loads(text)
    head = data["plan"] if isinstance(data, dict) and isinstance(data.get("plan"), dict) else {}
    if not head:
        raise PlanRefused("this is not a saved plan", hint=AGAIN)
    rest = {name: head.pop(name, []) for name in ("accounts", "steps", "digest")}
    return data, lambda name: iter([("digest", rest["digest"])] if name == "digest" else rest[name])


def _heard(data: dict[str, Any]) -> Step:
    told = dict(data["delivery"])
    told["due"], told["closes"] = datetime.fromisoformat(told["due"]), datetime.fromisoformat(told["closes"])
    told["message"] = canonical(told["message"])
    told["makers"] = tuple(told["makers"])
    step = Step(Action(data["action"]), Delivery(**told), data["before"], data["after"], data["why"])
    if step.key != data["key"]:
        raise ValueError(data["key"])
    return step
