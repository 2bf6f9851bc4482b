"""What lies in the temp folder: named by the process it belongs to, removed when that process is no more."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

__all__ = ["is_process_alive", "scratch_prefix", "sweep"]

_PREFIX = "cicache-"
_DEAD = frozenset("ZXx")


def scratch_prefix(what: str = "") -> str:
    """How a temporary file or folder of this process begins; `what` says what it is for."""
    return f"{_PREFIX}{os.getpid()}-{f'{what}-' if what else ''}"


def sweep(parent: Path) -> None:
    """Remove what dead processes of this user left in a temp folder, and nothing else."""
    for left in parent.glob(f"{_PREFIX}[0-9]*-*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        try:
            if owner.isdecimal() and left.lstat().st_uid == os.getuid() and not is_process_alive(int(owner)):
                _remove(left)
        except FileNotFoundError:
            continue  # another session that starts now was faster


def _remove(left: Path) -> None:
    if left.is_dir() and not left.is_symlink():
        shutil.rmtree(left, ignore_errors=True)
    else:
        left.unlink()


def is_process_alive(process: int) -> bool:
    """Whether a process of this machine runs; one that has ended and that nobody has reaped does not.

    Where process 1 of a container is no init, such a zombie stays until the container ends: proc(5), state Z.
    """
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        # Either there is no /proc here, or the process has ended since.
        return not Path("/proc/self/stat").exists()
    # The name of the command stands in parentheses and may hold any character.
    return stat.rpartition(")")[2].split()[0] not in _DEAD
