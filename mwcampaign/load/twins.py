"""What is there twice: keys, ids, accounts. Nobody knows which of two is meant, so what hangs on it is not judged.

Used by load.folder, load.records and load.campaign.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from mwcampaign.core.campaign import Account, Institution
from mwcampaign.core.names import Names
from mwcampaign.load.inspect import position
from mwcampaign.load.sources import Sources
from mwcampaign.load.tree import KEYED, entry, identify, place

SINGLE = frozenset({"edition", "days", "posts", "institutions", "accounts", "media"})
"""Keys whose entries are judged one by one; on all others every text may hang."""


def report_twins(root: Node, sources: Sources) -> None:
    """Report ids used twice within one campaign's own files."""
    for path in sorted(KEYED):
        node: Any = root
        for key in path:
            node = entry(node, key)
        if not isinstance(node, SequenceNode):
            continue
        named = _NamedItems(node, path[-1])
        twice = Names(named.names).twice()
        # Their indexes, not themselves: a table reads its rows again, however many there are.
        first: dict[str, int] = {}
        for index, item, name in named.all():
            if not twice(name):
                continue
            if name in first:
                before = place(node.value[first[name]])
                at = f"line {before.line}" if before.file == place(item).file else str(before)
                told = entry(item, "id")
                where = position(told) if isinstance(told, ScalarNode) else place(item)
                what = f"the id {name!r} is used twice; first in {at}"
                hint = "give one of the two another id"
                sources.fault("MW111", where, what, hint)
                sources.twin_ids = True
            else:
                first[name] = index


class _NamedItems:
    """The items of a list that have an id."""

    def __init__(self, node: SequenceNode, kind: str) -> None:
        self._node, self._kind = node, kind

    def all(self) -> Iterator[tuple[int, Any, str]]:
        for index, item in enumerate(self._node.value):
            if (name := identify(item, self._kind)) is not None:
                yield index, item, name

    def names(self) -> Iterator[str]:
        return (name for _, _, name in self.all())


def torn(node: Any, sources: Sources) -> bool:
    """Return whether a key is there twice somewhere in a tree."""
    if not sources.torn:
        return False
    stack, seen = [node], set()
    while stack:
        one = stack.pop()
        if not isinstance(one, MappingNode | SequenceNode) or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, SequenceNode):
            stack += one.value
        elif any(id(key) in sources.torn for key, _ in one.value):
            return True
        else:
            stack += [value for _, value in one.value]
    return False


def undecided(root: MappingNode, sources: Sources) -> bool:
    """Return whether something is there twice on which everything hangs."""
    if not sources.torn:
        return False
    edition = entry(root, "edition")
    pairs = [*root.value, *(edition.value if isinstance(edition, MappingNode) else ())]
    return any(id(key) in sources.torn for key, _ in pairs) or any(
        key.value not in SINGLE and torn(value, sources) for key, value in pairs
    )


def told_apart(records: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return records by index, those that use another's id again under a name that no file can give: each has its own
    text and hour, which are judged as they stand."""
    met: dict[str, int] = {}
    apart: dict[Any, Any] = {}
    for index, record in records.items():
        number = met[record.id] = met.get(record.id, 0) + 1
        apart[index] = record if number == 1 else _named(record, f"{record.id} ({number})")
    return apart


def _named(record: BaseModel, name: str) -> BaseModel:
    return record.model_copy(update={"id": name})


def made_twice(accounts: Mapping[int, Account], institutions: Iterable[Institution]) -> tuple[int, str] | None:
    """Return the index of a pattern that makes an account which another one makes too, and that account's id."""
    written = {account.id for account in accounts.values() if account.institution != "*"}
    patterns = {index: account.id for index, account in accounts.items() if account.institution == "*"}
    ends = {name.removeprefix("*@") for name in patterns.values() if name.startswith("*@")}
    if len(ends) == len(patterns) and not any("@" in end or "*" in end for end in ends):
        return None  # however many institutions there are, their ids end differently
    made: set[str] = set()
    for institution in institutions:
        for index, pattern in patterns.items():
            name = pattern.replace("*", institution.id)
            if name in made and name not in written:
                return index, name
            made.add(name)
    return None
