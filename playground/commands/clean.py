"""`python -m playground clean`: what can be made again, and leftovers, go; a run never does."""

from __future__ import annotations

import argparse
import sys

from playground.run.disk import Kind, count, size_text
from playground.run.home import home
from playground.run.sweeping import is_in_use, limit, remove


def main(options: argparse.Namespace) -> int:
    """Remove it, or say what would be removed. Returns the exit status: 1 where some stayed."""
    usage = count()
    kept = removed = 0
    verb = "would remove" if options.dry_run else "removed"
    for item in usage.items:
        name = f"{item.path.relative_to(home())} ({item.kind}, {size_text(item.size)})"
        if is_in_use(item.looked_at):
            print(f"in use in the last ten minutes: {name}")
        elif options.dry_run or remove(item):
            removed += item.size
            print(f"{verb}: {name}")
        else:
            kept += 1
            sys.stderr.write(f"could not remove: {name}\n")
    left = usage if options.dry_run else count()
    kinds = ", ".join(f"{kind} {size_text(left.kinds[kind])}" for kind in Kind if left.kinds[kind])
    print(f"{verb} {size_text(removed)} in all" if removed else "nothing to remove")
    print(f"{home()} holds {size_text(left.total)} of at most {size_text(limit())}")
    if kinds:
        print(f"  {kinds}")
    return 1 if kept else 0
