"""A script in a process of its own: what it prints, how it fails, when it ends."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from playground.errors import PlaygroundError
from playground.export.script import printed_epochs

HEAD = "print('epoch train_loss')\n"


def test_its_numbers_come_as_it_prints_them(tmp_path: Path) -> None:
    script = HEAD + "print(1, 0.1, 1 / 3)\nprint(2, 0.25, 2.0)\n"
    found = list(printed_epochs(script, tmp_path, 1, 60, on_cpu=True))
    assert found == [(0.1, 1 / 3), (0.25, 2.0)]


def test_it_has_as_many_threads_as_the_run_and_sees_no_gpu_that_the_run_had_not(
    tmp_path: Path,
) -> None:
    script = (
        f"import os\n{HEAD}"
        "print(1, os.environ['OMP_NUM_THREADS'], len(os.environ['CUDA_VISIBLE_DEVICES']))\n"
        "print(2, os.getpriority(os.PRIO_PROCESS, 0), 0)\n"
    )
    found = list(printed_epochs(script, tmp_path, 3, 60, on_cpu=True))
    assert found[0] == (3, 0)
    assert found[1][0] >= os.getpriority(os.PRIO_PROCESS, 0)


def test_one_that_fails_says_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(PlaygroundError, match="not be run to its end: ValueError: too small"):
        list(printed_epochs("raise ValueError('too small')", tmp_path, 1, 60, on_cpu=True))


def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    script = "import threading\nthreading.Event().wait()\n"
    with pytest.raises(PlaygroundError, match="not done after 0 seconds"):
        list(printed_epochs(script, tmp_path, 1, 0.3, on_cpu=True))


def test_one_that_nobody_reads_on_is_ended(tmp_path: Path) -> None:
    script = f"import os, threading\n{HEAD}print(1, os.getpid())\nthreading.Event().wait()\n"
    with closing(printed_epochs(script, tmp_path, 1, 60, on_cpu=True)) as numbers:
        process_id = int(next(numbers)[0])
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)
