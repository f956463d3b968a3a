"""The kinds of statements that generated programs are made of, as texts with gaps.

`<new>` a new name · `<new2:n>` one more, of kind n · `<n>` a name of kind n that is bound above ·
`<C with sa>` one whose statement has this word · `<late:f>` one read by a function · `<far:n>` one
of a file below · `<R!>` a container that is filled · `<n=>` a name of this file that is bound
anew · `<i>` a number · `<e>` an expression · `<le>` one in a function's body · `<key>` a text ·
`<deco>`, `<cdeco>`, `<base>` a decorator, one of a class, or a base, or nothing.

A name's letter tells what it holds:
n number · f function of one or two numbers · g generator function · a coroutine function ·
b asynchronous generator function · c maker of context managers · h maker of functions ·
w decorator · x maker of decorators · q decorator that registers · z maker of such ·
y decorator of classes · C class · V descriptor class · P protocol · Y typed dict · A alias of types ·
M metaclass · D dataclass · E enum · o instance · L list · K dict · S set · R registry · T tuple ·
s state, which the test changes at run time
"""

from __future__ import annotations

import os
import re
import sys
import textwrap

EXPRESSIONS = (
    "<i>",
    "<n>",
    "<n> + <i>",
    "<n> * <n>",
    "<f>(<i>)",
    "<C with aa>.aa",
    "<C>().ma(<i>)",
    "<C with sa>.sa(<n>)",
    "<o>.ma(<i>)",
    "len(<L>)",
    "len(<S>)",
    "<K>['kn']",
    "sum(<g>(<i>))",
    "<h>(<i>)(<i>)",
    "len(str(<E>.A.value))",
    "<E>.B.ma(<i>)",
    "<D>().da",
    "<D>(<e>).ma(<i>)",
    "<C with N>.N.aa",
    "(<n> if <n> % 2 else <i>)",
    "int(f'{<n>}')",
    "(lambda v: v + <n>)(<i>)",
    "sum(v * <n> for v in range(3))",
    "sum([<f>(v) for v in range(3) if v != <n>])",
    "max(<e>, <i>)",
    "functools.reduce(lambda v, k: v + k, [<n>, <i>])",
    "functools.partial(<f>, <i>)()",
)

CHOICES = {
    "deco": (
        "",
        "@<w>\n",
        "@<q>\n",
        "@<x>(<i>)\n",
        "@<z>(<key>)\n",
        "@<w>\n@<q>\n",
        "@<x>(<e>)\n@<w>\n",
    ),
    "cdeco": ("", "@<y>\n", "@<q>\n", "@<z>(<key>)\n", "@<y>\n@<q>\n"),
    "base": ("", "(<C>)", "(<C>, abc.ABC)", "(metaclass=<M>)", "(abc.ABC)", "(<P>)"),
}

_METHODS = """\
    def ma(self, x, y=<i>):
        return x + y + <le>"""


def _read() -> dict[str, tuple[str, ...]]:
    """The texts of `kinds.txt` by kind, those that this Python knows."""
    found: dict[str, tuple[str, ...]] = {}
    path = os.path.join(os.path.dirname(__file__), "kinds.txt")
    with open(path, encoding="utf-8") as file:
        _, *parts = re.split(r"^=== (.+)\n", file.read(), flags=re.MULTILINE)
    for head, texts in zip(parts[::2], parts[1::2], strict=True):
        kind, _, since = head.partition(" since ")
        if tuple(map(int, since.split("."))) <= sys.version_info if since else True:
            found[kind] = (*found.get(kind, ()), *map(_whole, texts.split("\n---\n")))
    return found


def _whole(text: str) -> str:
    return re.sub("^( *)<methods>$", _methods, text.rstrip("\n"), flags=re.MULTILINE)


def _methods(match: re.Match[str]) -> str:
    return textwrap.indent(_METHODS, match[1])


KINDS = _read()
# How often each kind is wanted: numbers, functions and classes are what programs are made of.
OFTEN = "nnnnfffffffRRCCCCCC------gabchwwxqqzzyyMDDEoLLKSTsVPYA"
