"""`python -m playground runs`: the runs of the store, as a table or as JSON lines."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Any

from playground.analysis.wording import marks_text, percent_text
from playground.commands.options import print_json
from playground.run.info import StoredRun
from playground.run.names import visible
from playground.run.snapshot import RunStatus
from playground.service.store.store import RunStore


def main(options: argparse.Namespace) -> int:
    """List all runs, the newest first. Returns the exit status."""
    store = RunStore()
    runs = store.runs()
    for told in filter(None, (store.report, store.news)):
        sys.stderr.write(f"{visible(told)}\n")
    if store.trouble and not runs:
        return 1
    if options.json:
        for run in runs:
            print_json(fields_of(run))
        return 0
    if not runs:
        print("No runs yet: python -m playground train starts one.")
        return 0
    print(
        f"{'run':<16}  {'status':<11}  {'data set':<13}  {'architecture':<12}  {'best acc.':>9}  "
        f"{'epoch':>5}  {'epochs':>9}  {'seconds':>8}  {'created':<16}  name"
    )
    for run in runs:
        print(visible(row(fields_of(run), marks_text(run.snapshot.experiment)).rstrip()))
    for run in runs:
        if run.snapshot.status is RunStatus.UNREADABLE:
            sys.stderr.write(f"{visible(f'{run.info.run_id}: {run.snapshot.message}')}\n")
    return 0


def fields_of(run: StoredRun) -> dict[str, Any]:
    """Return a run as its JSON line has it; `seconds` is what its epochs took to compute."""
    info, snapshot = run.info, run.snapshot
    best = snapshot.best
    is_readable = snapshot.status is not RunStatus.UNREADABLE
    settings = snapshot.experiment if is_readable else None
    return {
        "run": info.run_id,
        "name": info.name,
        "recipe": info.recipe,
        "status": snapshot.status.value,
        "dataset": settings.data.dataset if settings else None,
        "architecture": settings.model.architecture if settings else None,
        "best_validation_accuracy": best.validation_accuracy if best else None,
        "best_epoch": best.epoch if best else None,
        "epochs": len(snapshot.epochs),
        "planned_epochs": settings.training.epochs if settings else None,
        "seconds": round(snapshot.computing_seconds, 3) if is_readable else None,
        "created": datetime.fromtimestamp(info.created_at, UTC).isoformat(timespec="seconds"),
        "pitfalls": list(snapshot.experiment.training.pitfalls),
        "mystery": snapshot.experiment.training.mystery,
        **({"imported": info.imported} if info.imported else {}),
        **({} if is_readable else {"problem": snapshot.message}),
    }


def row(fields: dict[str, Any], marks: str = "") -> str:
    """Return a run as a row of the table; its time of creation is the local one.

    After the name come the marks of its pitfalls, such as "⚠ 20 % label noise".
    """
    accuracy = fields["best_validation_accuracy"]
    best = "–" if accuracy is None else percent_text(accuracy, 2)
    epochs = f"{fields['epochs']}/{fields['planned_epochs'] or '–'}"
    seconds = "–" if fields["seconds"] is None else f"{fields['seconds']:.1f}"
    created = datetime.fromisoformat(fields["created"]).astimezone().strftime("%Y-%m-%d %H:%M")
    return (
        f"{fields['run']:<16}  {fields['status']:<11}  {fields['dataset'] or '–':<13}  "
        f"{fields['architecture'] or '–':<12}  {best:>9}  {fields['best_epoch'] or '–':>5}  "
        f"{epochs:>9}  {seconds:>8}  {created:<16}  "
        f"{'  '.join(filter(None, (fields['name'], marks)))}"
    )
