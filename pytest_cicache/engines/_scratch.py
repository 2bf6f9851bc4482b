"""What lies in the temp folder: named by the process it belongs to, removed when that process is no more."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

__all__ = ["has_room", "is_process_alive", "make_in_memory", "make_scratch", "scratch_prefix", "sweep"]

_PREFIX = "cicache-"
_DEAD = frozenset("ZXx")
# A file system in memory, where a file costs a hundredth: https://docs.kernel.org/filesystems/tmpfs.html
_MEMORY = Path("/dev/shm")  # noqa: S108 - folders of ours in it have names that nobody knows before
_PLENTY = 2 * 1024**3
_AVAILABLE = re.compile(r"^MemAvailable:\s+(\d+) kB$", re.MULTILINE)
_TEMPORARY = ("TMPDIR", "TEMP", "TMP")


def scratch_prefix(what: str = "") -> str:
    """How a temporary file or folder of this process begins; `what` says what it is for."""
    return f"{_PREFIX}{os.getpid()}-{f'{what}-' if what else ''}"


def make_scratch() -> Path:
    """Make a folder of this process in the temp folder, after a look for what dead processes left."""
    for parent in (Path(tempfile.gettempdir()), _MEMORY):
        sweep(parent)
    return Path(tempfile.mkdtemp(prefix=scratch_prefix()))


def make_in_memory() -> Path | None:
    """Make a folder in memory, for files that are many, small and soon gone.

    `None` where the system has none or little room in it, or a variable says where temporary files shall be.
    """
    if any(name in os.environ for name in _TEMPORARY) or not has_room(_MEMORY):
        return None
    return Path(tempfile.mkdtemp(prefix=scratch_prefix(), dir=_MEMORY))


def has_room(memory: Path) -> bool:
    """Whether a folder in memory, and the machine, have 2 GiB to spare, and programs may be started there."""
    if sys.platform != "linux":
        return False
    try:
        found = os.statvfs(memory)
        available = _AVAILABLE.search(Path("/proc/meminfo").read_text(encoding="ascii"))
    except OSError:
        return False
    left = min(found.f_bavail * found.f_frsize, 1024 * int(available[1]) if available else 0)
    return left >= _PLENTY and not found.f_flag & os.ST_NOEXEC and os.access(memory, os.W_OK)


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
