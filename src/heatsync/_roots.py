"""Which files lie below the tracked folders and are not left out."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
# What sysconfig tells, too, but it takes longer to load than all of this.
_STDLIB = (os.path.dirname(os.__file__) + os.sep,)
_INSTALLED = ("site-packages", "dist-packages")


class Roots:
    """The tracked folders. Installed packages, virtual environments and Python itself below them
    are left out, unless a root lies inside of them."""

    def __init__(self) -> None:
        self._roots: list[str] = []
        self._named: set[str] = set()  # those that somebody gave, as what is left out is given
        self._excluded: list[str] = []
        self._installed: dict[str, bool] = {}  # by folder
        self._held: dict[str, bool] = {}  # by folder
        self._leads: dict[str, str] = {}  # where folders lead
        self._real: tuple[str, ...] = ()  # where the roots lead, as paths of what is below begin

    def add(self, *roots: str, named: bool = True) -> None:
        """Raises NotADirectoryError, with the way out, for what is no folder: then none is added.

        A `named` one is meant also where it lies in what is left out.
        """
        if wrong := [root for root in roots if not os.path.isdir(root)]:
            told = f"{wrong[0]} is no folder: track() takes the folders of your code"
            raise NotADirectoryError(told)
        for root in roots:
            for path in dict.fromkeys([os.path.abspath(root), os.path.realpath(root)]):
                if path not in self._roots:
                    self._roots.append(path)
                    self._held.clear()
                self._named |= {path} if named else set()
        self._follow()

    def _follow(self) -> None:
        self._real = tuple(os.path.join(os.path.realpath(root), "") for root in self._roots)

    def exclude(self, patterns: Iterable[str], folder: str) -> None:
        """A bare name or pattern is meant wherever it stands below a root, a path where it leads
        from a folder."""
        for pattern in patterns:
            self._excluded.append(pattern)
            if os.path.basename(pattern) != pattern:
                self._excluded.append(os.path.abspath(os.path.join(folder, pattern)))

    def hold(self, file: str) -> bool:
        """Whether a file is to be kept live."""
        if not self.reach(file.rpartition(os.sep)[0] or os.sep) or self.leave_out(file):
            return False
        return not os.path.islink(file) or self.lie_around(os.path.realpath(file))

    def reach(self, folder: str) -> bool:
        """Whether files right in a folder are to be kept live, but for those that are left out."""
        held = self._held.get(folder)
        if held is None:
            held = self._held[folder] = self._hold_folder(folder)
        return held

    def leave_out(self, file: str) -> bool:
        """Whether a pattern says that a file is not to be kept live."""
        return bool(self._excluded) and all(
            self._is_excluded(file, root) for root in self._judges(file)
        )

    def _judges(self, file: str) -> list[str]:
        """The roots by which it is judged whether a file is left out: the most lenient one says.

        One that nobody named, and that lies in another one, has no say of its own.
        """
        around = [root for root in self._roots if _below(file, [root])]
        return [
            root
            for root in around
            if root in self._named
            or not any(_below(root, [other]) for other in around if other != root)
        ] or [os.path.dirname(file)]

    def _is_excluded(self, file: str, root: str) -> bool:
        names = {*file[len(root) :].split(os.sep)}
        return any(
            _fits(file, pattern)
            and not (root in self._named and _fits(os.path.join(root, ""), pattern))
            if os.sep in pattern
            else any(_matches(name, pattern) for name in names)
            for pattern in self._excluded
        )

    def lie_around(self, real: str) -> bool:
        """Whether a path without links lies below a root, as the links to these are now."""
        path = f"{real}{os.sep}"
        if path.startswith(self._real):
            return True
        self._follow()  # one may be a link itself, which was set to another release
        return path.startswith(self._real)

    def _hold_folder(self, folder: str) -> bool:
        """Asked once for each: a program imports thousands of files from few folders."""
        real = self._real_of(folder)
        return any(
            os.path.join(path, "").startswith(os.path.join(root, ""))
            and not self._left_out(root, os.path.join(path, ""))
            for path in dict.fromkeys([folder, real])
            for root in self._roots
        ) and self.lie_around(real)

    def _real_of(self, folder: str) -> str:
        """Where a folder leads: as a rule to what bears its name where the one around it does."""
        real = self._leads.get(folder)
        if real is None:
            around, name = os.path.split(folder)
            near = os.path.join(self._real_of(around), name) if name else folder
            real = near if _is_there(near, folder) else os.path.realpath(folder)
            self._leads[folder] = real
        return real

    def _left_out(self, root: str, folder: str) -> bool:
        return (
            folder.startswith(_OURS)
            or any(folder.startswith(home) and not root.startswith(home[:-1]) for home in _STDLIB)
            or self._is_installed(root, folder.rstrip(os.sep))
        )

    def _is_installed(self, root: str, folder: str) -> bool:
        """Whether a folder below a root belongs to an environment rather than to the project."""
        if len(folder) <= len(root):
            return False
        known = self._installed.get(folder)
        if known is None:
            known = self._installed[folder] = (
                os.path.basename(folder) in _INSTALLED
                or os.path.exists(os.path.join(folder, "pyvenv.cfg"))
                or self._is_installed(root, os.path.dirname(folder))
            )
        return known


def _below(path: str, roots: Iterable[str]) -> bool:
    return any(f"{path}{os.sep}".startswith(os.path.join(root, "")) for root in roots)


def _is_there(real: str, folder: str) -> bool:
    """Whether a folder leads to what is here, and this is no link itself."""
    try:
        return os.path.samestat(os.lstat(real), os.stat(folder))
    except OSError:
        return False


def _matches(name: str, pattern: str) -> bool:
    # By name, as few leave something out, and it loads regular expressions.
    found: bool = importlib.import_module("fnmatch").fnmatch(name, pattern)
    return found


def _fits(path: str, pattern: str) -> bool:
    """Whether a pattern that is a path means this one, or what is below it."""
    return _matches(path, pattern) or f"{path}{os.sep}".startswith(pattern.rstrip(os.sep) + os.sep)
