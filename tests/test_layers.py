"""Who may import whom: arrows point from the page to the numbers, and torch stays in its rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "playground"

# Every module directly under playground/ belongs to one room; a room imports itself and what its
# line of RULES lists. "base" is what all others stand on.
ROOMS = {
    **dict.fromkeys(
        [
            "errors",
            "entries",
            "catalog",
            "pitfall_entries",
            "settings",
            "experiment",
            "fields",
            "sentences",
            "home",
            "records",
        ],
        "base",
    ),
    **dict.fromkeys(
        ["downsampling", "protocol", "recipes", "pitfalls", "lab", "lab_inputs", "seal"], "base"
    ),
    **dict.fromkeys(["wording", "causes", "comparison", "seeds", "sweeps"], "base"),
    "engine": "engine",
    "worker": "worker",
    "service": "service",
    **dict.fromkeys(["frames", "comparison_frames", "sweep_frames", "run_tables"], "frames"),
    **dict.fromkeys(["lab_frames", "autograd_frames", "lab_run_frames"], "frames"),
    "charts": "charts",
    "ui": "ui",
    "commands": "commands",
    "__main__": "commands",
}
FRAME = "streamlit_app"  # the file that Streamlit runs; in the room of the pages

_OTHERS = {"skorch", "lightning", "keras"}  # measured beside ours where somebody has them
_MESSAGES = "streamlit.proto"  # the messages between server and browser; draws nothing

RULES: dict[str, set[str]] = {
    "base": {"pydantic", "annotated_types"},
    "engine": {"base", "torch", "torchvision", "numpy", "sklearn", "psutil", "PIL", *_OTHERS},
    "worker": {"base", "engine", "torch", "torchvision", "numpy", "sklearn", "psutil", "PIL"},
    "service": {"base", "numpy"},
    "frames": {"base", "pandas", "numpy", "altair", "pyarrow"},
    "charts": {"base", "frames", "pandas", "numpy", "altair", "vl_convert"},
    "ui": {"base", "service", "frames", "charts", "streamlit", "pandas", "numpy", "PIL"},
    # The benchmark watches the server's process, and a page without a browser: a websocket that
    # carries Streamlit's own messages. What draws pages stays out.
    "commands": {"base", "engine", "worker", "service", "psutil", "websockets", _MESSAGES},
}
TORCH_ROOMS = {"engine", "worker", "commands"}


def python_files() -> list[Path]:
    return [ROOT / f"{FRAME}.py", *sorted(PACKAGE.rglob("*.py"))]


def module_name(file: Path) -> str:
    """Return the dotted name of a file; a package's is that of its `__init__.py`'s folder."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    """Return the room of a module of ours; a `KeyError` says that the table does not know it."""
    if module == FRAME:
        return "ui"
    _, _, below = module.partition(".")
    return ROOMS[below.partition(".")[0]] if below else "base"


def imported(source: str, module: str, is_package: bool = False) -> Iterator[tuple[int, str]]:
    """Yield line and name of whatever `source` imports, at any depth and for whatever purpose.

    `from a import b` yields "a.b", as b may be a module. Names are made absolute. A call of
    `import_module` or `__import__` counts where its argument is literal.
    """
    package = module if is_package else module.rpartition(".")[0]
    tree = ast.parse(source)
    importers = {"__import__", "import_module"} | {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "importlib"
        for alias in node.names
        if alias.name in ("import_module", "__import__")
    }
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=origin, names=names, level=level):
                start = absolute("." * level + (origin or ""), package)
                yield from ((node.lineno, f"{start}.{alias.name}") for alias in names)
            case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)):
                arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
                first = arguments[0] if arguments else None
                if called in importers and isinstance(first, ast.Constant):
                    yield node.lineno, absolute(str(first.value), package)


def absolute(name: str, package: str) -> str:
    """Return a name with leading dots as seen from everywhere."""
    level = len(name) - len(name.lstrip("."))
    if not level:
        return name
    parts = package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], *filter(None, [name.lstrip(".")])])


def offences(source: str, module: str, is_package: bool = False) -> list[str]:
    """Return a line for each import of `source` that the room of `module` is not allowed."""
    room = room_of(module)
    found = []
    for line, name in imported(source, module, is_package):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names:
            continue
        origin = origin_room(name) if top in ("playground", FRAME) else outside(name)
        if origin != room and origin not in RULES[room]:
            found.append(f"{module}:{line} imports {name}: {room} may not import {origin}")
    return found


def outside(name: str) -> str:
    """Return what the rules call an installed package."""
    return _MESSAGES if name.startswith(f"{_MESSAGES}.") else name.partition(".")[0]


def origin_room(name: str) -> str:
    below = name.split(".")[1:2]
    if name.startswith(FRAME):
        return FRAME
    if not below or below[0] in ROOMS or not is_module(below[0]):
        # What is no module is an attribute of the package, such as its version.
        return ROOMS.get(below[0], "base") if below else "base"
    return f"unclassified {below[0]}"


def is_module(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()


def modules_of(*rooms: str) -> list[str]:
    return [name for file in python_files() if room_of(name := module_name(file)) in rooms]


@pytest.mark.parametrize("file", python_files(), ids=module_name)
def test_a_file_imports_only_what_its_room_may(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert offences(source, module_name(file), file.name == "__init__.py") == []


def test_every_module_of_the_package_has_a_room() -> None:
    there = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    there |= {path.name for path in PACKAGE.iterdir() if any(path.rglob("*.py"))}
    assert there <= set(ROOMS), "give the new module a room in ROOMS"


def test_every_room_has_its_rule() -> None:
    assert set(RULES) == set(ROOMS.values())


def test_only_the_pages_and_their_frame_import_streamlit() -> None:
    importers = {
        room_of(module_name(file))
        for file in python_files()
        for _, name in imported(file.read_text(encoding="utf-8"), module_name(file))
        if outside(name) == "streamlit"
    }
    assert importers <= {"ui"}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("playground.service.runs", "import torch"),
        ("playground.service.runs", "import torch.nn as nn"),
        ("playground.service.runs", "from torch.nn import Linear"),
        ("playground.service.runs", "import json, torch"),
        ("playground.service.runs", "def f():\n    import torch"),
        ("playground.service.runs", "if TYPE_CHECKING:\n    from torch import Tensor"),
        ("playground.service.runs", "from playground import engine"),
        ("playground.service.runs", "from playground.engine.training import train"),
        ("playground.service.runs", "from .. import engine"),
        ("playground.service.runs", "from ..engine import training"),
        ("playground.service.runs", "importlib.import_module('torch')"),
        ("playground.service.runs", "importlib.import_module(name='playground.worker')"),
        ("playground.service.runs", "importlib.import_module('..engine', __package__)"),
        ("playground.service.runs", "from importlib import import_module as get\nget('torch')"),
        ("playground.service.runs", "__import__('torch')"),
        ("playground.service.runs", "import pydantic"),
        ("playground.ui.pages.train", "from playground.worker import loop"),
        ("playground.ui.pages.train", "import playground.engine"),
        ("playground.charts.history", "from playground.ui import session"),
        ("playground.frames", "from playground.charts import loss_chart"),
        ("playground.engine.training", "import streamlit as st"),
        ("playground.engine.training", "from playground.service import runs"),
        ("playground.worker.loop", "import pandas"),
        ("playground.experiment", "import numpy"),
        ("playground.commands.train", "import streamlit"),
        ("playground.commands.train", "from streamlit import proto"),
        ("playground.service.runs", "from streamlit.proto.BackMsg_pb2 import BackMsg"),
        ("playground.__main__", "from playground.ui import session"),
        ("playground.ui.session", "import streamlit_app"),
        ("streamlit_app", "import torch"),
    ],
)
def test_the_checker_finds_an_import_that_is_not_allowed(module: str, source: str) -> None:
    assert len(offences(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "is_package", "source"),
    [
        ("playground.service.runs", False, "import json\nimport numpy as np"),
        ("playground.service.runs", False, "from playground import __version__, catalog"),
        ("playground.service.runs", False, "from .store import RunStore\nfrom . import lanes"),
        ("playground.service", True, "from .store import RunStore\nfrom ..errors import shorten"),
        ("playground.engine.models.mlp", False, "from ..randomness import derive_seed"),
        ("playground.engine.models.mlp", False, "import torch\nfrom torch import nn"),
        ("playground.ui.pages.train", False, "import streamlit as st, pandas as pd"),
        ("playground.commands.tab", False, "from streamlit.proto.BackMsg_pb2 import BackMsg"),
        ("playground.__main__", False, "def f():\n    from playground.engine import training"),
        ("streamlit_app", False, "import streamlit\nfrom playground.ui import pages"),
    ],
)
def test_the_checker_lets_pass_what_is_allowed(module: str, is_package: bool, source: str) -> None:
    assert offences(source, module, is_package) == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from . import lanes", "playground.service.lanes"),
        ("from .store import RunStore", "playground.service.store.RunStore"),
        ("from .. import engine", "playground.engine"),
        ("from ..engine import training", "playground.engine.training"),
        ("import_module('..engine', 'playground.service')", "playground.engine"),
    ],
)
def test_a_relative_import_is_followed_from_where_it_stands(source: str, name: str) -> None:
    assert list(imported(source, "playground.service.runs")) == [(1, name)]
    assert list(imported(source, "playground.service", is_package=True)) == [(1, name)]


def imported_by(*arguments: str) -> set[str]:
    """Return the top-level packages that a fresh Python imports while it runs `arguments`."""
    process = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert process.returncode == 0, process.stderr[-2000:]
    lines = [line for line in process.stderr.splitlines() if line.startswith("import time:")]
    assert len(lines) > 10
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize("room", sorted(set(RULES) - TORCH_ROOMS))
def test_importing_a_room_without_torch_leaves_torch_alone(room: str) -> None:
    # Pages are left out: to import one is to draw it.
    modules = [name for name in modules_of(room) if ".pages." not in name and name != FRAME]
    assert "torch" not in imported_by("-c", f"import {', '.join([*modules, 'json'])}")


def test_the_service_and_the_base_leave_streamlit_and_pandas_alone() -> None:
    modules = modules_of("base", "service")
    packages = imported_by("-c", f"import {', '.join(modules)}")
    assert "pydantic" in packages
    assert not packages & {"streamlit", "pandas", "altair", "torch"}


@pytest.mark.parametrize("arguments", [("--help",), ("train", "--help")], ids=" ".join)
def test_the_command_line_shows_its_help_without_torch(arguments: tuple[str, ...]) -> None:
    assert not imported_by("-m", "playground", *arguments) & {"torch", "streamlit", "numpy"}


def test_the_measure_of_imports_sees_an_import() -> None:
    assert "sqlite3" in imported_by("-c", "import sqlite3")
