"""The process that decodes single images: `python -P -m playground.own.glancing`.

It gets a task as a JSON line on stdin and then the files, one behind the other, and says of each
as a JSON line on stdout what is on it, or why nothing is. It may die of any of them.
"""

from __future__ import annotations

import json
import os
import sys
from base64 import b64encode
from typing import Any

from playground.own.limits import Limits
from playground.own.process import confine

REFUSED_MEMORY = "It needs more memory to read than an image may take: save it smaller."


def main() -> int:
    """Decode the files of one task. Returns the exit status."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no message of ours
    task = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**task["limits"])
    confine(limits)
    for size in task["sizes"]:
        output.write(json.dumps(_seen(sys.stdin.buffer.read(size), task["side"], limits)) + "\n")
        output.flush()
    return 0


def _seen(content: bytes, side: int, limits: Limits) -> dict[str, Any]:
    # Only now: what they load shall have the limits already.
    from playground.own.decoding import decode
    from playground.own.refusals import Unreadable

    try:
        picture = decode(content, side, "crop", limits)
    except Unreadable as error:
        return {"refused": str(error)}
    except MemoryError:
        return {"refused": REFUSED_MEMORY}
    return {"pixels": b64encode(picture.pixels.tobytes()).decode("ascii")}


if __name__ == "__main__":
    sys.exit(main())
