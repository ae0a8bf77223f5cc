"""`python -m playground verify`: a run's plain script is run, and comes to its numbers or not."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Mapping
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from playground.commands.options import print_json
from playground.errors import DatasetUnavailable, PlaygroundError, StoreUnavailable, UnreadableRun
from playground.experiment import Experiment, catalog
from playground.export.script import data_file, printed_epochs, script_of
from playground.run import datasets
from playground.run.files import reason
from playground.run.folder import RunFolder
from playground.run.home import datasets_folder
from playground.run.info import StoredRun
from playground.run.snapshot import RunStatus
from playground.run.verification import (
    COMPARED,
    TOLERANCE,
    Verification,
    compare,
    obstacle,
    write_verification,
)
from playground.service.store.store import RunStore

# A script reads every loss at once, and other work may go first.
_TIMES, _AT_LEAST = 20, 300.0  # as long as the run took, seconds


def main(options: argparse.Namespace) -> int:
    """Run the script of a run and compare its numbers, epoch by epoch. Returns the exit status.

    It is 0 where they are the same, to the last digit or within what is stated. Raises
    `PlaygroundError`s.
    """
    with suppress(ValueError):  # only a main thread hears it; the script and its files go too
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    store = RunStore()
    try:
        run = store.load(options.run)
    finally:
        store.close()
    if run.snapshot.status is RunStatus.UNREADABLE:
        raise UnreadableRun(run.snapshot.message)
    if problem := obstacle(run.info, run.snapshot):
        raise PlaygroundError(problem)
    stamp = verify(run, tells=options.json)
    if options.json:
        print_json({"event": "verified", "within": stamp.is_within, "sentence": stamp.sentence})
    else:
        print(stamp.sentence)
    try:
        write_verification(run.info.run_id, stamp)
    except OSError as error:
        raise StoreUnavailable(
            f"The stamp cannot be kept with the run: {reason(error)}. Make room or allow writing, "
            "then verify the run again."
        ) from None
    return 0 if stamp.is_within else 1


def verify(run: StoredRun, *, tells: bool = False) -> Verification:
    """Return the stamp of a run that is over; `tells` says whether to print each epoch as JSON.

    Raises `PlaygroundError`s: its data is not here, the script fails or takes too long.
    """
    snapshot, started = run.snapshot, run.snapshot.started
    assert started is not None
    experiment, records = snapshot.experiment, snapshot.epochs
    printed: list[tuple[float, ...]] = []
    with TemporaryDirectory(prefix="playground-verify-") as name:
        folder = Path(name)
        lay_data(experiment, folder)
        seconds = max(_AT_LEAST, _TIMES * snapshot.computing_seconds)
        on_cpu = started.device == "cpu"
        script = script_of(experiment)
        with closing(
            printed_epochs(script, folder, started.threads, seconds, on_cpu=on_cpu)
        ) as numbers:
            for each in numbers:
                if len(each) != len(COMPARED):
                    raise PlaygroundError("The script printed something else than its epochs.")
                printed.append(each)
                if tells:
                    print_json({"event": "epoch", "epoch": len(printed), "epochs": len(records)})
                if len(printed) == len(records):
                    break
    if len(printed) < len(records):
        raise PlaygroundError(
            f"The script printed {len(printed)} epochs, and the run has {len(records)}."
        )
    difference, number, epoch, is_within = compare(records, printed, 0.0)
    why = "" if is_within else reason_for_tolerance(run, made_with(run.info.run_id))
    tolerance = TOLERANCE if why else 0.0
    if why:
        is_within = compare(records, printed, tolerance)[3]
    return Verification(
        epochs=len(records),
        planned=experiment.training.epochs,
        tolerance=tolerance,
        why=why,
        difference=difference,
        number=number,
        epoch=epoch,
        is_within=is_within,
        threads=started.threads,
        device=started.device if on_cpu or _has_accelerator() else "cpu",
        versions=f"torch {version('torch')}, torchvision {version('torchvision')}",
        at=time(),
    )


def reason_for_tolerance(run: StoredRun, made_with: str) -> str:
    """Return why the numbers need not be the same to the last digit; empty where they must."""
    snapshot = run.snapshot
    if snapshot.experiment.training.precision != "float32":
        return "the network computes with bfloat16"
    if snapshot.started and snapshot.started.device != "cpu":
        return "a GPU adds numbers in another order"
    if run.info.imported:
        return "the run was imported, and made on a machine that is not known"
    if snapshot.note:
        return "the run was interrupted, and says that it went on under other conditions"
    if made_with.partition("+")[0] != version("torch").partition("+")[0]:
        return f"the run was made with torch {made_with or 'of a version that is not known'}"
    return ""


def made_with(run_id: str) -> str:
    """Return the version of torch that a run's last checkpoint names; empty where none does."""
    from playground.engine.runs.checkpoint import read_checkpoint

    try:
        environment = read_checkpoint(RunFolder.of(run_id).checkpoint("last"))["environment"]
    except Exception:  # whatever a damaged file raises
        return ""
    return str(environment.get("torch", "")) if isinstance(environment, Mapping) else ""


def _has_accelerator() -> bool:
    """Whether the script found what the run computed on; else it took the CPU."""
    from playground.engine.machine.runtime import choose_device

    return choose_device("auto").type != "cpu"


def lay_data(experiment: Experiment, folder: Path) -> None:
    """Lay what a script reads into its folder, as links; raises `DatasetUnavailable`."""
    name = experiment.data.dataset
    if not datasets.is_here(name):
        raise DatasetUnavailable(
            f"{catalog.DATASETS[name].label} is not on this machine, and is not fetched for a "
            "comparison: train with it once, or put its files there."
        )
    if file := data_file(experiment):
        kept = datasets.kept_arrays(name)
        if not kept.is_file():
            from playground.engine.images.beside import file_beside

            kept = file_beside(name)
        (folder / file).symlink_to(kept.resolve())
    elif datasets_folder().is_dir():
        (folder / "data").symlink_to(datasets_folder().resolve())
