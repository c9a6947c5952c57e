"""Both sides of a comparison in one run, taken in turns, medians and their ratio printed. Nothing is asserted."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable


def compare(
    name: str, ours: Callable[[], object], bare: Callable[[], object], goal: str, *, rounds: int = 11, unit: int = 1
) -> float:
    """Time two calls in turns; print the median of each (per unit of work) and the ratio ours/bare."""
    ours(), bare()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for side, call in enumerate((ours, bare)):
            gc.collect()
            began = time.perf_counter()
            call()
            times[side].append((time.perf_counter() - began) / unit)
    middle = [statistics.median(side) for side in times]
    ratio = statistics.median(a / b for a, b in zip(*times, strict=True))
    print(f"{name}: {_told(middle[0])} against {_told(middle[1])}, ratio {ratio:.2f} (goal {goal})")
    return ratio


def _told(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms" if seconds > 1e-3 else f"{seconds * 1e6:.1f} µs"
