"""Paths that are no files on a disk: a descriptor of this process, a pipe, a device."""

from __future__ import annotations

import os
import stat
from pathlib import Path

LONGEST_NAME = 255
"""Bytes; the limit on a file's name nearly everywhere (`NAME_MAX`)."""


def descriptor(path: Path) -> int | None:
    """Return the number of the open descriptor that a path stands for, such as `/dev/stdout` or `/dev/fd/63`, or None.

    To open such a path anew would begin at the start of the file behind it.
    """
    folders = {Path("/dev/fd"), Path(f"/proc/{os.getpid()}/fd")}
    for _ in range(8):  # /dev/stdout is a link to /proc/self/fd/1, and that is one to the file
        if path.name.isdigit() and path.parent.resolve() in folders:
            return int(path.name)
        if not path.is_symlink():
            return None
        path = path.parent / path.readlink()
    return None


def is_special(path: Path) -> bool:
    """Tell whether there is a pipe, a device or a socket at a path, rather than a file, a folder or nothing."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def fitting_name(stem: str, ending: str) -> str:
    """Return stem and ending as a file's name, the stem cut if need be, with room for a count such as `-12`."""
    room = LONGEST_NAME - len(os.fsencode(ending)) - 3
    while len(os.fsencode(stem)) > room:
        stem = stem[:-1]
    return stem + ending
