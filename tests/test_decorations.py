"""Each way to decorate a function becomes each other one, among statements that register, too."""

import itertools
import sys
from types import ModuleType

import pytest

from oracle.describe import describe

HEAD = """\
import functools
LIST, BY_NAME = [], {}
class App:
    def __init__(self): self.routes, self.hooks = [], ()
    def get(self, path):
        def register(f):
            self.routes.append((path, f))
            return f
        return register
    def hook(self, f):
        self.hooks = (*self.hooks, f)
        return f
app = App()
def reg(f):
    LIST.append(f)
    return f
def under(name):
    def register(f):
        BY_NAME[name] = f
        return f
    return register
def wraps(f):
    @functools.wraps(f)
    def inner(*values): return "wrapped", f(*values)
    return inner
def bare(f):
    def within(*values): return "barely wrapped", f(*values)
    return within
class Task:
    def __init__(self, f): self.f = f
    def __call__(self, *values): return "task", self.f(*values)
@app.get("/first")
@reg
def first(): return 1
"""
TAIL = """
@app.hook
@app.get("/last")
@reg
def last(): return 3
@under("last")
class Last: pass
HELD = [f]
def use(): return f(2)
USED = f(3)
"""
OF_A_FUNCTION = [
    "",
    '@app.get("/f")',
    '@app.get("/f")\n@app.get("/g")',
    "@app.hook",
    "@reg",
    '@under("f")',
    "@wraps",
    "@bare",
    "@wraps\n@bare",
    "@bare\n@wraps",
    "@reg\n@wraps",
    "@wraps\n@reg",
    '@bare\n@app.get("/f")',
    "@Task",
    '@under("f")\n@Task',
    "@Task\n@app.hook",
    "@functools.cache",
    "@reg\n@functools.lru_cache(3)",
]


OF_A_METHOD = [
    "",
    "@staticmethod",
    "@property",
    '@app.get("/f")',
    "@reg",
    "@reg\n@wraps",
    "@wraps\n@reg",
    "@bare\n@app.hook",
    "@staticmethod\n@reg",
    "@reg\n@staticmethod",
]


def function(decoration):
    return f"{HEAD}{decoration}\ndef f(a=1): return a\n{TAIL}"


def method(decoration):
    members = f"""
@app.get("/f/first")
@reg
def first(self): return 1
{decoration}
def f(self=0, a=1): return a
@app.get("/f/last")
@reg
def last(self): return 3
"""
    cls = "class C:" + members.replace("\n", "\n    ")
    return (
        f"{HEAD}{cls}\n@reg\ndef end(self=0): return 4\nHELD = [C]\ndef use(): return C.__name__\n"
    )


DECORATIONS = [(function, OF_A_FUNCTION), (method, OF_A_METHOD)]


def called_with_nothing(f):
    try:
        return f()
    except TypeError as error:  # a method, without its object
        return str(error)


def seen(module):
    """All that can be seen in it, calls included."""
    told = describe({"app": module})
    called = [
        *filter(callable, module.LIST),
        *(f for _, f in module.app.routes),
        *module.app.hooks,
        module.use,
    ]
    told["calls"] = repr([called_with_nothing(f) for f in called])
    return {path: value for path, value in told.items() if path != "app:__package__"}


def fresh(project, text, monkeypatch):
    module = ModuleType("app")
    module.__file__ = str(project.root / "app.py")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "app", module)
        exec(compile(text, module.__file__, "exec"), vars(module))
        return seen(module)


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [(text, *pair) for text, known in DECORATIONS for pair in itertools.permutations(known, 2)],
)
def test_it_is_as_if_it_had_always_been(project, monkeypatch, text, before, after):
    project.write({"app.py": text(before)})
    module = project.load("app")
    project.write({"app.py": text(after)})

    project.refresh()

    assert seen(module) == fresh(project, text(after), monkeypatch)
