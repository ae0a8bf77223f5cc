"""Writes down whom a process asks outside this machine; it is on the path of those that are tested.

Python imports a module of this name at its start. The file is named by OUTSIDE_LOG.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

OWN = ("127.", "::1", "localhost", "0.0.0.0")


def note(event: str, arguments: tuple[object, ...]) -> None:
    """Hear of everything that Python is about to do."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]  # a path, where the other end is a file
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        address = arguments[0]
    else:
        return
    host = address[0] if isinstance(address, tuple) else address
    if isinstance(host, str) and host and not host.startswith((*OWN, "/")):
        with Path(os.environ["OUTSIDE_LOG"]).open("a", encoding="utf-8") as log:
            log.write(f"{event} {host}\n")


if "OUTSIDE_LOG" in os.environ:
    sys.addaudithook(note)
