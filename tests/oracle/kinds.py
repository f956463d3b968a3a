"""The kinds of statements that generated programs are made of, as texts with gaps.

`<new>` a new name · `<new2:n>` one more, of kind n · `<n>` a name of kind n that is bound above ·
`<late:f>` one read by a function · `<R!>` a container that is filled · `<n=>` a name of this file
that is bound anew · `<i>` a number · `<e>` an expression · `<le>` one in a function's body ·
`<key>` a text · `<deco>`, `<base>` a decorator or base, or nothing.

A name's letter tells what it holds:
n number · f function of one or two numbers · g generator function · h maker of functions ·
w decorator · x maker of decorators · q decorator that registers · z maker of such · C class ·
M metaclass · D dataclass · E enum · o instance · L list · K dict · S set · R registry · T tuple ·
s state, which the test changes at run time
"""

from __future__ import annotations

EXPRESSIONS = (
    "<i>",
    "<n>",
    "<n> + <i>",
    "<n> * <n>",
    "<f>(<i>)",
    "<C>.aa",
    "<C>().ma(<i>)",
    "<C>.sa(<n>)",
    "<o>.ma(<i>)",
    "len(<L>)",
    "len(<S>)",
    "<K>['kn']",
    "sum(<g>(<i>))",
    "<h>(<i>)(<i>)",
    "<E>.A.value",
    "<E>.B.ma(<i>)",
    "<D>().da",
    "<D>(<e>).ma(<i>)",
    "<C>.N.aa",
    "(<n> if <n> % 2 else <i>)",
    "int(f'{<n>}')",
    "(lambda v: v + <n>)(<i>)",
    "sum(v * <n> for v in range(3))",
    "sum([<f>(v) for v in range(3) if v != <n>])",
    "max(<e>, <i>)",
    "functools.reduce(lambda v, k: v + k, [<n>, <i>])",
    "functools.partial(<f>, <i>)()",
)

DECORATIONS = (
    "",
    "@<w>\n",
    "@<q>\n",
    "@<x>(<i>)\n",
    "@<z>(<key>)\n",
    "@<w>\n@<q>\n",
    "@<x>(<e>)\n@<w>\n",
)
# No functools.cache: what runs again may get a result cached before, as the caches are cleared only
# when a batch has succeeded.
BASES = ("", "(<C>)", "(<C>, abc.ABC)", "(metaclass=<M>)", "(abc.ABC)")

_METHODS = "    def ma(self, x, y=<i>):\n        return x + y + <le>"

KINDS: dict[str, tuple[str, ...]] = {
    "n": (
        "<new> = <i>",
        "<new> = <e>",
        "<new>: int = <e>",
        "<new> = <new2:n> = <e>",
        "<new>, *<new2:L> = [<e>, <i>, <i>]",
        "<new>, <new2:n> = <n>, <e>",
        "(<new> := <e>)",
        "if <e> % 2:\n    <new> = <e>\nelse:\n    <new> = <i>",
        "try:\n    <new> = <e> // (<i> - 3)\nexcept ZeroDivisionError:\n    <new> = <i>",
        "for <new> in range(<e> % 5 + 1):\n    pass",
        "while True:\n    <new> = <e>\n    break",
        "with contextlib.nullcontext(<e>) as <new>:\n    pass",
        "match <e>:\n    case 3:\n        <new> = <e>\n    case _:\n        <new> = <i>",
        "<new> = [<new2:n> := <i>, <e>][1]",
        "<new> = (lambda: <e>)()",
    ),
    "f": (
        "def <new>(x, y=<i>):\n    return x + y + <le>",
        "def <new>(x, y=<e>):\n    return x + <le>",
        "<deco>def <new>(x, y=<e>):\n    return x * y + <le>",
        "<deco>def <new>(x: int, y: int = <e>) -> int:\n    '''Doc <i>.'''\n    return x - <le>",
        "<new> = lambda x, y=<e>: x + y * <le>",
        "<new> = <h>(<e>)",
        "<new> = <w>(<f>)",
        "<new> = functools.partial(<f>, y=<e>)",
        "<new> = <f>",
        "def <new>(x, *args, key=<e>, **kwargs):\n    def inner(v):\n        return v + x\n    return inner(key) + <le>",
        "def <new>(x, y=2):\n    from <home of <far:n>> import <far:n>\n    return x + <far:n>",
        "def <new>(x, y=<i>):\n    return <late:f>(x) + y if x else <le>",
        "def <new>(x, y=1, k=<C>):\n    return k.aa + x + y",
        "<deco>@<w>\ndef <new>(x, y=<i>):\n    return [v + <le> for v in (x, y)][0]",
    ),
    "g": (
        "def <new>(x):\n    yield x\n    yield <le>",
        "def <new>(x, y=<e>):\n    for v in range(3):\n        yield v * y + <le>",
    ),
    "h": (
        "def <new>(k):\n    def inner(x, y=<i>):\n        return x * k + y + <le>\n    return inner",
        "def <new>(k, m=<e>):\n    return lambda x, y=1: x * k + m + <le>",
        # Without a class: one that a function makes keeps its line (3.13) when the function moves.
    ),
    "w": (
        "def <new>(fn):\n    @functools.wraps(fn)\n    def wrapper(*args, **kwargs):\n        return fn(*args, **kwargs) + <le>\n    return wrapper",
        "def <new>(fn):\n    def wrapper(x, y=<e>):\n        return fn(x, y) * <i>\n    return wrapper",
        "def <new>(fn):\n    fn.tag = <le>\n    return fn",
        "def <new>(fn):\n    return fn",
    ),
    "x": (
        "def <new>(k):\n    def decorate(fn):\n        @functools.wraps(fn)\n        def wrapper(*args):\n            return fn(*args) + k + <le>\n        return wrapper\n    return decorate",
        "def <new>(k=<e>):\n    def decorate(fn):\n        fn.tag = k, <le>\n        return fn\n    return decorate",
    ),
    "q": (
        "def <new>(fn):\n    <R!>[fn.__name__] = fn\n    return fn",
        "def <new>(fn):\n    <L!>.append(fn)\n    return fn",
        "def <new>(fn):\n    <R!>[fn.__name__] = fn, <le>\n    return fn",
    ),
    "z": (
        "def <new>(key):\n    def register(fn):\n        <R!>[key] = fn\n        return fn\n    return register",
        "def <new>(key, k=<e>):\n    def register(fn):\n        <L!>.append((key, fn, k))\n        return fn\n    return register",
    ),
    "C": (
        "class <new>:\n    aa = <i>\n" + _METHODS,
        "class <new><base>:\n    aa = <e>\n    ab = aa + <i>\n" + _METHODS,
        "class <new>(<C>):\n    def ma(self, x, y=<e>):\n        return super().ma(x) + y + <le>",
        "class <new>(<C>):\n    ab = <e>",
        "class <new><base>:\n    '''Doc <i>.'''\n    aa: int = <e>\n    @property\n    def pa(self):\n        return self.aa + <le>\n"
        + _METHODS,
        "class <new><base>:\n    aa = <e>\n    @staticmethod\n    def sa(x, y=<i>):\n        return x + <le>\n    @classmethod\n    def ca(cls, x):\n        return cls.aa + x + <le>\n"
        + _METHODS,
        "class <new><base>:\n    aa = <i>\n    class N:\n        aa = <e>\n        def ma(self, x):\n            return x + <le>\n"
        + _METHODS,
        "class <new>:\n    __slots__ = ('va',)\n    aa = <e>\n" + _METHODS,
        "class <new>:\n    aa = <i>\n    def __init__(self, va=<e>):\n        self.va = va\n"
        + _METHODS,
        "class <new><base>:\n    aa = <i>\n    def __init_subclass__(cls, **more):\n        cls.sub = <i>\n"
        + _METHODS,
        "class <new>:\n    aa = <i>\n    <deco>def mb(self, x=<i>):\n        return <le>\n"
        + _METHODS,
        "class <new>(abc.ABC):\n    aa = <i>\n    @abc.abstractmethod\n    def ma(self, x, y=<i>): ...",
        "class <new>:\n    aa = <i>\n    hold = <f>\n    many = [<f>, <e>]\n    @functools.cached_property\n    def pa(self):\n        return <le>\n"
        + _METHODS,
    ),
    "M": (
        "class <new>(type):\n    ab = <i>\n    def mm(cls):\n        return <le>",
        "class <new>(type):\n    def __new__(meta, name, bases, space):\n        space['az'] = <le>\n        return super().__new__(meta, name, bases, space)",
    ),
    "D": (
        "@dataclasses.dataclass\nclass <new>:\n    da: int = <e>\n    def ma(self, x):\n        return self.da + x + <le>",
        "@dataclasses.dataclass(frozen=True)\nclass <new>:\n    da: int = <i>\n    db: list = dataclasses.field(default_factory=lambda: [<le>])\n    def ma(self, x):\n        return self.da + len(self.db) + <le>",
        "@dataclasses.dataclass\nclass <new>(<D>):\n    dc: 'int' = <e>",
    ),
    "E": (
        "class <new>(enum.Enum):\n    A = <i>\n    B = 'b', <e>\n    def ma(self, x):\n        return x + <le>",
        "class <new>(enum.IntEnum):\n    A = <i>\n    B = <i> + 10\n    def ma(self, x):\n        return self + x + <le>",
        "class <new>(enum.Enum):\n    A = <e>\n    B = enum.auto()\n    Z = 'z'\n    @property\n    def pa(self):\n        return <le>\n    def ma(self, x):\n        return x * <le>",
    ),
    "o": ("<new> = <C>()", "<new> = <D>(<e>)"),
    "L": (
        "<new> = []",
        "<new> = [<e>, <i>]",
        "<new> = [<f>, <C>, <e>]",
        "<new> = [v * <n> for v in range(<i>)]",
        "<new> = [*<L>, <e>]",
        "<new> = list(<g>(<i>))",
    ),
    "K": (
        "<new> = {'kn': <i>}",
        "<new> = {'kn': <e>, 'kf': <f>}",
        "<new> = {**<K>, 'kn': <e>}",
        "<new> = dict(kn=<e>, kc=<C>)",
    ),
    "S": ("<new> = {<i>, <e>}", "<new> = set()"),
    "R": ("<new> = {}", "<new> = dict()"),
    "T": ("<new> = (<e>, <f>)", "<new> = <n>, <C>, <L>"),
    "s": ("<new> = {}", "<new> = []", "<new> = 0", "<new> = {'base': <i>}"),
    # Statements that bind nothing new.
    "-": (
        "<n=> += <e>",
        "<n=> = <n=> + <e>",
        "<R!>[<key>] = <f>",
        "<R!>[<key>] = <C>",
        "<R!>.setdefault(<key>, <e>)",
        "<L!>.append(<f>)",
        "<L!>.append(<e>)",
        "<S!>.add(<e>)",
        "<K!>.update(ke=<e>)",
        "<K!>['kx'] = <f>",
        "assert <e> != None",
        "if <e>:\n    <R!>[<key>] = <f>",
        "pass",
    ),
}
# How often each kind is wanted: numbers, functions and classes are what programs are made of.
OFTEN = "nnnfffCCC-----ghwxqzMDEoLKSRTs"
