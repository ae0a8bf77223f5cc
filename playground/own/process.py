"""The process that reads what people bring: `python -P -m playground.own.process`.

It gets a task as a JSON line on stdin, and says how far it is as JSON lines on stdout. It may be
ended by its limits, by a decoder's fault or from outside: then only whoever asked is told.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playground.own.limits import Limits

MARK = "at"  # the file that says which image is being read
REFUSED_MEMORY = "What was brought needs more memory to read than it may take: bring less at once."


def main() -> int:
    """Read one task after another until stdin closes. Returns the exit status."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no message of ours

    def emit(message: dict[str, Any]) -> None:
        output.write(json.dumps(message) + "\n")
        output.flush()

    for line in sys.stdin.buffer:
        emit(_done(json.loads(line), emit))
    return 0


def _done(task: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Return the last message of a task: what was found, or why nothing was."""
    limits = Limits(**task["limits"])
    confine(limits)
    # Only now: what they load shall have the limits already.
    from playground.own.brought import Brought, Wishes
    from playground.own.reading import Reading
    from playground.own.refusals import Refused
    from playground.own.writing import Before

    folder = Path(task["folder"])
    mark = os.open(folder / MARK, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        kind, path = task["brought"]
        reading = Reading(
            Brought(kind, Path(path)),
            Wishes(**task["wishes"]),
            limits,
            folder,
            tell=lambda done, total: emit({"done": done, "total": total}),
            mark=lambda number: _note(mark, number),
            avoid={int(number): reason for number, reason in task["avoid"].items()},
            before=Before.read(*task["before"]) if task["before"] else None,
        )
        return {"found": reading.read()}
    except Refused as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": REFUSED_MEMORY}
    except Exception as error:  # what nobody has thought of: its words are of no use to anybody
        return {"refused": _UNKNOWN, "problem": f"{type(error).__name__}: {error}"[:500]}
    finally:
        os.close(mark)


def _note(mark: int, number: int) -> None:
    os.pwrite(mark, number.to_bytes(8, "little"), 0)


_UNKNOWN = (
    "It cannot be read, for a reason that this version does not know: pack the images anew, as "
    "PNG or JPEG files in a folder for each class."
)


def confine(limits: Limits) -> None:
    """Let the system see to the limits, where it has a way to."""
    with contextlib.suppress(ImportError):
        import resource

        for kind, most in (
            (resource.RLIMIT_AS, limits.memory),
            (resource.RLIMIT_FSIZE, 4 * limits.kept),
            (resource.RLIMIT_CPU, limits.cpu_seconds),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NOFILE, 64),
        ):
            with contextlib.suppress(ValueError, OSError):  # a lower limit is there already
                resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    sys.exit(main())
