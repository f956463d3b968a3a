"""Live: the files kept live, each with its module and the Source that it is running."""

from __future__ import annotations

import importlib
import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property
from types import CodeType, MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from heatsync._resident.texts import Glimpse, Guard, Save

if TYPE_CHECKING:
    from heatsync._engine.again import Again
    from heatsync._engine.files.sights import Sights
    from heatsync._engine.objects.functions import Lineage
    from heatsync._engine.texts.graph import Ref
    from heatsync._engine.texts.importers import Importers
    from heatsync._engine.texts.places import Place
    from heatsync._engine.texts.source import Source, Statement


@cache
def engine() -> Any:
    """The engine, loaded when it is first needed: that takes three times as long as all the rest.

    With the lock for which a fork waits: a child would keep half of an import.
    """
    with LIVE.lock:
        return importlib.import_module("heatsync._engine")


_T = TypeVar("_T")
_NO_DRIFT: Mapping[Place, Place] = MappingProxyType({})


class Edited:
    """A text that was applied by what was known of the one before, and that nobody looked into."""

    file: str

    def source(self, running: Running) -> Source:
        """Looks into it."""
        raise NotImplementedError


class Running:
    """One live file: its module, and the text that is running in it."""

    # One for all that is empty: there are thousands of modules, of which few are ever edited.
    requires: frozenset[str] = frozenset()  # modules it holds without an import statement
    # Functions that nothing led to when their lines moved still tell the line they had: by the
    # place where they stand, the place they tell.
    drift: Mapping[Place, Place] = _NO_DRIFT
    # During a batch that gave functions other lines: how many lines further down a line is now.
    shift_at: Callable[[int], int] | None = None
    # While its own top level is still running: the text it was begun with, each statement with
    # the one that continues it now.
    begun: dict[Statement, Statement | None] | None = None
    # The words in code of earlier texts that may be suspended, and go on one day. None: any words.
    earlier: frozenset[str] | None = frozenset()
    importer: str = ""  # the live module that was running when it was imported
    dropped: frozenset[str] = frozenset()  # what earlier texts of it have imported, and this not
    code: CodeType | None = None  # what its text was compiled to, until somebody looks into that
    edited: Edited | None = None  # how its text differs from one that was looked into, likewise

    def __init__(
        self, file: str, module: ModuleType, data: bytes, number: int, due: set[str]
    ) -> None:
        self.file = file
        self.module = module
        self.data = data
        self.number = number  # its place among those that became live
        self.name: str = module.__name__  # as it is imported: a text may set another one
        self._due = due  # takes note that its imports may be others

    @property
    def namespace(self) -> dict[str, Any]:
        return self.module.__dict__

    @property
    def filename(self) -> str:
        """The file as its code objects name it."""
        return str(self.module.__dict__.get("__file__") or self.file)

    @property
    def package(self) -> str:
        namespace = self.namespace
        package = namespace.get("__package__")
        if isinstance(package, str):
            return package
        return self.name if "__path__" in namespace else self.name.rpartition(".")[0]

    @cached_property
    def source(self) -> Source:
        """What is running, parsed as far as somebody looks into it."""
        code, self.code = self.code, None
        edited, self.edited = self.edited, None
        if edited is not None:
            return edited.source(self)
        source: Source = engine().source_of(self.filename, self.data, code)
        return source

    @property
    def text(self) -> Source | Edited | None:
        """The same, if it was looked into, or as what it came out of one that was."""
        return self.__dict__.get("source") or self.edited

    @cached_property
    def imports(self) -> dict[str, None]:
        """The absolute names that its import statements may load, in order."""
        found: dict[str, None] = engine().imports_of(self.data, self.package)
        return found

    @cached_property
    def loads(self) -> frozenset[str]:
        """The same with the packages that they are in, which are loaded before them."""
        found: frozenset[str] = engine().with_packages(self.imports)
        return found

    def require(self, names: Iterable[str]) -> None:
        """Takes note that it holds other modules without an import statement."""
        self.requires |= {*filter(None, names)}
        self._due.add(self.name)

    def become(
        self, data: bytes, text: Source | Edited | None, *, imports_the_same: bool = False
    ) -> None:
        """Takes note that another text is running now."""
        self.data, self.code, self.edited = data, None, None
        self.__dict__.pop("source", None)
        if not imports_the_same:
            self.__dict__.pop("imports", None)
            self.__dict__.pop("loads", None)
            self._due.add(self.name)
        if text is None:
            self.earlier = None
        elif isinstance(text, Edited):
            self.edited = text
        else:
            self.__dict__["source"] = text


class Known:
    """What was live when a batch began, as far as it is another one now."""

    def __init__(self) -> None:
        self.modules: dict[str, Running] | None = None  # all of them, once there are others
        self.replaced: list[tuple[Running, bytes, Source | Edited | None]] = []
        self.imported: dict[str, bytes] = {}  # meanwhile, by file, what was read of it
        self.since = time.time()


# Runs a new module, or has it executed as Python does it.
Arriving = Callable[[ModuleType, Callable[[], object]], None]


class Data:
    """One live data file: the dict or list made from it, and the bytes it was made from."""

    def __init__(self, file: str, value: Any, data: bytes) -> None:
        self.file = file
        self.value = value
        self.data = data


class _Meanwhile(Generic[_T]):
    """An attribute is something in here, and nothing afterwards."""

    def __init__(self, owner: object, name: str, value: _T) -> None:
        self._owner, self._name, self._value = owner, name, value

    def __enter__(self) -> _T:
        vars(self._owner)[self._name] = self._value
        return self._value

    def __exit__(self, *_: object) -> None:
        vars(self._owner)[self._name] = None


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
        # By which saves they were tried, where more than the texts alone had to do with it; None
        # for the files that were gone.
        self.tried: dict[str, Save | None] = {}
        # Files that are not live but had a part in the failure, new ones that were imported, or
        # would have had if there were any: each as it was then.
        self.suspects: dict[str, Glimpse] = {}
        self.gone: frozenset[str] = frozenset()  # files that do not exist any more
        self.arriving: Arriving | None = None  # while a batch is applied
        self._known: Known | None = None  # likewise
        # What is known of the function that was edited last, until anything else happens.
        self.again: Again | None = None
        self._due: set[str] = set()  # modules of whose imports the index does not know yet
        self._numbers = itertools.count()
        self.guard: Guard | None = None  # shown every live file that is about to be read again
        self.strict = False  # whether only files are run that nobody else can write

    def add(self, module: ModuleType, file: str, data: bytes) -> Running:
        """Keeps a module live, which was or is about to be made from this text."""
        self.again = None
        if self._known is not None:
            self._known.imported[file] = data
        known = self.modules.get(module.__name__)
        if known is not None and known.module is module and known.file == file:
            if known.data != data:
                self.become(known, data, None)
            return known
        running = Running(file, module, data, next(self._numbers), self._due)
        self._due.add(running.name)
        self._keep_known()
        self.files.setdefault(file, {})[running.name] = running
        self.modules[running.name] = running
        return running

    def note_code(self, module: ModuleType, code: CodeType | None) -> None:
        """Takes note what the text of a module was compiled to, which saves parsing it."""
        running = self.modules.get(module.__name__)
        if running is not None and running.module is module and running.text is None:
            running.code = code

    def note_importer(self, module: ModuleType, importer: str) -> None:
        """Takes note of who had a module imported: no text may tell, as where a folder is scanned."""
        running = self.modules.get(module.__name__)
        if running is not None and importer:
            running.importer = importer

    def remove(self, file: str) -> None:
        """Keeps a file live no longer."""
        self._keep_known()
        self.unpin_lines([file])
        for running in self.at(file):
            if self.modules.get(running.name) is running:
                del self.modules[running.name]
        self.files.pop(file, None)
        self.data.pop(file, None)
        self.failed.pop(file, None)
        if "sights" in self.__dict__:
            self.sights.forget(file)
        self.gone -= {file}

    def remove_one(self, name: str, file: str) -> None:
        """Keeps one of the modules that are made from a file live no longer."""
        self._keep_known()
        del self.files[file][name]
        self.modules.pop(name, None)

    def _keep_known(self) -> None:
        """Other modules are about to be live: there may be thousands, so hardly a batch asks."""
        self.again = None
        if self._known is not None and self._known.modules is None:
            self._known.modules = self.modules.copy()

    def become(
        self,
        running: Running,
        data: bytes,
        text: Source | Edited | None,
        *,
        imports_the_same: bool = False,
    ) -> None:
        """Takes note that another text is running in a module now; a batch can take it back."""
        if self._known is not None:
            self._known.replaced.append((running, running.data, running.text))
        running.become(data, text, imports_the_same=imports_the_same)

    def remembering(self) -> _Meanwhile[Known]:
        """Meanwhile, what is live is remembered, to be restored if the batch fails."""
        return _Meanwhile(self, "_known", Known())

    def restore(self, known: Known) -> None:
        """Forgets the modules that a batch imported, anew or once more, before it failed."""
        if known.modules is not None:
            self.modules.clear()
            self.modules.update(known.modules)
        for running, data, text in reversed(known.replaced):
            running.become(data, text)  # the same statements: some of them own things
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

    def receiving(self, arriving: Arriving) -> _Meanwhile[Arriving]:
        """Meanwhile, new modules that are imported are run by this."""
        return _Meanwhile(self, "arriving", arriving)

    @cached_property
    def _importers(self) -> Importers:
        index: Importers = engine().Importers(self._due)
        return index

    def importers(self, module: str) -> Iterable[str]:
        """The live modules whose text may import a module, or that hold it otherwise."""
        return self._importers.of(module, self.modules)

    def require(self, requirer: str | None, names: Iterable[str]) -> None:
        """Takes note that a module holds others without an import statement."""
        self.again = None
        running = self.modules.get(requirer) if requirer else None
        if running is not None:
            running.require(names)

    @cached_property
    def lineage(self) -> Lineage:
        """Which code objects were followed by which."""
        made: Lineage = engine().Lineage()
        return made

    @cached_property
    def sights(self) -> Sights:
        """Which files are known by their signs to be what is running."""
        made: Sights = engine().Sights()
        return made

    def value_at(self, ref: Ref) -> Any:
        """What a name holds in the live process; MISSING if nothing."""
        running = self.modules.get(ref.module)
        return engine().held_at(running.namespace if running else {}, ref.name)

    def pin_lines(self, files: Iterable[str]) -> None:
        """Makes tracebacks show the text that is running while another one is on disk."""
        cache = importlib.import_module("linecache").cache  # by name, as it is hardly ever needed
        for running in [running for file in files for running in self.at(file)]:
            text = running.source.text
            lines = text.splitlines(keepends=True)
            cache[running.filename] = (len(text), None, lines, running.filename)

    def unpin_lines(self, files: Iterable[str]) -> None:
        cache: dict[str, Any] = getattr(sys.modules.get("linecache"), "cache", {})
        for file in files if cache else ():
            for running in self.at(file):
                cache.pop(running.filename, None)


LIVE = Live()
