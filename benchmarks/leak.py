"""Reloads a module that holds code in every way thousands of times, and counts what is alive.

    python benchmarks/leak.py [reloads]

Prints live objects, code objects and classes of the module, and memory, at the start and in the
end: all of them must be flat. Each reload edits functions, closures, classes, enums, dataclasses,
decorators, caches, generics, protocols, coroutines, registrations or values; now and then it fails
first.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from heatsync import Heatsync

TEXT = """
import abc, contextlib, dataclasses, enum, functools, typing

REGISTRY = {}

def register(fn):
    REGISTRY[fn.__name__] = fn
    return fn

def loud(fn):
    @functools.wraps(fn)
    def wrapper(*args):
        return fn(*args), 0
    return wrapper

def body(x):
    return x + 0

def header(x, y=0):
    return x + y

def make(n):
    def inner(x):
        return x + n + 0
    return inner

made = [make(1), make(2)]

@register
@loud
def decorated(x):
    return x + 0

@functools.cache
def cached(x):
    return body(x)

@functools.singledispatch
def dispatched(x):
    return 0

@dispatched.register
def _(x: int, y=0):
    return y

square = lambda x: x * 0

def stream():
    yield 0

@contextlib.contextmanager
def scope(value=0):
    yield value

class Meta(type):
    made = {}
    def __init__(cls, *names):
        super().__init__(*names)
        Meta.made[cls.__name__] = cls

class Owned:
    def __set_name__(self, owner, name):
        self.owner = owner

class Base(metaclass=Meta):
    owned = Owned()
    number = 0
    def m(self, x=0):
        return x + 0

class Child(Base):
    def m(self):
        return super().m(), 0
    @property
    def p(self):
        return 0
    @functools.cached_property
    def q(self):
        return 0
    @staticmethod
    def s(x=0):
        return 0
    @classmethod
    def c(cls):
        return 0
    class Nested:
        z = 0

class Abstract(abc.ABC):
    @abc.abstractmethod
    def m(self, x=0): ...

class Slotted:
    __slots__ = ("a", "b0")

class Color(enum.Enum):
    RED = 0
    GREEN = "green"
    def m(self):
        return 0

class Number(enum.IntEnum):
    ONE = 0

class Flags(enum.Flag):
    A = 1
    B = 2
    def m(self):
        return 0

@dataclasses.dataclass
class Data:
    x: int = 0
    def m(self):
        return 0

@dataclasses.dataclass(slots=True, frozen=True)
class Frozen:
    x: int = 0
    f0: list = dataclasses.field(default_factory=list)

class Pair(typing.NamedTuple):
    x: int
    y0: int = 0

@dataclasses.dataclass(kw_only=True)
class Named:
    x: int = 0

class Word(enum.StrEnum):
    A = "a0"

class Row(typing.TypedDict):
    x0: int

class Shape(typing.Protocol):
    def area(self, x=0): ...

T = typing.TypeVar("T")

class Box(typing.Generic[T]):
    def m(self):
        return 0

class Wrong(Exception):
    code = 0

def marked(cls):
    cls.mark = 0
    return cls

@marked
class Marked(Box[int]):
    def __len__(self):
        return 0

class Dispatching:
    @functools.singledispatchmethod
    def on(self, x):
        return 0
    @on.register
    def _(self, x: int):
        return x + 0

async def coroutine():
    return 0

async def asynchronous_stream():
    yield 0

part = functools.partial(header, y=0)
child, data, frozen, slotted, pair = Child(), Data(), Frozen(), Slotted(), Pair(1)
BOTH = Flags.A | Flags.B
VALUE = header(1)
ITEMS = [body(0), VALUE, Number.ONE]
LATER = f"{VALUE} of {len(ITEMS)} 0"
"""


PARTS = TEXT.split("\n\n")
TURNING = [place for place, part in enumerate(PARTS) if "0" in part]
PERIOD = 2 * len(TURNING)  # after so many edits the text is the same again


def text(number: int) -> str:
    """The module as it is after a number of edits, each of which changes one part of it."""
    parts = list(PARTS)
    for turn, place in enumerate(TURNING):
        value = (number + turn) // len(TURNING) % 2 + 1
        parts[place] = parts[place].replace("0", str(value))
    return "\n\n".join(parts)


@dataclass(frozen=True)
class Alive:
    """What there is after some reloads."""

    reloads: int
    objects: int
    codes: int  # of the module
    classes: int  # of the module
    kilobytes: int  # of memory in use by the process

    def __str__(self) -> str:
        return (
            f"{self.reloads:6} reloads: {self.objects} objects, {self.codes} code objects and "
            f"{self.classes} classes of the module, {self.kilobytes} kB"
        )


def reloads(root: str, total: int, counted: int) -> Iterator[Alive]:
    """Reloads so often, and counts after every so many."""
    file = os.path.join(root, "leaking.py")
    _write(file, text(0))
    sync = Heatsync(watch=False)
    sys.path.insert(0, root)
    try:
        sync.track(root)
        module: Any = importlib.import_module("leaking")
        held = [module.body, module.Child, module.child, module.Color.RED, module.cached]
        for number in range(1, total + 1):
            if number % (PERIOD // 4) == 0:
                _write(file, text(number) + "1 / 0\n")
                _reload(sync, fails=True)
            _write(file, text(number))
            _reload(sync, fails=False)
            module.cached(number)
            if number % counted == 0:
                assert held[0] is module.body
                assert held[2].m() == module.Child().m()
                yield _alive(number, file)
    finally:
        sys.path.remove(root)
        sync.dispose()
        sys.modules.pop("leaking", None)


def _reload(sync: Heatsync, fails: bool) -> None:
    report = sync.refresh()
    assert report is not None
    assert (report.error is not None) == fails, report
    if report.error is not None:
        assert isinstance(report.error, ZeroDivisionError), report


def _write(file: str, text: str) -> None:
    with open(file, "w", encoding="utf-8") as opened:
        opened.write(text)


def _alive(number: int, file: str) -> Alive:
    gc.collect()
    gc.collect()
    objects = gc.get_objects()
    codes = {id(thing.__code__) for thing in objects if _is_of(thing, file)}
    classes = [t for t in objects if issubclass(type(t), type) and t.__module__ == "leaking"]
    return Alive(number, len(objects), len(codes), len(classes), _memory())


def _is_of(thing: object, file: str) -> bool:
    return type(thing) is FunctionType and thing.__code__.co_filename == file


def _memory() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def main() -> None:
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    logging.getLogger("heatsync").setLevel(logging.CRITICAL)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as root:
        for alive in reloads(root, total, 10 * PERIOD):
            print(alive, flush=True)
    print(f"{(time.perf_counter() - begun) * 1000 / total:.1f} ms a reload")


if __name__ == "__main__":
    main()
