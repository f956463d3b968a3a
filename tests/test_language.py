"""What the language and its library make of classes and functions, before an edit and after it."""

from __future__ import annotations

import ast
import asyncio
import copy
import pickle
import signal
import sys
import threading
import weakref
from collections.abc import Sized

import pytest
from _pytest.assertion.rewrite import rewrite_asserts

# The text, what is edited in it, what is made before the edit, and what is true of it afterwards.
CLASSES = {
    "a dunder is added": ("class C:\n    pass\n", "pass", "def __len__(self): return 3", "C()", "len(made) == 3"),
    "a dunder is removed": ("class C:\n    def __len__(self): return 3\n", "def __len__(self): return 3", "pass", "C()", "not hasattr(made, '__len__') and bool(made)"),
    "a dunder of an operator": ("class C:\n    def __add__(self, o): return 1\n", "__add__", "__radd__", "C()", "(2 + made == 1) and raises(TypeError, lambda: made + 2)"),
    "a dunder of a subclass's base": ("class B:\n    pass\nclass C(B):\n    x = 1\n", "pass", "def __call__(self): return 4", "C()", "made() == 4"),
    "iteration begins and ends": ("class C:\n    def __iter__(self): return iter([1])\n", "__iter__", "__reversed__", "C()", "list(reversed(made)) == [1] and raises(TypeError, lambda: iter(made))"),
    "a hash goes with an eq and comes back": ("class C:\n    def __eq__(self, o): return True\n", "def __eq__(self, o): return True", "x = 1", "C()", "hash(made) is not None and made != C()"),
    "attributes are asked for": ("class C:\n    pass\n", "pass", "def __getattr__(self, name): return name", "C()", "made.anything == 'anything'"),
    "attributes are asked for no more": ("class C:\n    def __getattr__(self, name): return name\n", "def __getattr__(self, name): return name", "pass", "C()", "not hasattr(made, 'anything')"),
    "a private name in two classes": ("class B:\n    def __m(self): return 'B'\n    def m(self): return self.__m()\nclass C(B):\n    def __m(self): return 'C'\n    def n(self): return self.__m()\n", "return 'C'", "return 'c'", "C()", "(made.m(), made.n()) == ('B', 'c')"),
    "a private name is another one": ("class C:\n    def __m(self): return 1\n    def m(self): return self.__m()\n", "def __m(self): return 1\n    def m(self): return self.__m()", "def __n(self): return 2\n    def m(self): return self.__n()", "C()", "made.m() == 2 and not hasattr(made, '_C__m')"),
    "super is told its class": ("class A:\n    def m(self): return 'A'\nclass B(A):\n    def m(self): return super(B, self).m() + 'B'\n", "+ 'B'", "+ 'b'", "B()", "made.m() == 'Ab'"),
    "super is told another class": ("class A:\n    def m(self): return 'A'\nclass B(A):\n    def m(self): return 'B'\nclass D(B):\n    def m(self): return super(D, self).m()\n", "super(D, self)", "super(B, self)", "D()", "made.m() == 'A'"),
    "super in a class method and a property": ("class A:\n    @classmethod\n    def k(cls): return 'A'\n    p = property(lambda self: 'p')\nclass B(A):\n    @classmethod\n    def k(cls): return 'B'\n    @property\n    def p(self): return 1\n", "return 'B'\n    @property\n    def p(self): return 1", "return super().k() + 'B'\n    @property\n    def p(self): return super().p", "(B.k, B())", "(made[0](), made[1].p) == ('AB', 'p')"),
    "what a class gives for an item": ("class C:\n    def __class_getitem__(cls, key): return 1, key\n", "return 1, key", "return 2, key", "C", "made['x'] == C['x'] == (2, 'x')"),
    "what a class gives for an item comes and goes": ("class C:\n    def __class_getitem__(cls, key): return 1\n", "__class_getitem__", "other", "C", "raises(TypeError, lambda: made['x'])"),
    "subclasses are told to their base": ("SEEN = []\nclass B:\n    def __init_subclass__(cls, **k): SEEN.append(('old', cls.__name__, k))\nclass C(B, tag=1): pass\n", "'old'", "'new'", "B", "type('D', (made,), {}) and SEEN[-1][0] == 'new' and C.__mro__[1] is made"),
    "what a base does with its subclasses": ("class B:\n    def __init_subclass__(cls): cls.tag = 1\nclass C(B): pass\n", "cls.tag = 1", "cls.tag = 2", "C()", "made.tag == C.tag == 2"),
    "a keyword of a subclass": ("class B:\n    def __init_subclass__(cls, tag): cls.tag = tag\nclass C(B, tag=1): pass\n", "tag=1", "tag=2", "C()", "made.tag == 2 and type(made) is C"),
    "a descriptor is told another name": ("class N:\n    def __set_name__(self, owner, name): self.told = owner, name\nclass C:\n    a = N()\n", "a = N()", "b = N()", "C", "made.b.told == (C, 'b') and not hasattr(made, 'a')"),
    "a descriptor's methods": ("class N:\n    def __get__(self, one, owner): return 1\nclass C:\n    a = N()\n", "return 1", "return 2", "C()", "made.a == 2"),
    "a partial method": ("import functools\nclass C:\n    def m(self, a, b): return a, b\n    p = functools.partialmethod(m, 1)\n", "return a, b", "return b, a", "C().p", "made(2) == C().p(2) == (2, 1)"),
    "the argument of a partial method": ("import functools\nclass C:\n    def m(self, a, b): return a, b\n    p = functools.partialmethod(m, 1)\n", "(m, 1)", "(m, 5)", "C()", "made.p(2) == (5, 2)"),
    "a cached property is computed anew by new objects": ("import functools\nclass C:\n    @functools.cached_property\n    def p(self): return 1\n", "return 1", "return 2", "C()", "made.p == 2"),
    "a cached property becomes a property": ("import functools\nclass C:\n    @functools.cached_property\n    def p(self): return 1\n", "@functools.cached_property\n    def p(self): return 1", "@property\n    def p(self): return 3", "(lambda c: (c.p, c)[1])(C())", "made.p == 3"),
    "an exception that was raised before": ("class E(Exception):\n    def __str__(self): return 'old'\n", "return 'old'", "return 'new'", "raised(E)", "caught(made, E) and str(made) == 'new'"),
    "an exception gets another base": ("class E(Exception): x = 1\nclass F(E): x = 2\n", "class E(Exception): x = 1", "class E(LookupError): x = 1", "raised(F)", "caught(made, E) and caught(made, LookupError)"),
    "an exception is derived from another one": ("class D(Exception): pass\nclass E(Exception): x = 1\n", "class E(Exception)", "class E(D)", "raised(E)", "caught(made, E) and caught(made, D)"),
    "an abstract method comes": ("import abc\nclass A(abc.ABC):\n    def m(self): return 1\nclass C(A): pass\n", "def m(self): return 1", "@abc.abstractmethod\n    def m(self): return 1", "C()", "made.m() == 1 and raises(TypeError, C) and C.__abstractmethods__ == {'m'}"),
    "an abstract method goes": ("import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def m(self): return 1\nclass C(A): pass\n", "@abc.abstractmethod\n    ", "", "C", "made().m() == 1"),
    "a virtual subclass stays registered": ("import abc\nclass A(abc.ABC):\n    def m(self): return 1\nA.register(int)\n", "return 1", "return 1, 2", "(A, isinstance(1, A))", "made == (A, True) and isinstance(1, A) and issubclass(int, A)"),
    "a hook for subclasses": ("import abc\nclass A(abc.ABC):\n    @classmethod\n    def __subclasshook__(cls, other): return other is int\n", "other is int", "other is str", "(A, issubclass(int, A))", "issubclass(str, A) and not issubclass(int, made[0])"),
    "a protocol's members": ("import typing\n@typing.runtime_checkable\nclass P(typing.Protocol):\n    def m(self): ...\nclass C:\n    def m(self): ...\n", "(typing.Protocol):\n    def m(self): ...", "(typing.Protocol):\n    def n(self): ...", "(P, C(), isinstance(C(), P))", "made[2] and not isinstance(made[1], made[0]) and P is made[0]"),
    "a protocol that is a base": ("import typing\nclass P(typing.Protocol):\n    def m(self): return 1\nclass C(P): pass\n", "return 1", "return 2", "C()", "made.m() == 2"),
    "a generic class": ("import typing\nT = typing.TypeVar('T')\nclass G(typing.Generic[T]):\n    def m(self): return 1\nclass C(G[int]): pass\n", "return 1", "return 2", "(G[str], G[str](), C())", "made[1].m() == made[2].m() == 2 and made[0] == G[str] and made[0].__origin__ is G and type(made[1]) is G"),
    "a class becomes generic": ("import typing\nT = typing.TypeVar('T')\nclass G:\n    def m(self): return 1\n", "class G:", "class G(typing.Generic[T]):", "G()", "isinstance(made, G) and G[int].__origin__ is G and made.m() == 1"),
    "a named tuple's method": ("import typing\nclass N(typing.NamedTuple):\n    a: int = 1\n    def m(self): return self.a\n", "return self.a", "return -self.a", "N()", "made.m() == -1 and made == (1,) and type(made) is N"),
    "a typed dict": ("import typing\nclass D(typing.TypedDict, total=False):\n    a: int\n", "a: int", "b: str", "D", "made is D and set(D.__optional_keys__) == {'b'}"),
    "weak references to a class and an object": ("class C:\n    def m(self): return 1\n", "return 1", "return 2", "(weakref.ref(C), (c := C()), weakref.ref(c), weakref.WeakMethod(c.m))", "made[0]() is C and made[2]() is made[1] and made[3]()() == 2"),
    "weak references when a header is edited": ("class B: x = 1\nclass C(B):\n    def m(self): return 1\n", "class C(B)", "class C(B, dict if 0 else object)", "(weakref.ref(C), (c := C()), weakref.ref(c))", "made[0]() is C and made[2]() is made[1]"),
    "subclasses are who they were": ("class B:\n    x = 1\nclass C(B): y = 1\nclass D(B): z = 1\n", "y = 1", "y = 2; w = 3", "B.__subclasses__()", "B.__subclasses__() == made == [C, D]"),
    "subclasses when all headers are edited": ("class O: pass\nclass B(O): x = 1\nclass C(B): y = 1\n", "class B(O): x = 1\nclass C(B): y = 1", "class A: pass\nclass B(A): x = 2\nclass C(B, A): y = 2", "(B, C)", "(B, C) == made and B.__subclasses__() == [C] and A.__subclasses__() == [B, C] and issubclass(C, B)"),
    "subclasses when the class has to be another one": ("class B: x = 1\nclass C(B): y = 1\n", "class B: x = 1\nclass C(B): y = 1", "class A: pass\nclass B(A): x = 2\nclass C(B, A): y = 2", "(C, C())", "made[0] is C and B.__subclasses__() == [C] and isinstance(made[1], B)"),
    "what is sized": ("class C:\n    def n(self): return 3\nclass D(C): pass\n", "def n(", "def __len__(", "(C(), D(), isinstance(C(), Sized), isinstance(D(), Sized))", "made[2:] == (False, False) and isinstance(made[0], Sized) and isinstance(made[1], Sized)"),
    "what is sized no more": ("class C:\n    def __len__(self): return 3\n", "def __len__(", "def n(", "(C(), isinstance(C(), Sized))", "made[1] and not isinstance(made[0], Sized)"),
    "what is derived no more": ("import abc\nclass A(abc.ABC): pass\nclass B(abc.ABC): pass\nclass C(B, A): pass\n", "C(B, A)", "C(B)", "(C(), isinstance(C(), A))", "made[1] and not isinstance(made[0], A)"),
    "is an instance after its class got other bases": ("class A: pass\nclass B: pass\nclass C(A): x = 1\n", "class C(A)", "class C(B, A)", "C()", "isinstance(made, (C,)) and isinstance(made, B) and C.__mro__[1] is B"),
    "copies": ("class C:\n    def __init__(self): self.x = [1]\n    def m(self): return 1\n", "return 1", "return self.x", "(C(), copy.copy(C()), copy.deepcopy(C()))", "[type(one) is C and one.m() for one in (*made, copy.copy(made[0]), copy.deepcopy(made[1]))] == [[1]] * 5"),
    "how it is copied": ("class C:\n    def __copy__(self): return 1\n", "return 1", "return 2", "C()", "copy.copy(made) == 2"),
    "what was pickled before": ("class C:\n    def __init__(self): self.x = 1\n    def m(self): return 1\n", "return 1", "return self.x + 1", "pickle.dumps(C())", "type(pickle.loads(made)) is C and pickle.loads(made).m() == 2"),
    "how it is pickled": ("class C:\n    def __getstate__(self): return {'a': 1}\n", "{'a': 1}", "{'a': 2}", "C()", "pickle.loads(pickle.dumps(made)).a == 2"),
    "a class and a function are pickled by name": ("class C:\n    def m(self): return 1\ndef f(): return 1\n", "def f(): return 1", "def f(a=2): return a", "pickle.dumps((C, f))", "pickle.loads(made) == (C, f)"),
    "overloads are asked for": ("import typing\n@typing.overload\ndef f(a: int) -> int: ...\n@typing.overload\ndef f(a: str) -> str: ...\ndef f(a): return a\n", "a: str) -> str", "a: bytes) -> bytes", "f", "made(1) == 1 and made is f and [o.__annotations__['a'] for o in typing.get_overloads(made)] == [int, bytes]"),
    "a context manager": ("import contextlib\n@contextlib.contextmanager\ndef f(a):\n    yield a, 1\n", "yield a, 1", "yield a, 2", "(f, entered(f(0)))", "entered(made[0](1)) == entered(f(1)) == (1, 2)"),
    "a context manager's header": ("import contextlib\n@contextlib.contextmanager\ndef f(a):\n    yield a, 1\n", "f(a)", "f(a, b=7)", "f", "made is f and entered(made(1)) == (1, 1) and made.__wrapped__.__defaults__ == (7,)"),
    "a metaclass's property": ("class M(type):\n    @property\n    def p(cls): return 1\nclass C(metaclass=M): pass\n", "return 1", "return cls", "C", "made.p is C"),
    "a metaclass's own __setattr__": ("SET = []\nclass M(type):\n    def __setattr__(cls, name, value): SET.append(name); super().__setattr__(name, value)\nclass C(metaclass=M):\n    def m(self, a): return 1\n", "m(self, a): return 1", "m(self, a=0): return 2", "C()", "made.m() == 2 and C.m.__defaults__ == (0,)"),
    "a nested class of a nested class": ("class A:\n    class B:\n        class C:\n            def m(self): return 1\n", "return 1", "return 2", "A.B.C()", "made.m() == 2 and A.B.C.__qualname__ == 'A.B.C'"),
}  # fmt: skip


def raised(kind):
    try:
        raise kind
    except kind as error:
        return error


def caught(error, kind):
    try:
        raise error
    except kind:
        return True


def raises(kind, call):
    with pytest.raises(kind):
        call()
    return True


def entered(manager):
    with manager as value:
        return value


TOOLS = {
    "raised": raised,
    "caught": caught,
    "raises": raises,
    "entered": entered,
    "copy": copy,
    "pickle": pickle,
    "weakref": weakref,
    "Sized": Sized,
}


@pytest.mark.parametrize("case", CLASSES)
def test_what_was_made_before_an_edit_is_as_if_made_after_it(project, case):
    text, before, after, make, expected = CLASSES[case]
    project.write({"app.py": text})
    app = project.load("app")
    made = eval(make, {**TOOLS, **vars(app)})
    project.edit("app.py", before, after)
    project.refresh()

    assert eval(expected, {**TOOLS, **vars(app), "made": made}), case
    assert project.sync.history[-1].notes == ()


# ---------------------------------------------------------------- what calls functions later

CALLBACK = "def f(*a): return 1\nasync def g(*a): return 1\nclass C:\n    def m(self, *a): return 1\nc = C()\n"


def edit_all(project):
    """Bodies first, then headers, so that both ways are taken."""
    project.write({"app.py": CALLBACK.replace("return 1", "return 2")})
    project.refresh()
    project.write({"app.py": CALLBACK.replace("return 1", "return 3").replace("*a", "*a, k=0")})
    project.refresh()


def test_callbacks_that_wait_in_an_event_loop(project):
    project.write({"app.py": CALLBACK})
    app = project.load("app")
    given = []

    async def main():
        loop = asyncio.get_running_loop()
        for function in (app.f, app.c.m):
            loop.call_soon(lambda function=function: given.append(function()))
            loop.call_later(0, given.append, function)
        future = loop.create_future()
        future.add_done_callback(app.f)
        task = asyncio.create_task(app.g())  # it has begun with the code that it has
        executor = loop.run_in_executor(None, started.wait)
        edit_all(project)
        started.set()
        future.set_result(None)
        await executor
        return await task, await app.g()

    started = threading.Event()
    assert asyncio.run(main()) == (1, 3)
    assert [one if isinstance(one, int) else one() for one in given] == [3] * 4


def test_an_async_generator_and_a_coroutine_in_flight_end_as_they_began(project):
    text = "async def ticks():\n    yield 1\n    yield 2\nasync def wait(event):\n    await event.wait()\n    return 'old'\n"
    project.write({"app.py": text})
    app = project.load("app")

    async def main():
        event, ticks = asyncio.Event(), app.ticks()
        task = asyncio.create_task(app.wait(event))
        await anext(ticks)
        project.edit("app.py", "yield 2", "yield 'two'")
        project.edit("app.py", "'old'", "'new'")
        report = project.report()
        told = [old.ref for old in report.still_old]
        event.set()
        rest = [tick async for tick in ticks], [tick async for tick in app.ticks()]
        return told, rest, await task, await app.wait(event)

    told, rest, first, second = asyncio.run(main())
    assert sorted(told) == ["app.ticks", "app.wait"]
    assert rest == ([2], [1, "two"])
    assert (first, second) == ("old", "new")


def test_a_handler_of_a_signal(project):
    project.write({"app.py": CALLBACK.replace("return 1", "SEEN.append(1)") + "SEEN = []\n"})
    app = project.load("app")
    before = signal.signal(signal.SIGUSR1, app.f)
    try:
        text = CALLBACK.replace("return 1", "SEEN.append(2)").replace("*a", "*a, k=0")
        project.write({"app.py": text + "SEEN = []\n"})
        project.refresh()
        signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)

    assert app.SEEN == [2]


def test_threads_and_timers_that_have_not_called_yet(project):
    project.write({"app.py": CALLBACK})
    app = project.load("app")
    given, begin = [], threading.Event()

    def wait_and_call(function):
        begin.wait()
        given.append(function())

    threads = [threading.Thread(target=wait_and_call, args=[f]) for f in (app.f, app.c.m)]
    for thread in threads:
        thread.start()
    edit_all(project)
    begin.set()
    for thread in threads:
        thread.join()

    assert given == [3, 3]


# ------------------------------------------------------------------------ code of others


def test_functions_whose_asserts_pytest_rewrote(project):
    text = "def f(a):\n    assert a == 1, a\n    return a\nheld = [f]\n"
    project.write({"app.py": text})
    app = project.load("app")
    tree = ast.parse(text)
    rewrite_asserts(tree, text.encode())
    exec(compile(tree, app.__file__, "exec"), vars(app))
    with pytest.raises(AssertionError, match="assert 2 == 1"):
        app.f(2)
    project.edit("app.py", "a == 1", "a == 2")

    assert project.refresh() == ["patch app.f"]

    assert app.held[0](2) == app.f(2) == 2
    assert project.sync.history[-1].still_old == []


def test_functions_while_they_are_traced(project):
    """As coverage and debuggers do it: the hooks of the interpreter know the new lines."""
    project.write({"app.py": "def f():\n    return 1\n"})
    app = project.load("app")
    lines = []

    def trace(frame, event, argument):
        if frame.f_code.co_filename == app.__file__ and event == "line":
            lines.append(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        app.f()
        project.edit("app.py", "def f", "# moved\n\ndef f")
        project.refresh()
        app.f()
        project.edit("app.py", "return 1", "return 2")
        project.refresh()
        result = app.f()
    finally:
        sys.settrace(before)

    assert result == 2
    assert lines == [2, 4, 4]
