"""Files of the store as they are found: whether they lie inside, why a disk refuses."""

from __future__ import annotations

import errno
from pathlib import Path

FULL = "the disk is full"
_REASONS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,  # a file that reaches the limit of its process
    errno.EROFS: "the disk can only be read",
    errno.EACCES: "writing there is not allowed",
    errno.EPERM: "writing there is not allowed",
}


def reason(error: OSError) -> str:
    """Return why the disk refuses, in words people know."""
    if error.errno is None and "requested and" in str(error):  # numpy, of a file cut short
        return FULL
    return _REASONS.get(error.errno or 0, error.strerror or str(error) or type(error).__name__)


def is_inside(folder: Path, path: Path) -> bool:
    """Whether `path` lies in `folder` also when every link on the way is followed."""
    return folder.resolve() in path.resolve().parents


def inode_of(file: Path) -> tuple[int, int]:
    """Return what tells a file from another one in its place; the same where there is none."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino
