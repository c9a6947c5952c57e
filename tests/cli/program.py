"""The program in a process of its own, without the half second that Python needs to load it each time.

A server that has all of it loaded forks once for every command; what is left of a person's process is all there: its
own arguments, environment, folder, streams, signals, exit code, and an end like any other. For conftest's `run` and
whoever else runs commands to their end; a test about starting, about signals or about pipes starts Python itself.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

PROJECT = Path(__file__).resolve().parents[2]
STARTING = ("PYTHON", "LC_", "LANG", "TMPDIR", "SQLITE_TMPDIR")
"""Settings that Python and SQLite read when they start, by the beginning of their names: a fork comes too late."""
END = b"\n"
USED_LATER = (
    *("PIL.Image", "apscheduler.schedulers.background", "apprise", "atproto", "httpx", "mastodon", "rich.console"),
    *("tweepy", "typer.rich_utils", "urllib3"),
)
"""What commands load when they need it."""


class Program:
    """A server and the way to it. It ends when the way does."""

    def __init__(self) -> None:
        self._way, theirs = socket.socketpair()
        self._one_at_a_time = threading.Lock()
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.cli.program", str(theirs.fileno())], cwd=PROJECT,
                pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        self.settings = starting(os.environ)
        atexit.register(self.close)

    def run(
        self, arguments: list[str], env: Mapping[str, str], cwd: Path, stdin: str, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(stdin.encode())
            given.seek(0)
            news, theirs = os.pipe()
            asked = json.dumps({"arguments": arguments, "env": dict(env), "cwd": str(cwd)}).encode() + END
            with open(news, encoding="ascii") as told:  # noqa: PTH123 - a pipe
                with self._one_at_a_time:
                    sent = socket.send_fds(self._way, [asked], [given.fileno(), out.fileno(), err.fileno(), theirs])
                    self._way.sendall(asked[sent:])
                    os.close(theirs)
                    pid = int(told.readline())
                if not select.select([told], [], [], timeout)[0]:
                    os.kill(pid, signal.SIGKILL)
                    told.readline()
                    raise subprocess.TimeoutExpired(arguments, timeout, _text(out), _text(err))
                code = os.waitstatus_to_exitcode(int(told.readline()))
            return subprocess.CompletedProcess(arguments, code, _text(out), _text(err))

    def close(self) -> None:
        """End the server."""
        self._way.close()
        self._server.wait(10)


def run_program(
    arguments: list[str], env: Mapping[str, str], cwd: Path, stdin: str = "", timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run `python -m mwcampaign` with these arguments to its end; fork where that is the same."""
    program = _program()
    if starting(env) - program.settings <= {("PYTHONDONTWRITEBYTECODE", "1")}:
        return program.run(arguments, env, cwd, stdin, timeout)
    command = [sys.executable, "-m", "mwcampaign", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, cwd=cwd, env=env, timeout=timeout, check=False
    )


def starting(env: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return the settings that are read at the start."""
    return {(name, value) for name, value in env.items() if name.startswith(STARTING)}


@cache
def _program() -> Program:
    return Program()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n")


def _load() -> None:
    package = import_module("mwcampaign")
    for found in pkgutil.walk_packages(package.__path__, "mwcampaign."):
        if not found.name.endswith(".__main__") and not found.name.startswith("mwcampaign.testing"):
            import_module(found.name)
    for name in USED_LATER:
        import_module(name)


def _serve(way: socket.socket) -> dict[str, Any] | None:
    """Return what was asked for, in a new process with its streams; None in the server when nobody asks any more."""
    # Whoever waits for a command is forked too, and nobody waits for it.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        asked, streams, _, _ = socket.recv_fds(way, 1 << 20, 4)
        while asked and not asked.endswith(END):
            asked += way.recv(1 << 20)
        if not asked:
            return None
        if os.fork() == 0:
            break
        for stream in streams:
            os.close(stream)
    way.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *streams, news = streams
    if pid := os.fork():
        os.write(news, f"{pid}\n".encode())
        os.write(news, f"{os.waitpid(pid, 0)[1]}\n".encode())
        os._exit(0)
    os.close(news)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    return dict(json.loads(asked))


def main() -> None:
    """Serve; in a fork, be the program."""
    ended: list[object] = []
    # What is registered first is called last: everything the program wants done at its end is done then.
    atexit.register(_leave, ended)
    _load()
    gc.collect()
    gc.freeze()
    asked = _serve(socket.socket(fileno=int(sys.argv[1])))
    if asked is None:
        return
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    os.chdir(asked["cwd"])
    sys.path[0] = asked["cwd"]
    sys.argv[1:] = asked["arguments"]
    try:
        runpy.run_module("mwcampaign", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        ended.append(end.code)
        raise


def _leave(ended: list[object]) -> None:
    """Leave without taking apart all that was loaded, which costs more than most commands do."""
    if ended and isinstance(ended[0], int):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended[0])


if __name__ == "__main__":
    main()
