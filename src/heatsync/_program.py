"""The program to be run: found, compiled and started as `python` itself would."""

from __future__ import annotations

import importlib.util
import io
import os
import sys
from collections.abc import Callable
from importlib.machinery import (
    SOURCE_SUFFIXES,
    BuiltinImporter,
    ModuleSpec,
    PathFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from pkgutil import get_importer
from types import CodeType, ModuleType
from typing import Any, NamedTuple, NoReturn, Protocol

from heatsync import _importing

STDIN = "<stdin>"

# (module, file, data): makes the module live, just before its code runs for the first time.
Adopt = Callable[[ModuleType, str, bytes], None]


class Main(NamedTuple):
    """What is to become the module `__main__`."""

    file: str
    loader: Any
    data: bytes | None = None  # its text; None where there is only bytecode, or an archive
    spec: ModuleSpec | None = None

    def code(self) -> CodeType:
        """Compiled here and not by the loader, so that what runs is what is known to run."""
        if self.data is not None:
            return compile(self.data, self.file, "exec", dont_inherit=True)
        name = self.spec.name if self.spec else "__main__"
        code: CodeType = self.loader.get_code(name)
        return code

    def module(self) -> ModuleType:
        """A module with what `python` gives `__main__`, which depends on how it was asked for."""
        module = ModuleType("__main__")
        given: dict[str, Any] = {
            "__annotations__": {},
            "__builtins__": sys.modules["builtins"],
            "__file__": self.file,
            "__cached__": self.spec.cached if self.spec else None,
            "__loader__": self.loader,
            "__package__": self.spec.parent if self.spec else None,
            "__spec__": self.spec,
        }
        module.__dict__.update(given)
        return module


class Program(Protocol):
    """A program that was asked for."""

    @property
    def called(self) -> str:
        """`sys.argv[0]`, as long as it is not found."""

    @property
    def path(self) -> str:
        """`sys.path[0]`, where its imports start."""

    def find(self) -> Main:
        """Look it up; `sys.path` must be ready. Leaves with an error where there is none."""


class Script(NamedTuple):
    """`heatsync app.py`."""

    called: str

    @property
    def path(self) -> str:
        return os.path.dirname(os.path.realpath(self.called))

    def find(self) -> Main:
        file = os.path.join(os.getcwd(), self.called)
        try:
            with io.open_code(file) as opened:
                data = opened.read()
        except OSError as error:
            refuse(f"can't open file {file!r}: {_reason(error)}{_hint(self.called)}", 2)
        if file.endswith(".pyc") or data.startswith(importlib.util.MAGIC_NUMBER):
            return Main(file, SourcelessFileLoader("__main__", file))
        return Main(file, SourceFileLoader("__main__", file), data)


class Container(NamedTuple):
    """`heatsync folder` or `heatsync archive.zip`, with a `__main__.py` in it."""

    called: str

    @property
    def path(self) -> str:
        return os.path.join(os.getcwd(), self.called)

    def find(self) -> Main:
        spec = PathFinder.find_spec("__main__", [self.path])
        if spec is None or spec.loader is None:
            refuse(f"can't find '__main__' module in {self.path!r}")
        return _main_of(spec)


class Module(NamedTuple):
    """`heatsync -m package.module`."""

    name: str
    called: str = "-m"

    @property
    def path(self) -> str:
        return os.getcwd()

    def find(self) -> Main:
        spec = _spec_of(self.name)
        if spec is None:
            refuse(f"No module named {self.name}{_without_py(self.name)}")
        if spec.submodule_search_locations is not None:
            spec = _spec_of(f"{self.name}.__main__")
        if spec is None:
            said = f"{self.name!r} is a package and cannot be directly executed"
            refuse(f"No module named {self.name}.__main__; {said}")
        return _main_of(spec)


class Stdin(NamedTuple):
    """`heatsync -`, or a text piped into `heatsync`."""

    called: str = "-"
    path: str = ""

    def find(self) -> Main:
        return Main(STDIN, BuiltinImporter, sys.stdin.buffer.read())


def program_at(word: str) -> Program:
    """The program that `python WORD` would run."""
    if word == "-":
        return Stdin()
    if get_importer(os.path.join(os.getcwd(), word)) is not None:
        return Container(word)
    return Script(word)


def run(program: Program, adopt: Adopt) -> None:
    """Run it as `__main__`; what it raises comes out, to be shown without frames of ours."""
    try:
        main = program.find()
        if isinstance(program, Module):
            sys.argv[0] = main.file
        code = main.code()
        # A module of its own, not the one that heatsync was started as: what pickles by
        # reference, or starts a process with `spawn`, looks into `sys.modules["__main__"]`.
        module = sys.modules["__main__"] = main.module()
        if main.data is not None and main.file != STDIN:
            adopt(module, os.path.abspath(main.file), main.data)
        with _importing.running("__main__"):
            exec(code, module.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        _hide_our_frames(error)
        raise


def refuse(message: str, status: int = 1) -> NoReturn:
    """Leave with a message, like `python` does for what it cannot start."""
    print(f"heatsync: {message}", file=sys.stderr)  # noqa: T201
    raise SystemExit(status)


def _hide_our_frames(error: BaseException) -> None:
    """Let the error leave through the usual door, which must not see how it got there.

    It is not printed here, because only the interpreter itself ends a process as it should: dead
    by SIGINT after a KeyboardInterrupt, an error in a hook reported, threads joined in between.
    """
    shown, chosen = _without_ours(error.__traceback__), sys.excepthook

    def excepthook(kind: type[BaseException], value: BaseException, traceback: Any) -> None:
        if value is error:
            error.__traceback__ = sys.last_traceback = traceback = shown
        chosen(kind, value, traceback)

    sys.excepthook = excepthook


def _without_ours(traceback: Any) -> Any:
    """The traceback from the first frame that is not heatsync's, nor the import machinery's."""
    while traceback is not None and _is_ours(traceback.tb_frame.f_code.co_filename):
        traceback = traceback.tb_next
    return traceback


def _is_ours(file: str) -> bool:
    return file.startswith((os.path.dirname(__file__) + os.sep, "<frozen ")) or (
        file == importlib.util.__file__
    )


def _spec_of(name: str) -> ModuleSpec | None:
    """The module's spec; the packages around it are imported, and may raise what they like."""
    if name.startswith("."):
        refuse("Relative module names not supported")
    _import_parent(name.rpartition(".")[0])
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        said = f"({type(error).__name__}: {error})"
        refuse(f"Error while finding module specification for {name!r} {said}{_without_py(name)}")
    if spec is not None and spec.loader is None and spec.submodule_search_locations is None:
        refuse(f"{name!r} cannot be executed: it has no loader")
    return spec


def _import_parent(name: str) -> None:
    """An error *in* the package is its author's; that it is missing is told by who looks for it."""
    try:
        if name:
            __import__(name)  # not import_module, which leaves its own frames in a traceback
    except ImportError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise


def _main_of(spec: ModuleSpec) -> Main:
    loader: Any = spec.loader
    file = spec.origin or ""
    if not file.endswith(tuple(SOURCE_SUFFIXES)) or not os.path.isfile(file):
        return Main(file, loader, None, spec)  # bytecode, or in an archive
    data = loader.get_data(file)
    if isinstance(loader, SourceFileLoader):
        # Python's own, not the one that keeps imports live: this module is not imported.
        loader = SourceFileLoader(spec.name, file)
        spec = importlib.util.spec_from_file_location(spec.name, file, loader=loader) or spec
    return Main(file, loader, data, spec)


def _without_py(name: str) -> str:
    if not name.endswith(".py"):
        return ""
    return f". Try using '{name[:-3]}' instead of '{name}' as the module name."


def _reason(error: OSError) -> str:
    return f"[Errno {error.errno}] {error.strerror}"


def _hint(word: str) -> str:
    """`heatsync uvicorn` is what one types when `heatsync -m uvicorn` is meant."""
    try:
        known = word.isidentifier() and importlib.util.find_spec(word) is not None
    except (ImportError, ValueError):
        known = False
    return f"\nTo run the module of that name: heatsync -m {word}" if known else ""
