"""Which files lie below the tracked folders and are not left out."""

from __future__ import annotations

import fnmatch
import os
import sysconfig
from collections.abc import Iterable, Iterator

_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
_STDLIB = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")})
_INSTALLED = ("site-packages", "dist-packages")


class Roots:
    """The tracked folders. Installed packages, virtual environments and Python itself below them
    are left out, unless a root lies inside of them."""

    def __init__(self) -> None:
        self._roots: list[str] = []
        self._excluded: list[str] = []
        self._installed: dict[str, bool] = {}  # by folder
        self._real: dict[str, str] = {}  # by folder

    def add(self, root: str) -> None:
        """Raises NotADirectoryError, with the way out, for what is no folder."""
        if not os.path.isdir(root):
            raise NotADirectoryError(f"{root} is no folder: track() takes the folders of your code")
        for path in dict.fromkeys([os.path.abspath(root), os.path.realpath(root)]):
            if path not in self._roots:
                self._roots.append(path)

    def exclude(self, patterns: Iterable[str], folder: str) -> None:
        for pattern in patterns:
            self._excluded.append(pattern)
            self._excluded.append(os.path.abspath(os.path.join(folder, pattern)))

    def hold(self, file: str) -> bool:
        """Whether a file is to be kept live."""
        return bool(self._roots) and any(
            path.startswith(os.path.join(root, "")) and not self._left_out(root, path)
            for path in self._paths(file)
            for root in self._roots
        )

    def _paths(self, file: str) -> Iterator[str]:
        """The file as it was given, and below the folder that links lead to."""
        yield file
        folder, name = os.path.split(file)
        real = self._real.get(folder)
        if real is None:
            real = self._real[folder] = os.path.realpath(folder)
        if real != folder:
            yield os.path.join(real, name)

    def _left_out(self, root: str, file: str) -> bool:
        if file.startswith(_OURS):
            return True
        if any(file.startswith(home) and not root.startswith(home[:-1]) for home in _STDLIB):
            return True
        return self._is_installed(root, os.path.dirname(file)) or any(
            fnmatch.fnmatch(file, pattern) or file.startswith(pattern.rstrip(os.sep) + os.sep)
            for pattern in self._excluded
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
