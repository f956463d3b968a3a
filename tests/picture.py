"""A picture of live objects: all that a reload may write, in order, so that two can be compared."""

import enum
import functools
import gc
import sys
import types

from heatsync._resident import owned
from heatsync._resident.live import LIVE

ATOMS = (int, float, complex, str, bytes, bool, type(None), type(...), range)
# What Python keeps for itself, and makes anew when it sees fit.
MACHINERY = {"__builtins__", "__loader__", "__spec__", "__cached__", "_abc_impl", "__weakref__"}
MACHINERY |= {"__dict__", "__static_attributes__"}


def of_process(root):
    """All modules made of files below a folder, and what heatsync knows of them, by identity."""
    return {**Picture(root, True).lines, **of_heatsync(), "sys.modules": list(sys.modules)}


def of_outcome(root):
    """The same without identity: what a process is like, whichever objects it is made of."""
    return {**Picture(root, False).lines, **of_heatsync()}


def of_heatsync():
    """The texts that are running, and what else is known of the live files."""
    lines = {"live": [*LIVE.modules], "files": {f: [*known] for f, known in LIVE.files.items()}}
    for name, running in LIVE.modules.items():
        lines[f"live {name}"] = (
            running.file,
            running.data,
            running.source.text,
            sorted(running.requires),
            dict(running.drift),
            running.begun and [(s.line, n and n.line) for s, n in running.begun.items()],
        )
    for module, running in LIVE.modules.items():
        for number, thing in enumerate(owned.things_of(running)):
            statement = thing.owner.resolve(running)
            told = type(thing).__name__, thing.state, statement and statement.text
            lines[f"owned {module} {number}"] = told
    lines |= {f"data {file}": data.data for file, data in LIVE.data.items()}
    return lines


class Picture:
    """By path such as `app.C.x`, what is there: an object seen before, or a new one of a kind."""

    def __init__(self, root, by_identity):
        self.lines = {}
        self._by_identity = by_identity
        self._seen = {}
        self._alive = []  # so that no id is given twice
        self._root = str(root)
        modules = [(name, module) for name, module in sys.modules.items() if self._is_ours(module)]
        modules += [(file, data.value) for file, data in LIVE.data.items()]
        for name, thing in sorted(modules, key=lambda named: named[0]):
            self._enter(name, thing)

    def _is_ours(self, thing):
        if isinstance(thing, type):
            thing = sys.modules.get(type.__dict__["__module__"].__get__(thing))
        file = getattr(thing, "__file__", None)
        return isinstance(file, str) and file.startswith(self._root)

    def _enter(self, path, thing):
        waiting = [(path, thing)]
        while waiting:
            path, thing = waiting.pop()
            if issubclass(type(thing), ATOMS) and type(thing) in ATOMS:
                self.lines[path] = (repr(thing), id(thing) if self._by_identity else 0)
            elif id(thing) in self._seen:
                self.lines[path] = f"the same as {self._seen[id(thing)]}"
            else:
                self._seen[id(thing)] = path
                self._alive.append(thing)
                text, parts = self._look_at(thing)
                self.lines[path] = (text, id(thing) if self._by_identity else 0)
                waiting.extend((f"{path}{label}", part) for label, part in reversed(parts))

    def _look_at(self, thing):
        """What it is in words, in which order it has its parts, and these."""
        kind = type(thing)
        if isinstance(thing, types.ModuleType):
            return self._named(thing, vars(thing)) if self._is_ours(thing) else (repr(thing), [])
        if isinstance(thing, type):
            return self._class(thing) if self._is_ours(thing) else (repr(thing), [])
        if isinstance(thing, owned.Owned):
            return f"{kind.__name__} {thing.state}", []
        if kind is types.FunctionType and thing.__globals__["__name__"].startswith("heatsync."):
            inside = [(f"<{n}>", cell) for n, cell in enumerate(thing.__closure__ or ())]
            return "function of heatsync", inside
        if kind is types.FunctionType:
            return self._function(thing)
        if kind is types.CodeType:
            return self._code(thing)
        if isinstance(thing, dict):
            items = list(thing.items())
            keys = [(f"[{n}]key", key) for n, (key, _) in enumerate(items)]
            values = [(f"[{n}]", value) for n, (_, value) in enumerate(items)]
            return f"{kind.__name__} of {len(items)}", keys + values + self._own(thing)
        if isinstance(thing, list | tuple | set | frozenset) or kind.__name__ == "deque":
            parts = sorted(thing, key=repr) if isinstance(thing, set | frozenset) else thing
            return f"{kind.__name__} of {len(thing)}", [
                *((f"[{n}]", part) for n, part in enumerate(parts)),
                *self._own(thing),
            ]
        if kind is types.CellType:
            try:
                return "cell", [("()", thing.cell_contents)]
            except ValueError:
                return "empty cell", []
        if kind in (staticmethod, classmethod):
            return kind.__name__, [(".__func__", thing.__func__)]
        if kind is functools._lru_cache_wrapper:
            info = thing.cache_info()
            # A bounded one may forget whenever it likes.
            held = info.currsize if info.maxsize is None else "some"
            return f"cache of {info.maxsize} holding {held}", [
                ("()", thing.__wrapped__),
                *self._own(thing),
            ]
        if self._is_ours(kind) or kind in (types.SimpleNamespace,) or isinstance(thing, enum.Enum):
            return f"instance of {kind.__name__}", [("'s class", kind), *self._own(thing)]
        # Properties, methods, partials, proxies, weak references: what they lead to.
        getattr(thing, "__dict__", None)  # once asked for, it is there to be seen
        inside = [part for part in gc.get_referents(thing) if part is not kind]
        return kind.__name__, [(f"<{n}>", part) for n, part in enumerate(inside)]

    def _named(self, thing, attributes, text=""):
        shown = [(name, value) for name, value in attributes.items() if name not in MACHINERY]
        order = ", ".join(name for name, _ in shown)
        return f"{type(thing).__name__} {text}{order}", [(f".{n}", value) for n, value in shown]

    def _own(self, thing):
        own = getattr(thing, "__dict__", {})
        slots = [
            (name, member)
            for cls in type(thing).__mro__
            for name, member in vars(cls).items()
            if type(member) is types.MemberDescriptorType and self._is_ours(cls)
        ]
        filled = [(name, m.__get__(thing)) for name, m in slots if hasattr(thing, name)]
        return [(f".{name}", value) for name, value in [*own.items(), *filled]]

    def _function(self, thing):
        names = ("__code__", "__defaults__", "__kwdefaults__", "__doc__", "__name__")
        names += ("__qualname__", "__module__", "__annotations__", "__closure__", "__dict__")
        names += ("__type_params__",) if sys.version_info >= (3, 12) else ()
        return "function", [(f".{name}", getattr(thing, name)) for name in names]

    def _code(self, thing):
        if self._by_identity:
            return "code", []
        text = (thing.co_qualname, thing.co_firstlineno, thing.co_code, list(thing.co_lines()))
        text += (thing.co_names, thing.co_varnames, thing.co_freevars, thing.co_filename)
        return text, [(f".const{n}", const) for n, const in enumerate(thing.co_consts)]

    def _class(self, thing):
        members = type.__dict__["__dict__"].__get__(thing)
        text, parts = self._named(thing, dict(sorted(members.items())))
        parts += [("'s bases", thing.__bases__), ("'s type", type(thing))]
        parts += [(f"'s mro {n}", cls) for n, cls in enumerate(thing.__mro__)]
        subclasses = sorted(type.__subclasses__(thing), key=lambda cls: cls.__qualname__)
        return f"class {thing.__qualname__} {text}", [
            *parts,
            *((f"'s subclass {n}", cls) for n, cls in enumerate(subclasses)),
        ]


def differences(before, after):
    """What is another, one line for each path, for a person to read."""
    return [
        f"{path}: {before.get(path, 'nothing')} → {after.get(path, 'nothing')}"
        for path in {**before, **after}
        if before.get(path, "nothing") != after.get(path, "nothing")
    ]
