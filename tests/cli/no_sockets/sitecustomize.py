"""Python loads this at start when the folder is on its path: any socket then ends the process with a sentence."""

import os
import sys


def forbid(event: str, _: object) -> None:
    """End the process at the first sign of a socket."""
    if event.startswith("socket."):
        sys.stderr.write(f"a socket was touched: {event}\n")
        sys.stderr.flush()
        os._exit(99)


sys.addaudithook(forbid)
