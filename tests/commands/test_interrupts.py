"""Ctrl-C at moments that the process itself reaches, so that no luck is in it."""

from __future__ import annotations

import json
import signal
import subprocess
import textwrap

import pytest
from processes import await_event, finish, start_process
from tiny import results, tiny

from playground.__main__ import main
from playground.engine.runs.execution import execute
from playground.service import RunStatus
from playground.service.store.store import RunStore

# Presses Ctrl-C each time when the next of these modules is about to be loaded.
_PRESSING = textwrap.dedent(
    """
    import os, runpy, signal, sys

    moments = sys.argv.pop(1).split(",")

    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name in moments[:1]:
                moments.pop(0)
                os.kill(os.getpid(), signal.SIGINT)

    sys.meta_path.insert(0, Finder())
    runpy.run_module("playground", run_name="__main__", alter_sys=True)
    """
)
_SETTINGS = ("--set", "data.training_images=60", "--set", "training.batch_size=16")
_TRAIN = ("train", "--json", *_SETTINGS, "--set", "training.epochs=2")

# The last is loaded when the run has been recorded, and before its first record.
EARLY, LOADING = ("argparse", "pydantic"), ("torch", "torch._C", "torch.nn", "torchvision")
RECORDED, LATER = "playground.engine.runs.execution", "playground.engine.training.optimizers"


def pressed(moments: str, *arguments: str) -> subprocess.Popen[bytes]:
    return start_process("-c", _PRESSING, moments, *arguments)


def test_before_a_run_is_recorded_ctrl_c_ends_the_command_without_a_trace() -> None:
    moments = (*EARLY, *LOADING, "torch,torch._C")
    for moment, process in [(moment, pressed(moment, *_TRAIN)) for moment in moments]:
        status, output, errors = finish(process)
        assert status == 130, (moment, errors)
        if moment in EARLY:
            assert (output, errors) == ("", "Stopped.\n"), moment
        else:
            assert json.loads(output)["event"] == "stopped", moment
            assert errors == "", moment
    assert RunStore().runs() == []


@pytest.mark.parametrize(
    "arguments", [("describe",), ("recipes",), ("runs",), ("resume", "x"), ("benchmark",)]
)
def test_ctrl_c_ends_any_command_while_it_loads(arguments: tuple[str, ...]) -> None:
    assert finish(pressed("pydantic", *arguments)) == (130, "", "Stopped.\n")


@pytest.mark.parametrize("presses", [1, 2])
def test_a_run_that_has_been_recorded_is_told_as_it_is_and_resumes(
    presses: int, capsys: pytest.CaptureFixture[str]
) -> None:
    process = pressed(",".join((RECORDED, LATER)[:presses]), *_TRAIN)
    status, output, errors = finish(process)
    [run] = RunStore().runs()
    run_id = run.info.run_id
    assert status == 130, errors
    if presses == 1:
        assert run.snapshot.status is RunStatus.STOPPED
        assert (json.loads(output)["run"], errors) == (run_id, "")
    else:
        assert run.snapshot.status is RunStatus.INTERRUPTED
        assert errors == (
            "Stopped at once. The run goes on from its last epoch with: "
            f"python -m playground resume {run_id}\n"
        )
    assert main(["resume", run_id, "--json"]) == 0
    found = RunStore().load(run_id).snapshot
    assert results(found.epochs) == results(list(execute(tiny())))


def test_a_second_ctrl_c_in_the_midst_of_training_leaves_what_was_stored() -> None:
    process = start_process("-m", "playground", "train", "--json", "--set", "training.epochs=1000")
    await_event(process, "epoch")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    status, _, errors = finish(process)
    [run] = RunStore().runs()
    assert status == 130
    assert "Traceback" not in errors
    assert run.snapshot.status in (RunStatus.STOPPED, RunStatus.INTERRUPTED)


def test_where_the_parent_ignores_ctrl_c_it_stays_ignored() -> None:
    ignoring = textwrap.dedent(
        """
        import os, signal, sys
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
        """
    )
    status, output, errors = finish(
        start_process("-c", ignoring, "-c", _PRESSING, RECORDED, *_TRAIN)
    )
    assert (status, errors) == (0, "")
    assert json.loads(output.splitlines()[-1])["event"] == "finished"
