"""Which promise of the contract which network keeps, as a page: docs/networks/promises.md.

`python -m tests.platforms.promises` runs the contract classes of all adapters, and writes the page if all of them pass.
To standard error it says how many requests were judged by the networks' own descriptions, where they lie beside the
project. `page` alone runs nothing: a test compares it with the file.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from mwcampaign.core.capabilities import Capabilities
from mwcampaign.platforms import NETWORKS, adapter
from mwcampaign.report.networks_table import WORDS
from mwcampaign.testing.platform_contract import PlatformContract
from tests.platforms import facebook_rig, telegram_rig, threads_rig, vk_rig, x_rig

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "networks" / "promises.md"
HEAD = """\
# Which promise is kept where

Every network's adapter passes one suite, `mwcampaign/testing/platform_contract.py`, in front of a real server or of one
that behaves as the network's documentation says. This page is made by `python -m tests.platforms.promises`, which runs
the suite for all of them, and is not written if anything fails.

**✓** kept, by the suite's own test. **own**: kept by a test of the network's own, because the network behaves
otherwise; the note says how. **–** does not apply; the note says why.
"""
OVERRIDDEN = "own"


@cache
def contracts() -> dict[str, type]:
    """Return each network's contract class."""
    found = {}
    for network in WORDS:
        module = importlib.import_module(f"tests.platforms.test_{network}")
        classes = [each for name, each in vars(module).items() if name.startswith("Test") and "Keeps" in name]
        (found[network],) = classes
    assert found.keys() == NETWORKS.keys()
    return found


@cache
def promises() -> dict[str, Callable[..., None]]:
    """Return the contract's promises, its tests, in the order of their files."""
    return {
        name: test
        for kind in reversed(PlatformContract.__mro__)
        for name, test in vars(kind).items()
        if name.startswith("test_")
    }


def reason(network: str, promise: str) -> str:
    """Return why a promise does not apply to a network; "" where it does."""
    able = adapter(network).capabilities
    if not hasattr(contracts()[network], promise):
        return "nothing is sent: a person posts it"
    match promise:
        case "test_thread_is_a_chain" if not able.threads:
            return "no threads there"
        case "test_language_arrives" if not able.languages:
            return "a post has no language there"
        case "test_warning_arrives" if able.warnings == "none":
            return "no content warnings there"
        case "test_visibility_arrives" if able.visibilities == ("public",):
            return "every post is public"
        case "test_same_envelope_twice" if not able.replay_window:
            return "it knows no replays: no request is sent a second time"
        case "test_what_is_still_allowed" if getattr(contracts()[network], "tells_allowances", "always") != "always":
            return "no answer to a post says there how many more may follow"
        case "test_an_altered_post_is_there_and_not_the_same" if _nobody_edits(network):
            return "nobody can change a post there"
    return _unread(able, promise)


def _unread(able: Capabilities, promise: str) -> str:
    read_back = ("own_copy", "no_copy", "altered_post", "repetition_is_told")
    if able.lookup == "none" and any(part in promise for part in read_back):
        return "nothing can be read back from there"
    return ""


def _nobody_edits(network: str) -> bool:
    """Return whether the rig's own way to change a post says at once that there is none."""
    fixture = getattr(contracts()[network], "rig", None)
    if fixture is None:
        return False
    rig = get_type_hints(fixture._get_wrapped_function())["return"]
    return inspect.getsource(rig.edit).strip().endswith("return False") and not adapter(network).capabilities.edits


def overriding(network: str, promise: str) -> str:
    """Return what the network's own test of a promise says of itself; "" where the contract's test is used."""
    test = getattr(contracts()[network], promise, None)
    if test is None or test is promises()[promise]:
        return ""
    return _first_sentence(test)


def page() -> str:
    """Return the page, as it is when all tests pass."""
    notes: dict[str, int] = {}
    rows = []
    for name, promise in promises().items():
        cells = []
        for network in WORDS:
            own, why = overriding(network, name), reason(network, name)
            said = own or why
            note = f" <sup>{notes.setdefault(said, len(notes) + 1)}</sup>" if said else ""
            cells.append((OVERRIDDEN if own else "–" if why else "✓") + note)
        rows.append((_words(name, promise), *cells))
    columns = ("promise", *(f"[{network}]({network}.md)" for network in WORDS))
    table = "".join(f"| {' | '.join(row)} |\n" for row in (columns, ["---"] * len(columns), *rows))
    told = "".join(f"{number}. {said[0].upper()}{said[1:]}.\n" for said, number in notes.items())
    return f"{HEAD}\n{table}\n## Notes\n\n{told}"


def _words(name: str, promise: Callable[..., None]) -> str:
    return f"**{name.removeprefix('test_').replace('_', ' ')}**: {_first_sentence(promise)}"


def _first_sentence(told: Callable[..., None]) -> str:
    text = " ".join((told.__doc__ or "").split())
    return text.partition(". ")[0].removesuffix(".").replace("|", "\\|")


class Watch:
    """Notes, as a plugin of pytest, which tests did not pass, and how many requests were judged for each network."""

    def __init__(self) -> None:
        self.amiss: list[str] = []
        self.passed: Counter[str] = Counter()
        self.judged: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what failed or was skipped, at whichever step, and what passed."""
        if not report.passed:
            self.amiss.append(f"{report.nodeid}: {report.outcome}")
        elif report.when == "call":
            self.passed[Path(report.nodeid.partition("::")[0]).stem.removeprefix("test_")] += 1

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """Count the requests that the rig's own judge looks at when its test is over."""
        network = item.path.stem.removeprefix("test_")
        rigs = [each for each in getattr(item, "funcargs", {}).values() if hasattr(each, "proxy")]
        if network in JUDGES and rigs:
            judge = JUDGES[network](rigs[0])
            for seen in rigs[0].proxy.requests if judge is not None else ():
                judge.faults(seen)
            self.judged[network] += 0 if judge is None else _number(judge.judged)
        return (yield)


def _number(judged: int | list[str]) -> int:
    return judged if isinstance(judged, int) else len(judged)


def _x(_: Any) -> Any:
    return x_rig.Judge(json.loads(x_rig.CONTRACT.read_text("utf-8"))) if x_rig.CONTRACT.exists() else None


def _telegram(_: Any) -> Any:
    there = telegram_rig.CONTRACT
    return telegram_rig.Judge(json.loads(there.read_text("utf-8"))) if there.exists() else None


def _threads(_: Any) -> Any:
    there = threads_rig.CONTRACT
    return threads_rig.ThreadsJudge(json.loads(there.read_text("utf-8"))) if there.exists() else None


def _facebook(_: Any) -> Any:
    there = facebook_rig.CONTRACTS
    objects = ("Page", "PagePost", "Photo")
    return facebook_rig.GraphJudge(there, objects, facebook_rig.of_pages) if there.exists() else None


def _instagram(rig: Any) -> Any:
    there = facebook_rig.CONTRACTS
    return facebook_rig.GraphJudge(there, ("IGUser", "IGMedia"), rig.place) if there.exists() else None


def _vk(_: Any) -> Any:
    return vk_rig.Judge(vk_rig.CONTRACT) if vk_rig.CONTRACT.exists() else None


JUDGES: dict[str, Callable[[Any], Any]] = {
    "x": _x,
    "telegram": _telegram,
    "threads": _threads,
    "facebook": _facebook,
    "instagram": _instagram,
    "vk": _vk,
}
"""The judge of a rig's requests, fresh; None where the network's description does not lie beside the project."""


def main() -> int:
    """Run all contract classes; write the page if all tests passed. Return the exit code."""
    places = [f"{inspect.getsourcefile(kind)}::{kind.__name__}" for kind in contracts().values()]
    watch = Watch()
    pytest.main(["-p", "no:cacheprovider", f"--rootdir={ROOT}", *places], plugins=[watch])
    for network in WORDS:
        sys.stderr.write(f"{network}: {watch.passed[network]} tests passed, {watch.judged[network]} requests judged\n")
    if watch.amiss or any(not watch.passed[network] for network in WORDS):
        sys.stderr.write("\n".join(["the page is not written:", *watch.amiss, ""]))
        return 1
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
