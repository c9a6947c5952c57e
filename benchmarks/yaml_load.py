"""How much do places cost? Our reading of a large YAML file, with positions and checks, against bare yaml.compose.

Both arms run in turn in one process, with the cyclic collector off in both; medians of several rounds. Goal: a ratio
of at most 1.5 for composing with all checks. Run: python benchmarks/yaml_load.py [posts]
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable

import yaml

from mwcampaign.load.sources import Sources
from mwcampaign.load.yaml import compose, plain

POST = """\
- id: post-{number}
  day: [monday, 2021-06-08]
  at: 10:30
  text:
    fr: Bonjour de {{{{ institution.name }}}}, numéro {number} {{{{ tags }}}}
    en: "Good morning from {{{{ institution.name }}}}, number {number} {{{{ tags }}}}"
  networks: [mastodon, bluesky]
  media: [boats.jpg]
"""


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU time of one call, garbage included, collector off."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    kept = work()
    took = time.process_time() - start
    gc.enable()
    del kept
    return took


def main() -> None:
    """Print medians and ratios."""
    posts = int(sys.argv[1]) if len(sys.argv) > 1 else 9_000
    text = "".join(POST.format(number=number) for number in range(posts))
    data = text.encode()
    arms: dict[str, Callable[[], object]] = {
        "yaml.compose": lambda: yaml.compose(data, Loader=yaml.CSafeLoader),
        "with positions and checks": lambda: compose(text, "posts.yaml", Sources()),
        "and plain data": lambda: plain(compose(text, "posts.yaml", Sources())),
        "yaml.load, for comparison": lambda: yaml.load(data, Loader=yaml.CSafeLoader),
    }
    taken: dict[str, list[float]] = {name: [] for name in arms}
    for _ in range(7):
        for name, work in arms.items():
            taken[name].append(seconds(work))
    bare = statistics.median(taken["yaml.compose"])
    print(f"{len(data) / 1e6:.1f} MB, {posts} posts")
    for name, each in taken.items():
        took = statistics.median(each)
        print(f"{name:28} {took:6.2f} s  {len(data) / 1e6 / took:5.1f} MB/s  ratio {took / bare:4.2f}")


if __name__ == "__main__":
    main()
