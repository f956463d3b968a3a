"""The import hook, which remembers the text that each module was made from."""

from __future__ import annotations

import _imp
import importlib.util
import marshal
import os
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any, Protocol

from heatsync._ids import file_for, spec_of
from heatsync._resident import texts
from heatsync._resident.live import LIVE
from heatsync._resident.texts import Signature, Text, signature_of
from heatsync._trust import check


class Keeping(Protocol):
    """Who wants to know of modules that are imported."""

    def wants(self, file: str) -> bool:
        """Whether the module made from a file is to be live."""

    def begin(self, file: str, signs: Signature) -> bool:
        """The file was read just now. Gives whether to read it again: it may be another by now."""

    def keep(self, module: ModuleType, file: str, data: bytes) -> bytes | None:
        """The module is about to run, made from this text. Gives the one it ran before, if any."""

    def take_back(self, module: ModuleType, file: str, before: bytes | None) -> None:
        """It failed."""


def read(file: str) -> Text:
    """Raises OSError; UntrustedError in strict mode."""
    return texts.read(file, check if LIVE.strict else None)


# What was made of files off the event loop, for the load that follows: code, or a data file's value.
_PREPARED: dict[str, tuple[Text, Any]] = {}


def prepare(file: str, make: Callable[[str, Text], Any]) -> None:
    """Reads a file, and makes of it what its load will need. Raises OSError, and what `make` does."""
    text = read(file)
    _PREPARED[file] = (text, make(file, text))


def prepared(file: str) -> tuple[Text, Any]:
    """A file's text, with what was made of it beforehand; None where it has changed since."""
    text, made = _PREPARED.pop(file, (None, None))
    return (text, made) if text is not None and text.is_in(file) else (read(file), None)


def forget_prepared(file: str) -> None:
    _PREPARED.pop(file, None)


def compiled(file: str, text: Text) -> CodeType | None:
    """The code of a module's text, by way of its bytecode. Raises SyntaxError."""
    loader = LiveLoader("", file, None)
    loader.text = text
    return loader.get_code("")


class _Begun(threading.local):
    def __init__(self) -> None:
        self.lists: list[list[tuple[ModuleType, str]]] = []
        self.running: list[str] = []  # live modules whose import is going on, last the inner


_BEGUN = _Begun()


@contextmanager
def modules_begun() -> Iterator[list[tuple[ModuleType, str]]]:
    """The live modules that this thread begins to import meanwhile, each with its file."""
    begun: list[tuple[ModuleType, str]] = []
    _BEGUN.lists.append(begun)
    try:
        yield begun
    finally:
        _BEGUN.lists.pop()


class running:  # noqa: N801  # as it is written behind `with`
    """What is imported in here, in this thread, is so by this module."""

    __slots__ = ("_module",)

    def __init__(self, module: str) -> None:
        self._module = module

    def __enter__(self) -> None:
        _BEGUN.running.append(self._module)

    def __exit__(self, *_: object) -> None:
        _BEGUN.running.pop()


# PEP 552: which Python, which form, and of the source when it was written and how long it is.
_HEADER = struct.Struct("<4sLLL")
_WHOLE = 0xFFFFFFFF


def _header(text: Text) -> bytes:
    """How bytecode begins that was made of a text, as far as Python tells one from another."""
    written, size = int(text.stat.st_mtime) & _WHOLE, text.stat.st_size & _WHOLE
    return _HEADER.pack(importlib.util.MAGIC_NUMBER, 0, written, size)


class LiveLoader(SourceFileLoader):
    """Loads a source file as Python does, and passes on the text that its module was made from."""

    def __init__(self, fullname: str, path: str, keeping: Keeping | None) -> None:
        super().__init__(fullname, path)
        self._keeping = keeping
        self._cached: str | None = None  # where its bytecode is, if anywhere
        self._code: CodeType | None = None
        self.text: Text | None = None  # while it is made a module of

    def exec_module(self, module: ModuleType) -> None:
        assert self._keeping is not None
        self.text, self._code = prepared(self.path)
        if self._keeping.begin(self.path, signature_of(self.text.stat)):
            self.text, self._code = prepared(self.path)
        before = self._keeping.keep(module, self.path, self.text.data)
        for begun in _BEGUN.lists:
            begun.append((module, self.path))
        LIVE.note_importer(module, _BEGUN.running[-1] if _BEGUN.running else "")
        self._cached = module.__spec__.cached if module.__spec__ else None
        try:
            self._code = self.get_code(module.__name__)
            LIVE.note_code(module, self._code)
            self.text = None  # from now on, other files of the package may be asked for
            with running(module.__name__):
                if LIVE.arriving is None:
                    super().exec_module(module)
                else:
                    LIVE.arriving(module, partial(super().exec_module, module))
        except BaseException:
            self._keeping.take_back(module, self.path, before)
            raise
        finally:
            self.text = self._code = None

    def get_code(self, fullname: str) -> CodeType | None:
        return self._code or self._code_of_bytecode() or super().get_code(fullname)

    def _code_of_bytecode(self) -> CodeType | None:
        """The code as Python keeps it, if it is of this very text and in the usual form.

        Python itself finds out once more where the bytecode is, which takes half of all its steps.
        """
        if self.text is None or self._cached is None:
            return None
        try:
            data = self._bytecode(self.text, self._cached)
        except OSError:
            return None  # as good as none: it will be compiled
        if data[: _HEADER.size] != _header(self.text):
            return None
        code: CodeType = marshal.loads(memoryview(data)[_HEADER.size :])
        _imp._fix_co_filename(code, self.path)  # type: ignore[attr-defined]  # not in the stubs
        return code

    def path_stats(self, path: str) -> Any:
        # Those of the text that is remembered, so that its bytecode is never taken for another's.
        if self.text is None or path != self.path:
            return super().path_stats(path)
        return {"mtime": self.text.stat.st_mtime, "size": self.text.stat.st_size}

    def get_data(self, path: str) -> bytes:
        if self.text is None:
            return super().get_data(path)
        return self.text.data if path == self.path else self._bytecode(self.text, path)

    def _bytecode(self, text: Text, path: str) -> bytes:
        # Bytecode tells its source by size and whole seconds only. One that is not younger than
        # the last write to the source may be of another text of the same size in the same second.
        if LIVE.strict:
            raise OSError(f"{path} may be of another text: in strict mode no bytecode is trusted")
        found = read(path)
        if found.stat.st_mtime_ns <= max(text.stat.st_mtime_ns, text.stat.st_ctime_ns):
            raise OSError(f"{path} is older than its source")
        return found.data


# Python leaves its own import machinery out of tracebacks by the name of the file it is in. Ours
# stands in for a part of it, and no user wants to see it either.
for _method in (LiveLoader.exec_module, LiveLoader.get_code):
    _method.__code__ = _method.__code__.replace(
        co_filename="<frozen importlib._bootstrap_external>"
    )


class LiveFinder:
    """Finds modules as Python does, and gives those that are wanted a LiveLoader.

    It is no MetaPathFinder by inheritance: loading `importlib.abc` takes longer than all of ours.
    """

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        spec = find_file(fullname) or PathFinder.find_spec(fullname, path, target)
        if spec is None:
            # Installed in place, a package is found by a finder of its own behind Python's.
            spec = spec_of(fullname, path, _after(self))
        if spec is not None and type(spec.loader) is SourceFileLoader:
            location = spec.loader.path
            keeping = self._who_wants(location)
            if keeping is not None:
                spec.loader = LiveLoader(fullname, location, keeping)
                spec.loader_state = "live"
        return spec

    def _who_wants(self, file: str) -> Keeping | None:
        """Of several Heatsyncs, those behind this one are not asked for what is found here."""
        if self._keeping.wants(file):
            return self._keeping
        others = (other._keeping for other in list(sys.meta_path) if type(other) is LiveFinder)
        return next((keeping for keeping in others if keeping.wants(file)), None)

    def install(self) -> None:
        """Stands right before Python's own finder, so that whoever comes first still does."""
        place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else 0
        sys.meta_path.insert(place, self)

    def remove(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)


def _after(finder: LiveFinder) -> list[Any]:
    finders: list[Any] = list(sys.meta_path)
    place = finders.index(finder) + 1 if finder in finders else len(finders)
    return [one for one in finders[place:] if one is not PathFinder and type(one) is not LiveFinder]


def find_file(name: str) -> ModuleSpec | None:
    """The spec of a module whose name tells its file."""
    file = file_for(name)
    if file is None or not os.path.isfile(file):
        return None
    locations = [os.path.dirname(file)] if os.path.basename(file) == "__init__.py" else None
    return importlib.util.spec_from_file_location(name, file, submodule_search_locations=locations)
