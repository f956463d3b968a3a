"""Who could write a file: in strict mode nobody but the user of this process, and root."""

from __future__ import annotations

import importlib
import os
import stat
from collections.abc import Iterator

from heatsync._resident.texts import Opened
from heatsync.errors import UntrustedError

_OTHERS = {stat.S_IWGRP: "g", stat.S_IWOTH: "o"}


def check(opened: Opened) -> None:
    """Raises UntrustedError where another user could change a file, or put another in its place.

    Its signs are those of the open file: so what is checked is what is read. Nobody else can bend
    the way to it either, if nobody else can write what stands on that way.
    """
    file = opened.file
    _check(file, file, opened.signs)
    for path in _way_to(file):
        _check(file, path, os.lstat(path))


def _check(file: str, path: str, signs: os.stat_result) -> None:
    me = os.geteuid()
    if signs.st_uid not in (0, me):
        reason = f"{path} belongs to {_name(signs.st_uid)}, who may write it"
        raise UntrustedError(file, reason, f"chown {'-h ' if _is_link(signs) else ''}{me} {path}")
    if _is_link(signs) or (stat.S_ISDIR(signs.st_mode) and signs.st_mode & stat.S_ISVTX):
        # A link has no permissions of its own. In a sticky directory such as /tmp anybody may put
        # something, and nobody may replace what is another's.
        return
    who = "".join(letter for bit, letter in _OTHERS.items() if signs.st_mode & bit)
    if who:
        told = {"g": "its group", "o": "everybody", "go": "everybody"}[who]
        reason = f"{path} can be written by {told} ({stat.filemode(signs.st_mode)})"
        raise UntrustedError(file, reason, f"chmod {who}-w {path}")


def _is_link(signs: os.stat_result) -> bool:
    return stat.S_ISLNK(signs.st_mode)


def _name(user: int) -> str:
    try:
        name: str = importlib.import_module("pwd").getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
    return name


def _way_to(file: str) -> Iterator[str]:
    """The directories around a file up to the root, and the links on the way to it with theirs."""
    waiting, seen = [file], set()
    while waiting:
        path = waiting.pop()
        while path not in seen:
            seen.add(path)
            if path != file or os.path.islink(path):
                yield path
            if os.path.islink(path):
                target = os.path.join(os.path.dirname(path), os.readlink(path))
                waiting.append(os.path.normpath(target))
            path = os.path.dirname(path)
