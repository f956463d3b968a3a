"""Ids to files, and the import hook that remembers the text each module was made from."""

from __future__ import annotations

import importlib.util
import os
import string
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    BuiltinImporter,
    FrozenImporter,
    ModuleSpec,
    PathFinder,
    SourceFileLoader,
)
from types import CodeType, FrameType, ModuleType
from typing import Protocol

from heatsync._engine.data import SUFFIXES as DATA_SUFFIXES
from heatsync._engine.source import decode
from heatsync.errors import NotFoundError, RefusedError

# Files that no import would find get names below this package, which does exist: such a name
# tells its file, so that a pickle made here can be read by another process.
FILES = "heatsync.files"

_PLAIN = frozenset(string.ascii_letters + string.digits)
_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep

# -------------------------------------------------------------------------------- ids


@dataclass(frozen=True, slots=True)
class Target:
    """What an id stands for: a data file, or a module with its name."""

    file: str
    name: str  # "" for a data file


def caller() -> tuple[str, str]:
    """The folder that ids are relative to, and what the caller is called in errors.

    It is the folder of the file that calls; at a prompt or in a notebook the working directory.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    file = frame.f_globals.get("__file__") if frame else None
    if isinstance(file, str) and os.path.exists(file):
        return os.path.dirname(os.path.abspath(file)), file
    return os.getcwd(), "the working directory"


def calling_module() -> str | None:
    """The name of the module that calls us."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    name = frame.f_globals.get("__name__") if frame else None
    return name if isinstance(name, str) else None


def resolve(id_: str | os.PathLike[str], folder: str, origin: str) -> Target:
    """The file, and the module name, that an id stands for.

    Raises NotFoundError with all that was tried, RefusedError for what cannot be kept live.
    """
    text = os.fspath(id_)
    if not isinstance(id_, str) or _is_path(text):
        return _resolve_path(text, folder, origin)
    return _resolve_name(text, origin)


def _is_path(text: str) -> bool:
    starts = ("./", "../", ".\\", "..\\", "~")
    return (
        text in (".", "..")
        or text.startswith(starts)
        or os.path.isabs(text)
        or "/" in text
        or text.endswith((".py", *DATA_SUFFIXES))
    )


def _resolve_path(text: str, folder: str, origin: str) -> Target:
    path = os.path.normpath(os.path.join(folder, os.path.expanduser(text)))
    tried = [path, f"{path}.py", os.path.join(path, "__init__.py")]
    file = next((candidate for candidate in tried if os.path.isfile(candidate)), None)
    if file is None:
        raise NotFoundError(text, tried, origin)
    if file.endswith(DATA_SUFFIXES):
        return Target(file, "")
    if file.endswith(tuple(EXTENSION_SUFFIXES)):
        raise _refused_extension(file)
    if not file.endswith((".py", ".pyw")):
        raise RefusedError(
            file,
            "it is neither Python nor a data file that heatsync knows",
            f"Give a .py file or one of {', '.join(DATA_SUFFIXES)}",
        )
    return Target(file, module_name(file))


def _resolve_name(name: str, origin: str) -> Target:
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None) if module is not None else _spec(name)
    if spec is None:
        if module is None:
            raise NotFoundError(name, [f"import {name}"], origin)
        raise RefusedError(name, "it has no spec that tells where it came from", _MODULE_WAY_OUT)
    if spec.origin is None or not spec.has_location:
        kind = {BuiltinImporter: "built into the interpreter", FrozenImporter: "frozen"}
        reason = f"it is {kind.get(spec.loader, 'made of no file')}"
        raise RefusedError(name, reason, _MODULE_WAY_OUT)
    if spec.origin.endswith(tuple(EXTENSION_SUFFIXES)):
        raise _refused_extension(spec.origin)
    return Target(os.path.abspath(spec.origin), name)


_MODULE_WAY_OUT = "Import it as usual: only modules made of a Python file can change"


def _refused_extension(file: str) -> RefusedError:
    return RefusedError(file, "it is a C extension, whose code cannot be exchanged", _MODULE_WAY_OUT)


def _spec(name: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError):  # a parent that is missing or no package
        return None


def refuse_ourselves(name: str, file: str) -> None:
    """Raises RefusedError for a part of heatsync itself, which cannot change under its own feet."""
    if os.path.abspath(file).startswith(_OURS):
        raise RefusedError(name, "it is a part of heatsync itself", "Restart to run a new version")


# ------------------------------------------------------------------------------ names


def module_name(file: str) -> str:
    """The name of a file's module: the one an ordinary import finds it under, if there is one."""
    for name, module in list(sys.modules.items()):
        found = module.__dict__.get("__file__") if type(module) is ModuleType else None
        if isinstance(found, str) and found.endswith(os.path.basename(file)) and _same(found, file):
            return name
    return next(_importable_names(file), None) or name_for(file)


def _importable_names(file: str) -> Iterator[str]:
    """The names under which an import statement would find a file, the innermost package first."""
    path = os.path.dirname(file) if os.path.basename(file) == "__init__.py" else file[:-3]
    entries = {os.path.abspath(entry or os.getcwd()) for entry in sys.path}
    parts: list[str] = []
    while os.path.dirname(path) != path:
        path, last = os.path.split(path)
        parts.insert(0, last)
        if not last.isidentifier():
            return
        in_package = os.path.exists(os.path.join(path, "__init__.py"))
        if path in entries and not in_package and _finds(parts, file):
            yield ".".join(parts)


def _finds(parts: Sequence[str], file: str) -> bool:
    """Whether importing a dotted name would give this file. Imports nothing."""
    path: Sequence[str] | None = None
    spec = None
    for number in range(len(parts)):
        spec = PathFinder.find_spec(".".join(parts[: number + 1]), path)
        if spec is None:
            return False
        path = spec.submodule_search_locations
        if path is None and number + 1 < len(parts):
            return False
    return spec is not None and spec.origin is not None and _same(spec.origin, file)


def _same(one: str, other: str) -> bool:
    return one == other or (
        os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)
    )


def name_for(file: str) -> str:
    """A module name that tells the file: its path, with all but letters and digits quoted.

    >>> name_for("/srv/my app/bot.py")
    'heatsync.files._2fsrv_2fmy_20app_2fbot_2epy'
    """
    quoted = "".join(
        chr(byte) if chr(byte) in _PLAIN else f"_{byte:02x}" for byte in os.fsencode(file)
    )
    return f"{FILES}.{quoted}"


def file_for(name: str) -> str | None:
    """The file that a name made by `name_for` tells."""
    if not name.startswith(f"{FILES}."):
        return None
    quoted = name.removeprefix(f"{FILES}.")
    try:
        first, *rest = quoted.split("_")
        data = first.encode() + b"".join(bytes([int(p[:2], 16)]) + p[2:].encode() for p in rest)
        return os.fsdecode(data)
    except ValueError:
        return None


# ------------------------------------------------------------------------------- hook


class Keeping(Protocol):
    """Who wants to know of modules that are imported."""

    def wants(self, file: str) -> bool:
        """Whether the module made from a file is to be live."""

    def keep(self, module: ModuleType, file: str, data: bytes) -> None:
        """A module is about to run, made from this text."""

    def forget(self, module: ModuleType, file: str) -> None:
        """It failed to."""

    def prepared(self, file: str) -> Prepared | None:
        """The text and code of a file that was read and compiled beforehand."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that was read and compiled off the event loop."""

    data: bytes
    code: CodeType


def prepare(file: str) -> Prepared:
    """Reads and compiles a file. Raises OSError and SyntaxError."""
    with open(file, "rb") as stream:
        data = stream.read()
    return Prepared(data, compile(decode(file, data), file, "exec", dont_inherit=True))


class LiveLoader(SourceFileLoader):
    """Loads a source file as Python does, and passes on the text that its module was made from."""

    def __init__(self, fullname: str, path: str, keeping: Keeping) -> None:
        super().__init__(fullname, path)
        self._keeping = keeping

    def exec_module(self, module: ModuleType) -> None:
        prepared = self._keeping.prepared(self.path)
        data = prepared.data if prepared else self.get_data(self.path)
        self._keeping.keep(module, self.path, data)
        try:
            if prepared:
                exec(prepared.code, module.__dict__)
            else:
                super().exec_module(module)
        except BaseException:
            self._keeping.forget(module, self.path)
            raise

    def get_data(self, path: str) -> bytes:
        # A .pyc tells its source by size and whole seconds. One that is older than the last
        # write to the source may be of another text of the same size in the same second.
        if path != self.path and os.stat(path).st_mtime_ns < os.stat(self.path).st_mtime_ns:
            raise OSError(f"{path} is older than its source")
        return super().get_data(path)


# Python leaves its own import machinery out of tracebacks by the name of the file it is in. Ours
# stands in for a part of it, and no user wants to see it either.
LiveLoader.exec_module.__code__ = LiveLoader.exec_module.__code__.replace(
    co_filename="<frozen importlib._bootstrap_external>"
)


class LiveFinder(MetaPathFinder):
    """Finds modules as Python does, and gives those that are wanted a LiveLoader."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        spec = find_file(fullname) or PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            location = spec.loader.path
            if self._keeping.wants(location):
                spec.loader = LiveLoader(fullname, location, self._keeping)
                spec.loader_state = "live"
        return spec

    def install(self) -> None:
        """Stands right before Python's own finder, so that whoever comes first still does."""
        place = sys.meta_path.index(PathFinder) if PathFinder in sys.meta_path else 0
        sys.meta_path.insert(place, self)

    def remove(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)


def find_file(name: str) -> ModuleSpec | None:
    """The spec of a module whose name tells its file."""
    file = file_for(name)
    if file is None or not os.path.isfile(file):
        return None
    locations = [os.path.dirname(file)] if os.path.basename(file) == "__init__.py" else None
    return importlib.util.spec_from_file_location(name, file, submodule_search_locations=locations)
