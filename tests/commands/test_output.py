"""Commands whose output goes nowhere, or to a terminal that knows few characters."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from processes import PATIENCE, ROOT
from tiny import results, tiny, use_few_digits

from playground.__main__ import main
from playground.engine.runs.execution import execute
from playground.recipes import RECIPES
from playground.service import RunStatus
from playground.service.store.store import RunStore

TINY = ("--set", "data.training_images=60", "--set", "training.batch_size=16")
TRAIN = ("train", *TINY, "--set", "training.epochs=2")
MARKED = (*TRAIN, "--set", 'training.pitfalls=["softmax_twice"]')
OLD_TERMINAL = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # knows ASCII
COMMAND = (sys.executable, "-m", "playground")


def in_shell(redirected: str, *arguments: str, **variables: str) -> tuple[int, str, str]:
    """Run a command as a shell does with `… {redirected}`; return status, stdout and stderr."""
    encoding = variables.get("PYTHONIOENCODING", "utf-8")
    process = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirected}', "sh", *COMMAND, *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    return process.returncode, process.stdout.decode(encoding), process.stderr.decode()


def descriptor_of(broken: str) -> int:
    if broken == "a full disk":
        return os.open("/dev/full", os.O_WRONLY)
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@pytest.mark.parametrize("broken", ["a closed pipe", "a full disk", "a closed stream"])
@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_run_whose_output_breaks_is_trained_and_stored_whole(
    broken: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_few_digits(monkeypatch)
    stream = os.fdopen(descriptor_of(broken), "w")
    if broken == "a closed stream":
        stream.close()
    monkeypatch.setattr(sys, name, stream)
    assert main(list(MARKED)) == 0
    assert getattr(sys, name) is stream
    stream.close()  # what it holds back does not fail at the end either
    [run] = RunStore().runs()
    assert run.snapshot.status is RunStatus.FINISHED
    assert results(run.snapshot.epochs) == results(list(execute(run.snapshot.experiment)))


@pytest.mark.parametrize("redirected", [">/dev/full", "2>/dev/full", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_the_exit_status_tells_of_the_command_and_not_of_its_output(redirected: str) -> None:
    status, _, errors = in_shell(redirected, "recipes")
    full = "Not all that was printed could be written: No space left on device.\n"
    assert (status, errors) == (0, full if redirected == ">/dev/full" else "")
    assert in_shell(redirected, "describe", "--set", "training.epochs=0")[0] == 2


def test_a_file_that_is_opened_gets_no_number_of_a_closed_stream() -> None:
    status, _, _ = in_shell("<&- >&- 2>&-", *TRAIN)
    [run] = RunStore().runs()
    assert (status, run.snapshot.status) == (0, RunStatus.FINISHED)
    assert results(run.snapshot.epochs) == results(list(execute(tiny())))


def test_a_reader_that_leaves_ends_no_command() -> None:
    status, output, errors = in_shell("| head -n 1", "recipes", "--json")
    assert (status, output.count("\n"), errors) == (0, 1, "")
    assert len(RECIPES) > 1


@pytest.mark.parametrize(
    "variables", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"}, OLD_TERMINAL]
)
def test_characters_that_a_terminal_does_not_know_are_replaced(
    variables: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    status, output, errors = in_shell("", "recipes", **variables)
    assert (status, errors) == (0, "")
    assert main(["recipes"]) == 0
    expected = capsys.readouterr().out
    encoding = variables.get("PYTHONIOENCODING", "ascii")
    assert output == expected.encode(encoding, "replace").decode(encoding)
    assert not expected.isascii()
