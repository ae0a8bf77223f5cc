"""`clean` removes what can be made again and leftovers, and says how much that is."""

from __future__ import annotations

import pytest
from filled import KEYS, MB, bytes_by_walk, put

from playground.__main__ import main
from playground.run.home import home

LONG_AGO = 100_000.0


def test_clean_lists_and_removes_all_but_runs_data_sets_and_what_is_in_use(
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept = [
        put("runs/one/run.json", 5, LONG_AGO),
        put("own/mine/arrays.npz", 5, LONG_AGO),
        put("datasets/MNIST/raw/train", 5, LONG_AGO),
        put(f"validation/{KEYS[0]}/images.npy", 5),
    ]
    going = [
        put(f"samples/{KEYS[1]}/after.npy", 2 * MB, LONG_AGO),
        put("runs/one/run.json.0123456789ab.part", 1, LONG_AGO),
        put("runs/two.erased/run.json", 1, LONG_AGO),
        put("cache/shapes-v1.npz", MB, 2 * LONG_AGO),
    ]
    assert main(["clean", "--dry-run"]) == 0
    dry = capsys.readouterr().out
    assert all(file.exists() for file in kept + going)
    assert main(["clean"]) == 0
    wet = capsys.readouterr().out
    assert [file.exists() for file in kept + going] == [True] * 4 + [False] * 4
    assert dry.replace("would remove", "removed").splitlines()[:-2] == wet.splitlines()[:-2]
    lines = wet.splitlines()
    assert lines[0] == "removed: cache/shapes-v1.npz (drawn images, 1.0 MB)"
    assert f"removed: samples/{KEYS[1]} (prepared images, 2.0 MB)" in lines
    assert f"in use in the last ten minutes: validation/{KEYS[0]} (prepared images, 5 bytes)" in wet
    assert lines[-3] == "removed 3.0 MB in all"
    assert lines[-2] == f"{home()} holds {bytes_by_walk(home())} bytes of at most 10 GB"
    assert "drawn images" in dry.splitlines()[-1]
    assert "drawn images" not in lines[-1]


def test_there_may_be_nothing_to_remove(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clean"]) == 0
    assert capsys.readouterr().out.startswith("nothing to remove\n")
    assert not home().exists()
