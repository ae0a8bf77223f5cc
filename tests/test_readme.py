"""The README says what is there: commands, files, choices."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from playground.experiment.catalog import ARCHITECTURES, DATASETS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\w*\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
COMMANDS = (
    "pip install -r requirements.txt && streamlit run streamlit_app.py",
    "pip install -r tests/requirements.txt && python -m pytest",
)


def tree() -> list[str]:
    """Return the lines of the README's file tree."""
    trees = [block for block in BLOCKS if block.startswith("streamlit_app.py")]
    assert len(trees) == 1, 'README.md has one fenced block that starts with "streamlit_app.py"'
    return [line for line in trees[0].splitlines() if line.strip()]


def listed_paths() -> list[str]:
    """Return the paths of the tree, such as "playground/ui/" and "playground/ui/train/wall.py"."""
    folders: list[str] = []
    paths = []
    for line in tree():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip(" "))) // 2
        del folders[depth:]
        paths.append("".join(folders) + name)
        if name.endswith("/"):
            folders.append(name)
    return paths


def existing_paths() -> set[str]:
    """Return the folders of the app, and the files that are in none of them."""
    package = ROOT / "playground"
    folders = {f"{file.parent.relative_to(ROOT)}/" for file in package.rglob("__init__.py")}
    hall = {str(file.relative_to(ROOT)) for file in package.glob("*.py")}
    return {"streamlit_app.py", *folders, *hall} - {"playground/__init__.py"}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_set_up_command_stands_alone_in_a_block_to_copy(command: str) -> None:
    assert [block.strip() for block in BLOCKS].count(command) == 1, (
        f"README.md needs exactly one fenced block with nothing but: {command}"
    )


def test_the_tree_names_every_folder_and_no_other() -> None:
    listed, existing = listed_paths(), existing_paths()
    missing, gone = sorted(existing - set(listed)), sorted(set(listed) - existing)
    assert not missing, f"README.md's tree lacks: {', '.join(missing)}"
    assert not gone, f"README.md's tree names what does not exist: {', '.join(gone)}"
    assert len(listed) == len(set(listed)), "README.md's tree names a folder twice"


def test_the_tree_says_of_every_folder_what_it_is_for() -> None:
    silent = [
        line.strip() for line in tree() if len(line.split()) < 3 and "playground/" not in line
    ]
    assert not silent, f"README.md's tree says nothing about: {', '.join(silent)}"


@pytest.mark.parametrize("entry", [*DATASETS, *ARCHITECTURES], ids=lambda entry: entry.name)
def test_the_tables_have_a_row_for_every_choice(entry: object) -> None:
    name, label, summary = (getattr(entry, part) for part in ("name", "label", "summary"))
    rows = [line for line in README.splitlines() if line.startswith(f"| `{name}` |")]
    assert len(rows) == 1, f"README.md needs one table row that starts with: | `{name}` |"
    cells = [cell.strip() for cell in rows[0].strip("|").split("|")]
    assert label in cells, f"README.md's row of {name} lacks its label, {label}"
    assert summary in cells, f"README.md's row of {name} lacks its summary: {summary}"


def test_the_tables_have_no_row_for_what_is_not_there() -> None:
    named = set(re.findall(r"^\| `([a-z0-9_]+)` \|", README, re.MULTILINE))
    unknown = named - set(DATASETS.names) - set(ARCHITECTURES.names)
    assert not unknown, f"README.md's tables name what does not exist: {', '.join(sorted(unknown))}"


def test_every_link_to_a_file_of_the_repository_leads_to_one() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    broken = [link for link in links if not (ROOT / link).exists()]
    assert not broken, f"README.md links to what does not exist: {', '.join(broken)}"
