"""Edits of values and registrations, of files, programs, and what statements started."""

from edits.edited import Edited

PROJECTS = {
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
