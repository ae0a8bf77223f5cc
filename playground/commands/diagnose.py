"""`python -m playground diagnose`: what ails a run, by what it recorded."""

from __future__ import annotations

import argparse
import json
import sys

from playground.analysis.doctor.diagnosis import RULES
from playground.analysis.doctor.finding import Finding
from playground.commands.options import print_json
from playground.errors import PlaygroundError, UnreadableRun
from playground.run.names import visible
from playground.run.snapshot import RunStatus
from playground.service.doctor import findings
from playground.service.store.store import RunStore


def main(options: argparse.Namespace) -> int:
    """Print what the doctor says of a run, the surest first. Returns the exit status.

    Raises `UnknownRun`, and `UnreadableRun` for one that another version wrote.
    """
    if not options.run:
        raise PlaygroundError(
            "There is no run to diagnose: name one, as python -m playground runs lists them."
        )
    snapshot = RunStore().load(options.run).snapshot
    if snapshot.status is RunStatus.UNREADABLE:
        raise UnreadableRun(snapshot.message)
    if snapshot.experiment.training.mystery:
        sys.stderr.write(
            "This run hides a mystery, and the doctor would give it away: guess it on the Train "
            "page, where the doctor speaks afterwards.\n"
        )
        return 0
    found = findings(snapshot)
    if options.json:
        for finding in found:
            print_json(finding.as_json())
        return 0
    if not any(finding.is_illness for finding in found):
        print(f"No illness seen ({len(RULES)} rules looked).")
    for finding in found:
        print(visible(text_of(finding)))
    return 0


def text_of(finding: Finding) -> str:
    """Return a finding in words: what is seen, what it means, how sure it is, what may help."""
    kind = "ill" if finding.is_illness else "note"
    since = "before the first step" if not finding.since_epoch else f"epoch {finding.since_epoch}"
    text = (
        f"{kind}: {finding.rule} (since {since}, {100 * finding.certainty:.0f} % sure). "
        f"{finding.evidence} {finding.meaning}"
    )
    changes = (finding.fix or {}).items()
    return text + "".join(f" Try --set {path}={json.dumps(value)}" for path, value in changes)
