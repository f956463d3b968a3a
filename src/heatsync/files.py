"""The package of the modules that were required by path and that no import would find."""

# Such a module is named `heatsync.files.` and its path in a quoted form. The name tells the file,
# so that what one process pickled is found by another, also by one that keeps nothing live.

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from heatsync._importing import LiveFinder, find_file

__all__: list[str] = []
__path__: list[str] = []


class _FileFinder:
    """Finds them in a process that keeps nothing live."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        return find_file(fullname)


if not any(isinstance(finder, LiveFinder) for finder in sys.meta_path):
    sys.meta_path.append(_FileFinder())
