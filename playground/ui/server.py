"""Server: what is done once, before the first page: what Streamlit alone would do otherwise."""

from __future__ import annotations

import gc
import logging
import signal
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from socket import AF_INET
from threading import Thread
from types import FrameType
from typing import Any

import psutil
from starlette.middleware import Middleware
from streamlit import config, net_util
from streamlit.web.server.server_util import get_url

from playground.experiment import Experiment
from playground.experiment.catalog import DATASETS
from playground.service import service
from playground.ui.guard import Guard, is_loopback
from playground.ui.kept_sessions import keep_few_sessions, raise_limit

MIDDLEWARE = [Middleware(Guard)]


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Do it, and serve until the block ends."""
    ask_nobody()
    raise_limit()
    keep_few_sessions(config.get_option("server.disconnectedSessionTTL"))
    _end_with_status_0()
    greet()
    Thread(target=prepare, daemon=True, name="prepare").start()
    yield


def prepare() -> None:
    """Do beforehand what the first visit would wait for: PyTorch in the worker, and the charts."""
    try:
        service().warm_up()
        # With Altair, which takes 0.7 s, and the charts of the first page another 0.3 s.
        from playground.charts.specs import accuracy_spec, loss_spec

        experiment = Experiment()
        classes = len(DATASETS[experiment.data.dataset].class_names)
        for build in (loss_spec, accuracy_spec):
            build(experiment.training.epochs, classes)
        gc.collect()
        gc.freeze()  # 140,000 objects that stay: looking through them took every page 90 ms
    except Exception as error:  # the first page meets it again, and says so to whoever looks
        logging.getLogger(__name__).warning("The first visit will be slow: %s", error)


def ask_nobody() -> None:
    """Let Streamlit take its address for known: it would ask a service outside, and wait.

    It asks while nothing else is served, once for each connection that names a strange origin: 20 s
    where no name server answers. `Guard` judges origins; none is compared with these two.
    """
    net_util._external_ip = ""
    net_util._internal_ip = "127.0.0.1"


def greet() -> None:
    """Say under which addresses the app is, and open it in a browser where there is a screen."""
    first, *others = addresses()
    lines = [f"\n  The playground is at {first}", *(f"  For a class: {each}" for each in others)]
    with suppress(OSError, ValueError):  # nobody reads what is written here
        sys.stdout.write("\n".join([*lines, "\n"]))
        sys.stdout.flush()
    if not config.get_option("server.headless"):
        Thread(target=webbrowser.open, args=(first,), daemon=True).start()  # some wait for its end


def addresses() -> list[str]:
    """Return where a browser finds the app: on this machine, and then on the others if it can."""
    bound = str(config.get_option("server.address") or "")
    names = [name for name in config.get_option("server.allowedHosts") if "*" not in name]
    if not names and bound in ("", "0.0.0.0", "::"):
        names = ["localhost"] + [
            each.address
            for interface in psutil.net_if_addrs().values()
            for each in interface
            if each.family == AF_INET and not is_loopback(each.address)
        ]
    return [get_url(f"[{name}]" if ":" in name else name) for name in names or [bound]]


def _end_with_status_0() -> None:
    """Let Ctrl-C and `kill` end the server as Streamlit does, and not as uvicorn does.

    It would die of the signal once it has ended: "Aborted!", and nobody stores what is left.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        server = getattr(signal.getsignal(number), "__self__", None)
        if hasattr(server, "should_exit"):
            signal.signal(number, _Ending(server))


class _Ending:
    def __init__(self, server: Any) -> None:
        self._server = server

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Ask the server to end; the second Ctrl-C waits for nobody."""
        self._server.force_exit = self._server.should_exit and number == signal.SIGINT
        self._server.should_exit = True
