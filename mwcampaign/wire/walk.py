"""Walks the wish of a large campaign with all cores: each process renders and judges some institutions at a time.

The others load the campaign anew, so nothing is shared and the order stays that of one process.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread

from mwcampaign.core.crowd import Minutes
from mwcampaign.core.delivery import Delivery
from mwcampaign.core.judge import Met
from mwcampaign.errors import MwcampaignError
from mwcampaign.wire.project import Project, judged, open_project

MANY = 2000
"""From so many institutions on it is worth starting other processes."""
CHUNK = 50
AHEAD = 4
"""Pieces in work for each process: enough to keep it busy, few enough to keep memory flat."""

Piece = tuple[list[Delivery], int, Met, Minutes]
"""The deliveries of some institutions, how many messages they were, the remarks on them, and when they are due."""


class WorkerLost(MwcampaignError):
    """Another process of ours was killed."""


def processes() -> int:
    """Return how many processes may work at the same time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pieces(project: Project, number: int, size: int, *, deliveries: bool = True) -> Iterator[Piece]:
    """Yield the wish of `size` institutions piece by piece, in order, made by so many processes; without its
    `deliveries` where only remarks are wanted. Raises WorkerLost."""
    told = (project.path, project.institutions, project.loaded.digest)
    pool = ProcessPoolExecutor(number, get_context("spawn"), _begin, told)
    try:
        waiting: deque[Future[Piece]] = deque()
        for start in range(0, size, CHUNK):
            waiting.append(pool.submit(_piece, start, start + CHUNK, deliveries))
            if len(waiting) > AHEAD * number:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        hint = "perhaps there was not enough memory, or the campaign changed meanwhile; nothing was done, try again"
        raise WorkerLost("one of the processes that judge the campaign ended early", hint=hint) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_project: Project | None = None


def _begin(path: Path, institutions: Path | None, digest: str) -> None:
    global _project  # noqa: PLW0603 - a worker process has one campaign, and this is it
    # ^C is for the process that started us, which then ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_the_first, daemon=True).start()
    project = open_project(path, institutions)
    if project.loaded.digest == digest:
        _project = project


def _end_with_the_first() -> None:
    """End when the process that started this one is killed: nobody would ever ask for more."""
    if first := parent_process():
        first.join()
        os._exit(1)


def _piece(start: int, end: int, keep: bool) -> Piece:
    if _project is None or _project.loaded.remains is None:
        raise BrokenProcessPool("the campaign changed")
    deliveries, messages = [], 0
    judge = _project.judge()
    for wanted in judged(_project, judge, _project.loaded.remains.institutions[start:end]):
        messages += 1
        if keep and wanted.delivery is not None:
            deliveries.append(wanted.delivery)
    return deliveries, messages, judge.met, judge.due
