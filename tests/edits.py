"""Edits of small projects that between them make a reload do everything it can do."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Edited:
    """The files of a project before and after an edit; None for one that is not there."""

    before: dict[str, str]
    after: dict[str, str | None]
    use: str = ""  # what the running program did meanwhile
    data: tuple[str, ...] = field(default=())


EDITS = {
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
    "values": Edited(
        {
            "config.py": """
                from collections import Counter, OrderedDict, defaultdict, deque
                N = 1
                NAMES = ['a', 'b']
                TABLE = {'a': 1, 'b': 2, 'c': 3}
                SET = {1, 2}
                ORDERED = OrderedDict(a=1, b=2)
                DEFAULT = defaultdict(list, a=[1])
                COUNTER = Counter('aab')
                QUEUE = deque([1, 2], maxlen=3)
                BYTES = bytearray(b'ab')
                DEEP = {'a': {'b': [1]}}
                GONE = [1]
                annotated: int = 1
                """,
            "app.py": """
                "words"
                from config import *
                import config as c
                M = N + 1
                LENGTH = len(NAMES)
                def f(n=N, names=NAMES): return n, names
                PAIR = (N, NAMES)
                if N > 1:
                    BRANCH = 'much'
                else:
                    FEW = 'few'
                for INDEX in range(N + 1):
                    LAST = INDEX
                """,
        },
        {
            "config.py": """
                from collections import Counter, OrderedDict, defaultdict, deque
                N = 2
                NAMES = ['b', 'c']
                TABLE = {'c': 3, 'a': 4, 'd': 5}
                SET = {2, 3}
                ORDERED = OrderedDict(b=2, a=1)
                DEFAULT = defaultdict(set, b={1})
                COUNTER = Counter('abb')
                QUEUE = deque([3], maxlen=3)
                BYTES = bytearray(b'cd')
                DEEP = {'a': {'b': [2]}, 'c': {}}
                annotated: float = 1.5
                more: str = 'more'
                """,
            "app.py": """
                "other words"
                from config import *
                import config as c
                M = N + 1
                LENGTH = len(NAMES)
                def f(n=N, names=NAMES): return n, names
                PAIR = (N, NAMES)
                if N > 1:
                    BRANCH = 'much'
                else:
                    FEW = 'few'
                for INDEX in range(N + 1):
                    LAST = INDEX
                del c
                """,
        },
        use="config.TABLE['late'] = [1]; config.GONE.append(2); config.DEFAULT['late']; app.extra = 1",
    ),
    "registrations": Edited(
        {
            "bus.py": """
                import functools
                HANDLERS = {}
                ORDER = []
                SEEN = set()
                class Bus:
                    def __init__(self): self.routes, self.count, self.by_name = [], 0, {}
                    def on(self, name):
                        def decorate(f):
                            self.routes.append((name, f))
                            self.by_name[name] = f
                            self.count += 1
                            return f
                        return decorate
                def on(name):
                    def decorate(f):
                        HANDLERS[name] = f
                        ORDER.append(f)
                        SEEN.add(f)
                        return f
                    return decorate
                bus = Bus()
                @functools.singledispatch
                def show(thing): return 'thing'
                """,
            "app.py": """
                from bus import HANDLERS, ORDER, bus, on, show
                @on('first')
                def first(): return 1
                @on('second')
                def second(): return 2
                @on('third')
                def third(): return 3
                @bus.on('saved')
                def saved(): return 1
                @bus.on('loaded')
                def loaded(): return 1
                @show.register
                def _(thing: int): return 'int'
                HANDLERS['key'] = 1
                ORDER.append('word')
                bus.name = 'before'
                show.mark = 1
                """,
            "other.py": """
                from bus import HANDLERS, on
                @on('other')
                def other(): return 1
                HANDLERS['late'] = other
                """,
        },
        {
            "app.py": """
                from bus import HANDLERS, ORDER, bus, on, show
                @on('FIRST')
                def first(): return 10
                @on('third')
                def third(n=3): return n
                @bus.on('saved twice')
                def saved(): return 2
                @show.register
                def _(thing: float): return 'float'
                HANDLERS['KEY'] = 2
                ORDER.append('WORD')
                bus.name = 'after'
                bus.more = 'more'
                show.mark = 2
                """,
            "other.py": """
                from bus import HANDLERS, on
                @on('second')
                def second(): return 2
                """,
        },
        use="bus.HANDLERS['run time'] = 1; bus.ORDER.insert(1, 'run time'); bus.bus.routes.append('run time')",
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
    "files": Edited(
        {
            "pkg/__init__.py": "from .one import *\nfrom .two import moved, stays\n",
            "pkg/one.py": "__all__ = ['a', 'b']\na = [1]\ndef b(): return 1\nhidden = 1\n",
            "pkg/two.py": "def moved(): return 1\ndef stays(): return moved()\nclass K:\n    x = 1\n",
            "pkg/old.py": "def old(): return 1\n",
            "settings.json": '{"a": 1, "b": {"c": [1, 2]}}',
            "app.py": "import json\nimport pkg.old\nfrom pkg import *\nfrom pkg.two import K\nused = b()\n",
        },
        {
            "pkg/__init__.py": "from .one import *\nfrom .two import stays\nfrom .three import moved\n",
            "pkg/one.py": "__all__ = ['a', 'c']\na = [2]\nc = 3\nhidden = 2\n",
            "pkg/two.py": "from .three import moved\ndef stays(): return moved(), 2\n",
            "pkg/three.py": "from .four import deep\ndef moved(): return 3\nclass K:\n    x = 3\n",
            "pkg/four.py": "deep = {'a': 1}\n",
            "pkg/old.py": None,
            "settings.json": '{"b": {"c": [3], "d": {}}, "a": 2, "e": null}',
            "app.py": "import json\nimport pkg.old\nfrom pkg import *\nfrom pkg.three import K\nused = c\n",
        },
        data=("settings.json",),
    ),
    "moves": Edited(
        {
            "here.py": """
                import functools
                LIMIT = {'a': 1}
                class Service:
                    count = 0
                    def run(self): return 1
                def helper(n=1): return n
                @functools.cache
                def cached(): return []
                REGISTRY = {'helper': helper}
                """,
            "there.py": "def stays(): return 1\n",
            "app.py": """
                from here import LIMIT, Service, helper
                import here, there
                service, held = Service(), [helper, LIMIT]
                """,
        },
        {
            "here.py": "from there import Service, helper\nREGISTRY = {'helper': helper}\n",
            "there.py": """
                import functools
                LIMIT = {'a': 1}
                def stays(): return 1
                def helper(n=1): return n
                class Service:
                    count = 0
                    def run(self): return 2
                @functools.cache
                def cached(): return []
                """,
            "app.py": """
                from there import LIMIT, Service, helper
                import here, there
                service, held = Service(), [helper, LIMIT]
                """,
        },
        use="app.service.mark = 1; here.Service.count = 7; here.LIMIT['b'] = 2; app.c = here.cached",
    ),
    "line shifts": Edited(
        {
            "app.py": """
                import lib
                def f(): return 1
                class C:
                    x = 1
                    def m(self): return [n for n in range(3)]
                    @property
                    def p(self): return lambda: 1
                g = lib.make()
                pick = lambda n: n
                """,
            "lib.py": """
                def make():
                    def inner():
                        def innermost(): return 1
                        return innermost
                    return inner
                """,
        },
        {
            "app.py": """
                # a comment
                import lib

                def f(): return 1

                class C:
                    x = 1

                    def m(self): return [n for n in range(3)]

                    @property
                    def p(self): return lambda: 1
                g = lib.make()
                pick = lambda n: n
                """,
            "lib.py": """
                # another comment

                def make():

                    def inner():
                        def innermost(): return 1
                        return innermost
                    return inner
                """,
        },
        use="app.h = app.g(); app.p = app.C().p",
    ),
    "a program": Edited(
        {
            "app.py": """
                import tools
                STATE = {'turns': 0}
                LIMIT = 1
                def turn(): STATE['turns'] += tools.step()
                if __name__ == '__main__':
                    turn()
                try:
                    import nothing_of_that_name
                except ImportError:
                    nothing = None
                with open(__file__) as opened:
                    size = LIMIT
                match LIMIT:
                    case 1: kind = 'one'
                    case other: kind = other
                tools.prepare(STATE)
                """,
            "tools.py": """
                prepared = 0
                def step(): return 1
                def prepare(state):
                    global prepared
                    prepared += 1
                    state['prepared'] = prepared
                """,
        },
        {
            "app.py": """
                import tools
                STATE = {'turns': 0, 'new': 1}
                LIMIT = 2
                def turn(n=1): STATE['turns'] += tools.step() + n
                if __name__ == '__main__':
                    turn(2)
                try:
                    import nothing_of_that_name_either
                except ImportError:
                    nothing = 1
                with open(__file__) as opened:
                    size = LIMIT
                match LIMIT:
                    case 1: kind = 'one'
                    case other: kind = other
                tools.prepare(STATE)
                """,
            "tools.py": """
                prepared = 0
                def step(): return 2
                def prepare(state, more=()):
                    global prepared
                    prepared += 1
                    state['prepared'] = prepared, more
                """,
        },
        use="app.turn()",
    ),
    "attributes": Edited(
        {
            "lib.py": """
                class Service:
                    level = 1
                    def __init__(self): self.name, self.state, self.gone = 'a', {'a': 1}, 1
                    def setup(self): self.ready = True; self.state['b'] = 2
                class Slots:
                    __slots__ = ('a', 'b')
                service, slots, other = Service(), Slots(), Service()
                slots.a = 1
                def change(): service.by = 'change'
                def function(): return 1
                """,
            "app.py": "import lib\nfrom lib import service, function\n",
        },
        {
            "app.py": """
                import lib
                from lib import service, function
                service.name = 'b'
                service.state['c'] = 3
                del service.gone
                lib.service.added = 1
                setattr(lib.other, 'name', 'c')
                lib.slots.a = 2
                lib.slots.b = 3
                lib.other.__class__ = type('Other', (lib.Service,), {})
                service.setup()
                lib.change()
                function.mark = 1
                lib.Service.level = 2
                lib.new = 1
                service.name += 'd'
                """,
        },
    ),
    "clean-ups": Edited(
        {
            "lib.py": """
                from heatsync import on_dispose
                OPEN = set()
                def start(number):
                    OPEN.add(number)
                    on_dispose(lambda: OPEN.discard(number), undo=lambda: OPEN.add(number))
                    return number
                """,
            "app.py": """
                import logging, pyee
                from heatsync import on_dispose, remember, temporary
                from lib import OPEN, start
                BASE = 100
                bus = pyee.EventEmitter()
                one = start(BASE + 1)
                start(2)
                gone = start(3)
                for n in range(3): start(BASE + 10 + n)
                class Service:
                    size = 1
                    number = start(BASE + 20)
                    start(21)
                    def __reloaded__(self): self.told = 1
                    def run(self): return 1
                services = [Service(), Service()]
                def tick(): pass
                on_dispose(tick, undo=tick)
                timer = temporary.interval(tick, 3600, BASE)
                later = temporary.timeout(tick, 3600)
                @temporary.listener(bus, 'saved')
                def saved(n=BASE): return n
                temporary.listener(logging.getLogger('edits'), 'filter', lambda record: BASE)
                kept = remember(list)
                """,
        },
        {
            "app.py": """
                import logging, pyee
                from heatsync import on_dispose, remember, temporary
                from lib import OPEN, start
                BASE = 200
                bus = pyee.EventEmitter()
                one = start(BASE + 1)
                start(4)
                for n in range(3): start(BASE + 10 + n)
                class Service:
                    size = 2
                    number = start(BASE + 20)
                    start(22)
                    def __reloaded__(self): self.told = 2
                    def run(self): return 2
                services = [Service(), Service()]
                def tick(n=1): pass
                on_dispose(tick, undo=lambda: tick())
                timer = temporary.interval(tick, 3600, BASE)
                later = temporary.timeout(tick, 3601)
                @temporary.listener(bus, 'saved')
                def saved(n=BASE): return n
                temporary.listener(logging.getLogger('edits'), 'filter', lambda record: BASE)
                kept = remember(dict)
                added = remember(list)
                """,
        },
        use="app.kept.append(1)",
    ),
}
