"""Reloads leave nothing behind: what was replaced is collected."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from heatsync import Heatsync

FILE = Path(__file__).parents[1] / "benchmarks" / "leak.py"

SHOP = {
    "prices.py": "RATE = 0\n\ndef price(n):\n    return n * RATE\n",
    "stock.py": """
import functools
from prices import RATE, price

def loud(fn):
    @functools.wraps(fn)
    def wrapper(*args):
        return fn(*args)
    return wrapper

@loud
def total(n):
    return price(n) + 0

class Stock:
    rates = [RATE, 0]
    @loud
    def serve(self, n):
        return total(n) + 0

STOCK = Stock()
TOTAL = STOCK.serve(0)
""",
    "views.py": "import stock\n\ndef answer(n):\n    return stock.STOCK.serve(n)\n",
}

# What stands in stock.py instead of something else, and the files that are gone meanwhile.
BROKEN = {
    "a syntax error": ("STOCK =", "STOCK = =", ()),
    "a statement": ("STOCK =", "1 / ZERO\nSTOCK =", ()),
    "a decorator": ("@loud\ndef", "@(lambda fn: fn / ZERO)\n@loud\ndef", ()),
    "a class": ("rates =", "rates = 1 / ZERO,", ()),
    "a new class": ("STOCK =", "class A:\n    1 / ZERO\nSTOCK =", ()),
    "a decorated method": ("    @loud", "    @(lambda fn: fn / ZERO)", ()),
    "what uses a method": ("TOTAL = STOCK", "TOTAL = STICK", ()),
    "an import of nothing": ("STOCK =", "import nowhere\nSTOCK =", ()),
    "an import of a name": ("RATE, price", "price, RATES", ()),
    "an import of a file that is gone": ("RATE, price", "price, RATE", ("prices.py",)),
    "an import that moved from such a file": (
        "from prices import RATE, price\n",
        "",
        ("prices.py",),
    ),
}


def test_nothing_grows_however_often_everything_is_edited(tmp_path, fresh_modules, caplog):
    leak = loaded()
    # At the same place of a period the text is the same. After two the history is full.
    full, *later = list(leak.reloads(str(tmp_path), 5 * leak.PERIOD, leak.PERIOD))[2:]

    for alive in later:
        assert (alive.codes, alive.classes) == (full.codes, full.classes)
        assert alive.objects < full.objects + 100


@pytest.mark.parametrize("what", BROKEN)
def test_nothing_grows_however_often_an_edit_fails(what, tmp_path, fresh_modules, caplog):
    old, new, gone = BROKEN[what]
    broken = {**SHOP, "stock.py": SHOP["stock.py"].replace(old, new)}
    broken = {file: text for file, text in broken.items() if file not in gone}

    with shop(tmp_path) as sync:

        def objects_after(rounds):
            for number in range(rounds):
                assert applied(sync, tmp_path, broken, number).error is not None
                assert applied(sync, tmp_path, SHOP, number).error is None
            sync._telling.history.clear()  # the latest errors hold their frames
            gc.collect()
            return len(gc.get_objects())

        before = objects_after(4)
        assert objects_after(20) < before + 20


@contextmanager
def shop(folder):
    write(folder, SHOP, 0)
    sys.path.insert(0, str(folder))
    try:
        with Heatsync(watch=False) as sync:
            sync.track(folder)
            sync.events.on("error", lambda error: None)
            importlib.import_module("views")
            yield sync
    finally:
        sys.path.remove(str(folder))


def applied(sync, folder, files, number):
    write(folder, files, number)
    return sync.refresh()


def write(folder, files, number):
    """Every text says another number each time."""
    for file in SHOP.keys() - files.keys():
        (folder / file).unlink()
    for file, text in files.items():
        (folder / file).write_text(text.replace("0", str(number % 2 + 1)))


def loaded():
    spec = importlib.util.spec_from_file_location("leak", FILE)
    leak = sys.modules["leak"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(leak)
    return leak
