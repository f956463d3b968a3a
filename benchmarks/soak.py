"""Edits, breaks, moves and repairs the files of a live server under load, for as long as asked.

    python benchmarks/soak.py --minutes 60 [--edits 3] [--requests 40] [--json figures.json]

The server, soak_server.py, is uvicorn with a pool of threads beside it, in a process of its own.
After every edit it has to answer as the new files say; after one that breaks a file, as before. At
the end no request may have failed, nothing may have escaped, and memory must be flat.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

PATIENCE = 20.0  # seconds until the server has to answer as the files say
FLAT = 0.05  # memory may grow by so much of itself between the second and the last quarter

BROKEN: list[bytes] = [
    b"def broken(:\n", b"x = \n", b"x = '\n", b"if 1:\nx = 1\n", b"\0", b"\xff\xfe", b"return 1\n",
    b"1 / 0\n", b"raise SystemExit(3)\n", b"import sys; sys.exit(4)\n", b"import nowhere_to_be_found\n",
    b"from prices import nothing_of_the_kind\n", b"(" * 300, b"-" * 100_000 + b"1\n",
    b"def endless(): return endless()\nendless()\n", b"raise KeyError(object())\n",
    b"class A(int, str): pass\n", b"await x\n", b"<<<<<<< HEAD\n", b"assert False, 'never'\n",
]  # fmt: skip


@dataclass(frozen=True)
class Shop:
    """What the files say, as numbers."""

    rate: int = 1
    tax: int = 2
    factor: int = 3
    bonus: int = 4
    labels: int = 5
    extras: int = 0
    handlers: tuple[tuple[str, int], ...] = (("a", 1), ("b", 2))
    home: str = "text"  # the file in which label() stands
    costs: str = "prices"  # the file in which the prices stand
    comments: int = 0

    def files(self) -> dict[str, str]:
        extra = "".join(
            f"    def extra_{n}(self, n):\n        return n + {n}\n" for n in range(self.extras)
        )
        added = "".join(f" + self.extra_{n}(n)" for n in range(self.extras))
        label = f"def label(n):\n    return PREFIX + str(n + {self.labels})\n"
        files = {
            self.costs: f"# {self.comments}\nRATE = {self.rate}\nTAX = RATE * 2 + {self.tax}\n\n"
            f"def price(n):\n    return n * {self.factor} + RATE\n",
            "stock": f"from {self.costs} import TAX, price\n\n"
            "class Stock:\n    def __init__(self):\n        self.served = 0\n\n"
            f"    def serve(self, n):\n        self.served += 1\n"
            f"        return price(n) + TAX + {self.bonus}{added}\n{extra}\nSTOCK = Stock()\n",
            "text": "PREFIX = 'no. '\n",
            "words": "from text import PREFIX\n",
            "views": "import asyncio\nimport stock\nimport words\n"
            f"from {self.home} import label\n\nCOUNTS = {{'served': 0}}\nHANDLERS = {{}}\n\n"
            "def handler(name):\n    def register(function):\n        HANDLERS[name] = function\n"
            "        return function\n    return register\n\n"
            + "".join(
                f"@handler('{name}')\ndef handle_{name}(n):\n    return n + {value}\n\n"
                for name, value in self.handlers
            )
            + "def answer(n):\n    COUNTS['served'] += 1\n    found = [stock.STOCK.serve(n), label(n)]\n"
            "    return [*found, {name: h(n) for name, h in list(HANDLERS.items())}]\n\n"
            "async def respond(n):\n    before = answer(n)\n    await asyncio.sleep(0)\n"
            "    return answer(n) if before else before\n",
        }
        files[self.home] += "\n" + label
        return {f"{name}.py": text for name, text in files.items()}

    def answer(self, n: int) -> list[Any]:
        price = n * self.factor + self.rate
        extras = sum(n + number for number in range(self.extras))
        served = price + self.rate * 2 + self.tax + self.bonus + extras
        return [served, f"no. {n + self.labels}", {name: n + v for name, v in self.handlers}]


def edited(shop: Shop, chance: random.Random) -> Shop:
    """The files after one edit."""
    number = chance.randrange(1000)
    names = "abcdefg"
    edits = [
        lambda: replace(shop, rate=number),
        lambda: replace(shop, tax=number),
        lambda: replace(shop, factor=number),
        lambda: replace(shop, bonus=number),
        lambda: replace(shop, labels=number),
        lambda: replace(shop, comments=number),
        lambda: replace(shop, extras=chance.randrange(5)),
        lambda: replace(shop, home={"text": "words", "words": "text"}[shop.home]),
        lambda: replace(shop, costs={"prices": "costs", "costs": "prices"}[shop.costs]),
        lambda: replace(
            shop, handlers=tuple((n, chance.randrange(99)) for n in names if chance.random() < 0.5)
        ),
    ]
    new = chance.choice(edits)()
    return edited(new, chance) if chance.random() < 0.3 else new  # several files at once


@dataclass
class Editor:
    """Writes files in all the ways that editors do."""

    folder: str
    chance: random.Random
    there: dict[str, bytes] = field(default_factory=dict)

    async def save(self, files: dict[str, str]) -> None:
        texts = {name: text.encode() for name, text in files.items()}
        for name in [name for name in texts if self.there.get(name) != texts[name]]:
            await self.write(name, texts[name])
        for name in self.there.keys() - texts.keys():
            os.unlink(os.path.join(self.folder, name))
        self.there = texts

    async def write(self, name: str, data: bytes) -> None:
        path = os.path.join(self.folder, name)
        match self.chance.randrange(4):
            case 0:
                self._whole(path, data)
            case 1:
                with open(path, "wb") as opened:
                    # A half that happens to be Python is the one thing that no watcher can know.
                    half = data.find(b"(", len(data) // 2) + 1
                    opened.write(data[:half])
                    opened.flush()
                    await asyncio.sleep(0.02 if half else 0)
                    opened.write(data[half:])
            case 2 if os.path.exists(path):
                os.unlink(path)
                self._whole(path, data)
            case _:
                self._whole(f"{path}~", data)
                os.replace(f"{path}~", path)

    @staticmethod
    def _whole(path: str, data: bytes) -> None:
        with open(path, "wb") as opened:
            opened.write(data)


async def ask(port: int, path: str) -> Any:
    """One request over a connection of its own. Raises for whatever is not an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise RuntimeError(head.decode("latin-1"))
        return json.loads(body)
    finally:
        writer.close()
        await writer.wait_closed()


@dataclass
class Figures:
    """What the soak came to."""

    requests: int = 0
    edits: int = 0
    broken: int = 0
    slowest: float = 0.0  # seconds from a save to the answer that shows it, as seen from outside
    waits: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)

    def fail(self, what: str) -> None:
        self.failures.append(what)
        print(f"FAILED {what}", flush=True)


async def load(port: int, each: float, figures: Figures, end: float) -> None:
    number = 0
    while time.monotonic() < end:
        number += 1
        try:
            value = await ask(port, f"/{'pool' if number % 3 == 0 else ''}?{number % 50}")
            assert len(value) == 3, value
        except Exception as error:
            figures.fail(f"request: {error!r}")
        figures.requests += 1
        await asyncio.sleep(each)


async def sample(port: int, figures: Figures, end: float) -> None:
    while time.monotonic() < end:
        found = await ask(port, "/stats")
        escaped = found.pop("escaped")
        for text in escaped[sum(s["escaped"] for s in figures.samples[-1:]) :]:
            figures.fail(f"escaped: {text}")
        figures.samples.append({**found, "escaped": len(escaped)})
        await asyncio.sleep(min(5.0, max(0.2, end - time.monotonic())))


async def edit(port: int, editor: Editor, pause: float, figures: Figures, end: float) -> None:
    shop = Shop()
    while time.monotonic() < end:
        if editor.chance.random() < 0.3:
            await break_one(port, editor, shop, figures)
        new = edited(shop, editor.chance)
        before = figures.edits, editor.there
        await editor.save(new.files())
        figures.edits += 1
        await answers(port, new, figures, f"edit {before[0]}: {shop} -> {new}")
        shop = new
        await asyncio.sleep(editor.chance.random() * 2 * pause)


async def break_one(port: int, editor: Editor, shop: Shop, figures: Figures) -> None:
    """A file that cannot be applied: it is told, and all goes on as before."""
    name = editor.chance.choice(sorted(editor.there))
    junk = editor.chance.choice(BROKEN)
    failed = (await ask(port, "/stats"))["failed"]
    await editor.write(name, editor.there[name] + b"\n" + junk)
    editor.there = {**editor.there, name: b""}  # so that it is written again
    figures.broken += 1
    limit = time.monotonic() + PATIENCE
    while (await ask(port, "/stats"))["failed"] == failed:
        if time.monotonic() > limit:
            figures.fail(f"{name} with {junk[:40]!r} was not told to be broken")
            return
        await asyncio.sleep(0.05)
    await answers(port, shop, figures, f"{name} broken by {junk[:40]!r}")


async def answers(port: int, shop: Shop, figures: Figures, what: str) -> None:
    """Waits until the server answers as the files say."""
    began = time.monotonic()
    found = None
    while time.monotonic() - began < PATIENCE:
        try:
            found = await ask(port, "/?7")
        except Exception as error:
            figures.fail(f"{what}: {error!r}")
        if found == shop.answer(7):
            took = time.monotonic() - began
            figures.waits.append(took)
            figures.slowest = max(figures.slowest, took)
            return
        await asyncio.sleep(0.002)
    figures.fail(f"{what}: {found} is not {shop.answer(7)}")


async def soak(words: argparse.Namespace, port: int, folder: str, figures: Figures) -> None:
    end = time.monotonic() + words.minutes * 60
    editor = Editor(folder, random.Random(words.seed))
    editor.there = {name: text.encode() for name, text in Shop().files().items()}
    clients = max(1, int(words.requests / 10))
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(load(port, clients / words.requests, figures, end))
        group.create_task(sample(port, figures, end))
        group.create_task(edit(port, editor, 1 / words.edits, figures, end))


def growth(samples: list[dict[str, Any]], what: str) -> float:
    """How much more there is in the last quarter than in the second one, as a share."""
    quarter = len(samples) // 4
    values = [sample[what] for sample in samples]
    if not quarter:
        return 0.0
    return median(values[-quarter:]) / median(values[quarter : 2 * quarter]) - 1


def told(figures: Figures, seconds: float) -> dict[str, Any]:
    last = figures.samples[-1]
    return {
        "seconds": round(seconds),
        "requests": figures.requests,
        "jobs": last["jobs"],
        "edits": figures.edits,
        "broken": figures.broken,
        "reports": last["reports"],
        "failed reports": last["failed"],
        "median ms to apply": round(last["median"] * 1000, 2),
        "median ms from save to answer": round(median(figures.waits) * 1000, 1),
        "slowest s from save to answer": round(figures.slowest, 2),
        "memory MB": [round(s["memory"] / 2**20, 1) for s in (figures.samples[0], last)],
        "memory growth": round(growth(figures.samples, "memory"), 4),
        "objects growth": round(growth(figures.samples, "objects"), 4),
        "threads": [figures.samples[0]["threads"], last["threads"]],
        "handles": [figures.samples[0]["handles"], last["handles"]],
        "failures": figures.failures,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--edits", type=float, default=3, help="in a second")
    parser.add_argument("--requests", type=float, default=40, help="in a second")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--json", default=None, help="a file for the figures")
    words = parser.parse_args()
    words.seed = time.time_ns() // 1000 if words.seed is None else words.seed
    print(f"seed {words.seed}", flush=True)
    figures, began = Figures(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        for name, text in Shop().files().items():
            Editor._whole(os.path.join(folder, name), text.encode())
        server = [sys.executable, os.path.join(os.path.dirname(__file__), "soak_server.py"), folder]
        with subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                asyncio.run(soak(words, int(process.stdout.readline()), folder, figures))
            finally:
                process.terminate()
    result = told(figures, time.monotonic() - began)
    for name, value in result.items():
        print(f"{name:32} {value}")
    if words.json:
        with open(words.json, "w", encoding="utf-8") as opened:
            json.dump({**result, "samples": figures.samples}, opened)
    grew = max(result["memory growth"], result["objects growth"]) > FLAT
    print("memory is not flat" if grew else "memory is flat")
    return bool(figures.failures or grew)


if __name__ == "__main__":
    sys.exit(main())
