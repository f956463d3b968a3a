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
from types import CodeType, MappingProxyType, ModuleType
from typing import Any, NamedTuple

from heatsync._engine.functions import Lineage, class_dict, definitions, live_class
from heatsync._engine.graph import Ref
from heatsync._engine.importers import Importers, with_packages
from heatsync._engine.memory import MISSING
from heatsync._engine.moves import Gone
from heatsync._engine.places import Place
from heatsync._engine.sections import grouped
from heatsync._engine.source import Source, Statement, by_definitions, decode, parse
from heatsync._engine.texts import Guard

# `import a.b, c` and `from ..d import e, (f, g)`, wherever they stand: what follows the word, and
# what stands before it in its line. Reading the text this way finds too much rather than too
# little, and costs a thousandth of parsing it.
_IMPORT = re.compile(r"import(?!\w)")
_NAMES = re.compile(r"[ \t\f]*+(\((?:[^)#]++|#[^\n]*+)*+|[^#;\n]*)")
_BEFORE = re.compile(r"(?:^|[;:])[ \t\f]*+(?:from(?!\w)([\w. \t\f]*)(?<!\w))?$")
_CONTINUED = re.compile(r"\\\r?\n")
_COMMENT = re.compile(r"#[^\n]*")
_IMPORT_BY_CALL = re.compile(r"""(?:import_module|__import__)\(\s*["']([\w.]+)["']""")


_NO_DRIFT: Mapping[Place, Place] = MappingProxyType({})


@dataclass(eq=False)
class Running:
    """One live file: its module, and the text that is running in it."""

    file: str
    module: ModuleType
    data: bytes
    # One for all that is empty: there are thousands of modules, of which few are ever edited.
    requires: frozenset[str] = frozenset()  # modules it holds without an import statement
    # Functions that nothing led to when their lines moved still tell the line they had: by the
    # place where they stand, the place they tell.
    drift: Mapping[Place, Place] = field(default_factory=lambda: _NO_DRIFT)
    # While its own top level is still running: the text it was begun with, each statement with
    # the one that continues it now.
    begun: dict[Statement, Statement | None] | None = None
    number: int = 0  # its place among those that became live
    due: set[str] = field(default_factory=set)  # takes note that its imports may be others
    code: CodeType | None = None  # what its text was compiled to, until somebody looks into that

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
        """What is running, parsed as far as somebody looks into it."""
        text, code = decode(self.filename, self.data), self.code
        self.code = None
        if code is None:
            return parse(self.filename, text)
        return by_definitions(self.filename, text, definitions(code))

    @cached_property
    def imports(self) -> dict[str, None]:
        """The absolute names that its import statements may load, in order."""
        text = self.data.decode("utf-8", "replace")
        return dict.fromkeys(imported_names(text, self.package))

    @cached_property
    def loads(self) -> frozenset[str]:
        """The same with the packages that they are in, which are loaded before them."""
        return with_packages(self.imports)

    def part_with(self, statement: Statement) -> None:
        """What it defines stands in another file now, and its own one is gone.

        So if that comes back, it is new there, or has moved back.
        """
        source = self.source
        lines = source.text.split("\n")
        for number in range(statement.line - 1, statement.line + statement.text.count("\n")):
            lines[number] = ""
        text = "\n".join(lines)
        left = tuple(other for other in source.statements if other is not statement)
        self.become(
            text.encode("utf-8", "replace"),
            Source(source.file, text, tuple(grouped(left)), source.flags),
        )

    def become(self, data: bytes, source: Source | None, *, imports_the_same: bool = False) -> None:
        """Takes note that another text is running now."""
        self.data, self.code = data, None
        self.__dict__.pop("source", None)
        if not imports_the_same:
            self.__dict__.pop("imports", None)
            self.__dict__.pop("loads", None)
            self.due.add(self.name)
        if source is not None:
            self.__dict__["source"] = source


class Known(NamedTuple):
    """What was live when a batch began, and the texts that others have replaced since then."""

    modules: dict[str, Running]
    replaced: list[tuple[Running, bytes, Source | None]]


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
        names = _NAMES.match(text, match.end()) if before else None
        if before and names:
            yield from _imported(before[1], names[1], package)
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
        self._known: Known | None = None  # likewise
        self._importers = Importers()
        self._numbers = itertools.count()
        self.lineage = Lineage()
        self.guard: Guard | None = None  # shown every live file that is about to be read again
        self.strict = False  # whether only files are run that nobody else can write

    def add(self, module: ModuleType, file: str, data: bytes) -> Running:
        """Keeps a module live, which was or is about to be made from this text."""
        known = self.modules.get(module.__name__)
        if known is not None and known.module is module and known.file == file:
            if known.data != data:
                self.become(known, data, None)
            return known
        number, due = next(self._numbers), self._importers.due
        running = Running(file, module, data, number=number, due=due)
        due.add(running.name)
        self.files.setdefault(file, {})[running.name] = running
        self.modules[running.name] = running
        return running

    def note_code(self, module: ModuleType, code: CodeType | None) -> None:
        """Takes note what the text of a module was compiled to, which saves parsing it."""
        running = self.modules.get(module.__name__)
        if running is not None and running.module is module and "source" not in running.__dict__:
            running.code = code

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

    def become(
        self,
        running: Running,
        data: bytes,
        source: Source | None,
        *,
        imports_the_same: bool = False,
    ) -> None:
        """Takes note that another text is running in a module now; a batch can take it back."""
        if self._known is not None:
            self._known.replaced.append((running, running.data, running.__dict__.get("source")))
        running.become(data, source, imports_the_same=imports_the_same)

    @contextmanager
    def remembering(self) -> Iterator[Known]:
        """Meanwhile, what is live is remembered, to be restored if the batch fails."""
        known = self._known = Known(dict(self.modules), [])
        try:
            yield known
        finally:
            self._known = None

    def restore(self, known: Known) -> None:
        """Forgets the modules that a batch imported, anew or once more, before it failed."""
        self.modules.clear()
        self.modules.update(known.modules)
        for running, data, source in reversed(known.replaced):
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
        return Gone({each.name: each.data for each in running})

    @contextmanager
    def receiving(self, arriving: Arriving) -> Iterator[None]:
        """Meanwhile, new modules that are imported are run by this."""
        self.arriving = arriving
        try:
            yield
        finally:
            self.arriving = None

    def importers(self, module: str) -> Iterable[str]:
        """The live modules whose text may import a module, or that hold it otherwise."""
        return self._importers.of(module, self.modules)

    def require(self, requirer: str | None, names: Iterable[str]) -> None:
        """Takes note that a module holds others without an import statement."""
        running = self.modules.get(requirer) if requirer else None
        if running is not None:
            running.requires |= {*filter(None, names)}
            running.due.add(running.name)

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


LIVE = Live()
