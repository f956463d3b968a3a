"""Reloads leave nothing behind: what was replaced is collected."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

FILE = Path(__file__).parents[1] / "benchmarks" / "leak.py"


def test_nothing_grows_however_often_everything_is_edited(tmp_path, fresh_modules, caplog):
    leak = loaded()
    # At the same place of a period the text is the same. After two the history is full.
    full, *later = list(leak.reloads(str(tmp_path), 5 * leak.PERIOD, leak.PERIOD))[2:]

    for alive in later:
        assert (alive.codes, alive.classes) == (full.codes, full.classes)
        assert alive.objects < full.objects + 100


def loaded():
    spec = importlib.util.spec_from_file_location("leak", FILE)
    leak = sys.modules["leak"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(leak)
    return leak
