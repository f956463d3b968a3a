"""Ids to files, each with the name of its module."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from types import FrameType, ModuleType
from typing import Any, NamedTuple

from heatsync._resident.formats import SUFFIXES as DATA_SUFFIXES
from heatsync._resident.live import LIVE
from heatsync.errors import NotFoundError, RefusedError

Id = str | os.PathLike[str]

# Files that no import would find get names below this package, which does exist: such a name
# tells its file, so that a pickle made here can be read by another process.
FILES = "heatsync.files"

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep
_PYTHON = (".py", ".pyw")
_INIT = "__init__.py"
_TYPED = ("<console>", "<stdin>", "<python-input", "<ipython-input")
_WAY_OUT = "Import it as usual: only modules made of a Python file can change"


class Caller(NamedTuple):
    """Who gave an id: what paths are relative to, what to call it in errors, its module."""

    folder: str
    origin: str
    module: str | None


class Target(NamedTuple):
    """What an id stands for: a data file, or a module with its name."""

    file: str
    name: str  # "" for a data file


def caller() -> Caller:
    """The first caller that is none of ours.

    Its folder is that of its file; at a prompt or in a notebook it is the working directory.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    names = frame.f_globals if frame else {}
    file, module = names.get("__file__"), names.get("__name__")
    module = module if isinstance(module, str) else None
    # `python -m asyncio` has the file of that module, and what is typed there is not in it.
    is_typed = frame is not None and frame.f_code.co_filename.startswith(_TYPED)
    if isinstance(file, str) and os.path.isfile(file) and not is_typed:
        file = os.path.abspath(file)
        return Caller(os.path.dirname(file), file, module)
    folder = os.getcwd()
    return Caller(folder, f"the working directory {folder}", module)


def resolve(id_: Id, by: Caller) -> Target:
    """The file, and the module name, that an id stands for.

    Raises NotFoundError with all that was tried, RefusedError for what cannot be kept live.
    """
    text = os.fsdecode(id_)
    if not isinstance(id_, str) or _is_path(text):
        target = _resolve_path(text, by)
    else:
        target = _resolve_name(text, by)
    if target.file.startswith(_OURS):
        reason = "it is a part of heatsync itself, which cannot change under its own feet"
        raise RefusedError(target.file, reason, "Restart to run a new version")
    _refuse_without_file(target.name, attributes(sys.modules.get(target.name)).get("__spec__"))
    return target


def several(id_: Id | Sequence[Id]) -> tuple[Sequence[Id], bool]:
    """The ids, and whether there was one that is no list. Raises TypeError for what is none."""
    if isinstance(id_, str | os.PathLike):
        return [id_], True
    if not isinstance(id_, Sequence) or isinstance(id_, bytes):
        raise TypeError(f"{id_!r} is no id: give a path or a name, as a str, or a list of them")
    return list(id_), False


def _is_path(text: str) -> bool:
    return (
        text in (".", "..")
        or text.startswith(("./", "../", ".\\", "..\\", "~"))
        or os.path.isabs(text)
        or "/" in text
        or text.endswith((".py", *DATA_SUFFIXES))
    )


# ------------------------------------------------------------------------------ paths


def _resolve_path(text: str, by: Caller) -> Target:
    file = _file(text, by)
    if file.endswith(DATA_SUFFIXES):
        return Target(next((known for known in LIVE.data if _same(known, file)), file), "")
    if file.endswith(tuple(EXTENSION_SUFFIXES)):
        raise _refused_extension(file)
    if not file.endswith(_PYTHON):
        raise RefusedError(
            file,
            "it is neither Python nor a data file that heatsync knows",
            f"Give a .py file or one of {', '.join(DATA_SUFFIXES)}",
        )
    return _module_at(file)


def _file(text: str, by: Caller) -> str:
    path = os.path.normpath(os.path.join(by.folder, os.path.expanduser(text)))
    tried = [os.path.join(path, _INIT)]
    if not text.endswith(("/", os.sep)):
        # A folder first, as an import statement would have it.
        tried = (
            [path] if path.endswith((*_PYTHON, *DATA_SUFFIXES)) else [*tried, f"{path}.py", path]
        )
    for candidate in tried:
        if os.path.isfile(candidate):
            return candidate
    raise NotFoundError(text, tried, by.origin)


def _module_at(file: str) -> Target:
    """The module of a file: the one that there is, else the one an import would make of it."""
    loaded = _loaded_from(file)
    if loaded is not None:
        return loaded
    for name in _possible_names(file):
        # What is no module may have replaced this one; a module of that name is another one, if
        # another thread has not begun to import it just now.
        module = sys.modules.get(name)
        found = _file_of(module) if attributes(module) else _found(name)
        if found and _same(found, file):
            return Target(found, name)
    return Target(file, name_for(file))


def _loaded_from(file: str) -> Target | None:
    """The module made of a file, by the name that an import has for it where there are several."""
    found = []
    for name, module in dict(sys.modules).items():  # in one go: others import meanwhile
        made_of = _file_of(module)
        if made_of and os.path.basename(made_of) == os.path.basename(file) and _same(made_of, file):
            found.append(Target(made_of, name))
    found.sort(key=lambda target: (target.name == "__main__", _is_alias(target.name)))
    return found[0] if found else None


def _is_alias(name: str) -> bool:
    return attributes(sys.modules.get(name)).get("__name__") != name


def _file_of(module: object) -> str | None:
    file = attributes(module).get("__file__")
    return os.path.abspath(file) if isinstance(file, str) and file.endswith(_PYTHON) else None


def attributes(module: object) -> dict[str, Any]:
    """What a module holds, without running any code of its own; nothing for another object."""
    if not issubclass(type(module), ModuleType):
        return {}
    held: dict[str, Any] = object.__getattribute__(module, "__dict__")
    return held


def _possible_names(file: str) -> Iterator[str]:
    """The names that an import may have for a file, that of its package first."""
    names = []
    path = os.path.dirname(file) if os.path.basename(file) == _INIT else os.path.splitext(file)[0]
    parts: list[str] = []
    while os.path.dirname(path) != path:
        path, last = os.path.split(path)
        if not last.isidentifier():
            break
        parts.insert(0, last)
        inside = os.path.exists(os.path.join(path, _INIT))
        names.append((inside, ".".join(parts)))
    return (name for _, name in sorted(names, key=lambda entry: entry[0]))


def _found(name: str) -> str | None:
    """The file that importing a dotted name would run. Imports nothing."""
    path: Sequence[str] | None = None
    parts = name.split(".")
    origin = None
    for number in range(1, len(parts) + 1):
        part = ".".join(parts[:number])
        if part in sys.modules and number < len(parts):
            path = attributes(sys.modules[part]).get("__path__")
        else:
            spec = spec_of(part, path)
            if spec is None:
                return None
            path, origin = spec.submodule_search_locations, spec.origin
        if path is None and number < len(parts):
            return None
    return origin


def spec_of(
    name: str, path: Sequence[str] | None, finders: Iterable[Any] | None = None
) -> ModuleSpec | None:
    """What the first finder that knows a module has to say of it."""
    for finder in list(sys.meta_path if finders is None else finders):
        find = getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = find(name, path) if find else None
        if spec is not None:
            return spec
    return None


def _same(one: str, other: str) -> bool:
    return one == other or (
        os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)
    )


# ------------------------------------------------------------------------------ names


def _resolve_name(name: str, by: Caller) -> Target:
    if name in LIVE.modules:
        return Target(LIVE.modules[name].file, name)
    module = sys.modules.get(name)
    file = _file_of(module)
    if file is None:
        known = issubclass(type(module), ModuleType)
        spec = attributes(module).get("__spec__") if known else _spec(name, by)
        _refuse_without_file(name, spec)
        file = getattr(spec, "origin", None)
    if not isinstance(file, str):
        raise RefusedError(name, "it is made of no file", _WAY_OUT)
    if file.endswith(tuple(EXTENSION_SUFFIXES)):
        raise _refused_extension(file)
    if not file.endswith(_PYTHON) or not os.path.isfile(file):
        raise RefusedError(file, "it is no Python file of its own", _WAY_OUT)
    return Target(os.path.abspath(file), name)


def _spec(name: str, by: Caller) -> ModuleSpec:
    """The spec of a module that is not imported yet. Imports the packages around it."""
    parent, _, last = name.rpartition(".")
    spec = None
    if name and all(part.isidentifier() for part in name.split(".")):
        path = _path_of(parent) if parent else None
        spec = spec_of(name, path) if path is not None or not parent else None
    if spec is None:
        beside = next(
            (f"./{last}{suffix}" for suffix in ("", ".py") if _beside(last, suffix, by)), ""
        )
        hint = f"A file of that name stands beside it: write {beside!r}" if beside else ""
        raise NotFoundError(name, [f"import {name}", *_where(parent)], by.origin, hint)
    return spec


def _beside(name: str, suffix: str, by: Caller) -> bool:
    path = os.path.join(by.folder, name + suffix)
    return os.path.isfile(path if suffix else os.path.join(path, _INIT))


def _where(parent: str) -> list[str]:
    if not parent:
        return [f"in {os.path.abspath(entry)}" for entry in sys.path]
    return [f"in {folder}" for folder in attributes(sys.modules.get(parent)).get("__path__", ())]


def _path_of(package: str) -> Sequence[str] | None:
    """Where the modules of a package are; None where there is no such package."""
    try:
        __import__(package)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{package}.".startswith(f"{error.name}."):
            raise  # what it imports is missing
        return None
    path: Sequence[str] | None = attributes(sys.modules.get(package)).get("__path__")
    return path


def _refuse_without_file(name: str, spec: Any) -> None:
    kinds = {"built-in": "built into the interpreter", "frozen": "frozen into the interpreter"}
    if (origin := getattr(spec, "origin", None)) in kinds:
        raise RefusedError(name, f"it is {kinds[origin]}", _WAY_OUT)


def _refused_extension(file: str) -> RefusedError:
    return RefusedError(file, "it is a C extension, whose code cannot be exchanged", _WAY_OUT)


def name_for(file: str) -> str:
    """A module name that tells the file: its path, with all but letters and digits quoted.

    A file in a package is named as a part of it, so that its relative imports work.

    >>> name_for("/srv/my app/bot.py")
    'heatsync.files._2fsrv_2fmy_20app_2fbot_2epy'
    """
    path, tail = os.path.splitext(file)[0], ""
    init = os.path.join(os.path.dirname(file), _INIT)
    while os.path.isfile(init) and os.path.basename(path).isidentifier():
        file = init
        path, last = os.path.split(path)
        tail = tail if last == "__init__" else f".{last}{tail}"
        init = os.path.join(os.path.dirname(path), _INIT)
    return f"{FILES}.{_quoted(file)}{tail}"


def _quoted(file: str) -> str:
    return "".join(
        chr(byte) if chr(byte) in _PLAIN else f"_{byte:02x}" for byte in os.fsencode(file)
    )


def file_for(name: str) -> str | None:
    """The file that a name made by `name_for` tells; None for any other name.

    >>> file_for("heatsync.files._2fsrv_2fmy_20app_2fbot_2epy")
    '/srv/my app/bot.py'
    """
    package, _, quoted = name.rpartition(".")
    if package != FILES:
        return None
    try:
        first, *rest = quoted.split("_")
        data = first.encode() + b"".join(bytes([int(p[:2], 16)]) + p[2:].encode() for p in rest)
        return os.fsdecode(data)
    except ValueError:
        return None
