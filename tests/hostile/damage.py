"""Damage: what disks, copies and strangers do to a home. Each way returns whom it has touched."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random

from playground.run.home import is_run_id
from playground.service.store.database import EPOCH_SUM, RUN_SUM, _sum_of

DATABASE, OLD, ANYTHING = "database", "old", "anything"
"""What can be touched beside runs by their ids.

After OLD the database knows less than the folders, after ANYTHING a stranger's words may be shown.
"""

Damage = Callable[[Path, Path, Random], set[str]]


def files_of(home: Path) -> list[Path]:
    return sorted(file for file in home.rglob("*") if file.is_file() and not file.is_symlink())


def a_file(home: Path, chance: Random) -> Path:
    """Return a file, every second time one that decides what is listed."""
    files = files_of(home)
    telling = [each for each in files if each.name in ("playground.db", "run.json")]
    return chance.choice(telling if telling and chance.random() < 0.5 else files)


def touched(home: Path, *files: Path) -> set[str]:
    parts = [file.relative_to(home).parts for file in files]
    return {part[1] if part[0] == "runs" else DATABASE for part in parts}


def folders(home: Path) -> list[Path]:
    runs = [each for each in sorted((home / "runs").iterdir()) if is_run_id(each.name)]
    return [each for each in runs if each.is_dir() and not each.is_symlink()]


def rewrite(file: Path, content: bytes) -> None:
    file.unlink()
    file.write_bytes(content)


def flipped(home: Path, outside: Path, chance: Random) -> set[str]:
    file = a_file(home, chance)
    content = bytearray(file.read_bytes())
    for _ in range(chance.randint(1, 3) if content else 0):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    rewrite(file, content)
    return touched(home, file)


def cut(home: Path, outside: Path, chance: Random) -> set[str]:
    file = a_file(home, chance)
    content = file.read_bytes()
    rewrite(file, content[: chance.randrange(len(content) + 1)])
    return touched(home, file)


def holed(home: Path, outside: Path, chance: Random) -> set[str]:
    file = a_file(home, chance)
    content = file.read_bytes()
    start = chance.randrange(len(content) + 1)
    rewrite(
        file, content[:start] + bytes(len(content[start : start + 500])) + content[start + 500 :]
    )
    return touched(home, file)


def overwritten(home: Path, outside: Path, chance: Random) -> set[str]:
    file = a_file(home, chance)
    rewrite(file, chance.choice([b"", b"null", b"[]", b"\0" * 9999, chance.randbytes(3000)]))
    return touched(home, file)


def deleted(home: Path, outside: Path, chance: Random) -> set[str]:
    file = a_file(home, chance)
    file.unlink()
    return touched(home, file)


def swapped(home: Path, outside: Path, chance: Random) -> set[str]:
    """Let two files change places: mostly two of the same name, of two runs."""
    one = a_file(home, chance)
    twins = [each for each in files_of(home) if each.name == one.name and each != one]
    other = chance.choice(twins if twins and chance.random() < 0.8 else files_of(home))
    content = one.read_bytes()
    rewrite(one, other.read_bytes())
    rewrite(other, content)
    return touched(home, one, other)


def copied_folder(home: Path, outside: Path, chance: Random) -> set[str]:
    folder = chance.choice(folders(home))
    name = chance.choice([f"{folder.name} (copy)", f"{folder.name}-2", "Kopie von früher", "-x"])
    if not (folder.parent / name).exists():
        shutil.copytree(folder, folder.parent / name)
    return {name}


def removed_folder(home: Path, outside: Path, chance: Random) -> set[str]:
    folder = chance.choice(folders(home))
    shutil.rmtree(folder)
    return {folder.name}


def foreign_rows(home: Path, outside: Path, chance: Random) -> set[str]:
    """Write what a stranger would into the database, every second time with the right sums."""
    odd = ["../canary", str(outside), "", "a\0b", b"\xff", "x" * 10_000, None, 7, "0" * 16]
    connection = sqlite3.connect(home / "playground.db")
    connection.create_function("sum_of", -1, _sum_of, deterministic=True)
    whom = {DATABASE}
    try:
        for _ in range(chance.randint(1, 3)):
            ids = [row[0] for row in connection.execute("SELECT id FROM runs")]
            run_id, value = chance.choice(ids), chance.choice(odd)
            column = chance.choice(
                ["id", "claim", "lease", "info", "document", "revision", "stamp"]
            )
            if column == "id":
                connection.execute(
                    "INSERT OR IGNORE INTO runs (id, claim, lease, info, revision, document) "
                    "SELECT ?, claim, lease, info, revision, document FROM runs WHERE id = ?",
                    (value, run_id),
                )
                run_id = value
            else:
                connection.execute(
                    f"UPDATE OR IGNORE runs SET {column} = ? WHERE id = ?",
                    (value if value is not None else "null", run_id),
                )
            connection.execute(
                "INSERT OR IGNORE INTO epochs (run, epoch, record) VALUES (?, ?, ?)",
                (run_id, chance.choice([99, -1, "x"]), "{}"),
            )
            whom.add(str(run_id))
            if chance.random() < 0.5:
                connection.execute(f"UPDATE runs SET sum = {RUN_SUM} WHERE id = ?", (run_id,))
                connection.execute(f"UPDATE epochs SET sum = {EPOCH_SUM} WHERE run = ?", (run_id,))
                whom.add(ANYTHING)
        connection.commit()
    finally:
        connection.close()
    return whom


def linked(home: Path, outside: Path, chance: Random) -> set[str]:
    """Let a file, a run's folder or a lease be a link that leads out of the home."""
    match chance.choice(["file", "folder", "lease"]):
        case "file":
            files = [each for each in files_of(home) if each.parent.parent.name == "runs"]
            file = chance.choice(files)
            file.unlink()
            file.symlink_to(
                chance.choice([outside / file.name, outside / "notes", Path("/dev/zero")])
            )
            return touched(home, file)
        case "folder":
            folder = chance.choice(folders(home))
            shutil.rmtree(folder)
            folder.symlink_to(outside)
            return {folder.name}
        case _:
            lease = home / "leases" / "0123456789abcdef"
            lease.parent.mkdir(exist_ok=True)
            if not lease.is_symlink():
                lease.symlink_to(outside / "notes")
            os.utime(lease, (0, 0), follow_symlinks=False)
            return set()


def led_astray(home: Path, outside: Path, chance: Random) -> set[str]:
    """Let a document name places outside, as a stranger would who leaves out the sum."""
    folder = chance.choice(folders(home))
    file = folder / "run.json"
    try:
        fields = json.loads(file.read_bytes())
        del fields["sum"]
        place = chance.choice([str(outside), "../../../canary", "..", "\0", "~", "C:\\x"])
        match chance.choice(["lease", "validation_key", "parent", "run_id", "version", "name"]):
            case "lease":
                fields["lease"], fields["status"] = place, "running"
            case "validation_key":
                fields["started"]["validation_key"] = place
            case "version":
                fields["version"], fields["status"] = 99, "asleep"
            case "name":
                fields["info"]["name"] = chance.choice(["\ud800", "‮" + place, "x" * 100_000, "\0"])
            case key:
                fields["info"][key] = place
    except (OSError, ValueError, LookupError, TypeError):
        return {folder.name}  # damaged before
    rewrite(file, json.dumps(fields).encode())
    return {folder.name, ANYTHING}


def of_the_future(home: Path, outside: Path, chance: Random) -> set[str]:
    connection = sqlite3.connect(home / "playground.db")
    connection.execute("PRAGMA user_version = 99")
    if chance.random() < 0.7:
        connection.execute(f"PRAGMA application_id = {0x504C4100 + 99}")
    connection.close()
    return {DATABASE}


def put_back(home: Path, outside: Path, chance: Random) -> set[str]:
    shutil.copy(home.parent / "old.db", home / "playground.db")
    return {OLD}


def in_the_way(home: Path, outside: Path, chance: Random) -> set[str]:
    """Let a folder or a pipe be where a file of a run was."""
    files = [each for each in files_of(home) if each.parent.parent.name == "runs"]
    file = chance.choice(files)
    file.unlink()
    if chance.random() < 0.5:
        file.mkdir()
    else:
        os.mkfifo(file)
    return touched(home, file)


def without_database(home: Path, outside: Path, chance: Random) -> set[str]:
    for file in home.glob("playground.db*"):
        file.unlink()
    return set()


WAYS: dict[str, Damage] = {
    "flipped bits": flipped,
    "files cut short": cut,
    "holes in files": holed,
    "files overwritten": overwritten,
    "files deleted": deleted,
    "files swapped": swapped,
    "folders copied": copied_folder,
    "folders removed": removed_folder,
    "foreign rows": foreign_rows,
    "links that lead outside": linked,
    "documents that name places outside": led_astray,
    "a database of the future": of_the_future,
    "an old database put back": put_back,
    "pipes and folders in place of files": in_the_way,
    "the database deleted": without_database,
}
