"""Serves the app to a class in a network of its own, where nothing answers but this machine.

Run as a script, by `unshare --net`; ends with status 0 where all is as it should be.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import sys
from pathlib import Path
from urllib.parse import urlsplit

from app_server import serving_app
from stranger import SOCKET, ask

from playground.benchmark.tab import open_tab

_SET_FLAGS = 0x8914  # SIOCSIFFLAGS of Linux
_UP = 0x1


def raise_loopback() -> None:
    """Let this machine reach itself; a new network namespace does not even that."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))


def main(folder: Path) -> None:
    raise_loopback()
    with serving_app(
        folder,
        *("--server.address", "0.0.0.0"),
        PYTHONPATH=str(Path(__file__).parent / "witness"),
        OUTSIDE_LOG=str(folder / "outside"),
    ) as server:
        port = urlsplit(server.address).port
        for host in ("192.168.1.5", socket.gethostname()):  # what a class types
            name = f"{host}:{port}"
            for origin in ({}, {"Origin": f"http://{name}"}):
                assert ask(server.address, hosts=(name,), **origin).status == 200, name
                assert ask(server.address, SOCKET, hosts=(name,), **origin).status == 101, name
        assert ask(server.address, hosts=("evil.example",)).status == 403
        assert ask(server.address, SOCKET, Origin="http://evil.example").status == 403
        with open_tab(server.address, "training.epochs=2") as tab:
            tab.click("train")
            tab.until(lambda: tab.progress.startswith("Finished"), "the run's end")
    assert server.process.returncode == 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
