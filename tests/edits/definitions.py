"""Edits of functions and classes, and of what decorates and makes them."""

from edits.edited import Edited

DEFINITIONS = {
    "functions": Edited(
        {
            "app.py": """
                import functools
                from typing import Any
                def body(): return 1
                def header(a, b=1, *, c=2): return a, b, c
                def annotated(a: int, b: 'str' = 'x') -> None: "words"
                def moved(): return 1
                def make(n):
                    def inner(): return n
                    return inner
                held = [make(1), make(2)]
                one = make(3)
                def deeper():
                    def middle():
                        def inner(): return 1
                        return inner
                    return middle
                middle = deeper()
                inner = middle()
                @functools.cache
                def cached(n): return [n]
                @functools.lru_cache(maxsize=4)
                def sized(n): return [n]
                @functools.wraps(body)
                def wrapper(*args): "about"; return body(*args)
                square, cube = lambda n: n ** 2, lambda n: n ** 3
                bound = functools.partial(header, 1, c=5)
                class Late:
                    def plain(self): return 1
                async def coroutine(): return 1
                def generator(): yield 1
                """
        },
        {
            "app.py": """
                import functools
                from typing import Any


                def body(): return 2
                def header(a, *, c=3, d=4): return a, c, d
                def annotated(a: float, b: 'str' = 'y') -> int: "other words"
                def added(): return 0
                def moved(): return 1
                def make(n):
                    more = 5
                    def inner(): return n, more
                    return inner
                held = [make(1), make(2)]
                one = make(3)
                def deeper():
                    def middle():
                        def inner(): return 2
                        return inner
                    return middle
                middle = deeper()
                inner = middle()
                @functools.cache
                def cached(n): return [n, n]
                @functools.lru_cache(maxsize=4)
                def sized(n, *more): return [n]
                @functools.wraps(body)
                def wrapper(*args): "about it"; return body(*args), 1
                square, cube = lambda n: n ** 2 + 1, lambda n: n ** 3 + 1
                bound = functools.partial(header, 1, c=6)
                class Late:
                    def plain(self): return super().__repr__()
                async def coroutine(): return 2
                def generator(): yield 2
                """
        },
        use="app.kept = app.make(9); app.cached(1); app.sized(1); app.body.mark = 1; app.late = app.Late()",
    ),
    "classes": Edited(
        {
            "base.py": """
                class Base:
                    kinds = []
                    def __init_subclass__(cls, **words): Base.kinds.append(cls.__name__)
                class Meta(type):
                    def __new__(meta, name, bases, block):
                        return super().__new__(meta, name, bases, block | {'made': len(block)})
                class Field:
                    def __set_name__(self, owner, name): self.name = name
                class Mixin:
                    def who(self): return 'mixin'
                """,
            "app.py": """
                import abc
                from base import Base, Field, Meta, Mixin
                class Plain:
                    x = 1
                    y: int = 2
                    gone = 3
                    def a(self): return 1
                    def b(self, n=1): return n
                    @property
                    def p(self): return 1
                    @staticmethod
                    def s(): return 1
                    @classmethod
                    def c(cls): return 1
                    class Nested:
                        z = 1
                        def m(self): return 1
                class Child(Plain):
                    def a(self): return super().a()
                class Watched(Base):
                    one = 1
                class Odd(metaclass=Meta):
                    one = 1
                    def m(self): return 1
                class Described:
                    one = Field()
                class Abstract(abc.ABC):
                    @abc.abstractmethod
                    def m(self): ...
                class Concrete(Abstract):
                    def m(self): return 1
                class Slotted:
                    __slots__ = ('a',)
                    def m(self): return 1
                class Rebased(Plain):
                    pass
                objects = [Plain(), Child(), Watched(), Odd(), Concrete(), Slotted(), Rebased()]
                """,
        },
        {
            "base.py": """
                class Base:
                    kinds = []
                    more = 1
                    def __init_subclass__(cls, **words): Base.kinds.append(cls.__qualname__)
                class Meta(type):
                    def __new__(meta, name, bases, block):
                        return super().__new__(meta, name, bases, block | {'made': -len(block)})
                class Field:
                    def __set_name__(self, owner, name): self.name = name.upper()
                class Mixin:
                    def who(self): return 'mixin'
                """,
            "app.py": """
                import abc
                from base import Base, Field, Meta, Mixin
                class Plain:
                    x = 2
                    y: float = 2.5
                    new: str = 'new'
                    def a(self): return 2
                    def b(self, n=1, m=2): return n, m
                    @property
                    def p(self): return 2
                    @classmethod
                    def s(cls): return 2
                    @staticmethod
                    def c(): return 1
                    class Nested:
                        z = 2
                        def m(self): return __class__
                class Child(Plain):
                    def a(self): return super().a(), super().b()
                class Watched(Base):
                    one = 2
                    two = 2
                class Odd(metaclass=Meta):
                    one = 2
                    def m(self): return 2
                class Described:
                    one = Field()
                    two = Field()
                class Abstract(abc.ABC):
                    @abc.abstractmethod
                    def m(self): ...
                    @abc.abstractmethod
                    def n(self): ...
                class Concrete(Abstract):
                    def m(self): return 2
                    def n(self): return 2
                class Slotted:
                    __slots__ = ('a', 'b')
                    def m(self): return 2
                class Rebased(Mixin, Child):
                    pass
                objects = [Plain(), Child(), Watched(), Odd(), Concrete(), Slotted(), Rebased()]
                """,
        },
        use="app.instance = app.Plain(); app.instance.own = [1]; app.slotted = app.Slotted(); app.slotted.a = 1",
    ),
    "made classes": Edited(
        {
            "app.py": """
                import enum
                from collections import namedtuple
                from dataclasses import dataclass, field
                from typing import NamedTuple, Protocol, TypedDict
                class Color(enum.Enum):
                    RED = 1
                    GREEN = 2
                    def shout(self): return self.name
                class Level(enum.IntEnum):
                    LOW = 1
                    HIGH = 2
                class Flags(enum.Flag):
                    A = enum.auto()
                    B = enum.auto()
                @dataclass
                class Point:
                    x: int = 1
                    names: list = field(default_factory=list)
                    def m(self): return self.x
                @dataclass(frozen=True, slots=True)
                class Frozen:
                    x: int = 1
                class Pair(NamedTuple):
                    a: int
                    b: int = 2
                Old = namedtuple('Old', 'a b')
                class Movie(TypedDict):
                    name: str
                class Quacks(Protocol):
                    def quack(self) -> int: ...
                points = [Point(), Point(2)]
                frozen = Frozen()
                table = {Color.RED: 1, Level.LOW: 2}
                """
        },
        {
            "app.py": """
                import enum
                from collections import namedtuple
                from dataclasses import dataclass, field
                from typing import NamedTuple, Protocol, TypedDict
                class Color(enum.Enum):
                    BLUE = 3
                    RED = 10
                    def shout(self): return self.name.upper()
                class Level(enum.IntEnum):
                    LOW = 1
                    HIGH = 3
                class Flags(enum.Flag):
                    A = enum.auto()
                    C = enum.auto()
                    B = enum.auto()
                @dataclass(order=True)
                class Point:
                    y: int = 0
                    x: int = 1
                    def m(self): return self.x, self.y
                @dataclass(frozen=True, slots=True)
                class Frozen:
                    x: int = 1
                    y: int = 2
                class Pair(NamedTuple):
                    a: int
                    b: int = 3
                    c: int = 4
                Old = namedtuple('Old', 'a b c')
                class Movie(TypedDict):
                    name: str
                    year: int
                class Quacks(Protocol):
                    def quack(self) -> str: ...
                    def swim(self) -> int: ...
                points = [Point(), Point(2)]
                frozen = Frozen()
                table = {Color.RED: 1, Level.LOW: 2}
                """
        },
        use="app.held = [app.Color.GREEN, app.Color.RED, app.Flags.A | app.Flags.B, app.Frozen(5), app.Pair(1)]",
    ),
    "decorators": Edited(
        {
            "tools.py": """
                import functools
                CALLS = {}
                def traced(f):
                    CALLS[f.__name__] = 0
                    @functools.wraps(f)
                    def wrapper(*args):
                        CALLS[f.__name__] += 1
                        return f(*args)
                    return wrapper
                def marked(mark):
                    def decorate(f):
                        f.mark = mark
                        return f
                    return decorate
                class Wrapped:
                    def __init__(self, f): self.f = f
                    def __call__(self, *args): return self.f(*args)
                """,
            "app.py": """
                from tools import Wrapped, marked, traced
                @traced
                def one(): return 1
                @marked('a')
                def two(): return 2
                @Wrapped
                def three(): return 3
                def four(): return 4
                @traced
                @marked('b')
                def five(): return 5
                class C:
                    @traced
                    def m(self): return 1
                    @Wrapped
                    def n(self): return 1
                """,
        },
        {
            "tools.py": """
                import functools
                CALLS = {}
                def traced(f):
                    CALLS[f.__name__] = 0
                    @functools.wraps(f)
                    def wrapper(*args):
                        CALLS[f.__name__] += 2
                        return f(*args), 'traced'
                    return wrapper
                def marked(mark):
                    def decorate(f):
                        f.mark = mark * 2
                        return f
                    return decorate
                class Wrapped:
                    def __init__(self, f): self.f = f
                    def __call__(self, *args): return self.f(*args), 'wrapped'
                """,
            "app.py": """
                from tools import Wrapped, marked, traced
                @traced
                def one(a=1): return a
                @marked('c')
                def two(): return 2
                def three(): return 3
                @traced
                def four(): return 4
                @marked('b')
                @traced
                def five(): return 6
                class C:
                    @Wrapped
                    @traced
                    def m(self): return 2
                    @traced
                    def n(self): return 2
                """,
        },
        use="app.held = [app.one, app.two, app.three, app.four, app.five, app.C().m]; app.one()",
    ),
}
