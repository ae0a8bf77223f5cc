"""`python -m playground import`: a run card of another playground becomes a run of this one."""

from __future__ import annotations

import argparse
from pathlib import Path

from playground.commands.options import print_json
from playground.errors import PlaygroundError, shorten
from playground.export import card
from playground.export.installing import install
from playground.export.reading import read_card
from playground.run.files import reason
from playground.run.names import visible
from playground.service.room import Room
from playground.service.store.store import RunStore


def main(options: argparse.Namespace) -> int:
    """Read the card and store the run. Returns the exit status; raises `CardRefused`."""
    file = Path(options.file)
    try:
        if not file.is_file():
            raise FileNotFoundError(2, "there is no such file")
        with file.open("rb") as stream:
            content = stream.read(card.LARGEST_CARD + 1)
    except OSError as error:
        raise PlaygroundError(
            f"{shorten(str(file))} cannot be read: {reason(error)}. Name a run card, a zip that "
            "python -m playground export RUN --as card has written."
        ) from None
    read = read_card(content)
    store = RunStore()
    run_id = install(read, store, Room(store))
    stored = store.load(run_id)
    store.close()
    if options.json:
        print_json(
            {"run": run_id, "from": read.source, "checksum": read.checksum, "name": read.name}
        )
        return 0
    print(visible(f"{run_id}: {stored.snapshot.note}"))
    return 0
