"""Files, as an import looks for them."""

from __future__ import annotations

import os

INIT = "__init__.py"


def sibling(file: str) -> str:
    """The file that an import takes for the same module: `a/__init__.py` for `a.py`, and back."""
    folder, name = os.path.split(file)
    if name == INIT:
        return f"{folder}.py"
    return os.path.join(os.path.splitext(file)[0], INIT)
