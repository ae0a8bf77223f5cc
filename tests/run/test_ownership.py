"""Who may write a run: leases that end with their process, fences that only grow."""

from __future__ import annotations

from pathlib import Path

import pytest
from processes import finish, start_process

from playground.errors import RunTakenOver
from playground.run.folder import RunFolder
from playground.run.ownership import Lease, check_folder, claim_in, fence, is_alive, take_folder

_TAKING = (
    "import sys; from pathlib import Path; from playground.run.ownership import Lease\n"
    "lease = Lease(Path(sys.argv[1])); lease.take(); print(lease.name, flush=True); input()"
)


def test_a_lease_lasts_as_long_as_its_process_even_if_that_is_killed(tmp_path: Path) -> None:
    lease = Lease(tmp_path)
    assert not is_alive(tmp_path, lease.name)
    lease.take()
    assert is_alive(tmp_path, lease.name)
    lease.release()
    assert not is_alive(tmp_path, lease.name)
    process = start_process("-c", _TAKING, str(tmp_path))
    assert process.stdout is not None
    name = process.stdout.readline().decode().strip()
    assert is_alive(tmp_path, name)
    process.kill()
    finish(process)
    assert not is_alive(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_name_of_a_lease_is_dead_and_no_file_is_touched(tmp_path: Path) -> None:
    folder = tmp_path / "leases"
    folder.mkdir()
    victims = [tmp_path / "victim", folder / "victim", tmp_path / "0123456789abcdef"]
    for victim in victims:
        victim.write_text("of the user")
    linked = folder / "fedcba9876543210"
    linked.symlink_to(tmp_path / "victim")
    for name in (
        "",
        ".",
        "victim",
        "../victim",
        str(tmp_path / "victim"),
        "../0123456789abcdef",
        "0123456789abcdef\n",
        linked.name,
    ):
        assert not is_alive(folder, name)
    assert [victim.read_text() for victim in victims] == ["of the user"] * 3


def test_the_folder_is_written_by_the_largest_fence_alone(tmp_path: Path) -> None:
    assert claim_in(tmp_path) == 0
    take_folder(tmp_path, fence(3, 2))
    assert claim_in(tmp_path) == 3
    check_folder(tmp_path, fence(3, 2))
    with pytest.raises(RunTakenOver, match="taken this run over"):
        take_folder(tmp_path, fence(3, 1))
    take_folder(tmp_path, fence(4, 1))
    RunFolder(tmp_path).fence.write_text(f"{fence(4, 1)} another-process")
    with pytest.raises(RunTakenOver):
        check_folder(tmp_path, fence(4, 1))


@pytest.mark.parametrize("text", ["", "none", "-5 me", "9" * 30, "9" * 5000, "\0"])
def test_a_fence_that_was_not_written_by_us_is_none(tmp_path: Path, text: str) -> None:
    RunFolder(tmp_path).fence.write_text(text)
    assert claim_in(tmp_path) == 0
    check_folder(tmp_path, 1)
