"""What may happen to a text: everything that editors, mergers, accidents and enemies do."""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections.abc import Callable
from random import Random

_TOKEN = re.compile(r"\w+|[^\w\s]+|\s+")
_NAME = re.compile(r"\b[A-Za-z_]\w*\b")
_KEYWORDS = frozenset([*keyword.kwlist, "match", "case", "type", "print", "self"])

LINES = [
    "x = 1", "    y = 2", "else:", "'''", '"""', "(", ")", "[", "{", "\\", "@decorated", "", "# c",
    "def f():", "    return 1", "a; b; c", "from __future__ import annotations", '"text"', "try:",
    "except E: pass", "except* E: pass", "finally: pass", "if 1:", "class C:", "class C(C): pass",
    "async def g(): await x", "\f", "\f\fx = 2", "for i in x: pass", "x: int", "x: 'C[int]' = 1",
    "global x", "nonlocal x", "del x", "del x, y.z, y[0]", "x += 1", "type X[T] = list[T]",
    "def h[T: int](x: T) -> T: return x", "class D[T, *Ts, **P](B[T]): x: T", "match x:",
    "    case {'a': [1, *_], **rest}: y = rest", "    case C(x=1) | None as z: pass", "import a.b.c",
    "import a, b as c; import d", "from . import a", "from .. import *", "from lib import *",
    "from .a import (b, c as d,)", "__all__ = ['a'] + lib.__all__", "__all__ += ('b', *lib.__all__)",
    "__all__.remove('a')", "def __getattr__(name): return name", "if __name__ == '__main__': f()",
    "if TYPE_CHECKING: from lib import A", "if not TYPE_CHECKING: import lib", "x = y = z = f(x)",
    "(x, *y), z.a = y, z", "x = lambda a=lambda: b: lambda: (yield)", "lambda: lambda: 0",
    "f'{x!r:>{y}} {f\"{z}\"}'", "x = [y := f(x), y**2]", "x = {k: v for k in a for v in k if (w := v)}",
    "class A(metaclass=M, **k):", "    __slots__ = ('a', '__b')", "    __x = property(lambda s: s.__x)",
    "    global g", "    def __init__(self): self.__x = x", "    class __B: __y = 1", "return x",
    "yield x", "await x", "break", "continue", "raise", "with a as (b, c), d as e.f: pass",
    "while x: x -= 1", "@a.b(c)(d)", "@property", "@x.setter", "@overload", "x = importlib.import_module('lib')",
    "__import__('lib')", "setattr(x, 'a', 1)", "getattr(lib, 'x')", "x.append(y); y.z = x", "HANDLERS['a'](x)",
    "print(*a, **b)", "if x: a = 1; b = 2", "class E: a = 1; b = 2", "x = '\\d'", "x = b'\\xff'", "1 .real",
    "try: import a", "x = 1 if y else 2", "async for x in y: pass", "0x", "1_000j", "...", "pass",
    "# -*- coding: latin-1 -*-", "# coding: nonsense", "\tx = 1", " \tx = 1", "\ufeff", "l\u0131 = 1", "\u2028",
    "ﬁ = fi = 1", "µ = μ = 2", "x\x00y", "\x1a", "x = \"\\N{DASH}\"", "t'{x}'", "<<<<<<< HEAD", "=======",
]  # fmt: skip
_SIGNS = [
    "\x00",
    "\r",
    "\r\n",
    "\f",
    "\v",
    "\x1c",
    "\u2028",
    "\ufeff",
    "\u00a0",
    "\u200b",
    "\ud800",
]
_SIGNS += [
    "\t",
    "\\\n",
    ";",
    ":",
    "'",
    '"',
    '"""',
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "#",
    "\U0001f600",
    "é",
]
_NAMES = ["a", "b", "C", "f", "x", "lib", "self", "__p", "__all__"]

Mutation = Callable[[str, Random], str]


def _lines(change: Callable[[list[str], Random], None]) -> Mutation:
    """A mutation that works on lines."""

    def mutation(text: str, chance: Random) -> str:
        lines = text.split("\n")
        change(lines, chance)
        return "\n".join(lines)

    return mutation


def _some(lines: list[str], chance: Random, most: int = 8) -> slice:
    start = chance.randrange(len(lines) + 1)
    return slice(start, start + chance.randrange(1, most + 1))


@_lines
def _delete(lines: list[str], chance: Random) -> None:
    del lines[_some(lines, chance)]


@_lines
def _insert(lines: list[str], chance: Random) -> None:
    indent = chance.choice(["", "", "", "    ", "        ", "\t"])
    lines.insert(chance.randrange(len(lines) + 1), indent + chance.choice(LINES))


@_lines
def _replace(lines: list[str], chance: Random) -> None:
    lines[_some(lines, chance, 2)] = [chance.choice(LINES) for _ in range(chance.randrange(3))]


@_lines
def _repeat(lines: list[str], chance: Random) -> None:
    place = chance.randrange(len(lines) + 1)
    lines[place:place] = lines[_some(lines, chance, 20)]


@_lines
def _move(lines: list[str], chance: Random) -> None:
    taken = _some(lines, chance, 20)
    moved = lines[taken]
    del lines[taken]
    place = chance.randrange(len(lines) + 1)
    lines[place:place] = moved


@_lines
def _indent(lines: list[str], chance: Random) -> None:
    some = _some(lines, chance, 12)
    by = chance.choice(["    ", " ", "\t"])
    if chance.random() < 0.5:
        lines[some] = [by + line for line in lines[some]]
    else:
        lines[some] = [line.removeprefix(by) for line in lines[some]]


@_lines
def _enclose(lines: list[str], chance: Random) -> None:
    some = _some(lines, chance, 20)
    head = chance.choice(
        ["if x:", "class C:", "class C(B, metaclass=M):", "def f(a=x):", "async def g():", "try:",
         "with a as b:", "for x in y:", "while x:", "if TYPE_CHECKING:", "else:", "match x:"]
    )  # fmt: skip
    tail = ["except E as e: pass"] if head == "try:" else []
    lines[some] = [head, *("    " + line for line in lines[some]), *tail]


@_lines
def _join(lines: list[str], chance: Random) -> None:
    place = chance.randrange(len(lines))
    by = chance.choice(["; ", " ", "", "\\", ", "])
    lines[place : place + 2] = [by.join(lines[place : place + 2])]


def _exchange_token(text: str, chance: Random) -> str:
    tokens = _TOKEN.findall(text)
    if not tokens:
        return text
    place = chance.randrange(len(tokens))
    tokens[place] = chance.choice([chance.choice(tokens), "", chance.choice([*_KEYWORDS])])
    return "".join(tokens)


def _few_names(text: str, chance: Random) -> str:
    """So that everything stands for everything else, in circles."""
    names = _NAMES[: chance.randrange(1, len(_NAMES) + 1)]
    known: dict[str, str] = {}
    share = chance.random()

    def renamed(match: re.Match[str]) -> str:
        word = match[0]
        if word in _KEYWORDS or chance.random() > share:
            return word
        return known.setdefault(word, chance.choice(names))

    return _NAME.sub(renamed, text)


def _insert_sign(text: str, chance: Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(_SIGNS) + text[place:]


def _delete_signs(text: str, chance: Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + text[place + chance.randrange(1, 9) :]


def _truncate(text: str, chance: Random) -> str:
    return text[: chance.randrange(len(text) + 1)]


def _nest(text: str, chance: Random) -> str:
    place, depth = chance.randrange(len(text) + 1), chance.randrange(1, 40)
    left, right = chance.choice(
        [("(", ")"), ("[", "]"), ("-", ""), ("f(", ")"), ("x.", "y"), ("not ", ""), ("lambda: ", "0"),
         ("x + ", "y"), ("{0: ", "}"), ("x[", "]"), ("x if y else ", "z"), ("await ", "x")]
    )  # fmt: skip
    return text[:place] + left * depth + right * depth + text[place:]


def _ends_of_lines(text: str, chance: Random) -> str:
    return text.replace(
        "\n", chance.choice(["\r\n", "\r", "\n\n", "\n\f", " \n"]), chance.choice([-1, 1, 3])
    )


def _bare(text: str, chance: Random) -> str:
    return chance.choice(["", "\n", " ", "\t", "\f", "\\", "\\\n", "#", "\x00", text.rstrip("\n")])


MUTATIONS: list[Mutation] = [
    _delete, _insert, _insert, _insert, _replace, _repeat, _move, _indent, _enclose, _join,
    _exchange_token, _exchange_token, _few_names, _insert_sign, _delete_signs, _truncate, _nest,
    _ends_of_lines, _bare,
]  # fmt: skip


def mutated(text: str, seeds: list[int]) -> str:
    """A text after one mutation for each number, which decides what is done and where.

    Of those that make it something else than Python only one in ten is done, or all would be.
    """
    for number in seeds:
        chance = Random(number)
        changed = chance.choice(MUTATIONS)(text, chance)
        if chance.random() < 0.1 or is_python(changed):
            text = changed
    return text


def is_python(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def spoiled(data: bytes, seeds: list[int]) -> bytes:
    """Bytes after one accident for each number."""
    for number in seeds:
        chance = Random(number)
        place = chance.randrange(len(data) + 1)
        noise = chance.randbytes(chance.randrange(4))
        data = data[:place] + noise + data[place + chance.randrange(3) :]
        if chance.random() < 0.2:
            cookie = chance.choice(
                [b"utf-8", b"latin-1", b"cp1252", b"utf-16", b"rot13", b"idna", b"\xff", b"x" * 99]
            )
            data = b"# coding: " + cookie + b"\n" + data
    return data
