"""Live: the files kept live, each with its module and the Source that it is running."""

from __future__ import annotations

import itertools
import linecache
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

from heatsync._engine.functions import Lineage, class_dict, live_class
from heatsync._engine.graph import Ref
from heatsync._engine.homes import package_of
from heatsync._engine.memory import MISSING
from heatsync._engine.moves import Gone
from heatsync._engine.order import with_parents
from heatsync._engine.places import Place
from heatsync._engine.source import Source, Statement, decode, parse

# `import a.b, c` and `from ..d import e, (f, g)`, wherever they stand: what follows the word, and
# what stands before it in its line. Reading the text this way finds too much rather than too
# little, and costs a thousandth of parsing it.
_IMPORT = re.compile(r"import(?!\w)[ \t\f]*+(\((?:[^)#]++|#[^\n]*+)*+|[^#;\n]*)")
_BEFORE = re.compile(r"(?:^|[;:])[ \t\f]*+(?:from(?!\w)([\w. \t\f]*))?$")
_CONTINUED = re.compile(r"\\\r?\n")
_COMMENT = re.compile(r"#[^\n]*")
_IMPORT_BY_CALL = re.compile(r"""(?:import_module|__import__)\(\s*["']([\w.]+)["']""")


@dataclass(eq=False)
class Running:
    """One live file: its module, and the text that is running in it."""

    file: str
    module: ModuleType
    data: bytes
    requires: set[str] = field(default_factory=set)  # modules it holds without an import statement
    # Functions that nothing led to when their lines moved still tell the line they had: by the
    # place where they stand, the place they tell.
    drift: dict[Place, Place] = field(default_factory=dict)
    # While its own top level is still running: the text it was begun with, each statement with
    # the one that continues it now.
    begun: dict[Statement, Statement | None] | None = None
    # While its file is gone: the names whose definitions have gone on to another module.
    moved: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.name: str = self.module.__name__  # as it is imported: a text may set another one

    @property
    def namespace(self) -> dict[str, Any]:
        return self.module.__dict__

    @property
    def filename(self) -> str:
        """The file as its code objects name it."""
        return str(self.namespace.get("__file__") or self.file)

    @property
    def package(self) -> str:
        package = self.namespace.get("__package__")
        if isinstance(package, str):
            return package
        return self.name if "__path__" in self.namespace else self.name.rpartition(".")[0]

    @cached_property
    def source(self) -> Source:
        """What is running, parsed when it is first asked for."""
        return parse(self.filename, decode(self.filename, self.data))

    @cached_property
    def imports(self) -> dict[str, None]:
        """The absolute names that its import statements may load, in order."""
        text = self.data.decode("utf-8", "replace")
        return dict.fromkeys(imported_names(text, self.package))

    @cached_property
    def loads(self) -> frozenset[str]:
        """The same with the packages that they are in, which are loaded before them."""
        return frozenset(itertools.chain.from_iterable(map(with_parents, self.imports)))

    def become(self, data: bytes, source: Source | None) -> None:
        """Takes note that another text is running now."""
        self.data = data
        for cached in ("source", "imports", "loads"):
            self.__dict__.pop(cached, None)
        if source is not None:
            self.__dict__["source"] = source


Known = list[tuple[Running, bytes, Source | None]]
# Runs a new module, or has it executed as Python does it.
Arriving = Callable[[ModuleType, Callable[[], object]], None]


@dataclass(eq=False)
class Data:
    """One live data file: the dict or list made from it, and the bytes it was made from."""

    file: str
    value: Any
    data: bytes


def imported_names(text: str, package: str) -> Iterator[str]:
    """The absolute names of modules that a text may import, in the order of the text."""
    text = _CONTINUED.sub(" ", text) if "\\" in text else text
    text = text.replace("\r", "\n") if "\r" in text else text
    for match in _IMPORT.finditer(text):
        line = text.rfind("\n", 0, match.start()) + 1
        before = _BEFORE.search(text[line : match.start()])
        if before is not None:
            yield from _imported(before[1], match[1], package)
    for match in _IMPORT_BY_CALL.finditer(text):
        yield _absolute(match[1], package)


def _imported(base: str | None, names: str, package: str) -> Iterator[str]:
    """The modules that one import may load: from a base, or the names themselves."""
    found = _first_words(_COMMENT.sub("", names).strip("()"))
    if base is None:
        yield from found
        return
    module = _absolute("".join(base.split()), package)
    yield module
    yield from (f"{module}.{name}" for name in found)


def _first_words(text: str) -> Iterator[str]:
    """The `a` and `c` of `a as b, c`."""
    return (words[0] for part in text.split(",") if (words := part.split()))


def _absolute(name: str, package: str) -> str:
    tail = name.lstrip(".")
    level = len(name) - len(tail)
    if not level:
        return name
    parts = package.split(".")
    kept = parts[: len(parts) - level + 1]
    return ".".join([*kept, tail] if tail else kept)


class Live:
    """The live files of this process: what is running is a fact about it, so there is one Live.

    `lock` serializes reloads, whichever `Heatsync` asks for them.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.files: dict[str, dict[str, Running]] = {}  # and by module name
        self.modules: dict[str, Running] = {}
        self.data: dict[str, Data] = {}
        self.failed: dict[str, bytes] = {}  # texts that could not be applied, by file
        # Files that are not live but had a part in the failure, new ones that were imported, or
        # would have had if there were any.
        self.suspects: dict[str, bytes | None] = {}
        self.gone: frozenset[str] = frozenset()  # files that do not exist any more
        self.arriving: Arriving | None = None  # while a batch is applied
        self.lineage = Lineage()

    def add(self, module: ModuleType, file: str, data: bytes) -> Running:
        """Keeps a module live, which was or is about to be made from this text."""
        known = self.modules.get(module.__name__)
        if known is not None and known.module is module and known.file == file:
            if known.data != data:
                known.become(data, None)
            return known
        running = Running(file, module, data)
        self.files.setdefault(file, {})[running.name] = running
        self.modules[running.name] = running
        return running

    def remove(self, file: str) -> None:
        """Keeps a file live no longer."""
        self.unpin_lines([file])
        for running in self.at(file):
            if self.modules.get(running.name) is running:
                del self.modules[running.name]
        self.files.pop(file, None)
        self.data.pop(file, None)
        self.failed.pop(file, None)
        self.gone -= {file}

    def known(self) -> Known:
        """The live modules, each with the text that is running in it, parsed where it is."""
        every = self.modules.values()
        return [(running, running.data, running.__dict__.get("source")) for running in every]

    def restore(self, known: Known) -> None:
        """Forgets the modules that a batch imported, anew or once more, before it failed."""
        self.modules.clear()
        for running, data, source in known:
            self.modules[running.name] = running
            if running.data != data:
                running.become(data, source)  # the same statements: some of them own things
        self.arrange()

    def arrange(self) -> None:
        """Has each module found by the file that it is made of."""
        for of_file in self.files.values():
            of_file.clear()
        for running in self.modules.values():
            self.files.setdefault(running.file, {})[running.name] = running
        self.files = {file: of_file for file, of_file in self.files.items() if of_file}

    def at(self, file: str) -> list[Running]:
        """The modules made from a file: a script that is also imported is two of them."""
        return list(self.files.get(file, {}).values())

    def gone_modules(self, files: Iterable[str]) -> Gone:
        """The modules of files that do not exist any more: nobody can import them anew."""
        running = [running for file in files for running in self.at(file)]
        moved = frozenset(Ref(each.name, name) for each in running for name in each.moved)
        return Gone({each.name: each.data for each in running}, moved)

    @contextmanager
    def receiving(self, arriving: Arriving) -> Iterator[None]:
        """Meanwhile, new modules that are imported are run by this."""
        self.arriving = arriving
        try:
            yield
        finally:
            self.arriving = None

    def importers(self, module: str) -> Iterator[str]:
        """The live modules whose text may import a module, or that hold it otherwise."""
        # `import a` may be followed by `a.b.c` wherever somebody else imported that.
        wanted = tuple(with_parents(module))
        # A copy, as imports in other threads add to it.
        for name, running in list(self.modules.items()):
            held = module in running.loads or module in running.requires
            if held or any(known in running.imports for known in wanted):
                yield name

    def value_at(self, ref: Ref) -> Any:
        """What a name holds in the live process; MISSING if nothing."""
        running = self.modules.get(ref.module)
        if running is None:
            return MISSING
        owner, _, name = ref.name.rpartition(".")
        if not owner:
            return running.namespace.get(name, MISSING)
        cls = live_class(running.namespace, owner)
        return class_dict(cls).get(name, MISSING) if cls is not None else MISSING

    def pin_lines(self, files: Iterable[str]) -> None:
        """Makes tracebacks show the text that is running while another one is on disk."""
        for running in [running for file in files for running in self.at(file)]:
            text = running.source.text
            lines = text.splitlines(keepends=True)
            linecache.cache[running.filename] = (len(text), None, lines, running.filename)

    def unpin_lines(self, files: Iterable[str]) -> None:
        for running in [running for file in files for running in self.at(file)]:
            linecache.cache.pop(running.filename, None)


class PendingWorld:
    """The live files with the pending texts in place: what the graph asks about."""

    def __init__(self, live: Live, pending: Mapping[str, Source]) -> None:
        self._live = live
        self._pending = pending  # by module
        self._importers: dict[str, list[str]] = {}
        self._texts: dict[str, str] = {}

    def forget(self) -> None:
        """Another module has become live, whose text may import any of them."""
        self._importers.clear()
        self._texts.clear()

    def source(self, module: str) -> Source | None:
        pending = self._pending.get(module)
        if pending is not None:
            return pending
        running = self._live.modules.get(module)
        return running.source if running else None

    def text(self, module: str) -> str:
        text = self._texts.get(module)
        if text is None:
            text = self._texts[module] = self._text(module)
        return text

    def _text(self, module: str) -> str:
        """A source need not be parsed to look for a word in its text."""
        running = self._live.modules.get(module)
        if module in self._pending or running is None or "source" in running.__dict__:
            source = self.source(module)
            return source.text if source else ""
        return decode(running.filename, running.data)

    def importers(self, module: str) -> Iterable[str]:
        found = self._importers.get(module)
        if found is None:
            found = list(self._live.importers(module))
            new = (name for name in self._pending if name not in found)
            found.extend(new)  # whose new text may import what the old one did not
            self._importers[module] = found
        return found

    def imports(self, module: str) -> Iterable[str]:
        running = self._live.modules.get(module)
        return [*running.imports, *running.requires] if running else ()

    def package(self, module: str) -> str:
        running, pending = self._live.modules.get(module), self._pending.get(module)
        if running is None:
            return module.rpartition(".")[0]
        if pending is not None and pending.file != running.source.file:
            return package_of(module, pending.file)
        return running.package

    def exported(self, module: str) -> list[str] | None:
        running = self._live.modules.get(module)
        declared: Any = running.namespace.get("__all__") if running else None
        names: list[Any] = list(declared) if type(declared) in (list, tuple) else [None]
        return names if all(type(name) is str for name in names) else None

    def module_at(self, ref: Ref) -> str | None:
        running = self._live.modules.get(ref.module)
        value = running.namespace.get(ref.name) if running else None
        if type(value) is not ModuleType:
            return None
        name = value.__dict__.get("__name__")
        return name if isinstance(name, str) and name in self._live.modules else None


LIVE = Live()
