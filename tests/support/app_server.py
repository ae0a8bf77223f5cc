"""The app as a person starts it, for tests: what it leaves behind is a failure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playground.benchmark.server import ROOT, App, serving


@contextmanager
def serving_app(
    folder: Path,
    *options: str,
    script: str = "streamlit_app.py",
    through: Sequence[str] = (),
    **environment: str,
) -> Iterator[App]:
    """Serve the app, or another `script`, with all its state in `folder`.

    The command `through` is what starts it.

    Fails where a worker outlives the server, and where the app's own code shows in a traceback of
    either log: the page tells a visitor nothing of one.
    """
    home = folder / "home"
    with serving(home, *options, script=script, through=through, **environment) as app:
        yield app
    assert not app.outlived, f"outlived the server: {app.outlived}"
    traces = [line for log in ("server.log", "worker.log") for line in own_traces(home / log)]
    assert not traces, f"tracebacks in {home}: {traces}"


def own_traces(log: Path) -> list[str]:
    """Return the lines of tracebacks in `log` that are in the app's own files."""
    text = log.read_text(errors="replace") if log.exists() else ""
    own = f'  File "{ROOT / "playground"}'
    return [line for line in text.splitlines() if line.startswith(own)]
