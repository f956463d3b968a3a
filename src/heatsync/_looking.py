"""What one look at a file system tells: a fresh file, a silent mount, git at work."""

from __future__ import annotations

import os
import time
from functools import cache

from heatsync._resident.texts import Signature, signature

# An older lock was left by a git that died, or is held while someone writes a commit message.
LOCK_AGE = 5.0
# File systems keep time in steps. What was written within the last one may be written again
# without a trace in the signature.
STEP_NS = 20_000_000
# File systems that do not tell what another machine, or the host of this one, wrote.
SILENT = {"9p", "afs", "ceph", "cifs", "fakeowner", "fuse", "nfs", "nfs4", "prl_fs", "smb3"}
SILENT |= {"smbfs", "vboxsf", "virtiofs"}


def is_fresh(found: Signature | None) -> bool:
    """Whether a file may change once more with the same signature."""
    return found is not None and abs(time.time_ns() - found[3]) < STEP_NS


def empty(file: str) -> bool:
    found = signature(file)
    return found is not None and found[1] == 0


def silent(directory: str) -> bool:
    try:
        return sends_no_events(os.stat(directory).st_dev)
    except OSError:
        return False


@cache
def sends_no_events(device: int) -> bool:
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as mounts:
            for mount in mounts:
                place, _, kind = mount.partition(" - ")
                if place.split()[2] == f"{os.major(device)}:{os.minor(device)}":
                    return kind.split(maxsplit=1)[0].partition(".")[0] in SILENT
    except OSError:
        pass  # not a system that tells its mounts
    return False


# Seconds after which one looks again whether a directory is in a repository by now.
MADE_AFTER = 10.0

_LOCKS: dict[str, str] = {}  # by directory: the lock of the repository that it was found in
_WITHOUT: dict[str, float] = {}  # by directory that is in none: until when to believe that


def locked(directories: set[str]) -> bool:
    """Whether git is at work in a repository that holds one of the directories."""
    now = time.monotonic()
    locks = {_lock(directory, now) for directory in directories}
    return any(young(lock) for lock in locks if lock is not None)


def _lock(directory: str, now: float) -> str | None:
    """Remembered, as it is a question to the system for each directory on the way."""
    if directory in _LOCKS:
        return _LOCKS[directory]
    if _WITHOUT.get(directory, now) > now:
        return None
    git, parent = os.path.join(directory, ".git"), os.path.dirname(directory)
    if os.path.lexists(git):
        lock: str | None = os.path.join(git_directory(git), "index.lock")
    else:
        lock = None if parent == directory else _lock(parent, now)
    if lock is None:
        _WITHOUT[directory] = now + MADE_AFTER
    else:
        _LOCKS[directory] = lock
    return lock


def git_directory(git: str) -> str:
    """In a work tree of another repository, `.git` is a file that names the real one."""
    if os.path.isdir(git):
        return git
    try:
        with open(git, encoding="utf-8") as file:
            return os.path.join(os.path.dirname(git), file.read().partition("gitdir:")[2].strip())
    except OSError:
        return git


def young(lock: str) -> bool:
    try:
        return abs(time.time() - os.stat(lock).st_mtime) < LOCK_AGE
    except OSError:
        return False
