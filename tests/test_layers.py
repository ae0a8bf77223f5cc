"""Rooms are folders: each says what it may import, and lends what is in its `__all__`.

A room is a folder of `playground/` with its own files, not those of folders in it. Its docstring
ends with "May import: experiment, run; numpy." (rooms, then packages; all may import the standard
library and `playground.errors`) and "Never: torch, streamlit.", which no import may bring in.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "playground"
FRAME = "streamlit_app"  # the file that Streamlit runs: on top of all rooms, with `__main__`

# What a folder cannot say of itself: the files above all rooms, and the one below them.
ABOVE = {
    FRAME: {"service", "ui", "ui.sidebar", "streamlit"},
    "__main__": {"benchmark", "commands", "ray_lane", "run", "worker"},
    "errors": set[str](),
}
_MESSAGES = "streamlit.proto"  # the messages between server and browser; draws nothing


def python_files() -> list[Path]:
    return [ROOT / f"{FRAME}.py", *sorted(PACKAGE.rglob("*.py"))]


def module_name(file: Path) -> str:
    """Return the dotted name of a file; a package's is that of its `__init__.py`'s folder."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def rooms() -> list[str]:
    """Return every room, such as "engine.images"."""
    return [
        ".".join(file.parent.relative_to(PACKAGE).parts)
        for file in sorted(PACKAGE.glob("*/**/__init__.py"))
    ]


def room_of(module: str) -> str:
    """Return the room of a module of ours; a file outside all rooms is one by itself."""
    below = module.removeprefix("playground.")
    return (
        below if (PACKAGE / below.replace(".", "/")).is_dir() else below.rpartition(".")[0] or below
    )


@lru_cache
def said(room: str, word: str) -> frozenset[str]:
    """Return what the docstring of a room lists after `word`, such as "May import"."""
    text = (PACKAGE / room.replace(".", "/") / "__init__.py").read_text(encoding="utf-8")
    found = re.search(rf"^{word}: ([^\"]*?)\.$", ast.get_docstring(ast.parse(text)) or "", re.M)
    assert found, f"the docstring of playground.{room} has no line “{word}: ….”"
    return frozenset(re.split(r"[,;]\s+", found[1])) - {"nothing of ours"}


@lru_cache
def lent(room: str) -> frozenset[str]:
    """Return the modules and names that a room lends to others: its `__all__`."""
    text = (PACKAGE / room.replace(".", "/") / "__init__.py").read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return frozenset(ast.literal_eval(value))
            case ast.AnnAssign(target=ast.Name(id="__all__"), value=ast.expr() as value):
                return frozenset(ast.literal_eval(value))
    raise AssertionError(f"playground.{room} has no __all__")


def allowed(room: str) -> frozenset[str] | set[str]:
    return ABOVE[room] if room in ABOVE else said(room, "May import")


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
        if top in sys.stdlib_module_names or name in ("playground", "playground.errors"):
            continue
        origin, thing = origin_of(name)
        if origin in (room, "errors"):
            continue
        if origin not in allowed(room):
            found.append(f"{module}:{line} imports {name}: {room} may not import {origin}")
        elif thing and thing not in lent(origin):
            found.append(f"{module}:{line} imports {name}: {origin} does not lend {thing}")
    return found


def origin_of(name: str) -> tuple[str, str]:
    """Return where an imported name is from, and what of a room of ours it takes, if anything."""
    top, _, below = name.partition(".")
    if top != "playground":
        return (_MESSAGES if f"{name}.".startswith(f"{_MESSAGES}.") else top), ""
    parts = below.split(".")
    for length in range(len(parts), 0, -1):
        folder = PACKAGE.joinpath(*parts[:length])
        if folder.is_dir():
            return ".".join(parts[:length]), parts[length] if length < len(parts) else ""
    return parts[0], ""


@lru_cache
def imports_of_rooms() -> dict[str, set[str]]:
    """Return what each room really imports: rooms and packages."""
    found: dict[str, set[str]] = {room: set() for room in [*rooms(), *ABOVE]}
    for file in python_files():
        module = module_name(file)
        if module == "playground":
            continue
        source = file.read_text(encoding="utf-8")
        for _, name in imported(source, module, file.name == "__init__.py"):
            if name.partition(".")[0] not in sys.stdlib_module_names:
                found[room_of(module)].add(origin_of(name)[0])
    return found


@pytest.mark.parametrize("file", python_files(), ids=module_name)
def test_a_file_imports_only_what_its_room_may(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert offences(source, module_name(file), file.name == "__init__.py") == []


@pytest.mark.parametrize("room", rooms())
def test_a_room_says_truly_what_it_imports_and_lends(room: str) -> None:
    unused = said(room, "May import") - imports_of_rooms()[room]
    assert not unused, f"{room} says it may import {unused}, and does not"
    folder = PACKAGE / room.replace(".", "/")
    text = (folder / "__init__.py").read_text(encoding="utf-8")
    there = {path.stem for path in folder.iterdir()} | {
        name.id if isinstance(name, ast.Name) else getattr(name, "name", "")
        for node in ast.walk(ast.parse(text))
        for name in (node, *getattr(node, "names", ()))
    }
    assert lent(room) <= there


def test_the_rooms_stand_on_each_other_without_a_circle() -> None:
    graph = {
        room: {other for other in others if other in (*rooms(), *ABOVE) and other != room}
        for room, others in imports_of_rooms().items()
    }
    order = list(TopologicalSorter(graph).static_order())
    assert order[0] == "errors"


def test_nothing_lies_in_the_hall_but_the_errors_and_the_command_line() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} == {"__init__", "__main__", "errors"}


def test_no_file_of_the_product_looks_like_a_test() -> None:
    assert not list(PACKAGE.rglob("test_*.py"))


def test_only_the_pages_and_their_frame_import_streamlit() -> None:
    importers = {room for room, names in imports_of_rooms().items() if "streamlit" in names}
    assert {room.partition(".")[0] for room in importers} == {"ui", FRAME}


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
        ("playground.service.runs", "from playground.engine.training.training import train"),
        ("playground.service.runs", "from .. import engine"),
        ("playground.service.runs", "from ..engine import training"),
        ("playground.service.runs", "importlib.import_module('torch')"),
        ("playground.service.runs", "importlib.import_module(name='playground.worker')"),
        ("playground.service.runs", "importlib.import_module('..engine', __package__)"),
        ("playground.service.runs", "from importlib import import_module as get\nget('torch')"),
        ("playground.service.runs", "__import__('torch')"),
        ("playground.service.runs", "import pydantic"),
        ("playground.service.runs", "from playground.service.store import database"),
        ("playground.service.store.store", "from playground.service import service"),
        ("playground.ui.pages.train", "from playground.worker import loop"),
        ("playground.ui.pages.train", "import playground.engine"),
        ("playground.ui.train.wall", "from playground.ui.runs import runs_view"),
        ("playground.charts.history", "from playground.ui import session"),
        ("playground.frames.history", "from playground.charts.specs import spec"),
        ("playground.engine.training.training", "import streamlit as st"),
        ("playground.engine.training.training", "from playground.engine.runs import journal"),
        ("playground.engine.training.training", "from playground.service import runs"),
        ("playground.worker.loop", "import pandas"),
        ("playground.experiment.experiment", "import numpy"),
        ("playground.commands.train", "import streamlit"),
        ("playground.commands.train", "from streamlit import proto"),
        ("playground.service.runs", "from streamlit.proto.BackMsg_pb2 import BackMsg"),
        ("playground.__main__", "from playground.ui import session"),
        ("playground.ui.session", "import streamlit_app"),
        ("playground.errors", "from playground.experiment import catalog"),
        ("streamlit_app", "import torch"),
    ],
)
def test_the_checker_finds_an_import_that_is_not_allowed(module: str, source: str) -> None:
    assert len(offences(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "is_package", "source"),
    [
        ("playground.service.runs", False, "import json\nimport numpy as np"),
        ("playground.service.runs", False, "from playground.experiment import catalog"),
        ("playground.service.runs", False, "from playground.errors import shorten"),
        (
            "playground.service.runs",
            False,
            "from .store.store import RunStore",
        ),
        (
            "playground.service",
            True,
            "from .store.store import RunStore\nfrom ..errors import shorten",
        ),
        ("playground.engine.models.mlp", False, "from ..machine.randomness import derive_seed"),
        ("playground.engine.models.mlp", False, "import torch\nfrom torch import nn"),
        ("playground.ui.lab.view", False, "import streamlit as st, pandas as pd"),
        ("playground.benchmark.tab", False, "from streamlit.proto.BackMsg_pb2 import BackMsg"),
        ("playground.__main__", False, "def f():\n    from playground.worker import process"),
        ("streamlit_app", False, "import streamlit\nfrom playground.ui import icon"),
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


def modules_of(*tops: str) -> list[str]:
    """Return the modules of these rooms and those in them; no pages: to import one draws it."""
    names = [module_name(file) for file in python_files()]
    return [
        name
        for name in names
        if name.split(".")[1:2] and name.split(".")[1] in tops and ".pages." not in name
    ]


@pytest.mark.parametrize(
    "room", [room for room in rooms() if "." not in room and "torch" in said(room, "Never")]
)
def test_importing_a_room_that_is_never_to_see_a_package_leaves_it_alone(room: str) -> None:
    seen = imported_by("-c", f"import {', '.join([*modules_of(room), 'json'])}")
    assert not seen & said(room, "Never")


@pytest.mark.parametrize("arguments", [("--help",), ("train", "--help")], ids=" ".join)
def test_the_command_line_shows_its_help_without_torch(arguments: tuple[str, ...]) -> None:
    assert not imported_by("-m", "playground", *arguments) & {"torch", "streamlit", "numpy"}


def test_the_measure_of_imports_sees_an_import() -> None:
    assert "sqlite3" in imported_by("-c", "import sqlite3")
