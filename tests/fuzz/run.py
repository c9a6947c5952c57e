"""Drives a door with atheris: `python -m tests.fuzz.run SECONDS [NAME ...]`, each door in a process of its own.

What is new and reaches new lines is kept in out/fuzz/NAME, what breaks a promise in out/fuzz/found; whoever runs it
copies what is worth keeping into tests/fuzz/corpus/NAME. Without atheris it says so and ends well.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
OUT = Path("out/fuzz")
SLOWER = 5
"""How much slower code is when every branch is watched, generously."""
MOST = {"campaign": 4096, "picture": 8192, "plan": 8192}
"""Bytes of an input, by door."""


def drive(name: str, seconds: str) -> None:
    """Run one door until the time is over or something breaks; never returns."""
    import atheris

    # Before anything of ours is imported: the import is where the watching is put in.
    with atheris.instrument_imports(include=["mwcampaign", "tests.fuzz.doors"]):
        from tests.fuzz.doors import DOORS, at_most

    def once(data: bytes) -> None:
        with at_most(SLOWER):
            DOORS[name](data)

    new = OUT / name
    new.mkdir(parents=True, exist_ok=True)
    (OUT / "found").mkdir(parents=True, exist_ok=True)
    told = [f"-max_total_time={seconds}", f"-artifact_prefix={OUT}/found/{name}-", f"-max_len={MOST.get(name, 1024)}"]
    atheris.Setup(["fuzz", *told, "-print_final_stats=1", "-verbosity=0", str(new), str(CORPUS / name)], once)
    atheris.Fuzz()


def main(seconds: str, *names: str) -> int:
    """Run doors one after the other, all where none is named; return 1 if one of them broke."""
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not here (pip install atheris); the kept inputs are replayed by: pytest tests/fuzz")
        return 0
    broken = []
    for name in names or sorted(path.name for path in CORPUS.iterdir()):
        print(f"== {name}", flush=True)
        command = [sys.executable, "-m", "tests.fuzz.run", "--drive", name, seconds]
        if subprocess.run(command, check=False).returncode:
            broken.append(name)
    if broken:
        print(f"broken: {', '.join(broken)}; see {OUT}/found")
    return 1 if broken else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--drive"]:
        drive(*sys.argv[2:4])
    sys.exit(main(*sys.argv[1:]))
